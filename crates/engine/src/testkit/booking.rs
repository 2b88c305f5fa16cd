//! Each use case of bookings once, in the normal way.

use quando::booking::series::{Reach, SeriesMode};
use quando::booking::{Actor, Booking, Status};
use quando::id::{BookingId, SeriesId};
use quando::money::Money;
use quando::time::Window;
use serde_json::{Value, json};

use super::StoreBuilder;
use super::fixture::{merged, service, with_rules};
use super::shop::{
    Answer, Shop, at, coded, customer, id, key_of, on, operator, resources, wanted, wanted_with,
};
use crate::{MoveSeries, NewSeries, SlotsRequest};

pub(super) fn from_offer_to_review<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let all = shop.free("ana", "cut");
    assert_eq!(all.len(), 12, "an hour each from 8 to 20: {all:?}");
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    assert_eq!((booked.status, booked.version), (Status::Confirmed, 1));
    let free = shop.free("ana", "cut");
    let left: Vec<&String> = all.iter().filter(|time| *time != "09:00").collect();
    assert_eq!(free.iter().collect::<Vec<_>>(), left);

    shop.clock.set(at("09:00"));
    let come = shop.do_to(Actor::Customer, &booked, json!({"do": "checkIn"}));
    assert_eq!(come.unwrap().status, Status::InProgress);
    shop.clock.set(at("10:00"));
    let done = shop.do_to(Actor::Provider, &booked, json!({"do": "complete"}));
    assert_eq!(done.unwrap().status, Status::Completed);
    let review = json!({"do": "review", "rating": 5, "text": "very good"});
    shop.do_to(Actor::Customer, &booked, review).unwrap();
    let review = json!({"do": "review", "rating": 4, "text": "was late"});
    let reviewed = shop.do_to(Actor::Provider, &booked, review).unwrap();
    assert_eq!(shop.show(&booked), reviewed);
    let reviews = reviewed.reviews.expect("a completed booking has reviews");
    assert!(reviews.is_published(), "both sides have written");
}

pub(super) fn a_hold_becomes_a_booking<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let held = shop.hold(customer("c1"), wanted("ana", "cut", "c1", at("09:00")));
    let held = held.unwrap().value;
    assert_eq!(held.booking.status, Status::Held);
    assert!(!shop.free("ana", "cut").contains(&"09:00".to_owned()));
    shop.later(5);
    let extend = json!({"do": "extendHold", "token": held.token});
    let extended = shop.do_to(Actor::Customer, &held.booking, extend).unwrap();
    let due =
        |minutes| super::shop::instant(super::shop::NOW) + chrono::TimeDelta::minutes(minutes);
    assert_eq!(held.booking.due_at, Some(due(10)));
    assert_eq!(extended.due_at, Some(due(15)));
    let booked = shop.book_hold(customer("c1"), &held).unwrap().value;
    assert_eq!((booked.status, booked.version), (Status::Confirmed, 3));
    assert_eq!(booked.id, held.booking.id);
    assert_eq!(booked.due_at, None);
}

pub(super) fn an_approval_and_a_refusal_of_one<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon_with(builder, with_rules(json!({"approval": true})));
    let first = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    assert_eq!(first.status, Status::Pending);
    let approved = shop.do_to(Actor::Provider, &first, json!({"do": "approve"}));
    assert_eq!(approved.unwrap().status, Status::Confirmed);
    let second = shop.book(wanted("ana", "cut", "c2", at("10:00"))).unwrap();
    assert!(!shop.free("ana", "cut").contains(&"10:00".to_owned()));
    let declined = shop.do_to(Actor::Provider, &second, json!({"do": "decline"}));
    assert_eq!(declined.unwrap().status, Status::Declined);
    assert!(shop.free("ana", "cut").contains(&"10:00".to_owned()));
}

