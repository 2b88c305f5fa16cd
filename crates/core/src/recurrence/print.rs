//! Canonical text of rules: parts in one order, defaults left out.

use std::fmt::{self, Display};

use chrono::{NaiveDateTime, NaiveTime, Weekday};

use super::rule::{Frequency, Rule, RuleEnd, Until, WeekdayNumber};
use crate::time::civil::{DAY, HOUR, MINUTE, civil_from_days, local_from_civil};

impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts();
        write!(f, "FREQ={}", parts.frequency)?;
        if parts.interval.get() != 1 {
            write!(f, ";INTERVAL={}", parts.interval)?;
        }
        match parts.end {
            RuleEnd::Never => {}
            RuleEnd::Count(count) => write!(f, ";COUNT={count}")?,
            RuleEnd::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        write_list(f, "BYMONTH", &parts.by_month)?;
        write_list(f, "BYWEEKNO", &parts.by_week_number)?;
        write_list(f, "BYYEARDAY", &parts.by_year_day)?;
        write_list(f, "BYMONTHDAY", &parts.by_month_day)?;
        write_list(f, "BYDAY", &parts.by_day)?;
        write_list(f, "BYHOUR", &parts.by_hour)?;
        write_list(f, "BYMINUTE", &parts.by_minute)?;
        write_list(f, "BYSECOND", &parts.by_second)?;
        write_list(f, "BYSETPOS", &parts.by_set_position)?;
        if parts.week_start != Weekday::Mon {
            write!(f, ";WKST={}", weekday_name(parts.week_start))?;
        }
        Ok(())
    }
}

impl Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Frequency::Secondly => "SECONDLY",
            Frequency::Minutely => "MINUTELY",
            Frequency::Hourly => "HOURLY",
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        })
    }
}

impl Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Until::Utc(instant) => write!(f, "{}Z", CompactCivil(instant.naive_utc())),
            Until::Civil(civil) => write!(f, "{}", CompactCivil(*civil)),
            Until::Date(date) => {
                let text = CompactCivil(date.and_time(NaiveTime::MIN)).to_string();
                f.write_str(text.trim_end_matches("T000000"))
            }
        }
    }
}

impl Display for WeekdayNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(ordinal) = self.ordinal {
            write!(f, "{ordinal}")?;
        }
        f.write_str(weekday_name(self.weekday))
    }
}

/// A civil time as RFC 5545 prints it: `20240301T090000`.
pub(super) struct CompactCivil(pub(super) NaiveDateTime);

impl Display for CompactCivil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = local_from_civil(self.0);
        let (year, month, day) = civil_from_days(local.div_euclid(DAY));
        let second = local.rem_euclid(DAY);
        let (hour, minute) = (second / HOUR, second % HOUR / MINUTE);
        write!(
            f,
            "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{:02}",
            second % MINUTE
        )
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, name: &str, values: &[impl Display]) -> fmt::Result {
    let mut separator = '=';
    if !values.is_empty() {
        write!(f, ";{name}")?;
    }
    for value in values {
        write!(f, "{separator}{value}")?;
        separator = ',';
    }
    Ok(())
}

fn weekday_name(weekday: Weekday) -> &'static str {
    WEEKDAY_NAMES[usize::from(weekday as u8)]
}

/// Monday first, as chrono counts.
pub(super) const WEEKDAY_NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
