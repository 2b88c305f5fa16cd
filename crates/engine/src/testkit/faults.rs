//! Crashes, statements that fail, and answers that are lost: for stores that have them.

use quando::booking::{Actor, Status};
use serde_json::json;

use super::outbox::project;
use super::shop::{Answer, Shop, at, coded, customer, id, key_of, keyed, on, wanted, wanted_with};
use super::{FailAfter, LoseAnswer, Reopen};
use crate::store::{List, Store};
use crate::{Act, ActOn};

/// More statements than any write of the suite has.
const STATEMENTS_MAX: u32 = 500;

pub(super) fn what_was_answered_is_there_after_a_crash<B: Reopen>(builder: &B) {
    let shop = Shop::clinic(builder);
    let booked = shop
        .book(wanted("clinic", "visit", "c1", at("09:00")))
        .unwrap();
    shop.hold(customer("c2"), wanted("clinic", "visit", "c2", at("10:00")))
        .unwrap();
    shop.relay(3);
    let before = shop.dump();
    let shop = reopened(shop);
    shop.dump().expect_equal(&before);
    assert_eq!(shop.show(&booked), booked);
    shop.cancel(&booked);
    assert_eq!(shop.relay(3).len(), 1, "the feed goes on where it was");
}

pub(super) fn keys_are_there_after_a_crash<B: Reopen>(builder: &B) {
    let shop = Shop::salon(builder);
    let new = wanted("ana", "cut", "c1", at("09:00"));
    let first = shop
        .create(keyed(customer("c1"), "k"), new.clone())
        .unwrap();
    let shop = reopened(shop);
    let again = shop.unchanged(|| {
        shop.create(keyed(customer("c1"), "k"), new.clone())
            .unwrap()
    });
    assert!(again.replayed);
    assert_eq!(again.json, first.json);
}

fn reopened<'a, B: Reopen>(shop: Shop<'a, B>) -> Shop<'a, B> {
    let (builder, clock) = (shop.builder, shop.clock.clone());
    let built = builder.block_on(builder.reopen(shop.into_built()));
    let shop = Shop::over(builder, built);
    shop.clock.set(crate::Clock::now(&clock));
    shop
}

/// Lets the first, second, third … statement of a write fail until none does: nothing is written
/// before, and all of it then, under the same key.
fn fail_each<B: FailAfter, T: std::fmt::Debug>(
    shop: &Shop<'_, B>,
    write: impl Fn() -> Answer<(bool, T)>,
) -> T {
    let before = shop.dump();
    for statements in 0..STATEMENTS_MAX {
        shop.builder.fail_after(&shop.built, Some(statements));
        let answer = write();
        shop.builder.fail_after(&shop.built, None);
        match answer {
            Err(code) => {
                assert!(code.starts_with("store-"), "statement {statements}: {code}");
                shop.dump().expect_equal(&before);
            }
            Ok((replayed, value)) => {
                assert!(statements > 0, "at least one statement fails");
                assert!(!replayed, "what failed has left no key");
                assert!(shop.dump().difference(&before).is_some());
                let (replayed, _) = write().unwrap();
                assert!(replayed);
                return value;
            }
        }
    }
    panic!("more than {STATEMENTS_MAX} statements fail");
}

pub(super) fn a_paid_booking_fails_whole<B: FailAfter>(builder: &B) {
    let shop = Shop::paid(builder, json!({}));
    let person = crate::personal::PersonId::new("c1").unwrap();
    let put = shop
        .engine
        .put_person(customer("c1"), person, Default::default());
    shop.run(put).unwrap();
    let new = wanted("ana", "cut", "c1", at("09:00"));
    let new = wanted_with(new, json!({"notes": "please"}));
    let booked = fail_each(&shop, || {
        let done = shop.create(keyed(customer("c1"), "k"), new.clone())?;
        Ok((done.replayed, done.value))
    });
    assert_eq!(booked.status, Status::Pending);
    let answer = json!({"outcome": "captured", "instruction": "authorise/1/1",
        "amount": {"amount": "100.00", "currency": "EUR"}});
    let act: Act =
        serde_json::from_value(json!({"do": "confirmPayment", "answer": answer})).unwrap();
    let confirmed = fail_each(&shop, || {
        let context = keyed(crate::Context::system(), "k");
        let act = shop
            .engine
            .act(context, key_of(&booked), ActOn::from(act.clone()));
        let done = coded(shop.run(act))?;
        Ok((done.replayed, done.value))
    });
    assert_eq!(confirmed.status, Status::Confirmed);
}

