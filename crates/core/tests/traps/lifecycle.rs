//! T22 to T26, T34 to T42, T45 and T46, where they happen: when somebody books.
//!
//! T43 is with the tests of series, T47 and T52 with those of calendar entries.

use quando::booking::{Decision, Rejection, Snapshot, Status, decide};
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, hold, iso, patched, token_text};
use crate::support::{daily, instant, short};

fn code(result: Result<Decision, Rejection>) -> &'static str {
    result.map_or_else(
        |rejection| rejection.code(),
        |decision| decision.booking.status.name(),
    )
}

fn book(shop: &mut Shop, id: &str, start: &str) -> &'static str {
    code(shop.act(id, create(id, start, json!({"customer": id})), "01T00:00"))
}

fn move_to(start: &str, actor: &str) -> Value {
    command("reschedule", actor, json!({"start": iso(start)}))
}

fn cancel(actor: &str) -> Value {
    command("cancel", actor, json!({}))
}

fn approve() -> Value {
    command("approve", "provider", json!({"codeSeed": "00000001"}))
}

fn convert(token: u8) -> Value {
    let form = json!({"token": token_text(token), "codeSeed": "00000001"});
    command("create", "customer", form)
}

#[test]
fn t22_of_ten_posts_for_one_slot_one_is_booked() {
    let mut shop = Shop::with_rules(json!({}));
    // All ten were made from the same list of free slots; each is decided on what is there then.
    let results: Vec<&str> = (0..10)
        .map(|at| book(&mut shop, &format!("b{at}"), "02T10:00"))
        .collect();
    assert_eq!(results[0], "confirmed");
    assert_eq!(results[1..], ["slot-not-free"; 9]);
}

#[test]
fn t22_every_way_into_a_slot_asks_whether_it_is_free() {
    let mut shop = Shop::new(json!({"need": [{"anyOf": ["ana", "ben"]}]}), json!({}));
    let ana = json!({"resources": [["ana"]]});
    let ben = json!({"resources": [["ben"]]});
    let start = "02T10:00";
    shop.act("a", create("a", start, ana.clone()), "01T00:00")
        .unwrap();
    shop.act("b", create("b", start, ben.clone()), "01T00:00")
        .unwrap();
    shop.act("c", create("c", "02T12:00", json!({})), "01T00:00")
        .unwrap();
    let to_ana = command("reassign", "provider", ana.clone());
    assert_eq!(code(shop.act("b", to_ana, "01T00:00")), "slot-not-free");
    assert_eq!(
        code(shop.act("c", move_to(start, "customer"), "01T00:00")),
        "slot-not-free"
    );
    assert_eq!(
        code(shop.act("h", hold("h", start, 1), "01T00:00")),
        "slot-not-free"
    );
    let chosen = create("d", "02T12:00", json!({"resources": [["ana"]]}));
    let served = shop.booking("c").takes[0].resource.to_string();
    assert_eq!(
        (served.as_str(), code(shop.act("d", chosen, "01T00:00"))),
        ("ana", "slot-not-free")
    );
    // Names that are none of the candidates, and too many of them, are free of nobody.
    for wrong in [json!([["zoe"]]), json!([["ana", "ben"]]), json!([])] {
        let form = create("e", "02T14:00", json!({"resources": wrong}));
        assert_eq!(
            code(shop.act("e", form, "01T00:00")),
            "slot-not-free",
            "{wrong}"
        );
    }
}

#[test]
fn t23_of_two_pending_requests_for_one_slot_one_is_approved() {
    let mut shop = Shop::with_rules(json!({"approval": true}));
    assert_eq!(book(&mut shop, "b1", "02T10:00"), "pending");
    // The second was made knowingly over the first, as by a host that counts accepted ones alone.
    let mut snapshot = shop.snapshot("b2", "dan");
    snapshot.question.as_mut().unwrap().resources[0]
        .claims
        .clear();
    let second = decided(
        &snapshot,
        create("b2", "02T10:00", json!({"customer": "dan"})),
    );
    let mut both = Rivals {
        first: shop.booking("b1").clone(),
        second: second.booking,
    };
    assert_eq!(both.approve_second(), "slot-not-free");
    // Once the first is over the second can be.
    both.first.status = Status::Declined;
    assert_eq!(both.approve_second(), "confirmed");
}

fn decided(snapshot: &Snapshot, form: Value) -> Decision {
    let command = serde_json::from_value(form).unwrap();
    decide::decide(snapshot, &command, instant("01T00:00")).unwrap()
}

