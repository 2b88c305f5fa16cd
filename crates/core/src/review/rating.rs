use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ReviewError;
use crate::limits::RATINGS_MAX;

/// One to five, five being best. JSON form: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

impl Rating {
    /// The worst.
    pub const MIN: Rating = Rating(1);
    /// The best.
    pub const MAX: Rating = Rating(5);

    /// Takes a number as a rating.
    ///
    /// # Errors
    ///
    /// [`ReviewError::Rating`] below 1 and above 5.
    pub const fn new(rating: u8) -> Result<Rating, ReviewError> {
        if rating >= Rating::MIN.0 && rating <= Rating::MAX.0 {
            Ok(Rating(rating))
        } else {
            Err(ReviewError::Rating)
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Where a summary counts it.
    fn index(self) -> usize {
        usize::from(self.0 - 1)
    }
}

impl TryFrom<u8> for Rating {
    type Error = ReviewError;

    fn try_from(rating: u8) -> Result<Rating, ReviewError> {
        Rating::new(rating)
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> u8 {
        rating.0
    }
}

/// How often somebody got each rating. JSON form: `{"counts":[0,0,1,2,5]}`, of the ratings 1 to 5.
///
/// It is kept by adding each rating when it is published, and by taking out what a moderator
/// removes; nothing is ever counted anew, and nothing is rounded before it is printed.
///
/// # Example
///
/// ```
/// use quando::review::{Rating, RatingSummary};
///
/// let mut summary = RatingSummary::default();
/// for rating in [5, 5, 4] {
///     summary.add(Rating::new(rating)?)?;
/// }
/// let mean = summary.mean().unwrap();
/// assert_eq!((mean.sum(), mean.count()), (14, 3));
/// assert_eq!(mean.to_string(), "4.67");
/// # Ok::<(), quando::review::ReviewError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "SummaryFields")]
pub struct RatingSummary {
    counts: [u64; 5],
}

impl RatingSummary {
    /// A summary from the counts of the ratings 1 to 5.
    ///
    /// # Errors
    ///
    /// [`ReviewError::TooManyRatings`] for a count above [`RATINGS_MAX`].
    pub fn new(counts: [u64; 5]) -> Result<RatingSummary, ReviewError> {
        if counts.iter().any(|count| *count > RATINGS_MAX) {
            return Err(ReviewError::TooManyRatings);
        }
        Ok(RatingSummary { counts })
    }

    /// Counts a rating, when its review is published.
    ///
    /// # Errors
    ///
    /// [`ReviewError::TooManyRatings`] at [`RATINGS_MAX`]; nothing is counted then.
    pub fn add(&mut self, rating: Rating) -> Result<(), ReviewError> {
        let count = &mut self.counts[rating.index()];
        if *count >= RATINGS_MAX {
            return Err(ReviewError::TooManyRatings);
        }
        *count += 1;
        Ok(())
    }

    /// Takes out a rating whose review was removed after it was published.
    ///
    /// # Errors
    ///
    /// [`ReviewError::NotCounted`] when there is none of its value.
    pub fn remove(&mut self, rating: Rating) -> Result<(), ReviewError> {
        let count = &mut self.counts[rating.index()];
        *count = count.checked_sub(1).ok_or(ReviewError::NotCounted)?;
        Ok(())
    }

    /// How often each of the ratings 1 to 5 was given.
    pub fn counts(&self) -> [u64; 5] {
        self.counts
    }

    /// How many ratings there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all ratings.
    pub fn sum(&self) -> u64 {
        (1..)
            .zip(self.counts)
            .map(|(value, count)| value * count)
            .sum()
    }

    /// The mean, unless there is no rating yet.
    pub fn mean(&self) -> Option<RatingMean> {
        let (sum, count) = (self.sum(), self.count());
        (count > 0).then(|| RatingMean::of(sum, count))
    }
}

/// The mean of at least one rating, as an exact fraction.
///
/// Ordered by the mean, and among equal means by the number of ratings: the order is total, and
/// two are equal only when both sum and count are. It prints two digits, rounded half away from
/// zero: 4.665 is `4.67`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RatingMean {
    sum: u64,
    count: u64,
}

impl RatingMean {
    /// INVARIANT: the sum is that of `count` ratings, at least one and no more than a summary has.
    pub(crate) fn of(sum: u64, count: u64) -> RatingMean {
        debug_assert!(count <= sum && sum <= 5 * count, "no mean: {sum} / {count}");
        RatingMean { sum, count }
    }

    /// The numerator: the sum of the ratings.
    pub fn sum(self) -> u64 {
        self.sum
    }

    /// The denominator: how many ratings there are.
    pub fn count(self) -> u64 {
        self.count
    }
}

impl Ord for RatingMean {
    fn cmp(&self, other: &RatingMean) -> Ordering {
        // Cross multiplication is exact: counts stay far below the root of the largest number.
        let own = u128::from(self.sum) * u128::from(other.count);
        let others = u128::from(other.sum) * u128::from(self.count);
        own.cmp(&others).then(self.count.cmp(&other.count))
    }
}

impl PartialOrd for RatingMean {
    fn partial_cmp(&self, other: &RatingMean) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RatingMean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Half a hundredth is added before the division drops the rest.
        let hundredths = (200 * self.sum + self.count) / (2 * self.count);
        write!(f, "{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SummaryFields {
    counts: [u64; 5],
}

impl TryFrom<SummaryFields> for RatingSummary {
    type Error = ReviewError;

    fn try_from(fields: SummaryFields) -> Result<RatingSummary, ReviewError> {
        RatingSummary::new(fields.counts)
    }
}
