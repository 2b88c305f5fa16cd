//! Reading and writing of the time texts that JSON carries.
//!
//! Instants are RFC 3339 with whole seconds, dates are ISO 8601 calendar dates, civil date-times
//! are dates and times without a zone. Reading is strict and does not allocate.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::civil::{
    DAY, HOUR, MINUTE, civil_from_days, civil_from_local, date_to_days, days_from_civil,
    days_to_date, instant_from_seconds, local_from_civil,
};
use crate::limits::{INSTANT_MAX, INSTANT_MIN};

/// Why a date, time or instant could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeTextError {
    /// The text does not have the expected form.
    #[error("expected {expected}")]
    Form {
        /// The form that was expected, with an example.
        expected: &'static str,
    },
    /// An instant carries a fraction of a second; quando counts whole seconds.
    #[error("an instant has whole seconds, without a fraction")]
    Fraction,
    /// A field is outside its range, such as the 30th of February.
    #[error("no such date or time")]
    NoSuchTime,
    /// The instant is outside the years that quando computes with.
    #[error("an instant lies between 0001-01-01T00:00:00Z and 9999-12-30T00:00:00Z")]
    OutOfRange,
}

const INSTANT_FORM: &str = "an RFC 3339 instant such as `2026-03-02T14:00:00Z`";
const DATE_FORM: &str = "a date such as `2026-03-02`";
const CIVIL_FORM: &str = "a civil date and time without a zone, such as `2026-03-02T09:00`";

/// Reads an RFC 3339 instant (any offset, whole seconds) as seconds since 1970.
pub(crate) fn parse_instant(text: &str) -> Result<i64, TimeTextError> {
    let form = TimeTextError::Form {
        expected: INSTANT_FORM,
    };
    let bytes = text.as_bytes();
    if bytes.len() < 20 || !matches!(bytes[10], b'T' | b't') || bytes[16] != b':' {
        return Err(form);
    }
    let days = parse_days(&bytes[..10]).map_err(|error| replace_form(error, form))?;
    let clock = parse_clock(&bytes[11..16]).map_err(|error| replace_form(error, form))?;
    let second = two_digits(&bytes[17..19]).ok_or(form)?;
    if second > 59 {
        return Err(TimeTextError::NoSuchTime);
    }
    let offset = match &bytes[19..] {
        b"Z" | b"z" => 0,
        [b'.', ..] => return Err(TimeTextError::Fraction),
        rest => parse_offset(rest).ok_or(form)?,
    };
    let seconds = days * DAY + clock + second - offset;
    if (INSTANT_MIN..=INSTANT_MAX).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(TimeTextError::OutOfRange)
    }
}

/// Reads `YYYY-MM-DD` as days since 1970.
pub(crate) fn parse_date(text: &str) -> Result<NaiveDate, TimeTextError> {
    parse_days(text.as_bytes()).map(days_to_date)
}

/// Reads `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`.
pub(crate) fn parse_civil(text: &str) -> Result<NaiveDateTime, TimeTextError> {
    let form = TimeTextError::Form {
        expected: CIVIL_FORM,
    };
    let bytes = text.as_bytes();
    if !matches!(bytes.len(), 16 | 19) || bytes[10] != b'T' {
        return Err(form);
    }
    let days = parse_days(&bytes[..10]).map_err(|error| replace_form(error, form))?;
    let clock = parse_clock(&bytes[11..16]).map_err(|error| replace_form(error, form))?;
    let second = match &bytes[16..] {
        [] => 0,
        [b':', digits @ ..] => two_digits(digits).ok_or(form)?,
        _ => return Err(form),
    };
    if second > 59 {
        return Err(TimeTextError::NoSuchTime);
    }
    Ok(civil_from_local(days * DAY + clock + second))
}

/// Reads `HH:MM` (00:00 to 23:59) as seconds since midnight.
pub(crate) fn parse_clock(bytes: &[u8]) -> Result<i64, TimeTextError> {
    let form = TimeTextError::Form {
        expected: "a time of day such as `09:00`",
    };
    if bytes.len() != 5 || bytes[2] != b':' {
        return Err(form);
    }
    let hour = two_digits(&bytes[..2]).ok_or(form)?;
    let minute = two_digits(&bytes[3..]).ok_or(form)?;
    if hour > 23 || minute > 59 {
        return Err(TimeTextError::NoSuchTime);
    }
    Ok(hour * HOUR + minute * MINUTE)
}

