//! Which units of which resources a booking takes, and when, as rows that a store can guard.
//!
//! A resource of capacity n has the units 0 to n - 1. A claim of one unit takes whichever is free,
//! and where none is free for all of its time, one after the other: as long as no more units are
//! taken at any instant than there are, such pieces exist. So one rule of the store, *no two rows of
//! equal resource and unit meet*, guards every capacity.
//!
//! A session of a class takes one unit, whoever sits in it; its rows belong to the session. Each
//! seat is a unit of its own, in a range of numbers that follows from the session.

use chrono::{DateTime, Utc};
use quando::availability::{BufferRule, Claim, Resource};
use quando::booking::{Booking, Rejection, Take};
use quando::id::{ProviderId, ResourceId};
use quando::time::{Interval, Minutes};
use sha2::{Digest, Sha256};

use crate::limits::UNITS_MAX;
use crate::refusal::Refusal;
use crate::store::{Change, ClaimRow, Owner, SessionKey};

/// The claims that were read, as they become with each booking that is decided.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    provider: &'a ProviderId,
    resources: &'a [Resource],
    rows: Vec<ClaimRow>,
    /// Sessions that have rows in the store, also those that nobody sits in any more.
    laid: Vec<SessionKey>,
    /// Where the search for a free unit begins.
    seed: u64,
}

