//! What is already taken of a resource, as starts that it rules out.

use std::collections::BTreeMap;

use super::error::{QueryError, QueryFault};
use super::plan::Moment;
use super::profile::Profile;
use super::query::{Absence, BufferRule, Claim, Query, Resource, Travel};
use super::validate::check_claim;
use crate::calendar::BusyStatus;
use crate::id::{PlaceId, ResourceId};
use crate::time::civil::{DAY, date_to_days};
use crate::time::{Interval, IntervalSet, Minutes};

/// The length of a slot on one resource: with the resource's own buffers where it has some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Footprint {
    pub(super) duration: i64,
    pub(super) before: i64,
    pub(super) after: i64,
}

impl Footprint {
    pub(super) fn new(query: &Query, resource: &Resource) -> Footprint {
        let service = &query.service;
        let own = |own: Option<Minutes>, common: Minutes| own.unwrap_or(common).seconds();
        Footprint {
            duration: service.duration_minutes.seconds(),
            before: own(
                resource.buffer_before_minutes,
                service.buffer_before_minutes,
            ),
            after: own(resource.buffer_after_minutes, service.buffer_after_minutes),
        }
    }

    /// The starts whose padded slot meets `[start, end)`.
    fn starts_meeting(self, start: i64, end: i64) -> Interval {
        Interval::from_seconds(start - self.duration - self.after + 1, end + self.before)
    }

    /// The padded slot of a start.
    pub(super) fn padded(self, start: i64) -> (i64, i64) {
        (start - self.before, start + self.duration + self.after)
    }
}

/// What one booking or one session takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taking<'q> {
    start: i64,
    end: i64,
    before: i64,
    after: i64,
    units: u32,
    place: Option<&'q PlaceId>,
}

/// A session of the query's own service that a slot of equal time may join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session<'q> {
    pub(super) start: i64,
    /// The session's primary resource; none when it is the resource itself.
    pub(super) leader: Option<&'q ResourceId>,
    /// Seats taken, when the resource itself is the primary one.
    pub(super) taken: u32,
    before: i64,
    after: i64,
}

/// What is taken of one resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupancy<'q> {
    /// Starts that external busy time and absences rule out.
    pub(super) busy: IntervalSet,
    /// Starts at which claims leave too few units for a booking of its own.
    pub(super) claimed: IntervalSet,
    /// Starts of a resource of one unit for which that is too few, or withdrawn.
    pub(super) short: IntervalSet,
    /// Units taken over time; only of a resource with several units.
    used: Option<Profile>,
    /// How many takings rule out a start; only for a class on a resource of one unit.
    conflicts: Option<Profile>,
    /// Sessions of the query's service and duration, by start; only for a class.
    pub(super) sessions: Vec<Session<'q>>,
    capacity: u32,
}

impl<'q> Occupancy<'q> {
    /// `units` is what a booking of its own takes.
    pub(super) fn new(
        query: &'q Query,
        moment: Moment<'q>,
        (resource, index): (&'q Resource, usize),
        (footprint, units): (Footprint, u32),
    ) -> Result<Occupancy<'q>, QueryError> {
        let reach = Reach::new(query, moment, footprint);
        let mut occupancy = Occupancy {
            busy: busy_starts(resource, footprint, reach),
            capacity: resource.capacity.get(),
            ..Occupancy::default()
        };
        let claims = counting(query, moment, (resource, index), reach)?;
        if claims.is_empty() && resource.capacity_windows.is_empty() && units <= occupancy.capacity
        {
            return Ok(occupancy);
        }
        let takings = takings(resource, &claims);
        if query.service.is_class() {
            occupancy.sessions = joinable_sessions(query, resource, &claims);
        }
        if occupancy.capacity == 1 {
            let blocked = blocked_starts(query, resource, footprint, &takings)?;
            if query.service.is_class() {
                let counted = blocked
                    .iter()
                    .map(|each| (each.start_timestamp(), each.end_timestamp(), 1));
                occupancy.conflicts = Some(Profile::new(counted));
            }
            occupancy.claimed = blocked.into_iter().collect();
            occupancy.short = match units {
                1 => withdrawn_starts(resource, footprint).collect(),
                _ => every_start().into(),
            };
        } else {
            let used = Profile::new(used_units(resource, &takings));
            occupancy.claimed = match occupancy.capacity.checked_sub(units) {
                Some(most) => used
                    .above(most)
                    .map(|(from, to)| footprint.starts_meeting(from, to))
                    .collect(),
                None => every_start().into(),
            };
            occupancy.used = Some(used);
        }
        Ok(occupancy)
    }

