//! What a resource's time is already taken by.

use quando::availability::{Absence, BufferRule, Busy, Claim, Query, ReasonCode, Resource};
use quando::calendar::BusyStatus;
use quando::time::Interval;

use super::hours::{MINUTE, Span, civil_days};
use super::seconds;

/// A slot that wants one resource.
pub(super) struct Taker<'a> {
    query: &'a Query,
    resource: &'a Resource,
    /// The chosen primary resource, when the wanted one is of another role.
    primary: Option<&'a Resource>,
    slot: Span,
    buffers: (i64, i64),
    pub(super) padded: Span,
}

impl<'a> Taker<'a> {
    pub(super) fn new(
        query: &'a Query,
        resource: &'a Resource,
        primary: Option<&'a Resource>,
        start: i64,
    ) -> Taker<'a> {
        let service = &query.service;
        let before = resource
            .buffer_before_minutes
            .unwrap_or(service.buffer_before_minutes);
        let after = resource
            .buffer_after_minutes
            .unwrap_or(service.buffer_after_minutes);
        let slot = (start, start + seconds(service.duration_minutes));
        let buffers = (seconds(before), seconds(after));
        let padded = (slot.0 - buffers.0, slot.1 + buffers.1);
        Taker {
            query,
            resource,
            primary,
            slot,
            buffers,
            padded,
        }
    }

    /// Whether external busy time or an absence meets the padded slot.
    pub(super) fn is_busy(&self) -> bool {
        let blocks = |busy: &&Busy| busy.status != BusyStatus::Free;
        let busy = self
            .resource
            .busy
            .iter()
            .filter(blocks)
            .map(|busy| span(busy.interval));
        let away = self.resource.absences.iter().map(|absence| match absence {
            Absence::Span { interval, .. } => span(*interval),
            Absence::Days { from, through, .. } => {
                civil_days(&self.resource.schedule.zone, *from, *through)
            }
        });
        busy.chain(away).any(|other| meet(other, self.padded))
    }

    /// Why claims leave no place for the party, if they do not.
    pub(super) fn refusal(&self, party: u32) -> Option<ReasonCode> {
        let (service, is_primary) = (&self.query.service, self.primary.is_none());
        let primary = self.primary.unwrap_or(self.resource);
        let is_class = service.seats.get() > 1;
        // No resource helps itself: in another role, its own sessions are claims.
        let joins = is_class && (is_primary || primary.id != self.resource.id);
        let session = |claim: &&Claim| joins && self.is_session_of(self.resource, claim, primary);
        let joined: Vec<&Claim> = self.resource.claims.iter().filter(session).collect();
        let runs = joins
            && primary
                .claims
                .iter()
                .any(|claim| self.is_session_of(primary, claim, primary));
        if is_class && is_primary {
            let taken: u32 = joined.iter().map(|claim| claim.units.get()).sum();
            if taken + party > service.seats.get() {
                return Some(ReasonCode::SessionFull);
            }
        }
        if runs == joined.is_empty() {
            // The session runs without this resource, and is not opened a second time.
            return Some(ReasonCode::NoResource);
        }
        let units = if is_class || !is_primary { 1 } else { party };
        let others: Vec<&Claim> = self
            .resource
            .claims
            .iter()
            .filter(|claim| !session(claim))
            .collect();
        let single = self.resource.capacity.get() == 1;
        if single && others.iter().any(|claim| self.conflicts(claim)) {
            return Some(ReasonCode::Claim);
        }
        let over = self.instants(&others).into_iter().any(|at| {
            let taken = if single {
                0
            } else {
                taken(self.resource, &others, at, padded)
            };
            taken + units > self.capacity(at)
        });
        over.then_some(ReasonCode::Capacity)
    }

    /// Whether the resource has a session of its own at exactly this time.
    pub(super) fn leads(&self) -> bool {
        let mut claims = self.resource.claims.iter();
        self.query.service.is_class()
            && claims.any(|claim| self.is_session_of(self.resource, claim, self.resource))
    }

    /// Whether a claim on `on` is of this service's session at exactly this time with `primary`.
    fn is_session_of(&self, on: &Resource, claim: &Claim, primary: &Resource) -> bool {
        claim.session
            && claim.service == self.query.service.id
            && span(claim.interval) == self.slot
            && *claim.with.as_ref().unwrap_or(&on.id) == primary.id
    }

    /// Whether the gap to a claim is smaller than buffers and travel ask for.
    fn conflicts(&self, claim: &Claim) -> bool {
        let (start, end) = span(claim.interval);
        let theirs = (
            seconds(claim.buffer_before_minutes),
            seconds(claim.buffer_after_minutes),
        );
        let (gap, facing, way) = if end <= self.slot.0 {
            (
                self.slot.0 - end,
                (theirs.1, self.buffers.0),
                (&claim.place, &self.query.place),
            )
        } else if self.slot.1 <= start {
            (
                start - self.slot.1,
                (self.buffers.1, theirs.0),
                (&self.query.place, &claim.place),
            )
        } else {
            return true;
        };
        let buffer = match self.resource.buffer_rule {
            BufferRule::Sum => facing.0 + facing.1,
            BufferRule::Max => facing.0.max(facing.1),
        };
        let travel = way.0.as_ref().zip(way.1.as_ref()).map_or(0, |(from, to)| {
            let table = &self.query.travel;
            let there = table
                .iter()
                .find(|each| each.from == *from && each.to == *to);
            let back = table
                .iter()
                .find(|each| each.from == *to && each.to == *from);
            there.or(back).map_or(0, |each| seconds(each.minutes))
        });
        gap < buffer.max(travel)
    }

    /// The instants of the padded slot at which more can be taken, or less be there, than before.
    fn instants(&self, claims: &[&Claim]) -> Vec<i64> {
        let starts = claims.iter().map(|claim| padded(claim).0);
        let fewer = self
            .resource
            .capacity_windows
            .iter()
            .map(|each| span(each.interval).0);
        let inside = |at: &i64| (self.padded.0..self.padded.1).contains(at);
        starts
            .chain(fewer)
            .chain([self.padded.0])
            .filter(inside)
            .collect()
    }

    fn capacity(&self, at: i64) -> u32 {
        let windows = self.resource.capacity_windows.iter();
        let here =
            windows.filter(|each| (span(each.interval).0..span(each.interval).1).contains(&at));
        here.map(|each| each.capacity)
            .min()
            .unwrap_or(self.resource.capacity.get())
    }
}

