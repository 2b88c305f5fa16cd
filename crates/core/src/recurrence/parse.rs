//! Reading of `RRULE` text.

use std::num::NonZeroU32;

use chrono::{NaiveDateTime, Weekday};

use super::check::{Part, checked, out_of_range};
use super::print::WEEKDAY_NAMES;
use super::rule::{Frequency, Rule, RuleEnd, RuleParts, Until, WeekdayNumber};
use crate::limits::RULE_BYTES_MAX;
use crate::time::civil::{DAY, HOUR, MINUTE, civil_from_local, days_from_civil};
use crate::time::text::month_length;

/// Why a text or a set of parts is no [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct RuleError {
    kind: RuleErrorKind,
    offset: Option<usize>,
}

/// What is wrong with a rule. Values from the text are shortened to 32 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleErrorKind {
    /// The text is longer than [`RULE_BYTES_MAX`].
    #[error("a rule has at most {RULE_BYTES_MAX} bytes (limit `RULE_BYTES_MAX`)")]
    TooLong,
    /// Rules are ASCII.
    #[error("a rule is ASCII, found `{0}`")]
    NotAscii(char),
    /// A part is not `NAME=VALUE`.
    #[error("expected a part such as `FREQ=DAILY`, found `{0}`")]
    PartForm(String),
    /// RFC 5545 has no part of this name.
    #[error("unknown part `{0}`")]
    UnknownPart(String),
    /// A part occurs twice.
    #[error("`{0}` occurs twice")]
    DuplicatePart(&'static str),
    /// There is no `FREQ`.
    #[error("a rule needs `FREQ`")]
    NoFrequency,
    /// `FREQ` is none of the seven.
    #[error(
        "`FREQ` takes `SECONDLY`, `MINUTELY`, `HOURLY`, `DAILY`, `WEEKLY`, `MONTHLY` or \
         `YEARLY`, not `{0}`"
    )]
    UnknownFrequency(String),
    /// A value is not a number.
    #[error("`{part}` takes numbers, not `{value}`")]
    NotANumber {
        /// The part.
        part: &'static str,
        /// What was found.
        value: String,
    },
    /// A number is out of the part's range.
    #[error("`{part}` takes {range}, not `{value}`")]
    OutOfRange {
        /// The part.
        part: &'static str,
        /// The range in words.
        range: String,
        /// What was found.
        value: String,
    },
    /// A list has more entries than there are values.
    #[error("`{part}` takes at most {entries_max} values")]
    ListTooLong {
        /// The part.
        part: &'static str,
        /// Most entries.
        entries_max: usize,
    },
    /// A weekday is none of `MO` to `SU`.
    #[error("`{part}` takes weekdays `MO` to `SU`, not `{value}`")]
    UnknownWeekday {
        /// The part.
        part: &'static str,
        /// What was found.
        value: String,
    },
    /// `UNTIL` is no date, civil time or time in UTC of the years 1 to 9999, in whole seconds.
    #[error(
        "`UNTIL` takes a date or time such as `20240601`, `20240601T120000` or `20240601T120000Z`"
    )]
    Until,
    /// `COUNT` and `UNTIL` exclude each other.
    #[error("`COUNT` and `UNTIL` exclude each other")]
    CountWithUntil,
    /// The part has no meaning with this frequency.
    #[error("`{part}` is not allowed with `FREQ={frequency}`")]
    NotWithFrequency {
        /// The part.
        part: &'static str,
        /// The frequency.
        frequency: Frequency,
    },
    /// Numbered weekdays need months or years to be numbered in.
    #[error("numbered weekdays in `BYDAY` are not allowed with `FREQ={frequency}`")]
    NumberedDay {
        /// The frequency.
        frequency: Frequency,
    },
    /// Numbered weekdays and week numbers exclude each other.
    #[error("numbered weekdays in `BYDAY` are not allowed with `BYWEEKNO`")]
    NumberedDayWithWeeks,
    /// `BYSETPOS` selects from what another part yields.
    #[error("`BYSETPOS` needs another `BY` part")]
    SetPositionAlone,
}

