//! Every refusal that use cases give, and that none of them changes anything.

use quando::booking::Actor;
use serde_json::{Value, json};

use super::StoreBuilder;
use super::fixture::{merged, provider, resource, service};
use super::shop::{
    Answer, Shop, at, booking_id, coded, customer, id, on, operator, wanted, wanted_with,
};
use crate::{BookingKey, Expected};

/// A refusal: what is tried, and its code.
type Row<'a> = (&'a str, Box<dyn Fn() -> Answer<()> + 'a>);

fn check<B: StoreBuilder>(shop: &Shop<'_, B>, rows: &[Row<'_>]) {
    for (code, attempt) in rows {
        let answer = shop.unchanged(attempt);
        assert_eq!(answer, Err(*code));
    }
}

/// Strict rules, so that every refusal can be met.
fn strict() -> Value {
    json!({"offer": {
        "quota": {"holds": 2, "active": 3},
        "terms": {"rules": {
            "approval": true,
            "notice": [
                {"action": "cancel", "actor": "customer", "minutes": 60},
                {"action": "reschedule", "actor": "customer", "minutes": 60},
            ],
            "reasonRequired": ["provider"],
            "holdMinutesMax": 12,
        }},
    }})
}

#[expect(clippy::too_many_lines, reason = "one row for each refusal")]
pub(super) fn of_commands<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon_with(builder, strict());
    // Somebody's first note makes a key, in a partition of its own, before it is decided.
    for name in ["c2", "c3"] {
        let person = crate::personal::PersonId::new(name).unwrap();
        let data = Default::default();
        shop.run(shop.engine.put_person(operator(), person, data))
            .unwrap();
    }
    let new = |time| wanted("ana", "cut", "c1", at(time));
    let held = shop.hold(customer("c1"), new("09:00")).unwrap().value;
    let hold = &held.booking;
    let other = shop.hold(customer("c2"), wanted("ana", "cut", "c2", at("18:00")));
    let other = other.unwrap().value;
    let pending = shop.book(wanted("ana", "cut", "c2", at("10:00"))).unwrap();
    let ended = shop.book(wanted("ana", "cut", "c3", at("11:00"))).unwrap();
    let ended = &shop.cancel(&ended);
    shop.hold(customer("c1"), new("12:00")).unwrap();
    let act = |actor, booking, act: Value| shop.do_to(actor, booking, act).map(drop);
    let versioned = |version: u64| {
        let request = serde_json::from_value(json!({
            "expectedVersion": version, "act": {"do": "approve"},
        }));
        let done = shop
            .engine
            .act(operator(), super::shop::key_of(&pending), request.unwrap());
        coded(shop.run(done)).map(drop)
    };
    let nobody = BookingKey {
        provider: id("ana"),
        booking: booking_id("nobody"),
    };
    let book = |new| shop.create(customer("c3"), new).map(drop);
    let for_c3 = |time: &str, more: Value| wanted_with(wanted("ana", "cut", "c3", at(time)), more);
    let move_to = |start| json!({"do": "reschedule", "start": start});
    let wrong_token = json!({"do": "extendHold", "token": other.token});
    check(
        &shop,
        &[
            (
                "booking-not-found",
                Box::new(|| {
                    let approve = crate::ActOn::from(crate::Act::Approve);
                    coded(shop.run(shop.engine.act(operator(), nobody.clone(), approve))).map(drop)
                }),
            ),
            (
                "booking-not-found",
                Box::new(|| {
                    let start = at("15:00");
                    let moved = crate::Act::Reschedule {
                        start,
                        resources: None,
                    };
                    coded(shop.run(shop.engine.act(operator(), nobody.clone(), moved.into())))
                        .map(drop)
                }),
            ),
            (
                "not-found",
                Box::new(|| coded(shop.run(shop.engine.show_booking(&nobody))).map(drop)),
            ),
            (
                "not-found",
                Box::new(|| book(wanted("ben", "cut", "c3", at("14:00")))),
            ),
            (
                "not-found",
                Box::new(|| book(wanted("ana", "dye", "c3", at("14:00")))),
            ),
            (
                "actor-not-allowed",
                Box::new(|| act(Actor::Customer, &pending, json!({"do": "approve"}))),
            ),
            (
                "wrong-state",
                Box::new(|| act(Actor::Provider, hold, json!({"do": "approve"}))),
            ),
            (
                "wrong-state",
                Box::new(|| act(Actor::Provider, &pending, json!({"do": "checkIn"}))),
            ),
            (
                "booking-ended",
                Box::new(|| act(Actor::Operator, ended, json!({"do": "cancel"}))),
            ),
            ("version-conflict", Box::new(|| versioned(0))),
            ("version-conflict", Box::new(|| versioned(2))),
            (
                "not-the-holder",
                Box::new(|| act(Actor::Customer, hold, wrong_token.clone())),
            ),
            (
                "not-the-holder",
                Box::new(|| {
                    let stolen = crate::Held {
                        booking: hold.clone(),
                        token: other.token,
                    };
                    shop.book_hold(customer("c2"), &stolen).map(drop)
                }),
            ),
            (
                "hold-quota",
                Box::new(|| shop.hold(customer("c1"), new("14:00")).map(drop)),
            ),
            (
                "slot-not-free",
                Box::new(|| book(for_c3("10:00", json!({})))),
            ),
            (
                "slot-not-free",
                Box::new(|| book(for_c3("10:17", json!({})))),
            ),
            (
                "slot-not-free",
                Box::new(|| book(for_c3("07:00", json!({})))),
            ),
            (
                "slot-not-free",
                Box::new(|| book(for_c3("14:00", json!({"party": 2})))),
            ),
            (
                "slot-not-free",
                Box::new(|| book(for_c3("14:00", json!({"resources": [["ben"]]})))),
            ),
            (
                "slot-not-free",
                Box::new(|| act(Actor::Customer, &pending, move_to(at("09:00")))),
            ),
            (
                "same-time",
                Box::new(|| act(Actor::Customer, &pending, move_to(at("10:00")))),
            ),
            (
                "reason-missing",
                Box::new(|| act(Actor::Provider, &pending, json!({"do": "decline"}))),
            ),
            (
                "override-needs-resources",
                Box::new(|| {
                    let over = for_c3("10:00", json!({"overrideReason": " x"}));
                    shop.create(operator(), over).map(drop)
                }),
            ),
        ],
    );
    later_refusals(&shop, &pending);
}

