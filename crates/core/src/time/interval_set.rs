use serde::{Deserialize, Serialize};

use super::Interval;

/// A set of instants as sorted, disjoint intervals that do not touch.
///
/// Whatever is put in, in whatever order and however often, equal sets are equal values.
///
/// # Example
///
/// ```
/// use quando::time::{Interval, IntervalSet};
///
/// let hour = |h: u32| Interval::parse(
///     &format!("2026-03-02T{h:02}:00:00Z"),
///     &format!("2026-03-02T{:02}:00:00Z", h + 1),
/// );
/// let open: IntervalSet = [hour(10)?, hour(9)?, hour(9)?].into_iter().collect();
/// assert_eq!(open.as_slice().len(), 1);
/// assert_eq!(open.subtract(&IntervalSet::from(hour(9)?)), IntervalSet::from(hour(10)?));
/// # Ok::<(), quando::time::IntervalError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Interval>", into = "Vec<Interval>")]
pub struct IntervalSet {
    /// INVARIANT: sorted by start; each ends before the next starts.
    intervals: Vec<Interval>,
}

impl IntervalSet {
    /// The set without an instant.
    pub fn new() -> IntervalSet {
        IntervalSet::default()
    }

    /// The intervals, sorted, disjoint and not touching.
    pub fn as_slice(&self) -> &[Interval] {
        &self.intervals
    }

    /// Whether no instant is inside.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }

    /// Iterates over the intervals in order.
    pub fn iter(&self) -> impl Iterator<Item = Interval> + '_ {
        self.intervals.iter().copied()
    }

    /// The instants of either set.
    pub fn union(&self, other: &IntervalSet) -> IntervalSet {
        self.iter().chain(other.iter()).collect()
    }

    /// The instants of both sets.
    pub fn intersection(&self, other: &IntervalSet) -> IntervalSet {
        let mut intervals = Vec::new();
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(&a), Some(&b)) = (left.peek(), right.peek()) {
            intervals.extend(a.intersection(b));
            if a.end_timestamp() < b.end_timestamp() {
                left.next();
            } else {
                right.next();
            }
        }
        IntervalSet { intervals }
    }

    /// The instants of this set that are not in `other`.
    pub fn subtract(&self, other: &IntervalSet) -> IntervalSet {
        let Some((first, last)) = self.intervals.first().zip(self.intervals.last()) else {
            return IntervalSet::new();
        };
        let mut removed = other.near(first.start_timestamp(), last.end_timestamp());
        let mut intervals = Vec::with_capacity(self.intervals.len() + removed.len());
        for interval in self.iter() {
            let (mut start, end) = (interval.start_timestamp(), interval.end_timestamp());
            while let [hole, rest @ ..] = removed {
                if hole.start_timestamp() >= end {
                    break;
                }
                if start < hole.start_timestamp() {
                    intervals.push(Interval::from_seconds(start, hole.start_timestamp()));
                }
                start = start.max(hole.end_timestamp());
                if hole.end_timestamp() > end {
                    break;
                }
                removed = rest;
            }
            if start < end {
                intervals.push(Interval::from_seconds(start, end));
            }
        }
        IntervalSet { intervals }
    }

    /// Whether the whole interval is inside.
    pub fn covers(&self, interval: Interval) -> bool {
        self.find(interval.start_timestamp())
            .is_some_and(|found| interval.end_timestamp() <= found.end_timestamp())
    }

    /// The intervals with a part in `[from, to)`, whole.
    pub(crate) fn near(&self, from: i64, to: i64) -> &[Interval] {
        let first = self
            .intervals
            .partition_point(|each| each.end_timestamp() <= from);
        let near = &self.intervals[first..];
        &near[..near.partition_point(|each| each.start_timestamp() < to)]
    }

    /// The parts of `interval` that are inside.
    pub(crate) fn parts_of(&self, interval: Interval) -> impl Iterator<Item = Interval> + '_ {
        self.near(interval.start_timestamp(), interval.end_timestamp())
            .iter()
            .filter_map(move |each| each.intersection(interval))
    }

    /// Whether an instant, in seconds since 1970, is inside.
    pub(crate) fn contains_second(&self, second: i64) -> bool {
        self.find(second).is_some()
    }

    /// The interval that contains an instant given in seconds since 1970.
    pub(crate) fn find(&self, second: i64) -> Option<Interval> {
        let after = self
            .intervals
            .partition_point(|each| each.start_timestamp() <= second);
        let candidate = *self.intervals.get(after.checked_sub(1)?)?;
        (second < candidate.end_timestamp()).then_some(candidate)
    }
}

impl FromIterator<Interval> for IntervalSet {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> IntervalSet {
        let intervals = intervals.into_iter();
        let (least, most) = intervals.size_hint();
        let mut merged: Vec<Interval> = Vec::with_capacity(most.unwrap_or(least));
        let mut sorted = true;
        for interval in intervals {
            match merged.last_mut() {
                Some(last) if sorted && interval.start <= last.end => {
                    sorted = interval.start >= last.start;
                    if sorted {
                        last.end = last.end.max(interval.end);
                    } else {
                        merged.push(interval);
                    }
                }
                _ => merged.push(interval),
            }
        }
        if !sorted {
            merged.sort_unstable();
            merged.dedup_by(|later, kept| {
                let merges = later.start <= kept.end;
                if merges {
                    kept.end = kept.end.max(later.end);
                }
                merges
            });
        }
        IntervalSet { intervals: merged }
    }
}

impl From<Interval> for IntervalSet {
    fn from(interval: Interval) -> IntervalSet {
        IntervalSet {
            intervals: vec![interval],
        }
    }
}

impl From<Vec<Interval>> for IntervalSet {
    fn from(intervals: Vec<Interval>) -> IntervalSet {
        intervals.into_iter().collect()
    }
}

impl From<IntervalSet> for Vec<Interval> {
    fn from(set: IntervalSet) -> Vec<Interval> {
        set.intervals
    }
}
