//! What resources of every kind take, and no more.

use quando::booking::{Actor, Booking, Status};
use serde_json::{Value, json};

use super::StoreBuilder;
use super::fixture::{merged, provider, resource, service};
use super::shop::{Shop, at, customer, on, resources, wanted, wanted_with};
use crate::store::{ClaimRow, Item, List, Owner};

/// All claims that are there, and that no two of equal unit meet.
fn claims<B: StoreBuilder>(shop: &Shop<'_, B>) -> Vec<ClaimRow> {
    let list = List::Claims {
        provider: None,
        after: None,
        limit: 1_000,
    };
    let rows = shop.list(list).into_iter().filter_map(|item| match item {
        Item::Claim(_, row) => Some(*row),
        _ => None,
    });
    let rows: Vec<ClaimRow> = rows.collect();
    for (at, row) in rows.iter().enumerate() {
        let meets = rows[..at].iter().find(|other| {
            row.unit.is_some()
                && row.unit == other.unit
                && row.resource == other.resource
                && row.span.overlaps(other.span)
        });
        assert!(meets.is_none(), "{row:?} meets {meets:?}");
    }
    rows
}

fn unit_of<B: StoreBuilder>(shop: &Shop<'_, B>, booking: &Booking) -> Option<i64> {
    let owner = Owner::Booking(booking.id.clone());
    let all = claims(shop);
    let mut own = all.iter().filter(|row| row.owner == owner);
    own.next().and_then(|row| row.unit)
}

/// At 9 unit 0 is taken, at 10 unit 1 and at 11 unit 2: two boats are free all the time, and none
/// of them is the same for all of it.
pub(super) fn a_pool_takes_what_its_peak_allows<B: StoreBuilder>(builder: &B) {
    let shop = Shop::pool(builder);
    for (unit, time) in [(0, "09:00"), (1, "10:00"), (2, "11:00")] {
        let three: Vec<Booking> = ["c1", "c2", "c3"]
            .map(|name| {
                shop.book(wanted("harbour", "boat", name, at(time)))
                    .unwrap()
            })
            .into();
        let fourth = shop.book(wanted("harbour", "boat", "c4", at(time)));
        assert_eq!(fourth.unwrap_err(), "slot-not-free");
        let others = three
            .iter()
            .filter(|each| unit_of(&shop, each) != Some(unit));
        let cancelled: Vec<Booking> = others.map(|each| shop.cancel(each)).collect();
        assert_eq!(
            cancelled.len(),
            2,
            "each of the three has a unit of its own"
        );
    }
    let long = json!({"durationMinutes": 180, "party": 2});
    let long = wanted_with(wanted("harbour", "boat", "c4", at("09:00")), long);
    let booked = shop.book(long).unwrap();
    claims(&shop);
    for time in ["09:00", "10:00", "11:00"] {
        let more = shop.book(wanted("harbour", "boat", "c1", at(time)));
        assert_eq!(more.unwrap_err(), "slot-not-free");
    }
    shop.cancel(&booked);
    shop.book(wanted("harbour", "boat", "c1", at("10:00")))
        .unwrap();
    claims(&shop);
}

pub(super) fn a_need_is_met_as_a_whole<B: StoreBuilder>(builder: &B) {
    let shop = Shop::clinic(builder);
    let first = shop.book(wanted("clinic", "visit", "c1", at("09:00")));
    let first = first.unwrap();
    let second = shop.book(wanted("clinic", "visit", "c2", at("09:00")));
    let mut taken = [resources(&first), resources(&second.unwrap())].concat();
    taken.sort_unstable();
    assert_eq!(taken, ["doctor-1", "doctor-2", "room-1", "room-2"]);
    let third = shop.unchanged(|| shop.book(wanted("clinic", "visit", "c3", at("09:00"))));
    assert_eq!(third.unwrap_err(), "slot-not-free");
    shop.cancel(&first);
    let third = shop.book(wanted("clinic", "visit", "c3", at("09:00")));
    assert_eq!(resources(&third.unwrap()), resources(&first));
    // A room alone is not enough.
    let new = wanted("clinic", "visit", "c1", at("11:00"));
    let one = wanted_with(new, json!({"resources": [["doctor-1"], ["room-1"]]}));
    shop.book(one).unwrap();
    let new = wanted("clinic", "visit", "c2", at("11:00"));
    let mixed = wanted_with(new, json!({"resources": [["doctor-1"], ["room-2"]]}));
    let mixed = shop.unchanged(|| shop.book(mixed));
    assert_eq!(mixed.unwrap_err(), "slot-not-free");
}

