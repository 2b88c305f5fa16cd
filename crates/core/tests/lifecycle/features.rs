//! The feature contract of bookings, row by row. Row numbers are stable.

use quando::availability::Query;
use quando::booking::{Decision, Rejection, Status, broken_by, decide};
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, hold, iso, patched, token_text, usd, wish};
use crate::support::{claim, daily, instant, short};

fn code(result: Result<Decision, Rejection>) -> &'static str {
    result.map_or_else(
        |rejection| rejection.code(),
        |decision| decision.booking.status.name(),
    )
}

fn cancel(actor: &str) -> Value {
    command("cancel", actor, json!({}))
}

fn move_to(start: &str, actor: &str) -> Value {
    command("reschedule", actor, json!({"start": iso(start)}))
}

fn approve() -> Value {
    command("approve", "provider", json!({"codeSeed": "00000001"}))
}

fn convert(token: u8) -> Value {
    let form = json!({"token": token_text(token), "codeSeed": "00000001"});
    command("create", "customer", form)
}

/// A customer's booking at a start; the start is its id.
fn book(shop: &mut Shop, start: &str, customer: &str) -> &'static str {
    let form = create(start, start, json!({"customer": customer}));
    code(shop.act(start, form, "01T00:00"))
}

#[test]
fn c02_buffers_are_those_of_the_time_of_booking() {
    let service = json!({"service": {"bufferAfterMinutes": 10, "stepMinutes": 10}});
    let mut shop = Shop::new(service, json!({"terms": {"rules": {"approval": true}}}));
    shop.question.resources[1].buffer_after_minutes = Some(minutes(30));
    shop.act("b1", create("b1", "02T10:00", json!({})), "01T00:00")
        .unwrap();
    let take = |shop: &Shop, id: &str| shop.booking(id).takes[0].buffer_after_minutes.get();
    assert_eq!(take(&shop, "b1"), 10);
    // The service has longer buffers from now on, and Dan books under those.
    shop.question.service.buffer_after_minutes = minutes(60);
    let dan = json!({"customer": "dan"});
    assert_eq!(
        code(shop.act("b2", create("b2", "02T11:00", dan.clone()), "01T00:00")),
        "slot-not-free"
    );
    shop.act("b2", create("b2", "02T11:10", dan), "01T00:00")
        .unwrap();
    assert_eq!((take(&shop, "b1"), take(&shop, "b2")), (10, 60));
    // Checked again, the first booking still ends ten minutes before the second.
    assert_eq!(code(shop.act("b1", approve(), "01T01:00")), "confirmed");
    // Ben has a buffer of his own.
    shop.question.need = serde_json::from_value(json!([{"anyOf": ["ben"]}])).unwrap();
    shop.act("b3", create("b3", "02T10:00", json!({})), "01T00:00")
        .unwrap();
    assert_eq!(take(&shop, "b3"), 30);
}

fn minutes(count: u32) -> quando::time::Minutes {
    quando::time::Minutes::new(count).unwrap()
}

#[test]
fn c06_a_pending_request_takes_its_time_and_is_checked_again_when_approved() {
    let mut shop = Shop::with_rules(json!({"approval": true}));
    shop.act("b1", create("b1", "02T10:00", json!({})), "01T00:00")
        .unwrap();
    assert_eq!(book(&mut shop, "02T10:00", "dan"), "slot-not-free");
    // Ana falls ill before she has answered: what no longer fits cannot be approved.
    let absence = json!([{"start": iso("02T09:00"), "end": iso("02T12:00")}]);
    shop.question.resources[0].absences = serde_json::from_value(absence).unwrap();
    let refused = shop.act("b1", approve(), "01T01:00").unwrap_err();
    let Rejection::SlotNotFree { reasons } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(json!(reasons), json!([{"code": "busy", "resource": "ana"}]));
    assert_eq!(shop.status("b1"), Status::Pending);
    shop.question.resources[0].absences.clear();
    assert_eq!(code(shop.act("b1", approve(), "01T01:00")), "confirmed");
    // The grid binds new starts only.
    shop.question.service.step_minutes = Some(minutes(45));
    shop.act("b2", create("b2", "02T12:00", json!({})), "01T00:00")
        .unwrap();
    shop.question.service.step_minutes = Some(minutes(50));
    assert_eq!(code(shop.act("b2", approve(), "01T01:00")), "confirmed");
}