    /// Rules out opening a second session of the class on its primary resource at the same time:
    /// a slot at exactly that time joins the one that is there.
    pub(super) fn close_led_sessions(&mut self) {
        let led = self
            .sessions
            .iter()
            .filter(|session| session.leader.is_none());
        let starts = led.map(|each| Interval::from_seconds(each.start, each.start + 1));
        self.claimed = self.claimed.iter().chain(starts).collect();
    }

    /// Units that are free during the whole padded slot of a start.
    pub(super) fn free_units(&self, start: i64, footprint: Footprint) -> u32 {
        let (from, to) = footprint.padded(start);
        let used = self.used.as_ref().map_or(0, |used| used.max(from, to));
        self.capacity.saturating_sub(used)
    }

    /// Whether a slot at the session's time can join it beside all other claims.
    pub(super) fn leaves_room_beside(&self, session: &Session<'_>, footprint: Footprint) -> bool {
        if let Some(conflicts) = &self.conflicts {
            return conflicts.at(session.start) <= 1 && !self.short.contains_second(session.start);
        }
        let Some(used) = &self.used else { return true };
        let (from, to) = footprint.padded(session.start);
        let own_from = from.max(session.start - session.before);
        let own_to = to.min(session.start + footprint.duration + session.after);
        let beside = used.max(own_from, own_to).saturating_sub(1);
        let most = beside
            .max(used.max(from, own_from))
            .max(used.max(own_to, to));
        most < self.capacity
    }

    /// The sessions that begin at an instant.
    pub(super) fn sessions_at(&self, start: i64) -> &[Session<'q>] {
        let from = self
            .sessions
            .partition_point(|session| session.start < start);
        let to = self
            .sessions
            .partition_point(|session| session.start <= start);
        &self.sessions[from..to]
    }

    /// How many claims rule out a start on a resource of one unit; only whether one does, unless it
    /// is for a class.
    pub(super) fn claims_meeting(&self, start: i64) -> u32 {
        match &self.conflicts {
            Some(conflicts) => conflicts.at(start),
            None => u32::from(self.claimed.contains_second(start)),
        }
    }
}

/// The claims that can matter to the starts that will be asked for.
///
/// Those of a query for one start are checked on the way, the others were checked before.
fn counting<'q>(
    query: &Query,
    moment: Moment<'q>,
    (resource, index): (&'q Resource, usize),
    reach: Reach,
) -> Result<Vec<&'q Claim>, QueryError> {
    let mut counting = Vec::new();
    for (place, claim) in resource.claims.iter().enumerate() {
        if !reach.meets_claim(claim) {
            continue;
        }
        if moment.only.is_some() {
            check_claim(query, resource, claim)
                .map_err(|fault| fault.at(format!("/resources/{index}/claims/{place}")))?;
        }
        if !claim.done && moment.counts(claim) {
            counting.push(claim);
        }
    }
    Ok(counting)
}

/// Which claims and busy times can matter to the starts that will be asked for: those that come
/// near this span.
#[derive(Clone, Copy, Debug)]
struct Reach {
    from: i64,
    to: i64,
}

impl Reach {
    fn new(query: &Query, moment: Moment<'_>, footprint: Footprint) -> Reach {
        let Some(start) = moment.only else {
            return Reach {
                from: i64::MIN / 2,
                to: i64::MAX / 2,
            };
        };
        // The longest way from a start to something that rules it out, without the other's buffers.
        let way = query.travel.iter().map(|way| way.minutes.seconds()).max();
        let far = footprint.duration + footprint.before + footprint.after + way.unwrap_or(0);
        Reach {
            from: start - far,
            to: start + far,
        }
    }

    fn meets_claim(self, claim: &Claim) -> bool {
        let buffer = claim.buffer_before_minutes.max(claim.buffer_after_minutes);
        self.meets(claim.interval, buffer.seconds())
    }

    fn meets(self, interval: Interval, buffer: i64) -> bool {
        interval.start_timestamp() - buffer <= self.to
            && self.from <= interval.end_timestamp() + buffer
    }
}

fn every_start() -> Interval {
    Interval::from_seconds(i64::MIN / 4, i64::MAX / 4)
}

/// The gap that two neighbours keep: the end of the earlier to the start of the later.
///
/// `after` is the earlier one's buffer, `before` the later one's, `travel` the way between them.
pub(super) fn required_gap(rule: BufferRule, after: i64, before: i64, travel: i64) -> i64 {
    let buffers = match rule {
        BufferRule::Sum => after + before,
        BufferRule::Max => after.max(before),
    };
    buffers.max(travel)
}

