use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::TimeTextError;
use crate::time::civil::{DAY, HOUR, MINUTE};
use crate::time::text::parse_clock;

/// A window of one civil date: `{"from":"09:00","to":"17:00"}`.
///
/// `to` may be `24:00`; `to` at or before `from` is on the next day, so that `22:00`-`02:00`
/// crosses midnight and `09:00`-`09:00` lasts 24 hours. A window is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "HoursFields", into = "HoursFields")]
pub struct Hours {
    from: TimeOfDay,
    to: TimeOfDay,
}

/// Why two times of day are no [`Hours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HoursError {
    /// A window starts within the day.
    #[error("a window does not start at 24:00; use 00:00 of the next day")]
    FromMidnight,
}

impl Hours {
    /// The window from one time of day to another.
    ///
    /// # Errors
    ///
    /// [`HoursError::FromMidnight`] when `from` is `24:00`.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Hours, HoursError> {
        if from == TimeOfDay::MIDNIGHT_AFTER {
            return Err(HoursError::FromMidnight);
        }
        Ok(Hours { from, to })
    }

    /// The first minute inside.
    pub fn from(self) -> TimeOfDay {
        self.from
    }

    /// The first minute after, on the next day when it is not later than [`Hours::from`].
    pub fn to(self) -> TimeOfDay {
        self.to
    }

    /// Start in seconds since the date's midnight.
    pub(crate) fn start_second(self) -> i64 {
        self.from.seconds()
    }

    /// End in seconds since the date's midnight; past 86,400 when it is on the next day.
    pub(crate) fn end_second(self) -> i64 {
        let end = self.to.seconds();
        if end <= self.from.seconds() {
            end + DAY
        } else {
            end
        }
    }
}

/// A whole minute of a civil day, from `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "std::borrow::Cow<'_, str>", into = "String")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The midnight that ends a day.
    pub const MIDNIGHT_AFTER: TimeOfDay = TimeOfDay(1_440);

    /// Reads `HH:MM`, `24:00` included.
    ///
    /// # Errors
    ///
    /// [`TimeTextError`] when the text has another form or is no time of day.
    pub fn parse(text: &str) -> Result<TimeOfDay, TimeTextError> {
        if text == "24:00" {
            return Ok(TimeOfDay::MIDNIGHT_AFTER);
        }
        let minutes = parse_clock(text.as_bytes())? / MINUTE;
        Ok(TimeOfDay(
            u16::try_from(minutes).expect("a day has 1,440 minutes"),
        ))
    }

    /// Minutes since midnight, at most 1,440.
    pub fn minutes(self) -> u16 {
        self.0
    }

    fn seconds(self) -> i64 {
        i64::from(self.0) * MINUTE
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        write!(f, "{:02}:{:02}", seconds / HOUR, seconds % HOUR / MINUTE)
    }
}

impl TryFrom<std::borrow::Cow<'_, str>> for TimeOfDay {
    type Error = String;

    fn try_from(text: std::borrow::Cow<'_, str>) -> Result<TimeOfDay, String> {
        TimeOfDay::parse(&text).map_err(|error| format!("`{text}`: {error}"))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> String {
        time.to_string()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursFields {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl TryFrom<HoursFields> for Hours {
    type Error = HoursError;

    fn try_from(fields: HoursFields) -> Result<Hours, HoursError> {
        Hours::new(fields.from, fields.to)
    }
}

impl From<Hours> for HoursFields {
    fn from(hours: Hours) -> HoursFields {
        HoursFields {
            from: hours.from,
            to: hours.to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_cross_midnight_and_last_a_day() {
        let check = |from: &str, to: &str, start: i64, end: i64| {
            let json = format!(r#"{{"from":"{from}","to":"{to}"}}"#);
            let hours: Hours = serde_json::from_str(&json).unwrap();
            assert_eq!(
                (hours.start_second(), hours.end_second()),
                (start, end),
                "{json}"
            );
            assert_eq!(serde_json::to_string(&hours).unwrap(), json);
        };
        check("09:00", "17:00", 9 * HOUR, 17 * HOUR);
        check("00:00", "24:00", 0, DAY);
        check("22:00", "02:00", 22 * HOUR, DAY + 2 * HOUR);
        check("09:00", "09:00", 9 * HOUR, DAY + 9 * HOUR);
        check("22:00", "00:00", 22 * HOUR, DAY);
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for json in [
            r#"{"from":"24:00","to":"02:00"}"#,
            r#"{"from":"9:00","to":"17:00"}"#,
            r#"{"from":"09:00","to":"25:00"}"#,
            r#"{"from":"09:00","to":"17:00:00"}"#,
            r#"{"from":"09:00"}"#,
        ] {
            assert!(serde_json::from_str::<Hours>(json).is_err(), "{json}");
        }
    }
}
