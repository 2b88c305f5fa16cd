//! Holds and pending bookings that lapse, whatever the clock does.

use chrono::TimeDelta;
use quando::booking::{Actor, Status};
use serde_json::json;

use super::StoreBuilder;
use super::fixture::with_rules;
use super::shop::{NOW, Shop, at, coded, customer, instant, key_of, on, wanted};
use crate::BookHold;
use crate::store::{Item, List};

pub(super) fn a_hold_ends_to_the_second<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let hold = |time| shop.hold(customer("c1"), wanted("ana", "cut", "c1", at(time)));
    let (first, second) = (hold("09:00").unwrap().value, hold("10:00").unwrap().value);
    let end = instant(NOW) + TimeDelta::minutes(10);
    shop.clock.set(end - TimeDelta::seconds(1));
    shop.book_hold(customer("c1"), &first).unwrap();
    let early = shop.book(wanted("ana", "cut", "c2", at("10:00")));
    assert_eq!(early.unwrap_err(), "slot-not-free");
    shop.clock.set(end);
    let late = shop.unchanged(|| shop.book_hold(customer("c1"), &second));
    assert_eq!(late.unwrap_err(), "hold-expired");
    shop.book(wanted("ana", "cut", "c2", at("10:00"))).unwrap();
}

/// Nobody but the next customer looks at it: what has lapsed is expired then, with an entry of its
/// own in the journal.
pub(super) fn lapsed_holds_make_way<B: StoreBuilder>(builder: &B) {
    let shop = Shop::pool(builder);
    let new = |name: &str| wanted("harbour", "boat", name, at("09:00"));
    let held = ["c1", "c2", "c3"].map(|name| shop.hold(customer(name), new(name)).unwrap());
    assert_eq!(shop.book(new("c4")).unwrap_err(), "slot-not-free");
    shop.later(10);
    shop.book(new("c4")).unwrap();
    let gone = held.iter().filter(|each| {
        let booking = shop.show(&each.value.booking);
        booking.status == Status::Expired
    });
    assert!(gone.count() > 0, "what was in the way has expired");
    let journal = shop.list(List::Journal {
        partition: None,
        subject: None,
        after: None,
        limit: 1_000,
    });
    let expired = journal.iter().any(|item| {
        matches!(item, Item::Journal(entry)
            if &*entry.action == "expire" && entry.by.actor == Actor::System)
    });
    assert!(expired);
}

pub(super) fn an_expired_hold_never_comes_back<B: StoreBuilder>(builder: &B) {
    for back in [
        TimeDelta::hours(1),
        TimeDelta::days(1),
        TimeDelta::days(365),
    ] {
        let shop = Shop::salon(builder);
        let held = shop.hold(customer("c1"), wanted("ana", "cut", "c1", at("09:00")));
        let held = held.unwrap().value;
        shop.later(10);
        let second = shop.book(wanted("ana", "cut", "c2", at("09:00"))).unwrap();
        shop.clock.step(-back);
        let late = shop.unchanged(|| shop.book_hold(customer("c1"), &held));
        assert_eq!(late.unwrap_err(), "booking-ended");
        // Nor for a process that starts while the clock is wrong.
        let engine = shop.another_engine(9);
        let request = BookHold {
            token: held.token,
            notes: None,
        };
        let book = engine.book_hold(customer("c1"), key_of(&held.booking), request);
        assert_eq!(coded(shop.run(book)).unwrap_err(), "booking-ended");
        let create = engine.create_booking(customer("c1"), wanted("ana", "cut", "c1", at("09:00")));
        assert_eq!(coded(shop.run(create)).unwrap_err(), "slot-not-free");
        let cancel = engine.act(
            super::shop::operator(),
            key_of(&second),
            crate::Act::Cancel {
                reason: None,
                token: None,
            }
            .into(),
        );
        let cancelled = shop.run(cancel).unwrap().value;
        assert!(
            cancelled.updated_at >= second.updated_at,
            "time does not go back"
        );
        let book = shop.book_hold(customer("c1"), &held);
        assert_eq!(book.unwrap_err(), "booking-ended");
    }
}

pub(super) fn deadlines_are_listed_and_fire<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon_with(builder, with_rules(json!({"approval": true})));
    let pending = shop
        .book(wanted("ana", "cut", "c1", on(5, "09:00")))
        .unwrap();
    let held = shop.hold(customer("c2"), wanted("ana", "cut", "c2", at("10:00")));
    let held = held.unwrap().value.booking;
    let third = shop.book(wanted("ana", "cut", "c3", at("08:00"))).unwrap();
    let act = json!({"do": "approve"});
    shop.do_to(Actor::Provider, &third, act).unwrap();
    let due = |minutes| {
        let now = instant(NOW) + TimeDelta::minutes(minutes);
        let rows = shop.list(List::Due { now, limit: 1_000 });
        let ids = rows.into_iter().map(|item| match item {
            Item::Booking(row) => row.id,
            item => panic!("{item:?}"),
        });
        ids.collect::<Vec<_>>()
    };
    assert_eq!(due(9), []);
    assert_eq!(due(10), std::slice::from_ref(&held.id));
    let day = 24 * 60;
    assert_eq!(
        due(day),
        [held.id.clone(), third.id.clone(), pending.id.clone()],
        "10 minutes for the hold, done at nine, a day for the approval"
    );
    shop.later(day);
    assert_eq!(shop.fire_deadlines(), 3);
    assert_eq!(shop.show(&held).status, Status::Expired);
    assert_eq!(shop.show(&pending).status, Status::Expired);
    assert_eq!(shop.show(&third).status, Status::Completed);
    assert_eq!(shop.fire_deadlines(), 0);
}
