//! A second reading of RFC 5545, as slow and as plain as can be: every day is asked whether it
//! belongs, every time of it as well, and nothing is computed that can be searched for.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use crate::recurrence::rule::{Frequency, RuleEnd, RuleParts, Until};

/// The civil occurrences in `[from, to)`. `UNTIL` in UTC is not read here.
pub(super) fn expand(
    start: NaiveDateTime,
    parts: &RuleParts,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Vec<NaiveDateTime> {
    let counted = matches!(parts.end, RuleEnd::Count(_));
    let first = if counted { start } else { start.max(from) };
    let mut sets: BTreeMap<i64, Vec<NaiveDateTime>> = BTreeMap::new();
    let origin = period(start, parts);
    // A period is shorter than 13 months.
    let mut day = first.date() - TimeDelta::days(margin(parts.frequency));
    while day <= to.date() + TimeDelta::days(margin(parts.frequency)) {
        if day_belongs(day, start, parts) {
            for time in times(day, start, parts) {
                let number = period(time, parts) - origin;
                if number >= 0 && number % i64::from(parts.interval.get()) == 0 {
                    sets.entry(number).or_default().push(time);
                }
            }
        }
        day += TimeDelta::days(1);
    }
    let mut found: Vec<NaiveDateTime> = sets
        .into_values()
        .flat_map(|set| select(set, parts))
        .collect();
    found.retain(|time| *time >= start);
    match parts.end {
        RuleEnd::Never => {}
        RuleEnd::Count(count) => found.truncate(count.get() as usize),
        RuleEnd::Until(Until::Civil(until)) => found.retain(|time| *time <= until),
        RuleEnd::Until(Until::Date(until)) => found.retain(|time| time.date() <= until),
        RuleEnd::Until(Until::Utc(until)) => found.retain(|time| time.and_utc() <= until),
    }
    found.retain(|time| *time >= from && *time < to);
    found
}

fn margin(frequency: Frequency) -> i64 {
    match frequency {
        Frequency::Yearly => 380,
        Frequency::Monthly => 40,
        Frequency::Weekly => 8,
        _ => 1,
    }
}

/// Periods of the rule's frequency are numbered in a row.
fn period(time: NaiveDateTime, parts: &RuleParts) -> i64 {
    let seconds = time.and_utc().timestamp();
    match parts.frequency {
        Frequency::Secondly => seconds,
        Frequency::Minutely => seconds.div_euclid(60),
        Frequency::Hourly => seconds.div_euclid(3_600),
        Frequency::Daily => seconds.div_euclid(86_400),
        Frequency::Weekly => i64::from(week_begin(time.date(), parts).num_days_from_ce() / 7),
        Frequency::Monthly => i64::from(time.year()) * 12 + i64::from(time.month()),
        Frequency::Yearly if parts.by_week_number.is_empty() => i64::from(time.year()),
        Frequency::Yearly => i64::from(week_middle(time.date(), parts).year()),
    }
}

fn week_begin(date: NaiveDate, parts: &RuleParts) -> NaiveDate {
    let mut begin = date;
    while begin.weekday() != parts.week_start {
        begin = begin.pred_opt().unwrap();
    }
    begin
}

/// A week belongs to the year that has at least four of its days, and so the fourth.
fn week_middle(date: NaiveDate, parts: &RuleParts) -> NaiveDate {
    week_begin(date, parts) + TimeDelta::days(3)
}

fn days_of_year(date: NaiveDate) -> i64 {
    i64::from(if date.leap_year() { 366 } else { 365 })
}

fn days_of_month(date: NaiveDate) -> i64 {
    let mut last = date;
    while last.succ_opt().unwrap().month() == date.month() {
        last = last.succ_opt().unwrap();
    }
    i64::from(last.day())
}

/// Whether a list is absent or has the place `number` of `length`, counted from either end.
fn listed<T: Copy + Into<i64>>(list: &[T], number: i64, length: i64) -> bool {
    list.is_empty()
        || list.iter().any(|entry| {
            let entry: i64 = (*entry).into();
            entry == number || entry == number - length - 1
        })
}

fn day_belongs(date: NaiveDate, start: NaiveDateTime, parts: &RuleParts) -> bool {
    let month_day = i64::from(date.day());
    let year_day = i64::from(date.ordinal());
    let middle = week_middle(date, parts);
    let week = (i64::from(middle.ordinal()) - 1) / 7 + 1;
    let weeks = week + (days_of_year(middle) - i64::from(middle.ordinal())) / 7;
    listed(&parts.by_month, i64::from(date.month()), 1_000)
        && listed(&parts.by_month_day, month_day, days_of_month(date))
        && listed(&parts.by_year_day, year_day, days_of_year(date))
        && listed(&parts.by_week_number, week, weeks)
        && (parts.by_day.is_empty() || weekday_belongs(date, parts))
        && as_start(date, start, parts)
}

fn weekday_belongs(date: NaiveDate, parts: &RuleParts) -> bool {
    let in_month = parts.frequency == Frequency::Monthly || !parts.by_month.is_empty();
    let (place, length) = if in_month {
        (i64::from(date.day()), days_of_month(date))
    } else {
        (i64::from(date.ordinal()), days_of_year(date))
    };
    let (front, back) = ((place - 1) / 7 + 1, (length - place) / 7 + 1);
    parts.by_day.iter().any(|day| {
        day.weekday == date.weekday()
            && day.ordinal.is_none_or(|ordinal| {
                let ordinal = i64::from(ordinal);
                ordinal == front || ordinal == -back
            })
    })
}

/// What the rule does not say is as in the start.
fn as_start(date: NaiveDate, start: NaiveDateTime, parts: &RuleParts) -> bool {
    let says_day =
        !parts.by_day.is_empty() || !parts.by_month_day.is_empty() || !parts.by_year_day.is_empty();
    match parts.frequency {
        _ if says_day => true,
        Frequency::Weekly => date.weekday() == start.weekday(),
        Frequency::Monthly => date.day() == start.day(),
        Frequency::Yearly if !parts.by_week_number.is_empty() => date.weekday() == start.weekday(),
        Frequency::Yearly if !parts.by_month.is_empty() => date.day() == start.day(),
        Frequency::Yearly => date.day() == start.day() && date.month() == start.month(),
        _ => true,
    }
}

fn times(date: NaiveDate, start: NaiveDateTime, parts: &RuleParts) -> Vec<NaiveDateTime> {
    let mut times = Vec::new();
    for hour in 0..24 {
        let fixed = parts.frequency >= Frequency::Daily;
        if !clock_belongs(&parts.by_hour, hour, (start.hour(), fixed)) {
            continue;
        }
        for minute in 0..60 {
            let fixed = parts.frequency >= Frequency::Hourly;
            if !clock_belongs(&parts.by_minute, minute, (start.minute(), fixed)) {
                continue;
            }
            for second in 0..60 {
                let fixed = parts.frequency >= Frequency::Minutely;
                if clock_belongs(&parts.by_second, second, (start.second(), fixed)) {
                    times.push(date.and_hms_opt(hour, minute, second).unwrap());
                }
            }
        }
    }
    times
}

fn clock_belongs(list: &[u8], value: u32, (start, fixed): (u32, bool)) -> bool {
    match list {
        [] => !fixed || value == start,
        list => list.iter().any(|entry| u32::from(*entry) == value),
    }
}

fn select(set: Vec<NaiveDateTime>, parts: &RuleParts) -> Vec<NaiveDateTime> {
    let length = i64::try_from(set.len()).unwrap();
    let keep = |index: usize| {
        listed(
            &parts.by_set_position,
            i64::try_from(index).unwrap() + 1,
            length,
        )
    };
    set.into_iter()
        .enumerate()
        .filter(|(index, _)| keep(*index))
        .map(|(_, time)| time)
        .collect()
}