pub(super) fn moved_and_reassigned<B: StoreBuilder>(builder: &B) {
    let shop = Shop::clinic(builder);
    let first = shop.book(wanted("clinic", "visit", "c1", at("09:00")));
    let first = first.unwrap();
    let moved = shop.do_to(
        Actor::Customer,
        &first,
        json!({"do": "reschedule", "start": at("11:00")}),
    );
    let moved = moved.unwrap();
    assert_eq!(moved.slot.start(), at("11:00"));
    assert_eq!((moved.version, moved.sequence), (2, 1));
    let others = json!([["doctor-2"], ["room-2"]]);
    let act = json!({"do": "reassign", "resources": others});
    let reassigned = shop.do_to(Actor::Provider, &moved, act).unwrap();
    assert_eq!(resources(&reassigned), ["doctor-2", "room-2"]);
    // What it had before is free again, and what it has is not.
    let chosen = |doctor: &str, room: &str| {
        let new = wanted("clinic", "visit", "c2", at("11:00"));
        wanted_with(new, json!({"resources": [[doctor], [room]]}))
    };
    assert_eq!(
        shop.book(chosen("doctor-2", "room-1")).unwrap_err(),
        "slot-not-free"
    );
    shop.book(chosen("doctor-1", "room-1")).unwrap();
}

pub(super) fn a_no_show_and_its_undoing<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    shop.clock.set(at("09:15"));
    let missed = json!({"do": "markNoShow", "whose": "customer"});
    let marked = shop.do_to(Actor::Provider, &booked, missed.clone());
    assert_eq!(marked.unwrap().status, Status::NoShow);
    let undone = shop.do_to(Actor::Operator, &booked, json!({"do": "undoNoShow"}));
    assert_eq!(undone.unwrap().status, Status::Confirmed);
    shop.do_to(Actor::Provider, &booked, missed).unwrap();
    shop.clock.set(on(3, "09:15"));
    assert_eq!(shop.fire_deadlines(), 1);
    let settled = shop.show(&booked).no_show.expect("somebody did not come");
    assert!(settled.settled);
}

pub(super) fn a_series_and_its_end<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    shop.book(wanted("ana", "cut", "c2", on(9, "09:00")))
        .unwrap();
    let weekly = |mode| NewSeries {
        new: wanted("ana", "cut", "c1", at("09:00")),
        repeat: serde_json::from_value(json!({"rrule": "FREQ=WEEKLY;COUNT=3"})).unwrap(),
        mode,
    };
    let none = shop
        .engine
        .create_series(customer("c1"), weekly(SeriesMode::AllOrNothing));
    let none = shop.run(none).unwrap().value;
    assert!(none.occurrences.iter().all(|each| each.status.is_none()));
    assert_eq!(none.occurrences[1].code.as_deref(), Some("slot-not-free"));
    let some = shop
        .engine
        .create_series(customer("c1"), weekly(SeriesMode::BestEffort));
    let some = shop.run(some).unwrap().value;
    let booked: Vec<bool> = some
        .occurrences
        .iter()
        .map(|each| each.status == Some(Status::Confirmed))
        .collect();
    assert_eq!(booked, [true, false, true]);
    let provider = id("ana");
    let of_series = shop.run(shop.engine.series_bookings(&provider, &some.series));
    let of_series = of_series.unwrap();
    assert_eq!(of_series.len(), 2);
    let cancel = shop.engine.cancel_series(
        operator(),
        key_of(&of_series[0]),
        Reach::ThisAndFollowing,
        None,
    );
    let cancelled = shop.run(cancel).unwrap();
    assert_eq!(cancelled.occurrences.len(), 2);
    for booking in &of_series {
        assert_eq!(shop.show(booking).status, Status::Cancelled);
    }
}