/// Two bookings of one slot.
struct Rivals {
    first: quando::booking::Booking,
    second: quando::booking::Booking,
}

impl Rivals {
    fn approve_second(&self) -> &'static str {
        let mut snapshot = Shop::with_rules(json!({})).snapshot("none", "none");
        let claims = &mut snapshot.question.as_mut().unwrap().resources[0].claims;
        for rival in [&self.first, &self.second] {
            claims.extend(rival.claims().map(|(_, claim)| claim));
        }
        snapshot.booking = Some(self.second.clone());
        let command = serde_json::from_value(approve()).unwrap();
        code(decide::decide(&snapshot, &command, instant("01T01:00")))
    }
}

#[test]
fn t24_bookings_that_overlap_are_refused_whatever_their_starts() {
    let mut shop = Shop::new(json!({"service": {"stepMinutes": 15}}), json!({}));
    assert_eq!(book(&mut shop, "b1", "02T10:15"), "confirmed");
    for (id, start) in [
        ("b2", "02T09:30"),
        ("b3", "02T10:00"),
        ("b4", "02T10:30"),
        ("b5", "02T11:00"),
    ] {
        assert_eq!(book(&mut shop, id, start), "slot-not-free", "{start}");
    }
    for (id, start) in [("b6", "02T09:15"), ("b7", "02T11:15")] {
        assert_eq!(book(&mut shop, id, start), "confirmed", "{start}");
    }
}

/// A class of three seats that Ana or Ben gives in a room.
fn class() -> Shop {
    let mut room = json!({"id": "room", "schedule": daily("UTC", "09:00", "17:00")});
    room["capacity"] = json!(2);
    let ana = json!({"id": "ana", "schedule": daily("UTC", "09:00", "17:00")});
    let ben = json!({"id": "ben", "schedule": daily("UTC", "09:00", "17:00")});
    let question = json!({
        "service": {"seats": 3}, "need": [{"anyOf": ["ana", "ben"]}, {"anyOf": ["room"]}],
        "resources": [ana, ben, room],
    });
    Shop::new(question, json!({}))
}

#[test]
fn t25_the_first_buyers_of_a_class_share_one_session() {
    let mut shop = class();
    let served = |shop: &Shop, id: &str| {
        let takes = &shop.booking(id).takes;
        let with = takes[1].with.as_ref().map(ToString::to_string);
        (takes[0].resource.to_string(), takes[0].session, with)
    };
    for id in ["b1", "b2", "b3"] {
        assert_eq!(book(&mut shop, id, "02T10:00"), "confirmed");
        let together = ("ana".to_owned(), true, Some("ana".to_owned()));
        assert_eq!(served(&shop, id), together, "{id} sits in Ana's session");
    }
    // It is full, and Ben opens another one in the same room.
    assert_eq!(book(&mut shop, "b4", "02T10:00"), "confirmed");
    assert_eq!(served(&shop, "b4").0, "ben");
    // Who leaves frees a seat for the next.
    shop.act("b2", cancel("customer"), "01T01:00").unwrap();
    let next = create(
        "b5",
        "02T10:00",
        json!({"customer": "eve", "resources": [["ana"], ["room"]]}),
    );
    assert_eq!(code(shop.act("b5", next, "01T01:00")), "confirmed");
}

#[test]
fn t26_a_session_with_free_seats_does_not_switch_conflicts_off() {
    let mut shop = class();
    assert_eq!(book(&mut shop, "b1", "02T10:00"), "confirmed");
    // Ana has something else in the middle of it from now on.
    let meeting = json!([{"start": iso("02T10:30"), "end": iso("02T10:45")}]);
    shop.question.resources[0].busy = serde_json::from_value(meeting).unwrap();
    let by_ana = |id: &str| create(id, "02T10:00", json!({"resources": [["ana"], ["room"]]}));
    assert_eq!(
        code(shop.act("b2", by_ana("b2"), "01T00:00")),
        "slot-not-free"
    );
    // Another service at the same time finds her taken, for all its free seats.
    shop.question.resources[0].busy.clear();
    let mut other = shop.snapshot("b3", "dan");
    let question = other.question.as_mut().unwrap();
    question.service.id = Some(quando::id::ServiceId::new("massage").unwrap());
    question.service.seats = 1.try_into().unwrap();
    let form = create(
        "b3",
        "02T10:00",
        json!({"service": "massage", "resources": [["ana"], ["room"]]}),
    );
    let command = serde_json::from_value(form).unwrap();
    let refused = decide::decide(&other, &command, instant("01T00:00")).unwrap_err();
    assert_eq!(refused.code(), "slot-not-free");
}

