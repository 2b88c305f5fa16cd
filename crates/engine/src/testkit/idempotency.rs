//! Requests with keys, sent again.

use std::future::Future;
use std::sync::Mutex;

use bytes::Bytes;
use quando::booking::{Actor, Status};
use quando::id::ProviderId;
use quando::idempotency::{IdempotencyKey, RequestHash};
use serde_json::json;

use super::StoreBuilder;
use super::fixture::{provider, resource, service};
use super::shop::{
    Shop, at, coded, customer, id, key_of, keyed, operator, request, wanted, wanted_with, write,
};
use crate::personal::{PersonId, PersonalData};
use crate::store::{Idempotency, Partition, Scope, WriteRequest, Written};
use crate::{Act, ActOn, BookHold, BusyTime, Expected};

pub(super) fn a_repetition_is_answered_byte_for_byte<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let new = wanted("ana", "cut", "c1", at("09:00"));
    let context = || keyed(customer("c1"), "k");
    let first = shop.create(context(), new.clone()).unwrap();
    assert!(!first.replayed);
    // Later, when it has long been called off, the answer is still that of the first time.
    shop.cancel(&first.value);
    shop.later(60);
    let again = shop.unchanged(|| shop.create(context(), new.clone()).unwrap());
    assert!(again.replayed);
    assert_eq!(again.json, first.json);
    assert_eq!(again.value, first.value);
    assert_eq!(first.value.status, Status::Confirmed);
    // Without a key each sending is a request of its own.
    let other = shop.create(customer("c1"), new).unwrap().value;
    assert_ne!(other.id, first.value.id);
}

pub(super) fn a_repeated_hold_has_its_token<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let new = wanted("ana", "cut", "c1", at("09:00"));
    let context = || keyed(customer("c1"), "k");
    let first = shop.hold(context(), new.clone()).unwrap();
    let again = shop.unchanged(|| shop.hold(context(), new.clone()).unwrap());
    assert!(again.replayed);
    assert_eq!((&again.json, &again.value), (&first.json, &first.value));
    shop.book_hold(keyed(customer("c1"), "k"), &again.value)
        .unwrap();
    let third = shop.hold(context(), new).unwrap();
    assert_eq!((&third.json, &third.value), (&first.json, &first.value));
}

pub(super) fn another_body_is_refused<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let context = || keyed(customer("c1"), "k");
    let first = wanted("ana", "cut", "c1", at("09:00"));
    shop.create(context(), first.clone()).unwrap();
    for other in [
        wanted("ana", "cut", "c1", at("10:00")),
        wanted_with(first.clone(), json!({"party": 1})),
        wanted("ana", "cut", "c2", at("09:00")),
    ] {
        let answer = shop.unchanged(|| shop.create(context(), other));
        assert_eq!(answer.unwrap_err(), "idempotency-mismatch");
    }
    assert!(shop.create(context(), first).unwrap().replayed);
}

pub(super) fn keys_are_of_a_principal_a_route_and_a_partition<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    shop.with_salon("ben", json!({}));
    let new = |provider, time| wanted(provider, "cut", "c1", at(time));
    let times = ["09:00", "10:00", "11:00", "12:00"];
    let contexts = [
        customer("c1"),
        customer("c2"),
        operator(),
        crate::Context::new(Actor::Provider),
    ];
    for (context, time) in contexts.into_iter().zip(times) {
        let done = shop.create(keyed(context, "k"), new("ana", time)).unwrap();
        assert!(!done.replayed);
    }
    let done = shop.create(keyed(customer("c1"), "k"), new("ben", "09:00"));
    assert!(!done.unwrap().replayed);
    let held = shop.hold(keyed(customer("c1"), "k"), new("ana", "13:00"));
    let held = held.unwrap();
    assert!(!held.replayed);
    let booked = shop.book_hold(keyed(customer("c1"), "k"), &held.value);
    assert!(!booked.unwrap().replayed);
    // Keys differ by case and by every character.
    for (key, time) in [
        ("K", "14:00"),
        ("k ", "15:00"),
        (" k", "16:00"),
        ("k%", "17:00"),
    ] {
        let done = shop
            .create(keyed(customer("c1"), key), new("ana", time))
            .unwrap();
        assert!(!done.replayed, "{key:?}");
    }
    let long = "x".repeat(255);
    let done = || {
        shop.create(keyed(customer("c1"), &long), new("ana", "18:00"))
            .unwrap()
    };
    assert!(!done().replayed);
    assert!(done().replayed);
}

