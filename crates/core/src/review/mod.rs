//! Reviews of bookings, both ways, and the ratings that they add up to.
//!
//! When a booking is completed, the customer may review the provider and the provider the
//! customer, once each, until a period ends. Neither sees the other's review before both are in or
//! the period has ended ([`Reviews`]), so that nobody writes a review in answer to one. At that
//! moment, and not earlier, the ratings enter the [`RatingSummary`] of whoever they are about: a
//! mean that moved before would give the hidden rating away.

mod booking;
mod rating;

pub use booking::{Party, Review, ReviewPolicy, ReviewText, Reviews};
pub use rating::{Rating, RatingMean, RatingSummary};

use crate::limits::{RATINGS_MAX, REVIEW_TEXT_BYTES_MAX};

/// Why there is no such review, or it is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// A rating is 1, 2, 3, 4 or 5.
    #[error("a rating is a whole number from 1 to 5")]
    Rating,
    /// The text has more than [`REVIEW_TEXT_BYTES_MAX`] bytes.
    #[error(
        "a review has at most {REVIEW_TEXT_BYTES_MAX} bytes of text (limit `REVIEW_TEXT_BYTES_MAX`)"
    )]
    TextTooLong,
    /// The text has a control character that is not a line feed.
    #[error("a review has no control characters but line feeds")]
    TextControl,
    /// An instant has a fraction of a second or lies outside the years 1 to 9999.
    #[error("an instant has whole seconds and lies in the years 1 to 9999")]
    Instant,
    /// The period in which reviews are taken is empty.
    #[error("the period for reviews lasts at least a minute")]
    NoPeriod,
    /// The booking was not completed yet.
    #[error("reviews open when the booking is completed")]
    NotOpen,
    /// The period for reviews has ended.
    #[error("the period for reviews has ended")]
    Closed,
    /// The same party has reviewed the booking already.
    #[error("this party has reviewed the booking already")]
    Twice,
    /// A review is stored under the other party.
    #[error("a review is stored under the party that wrote it")]
    OtherParty,
    /// A rating is taken out that is not in the summary.
    #[error("the summary has no such rating to take out")]
    NotCounted,
    /// A summary has [`RATINGS_MAX`] ratings of one value.
    #[error("a summary has at most {RATINGS_MAX} ratings of one value (limit `RATINGS_MAX`)")]
    TooManyRatings,
}

impl ReviewError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            ReviewError::Rating => "rating-range",
            ReviewError::TextTooLong => "review-too-long",
            ReviewError::TextControl => "review-control",
            ReviewError::Instant => "review-instant",
            ReviewError::NoPeriod => "review-no-period",
            ReviewError::NotOpen => "review-not-open",
            ReviewError::Closed => "review-closed",
            ReviewError::Twice => "review-twice",
            ReviewError::OtherParty => "review-other-party",
            ReviewError::NotCounted => "rating-not-counted",
            ReviewError::TooManyRatings => "rating-too-many",
        }
    }
}