pub(super) fn read_in_every_way<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let first = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    shop.later(1);
    let second = shop.book(wanted("ana", "cut", "c1", at("10:00"))).unwrap();
    let engine = &shop.engine;
    assert_eq!(
        shop.run(engine.find_booking(&first.id)).unwrap(),
        key_of(&first)
    );
    let none: BookingId = id("no such booking");
    assert_eq!(
        coded(shop.run(engine.find_booking(&none))),
        Err("not-found")
    );
    let provider = id("ana");
    let listed = shop
        .run(engine.bookings(&provider, None, None, 10))
        .unwrap();
    assert_eq!(listed, [second.clone(), first.clone()]);
    shop.cancel(&first);
    let confirmed = Some(Status::Confirmed);
    let listed = shop
        .run(engine.bookings(&provider, confirmed, None, 10))
        .unwrap();
    assert_eq!(listed, std::slice::from_ref(&second));
    assert_eq!(
        shop.run(engine.customer_bookings(&id("c1"), None, 10))
            .unwrap(),
        []
    );
    shop.relay(10);
    let theirs = shop
        .run(engine.customer_bookings(&id("c1"), None, 10))
        .unwrap();
    assert_eq!(theirs, [second.clone(), shop.show(&first)]);

    let quote = shop
        .run(engine.quote(&wanted("ana", "cut", "c1", at("09:00"))))
        .unwrap();
    assert_eq!(quote.total().amount_text(), "100.00");
    let (key, request, service) = (key_of(&second), SlotsRequest::default(), id("cut"));
    shop.run(engine.preview_cancellation(&key, Actor::Customer))
        .unwrap();
    let next = engine.next_slots(&provider, &service, Some(at("10:00")), &request);
    assert_eq!(shop.run(next).unwrap()[0].start, at("11:00"));
    let shorter = json!({"id": "ana", "schedule": {"zone": "UTC", "weekly": {}}});
    let shorter = serde_json::from_value(shorter).unwrap();
    let broken = shop.run(engine.what_if(&provider, &shorter)).unwrap();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].booking, second.id);
    let window = Window::new(at("08:00"), at("10:00")).unwrap();
    let asked = shop.run(engine.query((&provider, &service), window, &request));
    assert_eq!(asked.unwrap().resources[0].claims.len(), 1);
}

pub(super) fn over_a_conflict_knowingly<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    let over = wanted_with(
        wanted("ana", "cut", "c2", at("09:00")),
        json!({"resources": [["ana"]], "overrideReason": "her sister"}),
    );
    assert_eq!(
        shop.create(customer("c2"), over.clone()).unwrap_err(),
        "actor-not-allowed"
    );
    let double = shop.create(operator(), over).unwrap().value;
    assert!(double.overridden.is_some());
    assert_eq!(double.status, Status::Confirmed);
    shop.put_service("ana", service("wash", json!({})));
    let late = shop.book(wanted("ana", "wash", "c3", at("09:00")));
    assert_eq!(late.unwrap_err(), "slot-not-free");
}

pub(super) fn as_long_as_is_offered<B: StoreBuilder>(builder: &B) {
    let mask =
        json!({"id": "mask", "price": {"amount": "10.00", "currency": "EUR"}, "minutes": 15});
    let add_ons = json!({"offer": {"terms": {"price": {"addOns": [mask]}}}});
    let shop = Shop::salon_with(builder, add_ons.clone());
    let long = merged(
        add_ons,
        json!({"timing": {"stepMinutes": 60, "durationChoices": [60, 90]}}),
    );
    shop.put_service("ana", service("dye", long));
    let book = |service: &str, day: u32, more: Value| {
        let new = wanted_with(wanted("ana", service, "c1", on(day, "09:00")), more);
        let booked = shop.book(new)?;
        Ok((booked.slot.duration().num_minutes(), booked.quote.total()))
    };
    let euros = |amount: &str| format!("{amount} EUR");
    let is = |answer: Answer<(i64, Money)>, minutes: i64, amount: &str| {
        let (length, total) = answer.unwrap();
        assert_eq!((length, total.to_string()), (minutes, euros(amount)));
    };
    let no_choice = Err("not-a-duration-choice");
    for minutes in [1, 30, 59, 61, 120] {
        let more = json!({"durationMinutes": minutes});
        assert_eq!(book("cut", 2, more.clone()), no_choice, "{minutes}");
        assert_eq!(book("dye", 2, more), no_choice, "{minutes}");
    }
    // What add-ons take is not for the customer to choose.
    let whole = json!({"durationMinutes": 75, "addOns": ["mask"]});
    assert_eq!(book("dye", 2, whole), no_choice);
    is(book("cut", 2, json!({"durationMinutes": 60})), 60, "100.00");
    is(book("cut", 3, json!({"addOns": ["mask"]})), 75, "110.00");
    is(book("dye", 4, json!({"durationMinutes": 90})), 90, "100.00");
    let both = json!({"durationMinutes": 90, "addOns": ["mask"]});
    is(book("dye", 5, both), 105, "110.00");
    // Whoever books knowingly what is not offered books any duration.
    let over = json!({
        "durationMinutes": 45, "resources": [["ana"]], "overrideReason": "only the fringe",
    });
    let new = wanted_with(wanted("ana", "cut", "c2", on(6, "09:00")), over);
    let over = shop.create(operator(), new).unwrap().value;
    assert_eq!(over.slot.duration().num_minutes(), 45);
    slots_are_as_long(&shop);
}

