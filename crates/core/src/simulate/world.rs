use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Decided, Line, Previewed, Refused, Setting, Shown, Ticked, Told};
use crate::availability::{QueryError, QueryFault};
use crate::booking::decide::decide;
use crate::booking::{Booking, Command, Deadline, Decision, Event, Rejection};
use crate::fees::RefundPreview;
use crate::id::BookingId;
use crate::idempotency::{IdempotencyKey, Judgement, Record, RequestHash, judge};
use crate::json;
use crate::limits::STORY_SIZE_MAX;

/// Everything that there is in a story.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub(super) setting: Setting,
    pub(super) bookings: BTreeMap<BookingId, Booking>,
    /// The latest instant at which anything was decided.
    pub(super) decided_until: Option<DateTime<Utc>>,
    events: Vec<Event>,
    keys: HashMap<IdempotencyKey, (Record, Told)>,
}

/// What a line is answered with, and whether that was said before.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What is said.
    pub told: Told,
    /// Whether the line repeats a request under its key, so that this is the first answer again.
    pub replayed: bool,
}

impl World {
    /// Answers a line of JSON with one line of JSON, without a line break.
    ///
    /// # Errors
    ///
    /// [`QueryError`] with a pointer to what is wrong with the line, and when the story has more
    /// bookings or keys than [`STORY_SIZE_MAX`]. Nothing has happened then.
    pub fn answer(&mut self, text: &str) -> Result<String, QueryError> {
        let line: Line = json::parse(text)?;
        let told = self.take_in(line)?.told;
        Ok(serde_json::to_string(&told).expect("answers have string keys and no failing parts"))
    }

    /// Answers a line.
    ///
    /// # Errors
    ///
    /// [`QueryError`] when the story has more bookings or keys than [`STORY_SIZE_MAX`].
    pub fn take_in(&mut self, line: Line) -> Result<Answer, QueryError> {
        let told = match line {
            Line::Note(_) => Told::Noted { ok: true },
            Line::Set(setting) => {
                self.setting.merge(*setting);
                Told::Noted { ok: true }
            }
            Line::Command {
                at,
                booking,
                command,
                key: None,
            } => {
                self.check_size()?;
                self.command(&booking, &command, at)
            }
            Line::Command {
                at,
                booking,
                command,
                key: Some(key),
            } => {
                self.check_size()?;
                return Ok(self.request(key, (&booking, &command), at));
            }
            Line::Tick { at } => self.tick(at),
            Line::Show { at, booking } => match self.bookings.get(&booking) {
                Some(booking) => Told::Shown(Box::new(Shown::new(booking, at))),
                None => not_there(&booking, at),
            },
            Line::Preview { at, booking, by } => match self.preview(&booking, by, at) {
                Ok(preview) => Told::Previewed(Box::new(Previewed {
                    at,
                    booking,
                    ok: true,
                    preview,
                })),
                Err(rejection) => refused(rejection, &booking, at),
            },
        };
        Ok(Answer {
            told,
            replayed: false,
        })
    }

    /// A booking as it is kept.
    pub fn booking(&self, id: &BookingId) -> Option<&Booking> {
        self.bookings.get(id)
    }

    /// All bookings, in the order of their ids.
    pub fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values()
    }

    /// Everything that happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    fn check_size(&self) -> Result<(), QueryError> {
        if self.bookings.len() < STORY_SIZE_MAX && self.keys.len() < STORY_SIZE_MAX {
            return Ok(());
        }
        let fault = QueryFault::OverLimit {
            what: "bookings or keys of a story",
            limit: "STORY_SIZE_MAX",
            maximum: u64::try_from(STORY_SIZE_MAX).unwrap_or(u64::MAX),
        };
        Err(fault.at(""))
    }

    /// A request that may be repeated: the second time nothing happens, and the answer is the same.
    fn request(
        &mut self,
        key: IdempotencyKey,
        (booking, command): (&BookingId, &Command),
        at: DateTime<Utc>,
    ) -> Answer {
        #[derive(Serialize)]
        struct Request<'a> {
            booking: &'a BookingId,
            command: &'a Command,
        }
        let hash = RequestHash::of(&Request { booking, command });
        let known = self.keys.get(&key);
        let told = match (judge(known.map(|(record, _)| record), hash), known) {
            (Ok(Judgement::Replay), Some((_, told))) => {
                return Answer {
                    told: told.clone(),
                    replayed: true,
                };
            }
            (Err(error), _) => {
                let refused = Refused::repeated(error, booking, command.action(), at);
                Told::Refused(Box::new(refused))
            }
            (Ok(_), _) => {
                let told = self.command(booking, command, at);
                // A refusal has no effect and is not kept: asked again, the request may be granted.
                if told.is_ok() {
                    let record = Record {
                        hash,
                        answered: true,
                    };
                    self.keys.insert(key, (record, told.clone()));
                }
                told
            }
        };
        Answer {
            told,
            replayed: false,
        }
    }

    fn command(&mut self, booking: &BookingId, command: &Command, at: DateTime<Utc>) -> Told {
        let action = command.action();
        let snapshot = self.snapshot(booking, command, at);
        match decide(&snapshot, command, at) {
            Ok(decision) => {
                self.keep(&decision);
                Told::Decided(Box::new(Decided::new(decision, action, at)))
            }
            Err(rejection) => {
                let refused = Refused::new(rejection, booking, Some(action), at);
                Told::Refused(Box::new(refused))
            }
        }
    }

    /// Keeps a decision whole, as a host does in one transaction.
    fn keep(&mut self, decision: &Decision) {
        let booking = &decision.booking;
        self.events.extend(decision.events.iter().cloned());
        self.decided_until = self.decided_until.max(Some(booking.updated_at));
        self.bookings.insert(booking.id.clone(), booking.clone());
        if let Some(successor) = &decision.successor {
            self.keep(successor);
        }
    }

    /// Fires what is due, the earliest first; what falls due by that is fired as well.
    fn tick(&mut self, at: DateTime<Utc>) -> Told {
        let mut fired = Vec::new();
        // What is refused, or does not go away, is not fired again before its booking has changed.
        let mut tried = HashSet::new();
        while let Some((deadline, id, version)) = self.next_due(at, &tried) {
            let booking = self.bookings.get(&id);
            let command = booking.and_then(|booking| deadline.kind.command(booking));
            if let Some(command) = command {
                fired.push(self.command(&id, &command, at));
            }
            tried.insert((deadline, id, version));
        }
        Told::Ticked(Ticked {
            at,
            ok: true,
            fired,
        })
    }

    fn next_due(
        &self,
        at: DateTime<Utc>,
        tried: &HashSet<(Deadline, BookingId, u64)>,
    ) -> Option<(Deadline, BookingId, u64)> {
        let due = self.bookings.values().flat_map(|booking| {
            let due = booking.due(at);
            due.map(|deadline| (deadline, booking.id.clone(), booking.version))
        });
        due.filter(|each| !tried.contains(each)).min()
    }

    fn preview(
        &self,
        booking: &BookingId,
        by: crate::booking::Actor,
        at: DateTime<Utc>,
    ) -> Result<RefundPreview, Rejection> {
        let booking = self.bookings.get(booking).ok_or(Rejection::NotFound)?;
        booking.cancellation_preview(by, at)
    }
}

fn not_there(booking: &BookingId, at: DateTime<Utc>) -> Told {
    refused(Rejection::NotFound, booking, at)
}

fn refused(rejection: Rejection, booking: &BookingId, at: DateTime<Utc>) -> Told {
    Told::Refused(Box::new(Refused::new(rejection, booking, None, at)))
}
