//! Conversions between [`Recurrence`] and the `rrule` crate's `RRuleSet`.
//!
//! Only what is said is converted; how it is expanded differs (see the [module](super)).

use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use rrule::{NWeekday, RRule, RRuleSet, Tz};

use super::rule::{Frequency, Rule, RuleEnd, RuleParts, Until, WeekdayNumber};
use super::set::Recurrence;
use crate::time::civil::{DAY, civil_from_local, date_to_days};
use crate::time::{Zone, ZoneError};

/// Why a recurrence cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InteropError {
    /// The zone is unknown to one side, or is `Local`, which names no zone.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The rule is invalid here.
    #[error(transparent)]
    Rule(#[from] super::RuleError),
    /// The `rrule` crate refuses what is valid here.
    #[error("the rrule crate refuses the recurrence: {0}")]
    Refused(String),
    /// The set has more than one rule, or rules that exclude.
    #[error("a recurrence has at most one rule and none that excludes")]
    SeveralRules,
    /// A time is the second pass of a civil time, which has no civil form of its own.
    #[error("`{0}` has no civil time of its own in its zone")]
    NoCivilTime(String),
    /// A part of the rule has no counterpart here, or the crate does not show it.
    #[error("a part of the rule cannot be carried over")]
    NotCarriedOver,
}

impl TryFrom<&Recurrence> for RRuleSet {
    type Error = InteropError;

    /// The crate wants `UNTIL` in UTC beside a zone, so that a civil one is converted.
    fn try_from(recurrence: &Recurrence) -> Result<RRuleSet, InteropError> {
        chrono_tz::Tz::try_from(&recurrence.zone)?;
        let mut recurrence = recurrence.clone();
        if let Some(rule) = recurrence.rule.take() {
            let mut parts = rule.into_parts();
            if let RuleEnd::Until(until) = parts.end {
                let instant = match until {
                    Until::Utc(instant) => instant,
                    Until::Civil(civil) => recurrence.zone.occurrence(civil),
                    Until::Date(date) => {
                        let last = civil_from_local((date_to_days(date) + 1) * DAY - 1);
                        recurrence.zone.occurrence(last)
                    }
                };
                parts.end = RuleEnd::Until(Until::Utc(instant));
            }
            recurrence.rule = Some(Rule::new(parts)?);
        }
        let text = recurrence.to_string();
        text.parse()
            .map_err(|error: rrule::RRuleError| InteropError::Refused(error.to_string()))
    }
}

impl TryFrom<&RRuleSet> for Recurrence {
    type Error = InteropError;

    fn try_from(set: &RRuleSet) -> Result<Recurrence, InteropError> {
        if !set.get_exrule().is_empty() {
            return Err(InteropError::SeveralRules);
        }
        let start = set.get_dt_start();
        let Tz::Tz(tz) = start.timezone() else {
            return Err(ZoneError::Unknown {
                name: "Local".to_owned(),
                suggestion: None,
            }
            .into());
        };
        let zone = Zone::try_from(tz)?;
        let rule = match set.get_rrule().as_slice() {
            [] => None,
            [rule] => Some(convert_rule(rule)?),
            _ => return Err(InteropError::SeveralRules),
        };
        let civil = |times: &[DateTime<Tz>]| {
            times
                .iter()
                .map(|time| civil_in(time, tz))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Recurrence {
            start: civil_in(start, tz)?,
            zone,
            rule,
            exdates: civil(set.get_exdate())?,
            rdates: civil(set.get_rdate())?,
        })
    }
}

/// What the clock of a zone shows, unless that would mean an earlier instant.
fn civil_in(time: &DateTime<Tz>, tz: chrono_tz::Tz) -> Result<NaiveDateTime, InteropError> {
    let civil = time.with_timezone(&tz).naive_local();
    let instant = tz
        .from_local_datetime(&civil)
        .earliest()
        .map(|it| it.with_timezone(&Utc));
    if instant == Some(time.with_timezone(&Utc)) {
        Ok(civil)
    } else {
        Err(InteropError::NoCivilTime(time.to_rfc3339()))
    }
}

