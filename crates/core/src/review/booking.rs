use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Rating, ReviewError};
use crate::limits::{INSTANT_MAX, INSTANT_MIN, REVIEW_TEXT_BYTES_MAX};
use crate::time::Minutes;
use crate::time::civil::instant_from_seconds;
use crate::time::text::serde_form;

/// A side of a booking that writes reviews. JSON form: `customer` or `provider`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Party {
    /// Who booked.
    Customer,
    /// Who served.
    Provider,
}

/// What somebody writes in a review, or nothing. JSON form: a string.
///
/// At most [`REVIEW_TEXT_BYTES_MAX`] bytes of UTF-8 without control characters, line feeds aside;
/// it is kept as it was written.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReviewText(Box<str>);

/// What one party says about a booking. JSON form:
/// `{"by":"customer","rating":5,"text":"On time.","at":"2026-03-02T15:30:00Z"}`; `text` may be left
/// out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Who says it, of the other one.
    pub by: Party,
    /// How good it was.
    pub rating: Rating,
    /// In words.
    #[serde(default, skip_serializing_if = "ReviewText::is_empty")]
    pub text: ReviewText,
    /// When it was handed in: the host's clock, never the reviewer's.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
}

/// How long reviews are taken. JSON form: `{"periodMinutes":20160}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReviewPolicy {
    /// From completion on; 14 days unless said otherwise.
    pub period_minutes: Minutes,
}

impl Default for ReviewPolicy {
    fn default() -> ReviewPolicy {
        let period_minutes = Minutes::new(14 * 24 * 60).expect("14 days are below the limit");
        ReviewPolicy { period_minutes }
    }
}

/// Both reviews of one completed booking. JSON form:
/// `{"opensAt","closesAt","customer":{…},"provider":{…},"published":true}`, without what is not
/// there.
///
/// This is what the host stores. It holds reviews that nobody may see yet: what goes out is
/// [`visible`](Reviews::visible), or [`visible_to`](Reviews::visible_to) for one of the two.
///
/// # Example
///
/// ```
/// use quando::review::{Party, Rating, Review, ReviewPolicy, ReviewText, Reviews};
/// use quando::time::parse_instant;
///
/// let mut reviews = Reviews::open(parse_instant("2026-03-02T15:00:00Z")?, ReviewPolicy::default())?;
/// let at = parse_instant("2026-03-03T09:00:00Z")?;
/// let review = Review { by: Party::Customer, rating: Rating::MAX, text: ReviewText::default(), at };
/// reviews.submit(review.clone())?;
/// assert_eq!(reviews.visible(at).count(), 0);
///
/// reviews.submit(Review { by: Party::Provider, ..review })?;
/// assert_eq!(reviews.visible(at).count(), 2);
/// assert_eq!(reviews.publish(at).len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "ReviewsFields")]
pub struct Reviews {
    #[serde(with = "serde_form::instant")]
    opens_at: DateTime<Utc>,
    #[serde(with = "serde_form::instant")]
    closes_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Review>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<Review>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    published: bool,
}