/// Slots that are listed are as long as bookings may be, and others are not listed.
fn slots_are_as_long<B: StoreBuilder>(shop: &Shop<'_, B>) {
    let window = Window::parse("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z").unwrap();
    let lengths = |service: &str, request: Value| {
        let request: SlotsRequest = serde_json::from_value(request).unwrap();
        let (ana, service) = (id("ana"), id(service));
        let slots = coded(shop.run(shop.engine.slots(&ana, &service, window, &request)))?;
        let mut lengths: Vec<i64> = slots
            .slots
            .iter()
            .map(|slot| (slot.end - slot.start).num_minutes())
            .collect();
        lengths.dedup();
        Ok((slots.slots.len(), lengths))
    };
    // From 8 to 20, each hour, as long as there is room before 20.
    assert_eq!(lengths("cut", json!({})), Ok((12, vec![60])));
    let masked = json!({"addOns": ["mask"]});
    assert_eq!(lengths("cut", masked), Ok((11, vec![75])));
    let long = json!({"durationMinutes": 90, "addOns": ["mask"]});
    assert_eq!(lengths("dye", long.clone()), Ok((11, vec![105])));
    let no_choice = Err("not-a-duration-choice");
    assert_eq!(lengths("cut", long), no_choice);
    assert_eq!(lengths("dye", json!({"durationMinutes": 75})), no_choice);
}

pub(super) fn a_series_is_moved<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let other = shop.book(wanted("ana", "cut", "c2", on(16, "10:00")));
    let other = other.unwrap();
    let made = |customer_id: &str, time: &str, rrule: &str| {
        let new = NewSeries {
            new: wanted("ana", "cut", customer_id, at(time)),
            repeat: serde_json::from_value(json!({"rrule": rrule})).unwrap(),
            mode: SeriesMode::AllOrNothing,
        };
        let made = shop.engine.create_series(customer(customer_id), new);
        shop.run(made).unwrap().value.series
    };
    let provider = id("ana");
    let found = |series: &SeriesId| {
        let found = shop.engine.series_bookings(&provider, series);
        shop.run(found).unwrap()
    };
    let starts = |series: &SeriesId| {
        let text = |each: &Booking| format!("{}", each.slot.start().format("%d %H"));
        found(series).iter().map(text).collect::<Vec<String>>()
    };
    let moved = |booking: &Booking, reach, start, mode| {
        let request = MoveSeries { reach, start, mode };
        let moved = shop
            .engine
            .reschedule_series(operator(), key_of(booking), request);
        coded(shop.run(moved)).map(|done| {
            let codes = done.value.occurrences.into_iter().map(|each| each.code);
            codes
                .map(|code| code.unwrap_or_default())
                .collect::<Vec<String>>()
        })
    };
    let weekly = made("c1", "09:00", "FREQ=WEEKLY;COUNT=4");
    let second = found(&weekly).remove(1);
    let from_second = |mode| moved(&second, Reach::ThisAndFollowing, on(9, "10:00"), mode).unwrap();
    let none = shop.unchanged(|| from_second(SeriesMode::AllOrNothing));
    assert_eq!(none, ["", "slot-not-free", ""]);
    assert_eq!(
        from_second(SeriesMode::BestEffort),
        ["", "slot-not-free", ""]
    );
    assert_eq!(starts(&weekly), ["02 09", "09 10", "16 09", "23 10"]);
    let versions: Vec<u64> = found(&weekly).iter().map(|each| each.version).collect();
    assert_eq!(versions, [1, 2, 1, 2]);
    // A series makes way for itself, in both directions.
    let daily = made("c3", "14:00", "FREQ=DAILY;COUNT=3");
    let first = found(&daily).remove(0);
    let all = |start| moved(&first, Reach::All, start, SeriesMode::AllOrNothing).unwrap();
    assert_eq!(all(on(3, "14:00")), ["", "", ""]);
    assert_eq!(starts(&daily), ["03 14", "04 14", "05 14"]);
    assert_eq!(all(at("14:00")), ["", "", ""]);
    assert_eq!(starts(&daily), ["02 14", "03 14", "04 14"]);
    let alone = moved(&other, Reach::All, at("16:00"), SeriesMode::BestEffort);
    assert_eq!(alone.unwrap_err(), "series-several");
}