#[test]
fn t34_a_day_limit_counts_the_days_of_its_owner() {
    // 22:00 and 23:00 UTC are the afternoon of the 2nd in New York, and so is 01:00 UTC of the 3rd.
    let hours = daily("America/New_York", "09:00", "22:00");
    let limit = json!([{"per": "day", "maxBookings": 2}]);
    let question = json!({
        "zone": "America/New_York",
        "resources": [{"id": "ana", "schedule": hours, "limits": limit}],
    });
    let mut shop = Shop::new(question, json!({}));
    assert_eq!(book(&mut shop, "b1", "02T22:00"), "confirmed");
    assert_eq!(book(&mut shop, "b2", "03T01:00"), "confirmed");
    assert_eq!(book(&mut shop, "b3", "02T14:00"), "slot-not-free");
    assert_eq!(book(&mut shop, "b4", "03T02:00"), "slot-not-free");
    assert_eq!(book(&mut shop, "b5", "03T14:00"), "confirmed");
}

#[test]
fn t35_pending_requests_and_live_holds_count_for_limits() {
    let limit = json!([{"per": "day", "maxBookings": 1}]);
    let hours = daily("UTC", "09:00", "17:00");
    let question = json!({"resources": [{"id": "ana", "schedule": hours, "limits": limit}]});
    let rules = json!({"terms": {"rules": {"approval": true}}});
    let mut shop = Shop::new(question.clone(), rules);
    assert_eq!(book(&mut shop, "b1", "02T10:00"), "pending");
    assert_eq!(book(&mut shop, "b2", "02T12:00"), "slot-not-free");
    // It does not count against itself, and once it is over not at all.
    assert_eq!(code(shop.act("b1", approve(), "01T01:00")), "confirmed");
    assert_eq!(
        code(shop.act("b1", move_to("02T14:00", "customer"), "01T01:00")),
        "confirmed"
    );
    shop.act("b1", cancel("customer"), "01T02:00").unwrap();
    assert_eq!(book(&mut shop, "b2", "02T12:00"), "pending");
    let mut shop = Shop::new(question, json!({}));
    shop.act("h1", hold("h1", "02T10:00", 1), "01T00:00")
        .unwrap();
    let other = create("b1", "02T12:00", json!({"customer": "dan"}));
    assert_eq!(
        code(shop.act("b1", other.clone(), "01T00:09")),
        "slot-not-free"
    );
    assert_eq!(code(shop.act("b1", other, "01T00:10")), "confirmed");
}

#[test]
fn t36_the_last_day_of_a_range_is_bookable_until_its_evening() {
    let question = json!({
        "zone": "America/New_York", "service": {"bookableThrough": "2026-03-02"},
        "resources": [{"id": "ana", "schedule": daily("America/New_York", "09:00", "24:00")}],
    });
    let mut shop = Shop::new(question, json!({}));
    // 23:00 in New York is four o'clock of the next day in UTC.
    assert_eq!(book(&mut shop, "b1", "03T04:00"), "confirmed");
    assert_eq!(book(&mut shop, "b2", "03T14:00"), "slot-not-free");
}

#[test]
fn t37_the_horizon_counts_days_across_a_change_of_the_clocks() {
    let question = json!({
        "zone": "America/New_York", "service": {"horizonDays": 14},
        "resources": [{"id": "ana", "schedule": daily("America/New_York", "00:00", "24:00")}],
    });
    let mut shop = Shop::new(question, json!({}));
    // It is 28 February, 19:00, in New York; the clocks change on 8 March, so that 14 March ends at
    // 04:00 UTC of the 15th.
    assert_eq!(book(&mut shop, "b1", "15T03:00"), "confirmed");
    assert_eq!(book(&mut shop, "b2", "15T04:00"), "slot-not-free");
}

#[test]
fn t38_notice_is_of_an_actor_and_an_action() {
    let notice = json!([{"action": "cancel", "actor": "customer", "minutes": 1440}]);
    let run = |form: Value| {
        let question = json!({"service": {"minNoticeMinutes": 2880}});
        let rules = json!({"terms": {"rules": {"notice": notice}}});
        let mut shop = Shop::new(question, rules);
        shop.act("b1", create("b1", "05T10:00", json!({})), "01T00:00")
            .unwrap();
        code(shop.act("b1", form, "05T09:59"))
    };
    assert_eq!(run(cancel("customer")), "too-late");
    assert_eq!(run(cancel("provider")), "cancelled");
    assert_eq!(run(cancel("operator")), "cancelled");
    // A new start has the notice of new starts, which what is there does not need.
    assert_eq!(run(move_to("06T10:00", "customer")), "slot-not-free");
    assert_eq!(run(move_to("08T10:00", "customer")), "confirmed");
    let given = command("checkIn", "customer", json!({}));
    assert_eq!(run(given), "inProgress");
}