impl<'a> Claims<'a> {
    pub(super) fn new(
        provider: &'a ProviderId,
        resources: &'a [Resource],
        (rows, seed): (&[ClaimRow], u64),
        now: DateTime<Utc>,
    ) -> Claims<'a> {
        // What has lapsed blocks nobody; the engine lets it expire before anything is laid there.
        let mut lapsed: Vec<&Owner> = rows
            .iter()
            .filter(|row| {
                row.claim
                    .as_ref()
                    .is_some_and(|claim| is_lapsed(claim, now))
            })
            .map(|row| &row.owner)
            .collect();
        lapsed.sort_unstable();
        let live = rows
            .iter()
            .filter(|row| lapsed.binary_search(&&row.owner).is_err());
        let mut live: Vec<ClaimRow> = live.cloned().collect();
        let sessions: Vec<SessionKey> = live
            .iter()
            .filter_map(|row| {
                let seated = row.claim.as_ref().filter(|claim| claim.session);
                seated.map(|claim| session_of(&row.resource, claim))
            })
            .collect();
        let mut laid: Vec<SessionKey> = Vec::new();
        for row in rows {
            if let Owner::Session(key) = &row.owner
                && !laid.contains(key)
            {
                laid.push(key.clone());
            }
        }
        live.retain(|row| match &row.owner {
            Owner::Session(key) => sessions.contains(key),
            Owner::Booking(_) => true,
        });
        Claims {
            provider,
            resources,
            rows: live,
            laid,
            seed,
        }
    }

    /// Lays the claims of a booking as it is now, in place of those that it had before.
    pub(super) fn replace(
        &mut self,
        before: Option<&Booking>,
        after: &Booking,
        now: DateTime<Utc>,
    ) -> Result<Vec<Change>, Refusal> {
        let had = before.is_some_and(|booking| booking.claims().next().is_some());
        let same = before.is_some_and(|before| before.claims().eq(after.claims()));
        if same || (!had && after.claims().next().is_none()) {
            return Ok(Vec::new());
        }
        let owner = Owner::Booking(after.id.clone());
        self.rows.retain(|row| row.owner != owner);
        let rows = self.rows_of(after, &owner, now)?;
        self.rows.extend(rows.iter().cloned());
        let mut changes = self.sessions(before, after, now)?;
        changes.push(Change::ReplaceClaims {
            provider: self.provider.clone(),
            owner,
            had,
            rows,
        });
        Ok(changes)
    }

    fn rows_of(
        &self,
        booking: &Booking,
        owner: &Owner,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimRow>, Refusal> {
        let mut rows: Vec<ClaimRow> = Vec::new();
        let occupies = booking.status.occupies();
        // Who books knowingly over a conflict takes time that others have, and is not guarded.
        let guarded = occupies && booking.overridden.is_none();
        for (take, (resource, claim)) in booking.takes.iter().zip(booking.claims()) {
            let padded = padded(&claim);
            let guard = self.guard_span(resource, &claim, padded);
            let lay = |rows: &mut Vec<ClaimRow>, unit, span, claim| {
                let number = u32::try_from(rows.len()).expect("takes are limited");
                rows.push(ClaimRow {
                    resource: resource.clone(),
                    owner: owner.clone(),
                    number,
                    unit,
                    span,
                    claim,
                    decided_at: now,
                });
            };
            let units = if !guarded {
                Vec::new()
            } else if claim.session {
                self.seats(resource, &claim, take)
            } else {
                self.units(resource, guard, (take.units.get(), &rows))?
            };
            match units.as_slice() {
                [(unit, span)] if *span == padded => {
                    lay(&mut rows, Some(*unit), padded, Some(claim));
                }
                units => {
                    lay(&mut rows, None, padded, Some(claim));
                    for (unit, span) in units {
                        lay(&mut rows, Some(*unit), *span, None);
                    }
                }
            }
        }
        Ok(rows)
    }

    /// What a claim takes that nobody else may have: its buffers too, unless neighbours may share
    /// theirs.
    fn guard_span(&self, id: &ResourceId, claim: &Claim, padded: Interval) -> Interval {
        match self.resource(id).map(|each| each.buffer_rule) {
            Some(BufferRule::Max) => claim.interval,
            _ => padded,
        }
    }

    fn resource(&self, id: &ResourceId) -> Option<&'a Resource> {
        self.resources.iter().find(|each| each.id == *id)
    }

    /// Free units for the whole of a span, as many at any instant as are wanted; each with the time
    /// that it is taken for.
    pub(super) fn units(
        &self,
        resource: &ResourceId,
        span: Interval,
        (count, own): (u32, &[ClaimRow]),
    ) -> Result<Vec<(i64, Interval)>, Refusal> {
        let capacity = self
            .resource(resource)
            .map_or(1, |each| i64::from(each.capacity.get()));
        if capacity == 1 && count == 1 {
            return Ok(vec![(0, span)]);
        }
        let capacity = capacity.min(UNITS_MAX);
        let mut taken: Vec<(i64, Interval)> = self
            .rows
            .iter()
            .chain(own)
            .filter(|row| row.resource == *resource && row.span.overlaps(span))
            .filter_map(|row| Some((row.unit?, row.span)))
            .collect();
        let mut pieces = Vec::new();
        for lane in 0..count {
            let mut at = span.start_timestamp();
            while at < span.end_timestamp() {
                let first = self.seed.wrapping_add(u64::from(lane));
                let (unit, until) =
                    longest_free(&taken, capacity, (at, span.end_timestamp()), first)
                        .ok_or_else(not_free)?;
                let piece = Interval::from_timestamps(at, until)
                    .map_err(|_| Refusal::from(Rejection::TimeOutOfRange))?;
                taken.push((unit, piece));
                pieces.push((unit, piece));
                at = until;
            }
        }
        Ok(pieces)
    }

    /// A unit for each seat on a session's primary resource.
    fn seats(&self, resource: &ResourceId, claim: &Claim, take: &Take) -> Vec<(i64, Interval)> {
        if claim.with.is_some() {
            return Vec::new();
        }
        let base = seat_base(&session_of(resource, claim));
        let taken: Vec<i64> = self
            .rows
            .iter()
            .filter(|row| row.resource == *resource && row.span.overlaps(claim.interval))
            .filter_map(|row| row.unit)
            .collect();
        (0..UNITS_MAX)
            .map(|seat| base + seat)
            .filter(|unit| !taken.contains(unit))
            .take(take.units.get() as usize)
            .map(|unit| (unit, claim.interval))
            .collect()
    }

    /// The rows of the sessions that a booking joins or leaves.
    fn sessions(
        &mut self,
        before: Option<&Booking>,
        after: &Booking,
        now: DateTime<Utc>,
    ) -> Result<Vec<Change>, Refusal> {
        let mut keys: Vec<SessionKey> = Vec::new();
        for booking in before.into_iter().chain([after]) {
            let sessions = booking.claims().filter(|(_, claim)| claim.session);
            for (resource, claim) in sessions {
                let key = session_of(resource, &claim);
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys.sort_unstable();
        let mut changes = Vec::new();
        for key in keys {
            changes.extend(self.session(&key, now)?);
        }
        Ok(changes)
    }

    fn session(&mut self, key: &SessionKey, now: DateTime<Utc>) -> Result<Option<Change>, Refusal> {
        let owner = Owner::Session(key.clone());
        let member = |row: &&ClaimRow| {
            row.resource == key.resource
                && row.claim.as_ref().is_some_and(|claim| {
                    claim.session && !claim.done && session_of(&key.resource, claim) == *key
                })
        };
        let hull = self
            .rows
            .iter()
            .filter(member)
            .map(|row| row.span)
            .reduce(hull);
        let held: Vec<Interval> = self.spans_of(&owner);
        let had = self.laid.contains(key);
        let covers = hull.is_some_and(|hull| held.as_slice() == [hull]);
        if covers || (hull.is_none() && !had) {
            return Ok(None);
        }
        self.rows.retain(|row| row.owner != owner);
        let units = match hull {
            Some(hull) => self.units(&key.resource, hull, (1, &[]))?,
            None => Vec::new(),
        };
        let rows: Vec<ClaimRow> = (0..)
            .zip(units)
            .map(|(number, (unit, span))| ClaimRow {
                resource: key.resource.clone(),
                owner: owner.clone(),
                number,
                unit: Some(unit),
                span,
                claim: None,
                decided_at: now,
            })
            .collect();
        self.rows.extend(rows.iter().cloned());
        self.laid.retain(|laid| laid != key);
        if !rows.is_empty() {
            self.laid.push(key.clone());
        }
        Ok(Some(Change::ReplaceClaims {
            provider: self.provider.clone(),
            owner,
            had,
            rows,
        }))
    }

    fn spans_of(&self, owner: &Owner) -> Vec<Interval> {
        let rows = self.rows.iter().filter(|row| row.owner == *owner);
        rows.map(|row| row.span).collect()
    }
}

/// The unit that is free for longest from an instant on, and until when; the search begins at
/// `first`.
fn longest_free(
    taken: &[(i64, Interval)],
    capacity: i64,
    (at, end): (i64, i64),
    first: u64,
) -> Option<(i64, i64)> {
    let size = u64::try_from(capacity).ok()?;
    let mut best: Option<(i64, i64)> = None;
    // More units than there are rows need not be looked at: one of them is free.
    let tries = size.min(taken.len() as u64 + 1);
    for step in 0..tries {
        let unit = i64::try_from(first.wrapping_add(step) % size).ok()?;
        let mut until = end;
        for (_, span) in taken.iter().filter(|(each, _)| *each == unit) {
            if span.start_timestamp() <= at && at < span.end_timestamp() {
                until = at;
                break;
            }
            if span.start_timestamp() > at {
                until = until.min(span.start_timestamp());
            }
        }
        if until == end {
            return Some((unit, end));
        }
        if until > at && best.is_none_or(|(_, longest)| until > longest) {
            best = Some((unit, until));
        }
    }
    best
}

/// Whether a claim is that of a hold or a pending booking that has lapsed.
pub(super) fn is_lapsed(claim: &Claim, now: DateTime<Utc>) -> bool {
    claim.expires_at.is_some_and(|expires| expires <= now)
}

/// The time of a claim with its buffers.
fn padded(claim: &Claim) -> Interval {
    pad(
        claim.interval,
        claim.buffer_before_minutes,
        claim.buffer_after_minutes,
    )
}

fn pad(interval: Interval, before: Minutes, after: Minutes) -> Interval {
    let start = interval.start() - before.duration();
    let end = interval.end() + after.duration();
    Interval::new(start, end).unwrap_or(interval)
}

fn hull(a: Interval, b: Interval) -> Interval {
    let start = a.start_timestamp().min(b.start_timestamp());
    let end = a.end_timestamp().max(b.end_timestamp());
    Interval::from_timestamps(start, end).expect("a hull is no smaller than its parts")
}

/// The session that a claim is part of.
fn session_of(resource: &ResourceId, claim: &Claim) -> SessionKey {
    let service = claim.service.clone();
    SessionKey {
        resource: resource.clone(),
        leader: claim.with.clone().unwrap_or_else(|| resource.clone()),
        service: service.expect("a seat is one of a service"),
        start: claim.interval.start_timestamp(),
        end: claim.interval.end_timestamp(),
    }
}

/// Where the seats of a session begin: beyond all units, and apart from other sessions.
fn seat_base(session: &SessionKey) -> i64 {
    let text = Owner::Session(session.clone()).to_string();
    let digest = Sha256::digest(text.as_bytes());
    let hash = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    (i64::from(hash) + 1) * UNITS_MAX
}

fn not_free() -> Refusal {
    let reasons = Vec::new();
    Rejection::SlotNotFree { reasons }.into()
}
