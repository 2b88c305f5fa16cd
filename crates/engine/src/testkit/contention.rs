//! Many at once: exactly as many succeed as there is room for.

use quando::booking::{Actor, Booking, Status};
use serde_json::json;

use super::StoreBuilder;
use super::fixture::{merged, provider, resource, service, with_rules};
use super::shop::{Answer, Shop, at, coded, customer, id, keyed, on, operator, wanted, winners};
use crate::store::{Item, List};
use crate::{Engine, Expected, NewBooking};

/// How many ask at once.
const MANY: u64 = 32;

/// Books on many threads, half of them through an engine of their own, as other processes do.
fn rush<B: StoreBuilder>(
    shop: &Shop<'_, B>,
    new: impl Fn(u64) -> NewBooking + Sync,
) -> Vec<Answer<Booking>> {
    let others: Vec<Engine<B::Store>> = (0..MANY)
        .map(|seed| shop.another_engine(seed + 2))
        .collect();
    shop.at_once(MANY, |number| {
        let own = usize::try_from(number).expect("a few threads");
        let engine = if number % 2 == 0 {
            &shop.engine
        } else {
            &others[own]
        };
        let name = format!("c{number}");
        let create = engine.create_booking(customer(&name), new(number));
        coded(shop.run(create)).map(|done| done.value)
    })
}

fn stored<B: StoreBuilder>(shop: &Shop<'_, B>, status: Status) -> usize {
    let list = List::AllBookings {
        after: None,
        limit: 1_000,
    };
    let rows = shop.list(list);
    let of_status = |item: &&Item| matches!(item, Item::Booking(row) if row.status == status);
    rows.iter().filter(of_status).count()
}

fn who(number: u64) -> String {
    format!("c{number}")
}

pub(super) fn one_unit<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let answers = rush(&shop, |n| wanted("ana", "cut", &who(n), at("09:00")));
    assert_eq!(winners(&answers, &["slot-not-free"]), 1);
    assert_eq!(stored(&shop, Status::Confirmed), 1);
}

pub(super) fn three_units<B: StoreBuilder>(builder: &B) {
    let shop = Shop::pool(builder);
    let answers = rush(&shop, |n| wanted("harbour", "boat", &who(n), at("09:00")));
    assert_eq!(winners(&answers, &["slot-not-free"]), 3);
    assert_eq!(stored(&shop, Status::Confirmed), 3);
}

pub(super) fn five_seats<B: StoreBuilder>(builder: &B) {
    let shop = Shop::studio(builder);
    let answers = rush(&shop, |n| wanted("studio", "yoga", &who(n), at("09:00")));
    assert_eq!(winners(&answers, &["slot-not-free"]), 5);
    assert_eq!(stored(&shop, Status::Confirmed), 5);
}

/// Some ask for the doctor and the room, some for the room and the doctor.
pub(super) fn two_resources_in_both_orders<B: StoreBuilder>(builder: &B) {
    let shop = Shop::clinic(builder);
    let answers = rush(&shop, |n| {
        let service = if n % 4 < 2 { "check-up" } else { "cleaning" };
        wanted("clinic", service, &who(n), at("09:00"))
    });
    assert_eq!(winners(&answers, &["slot-not-free"]), 1);
    let claims = shop.list(List::Claims {
        provider: None,
        after: None,
        limit: 1_000,
    });
    assert_eq!(claims.len(), 2, "one has both, and nobody has one");
}

pub(super) fn approved_once<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon_with(builder, with_rules(json!({"approval": true})));
    let pending = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    let answers = shop.at_once(8, |_| {
        shop.do_to(Actor::Provider, &pending, json!({"do": "approve"}))
    });
    assert_eq!(winners(&answers, &["wrong-state"]), 1);
    assert_eq!(shop.show(&pending).version, 2);
}

pub(super) fn moved_into_one_slot<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let all: Vec<Booking> = (0..8_u32)
        .map(|n| {
            let start = on(3 + n, "08:00");
            shop.book(wanted("ana", "cut", &who(n.into()), start))
                .unwrap()
        })
        .collect();
    let answers = shop.at_once(8, |number| {
        let own = &all[usize::try_from(number).expect("a few threads")];
        let act = json!({"do": "reschedule", "start": at("09:00")});
        shop.do_to(Actor::Customer, own, act)
    });
    assert_eq!(winners(&answers, &["slot-not-free"]), 1);
    let moved = all
        .iter()
        .filter(|each| shop.show(each).slot.start() == at("09:00"));
    assert_eq!(moved.count(), 1);
}

