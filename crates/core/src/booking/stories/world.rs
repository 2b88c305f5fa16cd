//! A provider, its customers, a store in memory, a clock and a payment processor.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::coverage::Coverage;
use super::oracle;
use super::processor::{Manners, Processor};
use super::random::Random;
use super::shop::{DAY_ZERO, Sheet, Shop, instant};
use crate::booking::decide::decide;
use crate::booking::{
    Action, Booking, Command, CustomerUsage, Decision, Event, Expiry, Fact, HoldToken, Rejection,
    Snapshot, Status, Terms, Wanted,
};
use crate::id::BookingId;
use crate::payment::{Answer, Instruction, PaymentFact};
use crate::time::Minutes;

/// What went wrong: an invariant that does not hold, in words.
pub(super) type Violation = String;

/// A booking, with what the story knows of it by itself.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) booking: Booking,
    pub(super) events: Vec<Event>,
    /// What was offered when it was made.
    pub(super) terms: Arc<Terms>,
    pub(super) sheet: Arc<Sheet>,
    pub(super) service: usize,
    pub(super) token: Option<HoldToken>,
    /// Whether it had lapsed at an instant at which something was decided.
    pub(super) dead: bool,
    /// What the processor was asked for.
    pub(super) asked: Vec<Instruction>,
}

/// What the host leaves out of a snapshot by mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Gap {
    #[default]
    Nothing,
    Question,
    Offer,
    Party,
}

/// Everything in a story.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) shop: Shop,
    pub(super) clock: i64,
    pub(super) decided_until: Option<DateTime<Utc>>,
    pub(super) bookings: Vec<Stored>,
    pub(super) processor: Processor,
    pub(super) coverage: Coverage,
    /// Whether decisions are checked for being the same twice, and as JSON.
    pub(super) doubts: bool,
    /// What happened, in words, when somebody wants to know.
    pub(super) tape: Option<Vec<String>>,
}

/// A decision that is to be judged.
pub(super) struct Asked<'a> {
    pub(super) at: usize,
    pub(super) before: Option<&'a Booking>,
    pub(super) command: &'a Command,
    pub(super) gap: Gap,
    pub(super) service: usize,
    /// The instant of the decision: time does not go back.
    pub(super) now: DateTime<Utc>,
}

impl World {
    pub(super) fn new(shop: Shop, manners: Manners) -> World {
        World {
            shop,
            clock: DAY_ZERO + 8 * 3_600,
            decided_until: None,
            bookings: Vec::new(),
            processor: Processor::new(manners),
            coverage: Coverage::default(),
            doubts: false,
            tape: None,
        }
    }

    pub(super) fn say(&mut self, text: impl FnOnce() -> String) {
        if let Some(tape) = &mut self.tape {
            let line = format!("{} {}", instant(self.clock).format("%d %H:%M:%S"), text());
            tape.push(line);
        }
    }

    pub(super) fn id_at(place: usize) -> BookingId {
        BookingId::new(format!("b{place}")).expect("a name")
    }

    pub(super) fn place_of(&self, id: &BookingId) -> Option<usize> {
        self.bookings.iter().position(|each| each.booking.id == *id)
    }

    /// The instant at which something about a booking is decided.
    pub(super) fn now_for(&self, at: usize) -> DateTime<Utc> {
        let updated = self.bookings.get(at).map(|each| each.booking.updated_at);
        let latest = [self.decided_until, updated].into_iter().flatten().max();
        let clock = instant(self.clock);
        latest.map_or(clock, |latest| latest.max(clock))
    }

    /// Asks for something; what follows is stored and judged.
    pub(super) fn perform(
        &mut self,
        at: usize,
        command: &Command,
        gap: Gap,
    ) -> Result<Result<(), Rejection>, Violation> {
        let before = self.bookings.get(at).map(|each| each.booking.clone());
        let wanted = wanted(command);
        let service = match (&self.bookings.get(at), wanted) {
            (Some(stored), _) => stored.service,
            (None, Some(wanted)) => self.service_of(wanted),
            (None, None) => 0,
        };
        let asked = Asked {
            at,
            before: before.as_ref(),
            command,
            gap,
            service,
            now: self.now_for(at),
        };
        let snapshot = self.snapshot(&asked);
        let clock = instant(self.clock);
        let result = decide(&snapshot, command, clock);
        self.say(|| described(at, command, &result));
        if self.doubts {
            oracle::same_again(&snapshot, command, clock, &result)?;
        }
        self.coverage.note(&asked, &result);
        oracle::judge(self, &asked, &result)?;
        match result {
            Ok(decision) => {
                if !decision.is_unchanged() {
                    self.store(&asked, decision)?;
                    oracle::everything(self)?;
                }
                Ok(Ok(()))
            }
            Err(rejection) => Ok(Err(rejection)),
        }
    }

