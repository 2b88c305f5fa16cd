//! Random questions around changes of the clocks, dense with whatever can go wrong.

mod hours;
mod random;
mod shuffle;
mod taken;

use std::num::NonZeroU32;

use chrono::{NaiveDate, TimeDelta, Weekday};
use quando::availability::{
    Align, BookedSpan, BufferRule, BuffersInsideHours, Limit, Period, Query, Resource, Role,
    Service, SharedLimit,
};
use quando::id::{ResourceId, ServiceId};
use quando::time::{Minutes, Window, Zone};

pub(crate) use random::Random;
pub(crate) use shuffle::shuffled;
pub(crate) use taken::{booking, claim, somewhen};

use crate::oracle::hours::{DAY, MINUTE, day_number, instant};

/// What a question is about; everything else is kept simple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Plain,
    Hours,
    Packed,
    Sessions,
    Roles,
    Limits,
    Capacity,
}

impl Family {
    pub(crate) const ALL: [Family; 7] = [
        Family::Plain,
        Family::Hours,
        Family::Packed,
        Family::Sessions,
        Family::Roles,
        Family::Limits,
        Family::Capacity,
    ];
}

/// Zones with a date that is special there: clocks change by an hour, by half of one or by two, at
/// midnight, a minute past it, or by a whole day.
const SCENES: [(&str, (i32, u32, u32)); 24] = [
    ("America/New_York", (2026, 3, 8)),
    ("America/New_York", (2026, 11, 1)),
    ("Europe/Berlin", (2026, 3, 29)),
    ("Europe/Berlin", (2026, 10, 25)),
    ("Australia/Lord_Howe", (2026, 4, 5)),
    ("Australia/Lord_Howe", (2026, 10, 4)),
    ("America/Sao_Paulo", (2018, 11, 4)),
    ("America/Sao_Paulo", (2018, 2, 18)),
    ("Africa/Casablanca", (2026, 2, 15)),
    ("Africa/Casablanca", (2026, 3, 22)),
    ("Pacific/Apia", (2011, 12, 30)),
    ("Pacific/Apia", (2011, 12, 31)),
    ("America/St_Johns", (2010, 3, 14)),
    ("America/St_Johns", (2010, 11, 7)),
    ("America/Havana", (2026, 3, 8)),
    ("America/Havana", (2026, 11, 1)),
    ("Antarctica/Troll", (2026, 3, 29)),
    ("Antarctica/Troll", (2026, 10, 25)),
    ("Europe/Dublin", (2026, 10, 25)),
    ("Asia/Beirut", (2026, 3, 29)),
    ("Asia/Kolkata", (2026, 5, 31)),
    ("Asia/Kathmandu", (2026, 12, 31)),
    ("UTC", (2024, 2, 29)),
    ("UTC", (2026, 12, 31)),
];

/// A question that a number determines.
pub(crate) fn query(family: Family, seed: u64) -> Query {
    let random = &mut Random::new(seed);
    let (name, (year, month, day)) = random.pick(&SCENES);
    let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
    let zone = zone(name);
    let midday = day_number(date) * DAY + DAY / 2;
    let from = midday + random.within(-36 * 4, 6 * 4) * 15 * MINUTE;
    let length = random.within(4 * 2, 36 * 2) * 30 * MINUTE;
    let mut window = (from, from + length);
    if random.percent(15) {
        window.0 += random.within(-90, 90);
        window.1 += random.within(-90, 90);
    }
    let now = if random.percent(70) {
        from - random.within(0, 4) * DAY - random.within(0, 1_000) * MINUTE
    } else {
        from + random.within(0, length)
    };
    let service = service(random, family, date);
    let between = Window::new(instant(window.0), instant(window.1)).expect("a window");
    let mut query = Query::new(between, instant(now), zone, service);
    query.week_start = random.pick(&[Weekday::Mon, Weekday::Sun, Weekday::Sat, Weekday::Wed]);
    query.resources = resources(random, family, &query.zone, date);
    query.need = need(random, family, query.resources.len());
    if random.percent(if family == Family::Hours { 60 } else { 20 }) {
        let count = if random.percent(20) { 2 } else { 1 };
        let schedules: Vec<_> = (0..count)
            .map(|_| hours::schedule(random, family, &query.zone, date))
            .collect();
        query.hours = schedules.into();
    }
    if matches!(family, Family::Capacity | Family::Sessions) && random.percent(40) {
        query.party = units(random.within(1, 4));
    }
    taken::take(random, family, &mut query);
    if family == Family::Limits && random.percent(25) {
        let limit = shared_limit(random, &query);
        query.limits.push(limit);
    }
    query
}

