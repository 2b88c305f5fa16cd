use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Fee, FeesError, ItemId, ItemLabel};
use crate::money::Money;
use crate::time::Minutes;

/// What a booking costs, line by line; it adds up, whoever made it.
///
/// A quote is frozen on the booking that it was made for. JSON form: that of [`QuoteParts`]; what
/// does not add up is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "QuoteParts", into = "QuoteParts")]
pub struct Quote(Arc<QuoteParts>);

/// The parts of a [`Quote`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteParts {
    /// The lines, in the order of [`LineKind`]; they sum to the total.
    pub lines: Vec<Line>,
    /// The total after discount, without tax.
    pub net: Money,
    /// The tax on it, whether prices had it in them or not.
    pub tax: Money,
    /// What the customer gives on top, for the provider.
    pub tips: Money,
    /// What the customer pays: `net + tax + tips` and their part of the fee.
    pub total: Money,
    /// What the platform takes of it.
    pub fee: Fee,
    /// What the provider gets: the total without the whole fee.
    pub provider_gets: Money,
    /// What is due at once, of the total; the rest is the balance.
    pub due_now: Money,
    /// How long the booking lasts with its add-ons.
    pub duration_minutes: Minutes,
    /// The version of the zone database that told when surcharges are due, such as `2026f`.
    pub tzdb: String,
}

/// One line of a quote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Line {
    /// What the line is for.
    pub kind: LineKind,
    /// The add-on, surcharge or discount of the price policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ItemId>,
    /// How a receipt calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ItemLabel>,
    /// What it comes to; discounts and tax that is taken out of prices are negative.
    pub amount: Money,
}

/// What a line is for, in the order of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LineKind {
    /// The booking itself.
    Base,
    /// An add-on.
    AddOn,
    /// A surcharge.
    Surcharge,
    /// What is taken off.
    Discount,
    /// Tax that the prices above have in them, taken out of them so that it can be shown by itself
    /// in the next line.
    TaxInPrices,
    /// The tax.
    Tax,
    /// Tips.
    Tips,
    /// The customer's part of the platform fee.
    Fee,
}

impl Quote {
    /// Checks that the parts belong together.
    ///
    /// # Errors
    ///
    /// [`FeesError::QuoteSum`] when they do not add up, [`FeesError::Negative`] for an amount below
    /// zero, and [`FeesError::Money`] for amounts of different currencies.
    pub fn new(parts: QuoteParts) -> Result<Quote, FeesError> {
        super::lines::check(&parts)?;
        Ok(Quote(Arc::new(parts)))
    }

    /// A quote whose parts were computed together.
    pub(super) fn computed(parts: QuoteParts) -> Quote {
        debug_assert_eq!(super::lines::check(&parts), Ok(()));
        Quote(Arc::new(parts))
    }

    /// All parts.
    pub fn parts(&self) -> &QuoteParts {
        &self.0
    }

    /// The lines, which sum to the total.
    pub fn lines(&self) -> &[Line] {
        &self.0.lines
    }

    /// The total after discount, without tax.
    pub fn net(&self) -> Money {
        self.0.net
    }

    /// The tax.
    pub fn tax(&self) -> Money {
        self.0.tax
    }

    /// The tips.
    pub fn tips(&self) -> Money {
        self.0.tips
    }

    /// What the customer pays.
    pub fn total(&self) -> Money {
        self.0.total
    }

    /// The platform fee.
    pub fn fee(&self) -> Fee {
        self.0.fee
    }

    /// What the provider gets.
    pub fn provider_gets(&self) -> Money {
        self.0.provider_gets
    }

    /// What is due at once.
    pub fn due_now(&self) -> Money {
        self.0.due_now
    }

    /// What is due later: the total without what is due at once.
    pub fn balance(&self) -> Money {
        let balance = self.0.total.checked_sub(self.0.due_now);
        balance.expect("both are of one currency, and neither is negative")
    }

    /// How long the booking lasts with its add-ons.
    pub fn duration(&self) -> Minutes {
        self.0.duration_minutes
    }
}

impl TryFrom<QuoteParts> for Quote {
    type Error = FeesError;

    fn try_from(parts: QuoteParts) -> Result<Quote, FeesError> {
        Quote::new(parts)
    }
}

impl From<Quote> for QuoteParts {
    fn from(quote: Quote) -> QuoteParts {
        Arc::unwrap_or_clone(quote.0)
    }
}