#[test]
fn c07_a_hold_is_its_holders_until_its_deadline() {
    let mut shop = Shop::with_rules(json!({}));
    shop.act("h1", hold("h1", "02T10:00", 1), "01T00:00")
        .unwrap();
    assert_eq!(shop.booking("h1").due_at, Some(instant("01T00:10")));
    let mut other = hold("h2", "02T10:00", 2);
    other["wanted"]["customer"] = json!("dan");
    assert_eq!(
        code(shop.act("h2", other.clone(), "01T00:09")),
        "slot-not-free"
    );
    // Only who has the token extends, converts or lets go; and the token itself is not kept.
    assert_eq!(
        code(shop.act("h1", convert(2), "01T00:05")),
        "not-the-holder"
    );
    let extend = |token: u8| {
        command(
            "extendHold",
            "customer",
            json!({"token": token_text(token)}),
        )
    };
    assert_eq!(
        code(shop.act("h1", extend(2), "01T00:05")),
        "not-the-holder"
    );
    assert_eq!(
        code(shop.act("h1", cancel("customer"), "01T00:05")),
        "not-the-holder"
    );
    assert!(!json!(shop.bookings()).to_string().contains(&token_text(1)));
    // Ten minutes from now on, and never more than 30 in all.
    shop.act("h1", extend(1), "01T00:09").unwrap();
    assert_eq!(shop.booking("h1").due_at, Some(instant("01T00:19")));
    shop.act("h1", extend(1), "01T00:18").unwrap();
    shop.act("h1", extend(1), "01T00:25").unwrap();
    assert_eq!(shop.booking("h1").due_at, Some(instant("01T00:30")));
    assert_eq!(code(shop.act("h1", extend(1), "01T00:29")), "hold-too-long");
    // At the deadline exactly one of the two holds: it is expired, and the slot is free.
    assert_eq!(code(shop.act("h1", convert(1), "01T00:30")), "hold-expired");
    assert_eq!(code(shop.act("h2", other, "01T00:30")), "held");
    assert_eq!(code(shop.act("h2", convert(2), "01T00:39")), "confirmed");
    assert_eq!(
        code(shop.act("h2", convert(2), "01T00:39")),
        "wrong-state",
        "one hold, one booking"
    );
    // An expired hold does not come back when the clock does.
    assert_eq!(
        code(shop.act("h1", command("expire", "system", json!({})), "01T00:30")),
        "expired"
    );
    assert_eq!(
        code(shop.act("h1", convert(1), "01T00:05")),
        "booking-ended"
    );
}

#[test]
fn c07_a_clock_that_goes_back_revives_no_hold() {
    let mut shop = Shop::with_rules(json!({}));
    shop.act("h1", hold("h1", "02T10:00", 1), "01T00:00")
        .unwrap();
    let mut snapshot = shop.snapshot("h1", "cara");
    snapshot.decided_until = Some(instant("01T00:10"));
    let command = serde_json::from_value(convert(1)).unwrap();
    let refused = decide::decide(&snapshot, &command, instant("01T00:05")).unwrap_err();
    assert_eq!(refused.code(), "hold-expired");
    snapshot.decided_until = Some(instant("01T00:09"));
    assert!(decide::decide(&snapshot, &command, instant("01T00:05")).is_ok());
}

#[test]
fn c07_a_hold_lets_go_by_its_token_and_the_slot_is_free_at_once() {
    let mut shop = Shop::with_rules(json!({}));
    shop.act("h1", hold("h1", "02T10:00", 1), "01T00:00")
        .unwrap();
    let mut release = cancel("customer");
    release["token"] = json!(token_text(1));
    assert_eq!(code(shop.act("h1", release, "01T00:01")), "cancelled");
    assert_eq!(book(&mut shop, "02T10:00", "dan"), "confirmed");
}