/// What depends on the hour.
#[expect(clippy::too_many_lines, reason = "one row for each refusal")]
fn later_refusals<B: StoreBuilder>(shop: &Shop<'_, B>, pending: &quando::booking::Booking) {
    let act = |actor, act: Value| shop.do_to(actor, pending, act).map(drop);
    let twice = shop.hold(customer("c4"), wanted("ana", "cut", "c4", on(4, "09:00")));
    let twice = twice.unwrap().value;
    let extend = json!({"do": "extendHold", "token": twice.token});
    shop.later(5);
    shop.do_to(Actor::Customer, &twice.booking, extend.clone())
        .unwrap();
    let day = |day| wanted("ana", "cut", "c4", on(day, "09:00"));
    shop.book(day(5)).unwrap();
    shop.book(day(6)).unwrap();
    check(
        shop,
        &[
            (
                "hold-too-long",
                Box::new(|| {
                    shop.do_to(Actor::Customer, &twice.booking, extend.clone())
                        .map(drop)
                }),
            ),
            ("booking-quota", Box::new(|| shop.book(day(7)).map(drop))),
        ],
    );
    shop.later(10);
    check(
        shop,
        &[
            (
                "hold-expired",
                Box::new(|| shop.book_hold(customer("c4"), &twice).map(drop)),
            ),
            (
                "hold-expired",
                Box::new(|| {
                    shop.do_to(Actor::Customer, &twice.booking, extend.clone())
                        .map(drop)
                }),
            ),
        ],
    );
    act(Actor::Provider, json!({"do": "approve"})).unwrap();
    let missed = |whose: &str| json!({"do": "markNoShow", "whose": whose});
    check(
        shop,
        &[
            (
                "too-early",
                Box::new(|| act(Actor::Customer, json!({"do": "checkIn"}))),
            ),
            (
                "too-early",
                Box::new(|| act(Actor::Provider, missed("customer"))),
            ),
            (
                "wrong-state",
                Box::new(|| act(Actor::Operator, json!({"do": "approve"}))),
            ),
        ],
    );
    shop.clock.set(at("09:01"));
    let moved = json!({"do": "reschedule", "start": on(9, "09:00")});
    check(
        shop,
        &[
            (
                "too-late",
                Box::new(|| act(Actor::Customer, json!({"do": "cancel"}))),
            ),
            ("too-late", Box::new(|| act(Actor::Customer, moved.clone()))),
        ],
    );
    shop.clock.set(at("10:15"));
    check(
        shop,
        &[(
            "no-show-of-other",
            Box::new(|| act(Actor::Provider, missed("provider"))),
        )],
    );
    act(Actor::Provider, json!({"do": "complete"})).unwrap();
    let review = json!({"do": "review", "rating": 1, "text": ""});
    act(Actor::Customer, review.clone()).unwrap();
    let dispute = json!({"do": "dispute", "reason": "no"});
    check(
        shop,
        &[
            (
                "review-twice",
                Box::new(|| act(Actor::Customer, review.clone())),
            ),
            (
                "booking-ended",
                Box::new(|| act(Actor::Operator, json!({"do": "cancel"}))),
            ),
        ],
    );
    shop.clock.set(on(30, "10:00"));
    check(
        shop,
        &[
            (
                "review-closed",
                Box::new(|| {
                    act(
                        Actor::Provider,
                        json!({"do": "review", "rating": 1, "text": ""}),
                    )
                }),
            ),
            (
                "nothing-due",
                Box::new(|| act(Actor::Customer, dispute.clone())),
            ),
        ],
    );
}