#[test]
fn t39_a_booking_does_not_stand_in_its_own_way() {
    let limit = json!([{"per": "day", "maxBookings": 1}]);
    let question = json!({
        "service": {"stepMinutes": 30},
        "resources": [{"id": "ana", "schedule": daily("UTC", "09:00", "11:00"), "limits": limit}],
    });
    let mut shop = Shop::new(question, json!({}));
    assert_eq!(book(&mut shop, "b1", "02T09:00"), "confirmed");
    // Half an hour later overlaps with itself, on the last slot of a day that is full.
    assert_eq!(
        code(shop.act("b1", move_to("02T09:30", "customer"), "01T01:00")),
        "confirmed"
    );
    assert_eq!(
        code(shop.act("b1", move_to("02T10:00", "customer"), "01T01:00")),
        "confirmed"
    );
    assert_eq!(short(shop.booking("b1").slot.start()), "02T10:00");
    // And the old times are free again: one booking has one claim.
    assert_eq!(shop.booking("b1").claims().count(), 1);
}

#[test]
fn t40_a_hold_keeps_its_slot_for_its_holder_and_for_nobody_else() {
    let mut shop = Shop::new(
        json!({"need": [{"anyOf": ["ana", "ben"], "count": 2}]}),
        json!({}),
    );
    shop.act("h1", hold("h1", "02T10:00", 1), "01T00:00")
        .unwrap();
    // It keeps everybody who serves, whom nobody else has held or booked meanwhile.
    assert_eq!(shop.booking("h1").claims().count(), 2);
    assert_eq!(book(&mut shop, "b1", "02T10:00"), "slot-not-free");
    // The holder finds the slot free.
    let snapshot = shop.snapshot("h1", "cara");
    let mut question = snapshot.question.unwrap();
    assert!(
        !quando::check(&question, instant("02T10:00"))
            .unwrap()
            .is_offered()
    );
    question.booking = Some(shop.booking("h1").id.clone());
    assert!(
        quando::check(&question, instant("02T10:00"))
            .unwrap()
            .is_offered()
    );
    assert_eq!(code(shop.act("h1", convert(1), "01T00:09")), "confirmed");
}

#[test]
fn t41_an_unpaid_booking_lapses_and_blocks_nobody() {
    let mut shop = Shop::paid(json!({}));
    assert_eq!(book(&mut shop, "b1", "04T10:00"), "pending");
    let rival = create("b2", "04T10:00", json!({"customer": "dan"}));
    assert_eq!(
        code(shop.act("b2", rival.clone(), "01T00:29")),
        "slot-not-free"
    );
    // After half an hour, though no timer has fired.
    assert_eq!(code(shop.act("b2", rival, "01T00:30")), "pending");
    shop.answer("b2", "authorised", "authorise/1/1", "01T00:31");
    assert_eq!(shop.status("b2"), Status::Confirmed);
    // A second try is not free: it asks for its own payment.
    let again = create("b3", "04T12:00", json!({}));
    assert_eq!(code(shop.act("b3", again, "01T00:31")), "pending");
    assert_eq!(shop.asked("b3"), "authorise/1/1 100.00");
    // A payment that comes too late does not bring the first one back, and is let go.
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:32");
    assert_eq!(shop.status("b1"), Status::Expired);
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00, void/1/1 100.00");
    // One that was collected at once goes back in full.
    let mut shop = Shop::paid(json!({}));
    assert_eq!(book(&mut shop, "b1", "04T10:00"), "pending");
    shop.answer("b1", "captured", "authorise/1/1", "01T00:40");
    assert_eq!(shop.status("b1"), Status::Expired);
    assert!(
        shop.asked("b1").ends_with("refund/1/1 100.00"),
        "{}",
        shop.asked("b1")
    );
}

