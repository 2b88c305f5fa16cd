//! Civil time and opening hours, minute by minute and date by date.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use quando::recurrence::Recurrence;
use quando::schedule::{Hours, OverrideMode, Schedule};
use quando::time::{Interval, Zone};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const DAY: i64 = 86_400;

/// From, to, in seconds since 1970 of either kind of time.
pub(crate) type Span = (i64, i64);

/// What a wall clock shows at each minute of a month.
pub(crate) struct Clock {
    first: i64,
    /// Seconds that the wall clock shows, as if they were UTC.
    shown: Vec<i64>,
    /// The latest that it has shown by then.
    latest: Vec<i64>,
}

thread_local! {
    static CLOCKS: RefCell<HashMap<(String, i64), Rc<Clock>>> = RefCell::default();
}

impl Clock {
    /// The clock of a zone, two weeks and more on either side of an instant.
    pub(crate) fn around(zone: &Zone, instant: i64) -> Rc<Clock> {
        let first = instant.div_euclid(8 * DAY) * 8 * DAY - 16 * DAY;
        let key = (zone.name().to_owned(), first);
        CLOCKS.with_borrow_mut(|clocks| {
            let make = || Rc::new(Clock::scan(zone, first));
            Rc::clone(clocks.entry(key).or_insert_with(make))
        })
    }

    fn scan(zone: &Zone, first: i64) -> Clock {
        let minutes = (0..40 * DAY / MINUTE).map(|minute| first + minute * MINUTE);
        let shown: Vec<i64> = minutes
            .map(|at| zone.civil(instant(at)).and_utc().timestamp())
            .collect();
        let mut high = i64::MIN;
        let rise = |shown: &i64| {
            high = high.max(*shown);
            high
        };
        let latest = shown.iter().map(rise).collect();
        Clock {
            first,
            shown,
            latest,
        }
    }

    pub(crate) fn local(&self, at: i64) -> i64 {
        let minute = usize::try_from((at - self.first).div_euclid(MINUTE)).expect("in the month");
        self.shown[minute] + (at - self.first).rem_euclid(MINUTE)
    }

    pub(crate) fn date(&self, at: i64) -> i64 {
        self.local(at).div_euclid(DAY)
    }

    /// The first instant at which the wall clock reads `local`, a whole minute, or later.
    pub(crate) fn wall(&self, local: i64) -> i64 {
        let minute = self.latest.partition_point(|shown| *shown < local);
        self.first + i64::try_from(minute).expect("a month of minutes") * MINUTE
    }
}

pub(crate) fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(at, 0).expect("an instant")
}

pub(crate) fn day_number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - 719_163
}

/// The windows of a schedule whose dates lie around a span, cut by overrides and closures. Windows
/// that overlap or touch stay apart.
pub(crate) fn windows(schedule: &Schedule, (from, to): Span) -> Vec<Span> {
    let clock = Clock::around(&schedule.zone, from);
    let closed = |day: i64| {
        let covers =
            |from: NaiveDate, through| (day_number(from)..=day_number(through)).contains(&day);
        schedule
            .closures
            .iter()
            .any(|closure| covers(closure.from, closure.through))
    };
    let hours_of = |day: i64, mode: OverrideMode| {
        let of_day = schedule
            .overrides
            .iter()
            .filter(move |each| day_number(each.date) == day);
        of_day
            .filter(move |each| each.mode == mode)
            .map(|each| &each.hours)
    };
    let replaced = |day: i64| hours_of(day, OverrideMode::Replace).next();
    let valid = |day: i64| {
        schedule
            .valid_from
            .is_none_or(|from| day_number(from) <= day)
            && schedule
                .valid_through
                .is_none_or(|through| day <= day_number(through))
    };
    let mut found = Vec::new();
    for day in clock.date(from) - 6..=clock.date(to) + 2 {
        if closed(day) || !valid(day) {
            continue;
        }
        let mut own = replaced(day).map_or_else(|| base(schedule, day), |own| civil(day, own));
        own.extend(hours_of(day, OverrideMode::Add).flat_map(|added| civil(day, added)));
        for (start, end) in own {
            let mut parts = vec![(clock.wall(start), clock.wall(end))];
            for other in day + 1..=day + 5 {
                if closed(other) || replaced(other).is_some() {
                    let cleared = (clock.wall(other * DAY), clock.wall((other + 1) * DAY));
                    parts = all_without(parts, cleared);
                }
            }
            found.extend(parts.into_iter().filter(|(start, end)| start < end));
        }
    }
    for day in clock.date(from) - 7..=clock.date(to) + 3 {
        for (start, end) in
            hours_of(day, OverrideMode::Subtract).flat_map(|hours| civil(day, hours))
        {
            found = all_without(found, (clock.wall(start), clock.wall(end)));
        }
    }
    found
}