    fn service_of(&self, wanted: &Wanted) -> usize {
        let services = &self.shop.services;
        let place = services.iter().position(|each| each.id == wanted.service);
        place.unwrap_or(0)
    }

    fn snapshot(&self, asked: &Asked<'_>) -> Snapshot {
        let action = asked.command.action();
        let decides_on_slot = matches!(
            action,
            Action::Hold
                | Action::Create
                | Action::Approve
                | Action::ConfirmPayment
                | Action::Reschedule
                | Action::Reassign
                | Action::UndoNoShow
        );
        let service = &self.shop.services[asked.service];
        let party = match (asked.before, wanted(asked.command)) {
            (Some(booking), _) => booking.party,
            (None, Some(wanted)) => wanted.party,
            (None, None) => std::num::NonZeroU32::MIN,
        };
        let customer = match (asked.before, wanted(asked.command)) {
            (Some(booking), _) => Some(&booking.customer),
            (None, wanted) => wanted.map(|wanted| &wanted.customer),
        };
        let question = (decides_on_slot && asked.gap != Gap::Question).then(|| {
            let mut question = service.question.clone();
            question.party = match asked.gap {
                Gap::Party => party.saturating_add(1),
                _ => party,
            };
            question.service.duration_minutes =
                Minutes::new(u32::try_from(service.minutes).expect("an hour")).expect("an hour");
            for stored in &self.bookings {
                for (resource, claim) in stored.booking.claims() {
                    let of = question
                        .resources
                        .iter_mut()
                        .find(|each| each.id == *resource);
                    of.expect("a known resource").claims.push(claim);
                }
            }
            question
        });
        let offers = matches!(action, Action::Hold | Action::Create | Action::Reschedule);
        Snapshot {
            booking: asked.before.cloned(),
            question,
            offer: (offers && asked.gap != Gap::Offer).then(|| service.offer.clone()),
            usage: customer.map_or_else(CustomerUsage::default, |customer| {
                self.usage(customer, asked.at, asked.now)
            }),
            decided_until: self.decided_until,
        }
    }

    /// What a customer holds and has booked, a booking left out.
    pub(super) fn usage(
        &self,
        customer: &crate::id::CustomerId,
        except: usize,
        now: DateTime<Utc>,
    ) -> CustomerUsage {
        let mut usage = CustomerUsage::default();
        for (place, stored) in self.bookings.iter().enumerate() {
            let booking = &stored.booking;
            if place == except || booking.customer != *customer {
                continue;
            }
            let lapsed = booking.due_at.is_some_and(|due| due <= now);
            match booking.status {
                Status::Held => usage.holds.extend(booking.due_at.map(Expiry)),
                Status::Pending if lapsed => {}
                Status::Pending | Status::Confirmed | Status::InProgress => usage.active += 1,
                _ => {}
            }
        }
        usage
    }

    fn store(&mut self, asked: &Asked<'_>, mut decision: Decision) -> Result<(), Violation> {
        let successor = decision.successor.take();
        self.store_one(asked.at, asked, decision)?;
        if let Some(successor) = successor {
            let at = self.bookings.len();
            if successor.booking.id != World::id_at(at) {
                return Err("the successor has an id that nobody gave it".to_owned());
            }
            self.store_one(at, asked, *successor)?;
        }
        let updated = self.bookings[asked.at].booking.updated_at;
        self.decided_until = self.decided_until.max(Some(updated));
        for stored in &mut self.bookings {
            let booking = &stored.booking;
            let waits = matches!(booking.status, Status::Held | Status::Pending);
            stored.dead |= waits && booking.due_at.is_some_and(|due| due <= updated);
        }
        Ok(())
    }

