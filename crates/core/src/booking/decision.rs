use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Booking, By, Event, Fact, Offer, Rejection};
use crate::availability::Query;
use crate::id::BookingId;
use crate::ledger::Entry;
use crate::money::Money;
use crate::payment::{Instruction, PaymentError, PaymentFact, RefundReason, next_fact};
use crate::sabotage::sabotaged;
use crate::time::text::serde_form;

/// Everything that a decision rests on, read in one go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Snapshot {
    /// The booking that the command is about, when it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<Booking>,
    /// The question for bookable starts, with the party and the duration that are wanted and the
    /// claims of all others; for whatever leads to a state that takes time. Its `now`, window and
    /// `booking` do not matter here, but for the claims: each has its `booking` and a hold's also
    /// its `expiresAt`, so that the booking's own and lapsed ones are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Query>,
    /// What the service is offered under; for holding and booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// What the customer holds and has booked already, this booking not counted.
    pub usage: CustomerUsage,
    /// The latest instant at which anything was decided: a clock that goes back does not revive
    /// what had lapsed by then.
    #[serde(
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    pub decided_until: Option<DateTime<Utc>>,
}

/// What a customer holds and has booked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CustomerUsage {
    /// When each of the customer's holds expires, lapsed ones included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Expiry>,
    /// How many bookings of the customer are pending, confirmed or in progress.
    pub active: u32,
}

/// When a hold expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expiry(#[serde(with = "serde_form::instant")] pub DateTime<Utc>);

/// What follows from a command: to be stored whole, or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    /// The booking afterwards.
    pub booking: Booking,
    /// What happened, in order; nothing when the command said nothing new.
    pub events: Vec<Event>,
    /// What the payment processor is to be asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<Instruction>,
    /// A booking that took this one's place, to be stored with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Box<Decision>>,
}

impl Decision {
    /// The entries of the ledger, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.events.iter().filter_map(|event| match &event.fact {
            Fact::Money(PaymentFact::Posted { entry }) => Some(entry),
            _ => None,
        })
    }

    /// Whether nothing happened.
    pub fn is_unchanged(&self) -> bool {
        self.events.is_empty()
    }
}

/// A decision that is being made: each fact is applied at once, and what follows sees it.
#[derive(Debug)]
pub(super) struct Change<'a> {
    /// Boxed, for it is handed on from step to step.
    pub(super) booking: Box<Booking>,
    events: Vec<Event>,
    instructions: Vec<Instruction>,
    by: &'a By,
    now: DateTime<Utc>,
}

impl<'a> Change<'a> {
    /// A change of a booking that is there.
    pub(super) fn of(booking: &Booking, by: &'a By, now: DateTime<Utc>) -> Change<'a> {
        Change {
            booking: Box::new(booking.clone()),
            events: Vec::with_capacity(4),
            instructions: Vec::new(),
            by,
            now,
        }
    }

    /// A booking that begins with a fact.
    pub(super) fn begin(
        id: &BookingId,
        fact: Fact,
        by: &'a By,
        now: DateTime<Utc>,
    ) -> Result<Change<'a>, Rejection> {
        let event = Event {
            booking: id.clone(),
            version: 1,
            index: 0,
            previous_sequence: None,
            sequence: 0,
            at: now,
            by: by.clone(),
            fact,
        };
        let booking = Box::new(Booking::apply(None, &event)?);
        let mut events = Vec::with_capacity(4);
        events.push(event);
        Ok(Change {
            booking,
            events,
            instructions: Vec::new(),
            by,
            now,
        })
    }

    /// Something happens.
    pub(super) fn record(mut self, fact: Fact) -> Result<Change<'a>, Rejection> {
        let index = u32::try_from(self.events.len()).map_err(|_| Rejection::EventOutOfOrder)?;
        let revisions = match fact {
            Fact::Rescheduled { .. } if sabotaged!(SequenceStays) => 0,
            Fact::Rescheduled { .. } => 1,
            // One for the message that others have left, one for that to those who come.
            Fact::Reassigned { .. } => 2,
            _ => 0,
        };
        let event = Event {
            booking: self.booking.id.clone(),
            version: self.booking.version + u64::from(index == 0),
            index,
            previous_sequence: Some(self.booking.sequence),
            sequence: self.booking.sequence + revisions,
            at: self.now,
            by: self.by.clone(),
            fact,
        };
        self.booking.take_in(&event)?;
        if let Fact::Money(fact) = &event.fact {
            let instruction = self.booking.payment.instruction(fact, &self.booking.id);
            self.instructions.extend(instruction);
        }
        self.events.push(event);
        Ok(self)
    }

    /// Something happens to the money.
    pub(super) fn money(self, fact: PaymentFact) -> Result<Change<'a>, Rejection> {
        self.record(Fact::Money(fact))
    }

    /// Money goes back: what was passed on already is taken back for it first.
    pub(super) fn refund(
        self,
        reason: RefundReason,
        amount: Money,
    ) -> Result<Change<'a>, Rejection> {
        let change = match self.booking.payment.pull_back_entry(amount)? {
            Some(entry) => self.money(PaymentFact::Posted { entry })?,
            None => self,
        };
        change.money(PaymentFact::RefundAsked { reason, amount })
    }

    /// All that follows for the money.
    pub(super) fn settle(mut self) -> Result<Change<'a>, Rejection> {
        loop {
            let claimant = self.booking.claimant()?;
            let Some(fact) = next_fact(&self.booking.payment, &claimant)? else {
                return Ok(self);
            };
            self = self.money(fact)?;
        }
    }

    /// Nothing happens: what the command says was known.
    pub(super) fn unchanged(self) -> Result<Decision, Rejection> {
        Ok(Decision {
            booking: *self.booking,
            events: Vec::new(),
            instructions: Vec::new(),
            successor: None,
        })
    }

    /// The decision, with all that follows for the money.
    pub(super) fn decide(self) -> Result<Decision, Rejection> {
        let change = self.settle()?;
        let balances = &change.booking.payment.balances;
        balances.check_conservation().map_err(PaymentError::from)?;
        Ok(change.finish())
    }

    fn finish(self) -> Decision {
        Decision {
            booking: *self.booking,
            events: self.events,
            instructions: self.instructions,
            successor: None,
        }
    }
}
