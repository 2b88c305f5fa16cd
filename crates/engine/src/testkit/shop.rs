//! An engine over a store that is tested, with short words for what cases do.

use std::future::Future;
use std::sync::{Arc, Barrier};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::Resource;
use quando::booking::{Actor, Booking, By, DeadlineKind};
use quando::id::{BookingId, ProviderId, ResourceId};
use quando::idempotency::IdempotencyKey;
use quando::time::Window;
use serde_json::{Value, json};

use super::dump::{Dump, dump};
use super::outbox::project;
use super::page::all;
use super::{Built, BuiltBy, StoreBuilder, TestClock, TestEntropy};
use crate::personal::MasterKeys;
use crate::record::{Provider, Service};
use crate::store::{
    Change, FeedEntry, Item, List, Partition, Scope, Store, TransactError, Write, WriteRequest,
    Written,
};
use crate::{
    Act, ActOn, BookHold, BookingKey, Context, Done, Engine, Error, Expected, Held, NewBooking,
    Refusal, Settings, SlotsRequest,
};

/// Noon of a Sunday; the fixtures are booked on the Monday after it.
pub(super) const NOW: &str = "2026-03-01T12:00:00Z";

/// An engine over a new store.
pub(super) struct Shop<'a, B: StoreBuilder> {
    pub(super) builder: &'a B,
    pub(super) built: BuiltBy<B>,
    pub(super) clock: TestClock,
    pub(super) engine: Engine<B::Store>,
}

/// What a use case came to: a value, or the code of its error.
pub(super) type Answer<T> = Result<T, &'static str>;

/// Keys that personal data is sealed with, in the tests.
pub(super) const KEYS: &str = "one:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef,\
     index:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