fn busy_starts(resource: &Resource, footprint: Footprint, reach: Reach) -> IntervalSet {
    let blocking = resource
        .busy
        .iter()
        .filter(|busy| busy.status != BusyStatus::Free && reach.meets(busy.interval, 0));
    let busy = blocking.map(|busy| {
        footprint.starts_meeting(
            busy.interval.start_timestamp(),
            busy.interval.end_timestamp(),
        )
    });
    if resource.absences.is_empty() {
        return busy.collect();
    }
    let away = resource
        .absences
        .iter()
        .filter_map(|absence| absence_span(resource, absence));
    busy.chain(away.map(|(start, end)| footprint.starts_meeting(start, end)))
        .collect()
}

/// The instants of an absence: civil days are days of the resource's own zone.
pub(super) fn absence_span(resource: &Resource, absence: &Absence) -> Option<(i64, i64)> {
    match absence {
        Absence::Span { interval, .. } => {
            Some((interval.start_timestamp(), interval.end_timestamp()))
        }
        Absence::Days { from, through, .. } => {
            let (from, to) = (
                date_to_days(*from) * DAY,
                (date_to_days(*through) + 1) * DAY,
            );
            let mut offsets = resource.schedule.zone.offsets(from, to);
            let (start, end) = (offsets.wall(from), offsets.wall(to));
            (start < end).then_some((start, end))
        }
    }
}

/// The starts that each taking rules out on a resource of one unit.
fn blocked_starts(
    query: &Query,
    resource: &Resource,
    footprint: Footprint,
    takings: &[Taking<'_>],
) -> Result<Vec<Interval>, QueryError> {
    let (rule, ways) = (resource.buffer_rule, Ways::new(query));
    let blocked = |taking: &Taking<'_>| {
        let (to_next, from_previous) = ways.to(taking.place)?;
        let gap_before = required_gap(rule, footprint.after, taking.before, to_next);
        let gap_after = required_gap(rule, taking.after, footprint.before, from_previous);
        let first = taking.start - gap_before - footprint.duration + 1;
        Ok(Interval::from_seconds(first, taking.end + gap_after))
    };
    takings.iter().map(blocked).collect()
}

/// The ways between the slot's place and others.
struct Ways<'q> {
    here: Option<&'q PlaceId>,
    /// Other places, sorted, with the seconds there and back; one of the two where the table has
    /// no entry for the other.
    others: Vec<(&'q PlaceId, i64, i64)>,
}

impl<'q> Ways<'q> {
    fn new(query: &'q Query) -> Ways<'q> {
        let Some(here) = &query.place else {
            return Ways {
                here: None,
                others: Vec::new(),
            };
        };
        let there = |way: &'q Travel| (way.from == *here).then_some((&way.to, true, way));
        let back = |way: &'q Travel| (way.to == *here).then_some((&way.from, false, way));
        let mut ways: Vec<_> = query
            .travel
            .iter()
            .filter_map(|way| there(way).or_else(|| back(way)))
            .collect();
        ways.sort_unstable_by_key(|(place, is_there, _)| (*place, !*is_there));
        let others = ways.chunk_by(|a, b| a.0 == b.0).map(|both| {
            let (first, last) = (both[0].2, both[both.len() - 1].2);
            (both[0].0, first.minutes.seconds(), last.minutes.seconds())
        });
        Ways {
            here: Some(here),
            others: others.collect(),
        }
    }

    /// Seconds from the slot's place to another, and back.
    fn to(&self, place: Option<&PlaceId>) -> Result<(i64, i64), QueryError> {
        let (Some(here), Some(there)) = (self.here, place) else {
            return Ok((0, 0));
        };
        if here == there {
            return Ok((0, 0));
        }
        match self
            .others
            .binary_search_by_key(&there, |(other, _, _)| *other)
        {
            Ok(at) => Ok((self.others[at].1, self.others[at].2)),
            Err(_) => {
                let (from, to) = (here.clone(), there.clone());
                Err(QueryFault::TravelMissing { from, to }.at("/travel"))
            }
        }
    }
}

/// The starts that a withdrawn unit rules out on a resource of one unit.
fn withdrawn_starts(
    resource: &Resource,
    footprint: Footprint,
) -> impl Iterator<Item = Interval> + '_ {
    resource
        .capacity_windows
        .iter()
        .filter(|window| window.capacity == 0)
        .map(move |window| {
            let (start, end) = (
                window.interval.start_timestamp(),
                window.interval.end_timestamp(),
            );
            footprint.starts_meeting(start, end)
        })
}