fn convert_rule(rule: &RRule) -> Result<Rule, InteropError> {
    let mut parts = RuleParts::new(match rule.get_freq() {
        rrule::Frequency::Yearly => Frequency::Yearly,
        rrule::Frequency::Monthly => Frequency::Monthly,
        rrule::Frequency::Weekly => Frequency::Weekly,
        rrule::Frequency::Daily => Frequency::Daily,
        rrule::Frequency::Hourly => Frequency::Hourly,
        rrule::Frequency::Minutely => Frequency::Minutely,
        rrule::Frequency::Secondly => Frequency::Secondly,
    });
    // That crate takes an interval of 0 as 1.
    parts.interval = NonZeroU32::new(rule.get_interval().into()).unwrap_or(NonZeroU32::MIN);
    parts.end = match (rule.get_count(), rule.get_until()) {
        (None, None) => RuleEnd::Never,
        (Some(count), None) => {
            RuleEnd::Count(NonZeroU32::new(count).ok_or(InteropError::NotCarriedOver)?)
        }
        (None, Some(until)) => RuleEnd::Until(Until::Utc(until.with_timezone(&Utc))),
        (Some(_), Some(_)) => return Err(InteropError::NotCarriedOver),
    };
    parts.by_second = rule.get_by_second().to_vec();
    parts.by_minute = rule.get_by_minute().to_vec();
    parts.by_hour = rule.get_by_hour().to_vec();
    parts.by_day = rule
        .get_by_weekday()
        .iter()
        .map(convert_day)
        .collect::<Result<_, _>>()?;
    parts.by_month_day = rule.get_by_month_day().to_vec();
    parts.by_month_day.extend(days_from_month_end(rule)?);
    parts.by_year_day = rule.get_by_year_day().to_vec();
    parts.by_week_number = rule.get_by_week_no().to_vec();
    parts.by_month = rule.get_by_month().to_vec();
    parts.by_set_position = rule
        .get_by_set_pos()
        .iter()
        .map(|position| i16::try_from(*position).map_err(|_| InteropError::NotCarriedOver))
        .collect::<Result<_, _>>()?;
    parts.week_start = rule.get_week_start();
    Ok(Rule::new(parts)?)
}

fn convert_day(day: &NWeekday) -> Result<WeekdayNumber, InteropError> {
    Ok(match day {
        NWeekday::Every(weekday) => WeekdayNumber {
            ordinal: None,
            weekday: *weekday,
        },
        NWeekday::Nth(number, weekday) => WeekdayNumber {
            ordinal: Some(i8::try_from(*number).map_err(|_| InteropError::NotCarriedOver)?),
            weekday: *weekday,
        },
    })
}

/// The negative values of `BYMONTHDAY`.
///
/// Version 0.14 keeps them apart, without an accessor, and leaves them out when it prints a rule;
/// its debug form is the one place that shows them. Without it the conversion fails, rather than
/// give a rule that means something else.
fn days_from_month_end(rule: &RRule) -> Result<Vec<i8>, InteropError> {
    let debug = format!("{rule:?}");
    let (_, rest) = debug
        .split_once("by_n_month_day: [")
        .ok_or(InteropError::NotCarriedOver)?;
    let (list, _) = rest.split_once(']').ok_or(InteropError::NotCarriedOver)?;
    list.split(',')
        .map(str::trim)
        .filter(|day| !day.is_empty())
        .map(|day| day.parse().map_err(|_| InteropError::NotCarriedOver))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recurrence_survives_the_way_there_and_back() {
        for (rule, back) in [
            (
                "FREQ=MONTHLY;BYDAY=-1FR,2TU;COUNT=5",
                "FREQ=MONTHLY;COUNT=5;BYDAY=2TU,-1FR;BYHOUR=9;BYMINUTE=0;BYSECOND=0",
            ),
            (
                "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1,1;UNTIL=20300101",
                "FREQ=YEARLY;UNTIL=20300102T045959Z;BYMONTH=2;BYMONTHDAY=-1,1;BYHOUR=9;BYMINUTE=0;\
                 BYSECOND=0",
            ),
        ] {
            let text = format!(
                "DTSTART;TZID=America/New_York:20240301T090000\nRRULE:{rule}\n\
                 EXDATE;TZID=America/New_York:20240312T090000\n\
                 RDATE;TZID=America/New_York:20240704T120000,20240705T120000"
            );
            let recurrence: Recurrence = text.parse().unwrap();
            let set = RRuleSet::try_from(&recurrence).unwrap();
            let returned = Recurrence::try_from(&set).unwrap();
            assert_eq!(returned.rule.as_ref().unwrap().to_string(), back);
            assert_eq!(
                Recurrence {
                    rule: None,
                    ..returned
                },
                Recurrence {
                    rule: None,
                    ..recurrence
                }
            );
        }
    }

    #[test]
    fn what_the_partner_refuses_is_an_error() {
        let text = "DTSTART;TZID=America/New_York:20240301T090000\nRRULE:FREQ=MONTHLY;BYDAY=-5MO";
        let recurrence: Recurrence = text.parse().unwrap();
        assert!(matches!(
            RRuleSet::try_from(&recurrence),
            Err(InteropError::Refused(_))
        ));
    }
}