pub(super) fn a_class_counts_its_seats<B: StoreBuilder>(builder: &B) {
    let shop = Shop::studio(builder);
    let seat = |name: &str| shop.book(wanted("studio", "yoga", name, at("09:00")));
    for name in ["c1", "c2", "c3", "c4", "c5"] {
        assert_eq!(seat(name).unwrap().status, Status::Confirmed);
    }
    assert_eq!(seat("c6").unwrap_err(), "slot-not-free");
    let talk = shop.book(wanted("studio", "talk", "c1", at("09:00")));
    assert_eq!(talk.unwrap_err(), "slot-not-free");
    let sessions = claims(&shop);
    let of_session = |row: &&ClaimRow| matches!(row.owner, Owner::Session(_));
    assert_eq!(sessions.iter().filter(of_session).count(), 1);
}

pub(super) fn the_last_who_leaves_frees_the_session<B: StoreBuilder>(builder: &B) {
    let shop = Shop::studio(builder);
    let seat = |name: &str| {
        shop.book(wanted("studio", "yoga", name, at("09:00")))
            .unwrap()
    };
    let (first, second) = (seat("c1"), seat("c2"));
    shop.cancel(&first);
    let talk = || shop.book(wanted("studio", "talk", "c3", at("09:00")));
    assert_eq!(talk().unwrap_err(), "slot-not-free");
    shop.cancel(&second);
    assert_eq!(claims(&shop), [], "nobody is left");
    talk().unwrap();
    // The same by moving away.
    let third = shop
        .book(wanted("studio", "yoga", "c1", at("11:00")))
        .unwrap();
    let act = json!({"do": "reschedule", "start": at("13:00")});
    shop.do_to(Actor::Customer, &third, act).unwrap();
    shop.book(wanted("studio", "talk", "c3", at("11:00")))
        .unwrap();
    let late = shop.book(wanted("studio", "talk", "c3", at("13:00")));
    assert_eq!(late.unwrap_err(), "slot-not-free");
    claims(&shop);
}

pub(super) fn a_lapsed_seat_frees_the_session<B: StoreBuilder>(builder: &B) {
    let shop = Shop::studio(builder);
    let hold = shop.hold(customer("c1"), wanted("studio", "yoga", "c1", at("09:00")));
    hold.unwrap();
    shop.later(10);
    shop.book(wanted("studio", "talk", "c2", at("09:00")))
        .unwrap();
    let hold = shop.hold(customer("c1"), wanted("studio", "yoga", "c1", at("11:00")));
    hold.unwrap();
    shop.later(10);
    assert_eq!(shop.fire_deadlines(), 1);
    shop.book(wanted("studio", "talk", "c2", at("11:00")))
        .unwrap();
    claims(&shop);
}

pub(super) fn a_class_is_joined_after_its_buffers_changed<B: StoreBuilder>(builder: &B) {
    let shop = Shop::studio(builder);
    let seat = |name: &str| shop.book(wanted("studio", "yoga", name, at("09:00")));
    let first = seat("c1").unwrap();
    let longer = json!({
        "timing": {"seats": 5, "bufferAfterMinutes": 30},
        "need": [{"anyOf": ["hall"]}],
    });
    shop.put_service("studio", service("yoga", longer));
    let second = seat("c2").unwrap();
    claims(&shop);
    // From now on the hall is needed until half past ten.
    let next = || {
        shop.book(wanted("studio", "talk", "c3", at("10:00")))
            .map(|booking| booking.status)
    };
    assert_eq!(next(), Err("slot-not-free"));
    shop.cancel(&second);
    claims(&shop);
    assert_eq!(next(), Ok(Status::Confirmed));
    assert_eq!(shop.show(&first).status, Status::Confirmed);
}