fn all_without(spans: Vec<Span>, cleared: Span) -> Vec<Span> {
    spans
        .into_iter()
        .flat_map(|span| without(span, cleared))
        .collect()
}

/// The civil windows that begin on a date, before anything is cut.
fn base(schedule: &Schedule, day: i64) -> Vec<Span> {
    let weekday = usize::try_from((day + 3).rem_euclid(7)).expect("a weekday");
    let mut windows = civil(day, schedule.weekly.days()[weekday]);
    for rule in &schedule.rules {
        // On the clock of UTC, civil times are instants.
        let recurrence = Recurrence {
            start: rule.start,
            zone: Zone::utc(),
            rule: rule.rrule.clone(),
            exdates: rule.exdates.clone(),
            rdates: rule.rdates.clone(),
        };
        let date = Interval::from_timestamps(day * DAY, (day + 1) * DAY).expect("a day");
        let starts = recurrence.expand(date).expect("a small rule");
        let length = i64::from(rule.duration_minutes.get()) * MINUTE;
        windows.extend(
            starts
                .iter()
                .map(|at| (at.timestamp(), at.timestamp() + length)),
        );
    }
    windows
}

fn civil(day: i64, hours: &[Hours]) -> Vec<Span> {
    let window = |hours: &Hours| {
        let (from, to) = (
            i64::from(hours.from().minutes()),
            i64::from(hours.to().minutes()),
        );
        let to = if to <= from { to + 1_440 } else { to };
        (day * DAY + from * MINUTE, day * DAY + to * MINUTE)
    };
    hours.iter().map(window).collect()
}

fn without((start, end): Span, cleared: Span) -> Vec<Span> {
    if cleared.1 <= start || end <= cleared.0 || cleared.0 >= cleared.1 {
        return vec![(start, end)];
    }
    let parts = [(start, cleared.0), (cleared.1, end)];
    parts
        .into_iter()
        .filter(|(start, end)| start < end)
        .collect()
}

/// What is open when both are: each of the windows, where the other schedule is open.
pub(crate) fn both(windows: &[Span], other: Vec<Span>) -> Vec<Span> {
    let other = merged(other);
    let cut = |window: &Span| {
        let (start, end) = *window;
        let parts = other
            .iter()
            .map(move |open| (start.max(open.0), end.min(open.1)));
        parts.filter(|(start, end)| start < end).collect::<Vec<_>>()
    };
    windows.iter().flat_map(cut).collect()
}

/// The same instants as sorted spans that do not touch.
pub(crate) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

pub(crate) fn contains(spans: &[Span], at: i64) -> bool {
    spans
        .iter()
        .any(|(start, end)| (*start..*end).contains(&at))
}

/// Whether a span is inside without a break, walking from window to window.
pub(crate) fn covers(windows: &[Span], (from, to): Span) -> bool {
    let mut at = from;
    while at < to {
        let here = windows
            .iter()
            .filter(|(start, end)| (*start..*end).contains(&at));
        match here.map(|(_, end)| *end).max() {
            Some(end) => at = end,
            None => return false,
        }
    }
    true
}

/// Months and years are those of the Gregorian calendar.
pub(crate) fn civil_date(zone: &Zone, at: i64) -> NaiveDate {
    zone.civil(instant(at)).date()
}

/// The instants of whole civil days, both ends included.
pub(crate) fn civil_days(zone: &Zone, from: NaiveDate, through: NaiveDate) -> Span {
    let midnight = |date: NaiveDate| -> NaiveDateTime { date.and_hms_opt(0, 0, 0).expect("00:00") };
    let start = zone.wall(midnight(from)).timestamp();
    (
        start,
        zone.wall(midnight(through) + TimeDelta::days(1))
            .timestamp(),
    )
}
