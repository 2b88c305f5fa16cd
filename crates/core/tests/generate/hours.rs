//! Random schedules.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use quando::schedule::{
    Closure, Hours, OpenRule, Override, OverrideMode, Schedule, TimeOfDay, Weekly,
};
use quando::time::Zone;

use super::{Family, Random, minutes, zone};

const OTHER_ZONES: [&str; 4] = [
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
];

const RULES: [&str; 6] = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=2;COUNT=4",
    "FREQ=WEEKLY;BYDAY=SA,SU,MO",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=MONTHLY;BYDAY=-1SU,1SU,2SU",
    "FREQ=DAILY;BYHOUR=1,2,9;BYMINUTE=0,30",
];

pub(super) fn schedule(
    random: &mut Random,
    family: Family,
    own: &Zone,
    date: NaiveDate,
) -> Schedule {
    let rich = family == Family::Hours;
    let place = if random.percent(15) {
        zone(random.pick(&OTHER_ZONES))
    } else {
        own.clone()
    };
    let mut schedule = Schedule::new(place);
    if !rich || random.percent(85) {
        schedule.weekly = weekly(random, if rich { 65 } else { 90 });
    }
    if random.percent(if rich { 50 } else { 8 }) {
        schedule.rules = (0..1 + random.below(2))
            .map(|_| rule(random, date))
            .collect();
    }
    if random.percent(if rich { 60 } else { 10 }) {
        let mut days: Vec<i64> = (-3..=3).filter(|_| random.percent(30)).collect();
        random.shuffle(&mut days);
        let made = days
            .iter()
            .map(|day| override_of(random, date + TimeDelta::days(*day)));
        schedule.overrides = made.collect();
    }
    if random.percent(if rich { 25 } else { 3 }) {
        let mode = random.pick(&[OverrideMode::Add, OverrideMode::Subtract]);
        let date = date + TimeDelta::days(random.within(-2, 2));
        let hours = day(random);
        schedule.overrides.push(Override { date, mode, hours });
    }
    if random.percent(if rich { 35 } else { 5 }) {
        let from = date + TimeDelta::days(random.within(-3, 3));
        let through = from + TimeDelta::days(random.within(0, 1));
        schedule.closures.push(Closure {
            from,
            through,
            redirect_to: None,
        });
    }
    if random.percent(if rich { 20 } else { 3 }) {
        schedule.valid_from = Some(date + TimeDelta::days(random.within(-3, 1)));
    }
    if random.percent(if rich { 20 } else { 3 }) {
        schedule.valid_through = Some(date + TimeDelta::days(random.within(1, 3)));
    }
    schedule
}

fn weekly(random: &mut Random, chance: usize) -> Weekly {
    let usual = day(random);
    let mut days: Vec<Vec<Hours>> = Vec::new();
    for _ in 0..7 {
        let hours = if random.percent(50) {
            usual.clone()
        } else {
            day(random)
        };
        days.push(if random.percent(chance) {
            hours
        } else {
            Vec::new()
        });
    }
    let mut days = days.into_iter();
    let mut next = || days.next().expect("seven days");
    Weekly {
        mon: next(),
        tue: next(),
        wed: next(),
        thu: next(),
        fri: next(),
        sat: next(),
        sun: next(),
    }
}

/// The hours of a day, among them some that meet the hour of a change.
fn day(random: &mut Random) -> Vec<Hours> {
    let usual: &[&[(u16, u16)]] = &[
        &[(9 * 60, 17 * 60)],
        &[(9 * 60, 12 * 60), (13 * 60, 17 * 60)],
        &[(9 * 60, 12 * 60), (12 * 60, 15 * 60)],
        &[(0, 24 * 60)],
        &[(22 * 60, 2 * 60)],
        &[(22 * 60, 3 * 60), (60, 6 * 60)],
        &[(0, 2 * 60 + 30), (3 * 60, 8 * 60)],
        &[(90, 4 * 60), (23 * 60, 0)],
        &[(9 * 60, 9 * 60)],
    ];
    if random.percent(60) {
        return random
            .pick(usual)
            .iter()
            .map(|(from, to)| hours(*from, *to))
            .collect();
    }
    (0..1 + random.below(3))
        .map(|_| any_hours(random))
        .collect()
}

fn any_hours(random: &mut Random) -> Hours {
    let grid = random.pick(&[1, 5, 15, 30, 60]);
    let mut at = |last: i64| u16::try_from(random.within(0, last / grid) * grid).expect("a minute");
    let (from, to) = (at(1_439), at(1_440));
    hours(from, to)
}

fn hours(from: u16, to: u16) -> Hours {
    let at = |minute: u16| TimeOfDay::parse(&format!("{:02}:{:02}", minute / 60, minute % 60));
    Hours::new(at(from).expect("a time"), at(to).expect("a time")).expect("hours")
}

fn override_of(random: &mut Random, date: NaiveDate) -> Override {
    let hours = if random.percent(30) {
        Vec::new()
    } else {
        day(random)
    };
    Override {
        date,
        mode: OverrideMode::Replace,
        hours,
    }
}

fn rule(random: &mut Random, date: NaiveDate) -> OpenRule {
    let time = |random: &mut Random, day: i64| -> NaiveDateTime {
        let minute = random.pick(&[0, 30, 60, 90, 120, 150, 180, 540, 600, 1_320, 1_410]);
        let midnight = (date + TimeDelta::days(day))
            .and_hms_opt(0, 0, 0)
            .expect("midnight");
        midnight + TimeDelta::minutes(minute)
    };
    let before = -random.within(0, 20);
    let start = time(random, before);
    let rrule = random
        .percent(80)
        .then(|| random.pick(&RULES).parse().expect("a rule"));
    let near = |random: &mut Random| {
        let day = random.within(-2, 2);
        if random.percent(60) {
            (date + TimeDelta::days(day)).and_time(start.time())
        } else {
            time(random, day)
        }
    };
    OpenRule {
        start,
        duration_minutes: minutes(random.pick(&[30, 60, 90, 240, 600, 1_440, 1_620])),
        rrule,
        exdates: (0..random.below(3)).map(|_| near(random)).collect(),
        rdates: (0..random.below(3)).map(|_| near(random)).collect(),
    }
}
