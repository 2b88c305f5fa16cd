//! Each booking's life, from its entries in the log.

use std::collections::HashMap;

use quando::booking::Take;
use quando::time::Interval;

use super::{Report, Rule};
use crate::tables::{Entry, FactOf};

/// A booking after one of its versions.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) provider: String,
    pub(crate) customer: String,
    pub(crate) service: String,
    pub(crate) slot: Interval,
    pub(crate) takes: Vec<Take>,
    /// A hold or pending booking lapses then.
    pub(crate) due: Option<i64>,
    /// Whether it takes time of its resources, unless it has lapsed.
    pub(crate) active: bool,
    pub(crate) held: bool,
    pub(crate) version: u64,
    pub(crate) action: String,
    pub(crate) at: i64,
}

impl State {
    /// Whether it takes time at an instant.
    pub(crate) fn lives(&self, now: i64) -> bool {
        self.active && self.due.is_none_or(|due| due > now)
    }

    /// What it takes of a resource: units, and from when to when with buffers.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (&Take, i64, i64)> {
        let (start, end) = (self.slot.start_timestamp(), self.slot.end_timestamp());
        self.takes.iter().map(move |take| {
            let before = i64::from(take.buffer_before_minutes.get()) * 60;
            let after = i64::from(take.buffer_after_minutes.get()) * 60;
            (take, start - before, end + after)
        })
    }
}

/// All versions of each booking.
pub(crate) type Lives = HashMap<String, Vec<State>>;

/// The lives of all bookings; gaps and versions that come twice are told.
pub(crate) fn fold(log: &[Entry], report: &mut Report) -> Lives {
    let mut lives = Lives::new();
    for entry in log {
        let life = lives.entry(entry.booking.clone()).or_default();
        let before = life.last();
        let expected = before.map_or(1, |state| state.version + 1);
        if entry.version != expected {
            let what = format!(
                "`{}` has {} after {expected} - 1",
                entry.booking, entry.version
            );
            report.add(Rule::Torn, what);
        }
        if let Some(late) = before.filter(|before| wakes_too_late(before, entry)) {
            let what = format!("{entry:?} although it was due at {:?}", late.due);
            report.add(Rule::TooLate, what);
        }
        match next(before, entry) {
            Some(state) => life.push(state),
            None => report.add(Rule::Torn, format!("`{}` begins nowhere", entry.booking)),
        }
    }
    lives
}

/// Whether a change makes a booking live that had ended, or lapsed.
fn wakes_too_late(before: &State, entry: &Entry) -> bool {
    let ends = entry.facts.iter().any(|fact| matches!(fact, FactOf::Ended));
    !ends && !before.lives(entry.at)
}

/// The state after an entry.
pub(crate) fn next(before: Option<&State>, entry: &Entry) -> Option<State> {
    let mut state = before.cloned();
    for fact in &entry.facts {
        match (fact, &mut state) {
            (FactOf::Opened(opened, due), None) => {
                state = Some(State {
                    provider: opened.provider.clone(),
                    customer: opened.customer.clone(),
                    service: opened.service.clone(),
                    slot: opened.slot,
                    takes: opened.takes.clone(),
                    due: *due,
                    active: true,
                    held: entry.action == "hold",
                    version: entry.version,
                    action: String::new(),
                    at: entry.at,
                });
            }
            (FactOf::Moved(slot, takes), Some(state)) => {
                state.slot = slot.unwrap_or(state.slot);
                state.takes.clone_from(takes);
                state.active = true;
            }
            (FactOf::Due(due), Some(state)) => {
                state.due = *due;
                state.active = true;
                state.held = false;
            }
            (FactOf::Ended, Some(state)) => state.active = false,
            (FactOf::Opened(..), Some(_)) | (_, None) => return None,
        }
    }
    let mut state = state?;
    state.version = entry.version;
    state.action.clone_from(&entry.action);
    state.at = entry.at;
    Some(state)
}