    fn store_one(
        &mut self,
        at: usize,
        asked: &Asked<'_>,
        decision: Decision,
    ) -> Result<(), Violation> {
        let Decision {
            booking,
            events,
            instructions,
            ..
        } = decision;
        for event in &events {
            if let Fact::Money(PaymentFact::RefundDropped { number }) = &event.fact {
                self.processor.give_up(&booking.id, *number);
            }
        }
        if at == self.bookings.len() {
            let service = &self.shop.services[asked.service];
            // A booking that takes another's place has the other's terms.
            let before = booking.succeeds.as_ref().and_then(|id| self.place_of(id));
            let before = before.map(|place| &self.bookings[place]);
            let stored = Stored {
                terms: before
                    .map_or(&service.offer.terms, |each| &each.terms)
                    .clone(),
                sheet: before.map_or(&service.sheet, |each| &each.sheet).clone(),
                booking: booking.clone(),
                events: Vec::new(),
                service: asked.service,
                token: token(asked.command),
                dead: false,
                asked: Vec::new(),
            };
            self.bookings.push(stored);
        }
        self.processor.know(&booking);
        let stored = &mut self.bookings[at];
        stored.booking = booking;
        stored.events.extend(events);
        stored.asked.extend(instructions.iter().cloned());
        for instruction in instructions {
            self.processor.send(instruction);
        }
        oracle::changed(self, at)
    }

    /// Passes on what the processor said; to the booking that took the place, if there is one.
    pub(super) fn deliver(
        &mut self,
        to: &BookingId,
        answer: &Answer,
        random: &mut Random,
    ) -> Result<(), Violation> {
        let mut to = to.clone();
        for _ in 0..2 {
            let Some(at) = self.place_of(&to) else {
                return Err(format!("an answer for `{to}`, which nobody made"));
            };
            let command = crate::booking::ConfirmPayment {
                by: crate::booking::Actor::System.into(),
                expected_version: None,
                answer: answer.clone(),
                code_seed: crate::booking::CodeSeed(random.code_seed()),
                successor: Some(World::id_at(self.bookings.len())),
            };
            match self.perform(at, &command.into(), Gap::Nothing)? {
                Ok(()) => return Ok(()),
                Err(Rejection::PassedOn { to: next }) => to = next,
                Err(rejection) => {
                    let code = rejection.code();
                    return Err(format!("a true answer is refused: {code}, {answer:?}"));
                }
            }
        }
        Err("a payment is passed on for ever".to_owned())
    }
}

/// What a command wants to hold or to book.
pub(super) fn wanted(command: &Command) -> Option<&Wanted> {
    match command {
        Command::Hold(command) => Some(&command.wanted),
        Command::Create(command) => command.wanted.as_ref(),
        _ => None,
    }
}

/// The secret that comes with a command.
pub(super) fn token(command: &Command) -> Option<HoldToken> {
    match command {
        Command::Hold(command) => Some(command.token),
        Command::ExtendHold(command) => Some(command.token),
        Command::Create(command) => command.token,
        Command::Cancel(command) => command.token,
        _ => None,
    }
}

fn described(at: usize, command: &Command, result: &Result<Decision, Rejection>) -> String {
    let json = serde_json::to_string(command).unwrap_or_default();
    match result {
        Ok(decision) if decision.is_unchanged() => format!("b{at} {json} -> unchanged"),
        Ok(decision) => {
            let booking = &decision.booking;
            let facts: Vec<String> = decision.events.iter().map(fact).collect();
            let state = booking.money_state();
            let status = booking.status;
            format!("b{at} {json} -> {status}, {state:?}: {}", facts.join("; "))
        }
        Err(rejection) => format!("b{at} {json} -> {}: {rejection}", rejection.code()),
    }
}

fn fact(event: &Event) -> String {
    match &event.fact {
        Fact::Held {
            expires_at,
            opening,
            ..
        } => {
            format!("held {} until {expires_at}", opening.slot.start())
        }
        Fact::Booked {
            due_at, opening, ..
        } => {
            let start = opening.as_ref().map(|opening| opening.slot.start());
            format!("booked {start:?}, due {due_at:?}")
        }
        Fact::Money(fact) => serde_json::to_string(fact).unwrap_or_default(),
        Fact::Completed { .. } => "completed".to_owned(),
        Fact::Rescheduled { slot, .. } => format!("moved to {}", slot.start()),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