/// An RFC 3339 instant in UTC, in its one printed form.
#[derive(Clone, Copy)]
pub(crate) struct InstantText([u8; 20]);

impl InstantText {
    pub(crate) fn new(seconds: i64) -> InstantText {
        let mut text = *b"0000-00-00T00:00:00Z";
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        write_two(&mut text, 0, year.rem_euclid(10_000) / 100);
        write_two(&mut text, 2, year.rem_euclid(100));
        write_two(&mut text, 5, i64::from(month));
        write_two(&mut text, 8, i64::from(day));
        write_two(&mut text, 11, second / HOUR);
        write_two(&mut text, 14, second % HOUR / MINUTE);
        write_two(&mut text, 17, second % MINUTE);
        InstantText(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits and punctuation were written")
    }
}

impl fmt::Display for InstantText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Prints a civil date-time, without seconds when they are zero.
pub(crate) fn civil_text(civil: NaiveDateTime) -> String {
    let local = local_from_civil(civil);
    let (year, month, day) = civil_from_days(local.div_euclid(DAY));
    let second = local.rem_euclid(DAY);
    let (hour, minute, second) = (second / HOUR, second % HOUR / MINUTE, second % MINUTE);
    if second == 0 {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

/// Prints a date as `YYYY-MM-DD`.
pub(crate) fn date_text(date: NaiveDate) -> String {
    let (year, month, day) = civil_from_days(date_to_days(date));
    format!("{year:04}-{month:02}-{day:02}")
}

fn parse_days(bytes: &[u8]) -> Result<i64, TimeTextError> {
    let form = TimeTextError::Form {
        expected: DATE_FORM,
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(form);
    }
    let century = two_digits(&bytes[..2]).ok_or(form)?;
    let year = century * 100 + two_digits(&bytes[2..4]).ok_or(form)?;
    let month = two_digits(&bytes[5..7]).ok_or(form)?;
    let day = two_digits(&bytes[8..]).ok_or(form)?;
    let (month, day) = (
        u32::try_from(month).unwrap_or(0),
        u32::try_from(day).unwrap_or(0),
    );
    if year < 1 || !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return Err(TimeTextError::NoSuchTime);
    }
    Ok(days_from_civil(year, month, day))
}

pub(crate) const fn month_length(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0
            && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) =>
        {
            29
        }
        2 => 28,
        _ => 31,
    }
}

fn parse_offset(bytes: &[u8]) -> Option<i64> {
    let sign = match bytes.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    parse_clock(&bytes[1..]).ok().map(|clock| sign * clock)
}

fn two_digits(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    }
}

#[expect(
    clippy::cast_sign_loss,
    reason = "the value is a remainder of one hundred"
)]
fn write_two(text: &mut [u8; 20], at: usize, value: i64) {
    text[at] = b'0' + (value / 10 % 10) as u8;
    text[at + 1] = b'0' + (value % 10) as u8;
}

fn replace_form(error: TimeTextError, form: TimeTextError) -> TimeTextError {
    match error {
        TimeTextError::Form { .. } => form,
        other => other,
    }
}

/// Serde for the time types of the JSON form, by field.
pub(crate) mod serde_form {
    use super::*;
    use serde::{Deserializer, Serializer, de};

    struct TextVisitor<T> {
        expecting: &'static str,
        parse: fn(&str) -> Result<T, TimeTextError>,
    }

