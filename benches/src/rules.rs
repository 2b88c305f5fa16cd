//! Five recurrences, and a loop written by hand for each.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use quando::recurrence::Recurrence;
use quando::time::{Interval, Zone};

/// A rule, its start and the window that is asked for, in New York.
#[derive(Clone, Copy, Debug)]
pub struct RuleWorkload {
    /// One letter and what it is.
    pub name: &'static str,
    /// The RRULE.
    pub rule: &'static str,
    /// First civil date; every start is at 09:00.
    pub start: (i32, u32, u32),
    /// The window, as UTC midnights.
    pub window: (&'static str, &'static str),
    /// The loop for this one rule: whether a date is an occurrence.
    step: fn(NaiveDate) -> Option<NaiveDate>,
}

/// The five workloads.
pub const RULES: [RuleWorkload; 5] = [
    RuleWorkload {
        name: "a: weekdays, 10 years before 60 days",
        rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        start: (2016, 3, 1),
        window: ("2026-03-01T00:00:00Z", "2026-04-30T00:00:00Z"),
        step: next_weekday,
    },
    RuleWorkload {
        name: "b: weekdays, start in 60 days",
        rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        start: (2026, 3, 2),
        window: ("2026-03-01T00:00:00Z", "2026-04-30T00:00:00Z"),
        step: next_weekday,
    },
    RuleWorkload {
        name: "c: second Tuesdays, 10 years before 1 year",
        rule: "FREQ=MONTHLY;BYDAY=2TU",
        start: (2016, 3, 8),
        window: ("2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z"),
        step: next_second_tuesday,
    },
    RuleWorkload {
        name: "d: daily, 1 year",
        rule: "FREQ=DAILY",
        start: (2026, 3, 1),
        window: ("2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z"),
        step: next_day,
    },
    RuleWorkload {
        name: "e: last working day of December, 10 years",
        rule: "FREQ=YEARLY;BYMONTH=12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        start: (2016, 12, 30),
        window: ("2016-12-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        step: next_last_working_day,
    },
];

impl RuleWorkload {
    /// The recurrence as quando has it.
    pub fn recurrence(&self) -> Recurrence {
        let zone = Zone::new("America/New_York").expect("a known zone");
        let start = self.start_date().and_time(NINE);
        let mut recurrence = Recurrence::new(start, zone);
        recurrence.rule = Some(self.rule.parse().expect("a valid rule"));
        recurrence
    }

    /// The window that is asked for.
    pub fn interval(&self) -> Interval {
        Interval::parse(self.window.0, self.window.1).expect("a window")
    }

    /// The occurrences, by a loop that knows only this rule and begins inside the window.
    pub fn by_hand(&self) -> Vec<DateTime<Utc>> {
        let window = self.interval();
        let (from, to) = (window.start(), window.end());
        let zone: Tz = chrono_tz::America::New_York;
        let mut occurrences = Vec::new();
        let before = from.date_naive().pred_opt().expect("a day before");
        let mut date = before.max(self.start_date().pred_opt().expect("a day before"));
        while let Some(next) = (self.step)(date) {
            let instant = zone.from_local_datetime(&next.and_time(NINE)).earliest();
            let instant = instant.expect("nine is no gap").to_utc();
            if instant >= to {
                break;
            }
            if instant >= from {
                occurrences.push(instant);
            }
            date = next;
        }
        occurrences
    }

    /// The rule in the text form of the rrule crate.
    pub fn block(&self) -> String {
        let (year, month, day) = self.start;
        let rule = self.rule;
        format!("DTSTART;TZID=America/New_York:{year:04}{month:02}{day:02}T090000\nRRULE:{rule}")
    }

    fn start_date(&self) -> NaiveDate {
        let (year, month, day) = self.start;
        NaiveDate::from_ymd_opt(year, month, day).expect("a date")
    }
}

const NINE: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("a time of day");

fn next_day(date: NaiveDate) -> Option<NaiveDate> {
    date.succ_opt()
}

fn next_weekday(date: NaiveDate) -> Option<NaiveDate> {
    let next = date.succ_opt()?;
    match next.weekday() {
        Weekday::Sat => next.succ_opt()?.succ_opt(),
        Weekday::Sun => next.succ_opt(),
        _ => Some(next),
    }
}

fn next_second_tuesday(date: NaiveDate) -> Option<NaiveDate> {
    let here = NaiveDate::from_weekday_of_month_opt(date.year(), date.month(), Weekday::Tue, 2)?;
    if here > date {
        return Some(here);
    }
    let (year, month) = (date.year(), date.month());
    let (year, month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Tue, 2)
}

fn next_last_working_day(date: NaiveDate) -> Option<NaiveDate> {
    let of_year = |year| {
        let last = NaiveDate::from_ymd_opt(year, 12, 31)?;
        match last.weekday() {
            Weekday::Sat => last.pred_opt(),
            Weekday::Sun => last.pred_opt()?.pred_opt(),
            _ => Some(last),
        }
    };
    let here = of_year(date.year())?;
    if here > date {
        Some(here)
    } else {
        of_year(date.year() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loops_and_quando_agree() {
        for work in RULES {
            let expanded = work.recurrence().expand(work.interval()).unwrap();
            assert_eq!(expanded, work.by_hand(), "{}", work.name);
            assert!(expanded.len() >= 10, "{}", work.name);
        }
    }
}