impl<'a, B: StoreBuilder> Shop<'a, B> {
    /// Over an empty store.
    pub(super) fn new(builder: &'a B) -> Shop<'a, B> {
        Shop::over(builder, builder.block_on(builder.build()))
    }

    /// Over a store that is there.
    pub(super) fn over(builder: &'a B, built: BuiltBy<B>) -> Shop<'a, B> {
        let clock = TestClock::new(instant(NOW));
        let engine = engine(&built.store, &clock, (KEYS, 1));
        Shop {
            builder,
            built,
            clock,
            engine,
        }
    }

    /// Another engine over the same store, as of another process.
    pub(super) fn another_engine(&self, seed: u64) -> Engine<B::Store> {
        engine(&self.built.store, &self.clock, (KEYS, seed))
    }

    /// The same over the store as it is, with another engine and chance.
    pub(super) fn into_built(self) -> Built<B::Store, B::Handle> {
        self.built
    }

    pub(super) fn run<F: Future>(&self, future: F) -> F::Output {
        self.builder.block_on(future)
    }

    pub(super) fn list(&self, list: List) -> Vec<Item> {
        self.run(all(&*self.built.store, list))
    }

    pub(super) fn dump(&self) -> Dump {
        self.run(dump(&*self.built.store, None))
    }

    /// Runs something that must change nothing.
    pub(super) fn unchanged<T>(&self, what: impl FnOnce() -> T) -> T {
        let before = self.dump();
        let answer = what();
        self.dump().expect_equal(&before);
        answer
    }

    /// Runs the same on as many threads as numbers, all at once.
    pub(super) fn at_once<T: Send>(&self, count: u64, task: impl Fn(u64) -> T + Sync) -> Vec<T> {
        let barrier = Barrier::new(usize::try_from(count).expect("a few threads"));
        std::thread::scope(|scope| {
            let spawn = |number| {
                let (barrier, task) = (&barrier, &task);
                scope.spawn(move || {
                    barrier.wait();
                    task(number)
                })
            };
            let threads: Vec<_> = (0..count).map(spawn).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined
                .map(|answer| answer.expect("no task panics"))
                .collect()
        })
    }

    pub(super) fn put_provider(&self, record: Value) {
        let record: Provider = serde_json::from_value(record).expect("a provider");
        let put = self.engine.put_provider(operator(), record, Expected::Any);
        self.run(put).expect("a provider is written");
    }

    pub(super) fn put_resource(&self, provider: &str, record: Value) {
        let record: Resource = serde_json::from_value(record).expect("a resource");
        let put = self
            .engine
            .put_resource(operator(), id(provider), record, Expected::Any);
        self.run(put).expect("a resource is written");
    }

    pub(super) fn put_service(&self, provider: &str, record: Value) {
        let record: Service = serde_json::from_value(record).expect("a service");
        let put = self
            .engine
            .put_service(operator(), id(provider), record, Expected::Any);
        self.run(put).expect("a service is written");
    }

    pub(super) fn create(&self, context: Context, new: NewBooking) -> Answer<Done<Booking>> {
        coded(self.run(self.engine.create_booking(context, new)))
    }

    pub(super) fn hold(&self, context: Context, new: NewBooking) -> Answer<Done<Held>> {
        coded(self.run(self.engine.hold_slot(context, new)))
    }

    /// Books as the customer of the request.
    pub(super) fn book(&self, new: NewBooking) -> Answer<Booking> {
        let context = customer(new.customer.as_str());
        self.create(context, new).map(|done| done.value)
    }

    pub(super) fn book_hold(&self, context: Context, held: &Held) -> Answer<Done<Booking>> {
        let request = BookHold {
            token: held.token,
            notes: None,
        };
        let book = self
            .engine
            .book_hold(context, key_of(&held.booking), request);
        coded(self.run(book))
    }

    pub(super) fn act(&self, actor: Actor, booking: &Booking, act: Act) -> Answer<Booking> {
        let act = self
            .engine
            .act(Context::new(actor), key_of(booking), ActOn::from(act));
        coded(self.run(act)).map(|done| done.value)
    }

    /// As [`Shop::act`], with the act's JSON form.
    pub(super) fn do_to(&self, actor: Actor, booking: &Booking, act: Value) -> Answer<Booking> {
        let act: Act = serde_json::from_value(act).expect("an act");
        self.act(actor, booking, act)
    }

    pub(super) fn cancel(&self, booking: &Booking) -> Booking {
        self.do_to(Actor::Operator, booking, json!({"do": "cancel"}))
            .expect("an operator may cancel")
    }

    pub(super) fn show(&self, booking: &Booking) -> Booking {
        self.run(self.engine.show_booking(&key_of(booking)))
            .expect("the booking is there")
    }

    /// The free starts on the Monday, as `HH:MM`.
    pub(super) fn free(&self, provider: &str, service: &str) -> Vec<String> {
        let window = Window::parse("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
        let request = SlotsRequest::default();
        let (provider, service) = (id(provider), id(service));
        let slots = self
            .engine
            .slots(&provider, &service, window.expect("a day"), &request);
        let slots = self.run(slots).expect("slots of a service").slots;
        let text = |slot: &quando::availability::Slot| format!("{}", slot.start.format("%H:%M"));
        slots.iter().map(text).collect()
    }

    /// Relays until nothing is left, in steps of a size.
    pub(super) fn relay(&self, step: u32) -> Vec<FeedEntry> {
        let mut relayed = Vec::new();
        loop {
            let entries = self.run(self.built.store.relay(step, project));
            let entries = entries.expect("the outbox is relayed");
            if entries.is_empty() {
                return relayed;
            }
            relayed.extend(entries);
        }
    }

    /// Fires each deadline that is due, once; how many there were.
    pub(super) fn fire_deadlines(&self) -> usize {
        let now = self.engine.now();
        let due = self.list(List::Due { now, limit: 1_000 });
        for item in &due {
            let Item::Booking(row) = item else { continue };
            let key = BookingKey {
                provider: row.provider.clone(),
                booking: row.id.clone(),
            };
            let booking = self.run(self.engine.show_booking(&key));
            let booking = booking.expect("a booking that is due is there");
            let kind: Option<DeadlineKind> = booking.due(now).next().map(|each| each.kind);
            let command = kind.and_then(|kind| kind.command(&booking));
            if let Some(command) = command {
                let _ = self.run(self.engine.run(key, command));
            }
        }
        due.len()
    }

    pub(super) fn later(&self, minutes: i64) {
        self.clock.step(TimeDelta::minutes(minutes));
    }

    /// Writes changes of a provider past the engine's rules.
    pub(super) fn write(
        &self,
        provider: &str,
        changes: Vec<Change>,
    ) -> Result<Written, TransactError> {
        let request = request(Scope::new(id::<ProviderId>(provider)));
        self.transact(request, move |_| Ok(write(changes.clone())))
    }

    pub(super) fn transact<D>(
        &self,
        request: WriteRequest,
        decide: D,
    ) -> Result<Written, TransactError>
    where
        D: FnMut(&crate::store::Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        self.run(self.built.store.transact(request, decide))
    }

    /// A provider's partition as it is.
    pub(super) fn dump_of(&self, provider: &str) -> Dump {
        let provider = id(provider);
        self.run(dump(&*self.built.store, Some(&provider)))
    }
}

/// An engine with keys and a seed of its chance.
pub(super) fn engine<S: Store>(
    store: &Arc<S>,
    clock: &TestClock,
    (keys, seed): (&str, u64),
) -> Engine<S> {
    let settings = Settings {
        clock: Box::new(clock.clone()),
        entropy: Box::new(TestEntropy::new(seed)),
        keys: MasterKeys::parse(keys).expect("keys of the tests"),
    };
    Engine::over(Arc::clone(store), settings)
}

/// A request to write by an operator.
pub(super) fn request(scope: Scope) -> WriteRequest {
    WriteRequest {
        scope,
        by: By::from(Actor::Operator),
        now: instant(NOW),
        idempotency: None,
    }
}

/// Changes that rely on nothing.
pub(super) fn write(changes: Vec<Change>) -> Write {
    Write {
        changes,
        relied: Vec::new(),
        reply: Bytes::from_static(b"{}"),
    }
}

pub(super) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant of the tests")
}

/// A time of the Monday, such as `09:00`.
pub(super) fn at(time: &str) -> DateTime<Utc> {
    on(2, time)
}

/// A time of a day in March 2026.
pub(super) fn on(day: u32, time: &str) -> DateTime<Utc> {
    instant(&format!("2026-03-{day:02}T{time}:00Z"))
}

/// Any id.
pub(super) fn id<T: TryFrom<String>>(text: &str) -> T {
    match T::try_from(text.to_owned()) {
        Ok(id) => id,
        Err(_) => panic!("`{text}` is no id"),
    }
}

pub(super) fn operator() -> Context {
    Context::new(Actor::Operator)
}

pub(super) fn customer(name: &str) -> Context {
    Context::named(Actor::Customer, id(name))
}

pub(super) fn keyed(context: Context, key: &str) -> Context {
    context.with_key(IdempotencyKey::new(key).expect("a key of the tests"))
}

/// A request for a slot: provider, service, customer, start.
pub(super) fn wanted(
    provider: &str,
    service: &str,
    customer: &str,
    start: DateTime<Utc>,
) -> NewBooking {
    let form = json!({
        "provider": provider, "service": service, "customer": customer, "start": start,
    });
    serde_json::from_value(form).expect("a request of the tests")
}

/// The same with further fields.
pub(super) fn wanted_with(new: NewBooking, fields: Value) -> NewBooking {
    let mut form = json!(new);
    let own = form.as_object_mut().expect("a request is an object");
    let Value::Object(fields) = fields else {
        panic!("fields are an object");
    };
    own.extend(fields);
    serde_json::from_value(form).expect("a request of the tests")
}

pub(super) fn key_of(booking: &Booking) -> BookingKey {
    BookingKey {
        provider: booking.provider.clone(),
        booking: booking.id.clone(),
    }
}

pub(super) fn coded<T>(answer: Result<T, Error>) -> Answer<T> {
    answer.map_err(|error| error.code())
}

/// How many succeeded; all others were refused with one of the codes, or because others were
/// quicker again and again.
pub(super) fn winners<T>(answers: &[Answer<T>], codes: &[&str]) -> usize {
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    for code in refused {
        let expected = codes.contains(code) || *code == "store-contended";
        assert!(expected, "a loser got `{code}`, expected {codes:?}");
    }
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// A scope with everything of a provider.
pub(super) fn everything(provider: &ProviderId) -> Scope {
    let mut scope = Scope::new(Partition::Provider(provider.clone()));
    scope.services = true;
    scope.resources = crate::store::ResourceScope::All;
    scope.span = Some(span("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"));
    scope
}

pub(super) fn span(start: &str, end: &str) -> quando::time::Interval {
    quando::time::Interval::new(instant(start), instant(end)).expect("an interval of the tests")
}

/// The names of a booking's resources, role by role.
pub(super) fn resources(booking: &Booking) -> Vec<String> {
    let ids = booking.resources().into_iter().flatten();
    ids.map(|id: ResourceId| id.as_str().to_owned()).collect()
}

pub(super) fn booking_id(text: &str) -> BookingId {
    id(text)
}
