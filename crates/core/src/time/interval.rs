use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

use super::civil::instant_from_seconds;
use super::text::{InstantText, serde_form};
use crate::limits::{INSTANT_MAX, INSTANT_MIN};

/// A half-open span of time `[start, end)` between two instants, never empty.
///
/// `[9:00, 10:00)` and `[10:00, 11:00)` touch and do not overlap. Seconds are whole: a fraction in
/// what the constructor is given is refused.
///
/// Its JSON form is `{"start":"2026-03-02T14:00:00Z","end":"2026-03-02T15:00:00Z"}`.
///
/// # Example
///
/// ```
/// use quando::time::{Interval, IntervalError};
///
/// let morning = Interval::parse("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z")?;
/// let next = Interval::parse("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z")?;
/// assert!(!morning.overlaps(next));
/// assert_eq!(Interval::new(morning.start(), morning.start()), Err(IntervalError::Empty));
/// # Ok::<(), quando::time::IntervalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "IntervalFields")]
pub struct Interval {
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Why two instants do not make an [`Interval`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntervalError {
    /// The end is at or before the start.
    #[error("empty interval: the end must be after the start")]
    Empty,
    /// A boundary could not be read, has a fraction of a second or is out of range.
    #[error(transparent)]
    Text(#[from] super::TimeTextError),
}

impl Interval {
    /// The span from `start`, included, to `end`, excluded.
    ///
    /// # Errors
    ///
    /// [`IntervalError::Empty`] when `end <= start`; [`IntervalError::Text`] when a boundary has a
    /// fraction of a second or lies outside the years 1 to 9999.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Interval, IntervalError> {
        Interval::from_timestamps(whole_seconds(start)?, whole_seconds(end)?)
    }

    /// The span between two instants in RFC 3339.
    ///
    /// # Errors
    ///
    /// As [`Interval::new`], and [`IntervalError::Text`] for a text that is not an instant.
    pub fn parse(start: &str, end: &str) -> Result<Interval, IntervalError> {
        let start = super::text::parse_instant(start)?;
        Interval::from_timestamps(start, super::text::parse_instant(end)?)
    }

    /// The span between two counts of seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// As [`Interval::new`].
    pub fn from_timestamps(start: i64, end: i64) -> Result<Interval, IntervalError> {
        if start >= end {
            return Err(IntervalError::Empty);
        }
        if start < INSTANT_MIN || end > INSTANT_MAX {
            return Err(super::TimeTextError::OutOfRange.into());
        }
        Ok(Interval { start, end })
    }

    /// INVARIANT: callers have shown that `start < end`.
    pub(crate) fn from_seconds(start: i64, end: i64) -> Interval {
        debug_assert!(start < end, "an interval is never empty: {start} {end}");
        Interval { start, end }
    }

    /// The first instant inside.
    pub fn start(self) -> DateTime<Utc> {
        instant_from_seconds(self.start)
    }

    /// The first instant after.
    pub fn end(self) -> DateTime<Utc> {
        instant_from_seconds(self.end)
    }

    /// The first instant inside, in seconds since 1970-01-01T00:00:00Z.
    pub fn start_timestamp(self) -> i64 {
        self.start
    }

    /// The first instant after, in seconds since 1970-01-01T00:00:00Z.
    pub fn end_timestamp(self) -> i64 {
        self.end
    }

    /// How long it lasts.
    pub fn duration(self) -> TimeDelta {
        TimeDelta::seconds(self.end - self.start)
    }

    /// Whether an instant lies inside.
    pub fn contains(self, instant: DateTime<Utc>) -> bool {
        (self.start..self.end).contains(&instant.timestamp())
    }

    /// Whether the two share an instant; touching is not overlapping.
    pub fn overlaps(self, other: Interval) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// What the two share, if anything.
    pub fn intersection(self, other: Interval) -> Option<Interval> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Interval { start, end })
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Interval", 2)?;
        fields.serialize_field("start", InstantText::new(self.start).as_str())?;
        fields.serialize_field("end", InstantText::new(self.end).as_str())?;
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntervalFields {
    #[serde(deserialize_with = "serde_form::instant::seconds")]
    start: i64,
    #[serde(deserialize_with = "serde_form::instant::seconds")]
    end: i64,
}

impl TryFrom<IntervalFields> for Interval {
    type Error = IntervalError;

    fn try_from(fields: IntervalFields) -> Result<Interval, IntervalError> {
        Interval::from_timestamps(fields.start, fields.end)
    }
}

fn whole_seconds(instant: DateTime<Utc>) -> Result<i64, IntervalError> {
    if instant.timestamp_subsec_nanos() != 0 {
        return Err(super::TimeTextError::Fraction.into());
    }
    Ok(instant.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Interval {
        Interval::from_timestamps(start, end).unwrap()
    }

    #[test]
    fn touching_intervals_do_not_overlap() {
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert!(span(0, 11).overlaps(span(10, 20)));
        assert_eq!(span(0, 10).intersection(span(10, 20)), None);
        assert_eq!(span(0, 15).intersection(span(10, 20)), Some(span(10, 15)));
    }

    #[test]
    fn empty_and_backward_intervals_cannot_be_made() {
        for (start, end) in [(5, 5), (6, 5)] {
            assert_eq!(
                Interval::from_timestamps(start, end),
                Err(IntervalError::Empty)
            );
        }
        let json = r#"{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z"}"#;
        assert!(serde_json::from_str::<Interval>(json).is_err());
    }

    #[test]
    fn json_round_trips() {
        let json = r#"{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:30:00Z"}"#;
        let interval: Interval = serde_json::from_str(json).unwrap();
        assert_eq!(interval.duration(), TimeDelta::minutes(30));
        assert_eq!(serde_json::to_string(&interval).unwrap(), json);
    }
}