pub(super) fn held_or_booked<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let answers: Vec<Answer<()>> = shop.at_once(MANY, |number| {
        let new = wanted("ana", "cut", &who(number), at("09:00"));
        if number % 2 == 0 {
            shop.hold(customer(&who(number)), new).map(drop)
        } else {
            shop.book(new).map(drop)
        }
    });
    assert_eq!(winners(&answers, &["slot-not-free"]), 1);
}

fn quota(holds: u32, active: u32) -> serde_json::Value {
    json!({"offer": {"quota": {"holds": holds, "active": active}}})
}

pub(super) fn quotas<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon_with(builder, quota(3, 4));
    let answers = rush(&shop, |n| {
        let day = 3 + u32::try_from(n % 16).expect("a day");
        let time = if n < 16 { "09:00" } else { "10:00" };
        wanted("ana", "cut", "c1", on(day, time))
    });
    assert_eq!(winners(&answers, &["booking-quota"]), 4);
    assert_eq!(stored(&shop, Status::Confirmed), 4);
}

pub(super) fn holds<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon_with(builder, quota(2, 20));
    let answers = shop.at_once(16, |number| {
        let day = 3 + u32::try_from(number).expect("a day");
        let new = wanted("ana", "cut", "c1", on(day, "09:00"));
        shop.hold(customer("c1"), new)
    });
    assert_eq!(winners(&answers, &["hold-quota"]), 2);
    assert_eq!(stored(&shop, Status::Held), 2);
}

/// The two slots do not meet, and no rule of rows keeps them apart: only who decides alone sees
/// that one buffer is too short.
pub(super) fn shared_buffers<B: StoreBuilder>(builder: &B) {
    let shop = super::capacity::shared_buffers(builder, "max");
    let answers = rush(&shop, |n| {
        let time = if n % 4 < 2 { "09:00" } else { "10:15" };
        wanted("ana", "cut", &who(n), at(time))
    });
    assert_eq!(winners(&answers, &["slot-not-free"]), 1);
}

pub(super) fn limits_of_a_day<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let limits = json!({"limits": [{"per": "day", "maxBookings": 3}]});
    shop.put_provider(merged(provider("ana"), limits));
    for name in ["ana", "ben"] {
        shop.put_resource("ana", resource(name, json!({})));
        let need = json!({"need": [{"anyOf": [name]}]});
        shop.put_service("ana", service(name, need));
    }
    let answers = rush(&shop, |n| {
        let (service, hour) = (["ana", "ben"][usize::from(n % 4 < 2)], 8 + n % 12);
        wanted("ana", service, &who(n), at(&format!("{hour:02}:00")))
    });
    assert_eq!(winners(&answers, &["slot-not-free"]), 3);
    assert_eq!(stored(&shop, Status::Confirmed), 3);
}

/// One request, sent by many processes at once.
pub(super) fn one_key<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let engines: Vec<Engine<B::Store>> = (0..8).map(|seed| shop.another_engine(seed + 2)).collect();
    let request = || wanted("ana", "cut", "c1", at("09:00"));
    let answers = shop.at_once(8, |number| {
        let engine = &engines[usize::try_from(number).expect("a few threads")];
        let create = engine.create_booking(keyed(customer("c1"), "once"), request());
        coded(shop.run(create))
    });
    let done: Vec<_> = answers.iter().flatten().collect();
    assert!(winners(&answers, &["idempotency-in-flight"]) > 0);
    let first = done.iter().filter(|each| !each.replayed).count();
    assert_eq!(first, 1, "one is booked, all others are told of it");
    assert!(done.iter().all(|each| each.json == done[0].json));
    assert_eq!(stored(&shop, Status::Confirmed), 1);
}

pub(super) fn edits_of_one_record<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let answers = shop.at_once(8, |number| {
        let minutes = json!({"timing": {"durationMinutes": 10 + number}});
        let record = serde_json::from_value(service("cut", minutes)).unwrap();
        let version = Expected::Version(1);
        let put = shop
            .engine
            .put_service(operator(), id("ana"), record, version);
        coded(shop.run(put))
    });
    assert_eq!(winners(&answers, &["record-version-conflict"]), 1);
    let read = shop
        .run(shop.engine.service(&id("ana"), &id("cut")))
        .unwrap();
    assert_eq!(read.unwrap().version, 2);
}
