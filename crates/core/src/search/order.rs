use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::limits::{MONEY_MINOR_MAX, RATINGS_MAX};
use crate::review::RatingMean;

/// How the found are ordered. JSON form: `{"by":"price","order":"descending"}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Which way round; without it, the way that people mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

/// What the found are ordered by; where it is equal, by their ids, ascending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SortBy {
    /// Nothing but their ids.
    #[default]
    Id,
    /// Whole metres from the query's origin, nearest first.
    Distance,
    /// The exact mean of the ratings, best first; of equal means the one of more ratings counts more.
    Rating,
    /// The price in the query's currency or its range's, lowest first; another currency's price is
    /// none.
    Price,
    /// The earliest start in the window that is asked for, soonest first.
    Earliest,
    /// How well the text matches, best first.
    Relevance,
}

/// Which way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl Sort {
    pub(super) fn order(self) -> Order {
        self.order.unwrap_or(match self.by {
            SortBy::Rating | SortBy::Relevance => Order::Descending,
            SortBy::Id | SortBy::Distance | SortBy::Price | SortBy::Earliest => Order::Ascending,
        })
    }
}

/// What a candidate is ordered by. All values of one search are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Distance(u32),
    Rating(RatingMean),
    /// In minor units: only prices of one currency are compared, and none is negative.
    Price(i64),
    Earliest(i64),
    Relevance(u32),
}

/// The place of a candidate in the order of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key<'a> {
    pub(super) value: Option<Value>,
    pub(super) id: &'a str,
}

impl Key<'_> {
    /// A total order: ids are different, and by id it never turns round, but when there is nothing
    /// else to turn round.
    pub(super) fn compare(&self, other: &Key<'_>, sort: Sort) -> Ordering {
        let turn = |found: Ordering| match sort.order() {
            Order::Ascending => found,
            Order::Descending => found.reverse(),
        };
        let by_id = self.id.cmp(other.id);
        match (self.value, other.value) {
            (Some(own), Some(others)) => turn(own.cmp(&others)).then(by_id),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) if sort.by == SortBy::Id => turn(by_id),
            (None, None) => by_id,
        }
    }
}

impl Value {
    /// The value as two numbers, for a cursor.
    pub(super) fn to_numbers(self) -> [u64; 2] {
        match self {
            Value::Distance(number) | Value::Relevance(number) => [u64::from(number), 0],
            Value::Price(number) | Value::Earliest(number) => [number.cast_unsigned(), 0],
            Value::Rating(mean) => [mean.sum(), mean.count()],
        }
    }

    /// The value of a kind, from two numbers that somebody may have made up.
    pub(super) fn from_numbers(by: SortBy, [first, second]: [u64; 2]) -> Option<Value> {
        if by != SortBy::Rating && second != 0 {
            return None;
        }
        match by {
            SortBy::Id => None,
            SortBy::Distance => u32::try_from(first).ok().map(Value::Distance),
            SortBy::Relevance => u32::try_from(first).ok().map(Value::Relevance),
            SortBy::Price => {
                let minor = i64::try_from(first).ok();
                let minor = minor.filter(|minor| *minor <= MONEY_MINOR_MAX);
                minor.map(Value::Price)
            }
            SortBy::Earliest => Some(Value::Earliest(first.cast_signed())),
            SortBy::Rating => {
                let count = (1..=5 * RATINGS_MAX).contains(&second);
                let mean = count && (second..=5 * second).contains(&first);
                mean.then(|| Value::Rating(RatingMean::of(first, second)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_of_a_cursor_is_one_that_a_candidate_may_have() {
        let check = |number: u64, expected: Option<i64>| {
            let found = Value::from_numbers(SortBy::Price, [number, 0]);
            assert_eq!(found, expected.map(Value::Price), "{number}");
        };
        check(0, Some(0));
        check(10_000_000_000_000_000, Some(10_000_000_000_000_000));
        check(10_000_000_000_000_001, None);
        check((-1_i64).cast_unsigned(), None);
        assert_eq!(Value::from_numbers(SortBy::Price, [1, 1]), None);
    }
}