    impl<T> de::Visitor<'_> for TextVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.expecting)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            (self.parse)(text).map_err(|error| E::custom(format_args!("`{text}`: {error}")))
        }
    }

    /// `2026-03-02T14:00:00Z`
    pub(crate) mod instant {
        use super::*;

        pub(crate) fn serialize<S: Serializer>(
            instant: &DateTime<Utc>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(InstantText::new(instant.timestamp()).as_str())
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<DateTime<Utc>, D::Error> {
            seconds(deserializer).map(instant_from_seconds)
        }

        /// The same text as seconds since 1970.
        pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
            deserializer.deserialize_str(TextVisitor {
                expecting: INSTANT_FORM,
                parse: parse_instant,
            })
        }
    }

    macro_rules! text_form {
        ($name:ident, $type:ty, $expecting:expr, $parse:path, $print:path) => {
            pub(crate) mod $name {
                use super::*;

                pub(crate) fn serialize<S: Serializer>(
                    value: &$type,
                    serializer: S,
                ) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(&$print(*value))
                }

                pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<$type, D::Error> {
                    deserializer.deserialize_str(TextVisitor {
                        expecting: $expecting,
                        parse: $parse,
                    })
                }
            }
        };
    }

    text_form!(date, NaiveDate, DATE_FORM, parse_date, date_text);
    text_form!(civil, NaiveDateTime, CIVIL_FORM, parse_civil, civil_text);

    /// An optional date; `null` is the same as absent.
    pub(crate) mod optional_date {
        use super::*;
        use serde::{Deserialize, Serialize};

        #[derive(Serialize, Deserialize)]
        struct Text(#[serde(with = "super::date")] NaiveDate);

        pub(crate) fn serialize<S: Serializer>(
            date: &Option<NaiveDate>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            date.map(Text).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<NaiveDate>, D::Error> {
            Ok(Option::<Text>::deserialize(deserializer)?.map(|text| text.0))
        }
    }

    /// An optional instant; `null` is the same as absent.
    pub(crate) mod optional_instant {
        use super::*;
        use serde::{Deserialize, Serialize};

        #[derive(Serialize, Deserialize)]
        struct Text(#[serde(with = "super::instant")] DateTime<Utc>);

        pub(crate) fn serialize<S: Serializer>(
            instant: &Option<DateTime<Utc>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            instant.map(Text).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<DateTime<Utc>>, D::Error> {
            Ok(Option::<Text>::deserialize(deserializer)?.map(|text| text.0))
        }
    }

    /// A list of civil date-times.
    pub(crate) mod civil_list {
        use super::*;
        use serde::{Deserialize, Serialize};

        #[derive(Serialize, Deserialize)]
        struct Text(#[serde(with = "super::civil")] NaiveDateTime);

        pub(crate) fn serialize<S: Serializer>(
            list: &[NaiveDateTime],
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(list.iter().map(|civil| Text(*civil)))
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<NaiveDateTime>, D::Error> {
            Ok(Vec::<Text>::deserialize(deserializer)?
                .into_iter()
                .map(|text| text.0)
                .collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_with_any_offset_and_printed_in_utc() {
        for (text, printed) in [
            ("2026-03-02T14:00:00Z", "2026-03-02T14:00:00Z"),
            ("2026-03-02T14:00:00+05:45", "2026-03-02T08:15:00Z"),
            ("2026-03-01T23:30:00-05:00", "2026-03-02T04:30:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(
                InstantText::new(parse_instant(text).unwrap()).as_str(),
                printed
            );
        }
    }

    #[test]
    fn what_is_not_an_instant_is_refused() {
        let check = |text: &str, error: TimeTextError| {
            assert_eq!(parse_instant(text), Err(error), "{text}");
        };
        let form = TimeTextError::Form {
            expected: INSTANT_FORM,
        };
        check("", form);
        check("2026-03-02", form);
        check("2026-03-02T14:00:00", form);
        check("2026-03-02 14:00:00Z", form);
        check("2026-03-02T14:00:00+5:45", form);
        check("2026-03-0€T14:00:00Z", form);
        check("2026-03-02T14:00:00.5Z", TimeTextError::Fraction);
        check("2026-02-30T14:00:00Z", TimeTextError::NoSuchTime);
        check("2026-02-20T24:00:00Z", TimeTextError::NoSuchTime);
        check("2026-02-20T23:59:60Z", TimeTextError::NoSuchTime);
        check("9999-12-31T00:00:00Z", TimeTextError::OutOfRange);
        check("0001-01-01T00:00:00+01:00", TimeTextError::OutOfRange);
    }

    #[test]
    fn civil_texts_round_trip() {
        for text in [
            "2026-03-02T09:00",
            "2026-03-02T09:00:30",
            "2024-02-29T23:59",
        ] {
            assert_eq!(civil_text(parse_civil(text).unwrap()), text);
        }
        assert_eq!(
            civil_text(parse_civil("2026-03-02T09:00:00").unwrap()),
            "2026-03-02T09:00"
        );
        for text in [
            "2026-03-02",
            "2026-03-02T09:00Z",
            "2026-03-02T9:00",
            "2023-02-29T00:00",
        ] {
            assert!(parse_civil(text).is_err(), "{text}");
        }
    }
}