#[test]
fn c10_seats_of_one_booking_are_all_or_nothing() {
    let mut shop = Shop::new(json!({"party": 2}), json!({}));
    shop.question.resources[0].capacity = 3.try_into().unwrap();
    let pair = |id: &str| create(id, "02T10:00", json!({"party": 2}));
    shop.act("b1", pair("b1"), "01T00:00").unwrap();
    assert_eq!(shop.booking("b1").takes[0].units.get(), 2);
    assert_eq!(
        code(shop.act("b2", pair("b2"), "01T00:00")),
        "slot-not-free"
    );
    shop.question.party = 1.try_into().unwrap();
    let mut single = |id: &str| code(shop.act(id, create(id, "02T10:00", json!({})), "01T00:00"));
    assert_eq!(single("b3"), "confirmed");
    assert_eq!(single("b4"), "slot-not-free");
}

#[test]
fn c11_a_session_takes_seats_and_blocks_one_that_overlaps() {
    let class = json!({"service": {"seats": 3, "durationMinutes": 20, "stepMinutes": 10}});
    let mut shop = Shop::new(class, json!({}));
    let mut buy = |id: &str, start: &str| {
        code(shop.act(id, create(id, start, json!({"customer": id})), "01T00:00"))
    };
    assert_eq!(buy("a", "02T16:40"), "confirmed");
    assert_eq!(buy("b", "02T16:30"), "slot-not-free");
    assert_eq!(buy("c", "02T16:40"), "confirmed");
    assert_eq!(buy("d", "02T16:40"), "confirmed");
    assert_eq!(buy("e", "02T16:40"), "slot-not-free");
    assert_eq!(buy("f", "02T16:20"), "confirmed");
}

#[test]
fn c12_limits_hold_when_booking() {
    let limited = |limit: Value| {
        let resources = json!([
            {"id": "ana", "schedule": daily("UTC", "09:00", "17:00"), "limits": limit},
        ]);
        Shop::new(json!({"resources": resources}), json!({}))
    };
    let fill = |mut shop: Shop| {
        let starts = ["02T09:00", "02T10:00", "02T11:00", "03T09:00", "09T09:00"];
        starts.map(|start| book(&mut shop, start, start) == "confirmed")
    };
    let two = |per: &str| limited(json!([{"per": per, "maxBookings": 2}]));
    assert_eq!(fill(two("day")), [true, true, false, true, true]);
    assert_eq!(fill(two("week")), [true, true, false, false, true]);
    assert_eq!(fill(two("month")), [true, true, false, false, false]);
    let minutes = limited(json!([{"per": "day", "maxMinutes": 150}]));
    assert_eq!(fill(minutes), [true, true, false, true, true]);
    // Of one service, and of a wider owner.
    let service = json!({"service": {"limits": [{"per": "day", "maxBookings": 1}]}});
    assert_eq!(
        fill(Shop::new(service, json!({}))),
        [true, false, false, true, true]
    );
    let span = json!({"start": iso("02T12:00"), "end": iso("02T13:00")});
    let customer = json!({"limits": [
        {"scope": "customer", "per": "day", "maxBookings": 1, "bookings": [span]},
    ]});
    assert_eq!(
        fill(Shop::new(customer, json!({}))),
        [false, false, false, true, true]
    );
}

#[test]
fn c15_the_same_question_and_command_give_the_same_decision() {
    let mut shop = Shop::paid(json!({}));
    let form = create("b1", "02T10:00", json!({}));
    let snapshot = shop.snapshot("b1", "cara");
    let command = serde_json::from_value(form.clone()).unwrap();
    let decided = || decide::decide(&snapshot, &command, instant("01T00:00")).unwrap();
    assert_eq!(json!(decided()).to_string(), json!(decided()).to_string());
    // Once it is stored, the same id is taken.
    shop.act("b1", form.clone(), "01T00:00").unwrap();
    assert_eq!(code(shop.act("b1", form, "01T00:00")), "booking-exists");
}

#[test]
fn c16_a_command_for_another_version_changes_nothing() {
    let mut shop = Shop::with_rules(json!({"approval": true}));
    let expecting = |form: Value, version: u64| patched(form, json!({"expectedVersion": version}));
    let new = create("b1", "02T10:00", json!({}));
    assert_eq!(
        code(shop.act("b1", expecting(new.clone(), 1), "01T00:00")),
        "version-conflict"
    );
    shop.act("b1", expecting(new, 0), "01T00:00").unwrap();
    assert_eq!(shop.booking("b1").version, 1);
    let before = shop.bookings();
    for stale in [0, 2] {
        let result = shop.act("b1", expecting(approve(), stale), "01T01:00");
        assert_eq!(code(result), "version-conflict");
    }
    assert_eq!(shop.bookings(), before);
    shop.act("b1", expecting(approve(), 1), "01T01:00").unwrap();
    assert_eq!(shop.booking("b1").version, 2);
    // One that was seen before somebody else's change comes too late.
    assert_eq!(
        code(shop.act("b1", expecting(cancel("customer"), 1), "01T02:00")),
        "version-conflict"
    );
}