pub(super) fn a_group_sits_together_or_not_at_all<B: StoreBuilder>(builder: &B) {
    let shop = Shop::studio(builder);
    let group = |name: &str, party: u32| {
        let new = wanted("studio", "yoga", name, at("09:00"));
        shop.book(wanted_with(new, json!({"party": party})))
    };
    group("c1", 3).unwrap();
    let three = shop.unchanged(|| group("c2", 3));
    assert_eq!(three.unwrap_err(), "slot-not-free");
    group("c2", 2).unwrap();
    assert_eq!(group("c3", 1).unwrap_err(), "slot-not-free");
    let seats = claims(&shop);
    let taken = |row: &&ClaimRow| row.unit.is_some() && matches!(row.owner, Owner::Booking(_));
    assert_eq!(seats.iter().filter(taken).count(), 5, "each seat is a unit");
}

/// Half an hour after each, a quarter before: 45 minutes in between when buffers add up, and 30
/// when the larger one is enough.
pub(super) fn neighbours_share_the_larger_buffer<B: StoreBuilder>(builder: &B) {
    for (rule, gap) in [("sum", 45), ("max", 30)] {
        let shop = shared_buffers(builder, rule);
        shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
        let next = |minutes| {
            let start = at("10:00") + chrono::TimeDelta::minutes(minutes);
            shop.book(wanted("ana", "cut", "c2", start))
        };
        assert_eq!(next(gap - 15).unwrap_err(), "slot-not-free");
        next(gap).unwrap();
        claims(&shop);
    }
}

/// A salon with buffers, and a grid of a quarter of an hour.
pub(super) fn shared_buffers<'a, B: StoreBuilder>(builder: &'a B, rule: &str) -> Shop<'a, B> {
    let timing = json!({"timing": {
        "stepMinutes": 15, "bufferBeforeMinutes": 15, "bufferAfterMinutes": 30,
    }});
    let shop = Shop::salon_with(builder, timing);
    shop.put_resource("ana", resource("ana", json!({"bufferRule": rule})));
    shop
}

pub(super) fn limits_count_what_is_booked<B: StoreBuilder>(builder: &B) {
    let two_a_day = json!({"limits": [{"per": "day", "maxBookings": 2}]});
    let of_service = json!({"timing": two_a_day});
    let cases: [(Value, Value, Value); 3] = [
        (two_a_day.clone(), json!({}), json!({})),
        (json!({}), two_a_day.clone(), json!({})),
        (json!({}), json!({}), of_service),
    ];
    for (of_provider, of_resource, of_service) in cases {
        let shop = Shop::new(builder);
        shop.put_provider(merged(provider("ana"), of_provider));
        shop.put_resource("ana", resource("ana", of_resource));
        shop.put_service("ana", service("cut", of_service));
        let first = shop.book(wanted("ana", "cut", "c1", at("08:00"))).unwrap();
        shop.book(wanted("ana", "cut", "c2", at("12:00"))).unwrap();
        let third = || shop.book(wanted("ana", "cut", "c3", at("19:00")));
        assert_eq!(third().unwrap_err(), "slot-not-free");
        shop.book(wanted("ana", "cut", "c3", on(3, "08:00")))
            .unwrap();
        shop.cancel(&first);
        third().unwrap();
    }
}

pub(super) fn ways_between_places_take_time<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let ways = json!({"travel": [
        {"from": "north", "to": "south", "minutes": 45},
        {"from": "south", "to": "north", "minutes": 45},
    ]});
    shop.put_provider(merged(provider("ana"), ways));
    shop.put_resource("ana", resource("ana", json!({})));
    for place in ["north", "south"] {
        let more = json!({"place": place, "timing": {"stepMinutes": 15}});
        shop.put_service("ana", service(place, more));
    }
    shop.book(wanted("ana", "north", "c1", at("09:00")))
        .unwrap();
    let soon = shop.book(wanted("ana", "south", "c2", at("10:30")));
    assert_eq!(soon.unwrap_err(), "slot-not-free");
    shop.book(wanted("ana", "north", "c2", at("10:00")))
        .unwrap();
    shop.book(wanted("ana", "south", "c3", at("11:45")))
        .unwrap();
}
