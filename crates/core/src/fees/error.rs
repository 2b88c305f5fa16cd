use super::ItemId;
use crate::limits::{PRICE_ITEMS_MAX, REFUND_TIERS_MAX};
use crate::money::{Currency, MoneyError};
use crate::time::{Minutes, MinutesError};

/// Why a price or fee policy contradicts itself, or there is no quote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeesError {
    /// Amounts that do not mix, or grow beyond the limit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// An amount is below zero that must not be.
    #[error("`{field}` is not negative")]
    Negative {
        /// What the amount is, as its JSON field.
        field: &'static str,
    },
    /// The least fee is more than the most.
    #[error("the minimum of the fee is over its maximum")]
    MinimumOverMaximum,
    /// A share for the customer, and no split.
    #[error("`customerShare` goes with the side `split` only")]
    ShareWithoutSplit,
    /// A split, and no share for the customer.
    #[error("the side `split` needs a `customerShare`")]
    SplitWithoutShare,
    /// Two add-ons, surcharges or discounts of one id, or two prices of one duration.
    #[error("`{what}` is there twice")]
    RepeatedItem {
        /// The id or duration.
        what: String,
    },
    /// More items than one policy may have.
    #[error("at most {PRICE_ITEMS_MAX} of `{field}` (limit `PRICE_ITEMS_MAX`)")]
    TooManyItems {
        /// Which list, as its JSON field.
        field: &'static str,
    },
    /// A table of prices without a price.
    #[error("a price by duration needs at least one duration")]
    NoDurations,
    /// A price for no time at all, or a request for no time.
    #[error("a price is for at least one minute")]
    NoMinutes,
    /// A surcharge that is always due is a part of the price.
    #[error("a surcharge needs weekdays, hours or dates on which it is due")]
    NoCondition,
    /// The last date is before the first.
    #[error("the last date is before the first")]
    SurchargeDatesReversed,
    /// Neither a rate nor an amount, or both.
    #[error("exactly one of `rate` and `amount` is needed")]
    RateOrAmount,
    /// A request for nobody.
    #[error("a party has at least one member")]
    EmptyParty,
    /// The table of prices has no entry for the duration.
    #[error("there is no price for {minutes}")]
    UnpricedDuration {
        /// The duration.
        minutes: Minutes,
    },
    /// The price policy has no such add-on.
    #[error("there is no add-on `{id}`")]
    UnknownAddOn {
        /// The id.
        id: ItemId,
        /// Which of the request's add-ons, from 0.
        index: usize,
    },
    /// An add-on is asked for twice.
    #[error("the add-on `{id}` is there twice")]
    RepeatedAddOn {
        /// The id.
        id: ItemId,
        /// Which of the request's add-ons, from 0.
        index: usize,
    },
    /// The price policy has no such discount.
    #[error("there is no discount `{id}`")]
    UnknownDiscount {
        /// The id.
        id: ItemId,
    },
    /// The amounts of the fee policy are in another currency than the price.
    #[error("the fee policy has amounts in {policy}, and the price is in {price}")]
    FeeCurrency {
        /// The currency of the fee policy.
        policy: Currency,
        /// The currency of the price.
        price: Currency,
    },
    /// The tips are in another currency than the price.
    #[error("the tips are in {tips}, and the price is in {price}")]
    TipsCurrency {
        /// The currency of the tips.
        tips: Currency,
        /// The currency of the price.
        price: Currency,
    },
    /// The add-ons make the booking longer than any may be.
    #[error("the booking with its add-ons is too long: {0}")]
    TooLong(#[from] MinutesError),
    /// A quote whose numbers do not belong together.
    #[error("the quote does not add up: {rule}")]
    QuoteSum {
        /// What should hold.
        rule: &'static str,
    },
}

