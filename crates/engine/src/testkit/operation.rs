//! Random operations, for the test that compares a store with the one in memory.

use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::Actor;
use serde_json::{Value, json};

use super::TestEntropy;
use super::fixture::{provider, resource, service};
use super::shop::{Shop, at, coded, customer, id, key_of, keyed, operator, wanted, wanted_with};
use super::{StoreBuilder, outbox};
use crate::store::Store;
use crate::{Act, ActOn, BusyTime, Context, Expected};

/// One operation, the same on every store.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Create(Wish, Option<u64>),
    Hold(Wish, Option<u64>),
    BookHold(usize),
    Act(Actor, usize, Value),
    Service(&'static str, Value),
    Resource(&'static str, Value),
    DeleteService(&'static str, &'static str),
    Busy(&'static str, &'static str, u32),
    Person(u64),
    Erase(u64),
    Step(i64),
    Relay(u32),
    Deadlines,
}

/// What somebody wants.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    provider: &'static str,
    service: &'static str,
    customer: &'static str,
    start: DateTime<Utc>,
    party: u32,
}

/// Providers, services and resources of the model's marketplace.
const OFFERED: [(&str, &str, &str); 6] = [
    ("ana", "cut", "ana"),
    ("ana", "paid", "ana"),
    ("hall", "yoga", "floor"),
    ("hall", "talk", "floor"),
    ("hall", "boat", "boats"),
    ("hall", "visit", "floor"),
];

/// The records of a service, one of several forms.
fn record(name: &str, form: usize) -> Value {
    let more = match name {
        "paid" => {
            json!({"offer": {"terms": {"rules": {"payment": "upFront", "latePayment": "rebook"}}}})
        }
        "yoga" => json!({
            "timing": {"seats": 3, "bufferAfterMinutes": 15 * form},
            "need": [{"anyOf": ["floor"]}],
        }),
        "boat" => json!({"need": [{"anyOf": ["boats"]}]}),
        "visit" => json!({"need": [{"anyOf": ["floor", "room"]}, {"anyOf": ["boats"]}]}),
        "talk" => json!({"need": [{"anyOf": ["floor", "room"]}]}),
        _ => json!({"offer": {
            "quota": {"holds": 2, "active": 5},
            "terms": {"rules": {"approval": form == 1}},
        }}),
    };
    let step = json!({"timing": {"stepMinutes": 30}});
    service(name, super::fixture::merged(more, step))
}

/// The records of a resource, one of several forms.
fn room(name: &str, form: usize) -> Value {
    let more = match (name, form) {
        ("boats", _) => json!({"capacity": 3}),
        (_, 1) => json!({"limits": [{"per": "day", "maxBookings": 3}]}),
        (_, 2) => json!({"bufferRule": "max"}),
        _ => json!({}),
    };
    resource(name, more)
}

impl Operation {
    /// The next operation that chance gives.
    pub(super) fn draw(chance: &TestEntropy) -> Operation {
        let (provider, service, resource) = OFFERED[chance.below(OFFERED.len())];
        match chance.below(40) {
            0..=9 => Operation::Create(Wish::draw(chance), key(chance)),
            10..=14 => Operation::Hold(Wish::draw(chance), key(chance)),
            15..=17 => Operation::BookHold(chance.below(3)),
            18..=27 => {
                let (actor, act) = act(chance);
                Operation::Act(actor, chance.below(6), act)
            }
            28 => Operation::Service(provider, record(service, chance.below(3))),
            29 => Operation::Resource(provider, room(resource, chance.below(3))),
            30 => Operation::DeleteService(provider, service),
            31 | 32 => {
                let hour = u32::try_from(chance.below(12)).expect("an hour");
                Operation::Busy(provider, resource, hour)
            }
            33 => Operation::Person(chance.draw() % 3),
            34 => Operation::Erase(chance.draw() % 3),
            35 | 36 => Operation::Step([1, 9, 10, 35, 240, -60, -1_500][chance.below(7)]),
            37 => Operation::Relay([1, 2, 7, 100][chance.below(4)]),
            _ => Operation::Deadlines,
        }
    }

