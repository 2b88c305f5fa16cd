use std::{fmt, num::NonZeroU32, str::FromStr};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::check::checked;
use super::parse::{RuleError, parse_rule};

/// One recurrence rule (`RRULE`, RFC 5545 section 3.3.10), always valid.
///
/// Lists are sorted and without duplicates, so that rules which say the same thing in another order
/// are equal. Text is read with or without `RRULE:` and in any letter case; it is printed in one
/// canonical form that reads back to an equal rule. The JSON form is that text as a string.
///
/// # Example
///
/// ```
/// use quando::recurrence::{Frequency, Rule};
///
/// let rule: Rule = "RRULE:FREQ=monthly;BYDAY=-1FR,2TU;INTERVAL=1".parse()?;
/// assert_eq!(rule.parts().frequency, Frequency::Monthly);
/// assert_eq!(rule.to_string(), "FREQ=MONTHLY;BYDAY=2TU,-1FR");
///
/// let error = "FREQ=DAILY;BYMONTH=13".parse::<Rule>().unwrap_err();
/// assert_eq!(error.to_string(), "`BYMONTH` takes 1 to 12, not `13`");
/// assert_eq!(error.offset(), Some(19));
/// # Ok::<(), quando::recurrence::RuleError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rule(RuleParts);

/// The parts of a [`Rule`] as plain values, to look at or to build one from.
///
/// # Example
///
/// ```
/// use chrono::Weekday;
/// use quando::recurrence::{Frequency, Rule, RuleParts, WeekdayNumber};
///
/// let mut parts = RuleParts::new(Frequency::Yearly);
/// parts.by_month = vec![5];
/// parts.by_day = vec![WeekdayNumber { ordinal: Some(-1), weekday: Weekday::Mon }];
/// assert_eq!(Rule::new(parts)?.to_string(), "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO");
/// # Ok::<(), quando::recurrence::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RuleParts {
    /// `FREQ`: the kind of period that the rule repeats by.
    pub frequency: Frequency,
    /// `INTERVAL`: every so many periods, counted from the start's own.
    pub interval: NonZeroU32,
    /// `COUNT` or `UNTIL`.
    pub end: RuleEnd,
    /// `BYSECOND`: 0 to 60; the leap second 60 never occurs.
    pub by_second: Vec<u8>,
    /// `BYMINUTE`: 0 to 59.
    pub by_minute: Vec<u8>,
    /// `BYHOUR`: 0 to 23.
    pub by_hour: Vec<u8>,
    /// `BYDAY`: weekdays, with a number only in monthly and yearly rules.
    pub by_day: Vec<WeekdayNumber>,
    /// `BYMONTHDAY`: 1 to 31, or -31 to -1 from the month's end.
    pub by_month_day: Vec<i8>,
    /// `BYYEARDAY`: 1 to 366, or -366 to -1 from the year's end.
    pub by_year_day: Vec<i16>,
    /// `BYWEEKNO`: 1 to 53, or -53 to -1 from the year's last week; yearly rules only.
    pub by_week_number: Vec<i8>,
    /// `BYMONTH`: 1 to 12.
    pub by_month: Vec<u8>,
    /// `BYSETPOS`: 1 to 366, or -366 to -1 from the end of the period's set.
    pub by_set_position: Vec<i16>,
    /// `WKST`: the first day of a week, Monday unless said otherwise.
    pub week_start: Weekday,
}

impl RuleParts {
    /// A rule without end and without `BY` parts.
    pub fn new(frequency: Frequency) -> RuleParts {
        RuleParts {
            frequency,
            interval: NonZeroU32::MIN,
            end: RuleEnd::Never,
            by_second: Vec::new(),
            by_minute: Vec::new(),
            by_hour: Vec::new(),
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_year_day: Vec::new(),
            by_week_number: Vec::new(),
            by_month: Vec::new(),
            by_set_position: Vec::new(),
            week_start: Weekday::Mon,
        }
    }
}

/// `FREQ`: the period of a rule. The seven of RFC 5545 are all there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Frequency {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Where a rule ends. `COUNT` and `UNTIL` exclude each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RuleEnd {
    /// It does not end.
    #[default]
    Never,
    /// `COUNT`: after so many occurrences, before any `EXDATE` removes some.
    Count(NonZeroU32),
    /// `UNTIL`: with the last occurrence at or before this.
    Until(Until),
}

/// The value of `UNTIL`, included, in one of the three forms of RFC 5545.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Until {
    /// In UTC (`20240601T120000Z`): compared with the occurrence's instant.
    Utc(DateTime<Utc>),
    /// In civil time (`20240601T120000`): compared with the occurrence's civil time.
    Civil(NaiveDateTime),
    /// A date (`20240601`): through the end of that civil day.
    Date(NaiveDate),
}

/// A weekday of `BYDAY`, every one of the period or a numbered one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeekdayNumber {
    /// The first (1), second (2), last (-1) and so on of its month or year; -53 to 53, not 0.
    pub ordinal: Option<i8>,
    /// The weekday.
    pub weekday: Weekday,
}

impl Rule {
    /// A rule from its parts; lists are sorted and duplicates in them dropped.
    ///
    /// # Errors
    ///
    /// [`RuleError`] when a value is out of range or the parts exclude each other (RFC 5545 section
    /// 3.3.10); its offset is `None`.
    pub fn new(parts: RuleParts) -> Result<Rule, RuleError> {
        checked(parts)
            .map(Rule)
            .map_err(|(_, kind)| RuleError::new(kind, None))
    }

    /// INVARIANT: `parts` went through `checked`.
    pub(super) fn from_checked(parts: RuleParts) -> Rule {
        Rule(parts)
    }

    /// The parts, sorted and checked.
    pub fn parts(&self) -> &RuleParts {
        &self.0
    }

    /// The parts, to change some and build another rule.
    pub fn into_parts(self) -> RuleParts {
        self.0
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Rule, RuleError> {
        parse_rule(text)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({self})")
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rule, D::Error> {
        struct RuleVisitor;

        impl de::Visitor<'_> for RuleVisitor {
            type Value = Rule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a recurrence rule such as `FREQ=WEEKLY;BYDAY=MO`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Rule, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(RuleVisitor)
    }
}
