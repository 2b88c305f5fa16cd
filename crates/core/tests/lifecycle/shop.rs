//! A shop that keeps its bookings as a host does: it reads a snapshot, asks the core, and stores
//! the decision whole or not at all. Everything that must hold of any decision is checked here,
//! once, for all tests.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use quando::availability::Query;
use quando::booking::{
    Booking, Command, CustomerUsage, Decision, Event, Expiry, Fact, Offer, Rejection, Snapshot,
    Status, decide,
};
use quando::id::BookingId;
use quando::ledger::Entry;
use quando::money::Money;
use quando::payment::{Instruction, MoneyState, PaymentFact};
use serde_json::{Value, json};

use crate::support::{instant, merge};

/// Ana and Ben cut hair for an hour and 100.00 dollars, every day from 9 to 17 (UTC). Paid on the
/// spot, without approval, unless a test says otherwise.
pub(crate) struct Shop {
    /// The question without claims.
    pub(crate) question: Query,
    /// What is offered at the moment.
    pub(crate) offer: Offer,
    bookings: BTreeMap<BookingId, Booking>,
    events: Vec<Event>,
    /// Everything that the payment processor was asked for.
    pub(crate) instructions: Vec<Instruction>,
}

impl Shop {
    /// A shop with Ana alone; the patches go into the question and into the offer.
    pub(crate) fn new(question: Value, offer: Value) -> Shop {
        Shop {
            question: crate::support::query(patched(shop_question(), question)),
            offer: serde_json::from_value(patched(shop_offer(), offer)).unwrap(),
            bookings: BTreeMap::new(),
            events: Vec::new(),
            instructions: Vec::new(),
        }
    }

    /// A shop with these rules of a booking's life.
    pub(crate) fn with_rules(rules: Value) -> Shop {
        Shop::new(json!({}), json!({"terms": {"rules": rules}}))
    }

    /// A shop in which the platform collects the money, with these further rules.
    pub(crate) fn paid(rules: Value) -> Shop {
        Shop::with_rules(patched(json!({"payment": "upFront"}), rules))
    }

    /// What a decision about a booking rests on.
    pub(crate) fn snapshot(&self, id: &str, customer: &str) -> Snapshot {
        let booking = self.bookings.get(id).cloned();
        let mut question = self.question.clone();
        for other in self.bookings.values() {
            for (resource, claim) in other.claims() {
                let mut all = question.resources.iter_mut();
                let found = all.find(|each| each.id == *resource).unwrap();
                found.claims.push(claim);
            }
        }
        let mut usage = CustomerUsage::default();
        for other in self.bookings.values() {
            if other.customer.as_str() != customer || other.id.as_str() == id {
                continue;
            }
            match other.status {
                Status::Held => usage.holds.extend(other.due_at.map(Expiry)),
                Status::Pending | Status::Confirmed => usage.active += 1,
                _ => {}
            }
        }
        Snapshot {
            booking,
            question: Some(question),
            offer: Some(self.offer.clone()),
            usage,
            decided_until: None,
        }
    }

    /// Reads, decides, stores.
    pub(crate) fn act(
        &mut self,
        id: &str,
        command: Value,
        at: &str,
    ) -> Result<Decision, Rejection> {
        let command: Command = serde_json::from_value(command).unwrap();
        self.run(id, &command, at)
    }

    /// As [`Shop::act`], with a command of the core's own.
    pub(crate) fn run(
        &mut self,
        id: &str,
        command: &Command,
        at: &str,
    ) -> Result<Decision, Rejection> {
        let customer = match command {
            Command::Hold(hold) => Some(hold.wanted.customer.clone()),
            Command::Create(create) => create.wanted.as_ref().map(|each| each.customer.clone()),
            _ => None,
        };
        let known = self.bookings.get(id).map(|each| each.customer.clone());
        let customer = customer.or(known).map_or(String::new(), String::from);
        let snapshot = self.snapshot(id, &customer);
        let decision = decide::decide(&snapshot, command, instant(at))?;
        check_decision(&snapshot, &decision);
        self.store(&decision);
        Ok(decision)
    }

    /// Stores a decision, and its successor with it.
    pub(crate) fn store(&mut self, decision: &Decision) {
        self.events.extend(decision.events.iter().cloned());
        self.instructions
            .extend(decision.instructions.iter().cloned());
        let booking = decision.booking.clone();
        self.bookings.insert(booking.id.clone(), booking);
        if let Some(successor) = &decision.successor {
            self.store(successor);
        }
        self.check_capacity();
    }

