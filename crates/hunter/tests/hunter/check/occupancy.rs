//! Never more than there is: at each prefix of the log, in the final table, and in the claims.

use std::collections::{BTreeMap, HashMap};

use super::states::{State, next};
use super::{Report, Rule};
use crate::history::Stored;
use crate::tables::{ClaimOf, Tables};
use crate::world::{DAY, HOLDS_MAX, resource_of, service_of};

pub(super) fn check(tables: &Tables, report: &mut Report) {
    let mut board = Board::default();
    let mut latest = 0;
    for entry in &tables.log {
        latest = latest.max(entry.at);
        let state = next(board.state(&entry.booking), entry);
        let Some(state) = state else { continue };
        board.place(&entry.booking, state);
        board.judge(&entry.booking, entry.at, report);
    }
    let mut last = Board::default();
    for stored in &tables.bookings {
        last.place(&stored.id, state_of(stored));
    }
    for stored in &tables.bookings {
        last.judge(&stored.id, latest, report);
    }
    claims(tables, report);
}

fn state_of(stored: &Stored) -> State {
    State {
        provider: stored.provider.clone(),
        customer: stored.customer.clone(),
        service: stored.service.clone(),
        slot: stored.slot,
        takes: stored.takes.clone(),
        due: stored.due_at.map(|due| due.timestamp()),
        active: stored.status.occupies(),
        held: stored.status == quando::booking::Status::Held,
        version: stored.version,
        action: String::new(),
        at: 0,
    }
}

/// All bookings as they are at one moment, by what they take.
#[derive(Debug, Default)]
struct Board {
    states: HashMap<String, State>,
    /// Bookings of a provider's resource that start on a day, and of a customer.
    by_day: HashMap<(String, String, i64), Vec<String>>,
    by_customer: HashMap<String, Vec<String>>,
}

impl Board {
    fn state(&self, booking: &str) -> Option<&State> {
        self.states.get(booking)
    }

    fn place(&mut self, booking: &str, state: State) {
        if let Some(before) = self.states.remove(booking) {
            for key in keys(&before) {
                let list = self.by_day.get_mut(&key).unwrap();
                list.retain(|each| each != booking);
            }
            let list = self.by_customer.get_mut(&before.customer).unwrap();
            list.retain(|each| each != booking);
        }
        if !state.active {
            self.states.insert(booking.to_owned(), state);
            return;
        }
        for key in keys(&state) {
            self.by_day.entry(key).or_default().push(booking.to_owned());
        }
        let list = self.by_customer.entry(state.customer.clone()).or_default();
        list.push(booking.to_owned());
        self.states.insert(booking.to_owned(), state);
    }

    /// Whether a booking fits among the others at an instant.
    fn judge(&self, booking: &str, now: i64, report: &mut Report) {
        let state = &self.states[booking];
        if !state.lives(now) {
            return;
        }
        for key in keys(state) {
            let all = self.by_day[&key].iter().map(|id| (id, &self.states[id]));
            let live: Vec<(&String, &State)> = all.filter(|(_, each)| each.lives(now)).collect();
            self.judge_resource(&key.1, (booking, state), &live, report);
        }
        let same = self.by_customer[&state.customer].iter();
        let held = same.filter(|id| self.states[*id].held && self.states[*id].lives(now));
        if held.count() > HOLDS_MAX {
            report.add(
                Rule::OverQuota,
                format!("`{}` holds too much", state.customer),
            );
        }
    }

    fn judge_resource(
        &self,
        resource: &str,
        (booking, state): (&str, &State),
        live: &[(&String, &State)],
        report: &mut Report,
    ) {
        let limits = resource_of(resource);
        if limits.per_day.is_some_and(|most| live.len() > most) {
            report.add(Rule::OverLimit, format!("`{resource}` has {live:?}"));
        }
        let taken = live.iter().flat_map(|(id, each)| {
            let of_resource = each
                .taken()
                .filter(|(take, _, _)| take.resource.as_str() == resource);
            of_resource.map(move |(take, start, end)| Piece {
                service: &each.service,
                session: take.session,
                units: take.units.get(),
                start,
                end,
                slot: each.slot.start_timestamp(),
                own: id.as_str() == booking,
            })
        });
        let pieces: Vec<Piece<'_>> = taken.collect();
        let starts = pieces.iter().map(|piece| piece.start);
        let mine = |at: &i64| {
            let mut own = pieces.iter().filter(|piece| piece.own);
            own.any(|piece| piece.start <= *at && *at < piece.end)
        };
        for at in starts.filter(mine) {
            let there = || {
                pieces
                    .iter()
                    .filter(|each| each.start <= at && at < each.end)
            };
            let full = over_capacity(limits.capacity, there().copied());
            if full {
                let what = format!("`{resource}` at {at}: {state:?} among {live:?}");
                report.add(Rule::Overbooked, what);
                return;
            }
        }
    }
}

/// Something that takes units at an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) service: &'a str,
    pub(super) session: bool,
    pub(super) units: u32,
    pub(super) start: i64,
    pub(super) end: i64,
    /// The start of the slot itself: those of one session have the same.
    pub(super) slot: i64,
    pub(super) own: bool,
}

/// Whether pieces that are all there at one instant are more than a resource has, or more than a
/// session has seats.
pub(super) fn over_capacity<'a>(capacity: u32, pieces: impl Iterator<Item = Piece<'a>>) -> bool {
    let mut units = 0;
    let mut sessions: BTreeMap<(&str, i64), u32> = BTreeMap::new();
    for piece in pieces {
        if piece.session {
            *sessions.entry((piece.service, piece.slot)).or_default() += piece.units;
        } else {
            units += piece.units;
        }
    }
    let full = |((service, _), seats): (&(&str, i64), &u32)| *seats > service_of(service).seats;
    sessions.iter().any(full) || units + u32::try_from(sessions.len()).unwrap() > capacity
}

/// The days of the resources that a booking takes. All slots of a day are within it, buffers
/// included.
fn keys(state: &State) -> impl Iterator<Item = (String, String, i64)> {
    let day = state.slot.start_timestamp().div_euclid(DAY);
    state
        .takes
        .iter()
        .map(move |take| (state.provider.clone(), take.resource.to_string(), day))
}

/// No unit is taken twice, and who takes one is a booking that may.
fn claims(tables: &Tables, report: &mut Report) {
    let mut claims: Vec<&ClaimOf> = tables.claims.iter().collect();
    claims.sort_by_key(|each| (&each.provider, &each.resource, each.unit, each.span.start()));
    for pair in claims.windows(2) {
        let unit = |each: &ClaimOf| (each.provider.clone(), each.resource.clone(), each.unit);
        if unit(pair[0]) == unit(pair[1]) && pair[0].span.overlaps(pair[1].span) {
            report.add(Rule::Overbooked, format!("claims {pair:?}"));
        }
    }
    let occupying = tables
        .bookings
        .iter()
        .filter(|each| each.status.occupies())
        .map(|each| each.id.as_str());
    let occupying: std::collections::HashSet<&str> = occupying.collect();
    let owners: std::collections::HashSet<&str> = claims
        .iter()
        .filter_map(|each| each.booking.as_deref())
        .collect();
    for id in owners.symmetric_difference(&occupying) {
        report.add(Rule::Torn, format!("claims and booking of `{id}` differ"));
    }
}
