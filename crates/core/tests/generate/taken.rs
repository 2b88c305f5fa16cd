//! Random busy time, claims and sessions.

use quando::availability::{Absence, Busy, CapacityWindow, Claim, Query, Travel};
use quando::calendar::BusyStatus;
use quando::id::{PlaceId, ResourceId, ServiceId};
use quando::time::Interval;

use super::{Family, Random, minutes, units};
use crate::oracle::hours::{DAY, MINUTE, civil_date};
use crate::oracle::seconds;

/// Fills the resources of a question with what is taken already.
pub(super) fn take(random: &mut Random, family: Family, query: &mut Query) {
    let travels = family == Family::Plain && random.percent(20);
    if travels {
        query.place = Some(place("a"));
        query.travel = travel(random);
    }
    let fine = random.percent(15);
    for at in 0..query.resources.len() {
        let many = if random.percent(70) {
            1 + random.below(4)
        } else {
            0
        };
        let mut claims: Vec<Claim> = (0..many).map(|_| claim(random, query, fine)).collect();
        if travels && query.resources[at].capacity.get() == 1 {
            for claim in &mut claims {
                let known = random.percent(70);
                claim.place = known.then(|| place(random.pick(&["a", "b", "c"])));
            }
        }
        if family == Family::Limits {
            claims.extend((0..random.below(5)).map(|_| distant(random, query)));
        }
        let absence = random.percent(8).then(|| absence(random, query, fine));
        let busy = (0..random.below(3))
            .map(|_| busy(random, query, fine))
            .collect();
        let resource = &mut query.resources[at];
        resource.claims = claims;
        resource.busy = busy;
        resource.absences.extend(absence);
        let chance = match family {
            Family::Capacity => 40,
            Family::Sessions | Family::Packed => 10,
            _ => 0,
        };
        if random.percent(chance) {
            fewer_units(random, query, at, fine);
        }
    }
    if family == Family::Sessions || random.percent(3) {
        for _ in 0..random.below(5) {
            session(random, query);
        }
    }
}

/// A span that begins in the window or up to half a day before.
pub(crate) fn somewhen(random: &mut Random, query: &Query, fine: bool) -> Interval {
    let window = query.window.interval();
    let (from, to) = (window.start_timestamp(), window.end_timestamp());
    let from = from - from.rem_euclid(15 * MINUTE) - if random.percent(30) { DAY / 2 } else { 0 };
    let grid = random.pick(&[5, 5, 15, 15, 30]) * MINUTE;
    let mut start = from + random.within(0, (to - from) / grid) * grid;
    let mut length = random.pick(&[5, 15, 30, 30, 45, 60, 90, 240]) * MINUTE;
    if fine && random.percent(50) {
        start += random.pick(&[-20, 20, 40, 60]);
        length += random.pick(&[-20, 0, 20, 40]);
    }
    Interval::from_timestamps(start, start + length).expect("a span")
}

/// A booking of this service, another one, or nobody knows what.
pub(crate) fn claim(random: &mut Random, query: &Query, fine: bool) -> Claim {
    let mut claim = Claim::new(somewhen(random, query, fine));
    if random.percent(30) {
        // Exactly as long as a slot, so that it may stand where a slot would.
        let start = claim.interval.start_timestamp();
        let end = start + seconds(query.service.duration_minutes);
        claim.interval = Interval::from_timestamps(start, end).expect("a slot");
    }
    claim.service = random
        .pick(&[None, Some("cut"), Some("cut"), Some("dye")])
        .map(service);
    if random.percent(40) {
        claim.buffer_before_minutes = minutes(random.pick(&[0, 5, 15, 30]));
        claim.buffer_after_minutes = minutes(random.pick(&[0, 5, 10, 45]));
    }
    claim.units = units(random.pick(&[1, 1, 1, 2, 3]));
    claim
}

/// Puts a booking of a start into the claims of what was chosen for it, per role.
pub(crate) fn booking(query: &mut Query, start: i64, chosen: &[Vec<usize>]) {
    let service = query.service.clone();
    let is_class = service.is_class();
    let primary = query.resources[chosen[0][0]].id.clone();
    for (role, members) in chosen.iter().enumerate() {
        for (place, at) in members.iter().enumerate() {
            let leads = role == 0 && (place == 0 || !is_class);
            let resource = &mut query.resources[*at];
            let end = start + seconds(service.duration_minutes);
            let mut claim = Claim::new(Interval::from_timestamps(start, end).expect("a slot"));
            claim.service = service.id.clone();
            let (before, after) = (
                resource.buffer_before_minutes,
                resource.buffer_after_minutes,
            );
            claim.buffer_before_minutes = before.unwrap_or(service.buffer_before_minutes);
            claim.buffer_after_minutes = after.unwrap_or(service.buffer_after_minutes);
            claim.units = if leads { query.party } else { units(1) };
            claim.session = is_class;
            claim.with = (is_class && !leads).then(|| primary.clone());
            claim.place = query.place.clone().filter(|_| resource.capacity.get() == 1);
            resource.claims.push(claim);
        }
    }
}