    /// A booking that is there.
    pub(crate) fn booking(&self, id: &str) -> &Booking {
        &self.bookings[id]
    }

    /// All bookings, by id.
    pub(crate) fn bookings(&self) -> Vec<Booking> {
        self.bookings.values().cloned().collect()
    }

    /// The entries of a booking's ledger, in order.
    pub(crate) fn journal(&self, id: &str) -> Vec<Entry> {
        let own = self
            .events
            .iter()
            .filter(|event| event.booking.as_str() == id);
        own.filter_map(|event| match &event.fact {
            Fact::Money(PaymentFact::Posted { entry }) => Some(entry.clone()),
            _ => None,
        })
        .collect()
    }

    /// Where a booking stands.
    pub(crate) fn status(&self, id: &str) -> Status {
        self.booking(id).status
    }

    /// Where its money stands.
    pub(crate) fn money(&self, id: &str) -> MoneyState {
        self.booking(id).money_state()
    }

    /// What happened, as names in order: `booked confirmed`.
    pub(crate) fn history(&self, id: &str) -> String {
        let mut names = Vec::new();
        for event in self
            .events
            .iter()
            .filter(|event| event.booking.as_str() == id)
        {
            let form = json!(event.fact);
            let name = form["payment"].as_str().or(form["type"].as_str()).unwrap();
            names.push(name.to_owned());
        }
        names.join(" ")
    }

    /// The keys of what the processor was asked for about a booking, in order, without the id.
    pub(crate) fn asked(&self, id: &str) -> String {
        let own = self
            .instructions
            .iter()
            .filter(|each| each.booking.as_str() == id);
        let texts: Vec<String> = own
            .map(|each| format!("{} {}", each.instruction, dollars(each.amount)))
            .collect();
        texts.join(", ")
    }

    /// The processor answers: `authorised`, `captured`, `refunded`, `paidOut` or `failed`.
    pub(crate) fn answer(&mut self, id: &str, outcome: &str, instruction: &str, at: &str) {
        self.act(id, self.answered(id, outcome, instruction), at)
            .unwrap();
    }

    /// The command for an answer of the processor.
    pub(crate) fn answered(&self, id: &str, outcome: &str, instruction: &str) -> Value {
        let mut answer = json!({"outcome": outcome, "instruction": instruction});
        if outcome == "captured" {
            let amount = self
                .instructions
                .iter()
                .find(|each| {
                    each.booking.as_str() == id && each.instruction.to_string() == instruction
                })
                .unwrap()
                .amount;
            answer["amount"] = json!(amount);
        }
        json!({"do": "confirmPayment", "by": {"actor": "system"}, "answer": answer,
            "codeSeed": "0000002a"})
    }

    /// No unit of Ana's or Ben's time is given away twice; knowingly double-booked ones aside, and
    /// those of one session.
    fn check_capacity(&self) {
        let live = self
            .bookings
            .values()
            .filter(|each| each.status.occupies() && each.overridden.is_none());
        let claims: Vec<_> = live
            .flat_map(|each| {
                each.claims()
                    .map(move |(id, claim)| (id, claim, each.updated_at))
            })
            .collect();
        for (at, (resource, claim, made)) in claims.iter().enumerate() {
            for (other, rival, rival_made) in &claims[..at] {
                let now = *made.max(rival_made);
                let lapsed = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
                let known = self
                    .question
                    .resources
                    .iter()
                    .find(|each| each.id == **resource);
                let free = resource != other
                    || claim.session && rival.session && claim.interval == rival.interval
                    || known.unwrap().capacity.get() > 1
                    || lapsed(claim.expires_at)
                    || lapsed(rival.expires_at);
                assert!(
                    free || !claim.interval.overlaps(rival.interval),
                    "{resource} is booked twice: {claim:?} {rival:?}"
                );
            }
        }
    }
}