/// The second comes while the first decides.
pub(super) fn a_request_in_flight_is_not_run_twice<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let idempotency = || Idempotency {
        principal: "operator/".into(),
        route: "test",
        key: IdempotencyKey::new("k").unwrap(),
        hash: RequestHash::of(&"body"),
    };
    let asked = |idempotency| WriteRequest {
        idempotency: Some(idempotency),
        ..request(Scope::new(id::<ProviderId>("ana")))
    };
    let second = std::sync::Arc::new(Mutex::new(None));
    let told = std::sync::Arc::clone(&second);
    let (engine, inner) = (shop.engine.clone(), asked(idempotency()));
    let decide = move |_: &crate::store::Snapshot| {
        let mut again = Box::pin(engine.transact(inner.clone(), |_| panic!("it is in flight")));
        let waker = std::task::Waker::noop();
        let answer = again
            .as_mut()
            .poll(&mut std::task::Context::from_waker(waker));
        *told.lock().unwrap() = Some(match answer {
            std::task::Poll::Ready(answer) => {
                answer.map_err(|error| crate::Error::from(error).code())
            }
            std::task::Poll::Pending => Err("it waits"),
        });
        Ok(write(Vec::new()))
    };
    let first = shop.run(shop.engine.transact(asked(idempotency()), decide));
    assert!(!first.unwrap().replayed);
    let second = second.lock().unwrap().take().expect("it was decided");
    assert_eq!(second.unwrap_err(), "idempotency-in-flight");
    let third = shop.run(
        shop.engine
            .transact(asked(idempotency()), |_| panic!("it is known")),
    );
    assert!(third.unwrap().replayed);
}

pub(super) fn refusals_are_not_kept<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let other = shop.book(wanted("ana", "cut", "c2", at("09:00"))).unwrap();
    let ask = || {
        shop.create(
            keyed(customer("c1"), "k"),
            wanted("ana", "cut", "c1", at("09:00")),
        )
    };
    assert_eq!(shop.unchanged(ask).unwrap_err(), "slot-not-free");
    assert_eq!(shop.unchanged(ask).unwrap_err(), "slot-not-free");
    shop.cancel(&other);
    assert!(!ask().unwrap().replayed, "it may win later");
    assert!(ask().unwrap().replayed);
}

pub(super) fn a_reply_without_changes_is_kept<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    for partition in [Partition::Provider(id("ana")), Partition::Platform] {
        let asked = |hash: &str| WriteRequest {
            idempotency: Some(Idempotency {
                principal: "operator/".into(),
                route: "test",
                key: IdempotencyKey::new("k").unwrap(),
                hash: RequestHash::of(&hash),
            }),
            ..request(Scope::new(partition.clone()))
        };
        let answer = |reply: &'static str| {
            shop.transact(asked("body"), move |_| {
                Ok(crate::store::Write {
                    reply: Bytes::from_static(reply.as_bytes()),
                    ..write(Vec::new())
                })
            })
        };
        let first = answer("{\"a\": \"\u{e4}\\u0000\"}").unwrap();
        let again = answer("another").unwrap();
        assert_eq!(
            again,
            Written {
                replayed: true,
                ..first
            }
        );
        let other = shop.transact(asked("other"), |_| Ok(write(Vec::new())));
        let code = other.map_err(|error| crate::Error::from(error).code());
        assert_eq!(code.unwrap_err(), "idempotency-mismatch");
    }
}