    /// Does it; what it came to, as text.
    pub(super) fn run<B: StoreBuilder>(&self, shop: &Shop<'_, B>) -> String {
        let engine = &shop.engine;
        match self {
            Operation::Create(wish, key) => {
                let done = shop.create(wish.context(*key), wish.request());
                text(done.map(|done| (done.replayed, done.json)))
            }
            Operation::Hold(wish, key) => {
                let done = shop.hold(wish.context(*key), wish.request());
                text(done.map(|done| (done.replayed, done.json, done.value.token)))
            }
            Operation::BookHold(number) => book_hold(shop, *number),
            Operation::Act(actor, number, act) => act_on(shop, *actor, (*number, act)),
            Operation::Service(of, record) => {
                let record = serde_json::from_value(record.clone()).expect("a service");
                let put = engine.put_service(operator(), id(of), record, Expected::Any);
                text(coded(shop.run(put)).map(|done| done.json))
            }
            Operation::Resource(of, record) => {
                let record = serde_json::from_value(record.clone()).expect("a resource");
                let put = engine.put_resource(operator(), id(of), record, Expected::Any);
                text(coded(shop.run(put)).map(|done| done.json))
            }
            Operation::DeleteService(of, service) => {
                let which = (id(of), id(service));
                let delete = engine.delete_service(operator(), which, Expected::Any);
                text(coded(shop.run(delete)).map(|done| done.json))
            }
            Operation::Busy(of, resource, hour) => busy(shop, (of, resource), *hour),
            Operation::Person(number) => {
                let person = crate::personal::PersonId::new(format!("c{number}"));
                let data =
                    serde_json::from_value(json!({"name": "Ada", "email": "ada@example.com"}));
                let (person, data) = (person.expect("an id"), data.expect("a person"));
                let put = engine.put_person(operator(), person, data);
                text(coded(shop.run(put)).map(|done| done.json))
            }
            Operation::Erase(number) => {
                let person = crate::personal::PersonId::new(format!("c{number}"));
                let erase = engine.erase_person(operator(), person.expect("an id"));
                text(coded(shop.run(erase)).map(|done| done.json))
            }
            Operation::Step(minutes) => {
                shop.later(*minutes);
                String::new()
            }
            Operation::Relay(step) => {
                let relayed = shop.run(shop.built.store.relay(*step, outbox::project));
                format!("{:?}", relayed.expect("the outbox is relayed"))
            }
            Operation::Deadlines => shop.fire_deadlines().to_string(),
        }
    }
}

impl Wish {
    fn draw(chance: &TestEntropy) -> Wish {
        let (provider, service, _) = OFFERED[chance.below(OFFERED.len())];
        let half_hours = i64::try_from(chance.below(10)).expect("a few");
        Wish {
            provider,
            service,
            customer: ["c1", "c2", "c3"][chance.below(3)],
            start: at("09:00") + TimeDelta::minutes(30 * half_hours),
            party: if chance.below(6) == 0 { 2 } else { 1 },
        }
    }

    fn context(&self, key: Option<u64>) -> Context {
        let context = customer(self.customer);
        match key {
            Some(key) => keyed(context, &key.to_string()),
            None => context,
        }
    }

    fn request(&self) -> crate::NewBooking {
        let new = wanted(self.provider, self.service, self.customer, self.start);
        wanted_with(new, json!({"party": self.party}))
    }
}

/// The marketplace in which the operations happen.
pub(super) fn prepare<B: StoreBuilder>(shop: &Shop<'_, B>) {
    for name in ["ana", "hall"] {
        shop.put_provider(provider(name));
    }
    for (of, name) in [
        ("ana", "ana"),
        ("hall", "floor"),
        ("hall", "room"),
        ("hall", "boats"),
    ] {
        shop.put_resource(of, room(name, 0));
    }
    for (of, name, _) in OFFERED {
        shop.put_service(of, record(name, 0));
    }
}