/// What must hold of any decision.
fn check_decision(snapshot: &Snapshot, decision: &Decision) {
    let before = snapshot.booking.as_ref();
    if decision.is_unchanged() {
        assert_eq!(
            before,
            Some(&decision.booking),
            "no event, and yet a change"
        );
        assert!(
            decision.instructions.is_empty(),
            "no event, and yet an instruction"
        );
        return;
    }
    let version = before.map_or(0, |booking| booking.version);
    assert_eq!(
        decision.booking.version,
        version + 1,
        "one change is one version"
    );
    // The booking is what its events say, also after they were stored as text.
    let mut replayed = snapshot.booking.clone();
    for event in &decision.events {
        let stored: Event = serde_json::from_str(&json!(event).to_string()).unwrap();
        assert_eq!(&stored, event, "an event reads back as it was");
        replayed = Some(Booking::apply(replayed, &stored).unwrap());
    }
    assert_eq!(
        replayed.as_ref(),
        Some(&decision.booking),
        "events make the booking"
    );
    let stored: Booking = serde_json::from_str(&json!(decision.booking).to_string()).unwrap();
    assert_eq!(stored, decision.booking, "a booking reads back as it was");
    for entry in decision.entries() {
        let sum: i64 = entry
            .postings()
            .iter()
            .map(|each| each.amount.minor())
            .sum();
        assert_eq!(sum, 0, "{entry:?}");
    }
    check_books(&decision.booking);
}

/// `captured = refunded + disputed + fees + paid out + payable + held - receivable`, none below
/// zero, and never more back than was captured.
fn check_books(booking: &Booking) {
    let books = &booking.payment.balances;
    let minor = Money::minor;
    let sum: i64 = [
        books.refunded,
        books.disputed,
        books.platform_fee,
        books.processor_fee,
        books.paid_out,
        books.provider_payable,
        books.held,
    ]
    .into_iter()
    .map(minor)
    .sum();
    assert_eq!(
        books.captured.minor(),
        sum - books.provider_receivable.minor()
    );
    for account in quando::ledger::Account::ALL {
        assert!(books.of(account).minor() >= 0, "{account} of {books:?}");
    }
    let refunds: i64 = booking
        .payment
        .refunds
        .iter()
        .filter(|each| !each.dropped)
        .map(|each| each.amount.minor())
        .sum();
    assert!(refunds <= books.captured.minor(), "{refunds} of {books:?}");
    assert!(
        booking
            .payment
            .refunds
            .iter()
            .all(|each| each.amount.is_positive())
    );
}

/// A command to book an hour from a start on, by Cara; the patch goes into what is wanted.
pub(crate) fn create(id: &str, start: &str, wanted: Value) -> Value {
    json!({"do": "create", "by": {"actor": "customer"}, "codeSeed": "00000001",
        "wanted": patched(wish(id, start), wanted)})
}

/// A command to hold an hour, by Cara.
pub(crate) fn hold(id: &str, start: &str, token: u8) -> Value {
    json!({"do": "hold", "by": {"actor": "customer"}, "wanted": wish(id, start),
        "token": token_text(token)})
}

/// The secret of a holder, told apart by one number.
pub(crate) fn token_text(token: u8) -> String {
    format!("{token:02x}").repeat(32)
}

/// Any other command, with these fields.
pub(crate) fn command(what: &str, actor: &str, fields: Value) -> Value {
    patched(json!({"do": what, "by": {"actor": actor}}), fields)
}

/// What Cara wants.
pub(crate) fn wish(id: &str, start: &str) -> Value {
    json!({"booking": id, "provider": "shop", "customer": "cara", "service": "cut",
        "start": iso(start)})
}

/// `100.00 USD` as `100.00`.
pub(crate) fn dollars(amount: Money) -> String {
    amount.to_string().replace(" USD", "")
}

/// An amount of dollars as JSON.
pub(crate) fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

/// A form with a patch merged in.
pub(crate) fn patched(mut form: Value, patch: Value) -> Value {
    merge(&mut form, patch);
    form
}

fn shop_question() -> Value {
    let hours = crate::support::daily("UTC", "09:00", "17:00");
    json!({
        "window": {"from": "2026-03-01T00:00:00Z", "to": "2026-06-01T00:00:00Z"},
        "service": {"id": "cut"},
        "need": [{"anyOf": ["ana"]}],
        "resources": [{"id": "ana", "schedule": hours}, {"id": "ben", "schedule": hours}],
    })
}

fn shop_offer() -> Value {
    json!({"terms": {
        "price": {"base": {"kind": "perBooking", "price": usd("100.00")}},
        "refund": {"tiers": [
            {"hoursBefore": 48, "refund": "1.00"}, {"hoursBefore": 24, "refund": "0.50"},
        ]},
    }})
}

/// `02T09:00` as JSON has it.
pub(crate) fn iso(text: &str) -> String {
    instant(text).to_rfc3339_opts(SecondsFormat::Secs, true)
}
