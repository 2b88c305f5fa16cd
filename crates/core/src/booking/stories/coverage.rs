//! What has to have occurred for the stories to prove anything.

use std::collections::{BTreeMap, BTreeSet};

use super::world::Asked;
use crate::booking::{Action, Actor, Decision, Fact, Rejection, Status, TABLE};
use crate::payment::{Answer, PaymentFact};

/// How often what occurred.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    pub(super) triples: BTreeMap<(Option<Status>, Action, Actor), u64>,
    pub(super) codes: BTreeMap<&'static str, u64>,
    pub(super) facts: BTreeMap<&'static str, u64>,
    pub(super) decisions: u64,
    pub(super) slots_wanted: u64,
    pub(super) slots_refused: u64,
}

/// Rejections that a story can meet; the others are of malformed prices, questions and reviews, or
/// lie beyond what a story has the time for.
const CODES: &[&str] = &[
    "actor-not-allowed",
    "amount-differs",
    "answer-differs",
    "booking-ended",
    "booking-exists",
    "booking-not-found",
    "booking-quota",
    "dispute-exists",
    "dispute-open",
    "dispute-unknown",
    "held-too-long",
    "hold-expired",
    "hold-quota",
    "hold-too-long",
    "no-show-of-other",
    "not-the-holder",
    "nothing-due",
    "nothing-failed",
    "override-needs-resources",
    "payment-passed-on",
    "reason-missing",
    "refund-not-positive",
    "refund-over-captured",
    "review-closed",
    "review-twice",
    "same-time",
    "slot-not-free",
    "snapshot-differs",
    "snapshot-incomplete",
    "too-early",
    "too-late",
    "version-conflict",
    "wrong-state",
];

const FACTS: &[&str] = &[
    "answered",
    "authorised",
    "booked",
    "cancelled",
    "captured",
    "checkedIn",
    "completed",
    "confirmed",
    "declined",
    "disputeClosed",
    "disputeLost",
    "disputeOpened",
    "disputeOpenedByBank",
    "disputeWon",
    "expired",
    "failed",
    "held",
    "holdExtended",
    "markedNoShow",
    "noShowSettled",
    "noShowUndone",
    "opened",
    "asked",
    "awaits",
    "paidOut",
    "parked",
    "passedOn",
    "payoutAsked",
    "posted",
    "priced",
    "reassigned",
    "refundAsked",
    "refundDropped",
    "refunded",
    "releaseDue",
    "released",
    "rescheduled",
    "reviewed",
    "reviewsPublished",
    "takenOver",
    "unchanged",
    "voided",
];

impl Coverage {
    pub(super) fn note(&mut self, asked: &Asked<'_>, result: &Result<Decision, Rejection>) {
        self.decisions += 1;
        let command = asked.command;
        let wants_slot = matches!(
            command.action(),
            Action::Hold | Action::Create | Action::Reschedule
        );
        self.slots_wanted += u64::from(wants_slot);
        match result {
            Err(rejection) => {
                *self.codes.entry(rejection.code()).or_default() += 1;
                let taken = matches!(rejection, Rejection::SlotNotFree { .. });
                self.slots_refused += u64::from(wants_slot && taken);
            }
            Ok(decision) => {
                let status = asked.before.map(|booking| match command.action() {
                    Action::Expire => booking.status,
                    _ => booking.status_at(asked.now),
                });
                let triple = (status, command.action(), command.by().actor);
                *self.triples.entry(triple).or_default() += 1;
                if decision.is_unchanged() {
                    *self.facts.entry("unchanged").or_default() += 1;
                }
                let successor = decision.successor.iter().flat_map(|each| &each.events);
                for event in decision.events.iter().chain(successor) {
                    for name in names(&event.fact) {
                        *self.facts.entry(name).or_default() += 1;
                    }
                }
            }
        }
    }

