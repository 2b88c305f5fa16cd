//! A small marketplace in memory, for tests: its clock stands until it is moved.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context as Task, Poll, Waker};

use chrono::{DateTime, Utc};
use quando::booking::{Actor, Booking};
use quando::id::{CustomerId, ProviderId};
use serde_json::{Value, json};

use crate::personal::MasterKeys;
use crate::record::{Provider, Service};
use crate::{
    ActOn, BookingKey, Clock, Context, Engine, Entropy, Error, Expected, MemoryStore, NewBooking,
    Settings,
};

/// What the store in memory answers at once.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store in memory is ready at once"),
    }
}

/// An instant such as `2026-03-02T09:00:00Z`.
pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn provider_id(text: &str) -> ProviderId {
    ProviderId::new(text).unwrap()
}

pub(crate) fn customer_id(text: &str) -> CustomerId {
    CustomerId::new(text).unwrap()
}

#[derive(Debug)]
struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Numbers in a row, mixed: never twice the same.
struct Counted(Mutex<u64>);

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap();
        for byte in bytes {
            *count = count
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = count.to_be_bytes()[0];
        }
    }
}

/// An engine in memory on Sunday, 2026-03-01, at noon.
pub(crate) struct World {
    pub(crate) engine: Engine<MemoryStore>,
    hands: Arc<Hands>,
}

impl World {
    pub(crate) fn new() -> World {
        let hands = Arc::new(Hands(Mutex::new(instant("2026-03-01T12:00:00Z"))));
        let (key, index) = ("0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4));
        let settings = Settings {
            clock: Box::new(Arc::clone(&hands)),
            entropy: Box::new(Counted(Mutex::new(1))),
            keys: MasterKeys::parse(&format!("a:{key},index:{index}")).unwrap(),
        };
        World {
            engine: Engine::new(MemoryStore::new(), settings),
            hands,
        }
    }

    /// A world in which Ana cuts hair for an hour and 100.00 dollars, every day from 9 to 17 (UTC).
    pub(crate) fn with_ana(rules: &Value) -> World {
        let world = World::new();
        world.add("ana", &json!({}), rules);
        world
    }

    /// Adds somebody who cuts hair.
    pub(crate) fn add(&self, id: &str, profile: &Value, rules: &Value) {
        let mut fields = json!({"id": id, "name": id, "zone": "UTC"});
        let more = profile.as_object().unwrap().clone();
        fields.as_object_mut().unwrap().extend(more);
        let provider: Provider = serde_json::from_value(fields).unwrap();
        now(self
            .engine
            .put_provider(operator(), provider, Expected::New))
        .unwrap();
        let hours = json!([{"from": "09:00", "to": "17:00"}]);
        let weekly = json!({
            "mon": hours, "tue": hours, "wed": hours, "thu": hours, "fri": hours, "sat": hours,
            "sun": hours,
        });
        let resource = json!({"id": id, "schedule": {"zone": "UTC", "weekly": weekly}});
        let resource = serde_json::from_value(resource).unwrap();
        let put = self
            .engine
            .put_resource(operator(), provider_id(id), resource, Expected::Any);
        now(put).unwrap();
        let price = json!({"amount": "100.00", "currency": "USD"});
        self.add_service(
            id,
            &json!({
                "id": "cut", "name": "Cut", "timing": {"durationMinutes": 60},
                "offer": {"terms": {
                    "price": {"base": {"kind": "perBooking", "price": price}},
                    "rules": rules,
                }},
            }),
        );
    }

    pub(crate) fn add_service(&self, provider: &str, service: &Value) {
        let service: Service = serde_json::from_value(service.clone()).unwrap();
        let put =
            self.engine
                .put_service(operator(), provider_id(provider), service, Expected::Any);
        now(put).unwrap();
    }

    /// Moves the clock.
    pub(crate) fn at(&self, text: &str) {
        *self.hands.0.lock().unwrap() = instant(text);
    }

    /// What a customer wants of Ana.
    pub(crate) fn wish(customer: &str, start: &str) -> NewBooking {
        let wish = json!({
            "provider": "ana", "service": "cut", "customer": customer, "start": start,
        });
        serde_json::from_value(wish).unwrap()
    }

    /// Books Ana for a customer.
    pub(crate) fn book(&self, customer: &str, start: &str) -> Booking {
        let booked = self
            .engine
            .create_booking(Context::new(Actor::Customer), World::wish(customer, start));
        now(booked).unwrap().value
    }

    /// Does something to a booking, as an operator.
    pub(crate) fn act(&self, booking: &Booking, act: Value) -> Result<Booking, Error> {
        let act: crate::Act = serde_json::from_value(act).unwrap();
        let done = self.engine.act(operator(), key(booking), ActOn::from(act));
        now(done).map(|done| done.value)
    }

    /// A booking as it is now.
    pub(crate) fn look(&self, booking: &Booking) -> Booking {
        now(self.engine.show_booking(&key(booking))).unwrap()
    }
}

pub(crate) fn operator() -> Context {
    Context::new(Actor::Operator)
}

pub(crate) fn key(booking: &Booking) -> BookingKey {
    BookingKey {
        provider: booking.provider.clone(),
        booking: booking.id.clone(),
    }
}