/// A claim somewhere in the months around, for limits.
fn distant(random: &mut Random, query: &Query) -> Claim {
    let mut distant = claim(random, query, false);
    let days = random.pick(&[-1, 1, 3, 7, -7, 31, -31, -200, 200]) * DAY;
    let (start, end) = (
        distant.interval.start_timestamp(),
        distant.interval.end_timestamp(),
    );
    distant.interval = Interval::from_timestamps(start + days, end + days).expect("a span");
    distant
}

fn busy(random: &mut Random, query: &Query, fine: bool) -> Busy {
    let status = random.pick(&[
        BusyStatus::Busy,
        BusyStatus::Busy,
        BusyStatus::Away,
        BusyStatus::Free,
    ]);
    Busy {
        interval: somewhen(random, query, fine),
        status,
    }
}

fn absence(random: &mut Random, query: &Query, fine: bool) -> Absence {
    let interval = somewhen(random, query, fine);
    if random.percent(50) {
        return Absence::Span {
            interval,
            redirect_to: None,
        };
    }
    let day = civil_date(&query.zone, interval.start_timestamp());
    Absence::Days {
        from: day,
        through: day,
        redirect_to: None,
    }
}

fn fewer_units(random: &mut Random, query: &mut Query, at: usize, fine: bool) {
    let most = i64::from(query.resources[at].capacity.get());
    for _ in 0..1 + random.below(2) {
        let interval = somewhen(random, query, fine);
        let capacity = u32::try_from(random.within(0, most)).expect("a number");
        query.resources[at]
            .capacity_windows
            .push(CapacityWindow { interval, capacity });
    }
}

/// A session of this service, or one of another, with all the resources of one choice.
fn session(random: &mut Random, query: &mut Query) {
    let mut like = claim(random, query, false);
    let start = like.interval.start_timestamp();
    let step = seconds(
        query
            .service
            .step_minutes
            .unwrap_or(query.service.duration_minutes),
    );
    let start = start - start.rem_euclid(step.min(30 * MINUTE));
    let own = random.percent(85);
    let length = if own {
        seconds(query.service.duration_minutes)
    } else {
        60 * MINUTE
    };
    like.interval = Interval::from_timestamps(start, start + length).expect("a slot");
    like.service = Some(service(if own { "cut" } else { "dye" }));
    like.session = true;
    let roles: Vec<Vec<_>> = query
        .need
        .iter()
        .flatten()
        .map(|role| role.any_of.clone())
        .collect();
    let mut chosen: Vec<usize> = Vec::new();
    let counts: Vec<u32> = query
        .need
        .iter()
        .flatten()
        .map(|role| role.count.get())
        .collect();
    for (role, count) in roles.iter().zip(counts) {
        let at = |id: &ResourceId| {
            query
                .resources
                .iter()
                .position(|resource| resource.id == *id)
        };
        let mut free: Vec<usize> = role.iter().filter_map(at).collect();
        free.retain(|at| !chosen.contains(at));
        random.shuffle(&mut free);
        chosen.extend(free.into_iter().take(count as usize));
    }
    if chosen.is_empty() {
        chosen.push(0);
    }
    let primary = query.resources[chosen[0]].id.clone();
    for _ in 0..1 + random.below(3) {
        let seats = units(random.within(1, 2));
        for (place, at) in chosen.iter().enumerate() {
            let mut claim = like.clone();
            claim.units = if place == 0 { seats } else { units(1) };
            claim.with = (place > 0).then(|| primary.clone());
            query.resources[*at].claims.push(claim);
        }
    }
}

fn travel(random: &mut Random) -> Vec<Travel> {
    let mut pairs = vec![("a", "b"), ("a", "c"), ("b", "c")];
    if random.percent(50) {
        pairs.push(("b", "a"));
    }
    let mut entry = |(from, to)| {
        let minutes = minutes(random.pick(&[5, 10, 25, 60]));
        Travel {
            from: place(from),
            to: place(to),
            minutes,
        }
    };
    pairs.into_iter().map(&mut entry).collect()
}

fn place(name: &str) -> PlaceId {
    PlaceId::new(name).expect("an id")
}

fn service(name: &str) -> ServiceId {
    ServiceId::new(name).expect("an id")
}