/// Another process, which has seen nothing of it, gives the same bytes.
pub(super) fn another_engine_gives_the_same_answer<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let new = wanted("ana", "cut", "c1", at("09:00"));
    let first = shop
        .create(keyed(customer("c1"), "k"), new.clone())
        .unwrap();
    let hold = wanted("ana", "cut", "c1", at("10:00"));
    let held = shop.hold(keyed(customer("c1"), "k"), hold.clone()).unwrap();
    let other = shop.another_engine(77);
    let again = coded(shop.run(other.create_booking(keyed(customer("c1"), "k"), new)));
    let again = again.unwrap();
    assert!(again.replayed);
    assert_eq!(again.json, first.json);
    let other = shop.another_engine(78);
    let again = coded(shop.run(other.hold_slot(keyed(customer("c1"), "k"), hold)));
    let again = again.unwrap();
    assert_eq!((again.json, again.value), (held.json, held.value));
    let other = shop.another_engine(79);
    assert_eq!(
        shop.run(other.show_booking(&key_of(&first.value))).unwrap(),
        first.value
    );
}

/// Each use case that writes, twice under one key: the second time nothing changes.
pub(super) fn every_write_has_a_key<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let engine = &shop.engine;
    let context = || keyed(operator(), "k");
    macro_rules! twice {
        ($call:expr) => {{
            let first = coded(shop.run($call)).unwrap();
            let again = shop.unchanged(|| coded(shop.run($call)).unwrap());
            assert!(!first.replayed, stringify!($call));
            assert!(again.replayed, stringify!($call));
            assert_eq!(first.json, again.json, stringify!($call));
            first.value
        }};
    }
    let record = || serde_json::from_value(provider("ben")).unwrap();
    twice!(engine.put_provider(context(), record(), Expected::New));
    let record = || serde_json::from_value(resource("chair", json!({}))).unwrap();
    twice!(engine.put_resource(context(), id("ben"), record(), Expected::New));
    let record = || serde_json::from_value(service("cut", json!({}))).unwrap();
    twice!(engine.put_service(context(), id("ben"), record(), Expected::New));
    twice!(engine.delete_service(context(), (id("ben"), id("cut")), Expected::Version(1)));
    twice!(engine.delete_resource(context(), (id("ben"), id("chair")), Expected::Version(1)));
    let busy = || BusyTime { busy: Vec::new() };
    twice!(engine.replace_busy(context(), (id("ana"), id("ana")), "home", busy()));
    let person = || PersonId::new("p1").unwrap();
    let data =
        |name: &str| -> PersonalData { serde_json::from_value(json!({"name": name})).unwrap() };
    twice!(engine.put_person(context(), person(), data("Ada")));
    let other =
        shop.unchanged(|| coded(shop.run(engine.put_person(context(), person(), data("Bob")))));
    assert_eq!(other.unwrap_err(), "idempotency-mismatch");
    twice!(engine.erase_person(context(), person()));
    let new = |time| wanted("ana", "cut", "c1", at(time));
    let booked = twice!(engine.create_booking(context(), new("09:00")));
    let held = twice!(engine.hold_slot(context(), new("10:00")));
    let request = || BookHold {
        token: held.token,
        notes: None,
    };
    twice!(engine.book_hold(context(), key_of(&held.booking), request()));
    let act = || {
        let (start, resources) = (at("12:00"), None);
        ActOn::from(Act::Reschedule { start, resources })
    };
    twice!(engine.act(context(), key_of(&booked), act()));
    let series = || crate::NewSeries {
        new: new("14:00"),
        repeat: serde_json::from_value(json!({"rrule": "FREQ=DAILY;COUNT=2"})).unwrap(),
        mode: quando::booking::series::SeriesMode::AllOrNothing,
    };
    let made = twice!(engine.create_series(context(), series())).series;
    let found = shop.run(engine.series_bookings(&id("ana"), &made)).unwrap();
    let request = || crate::MoveSeries {
        reach: quando::booking::series::Reach::All,
        start: at("15:00"),
        mode: quando::booking::series::SeriesMode::AllOrNothing,
    };
    twice!(engine.reschedule_series(context(), key_of(&found[0]), request()));
}
