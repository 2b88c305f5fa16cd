//! "Not free" is told only when it was taken, or may have been, at some moment of the request.

use std::collections::HashMap;

use super::occupancy::{Piece, over_capacity};
use super::states::{Lives, State};
use super::{Report, Rule};
use crate::history::{Asked, Want};
use crate::world::{DAY, MINUTE, Service, resource_of, service_of};

/// A state of a booking, and the time in which it may have been that of the table.
#[derive(Clone, Copy, Debug)]
struct Phase<'a> {
    booking: &'a str,
    state: &'a State,
    from: u64,
    to: u64,
}

type Phases<'a> = HashMap<(&'a str, &'a str, i64), Vec<Phase<'a>>>;

pub(super) fn check(asked: &[Asked], lives: &Lives, report: &mut Report) {
    let phases = phases(asked, lives);
    for each in asked {
        let Some(want) = each.want else { continue };
        let taken = each
            .attempts
            .iter()
            .filter(|attempt| attempt.refusal() == Some("slot-not-free"));
        for attempt in taken {
            let during = (attempt.invoked, attempt.returned);
            if !possibly_taken(each, want, during, &phases) {
                report.add(Rule::Unjustified, format!("{each:?}"));
            }
        }
    }
}

fn phases<'a>(asked: &'a [Asked], lives: &'a Lives) -> Phases<'a> {
    let mut by: HashMap<(&str, u64), &Asked> = HashMap::new();
    for each in asked {
        if let Some(reply) = each.reply() {
            by.insert((&reply.booking.id, reply.booking.version), each);
        }
    }
    let mut phases = Phases::new();
    for (booking, life) in lives {
        for state in life.iter().filter(|state| state.active) {
            let made = by.get(&(booking.as_str(), state.version));
            let ended = by.get(&(booking.as_str(), state.version + 1));
            let phase = Phase {
                booking,
                state,
                from: made.map_or(0, |asked| asked.invoked()),
                to: ended.map_or(u64::MAX, |asked| asked.effective()),
            };
            let day = state.slot.start_timestamp().div_euclid(DAY);
            for take in &state.takes {
                let key = (state.provider.as_str(), take.resource.as_str(), day);
                phases.entry(key).or_default().push(phase);
            }
        }
    }
    phases
}

fn possibly_taken(asked: &Asked, want: Want, during: (u64, u64), phases: &Phases<'_>) -> bool {
    let service = service_of(want.service);
    let day = want.start.div_euclid(DAY);
    let others = |resource: &'static str| {
        let all = phases.get(&(asked.provider.as_str(), resource, day));
        let all = all.map_or(&[][..], Vec::as_slice);
        all.iter().filter(|phase| {
            phase.from <= during.1
                && during.0 <= phase.to
                && phase.state.due.is_none_or(|due| due > asked.now)
                && Some(phase.booking) != asked.booking.as_deref()
        })
    };
    let resources = service.needs.iter().copied().flatten();
    let begins = resources.flat_map(|id| others(id).map(|phase| phase.from.max(during.0)));
    let mut moments: Vec<u64> = begins.collect();
    moments.push(during.0);
    moments.into_iter().any(|moment| {
        let blocked = |resource: &&'static str| {
            let there = others(resource).filter(|each| each.from <= moment && moment <= each.to);
            let there: Vec<&State> = there.map(|phase| phase.state).collect();
            is_full(resource, (service, want), &there)
        };
        service.needs.iter().any(|role| role.iter().all(blocked))
    })
}

/// Whether a resource has no place for what is wanted beside what is there.
fn is_full(resource: &str, (service, want): (Service, Want), there: &[&State]) -> bool {
    let limits = resource_of(resource);
    let mut bookings: Vec<(i64, &str)> = there
        .iter()
        .map(|state| (state.slot.start_timestamp(), state.customer.as_str()))
        .collect();
    bookings.sort_unstable();
    bookings.dedup();
    if limits.per_day.is_some_and(|most| bookings.len() >= most) {
        return true;
    }
    let is_primary = service.needs[0].contains(&resource);
    let mut pieces = vec![Piece {
        service: service.id,
        session: service.seats > 1,
        units: if is_primary { want.party } else { 1 },
        start: want.start,
        end: want.start + (service.minutes + service.buffer_after) * MINUTE,
        slot: want.start,
        own: true,
    }];
    pieces.extend(there.iter().flat_map(|state| {
        let of_resource = state
            .taken()
            .filter(|(take, _, _)| take.resource.as_str() == resource);
        of_resource.map(|(take, start, end)| Piece {
            service: &state.service,
            session: take.session,
            units: take.units.get(),
            start,
            end,
            slot: state.slot.start_timestamp(),
            own: false,
        })
    }));
    let own = pieces[0];
    let starts = pieces.iter().map(|piece| piece.start);
    starts
        .filter(|at| own.start <= *at && *at < own.end)
        .any(|at| {
            let at_once = pieces
                .iter()
                .filter(|each| each.start <= at && at < each.end);
            over_capacity(limits.capacity, at_once.copied())
        })
}

/// Whether somebody was refused a slot in a round while somebody else, who was in flight at the
/// same moment, got time that overlaps it.
pub(super) fn collide(round: &[&Asked]) -> bool {
    let winners = || {
        round
            .iter()
            .filter(|each| each.kind.books() && each.want.is_some() && each.reply().is_some())
    };
    let losers = round
        .iter()
        .filter(|each| each.refusal() == Some("slot-not-free"));
    losers.into_iter().any(|loser| {
        winners().any(|winner| meet(loser, winner) && in_flight_together(loser, winner))
    })
}

fn meet(a: &Asked, b: &Asked) -> bool {
    let (Some(x), Some(y)) = (a.want, b.want) else {
        return false;
    };
    let (of_x, of_y) = (service_of(x.service), service_of(y.service));
    let end = |want: Want, service: Service| {
        want.start + (service.minutes + service.buffer_after) * MINUTE
    };
    let shares = of_x.needs.iter().copied().flatten().any(|id| {
        of_y.needs
            .iter()
            .copied()
            .flatten()
            .any(|other| other == id)
    });
    let limited = of_x
        .needs
        .iter()
        .copied()
        .flatten()
        .any(|id| resource_of(id).per_day.is_some());
    let overlaps = x.start < end(y, of_y) && y.start < end(x, of_x);
    a.provider == b.provider && shares && (overlaps || limited)
}

fn in_flight_together(a: &Asked, b: &Asked) -> bool {
    a.attempts.iter().any(|x| {
        b.attempts
            .iter()
            .any(|y| x.invoked < y.returned && y.invoked < x.returned)
    })
}