#[test]
fn c17_a_double_booking_made_knowingly_says_who_and_why() {
    let mut shop = Shop::with_rules(json!({}));
    assert_eq!(book(&mut shop, "02T10:00", "cara"), "confirmed");
    let over = |actor: &str, wanted: Value| {
        let mut form = create("b2", "02T10:00", wanted);
        form["by"] = json!({"actor": actor, "id": "olga"});
        form
    };
    let named = json!({"overrideReason": "the bride is here", "resources": [["ana"]]});
    assert_eq!(
        code(shop.act("b2", over("customer", named.clone()), "01T00:00")),
        "actor-not-allowed"
    );
    let blank = patched(named.clone(), json!({"overrideReason": "  "}));
    assert_eq!(
        code(shop.act("b2", over("operator", blank), "01T00:00")),
        "reason-missing"
    );
    let nobody = patched(named.clone(), json!({"resources": null}));
    assert_eq!(
        code(shop.act("b2", over("operator", nobody), "01T00:00")),
        "override-needs-resources"
    );
    for wrong in [
        json!([["zoe"]]),
        json!([["ana"], ["ben"]]),
        json!([["ana", "ana"]]),
        json!([[]]),
    ] {
        let wrong = patched(named.clone(), json!({"resources": wrong}));
        let result = shop.act("b2", over("operator", wrong), "01T00:00");
        assert_eq!(code(result), "override-needs-resources");
    }
    // Without a reason it is as taken for the operator as for anybody.
    assert_eq!(
        code(shop.act("b2", over("operator", json!({})), "01T00:00")),
        "slot-not-free"
    );
    shop.act("b2", over("operator", named), "01T00:00").unwrap();
    let flagged = shop.booking("b2").overridden.as_ref().unwrap();
    assert_eq!(
        json!(flagged),
        json!({
            "by": {"actor": "operator", "id": "olga"}, "reason": "the bride is here",
        })
    );
    assert!(shop.booking("02T10:00").overridden.is_none());
    // It takes its time like any other.
    shop.act("02T10:00", cancel("provider"), "01T01:00")
        .unwrap();
    let third = create("b3", "02T10:00", json!({"customer": "dan"}));
    assert_eq!(code(shop.act("b3", third, "01T01:00")), "slot-not-free");
}

#[test]
fn e01_what_a_booking_goes_through_is_told_by_its_events() {
    let mut shop = Shop::paid(json!({"approval": true}));
    shop.act("b1", hold("b1", "04T10:00", 1), "01T00:00")
        .unwrap();
    shop.act("b1", convert(1), "01T00:05").unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:06");
    shop.act("b1", approve(), "01T01:00").unwrap();
    shop.act("b1", move_to("05T10:00", "customer"), "01T02:00")
        .unwrap();
    shop.answer("b1", "captured", "capture/1/1", "01T03:00");
    shop.act("b1", command("checkIn", "customer", json!({})), "05T09:55")
        .unwrap();
    shop.act("b1", command("complete", "provider", json!({})), "05T10:50")
        .unwrap();
    assert_eq!(
        shop.history("b1"),
        "held booked opened answered awaits confirmed asked rescheduled answered posted checkedIn \
         completed releaseDue"
    );
    assert_eq!(shop.booking("b1").version, 8, "one version for each change");
}