impl FeesError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            FeesError::Money(error) => error.code(),
            FeesError::Negative { .. } => "negative-amount",
            FeesError::MinimumOverMaximum => "minimum-over-maximum",
            FeesError::ShareWithoutSplit => "share-without-split",
            FeesError::SplitWithoutShare => "split-without-share",
            FeesError::RepeatedItem { .. } => "repeated-item",
            FeesError::TooManyItems { .. } => "too-many-items",
            FeesError::NoDurations => "no-durations",
            FeesError::NoMinutes => "no-minutes",
            FeesError::NoCondition => "no-condition",
            FeesError::SurchargeDatesReversed => "surcharge-dates-reversed",
            FeesError::RateOrAmount => "rate-or-amount",
            FeesError::EmptyParty => "empty-party",
            FeesError::UnpricedDuration { .. } => "unpriced-duration",
            FeesError::UnknownAddOn { .. } => "unknown-add-on",
            FeesError::RepeatedAddOn { .. } => "repeated-add-on",
            FeesError::UnknownDiscount { .. } => "unknown-discount",
            FeesError::FeeCurrency { .. } => "fee-currency",
            FeesError::TipsCurrency { .. } => "tips-currency",
            FeesError::TooLong(_) => "booking-too-long",
            FeesError::QuoteSum { .. } => "quote-sum",
        }
    }

    /// Where in a [`QuoteQuestion`](super::QuoteQuestion) the fault lies, as an RFC 6901 pointer;
    /// empty when it is in no single field.
    pub fn pointer(&self) -> String {
        match self {
            FeesError::EmptyParty => "/request/party".to_owned(),
            FeesError::NoMinutes | FeesError::UnpricedDuration { .. } => {
                "/request/durationMinutes".to_owned()
            }
            FeesError::UnknownAddOn { index, .. } | FeesError::RepeatedAddOn { index, .. } => {
                format!("/request/addOns/{index}")
            }
            FeesError::TooLong(_) => "/request/addOns".to_owned(),
            FeesError::TooManyItems { field } | FeesError::Negative { field } => {
                format!("/request/{field}")
            }
            FeesError::UnknownDiscount { .. } => "/request/discount".to_owned(),
            FeesError::TipsCurrency { .. } => "/request/tips".to_owned(),
            FeesError::FeeCurrency { .. } => "/fee".to_owned(),
            _ => String::new(),
        }
    }
}

/// Why a refund policy contradicts itself, or nothing can be refunded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefundError {
    /// Amounts that do not mix, or grow beyond the limit.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Two tiers of the same hours.
    #[error("two tiers have `hoursBefore` {hours}")]
    EqualHours {
        /// The hours.
        hours: u32,
    },
    /// A tier gives back more than one for an earlier cancellation.
    #[error("the tier with `hoursBefore` {hours} gives back more than an earlier one")]
    MoreForLater {
        /// The hours of the tier that gives back more.
        hours: u32,
    },
    /// More tiers than one policy may have.
    #[error("at most {REFUND_TIERS_MAX} tiers (limit `REFUND_TIERS_MAX`)")]
    TooManyTiers,
    /// An amount is below zero that must not be.
    #[error("`{field}` is not negative")]
    Negative {
        /// What the amount is, as its JSON field.
        field: &'static str,
    },
    /// A fee that is more than what was captured.
    #[error("the fee is more than what was captured")]
    FeeOverCaptured,
    /// More was captured than the booking costs.
    #[error("more was captured than the total")]
    CapturedOverTotal,
    /// A refund of nothing, or of less.
    #[error("a refund is positive")]
    NotPositive,
    /// More refunded than was captured.
    #[error("the refunds are more than what was captured")]
    OverCaptured,
    /// An account whose numbers do not belong together.
    #[error("the fee given back is not in proportion to what was refunded")]
    AccountDisagrees,
}

impl RefundError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            RefundError::Money(error) => error.code(),
            RefundError::EqualHours { .. } => "tiers-equal-hours",
            RefundError::MoreForLater { .. } => "tiers-more-for-later",
            RefundError::TooManyTiers => "too-many-tiers",
            RefundError::Negative { .. } => "refund-negative-amount",
            RefundError::FeeOverCaptured => "fee-over-captured",
            RefundError::CapturedOverTotal => "captured-over-total",
            RefundError::NotPositive => "refund-not-positive",
            RefundError::OverCaptured => "refund-over-captured",
            RefundError::AccountDisagrees => "refund-account-disagrees",
        }
    }

    /// Where in a [`RefundQuestion`](super::RefundQuestion) about a cancellation the fault lies, as
    /// an RFC 6901 pointer.
    pub fn pointer(&self) -> String {
        match self {
            RefundError::Negative { field } => format!("/case/{field}"),
            RefundError::FeeOverCaptured => "/case/fee".to_owned(),
            _ => "/case".to_owned(),
        }
    }
}