/// The most units that the claims of a resource take at any instant, without their buffers.
pub(crate) fn most_taken(resource: &Resource) -> u32 {
    let claims: Vec<&Claim> = resource.claims.iter().collect();
    let starts = claims.iter().map(|claim| span(claim.interval).0);
    starts
        .map(|at| taken(resource, &claims, at, |claim| span(claim.interval)))
        .max()
        .unwrap_or(0)
}

/// Units taken at an instant: a session takes one, whoever has seats in it.
fn taken(resource: &Resource, claims: &[&Claim], at: i64, reach: impl Fn(&Claim) -> Span) -> u32 {
    let here = |claim: &&&Claim| (reach(claim).0..reach(claim).1).contains(&at);
    let (sessions, single): (Vec<&Claim>, Vec<&Claim>) =
        claims.iter().filter(here).partition(|claim| claim.session);
    let mut running: Vec<_> = sessions
        .iter()
        .map(|it| {
            (
                &it.service,
                it.interval,
                it.with.as_ref().unwrap_or(&resource.id),
            )
        })
        .collect();
    running.sort_unstable();
    running.dedup();
    let sessions = u32::try_from(running.len()).expect("a few sessions");
    single.iter().map(|claim| claim.units.get()).sum::<u32>() + sessions
}

/// The number of seconds that everything in a question is a multiple of, but for single seconds at
/// which a session can be joined.
pub(super) fn granularity(query: &Query) -> i64 {
    let spans = query.resources.iter().flat_map(|resource| {
        let busy = resource.busy.iter().map(|busy| busy.interval);
        let claims = resource.claims.iter().map(|claim| claim.interval);
        let fewer = resource.capacity_windows.iter().map(|each| each.interval);
        let away = resource
            .absences
            .iter()
            .filter_map(|absence| match absence {
                Absence::Span { interval, .. } => Some(*interval),
                Absence::Days { .. } => None,
            });
        busy.chain(claims)
            .chain(fewer)
            .chain(away)
            .map(span)
            .collect::<Vec<_>>()
    });
    spans
        .flat_map(|(start, end)| [start, end])
        .fold(MINUTE, |step, at| gcd(step, at.rem_euclid(MINUTE)))
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn padded(claim: &Claim) -> Span {
    let (start, end) = span(claim.interval);
    (
        start - seconds(claim.buffer_before_minutes),
        end + seconds(claim.buffer_after_minutes),
    )
}

fn meet(a: Span, b: Span) -> bool {
    a.0 < b.1 && b.0 < a.1
}

pub(super) fn span(interval: Interval) -> Span {
    (interval.start_timestamp(), interval.end_timestamp())
}