    pub(super) fn add(&mut self, other: &Coverage) {
        for (key, count) in &other.triples {
            *self.triples.entry(*key).or_default() += count;
        }
        for (key, count) in &other.codes {
            *self.codes.entry(key).or_default() += count;
        }
        for (key, count) in &other.facts {
            *self.facts.entry(key).or_default() += count;
        }
        self.decisions += other.decisions;
        self.slots_wanted += other.slots_wanted;
        self.slots_refused += other.slots_refused;
    }

    /// What should have occurred and did not.
    pub(super) fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for row in TABLE {
            for actor in row.actors {
                if !self.triples.contains_key(&(row.from, row.action, *actor)) {
                    missing.push(format!("{:?} {} {actor}", row.from, row.action));
                }
            }
        }
        let facts: BTreeSet<&str> = self.facts.keys().copied().collect();
        missing.extend(
            FACTS
                .iter()
                .filter(|name| !facts.contains(*name))
                .map(|name| format!("fact {name}")),
        );
        missing.extend(
            CODES
                .iter()
                .filter(|code| !self.codes.contains_key(*code))
                .map(|code| format!("code {code}")),
        );
        missing
    }

    /// Codes that were met and are not expected to be.
    pub(super) fn unexpected(&self) -> Vec<&'static str> {
        let known = |code: &&&'static str| !CODES.contains(*code);
        self.codes.keys().filter(known).copied().collect()
    }
}

fn names(fact: &Fact) -> Vec<&'static str> {
    vec![match fact {
        Fact::Held { .. } => "held",
        Fact::HoldExtended { .. } => "holdExtended",
        Fact::Booked { .. } => "booked",
        Fact::Awaits { .. } => "awaits",
        Fact::Confirmed { .. } => "confirmed",
        Fact::Declined { .. } => "declined",
        Fact::Expired => "expired",
        Fact::Cancelled { .. } => "cancelled",
        Fact::Rescheduled { .. } => "rescheduled",
        Fact::Reassigned { .. } => "reassigned",
        Fact::CheckedIn => "checkedIn",
        Fact::Completed { .. } => "completed",
        Fact::MarkedNoShow { .. } => "markedNoShow",
        Fact::NoShowUndone => "noShowUndone",
        Fact::NoShowSettled => "noShowSettled",
        Fact::Reviewed { .. } => "reviewed",
        Fact::ReviewsPublished => "reviewsPublished",
        Fact::Money(fact) => return money_names(fact),
    }]
}

fn money_names(fact: &PaymentFact) -> Vec<&'static str> {
    let name = match fact {
        PaymentFact::Priced { .. } => "priced",
        PaymentFact::Opened { .. } => "opened",
        PaymentFact::PassedOn { .. } => "passedOn",
        PaymentFact::TakenOver { .. } => "takenOver",
        PaymentFact::Asked { .. } => "asked",
        PaymentFact::RefundAsked { .. } => "refundAsked",
        PaymentFact::RefundDropped { .. } => "refundDropped",
        PaymentFact::PayoutAsked { .. } => "payoutAsked",
        PaymentFact::Answered { answer } => return vec!["answered", answer_name(answer)],
        PaymentFact::Parked { .. } => "parked",
        PaymentFact::DisputeOpened { .. } => "disputeOpened",
        PaymentFact::DisputeClosed { .. } => "disputeClosed",
        PaymentFact::Posted { .. } => "posted",
        PaymentFact::ReleaseDue { .. } => "releaseDue",
        PaymentFact::Released => "released",
    };
    vec![name]
}

fn answer_name(answer: &Answer) -> &'static str {
    match answer {
        Answer::Authorised { .. } => "authorised",
        Answer::Captured { .. } => "captured",
        Answer::Voided { .. } => "voided",
        Answer::Refunded { .. } => "refunded",
        Answer::PaidOut { .. } => "paidOut",
        Answer::Failed { .. } => "failed",
        Answer::DisputeOpened { .. } => "disputeOpenedByBank",
        Answer::DisputeWon { .. } => "disputeWon",
        Answer::DisputeLost { .. } => "disputeLost",
    }
}
