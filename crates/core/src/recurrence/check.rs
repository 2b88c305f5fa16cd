//! What RFC 5545 section 3.3.10 allows in one rule, whichever way it was made.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};

use super::parse::RuleErrorKind;
use super::rule::{Frequency, RuleEnd, RuleParts, Until, WeekdayNumber};

/// The names of rule parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Frequency,
    Interval,
    Count,
    Until,
    BySecond,
    ByMinute,
    ByHour,
    ByDay,
    ByMonthDay,
    ByYearDay,
    ByWeekNumber,
    ByMonth,
    BySetPosition,
    WeekStart,
}

impl Part {
    pub(super) const ALL: [Part; 14] = [
        Part::Frequency,
        Part::Interval,
        Part::Count,
        Part::Until,
        Part::BySecond,
        Part::ByMinute,
        Part::ByHour,
        Part::ByDay,
        Part::ByMonthDay,
        Part::ByYearDay,
        Part::ByWeekNumber,
        Part::ByMonth,
        Part::BySetPosition,
        Part::WeekStart,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Frequency => "FREQ",
            Part::Interval => "INTERVAL",
            Part::Count => "COUNT",
            Part::Until => "UNTIL",
            Part::BySecond => "BYSECOND",
            Part::ByMinute => "BYMINUTE",
            Part::ByHour => "BYHOUR",
            Part::ByDay => "BYDAY",
            Part::ByMonthDay => "BYMONTHDAY",
            Part::ByYearDay => "BYYEARDAY",
            Part::ByWeekNumber => "BYWEEKNO",
            Part::ByMonth => "BYMONTH",
            Part::BySetPosition => "BYSETPOS",
            Part::WeekStart => "WKST",
        }
    }

    /// Smallest and largest number of the part, and whether it also counts from the end.
    pub(super) fn range(self) -> Range {
        let (min, max, signed) = match self {
            Part::BySecond => (0, 60, false),
            Part::ByMinute => (0, 59, false),
            Part::ByHour => (0, 23, false),
            Part::ByDay | Part::ByWeekNumber => (1, 53, true),
            Part::ByMonthDay => (1, 31, true),
            Part::ByYearDay | Part::BySetPosition => (1, 366, true),
            Part::ByMonth => (1, 12, false),
            Part::Frequency | Part::Interval | Part::Count | Part::Until | Part::WeekStart => {
                (1, u32::MAX, false)
            }
        };
        Range { min, max, signed }
    }
}

/// The numbers that a part takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) signed: bool,
}

impl Range {
    pub(super) fn contains(self, number: i64) -> bool {
        let (min, max) = (i64::from(self.min), i64::from(self.max));
        (min..=max).contains(&number) || (self.signed && (-max..=-min).contains(&number))
    }

    /// How many different entries a list can have.
    pub(super) fn entries_max(self) -> usize {
        let numbers = usize::try_from(self.max - self.min)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        if self.signed {
            numbers.saturating_mul(2)
        } else {
            numbers
        }
    }

    pub(super) fn text(self) -> String {
        let Range { min, max, signed } = self;
        if signed {
            format!("{min} to {max} or -{max} to -{min}")
        } else {
            format!("{min} to {max}")
        }
    }
}

/// The parts with sorted lists, or what is wrong with which part.
pub(super) fn checked(mut parts: RuleParts) -> Result<RuleParts, (Part, RuleErrorKind)> {
    check_numbers(&parts)?;
    check_until(&parts)?;
    check_pairs(&parts)?;
    sort_numbers(&mut parts.by_second);
    sort_numbers(&mut parts.by_minute);
    sort_numbers(&mut parts.by_hour);
    sort_numbers(&mut parts.by_month_day);
    sort_numbers(&mut parts.by_year_day);
    sort_numbers(&mut parts.by_week_number);
    sort_numbers(&mut parts.by_month);
    sort_numbers(&mut parts.by_set_position);
    parts
        .by_day
        .sort_unstable_by_key(|day| (day.weekday.num_days_from_monday(), day.ordinal));
    parts.by_day.dedup();
    Ok(parts)
}

fn sort_numbers<T: Ord>(numbers: &mut Vec<T>) {
    numbers.sort_unstable();
    numbers.dedup();
}

