//! Nothing lost, nothing twice, nothing that nobody asked for.

use std::collections::{BTreeMap, HashMap};

use super::states::{Lives, State};
use super::{Report, Rule};
use crate::history::{Asked, Kind, Outcome, Reply};
use crate::tables::Tables;

/// What may be answered.
const CODES: [&str; 15] = [
    "slot-not-free",
    "version-conflict",
    "hold-expired",
    "booking-ended",
    "wrong-state",
    "hold-quota",
    "same-time",
    "idempotency-in-flight",
    "store-contended",
    "store-unavailable",
    "store-unknown",
    "store-overloaded",
    "store-timed-out",
    "store-full",
    "store-closed",
];

pub(super) fn check(asked: &[Asked], tables: &Tables, lives: &Lives, report: &mut Report) {
    for each in asked {
        protocol(each, report);
        one_answer(each, report);
        if let Some(reply) = each.reply() {
            stored(each, reply, lives, report);
        }
    }
    customers(asked, lives, report);
    explained(asked, lives, report);
    rows(tables, lives, report);
}

fn protocol(asked: &Asked, report: &mut Report) {
    if asked.settled().is_none() {
        report.add(Rule::Protocol, format!("never settled: {asked:?}"));
    }
    for attempt in &asked.attempts {
        if let Outcome::Refused { code, message } = &attempt.outcome
            && !CODES.contains(&code.as_str())
        {
            let kind = asked.kind;
            report.add(Rule::Protocol, format!("{kind:?}: `{code}`, {message}"));
        }
    }
}

/// All sendings of a request have the same effect and the same answer.
fn one_answer(asked: &Asked, report: &mut Report) {
    let mut replies = asked.attempts.iter().filter_map(|each| each.reply());
    let Some(first) = replies.next() else { return };
    let of = |reply: &Reply| (reply.booking.id.clone(), reply.booking.version);
    for other in replies {
        if of(first) != of(other) {
            let what = format!("{:?} and {:?} under one key", of(first), of(other));
            report.add(Rule::Duplicate, what);
        } else if first.digest != other.digest {
            report.add(Rule::ReplayDiffers, format!("{:?}", of(first)));
        }
    }
    let fresh = asked.attempts.iter().filter(|each| {
        let again = matches!(each.outcome, Outcome::Done { replayed: true, .. });
        each.is_done() && !again
    });
    if fresh.count() > 1 {
        report.add(
            Rule::Duplicate,
            format!("done twice: {:?}", first.booking.id),
        );
    }
    let known = asked.effective();
    let late = |each: &&crate::history::Attempt| {
        each.invoked > known && each.refusal().is_some_and(crate::history::is_final)
    };
    if let Some(refused) = asked.attempts.iter().find(late) {
        let what = format!("{refused:?} after {:?}", of(first));
        report.add(Rule::ReplayDiffers, what);
    }
    let version = first.booking.version;
    if asked
        .expected_version
        .is_some_and(|seen| seen + 1 != version)
    {
        report.add(Rule::StaleVersion, format!("{asked:?}"));
    }
}

/// What was acknowledged is in the log, and was what the answer said.
fn stored(asked: &Asked, reply: &Reply, lives: &Lives, report: &mut Report) {
    let told = &reply.booking;
    let life = lives.get(&told.id);
    let state = life.and_then(|life| life.iter().find(|state| state.version == told.version));
    let same = |state: &&State| {
        state.slot == told.slot
            && state.takes == told.takes
            && state.action == asked.kind.action()
            && state.active == told.status.occupies()
            && state.customer == asked.customer
    };
    if state.filter(same).is_none() {
        let what = format!("`{}` version {} of {asked:?}", told.id, told.version);
        report.add(Rule::Lost, what);
    }
    if asked.kind.books() && asked.kind != Kind::Reschedule {
        let wanted = asked.want.map(|want| want.start);
        if wanted != Some(told.slot.start_timestamp()) {
            report.add(Rule::Protocol, format!("another slot: {asked:?}"));
        }
    }
}

/// As many bookings as requests for one that were acknowledged.
fn customers(asked: &[Asked], lives: &Lives, report: &mut Report) {
    let mut wanted: HashMap<&str, usize> = HashMap::new();
    for each in asked {
        if matches!(each.kind, Kind::Create | Kind::Hold) && each.reply().is_some() {
            *wanted.entry(&each.customer).or_default() += 1;
        }
    }
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for life in lives.values() {
        if let Some(state) = life.first() {
            *found.entry(&state.customer).or_default() += 1;
        }
    }
    for (customer, count) in found {
        let most = wanted.get(customer).copied().unwrap_or(0);
        if count > most && most > 0 {
            let what = format!("`{customer}` asked for {most} and has {count}");
            report.add(Rule::Duplicate, what);
        }
    }
}

/// Each change was asked for by exactly one request.
fn explained(asked: &[Asked], lives: &Lives, report: &mut Report) {
    let mut by: HashMap<(&str, u64), usize> = HashMap::new();
    for reply in asked.iter().filter_map(Asked::reply) {
        let place = (reply.booking.id.as_str(), reply.booking.version);
        *by.entry(place).or_default() += 1;
    }
    for (booking, life) in lives {
        for state in life {
            let place = (booking.as_str(), state.version);
            match by.get(&place) {
                None if state.action == "expire" => {}
                None => report.add(Rule::Ghost, format!("`{booking}`: {state:?}")),
                Some(1) => {}
                Some(_) => report.add(Rule::Lost, format!("two requests made {place:?}")),
            }
        }
    }
}

/// The table says what the log says.
fn rows(tables: &Tables, lives: &Lives, report: &mut Report) {
    for stored in &tables.bookings {
        let last = lives.get(&stored.id).and_then(|life| life.last());
        let same = last.is_some_and(|state| {
            state.version == stored.version
                && state.slot == stored.slot
                && state.takes == stored.takes
                && state.active == stored.status.occupies()
        });
        if !same {
            report.add(Rule::Torn, format!("{stored:?} and {last:?}"));
        }
    }
    if tables.bookings.len() != lives.len() {
        let (rows, lives) = (tables.bookings.len(), lives.len());
        report.add(Rule::Torn, format!("{rows} bookings and {lives} lives"));
    }
}