fn used_units<'a>(
    resource: &'a Resource,
    takings: &'a [Taking<'_>],
) -> impl Iterator<Item = (i64, i64, u32)> + 'a {
    let claimed = takings.iter().map(|taking| {
        (
            taking.start - taking.before,
            taking.end + taking.after,
            taking.units,
        )
    });
    claimed.chain(withdrawn_units(resource))
}

/// The units that capacity windows withdraw; where they overlap, the smallest of them holds.
fn withdrawn_units(resource: &Resource) -> Vec<(i64, i64, u32)> {
    let mut changes = Vec::with_capacity(2 * resource.capacity_windows.len());
    for window in &resource.capacity_windows {
        let units = resource.capacity.get() - window.capacity;
        changes.push((window.interval.start_timestamp(), units, true));
        changes.push((window.interval.end_timestamp(), units, false));
    }
    changes.sort_unstable();
    let mut running: BTreeMap<u32, usize> = BTreeMap::new();
    let mut withdrawn = Vec::new();
    let mut since = i64::MIN;
    for (at, units, begins) in changes {
        if let Some((most, _)) = running.last_key_value()
            && since < at
        {
            withdrawn.push((since, at, *most));
        }
        since = at;
        let count = running.entry(units).or_default();
        // INVARIANT: no window is empty, so that one that ends here has begun before.
        *count = if begins { *count + 1 } else { *count - 1 };
        if *count == 0 {
            running.remove(&units);
        }
    }
    withdrawn
}

/// What the claims take: each session once, with the largest of its claims' buffers.
fn takings<'q>(resource: &'q Resource, claims: &[&'q Claim]) -> Vec<Taking<'q>> {
    let (sessions, plain): (Vec<&Claim>, Vec<&Claim>) =
        claims.iter().partition(|claim| claim.session);
    let mut takings: Vec<Taking<'_>> = plain.into_iter().map(taking_of).collect();
    for group in session_groups(resource, sessions) {
        let mut taking = taking_of(group[0]);
        taking.units = 1;
        taking.before = widest(&group, |claim| claim.buffer_before_minutes);
        taking.after = widest(&group, |claim| claim.buffer_after_minutes);
        takings.push(taking);
    }
    takings
}

fn taking_of(claim: &Claim) -> Taking<'_> {
    Taking {
        start: claim.interval.start_timestamp(),
        end: claim.interval.end_timestamp(),
        before: claim.buffer_before_minutes.seconds(),
        after: claim.buffer_after_minutes.seconds(),
        units: claim.units.get(),
        place: claim.place.as_ref(),
    }
}

/// Claims of one service with equal start, end and primary resource, together.
fn session_groups<'q>(resource: &'q Resource, mut claims: Vec<&'q Claim>) -> Vec<Vec<&'q Claim>> {
    let key = |claim: &&'q Claim| {
        (
            claim.interval,
            claim.service.as_ref(),
            claim.with.as_ref().unwrap_or(&resource.id),
        )
    };
    claims.sort_by(|a, b| key(a).cmp(&key(b)));
    claims
        .chunk_by(|a, b| key(a) == key(b))
        .map(<[&Claim]>::to_vec)
        .collect()
}

fn widest(group: &[&Claim], buffer: impl Fn(&Claim) -> Minutes) -> i64 {
    group
        .iter()
        .map(|claim| buffer(claim).seconds())
        .max()
        .unwrap_or(0)
}

fn joinable_sessions<'q>(
    query: &'q Query,
    resource: &'q Resource,
    claims: &[&'q Claim],
) -> Vec<Session<'q>> {
    let duration = query.service.duration_minutes.seconds();
    let of_service = |claim: &&&Claim| {
        let interval = claim.interval;
        claim.session
            && claim.service == query.service.id
            && interval.end_timestamp() - interval.start_timestamp() == duration
    };
    let claims = claims.iter().filter(of_service).copied().collect();
    let session = |group: Vec<&'q Claim>| Session {
        start: group[0].interval.start_timestamp(),
        leader: group[0]
            .with
            .as_ref()
            .filter(|leader| **leader != resource.id),
        taken: group
            .iter()
            .fold(0, |sum: u32, claim| sum.saturating_add(claim.units.get())),
        before: widest(&group, |claim| claim.buffer_before_minutes),
        after: widest(&group, |claim| claim.buffer_after_minutes),
    };
    session_groups(resource, claims)
        .into_iter()
        .map(session)
        .collect()
}