fn check_numbers(parts: &RuleParts) -> Result<(), (Part, RuleErrorKind)> {
    let ordinals: Vec<i8> = parts.by_day.iter().filter_map(|day| day.ordinal).collect();
    check_range(Part::BySecond, &parts.by_second)?;
    check_range(Part::ByMinute, &parts.by_minute)?;
    check_range(Part::ByHour, &parts.by_hour)?;
    check_range(Part::ByDay, &ordinals)?;
    check_range(Part::ByMonthDay, &parts.by_month_day)?;
    check_range(Part::ByYearDay, &parts.by_year_day)?;
    check_range(Part::ByWeekNumber, &parts.by_week_number)?;
    check_range(Part::ByMonth, &parts.by_month)?;
    check_range(Part::BySetPosition, &parts.by_set_position)
}

fn check_range<T>(part: Part, numbers: &[T]) -> Result<(), (Part, RuleErrorKind)>
where
    T: Copy + Into<i64>,
{
    let range = part.range();
    match numbers
        .iter()
        .copied()
        .map(Into::into)
        .find(|number| !range.contains(*number))
    {
        Some(number) => Err((part, out_of_range(part, number.to_string()))),
        None => Ok(()),
    }
}

pub(super) fn out_of_range(part: Part, value: String) -> RuleErrorKind {
    RuleErrorKind::OutOfRange {
        part: part.name(),
        range: part.range().text(),
        value,
    }
}

fn check_until(parts: &RuleParts) -> Result<(), (Part, RuleErrorKind)> {
    let whole =
        |civil: NaiveDateTime| (1..=9999).contains(&civil.year()) && civil.nanosecond() == 0;
    let valid = match parts.end {
        RuleEnd::Until(Until::Utc(instant)) => whole(DateTime::<Utc>::naive_utc(&instant)),
        RuleEnd::Until(Until::Civil(civil)) => whole(civil),
        RuleEnd::Until(Until::Date(date)) => (1..=9999).contains(&date.year()),
        RuleEnd::Never | RuleEnd::Count(_) => true,
    };
    if valid {
        Ok(())
    } else {
        Err((Part::Until, RuleErrorKind::Until))
    }
}

/// The table of RFC 5545 section 3.3.10 and the sentences around it.
fn check_pairs(parts: &RuleParts) -> Result<(), (Part, RuleErrorKind)> {
    use Frequency::{Daily, Monthly, Weekly, Yearly};

    let frequency = parts.frequency;
    let not_with = |part: Part, frequency: Frequency| {
        (
            part,
            RuleErrorKind::NotWithFrequency {
                part: part.name(),
                frequency,
            },
        )
    };
    if !parts.by_week_number.is_empty() && frequency != Yearly {
        return Err(not_with(Part::ByWeekNumber, frequency));
    }
    if !parts.by_year_day.is_empty() && matches!(frequency, Daily | Weekly | Monthly) {
        return Err(not_with(Part::ByYearDay, frequency));
    }
    if !parts.by_month_day.is_empty() && frequency == Weekly {
        return Err(not_with(Part::ByMonthDay, frequency));
    }
    let numbered = parts.by_day.iter().any(|day| day.ordinal.is_some());
    if numbered && !matches!(frequency, Monthly | Yearly) {
        return Err((Part::ByDay, RuleErrorKind::NumberedDay { frequency }));
    }
    if numbered && !parts.by_week_number.is_empty() {
        return Err((Part::ByDay, RuleErrorKind::NumberedDayWithWeeks));
    }
    if !parts.by_set_position.is_empty() && !has_by_part(parts) {
        return Err((Part::BySetPosition, RuleErrorKind::SetPositionAlone));
    }
    Ok(())
}

fn has_by_part(parts: &RuleParts) -> bool {
    let days: &[WeekdayNumber] = &parts.by_day;
    !(days.is_empty()
        && parts.by_second.is_empty()
        && parts.by_minute.is_empty()
        && parts.by_hour.is_empty()
        && parts.by_month_day.is_empty()
        && parts.by_year_day.is_empty()
        && parts.by_week_number.is_empty()
        && parts.by_month.is_empty())
}