fn key(chance: &TestEntropy) -> Option<u64> {
    (chance.below(3) == 0).then(|| chance.draw() % 4)
}

fn act(chance: &TestEntropy) -> (Actor, Value) {
    let half_hours = i64::try_from(chance.below(10)).expect("a few");
    let start = at("09:00") + TimeDelta::minutes(30 * half_hours);
    let actor = [
        Actor::Customer,
        Actor::Provider,
        Actor::Operator,
        Actor::Operator,
    ];
    let authorised = json!({"outcome": "authorised", "instruction": "authorise/1/1"});
    let captured = json!({"outcome": "captured", "instruction": "capture/1/1",
        "amount": {"amount": "100.00", "currency": "EUR"}});
    let acts = [
        json!({"do": "cancel"}),
        json!({"do": "cancel"}),
        json!({"do": "reschedule", "start": start}),
        json!({"do": "reschedule", "start": start}),
        json!({"do": "approve"}),
        json!({"do": "confirmPayment", "answer": authorised}),
        json!({"do": "confirmPayment", "answer": authorised}),
        json!({"do": "confirmPayment", "answer": captured}),
        json!({"do": "complete"}),
        json!({"do": "markNoShow", "whose": "customer"}),
        json!({"do": "undoNoShow"}),
        json!({"do": "review", "rating": 5, "text": "good"}),
    ];
    (
        actor[chance.below(4)],
        acts[chance.below(acts.len())].clone(),
    )
}

fn text<T: std::fmt::Debug>(answer: super::shop::Answer<T>) -> String {
    match answer {
        Ok(value) => format!("{value:?}"),
        Err(code) => code.to_owned(),
    }
}

/// A booking by its place among the latest of a provider.
fn pick<B: StoreBuilder>(shop: &Shop<'_, B>, number: usize) -> Option<quando::booking::Booking> {
    let provider = ["ana", "hall"][number % 2];
    let all = shop.run(shop.engine.bookings(&id(provider), None, None, 4));
    all.expect("bookings are listed")
        .into_iter()
        .nth(number / 2)
}

fn act_on<B: StoreBuilder>(
    shop: &Shop<'_, B>,
    actor: Actor,
    (number, act): (usize, &Value),
) -> String {
    let Some(booking) = pick(shop, number) else {
        return String::new();
    };
    let act: Act = serde_json::from_value(act.clone()).expect("an act");
    let act = ActOn::from(act);
    let done = shop.engine.act(Context::new(actor), key_of(&booking), act);
    text(coded(shop.run(done)).map(|done| done.json))
}

fn book_hold<B: StoreBuilder>(shop: &Shop<'_, B>, number: usize) -> String {
    let Some(booking) = pick(shop, number) else {
        return String::new();
    };
    let token = shop.engine.hold_token(&booking.id);
    let held = crate::Held { booking, token };
    text(shop.book_hold(customer("c1"), &held).map(|done| done.json))
}

fn busy<B: StoreBuilder>(shop: &Shop<'_, B>, (of, resource): (&str, &str), hour: u32) -> String {
    let start = at("08:00") + TimeDelta::hours(i64::from(hour));
    let slot = quando::time::Interval::new(start, start + TimeDelta::minutes(20));
    let busy = if hour.is_multiple_of(3) {
        Vec::new()
    } else {
        vec![slot.expect("an interval").into()]
    };
    let source = if hour.is_multiple_of(2) {
        "home"
    } else {
        "club"
    };
    let which = (id(of), id(resource));
    let replace = shop
        .engine
        .replace_busy(operator(), which, source, BusyTime { busy });
    text(coded(shop.run(replace)).map(|done| done.json))
}