#[test]
fn e02_approval_is_awaited_until_a_deadline() {
    let due = |rules: Value, start: &str| {
        let mut shop = Shop::with_rules(patched(json!({"approval": true}), rules));
        shop.act("b1", create("b1", start, json!({})), "01T00:00")
            .unwrap();
        (short(shop.booking("b1").due_at.unwrap()), shop)
    };
    assert_eq!(due(json!({}), "04T10:00").0, "02T00:00");
    assert_eq!(
        due(json!({"approvalMinutes": 90}), "04T10:00").0,
        "01T01:30"
    );
    let (until, mut shop) = due(json!({}), "01T10:00");
    assert_eq!(until, "01T10:00", "never past the start");
    let deadlines = shop.booking("b1").deadlines();
    assert_eq!(
        json!(deadlines),
        json!([{"dueAt": iso("01T10:00"), "kind": "expire"}])
    );
    let expire = command("expire", "system", json!({}));
    assert_eq!(
        code(shop.act("b1", expire.clone(), "01T09:59")),
        "too-early"
    );
    assert_eq!(code(shop.act("b1", approve(), "01T10:00")), "hold-expired");
    assert_eq!(code(shop.act("b1", expire.clone(), "01T10:00")), "expired");
    assert_eq!(code(shop.act("b1", expire, "01T10:00")), "booking-ended");
}

#[test]
fn e03_a_new_time_is_a_new_revision_and_a_failed_one_leaves_the_old() {
    let mut shop = Shop::with_rules(json!({}));
    book(&mut shop, "02T10:00", "cara");
    book(&mut shop, "02T12:00", "dan");
    let before = shop.booking("02T10:00").clone();
    assert_eq!(
        code(shop.act("02T10:00", move_to("02T12:00", "customer"), "01T01:00")),
        "slot-not-free"
    );
    assert_eq!(
        code(shop.act("02T10:00", move_to("02T10:00", "customer"), "01T01:00")),
        "same-time"
    );
    assert_eq!(
        code(shop.act("02T10:00", move_to("02T20:00", "customer"), "01T01:00")),
        "slot-not-free"
    );
    assert_eq!(shop.booking("02T10:00"), &before);
    let decision = shop
        .act("02T10:00", move_to("02T11:00", "customer"), "01T01:00")
        .unwrap();
    let after = decision.booking;
    assert_eq!(
        (&after.id, after.sequence, after.version),
        (&before.id, 1, before.version + 1)
    );
    assert_eq!(after.confirmation_code, before.confirmation_code);
    assert_eq!(short(after.slot.start()), "02T11:00");
    assert_eq!(
        json!(after.reschedules),
        json!([
            {"at": iso("01T01:00"), "start": iso("02T10:00"), "by": "customer"},
        ])
    );
    let event = &decision.events[0];
    assert_eq!((event.previous_sequence, event.sequence), (Some(0), 1));
    // The old time is free at once.
    let form = create("x", "02T10:00", json!({"customer": "eve"}));
    assert_eq!(code(shop.act("x", form, "01T01:00")), "confirmed");
}