fn service(random: &mut Random, family: Family, date: NaiveDate) -> Service {
    let mut service = Service::new(minutes(random.pick(&[15, 20, 30, 30, 45, 60, 60, 90, 120])));
    service.id = Some(ServiceId::new("cut").expect("an id"));
    if random.percent(70) {
        service.step_minutes = Some(minutes(random.pick(&[5, 10, 15, 15, 20, 30, 45, 60, 50])));
    }
    service.align = match family {
        Family::Packed => Align::Packed,
        _ => random.pick(&[Align::Clock, Align::Clock, Align::Opening, Align::Packed]),
    };
    let step = service
        .step_minutes
        .unwrap_or(service.duration_minutes)
        .get();
    if service.align == Align::Clock && random.percent(15) {
        service.step_offset_minutes = minutes(random.within(0, i64::from(step) - 1));
    }
    if random.percent(50) {
        service.buffer_before_minutes = minutes(random.pick(&[0, 0, 5, 10, 15, 45]));
        service.buffer_after_minutes = minutes(random.pick(&[0, 5, 10, 20, 30]));
    }
    if random.percent(25) {
        let inside = [
            BuffersInsideHours::Both,
            BuffersInsideHours::Both,
            BuffersInsideHours::After,
        ];
        service.buffers_inside_hours = random.pick(&inside);
    }
    if random.percent(30) {
        service.min_notice_minutes = minutes(random.pick(&[1, 30, 60, 120, 1_440]));
    }
    if random.percent(25) {
        service.horizon_days = u32::try_from(random.within(0, 5)).ok();
    }
    if random.percent(15) {
        service.bookable_through = Some(date + TimeDelta::days(random.within(-1, 1)));
    }
    if family == Family::Sessions {
        service.seats = units(random.within(2, 6));
    }
    if family == Family::Limits || random.percent(5) {
        service.limits = limits(random);
    }
    service
}

/// A limit of a customer, perhaps one who lives elsewhere.
fn shared_limit(random: &mut Random, query: &Query) -> SharedLimit {
    let booked = (0..random.below(4)).map(|_| BookedSpan(somewhen(random, query, false)));
    SharedLimit {
        bookings: booked.collect(),
        scope: ResourceId::new("customer").expect("an id"),
        zone: random
            .percent(50)
            .then(|| zone(random.pick(&["Asia/Kolkata", "America/New_York"]))),
        per: random.pick(&[Period::Day, Period::Week]),
        max_bookings: u32::try_from(random.within(0, 3)).ok(),
        max_minutes: None,
    }
}

fn limits(random: &mut Random) -> Vec<Limit> {
    (0..random.below(3))
        .map(|_| {
            let per = random.pick(&[
                Period::Day,
                Period::Day,
                Period::Week,
                Period::Month,
                Period::Year,
            ]);
            let bookings = random.percent(60);
            let most = |random: &mut Random, most: i64| u32::try_from(random.within(0, most)).ok();
            Limit {
                per,
                max_bookings: if bookings { most(random, 4) } else { None },
                max_minutes: if !bookings || random.percent(20) {
                    most(random, 300)
                } else {
                    None
                },
            }
        })
        .collect()
}

fn resources(random: &mut Random, family: Family, zone: &Zone, date: NaiveDate) -> Vec<Resource> {
    let count = match family {
        Family::Roles => 2 + random.below(4),
        Family::Sessions => 1 + random.below(4),
        _ => 1 + random.below(2),
    };
    (0..count)
        .map(|at| {
            let schedule = hours::schedule(random, family, zone, date);
            let id = ResourceId::new(format!("r{at}")).expect("an id");
            let mut resource = Resource::new(id, schedule);
            let shared = matches!(family, Family::Capacity | Family::Sessions);
            if shared && random.percent(60) || random.percent(10) {
                resource.capacity = units(random.within(1, 4));
            }
            if resource.capacity.get() == 1 && random.percent(30) {
                resource.buffer_rule = BufferRule::Max;
            }
            if random.percent(10) {
                resource.buffer_before_minutes = Some(minutes(random.pick(&[0, 10, 25])));
                resource.buffer_after_minutes = Some(minutes(random.pick(&[0, 10, 25])));
            }
            if family == Family::Limits || random.percent(5) {
                resource.limits = limits(random);
            }
            resource
        })
        .collect()
}

fn need(random: &mut Random, family: Family, count: usize) -> Option<Vec<Role>> {
    if count == 1 && random.percent(50) {
        return None;
    }
    let roles = match family {
        Family::Roles => 1 + random.below(3),
        Family::Sessions => 1 + random.below(2),
        _ => 1,
    };
    let role = |random: &mut Random| {
        let mut any_of: Vec<usize> = (0..count).filter(|_| random.percent(65)).collect();
        if any_of.is_empty() {
            any_of.push(random.below(count));
        }
        random.shuffle(&mut any_of);
        let several = random.percent(30);
        let count = if several {
            1 + random.below(any_of.len())
        } else {
            1
        };
        Role {
            any_of: any_of
                .iter()
                .map(|at| ResourceId::new(format!("r{at}")).expect("an id"))
                .collect(),
            count: NonZeroU32::new(u32::try_from(count).expect("a few")).expect("at least one"),
        }
    };
    Some((0..roles).map(|_| role(random)).collect())
}

pub(crate) fn zone(name: &str) -> Zone {
    Zone::new(name).expect("a zone")
}

pub(crate) fn minutes(number: i64) -> Minutes {
    Minutes::new(u32::try_from(number).expect("a length")).expect("a length")
}

pub(crate) fn units(number: i64) -> NonZeroU32 {
    NonZeroU32::new(u32::try_from(number).expect("a number")).expect("at least one")
}