impl ReviewText {
    /// Takes a text.
    ///
    /// # Errors
    ///
    /// [`ReviewError::TextTooLong`] and [`ReviewError::TextControl`].
    pub fn new(text: impl Into<String>) -> Result<ReviewText, ReviewError> {
        let text = text.into();
        if text.len() > REVIEW_TEXT_BYTES_MAX {
            return Err(ReviewError::TextTooLong);
        }
        if text.chars().any(|each| each.is_control() && each != '\n') {
            return Err(ReviewError::TextControl);
        }
        Ok(ReviewText(text.into_boxed_str()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Reviews {
    /// No review yet, of a booking that was completed at `completed_at`.
    ///
    /// # Errors
    ///
    /// [`ReviewError::NoPeriod`] for a policy of zero minutes, and [`ReviewError::Instant`].
    pub fn open(completed_at: DateTime<Utc>, policy: ReviewPolicy) -> Result<Reviews, ReviewError> {
        if policy.period_minutes == Minutes::ZERO {
            return Err(ReviewError::NoPeriod);
        }
        let opens_at = whole_second(completed_at)?;
        let closes_at = opens_at + policy.period_minutes.seconds();
        if closes_at > INSTANT_MAX {
            return Err(ReviewError::Instant);
        }
        Ok(Reviews {
            opens_at: instant_from_seconds(opens_at),
            closes_at: instant_from_seconds(closes_at),
            customer: None,
            provider: None,
            published: false,
        })
    }

    /// The first instant at which reviews are taken: when the booking was completed.
    pub fn opens_at(&self) -> DateTime<Utc> {
        self.opens_at
    }

    /// The first instant at which no review is taken any more, and those that are there are seen.
    pub fn closes_at(&self) -> DateTime<Utc> {
        self.closes_at
    }

    /// Takes a review.
    ///
    /// # Errors
    ///
    /// [`ReviewError::NotOpen`] and [`ReviewError::Closed`] by `review.at`, [`ReviewError::Twice`]
    /// when its party has reviewed already, [`ReviewError::Instant`]. Nothing changes then.
    pub fn submit(&mut self, review: Review) -> Result<(), ReviewError> {
        whole_second(review.at)?;
        if review.at < self.opens_at {
            return Err(ReviewError::NotOpen);
        }
        if review.at >= self.closes_at {
            return Err(ReviewError::Closed);
        }
        let place = match review.by {
            Party::Customer => &mut self.customer,
            Party::Provider => &mut self.provider,
        };
        if place.is_some() {
            return Err(ReviewError::Twice);
        }
        // Once the lone review was seen, the other one would be an answer to it. That takes a
        // clock that went backwards, or the period would be over for both.
        if self.published {
            return Err(ReviewError::Closed);
        }
        *place = Some(review);
        Ok(())
    }

    /// What everybody may see at `now`, the customer's review first: nothing until both reviews are
    /// in or the period has ended.
    pub fn visible(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Review> {
        let visible = self.is_public(now);
        self.reviews().filter(move |_| visible)
    }

    /// What one of the two may see at `now`: one's own review always, the other's like everybody.
    pub fn visible_to(&self, viewer: Party, now: DateTime<Utc>) -> impl Iterator<Item = &Review> {
        let visible = self.is_public(now);
        self.reviews()
            .filter(move |review| visible || review.by == viewer)
    }

    /// The ratings that enter the summaries now, each with the party that gave it: those of all
    /// reviews, both at once, in the first call after they became visible.
    ///
    /// Every later call gives nothing, also when the stored value makes a round through JSON, so
    /// that no rating is counted twice. The host calls it after each
    /// [`submit`](Reviews::submit) and at [`closes_at`](Reviews::closes_at), in the transaction that
    /// stores both reviews and summaries.
    pub fn publish(&mut self, now: DateTime<Utc>) -> Vec<(Party, Rating)> {
        if self.published || !self.is_public(now) {
            return Vec::new();
        }
        self.published = true;
        self.reviews()
            .map(|review| (review.by, review.rating))
            .collect()
    }

    /// Whether the ratings have entered the summaries.
    pub fn is_published(&self) -> bool {
        self.published
    }

    fn is_public(&self, now: DateTime<Utc>) -> bool {
        let both = self.customer.is_some() && self.provider.is_some();
        self.published || both || now >= self.closes_at
    }

    fn reviews(&self) -> impl Iterator<Item = &Review> {
        self.customer.iter().chain(&self.provider)
    }
}

impl TryFrom<String> for ReviewText {
    type Error = ReviewError;

    fn try_from(text: String) -> Result<ReviewText, ReviewError> {
        ReviewText::new(text)
    }
}

impl From<ReviewText> for String {
    fn from(text: ReviewText) -> String {
        text.0.into()
    }
}

impl fmt::Debug for ReviewText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

fn whole_second(instant: DateTime<Utc>) -> Result<i64, ReviewError> {
    let second = instant.timestamp();
    let whole = instant.timestamp_subsec_nanos() == 0;
    if whole && (INSTANT_MIN..=INSTANT_MAX).contains(&second) {
        Ok(second)
    } else {
        Err(ReviewError::Instant)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReviewsFields {
    #[serde(with = "serde_form::instant")]
    opens_at: DateTime<Utc>,
    #[serde(with = "serde_form::instant")]
    closes_at: DateTime<Utc>,
    #[serde(default)]
    customer: Option<Review>,
    #[serde(default)]
    provider: Option<Review>,
    #[serde(default)]
    published: bool,
}

impl TryFrom<ReviewsFields> for Reviews {
    type Error = ReviewError;

    fn try_from(fields: ReviewsFields) -> Result<Reviews, ReviewError> {
        if fields.opens_at >= fields.closes_at {
            return Err(ReviewError::NoPeriod);
        }
        let mut reviews = Reviews {
            opens_at: fields.opens_at,
            closes_at: fields.closes_at,
            customer: None,
            provider: None,
            published: false,
        };
        let stored = [
            (Party::Customer, fields.customer),
            (Party::Provider, fields.provider),
        ];
        for (party, review) in stored {
            let Some(review) = review else { continue };
            if review.by != party {
                return Err(ReviewError::OtherParty);
            }
            reviews.submit(review)?;
        }
        reviews.published = fields.published;
        Ok(reviews)
    }
}