#[expect(clippy::too_many_lines, reason = "one row for each refusal")]
pub(super) fn of_records<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let engine = &shop.engine;
    let put_provider = |record: Value, expected| {
        let record = serde_json::from_value(record).unwrap();
        coded(shop.run(engine.put_provider(operator(), record, expected))).map(drop)
    };
    let put_resource = |of: &str, record: Value, expected| {
        let record = serde_json::from_value(record).unwrap();
        coded(shop.run(engine.put_resource(operator(), id(of), record, expected))).map(drop)
    };
    let put_service = |of: &str, record: Value, expected| {
        let record = serde_json::from_value(record).unwrap();
        coded(shop.run(engine.put_service(operator(), id(of), record, expected))).map(drop)
    };
    let busy = |resource: &str| {
        let time = crate::BusyTime { busy: Vec::new() };
        let which = (id("ana"), id(resource));
        coded(shop.run(engine.replace_busy(operator(), which, "home", time))).map(drop)
    };
    let long = "x".repeat(10_001);
    let many: Vec<String> = (0..33).map(|number| format!("tag-{number}")).collect();
    let slot = json!([{"start": at("09:00"), "end": at("10:00")}]);
    let any = Expected::Any;
    check(
        &shop,
        &[
            (
                "record-name",
                Box::new(|| put_provider(merged(provider("ben"), json!({"name": " "})), any)),
            ),
            (
                "record-description",
                Box::new(|| {
                    put_provider(merged(provider("ben"), json!({"description": long})), any)
                }),
            ),
            (
                "record-too-many",
                Box::new(|| {
                    put_provider(merged(provider("ben"), json!({"categories": many})), any)
                }),
            ),
            (
                "already-exists",
                Box::new(|| put_provider(provider("ana"), Expected::New)),
            ),
            (
                "record-version-conflict",
                Box::new(|| put_provider(provider("ana"), Expected::Version(9))),
            ),
            (
                "not-found",
                Box::new(|| put_provider(provider("ben"), Expected::Version(1))),
            ),
            (
                "record-kept-apart",
                Box::new(|| put_resource("ana", resource("r", json!({"busy": slot})), any)),
            ),
            (
                "record-kept-apart",
                Box::new(|| put_resource("ana", resource("r", json!({"claims": slot})), any)),
            ),
            (
                "record-question",
                Box::new(|| {
                    let max = json!({"capacity": 2, "bufferRule": "max"});
                    put_resource("ana", resource("r", max), any)
                }),
            ),
            (
                "not-found",
                Box::new(|| put_resource("ben", resource("r", json!({})), any)),
            ),
            (
                "not-found",
                Box::new(|| put_resource("ana", resource("r", json!({})), Expected::Version(1))),
            ),
            (
                "already-exists",
                Box::new(|| put_resource("ana", resource("ana", json!({})), Expected::New)),
            ),
            (
                "record-other-service",
                Box::new(|| {
                    put_service("ana", service("cut", json!({"timing": {"id": "dye"}})), any)
                }),
            ),
            (
                "record-unknown-resource",
                Box::new(|| {
                    put_service(
                        "ana",
                        service("dye", json!({"need": [{"anyOf": ["nobody"]}]})),
                        any,
                    )
                }),
            ),
            (
                "record-question",
                Box::new(|| {
                    put_service(
                        "ana",
                        service("dye", json!({"timing": {"durationMinutes": 0}})),
                        any,
                    )
                }),
            ),
            (
                "not-found",
                Box::new(|| put_service("ben", service("dye", json!({})), any)),
            ),
            ("not-found", Box::new(|| busy("nobody"))),
            (
                "not-found",
                Box::new(|| {
                    let which = (id("ana"), id("dye"));
                    coded(shop.run(engine.delete_service(operator(), which, any))).map(drop)
                }),
            ),
            (
                "not-found",
                Box::new(|| {
                    let which = (id("ana"), id("nobody"));
                    coded(shop.run(engine.delete_resource(operator(), which, any))).map(drop)
                }),
            ),
            (
                "record-in-use",
                Box::new(|| {
                    let which = (id("ana"), id("ana"));
                    coded(shop.run(engine.delete_resource(operator(), which, any))).map(drop)
                }),
            ),
        ],
    );
    // What is not active cannot be booked or found.
    let off = json!({"active": false});
    shop.put_service("ana", service("cut", off.clone()));
    let book = || shop.book(wanted("ana", "cut", "c1", at("09:00"))).map(drop);
    check(&shop, &[("not-found", Box::new(book))]);
    shop.put_service("ana", service("cut", json!({})));
    shop.put_provider(merged(provider("ana"), off));
    check(&shop, &[("not-found", Box::new(book))]);
}