#[test]
fn t42_a_move_is_no_new_booking_and_asks_for_no_new_payment() {
    let mut shop = Shop::paid(json!({}));
    assert_eq!(book(&mut shop, "b1", "04T10:00"), "pending");
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    let before = shop.asked("b1");
    let decision = shop
        .act("b1", move_to("05T10:00", "customer"), "01T00:06")
        .unwrap();
    assert_eq!(decision.booking.status, Status::Confirmed);
    assert!(decision.instructions.is_empty());
    assert_eq!(shop.asked("b1"), before);
    assert_eq!(shop.bookings().len(), 1);
    // The payment is collected for the booking wherever it is.
    shop.answer("b1", "captured", "capture/1/1", "01T00:07");
    assert_eq!(short(shop.booking("b1").slot.start()), "05T10:00");
}

#[test]
fn t45_turns_count_what_took_place_and_not_what_was_called_off() {
    let run = |ledger: Value| {
        let offer = json!({"assignment": {"ledger": ledger}});
        let mut shop = Shop::new(json!({"need": [{"anyOf": ["ana", "ben"]}]}), offer);
        assert_eq!(book(&mut shop, "b1", "02T10:00"), "confirmed");
        shop.booking("b1").takes[0].resource.to_string()
    };
    let turn = |who: &str, day: u32, withdrawn: bool| {
        let start = format!("2026-02-{day:02}T10:00:00Z");
        json!({"resource": who, "start": start, "withdrawn": withdrawn})
    };
    assert_eq!(
        run(json!([turn("ana", 3, false), turn("ben", 2, false)])),
        "ben"
    );
    let called_off = json!([
        turn("ana", 3, true),
        turn("ana", 1, false),
        turn("ben", 2, false)
    ]);
    assert_eq!(run(called_off), "ana");
}

#[test]
fn t46_who_is_not_free_is_not_chosen_and_turns_go_round() {
    let mut shop = Shop::new(json!({"need": [{"anyOf": ["ana", "ben"]}]}), json!({}));
    let served = |shop: &mut Shop, id: &str, start: &str| {
        assert_eq!(book(shop, id, start), "confirmed");
        let who = shop.booking(id).takes[0].resource.clone();
        let past = json!({"resource": who, "start": iso(start)});
        let ledger = &mut shop.offer.assignment.ledger;
        ledger.push(serde_json::from_value(past).unwrap());
        who.to_string()
    };
    let turn = json!({"resource": "ben", "start": "2026-02-01T10:00:00Z"});
    shop.offer
        .assignment
        .ledger
        .push(serde_json::from_value(turn).unwrap());
    let away = json!([{"start": iso("02T09:00"), "end": iso("02T11:00")}]);
    shop.question.resources[1].absences = serde_json::from_value(away).unwrap();
    // It would be Ben's turn, who is away until eleven.
    assert_eq!(served(&mut shop, "b1", "02T10:00"), "ana");
    assert_eq!(served(&mut shop, "b2", "02T11:00"), "ben");
    assert_eq!(served(&mut shop, "b3", "02T12:00"), "ana");
    // Whoever is left serves, and then nobody.
    assert_eq!(served(&mut shop, "b4", "02T12:00"), "ben");
    assert_eq!(book(&mut shop, "b5", "02T12:00"), "slot-not-free");
}

#[test]
fn t47_who_is_replaced_is_free_and_who_comes_is_taken() {
    let mut shop = Shop::new(json!({"need": [{"anyOf": ["ana", "ben"]}]}), json!({}));
    let by = |who: &str| json!({"resources": [[who]]});
    shop.act("b1", create("b1", "02T10:00", by("ana")), "01T00:00")
        .unwrap();
    let decision = shop
        .act("b1", command("reassign", "provider", by("ben")), "01T01:00")
        .unwrap();
    assert_eq!((decision.booking.sequence, decision.events.len()), (2, 1));
    // Given to Ben again, nothing happens, and nobody is told.
    let again = shop
        .act("b1", command("reassign", "provider", by("ben")), "01T01:00")
        .unwrap();
    assert!(again.is_unchanged());
    let form =
        |id: &str, who: &str| create(id, "02T10:00", patched(by(who), json!({"customer": id})));
    assert_eq!(
        code(shop.act("b2", form("b2", "ben"), "01T01:00")),
        "slot-not-free"
    );
    assert_eq!(
        code(shop.act("b3", form("b3", "ana"), "01T01:00")),
        "confirmed"
    );
    // And back is a conflict now, which leaves the booking as it is.
    let back = command("reassign", "provider", by("ana"));
    assert_eq!(code(shop.act("b1", back, "01T02:00")), "slot-not-free");
    assert_eq!(shop.booking("b1").takes[0].resource.as_str(), "ben");
}