#[test]
fn e03_a_booking_that_waits_is_not_lost_by_moving_it_to_now() {
    let mut shop = Shop::with_rules(json!({"approval": true}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "02T00:00")
        .unwrap();
    shop.act("b1", move_to("02T10:00", "provider"), "02T10:00")
        .unwrap();
    assert_eq!(
        shop.booking("b1").status_at(instant("02T10:00")),
        Status::Pending
    );
    assert_eq!(code(shop.act("b1", approve(), "02T10:00")), "confirmed");
}

#[test]
fn e04_calling_off_and_moving_have_notices_of_their_own() {
    let notice = json!([
        {"action": "cancel", "actor": "customer", "minutes": 1440},
        {"action": "reschedule", "actor": "customer", "minutes": 2880},
    ]);
    let run = |form: Value, at: &str| {
        let mut shop = Shop::with_rules(json!({"notice": notice}));
        shop.act("b1", create("b1", "05T10:00", json!({})), "01T00:00")
            .unwrap();
        code(shop.act("b1", form, at))
    };
    // Exactly so much is enough, in elapsed time.
    assert_eq!(run(cancel("customer"), "04T10:00"), "cancelled");
    assert_eq!(run(cancel("customer"), "04T10:01"), "too-late");
    assert_eq!(
        run(move_to("06T10:00", "customer"), "03T10:00"),
        "confirmed"
    );
    assert_eq!(run(move_to("06T10:00", "customer"), "03T10:01"), "too-late");
    // Whoever is not named is exempt.
    for actor in ["provider", "operator"] {
        assert_eq!(run(cancel(actor), "05T09:59"), "cancelled");
        assert_eq!(run(move_to("06T10:00", actor), "05T09:59"), "confirmed");
    }
}

#[test]
fn e05_calling_off_says_who_and_where_it_must_why() {
    let mut shop = Shop::with_rules(json!({"reasonRequired": ["provider"]}));
    book(&mut shop, "02T10:00", "cara");
    book(&mut shop, "02T11:00", "cara");
    let because = |reason: &str| command("cancel", "provider", json!({"reason": reason}));
    assert_eq!(
        code(shop.act("02T10:00", cancel("provider"), "01T01:00")),
        "reason-missing"
    );
    assert_eq!(
        code(shop.act("02T10:00", because(" \n"), "01T01:00")),
        "reason-missing"
    );
    shop.act("02T10:00", because("ill"), "01T01:00").unwrap();
    let cancellation = json!(shop.booking("02T10:00").cancellation);
    assert_eq!(cancellation["by"], json!({"actor": "provider"}));
    assert_eq!(
        (&cancellation["reason"], &cancellation["at"]),
        (&json!("ill"), &json!(iso("01T01:00")))
    );
    // The customer need not say why.
    assert_eq!(
        code(shop.act("02T11:00", cancel("customer"), "01T01:00")),
        "cancelled"
    );
}

#[test]
fn e06_somebody_who_did_not_come_is_told_of_after_a_grace_period() {
    let mark = |actor: &str, whose: &str| command("markNoShow", actor, json!({"whose": whose}));
    let undo = |actor: &str| command("undoNoShow", actor, json!({}));
    let started = || {
        let mut shop = Shop::with_rules(json!({}));
        book(&mut shop, "02T10:00", "cara");
        shop
    };
    let mut shop = started();
    let mut run = |form: Value, at: &str| code(shop.act("02T10:00", form, at));
    assert_eq!(run(mark("provider", "customer"), "02T10:14"), "too-early");
    assert_eq!(
        run(mark("customer", "customer"), "02T10:15"),
        "no-show-of-other"
    );
    assert_eq!(
        run(mark("provider", "provider"), "02T10:15"),
        "no-show-of-other"
    );
    assert_eq!(
        run(mark("operator", "system"), "02T10:15"),
        "no-show-of-other"
    );
    assert_eq!(run(mark("provider", "customer"), "02T10:15"), "noShow");
    // For 24 hours it can be undone; then not any more.
    assert_eq!(run(undo("provider"), "03T10:14"), "confirmed");
    assert_eq!(run(mark("provider", "customer"), "03T10:14"), "noShow");
    assert_eq!(run(undo("provider"), "04T10:14"), "too-late");
    // What is said of the provider, the provider does not take back.
    let mut shop = started();
    let mut run = |form: Value, at: &str| code(shop.act("02T10:00", form, at));
    assert_eq!(run(mark("customer", "provider"), "02T10:15"), "noShow");
    assert_eq!(run(undo("provider"), "02T10:20"), "actor-not-allowed");
    assert_eq!(run(undo("operator"), "02T10:20"), "confirmed");
    // Nor when somebody else has the time by now.
    let mut shop = started();
    shop.question.service.min_notice_minutes = minutes(0);
    shop.question.service.step_minutes = Some(minutes(15));
    shop.act("02T10:00", mark("provider", "customer"), "02T10:15")
        .unwrap();
    let walk_in = create("x", "02T10:15", json!({"customer": "dan"}));
    shop.act("x", walk_in, "02T10:15").unwrap();
    assert_eq!(
        code(shop.act("02T10:00", undo("operator"), "02T10:20")),
        "slot-not-free"
    );
}

#[test]
fn e07_a_booking_is_checked_in_and_completed_by_the_parties_or_by_time() {
    let run = |actor: &str, what: &str, at: &str| {
        let mut shop = Shop::with_rules(json!({"completeMinutesAfter": 30}));
        book(&mut shop, "02T10:00", "cara");
        code(shop.act("02T10:00", command(what, actor, json!({})), at))
    };
    assert_eq!(run("customer", "checkIn", "02T08:59"), "too-early");
    assert_eq!(run("customer", "checkIn", "02T09:00"), "inProgress");
    for actor in ["customer", "provider", "operator"] {
        assert_eq!(run(actor, "complete", "02T09:59"), "too-early");
        assert_eq!(run(actor, "complete", "02T10:00"), "completed");
    }
    // The timer waits for the end, and for as long as the rules say.
    assert_eq!(run("system", "complete", "02T11:29"), "too-early");
    assert_eq!(run("system", "complete", "02T11:30"), "completed");
}

#[test]
fn e13_terms_are_those_of_the_time_of_booking() {
    let mut shop = Shop::paid(json!({}));
    shop.act("b1", create("b1", "05T10:00", json!({})), "01T00:00")
        .unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    shop.answer("b1", "captured", "capture/1/1", "01T00:05");
    // Everything gets dearer and stricter.
    let strict = json!({
        "price": {"base": {"kind": "perBooking", "price": usd("500.00")}},
        "refund": {"tiers": []}, "fee": {"rate": "0.20"},
        "rules": {"notice": [{"action": "cancel", "actor": "customer", "minutes": 10080}]},
    });
    shop.offer = serde_json::from_value(json!({"terms": strict})).unwrap();
    let preview = shop.booking("b1");
    let preview =
        preview.cancellation_preview(quando::booking::Actor::Customer, instant("04T09:00"));
    assert_eq!(crate::shop::dollars(preview.unwrap().refund), "50.00");
    // Also after a move, which is priced by them.
    shop.act("b1", move_to("05T12:00", "customer"), "01T01:00")
        .unwrap();
    assert_eq!(
        crate::shop::dollars(shop.booking("b1").quote.total()),
        "100.00"
    );
    shop.act("b1", cancel("customer"), "04T12:00").unwrap();
    assert_eq!(
        shop.asked("b1"),
        "authorise/1/1 100.00, capture/1/1 100.00, refund/1/1 50.00"
    );
}

#[test]
fn e17_a_customer_has_so_many_holds_and_bookings_and_no_more() {
    let quota = json!({"quota": {"holds": 2, "active": 3}});
    let mut shop = Shop::new(json!({}), quota);
    let mut keep = |id: &str, start: &str, at: &str| code(shop.act(id, hold(id, start, 1), at));
    assert_eq!(keep("h1", "02T09:00", "01T00:00"), "held");
    assert_eq!(keep("h2", "02T10:00", "01T00:05"), "held");
    assert_eq!(keep("h3", "02T11:00", "01T00:09"), "hold-quota");
    // A hold that has lapsed does not count, whether or not anybody has said so.
    assert_eq!(keep("h3", "02T11:00", "01T00:10"), "held");
    shop.act("h2", convert(1), "01T00:11").unwrap();
    shop.act("h3", convert(1), "01T00:11").unwrap();
    assert_eq!(
        code(shop.act("b3", create("b3", "02T12:00", json!({})), "01T00:11")),
        "confirmed"
    );
    let fourth = create("b4", "02T13:00", json!({}));
    assert_eq!(
        code(shop.act("b4", fourth.clone(), "01T00:11")),
        "booking-quota"
    );
    assert_eq!(
        code(shop.act("h4", hold("h4", "02T13:00", 1), "01T00:11")),
        "booking-quota"
    );
    // Other customers have quotas of their own, and what is called off does not count.
    let dan = create("b4", "02T14:00", json!({"customer": "dan"}));
    assert_eq!(
        code(shop.act(
            "dan",
            patched(dan, json!({"wanted": {"booking": "dan"}})),
            "01T00:11"
        )),
        "confirmed"
    );
    shop.act("b3", cancel("customer"), "01T00:12").unwrap();
    assert_eq!(code(shop.act("b4", fourth, "01T00:12")), "confirmed");
}

#[test]
fn k04_what_a_change_of_hours_would_break_is_listed_and_nothing_is_changed() {
    let mut shop = Shop::with_rules(json!({}));
    for start in ["02T09:00", "02T12:00", "03T09:00", "03T16:00"] {
        book(&mut shop, start, start);
    }
    shop.act("02T12:00", cancel("provider"), "01T01:00")
        .unwrap();
    let over = json!({"customer": "dan", "overrideReason": "the bride is here",
        "resources": [["ana"]]});
    let mut form = create("over", "03T09:00", over);
    form["by"] = json!({"actor": "operator"});
    shop.act("over", form, "01T01:00").unwrap();
    let bookings = shop.bookings();
    // From ten to four in future, and away on the third from three on.
    let mut question = shop.snapshot("none", "cara").question.unwrap();
    question.resources[0].claims.retain(|claim| {
        claim
            .booking
            .as_ref()
            .is_some_and(|id| id.as_str() != "over")
    });
    let broken = |question: &Query, at: &str| {
        let broken = broken_by(&bookings, question, instant(at)).unwrap();
        let told = |each: &quando::booking::Broken| {
            format!(
                "{} {}",
                each.booking,
                json!(each.reasons[0])["code"].as_str().unwrap()
            )
        };
        broken.iter().map(told).collect::<Vec<String>>()
    };
    assert!(broken(&question, "01T02:00").is_empty());
    let schedule = serde_json::from_value(daily("UTC", "10:00", "17:00")).unwrap();
    question.resources[0].schedule = schedule;
    let absence = json!([{"start": iso("03T15:00"), "end": iso("03T18:00")}]);
    question.resources[0].absences = serde_json::from_value(absence).unwrap();
    let early = [
        "02T09:00 outside-hours",
        "03T09:00 outside-hours",
        "03T16:00 busy",
    ];
    assert_eq!(broken(&question, "01T02:00"), early);
    // What is past is past.
    assert_eq!(broken(&question, "02T10:00"), early[1..]);
    assert_eq!(shop.bookings(), bookings);
    // A smaller room counts what is in it.
    let mut other = question.clone();
    other.service.id = Some(quando::id::ServiceId::new("dye").unwrap());
    let differs = broken_by(&bookings, &other, instant("01T02:00")).unwrap_err();
    assert_eq!(differs.code(), "snapshot-differs");
}

#[test]
fn k05_who_acts_is_kept_with_what_happened() {
    let mut shop = Shop::with_rules(json!({"approval": true}));
    let mut form = create("b1", "02T10:00", json!({}));
    form["by"] = json!({"actor": "customer", "id": "cara-7"});
    let decision = shop.act("b1", form, "01T00:00").unwrap();
    assert_eq!(
        json!(decision.events[0].by),
        json!({"actor": "customer", "id": "cara-7"})
    );
    // The customer does not approve what it has booked, and the system neither.
    for actor in ["customer", "system"] {
        let form = command("approve", actor, json!({"codeSeed": "00000001"}));
        assert_eq!(code(shop.act("b1", form, "01T01:00")), "actor-not-allowed");
    }
    assert_eq!(code(shop.act("b1", approve(), "01T01:00")), "confirmed");
}

#[test]
fn a_snapshot_that_is_about_something_else_is_refused() {
    let shop = Shop::with_rules(json!({}));
    let whole = shop.snapshot("b1", "cara");
    let form = |wanted: Value| serde_json::from_value(create("b1", "02T10:00", wanted)).unwrap();
    let check = |snapshot: &quando::booking::Snapshot, wanted: Value, expected: &str| {
        let refused = decide::decide(snapshot, &form(wanted), instant("01T00:00")).unwrap_err();
        assert_eq!(refused.code(), expected, "{refused}");
    };
    check(&whole, json!({"party": 2}), "snapshot-differs");
    check(&whole, json!({"service": "dye"}), "snapshot-differs");
    check(&whole, json!({"durationMinutes": 30}), "snapshot-differs");
    // Without add-ons it is the question's duration that is asked for.
    let mut chosen = whole.clone();
    let service = &mut chosen.question.as_mut().unwrap().service;
    service.duration_choices = Some(vec![quando::time::Minutes::new(7).unwrap()]);
    check(&chosen, json!({}), "not-a-duration-choice");
    let mut part = whole.clone();
    part.question = None;
    check(&part, json!({}), "snapshot-incomplete");
    let mut part = whole.clone();
    part.offer = None;
    check(&part, json!({}), "snapshot-incomplete");
    // A claim without a booking blocks everybody.
    let mut taken = whole;
    let stranger = serde_json::from_value(claim("10:00", "11:00", json!({}))).unwrap();
    taken.question.as_mut().unwrap().resources[0]
        .claims
        .push(stranger);
    check(&taken, json!({}), "slot-not-free");
    assert_eq!(wish("b1", "02T10:00")["customer"], "cara");
}