impl RuleError {
    pub(super) fn new(kind: RuleErrorKind, offset: Option<usize>) -> RuleError {
        RuleError { kind, offset }
    }

    /// What is wrong.
    pub fn kind(&self) -> &RuleErrorKind {
        &self.kind
    }

    /// Where in the text, in bytes from its beginning; `None` for a rule built from parts.
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }

    /// A stable code for machines, such as `rule-unknown-part`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            RuleErrorKind::TooLong => "rule-too-long",
            RuleErrorKind::NotAscii(_) => "rule-not-ascii",
            RuleErrorKind::PartForm(_) => "rule-part-form",
            RuleErrorKind::UnknownPart(_) => "rule-unknown-part",
            RuleErrorKind::DuplicatePart(_) => "rule-duplicate-part",
            RuleErrorKind::NoFrequency => "rule-no-frequency",
            RuleErrorKind::UnknownFrequency(_) => "rule-unknown-frequency",
            RuleErrorKind::NotANumber { .. } => "rule-not-a-number",
            RuleErrorKind::OutOfRange { .. } => "rule-out-of-range",
            RuleErrorKind::ListTooLong { .. } => "rule-list-too-long",
            RuleErrorKind::UnknownWeekday { .. } => "rule-unknown-weekday",
            RuleErrorKind::Until => "rule-until",
            RuleErrorKind::CountWithUntil => "rule-count-with-until",
            RuleErrorKind::NotWithFrequency { .. } => "rule-not-with-frequency",
            RuleErrorKind::NumberedDay { .. } => "rule-numbered-day",
            RuleErrorKind::NumberedDayWithWeeks => "rule-numbered-day-with-weeks",
            RuleErrorKind::SetPositionAlone => "rule-set-position-alone",
        }
    }
}

pub(super) fn parse_rule(text: &str) -> Result<Rule, RuleError> {
    if text.len() > RULE_BYTES_MAX {
        return Err(RuleError::new(RuleErrorKind::TooLong, Some(RULE_BYTES_MAX)));
    }
    if let Some((offset, character)) = text.char_indices().find(|(_, c)| !c.is_ascii()) {
        return Err(RuleError::new(
            RuleErrorKind::NotAscii(character),
            Some(offset),
        ));
    }
    let prefix = "RRULE:";
    let named = text
        .get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let mut offset = if named { prefix.len() } else { 0 };
    let mut reader = Reader::new(offset);
    for part in text[offset..].split(';') {
        reader.read_part(Token { text: part, offset })?;
        offset += part.len() + 1;
    }
    reader.finish()
}

/// A piece of the rule and where it begins.
#[derive(Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Token<'a> {
    fn error(self, kind: RuleErrorKind) -> RuleError {
        RuleError::new(kind, Some(self.offset))
    }

    /// The text for an error message.
    fn short(self) -> String {
        self.text.chars().take(32).collect()
    }

    fn split_list(self) -> impl Iterator<Item = Token<'a>> {
        let mut offset = self.offset;
        self.text.split(',').map(move |text| {
            let token = Token { text, offset };
            offset += text.len() + 1;
            token
        })
    }
}

struct Reader {
    parts: RuleParts,
    begin: usize,
    /// Where the value of each part begins, in the order of [`Part::ALL`].
    offsets: [Option<usize>; Part::ALL.len()],
}

impl Reader {
    fn new(begin: usize) -> Reader {
        let parts = RuleParts::new(Frequency::Daily);
        Reader {
            parts,
            begin,
            offsets: [None; Part::ALL.len()],
        }
    }

    fn read_part(&mut self, token: Token<'_>) -> Result<(), RuleError> {
        let Some((name, value)) = token.text.split_once('=') else {
            return Err(token.error(RuleErrorKind::PartForm(token.short())));
        };
        let part = Part::ALL
            .into_iter()
            .find(|part| part.name().eq_ignore_ascii_case(name));
        let Some(part) = part else {
            let name = Token {
                text: name,
                ..token
            };
            return Err(token.error(RuleErrorKind::UnknownPart(name.short())));
        };
        let seen = &mut self.offsets[part as usize];
        if seen.is_some() {
            return Err(token.error(RuleErrorKind::DuplicatePart(part.name())));
        }
        let value = Token {
            text: value,
            offset: token.offset + name.len() + 1,
        };
        *seen = Some(value.offset);
        self.read_value(part, value)
    }