pub(super) fn a_move_of_two_resources_fails_whole<B: FailAfter>(builder: &B) {
    let shop = Shop::clinic(builder);
    let booked = shop
        .book(wanted("clinic", "visit", "c1", at("09:00")))
        .unwrap();
    let moved = fail_each(&shop, || {
        let (start, resources) = (on(3, "11:00"), None);
        let act = ActOn::from(Act::Reschedule { start, resources });
        let context = keyed(customer("c1"), "k");
        let done = coded(shop.run(shop.engine.act(context, key_of(&booked), act)))?;
        Ok((done.replayed, done.value))
    });
    assert_eq!(moved.slot.start(), on(3, "11:00"));
    // The old time is free in every way.
    shop.book(wanted("clinic", "visit", "c2", at("09:00")))
        .unwrap();
    shop.book(wanted("clinic", "visit", "c3", at("09:00")))
        .unwrap();
}

pub(super) fn a_seat_in_a_class_fails_whole<B: FailAfter>(builder: &B) {
    let shop = Shop::studio(builder);
    for name in ["c1", "c2"] {
        let seat = fail_each(&shop, || {
            let new = wanted("studio", "yoga", name, at("09:00"));
            let done = shop.create(keyed(customer(name), "k"), new)?;
            Ok((done.replayed, done.value))
        });
        assert_eq!(seat.status, Status::Confirmed);
    }
    let rest = (0..4).map(|_| {
        shop.book(wanted("studio", "yoga", "c3", at("09:00")))
            .is_ok()
    });
    assert_eq!(rest.collect::<Vec<_>>(), [true, true, true, false]);
}

pub(super) fn a_relay_fails_whole<B: FailAfter>(builder: &B) {
    let shop = Shop::salon(builder);
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    shop.do_to(Actor::Operator, &booked, json!({"do": "cancel"}))
        .unwrap();
    let before = shop.dump();
    let waiting = shop.list(List::Outbox { limit: 100 }).len();
    for statements in 0..STATEMENTS_MAX {
        shop.builder.fail_after(&shop.built, Some(statements));
        let answer = shop.run(shop.built.store.relay(100, project));
        shop.builder.fail_after(&shop.built, None);
        match answer {
            Err(_) => shop.dump().expect_equal(&before),
            Ok(entries) => {
                assert_eq!(entries.len(), waiting, "after {statements} statements");
                assert!(statements > 0, "at least one statement fails");
                let customer = id("c1");
                let theirs = shop.engine.customer_bookings(&customer, None, 10);
                assert_eq!(shop.run(theirs).unwrap().len(), 1);
                return;
            }
        }
    }
    panic!("more than {STATEMENTS_MAX} statements fail");
}

/// Nobody knows whether it was written: asking again with the same key gives one booking.
pub(super) fn a_lost_answer_is_settled_by_the_key<B: LoseAnswer>(builder: &B) {
    let shop = Shop::salon(builder);
    let ask = || {
        let new = wanted("ana", "cut", "c1", at("09:00"));
        shop.create(keyed(customer("c1"), "k"), new)
    };
    shop.builder.lose_answer(&shop.built);
    assert_eq!(ask().unwrap_err(), "store-unknown");
    let settled = ask().unwrap();
    assert!(settled.replayed, "it was written");
    assert_eq!(settled.value.status, Status::Confirmed);
    let again = shop.unchanged(|| ask().unwrap());
    assert_eq!(again.json, settled.json);
    let provider = id("ana");
    let all = shop.engine.bookings(&provider, None, None, 10);
    assert_eq!(shop.run(all).unwrap(), [settled.value]);
}