    fn read_value(&mut self, part: Part, value: Token<'_>) -> Result<(), RuleError> {
        let parts = &mut self.parts;
        match part {
            Part::Frequency => parts.frequency = read_frequency(value)?,
            Part::Interval => parts.interval = read_positive(part, value)?,
            Part::Count => {
                let count = read_positive(part, value)?;
                if parts.end != RuleEnd::Never {
                    return Err(value.error(RuleErrorKind::CountWithUntil));
                }
                parts.end = RuleEnd::Count(count);
            }
            Part::Until => {
                let until = read_until(value.text).ok_or(value.error(RuleErrorKind::Until))?;
                if parts.end != RuleEnd::Never {
                    return Err(value.error(RuleErrorKind::CountWithUntil));
                }
                parts.end = RuleEnd::Until(until);
            }
            Part::BySecond => parts.by_second = read_numbers(part, value)?,
            Part::ByMinute => parts.by_minute = read_numbers(part, value)?,
            Part::ByHour => parts.by_hour = read_numbers(part, value)?,
            Part::ByDay => parts.by_day = read_days(value)?,
            Part::ByMonthDay => parts.by_month_day = read_numbers(part, value)?,
            Part::ByYearDay => parts.by_year_day = read_numbers(part, value)?,
            Part::ByWeekNumber => parts.by_week_number = read_numbers(part, value)?,
            Part::ByMonth => parts.by_month = read_numbers(part, value)?,
            Part::BySetPosition => parts.by_set_position = read_numbers(part, value)?,
            Part::WeekStart => parts.week_start = read_weekday(part, value)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Rule, RuleError> {
        if self.offsets[Part::Frequency as usize].is_none() {
            return Err(RuleError::new(RuleErrorKind::NoFrequency, Some(self.begin)));
        }
        let offsets = self.offsets;
        checked(self.parts)
            .map(Rule::from_checked)
            .map_err(|(part, kind)| RuleError::new(kind, offsets[part as usize]))
    }
}

fn read_frequency(value: Token<'_>) -> Result<Frequency, RuleError> {
    use Frequency::{Daily, Hourly, Minutely, Monthly, Secondly, Weekly, Yearly};

    [Secondly, Minutely, Hourly, Daily, Weekly, Monthly, Yearly]
        .into_iter()
        .find(|frequency| frequency.to_string().eq_ignore_ascii_case(value.text))
        .ok_or_else(|| value.error(RuleErrorKind::UnknownFrequency(value.short())))
}

fn read_positive(part: Part, value: Token<'_>) -> Result<NonZeroU32, RuleError> {
    let number = read_number(part, value)?;
    u32::try_from(number)
        .ok()
        .and_then(NonZeroU32::new)
        .ok_or_else(|| value.error(out_of_range(part, value.short())))
}

fn read_numbers<T: TryFrom<i64>>(part: Part, value: Token<'_>) -> Result<Vec<T>, RuleError> {
    read_list(part, part.range().entries_max(), value, |item| {
        let number = read_number(part, item)?;
        T::try_from(number).map_err(|_| item.error(out_of_range(part, item.short())))
    })
}

fn read_days(value: Token<'_>) -> Result<Vec<WeekdayNumber>, RuleError> {
    let part = Part::ByDay;
    // Each weekday plain, and with each number from either end.
    let entries_max = 7 * (1 + part.range().entries_max());
    read_list(part, entries_max, value, |item| {
        let split = item.text.len().saturating_sub(2);
        let (number, name) = item.text.split_at(split);
        let weekday = read_weekday(
            part,
            Token {
                text: name,
                offset: item.offset + split,
            },
        )
        .map_err(|_| {
            let kind = RuleErrorKind::UnknownWeekday {
                part: part.name(),
                value: item.short(),
            };
            item.error(kind)
        })?;
        if number.is_empty() {
            return Ok(WeekdayNumber {
                ordinal: None,
                weekday,
            });
        }
        let number = Token {
            text: number,
            ..item
        };
        let ordinal = i8::try_from(read_number(part, number)?)
            .map_err(|_| item.error(out_of_range(part, number.short())))?;
        Ok(WeekdayNumber {
            ordinal: Some(ordinal),
            weekday,
        })
    })
}

fn read_list<T>(
    part: Part,
    entries_max: usize,
    value: Token<'_>,
    read: impl Fn(Token<'_>) -> Result<T, RuleError>,
) -> Result<Vec<T>, RuleError> {
    let mut list = Vec::new();
    for item in value.split_list() {
        if list.len() == entries_max {
            let kind = RuleErrorKind::ListTooLong {
                part: part.name(),
                entries_max,
            };
            return Err(item.error(kind));
        }
        list.push(read(item)?);
    }
    Ok(list)
}

/// A number in the part's range: digits, with a sign only where the part counts from the end too.
fn read_number(part: Part, item: Token<'_>) -> Result<i64, RuleError> {
    let range = part.range();
    let digits = match item.text.as_bytes() {
        [b'+' | b'-', digits @ ..] if range.signed => digits,
        digits => digits,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        let kind = RuleErrorKind::NotANumber {
            part: part.name(),
            value: item.short(),
        };
        return Err(item.error(kind));
    }
    match item.text.parse::<i64>() {
        Ok(number) if range.contains(number) => Ok(number),
        _ => Err(item.error(out_of_range(part, item.short()))),
    }
}

fn read_weekday(part: Part, value: Token<'_>) -> Result<Weekday, RuleError> {
    WEEKDAY_NAMES
        .iter()
        .position(|name| name.eq_ignore_ascii_case(value.text))
        .and_then(|index| u8::try_from(index).ok())
        .and_then(|index| Weekday::try_from(index).ok())
        .ok_or_else(|| {
            let kind = RuleErrorKind::UnknownWeekday {
                part: part.name(),
                value: value.short(),
            };
            value.error(kind)
        })
}

fn read_until(text: &str) -> Option<Until> {
    let bytes = text.as_bytes();
    match bytes {
        [date @ .., b'T' | b't', _, _, _, _, _, _] if date.len() == 8 => {
            read_compact_civil(bytes).map(Until::Civil)
        }
        [civil @ .., b'Z' | b'z'] => {
            read_compact_civil(civil).map(|civil| Until::Utc(civil.and_utc()))
        }
        date => {
            read_compact_days(date).map(|days| Until::Date(civil_from_local(days * DAY).date()))
        }
    }
}

/// Reads `20240301T090000`. The leap second 60 means 59, as RFC 5545 section 3.3.12 suggests to
/// those who have no leap seconds.
pub(super) fn read_compact_civil(bytes: &[u8]) -> Option<NaiveDateTime> {
    let (date, time) = bytes.split_at_checked(8)?;
    let [b'T' | b't', clock @ ..] = time else {
        return None;
    };
    if clock.len() != 6 {
        return None;
    }
    let (hour, minute) = (read_digits(&clock[..2])?, read_digits(&clock[2..4])?);
    let second = read_digits(&clock[4..])?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let second_of_day = hour * HOUR + minute * MINUTE + second.min(59);
    Some(civil_from_local(
        read_compact_days(date)? * DAY + second_of_day,
    ))
}

/// Reads `20240301` as days since 1970.
pub(super) fn read_compact_days(bytes: &[u8]) -> Option<i64> {
    if bytes.len() != 8 {
        return None;
    }
    let year = read_digits(&bytes[..4])?;
    let month = u32::try_from(read_digits(&bytes[4..6])?).ok()?;
    let day = u32::try_from(read_digits(&bytes[6..])?).ok()?;
    let valid =
        year >= 1 && (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    valid.then(|| days_from_civil(year, month, day))
}

fn read_digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}
