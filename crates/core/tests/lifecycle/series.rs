//! Series (E8, E9, T33, T43).

use quando::booking::series::{
    self, CancelSeries, CreateSeries, Outcome, Repeat, RescheduleSeries, SeriesError, SeriesMode,
};
use quando::booking::{Rejection, Status};
use quando::time::Zone;
use serde_json::{Value, json};

use crate::shop::{Shop, create, dollars, iso, patched, wish};
use crate::support::{instant, short};

fn weekly(count: u32, mode: &str) -> CreateSeries {
    let ids: Vec<Value> = (1..=count)
        .map(|at| json!({"booking": format!("s{at}"), "codeSeed": format!("{at:08x}")}))
        .collect();
    let form = json!({
        "by": {"actor": "customer"}, "series": "lessons", "wanted": wish("s1", "02T10:00"),
        "repeat": {"rrule": format!("FREQ=WEEKLY;COUNT={count}")}, "mode": mode,
        "occurrences": ids,
    });
    serde_json::from_value(form).unwrap()
}

fn book(shop: &mut Shop, command: &CreateSeries, at: &str) -> Vec<String> {
    let snapshot = shop.snapshot("none", "cara");
    let decision = series::create(&snapshot, command, instant(at)).unwrap();
    for each in decision.decisions() {
        shop.store(each);
    }
    let line = |each: series::OccurrenceReport| {
        let what = each.status.map(Status::name).or(each.code).unwrap_or("-");
        format!("{} {} {what}", each.booking, short(each.start))
    };
    decision.report().into_iter().map(line).collect()
}

/// A shop in which the second of three weekly lessons is taken.
fn half_taken() -> Shop {
    let mut shop = Shop::with_rules(json!({}));
    let other = json!({"customer": "dan"});
    shop.act("x", create("x", "09T10:00", other), "01T00:00")
        .unwrap();
    shop
}

#[test]
fn e08_a_series_is_booked_whole_or_as_far_as_it_goes() {
    let free = [
        "s1 02T10:00 confirmed",
        "s2 09T10:00 confirmed",
        "s3 16T10:00 confirmed",
    ];
    for mode in ["allOrNothing", "bestEffort", "stopAtFirst"] {
        let mut shop = Shop::with_rules(json!({}));
        assert_eq!(
            book(&mut shop, &weekly(3, mode), "01T00:00"),
            free,
            "{mode}"
        );
        assert!(shop.bookings().iter().all(|each| {
            each.series
                .as_ref()
                .is_some_and(|id| id.as_str() == "lessons")
        }));
    }
    let taken = |mode: &str| {
        let mut shop = half_taken();
        let told = book(&mut shop, &weekly(3, mode), "01T00:00");
        (told, shop.bookings().len() - 1)
    };
    let none = [
        "s1 02T10:00 -",
        "s2 09T10:00 slot-not-free",
        "s3 16T10:00 -",
    ];
    assert_eq!(taken("allOrNothing"), (none.map(String::from).into(), 0));
    let others = [
        "s1 02T10:00 confirmed",
        "s2 09T10:00 slot-not-free",
        "s3 16T10:00 confirmed",
    ];
    assert_eq!(taken("bestEffort"), (others.map(String::from).into(), 2));
    let first = [
        "s1 02T10:00 confirmed",
        "s2 09T10:00 slot-not-free",
        "s3 16T10:00 -",
    ];
    assert_eq!(taken("stopAtFirst"), (first.map(String::from).into(), 1));
}

#[test]
fn e08_a_series_recurs_on_the_wall_clock() {
    let zone = Zone::new("America/New_York").unwrap();
    let rule = |text: &str| serde_json::from_value::<Repeat>(json!({"rrule": text})).unwrap();
    // Nine o'clock, and the clocks go forward on 8 March.
    let found = series::starts(&rule("FREQ=WEEKLY;COUNT=3"), instant("02T14:00"), &zone).unwrap();
    let found: Vec<String> = found.into_iter().map(short).collect();
    assert_eq!(found, ["02T14:00", "09T13:00", "16T13:00"]);
    // The start is an occurrence only if the rule yields it: 2 March is a Monday.
    let found = series::starts(
        &rule("FREQ=WEEKLY;BYDAY=TU;COUNT=2"),
        instant("02T14:00"),
        &zone,
    );
    let found: Vec<String> = found.unwrap().into_iter().map(short).collect();
    assert_eq!(found, ["03T14:00", "10T13:00"]);
    // Half past one of 1 November comes twice, and an occurrence is its first pass.
    let second_pass = instant("2026-11-01T06:30");
    let found = series::starts(&rule("FREQ=DAILY;COUNT=1"), second_pass, &zone).unwrap();
    assert_eq!(found, [instant("2026-11-01T05:30")]);
}

#[test]
fn e08_what_is_no_series_is_not_tried() {
    let snapshot = Shop::with_rules(json!({})).snapshot("none", "cara");
    let check = |patch: Value, expected: &str| {
        let form = patched(json!(weekly(3, "bestEffort")), patch);
        let command: CreateSeries = serde_json::from_value(form).unwrap();
        let error = series::create(&snapshot, &command, instant("01T00:00")).unwrap_err();
        assert_eq!(error.code(), expected, "{error}");
    };
    let starts = |starts: &[&str]| {
        let starts: Vec<String> = starts.iter().map(|start| iso(start)).collect();
        json!({"repeat": {"rrule": null, "starts": starts}})
    };
    check(
        json!({"repeat": {"rrule": "FREQ=WEEKLY"}}),
        "series-endless",
    );
    check(
        json!({"repeat": {"rrule": "FREQ=DAILY;COUNT=367"}}),
        "series-too-long",
    );
    check(
        json!({"repeat": {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1"}}),
        "series-empty",
    );
    check(
        json!({"repeat": {"rrule": "FREQ=DAILY;COUNT=4"}}),
        "series-too-few-ids",
    );
    check(starts(&[]), "series-empty");
    check(starts(&["02T10:00", "02T10:00"]), "series-repeated");
    let same = json!({"booking": "s1", "codeSeed": "00000001"});
    check(
        json!({"occurrences": [same, same, same]}),
        "series-repeated",
    );
    let mut blind = snapshot.clone();
    blind.question = None;
    let error = series::create(&blind, &weekly(3, "bestEffort"), instant("01T00:00"));
    assert_eq!(error.unwrap_err().code(), "snapshot-incomplete");
    // A form that is neither of the two.
    let both = json!({"rrule": "FREQ=DAILY;COUNT=2", "starts": []});
    assert!(serde_json::from_value::<Repeat>(both).is_err());
}

#[test]
fn e08_quotas_limits_and_turns_count_the_series_itself() {
    let refused = |question: Value, offer: Value, mode: &str| {
        let mut shop = Shop::new(question, offer);
        book(&mut shop, &weekly(3, mode), "01T00:00")
    };
    // Two bookings at a time.
    assert_eq!(
        refused(
            json!({}),
            json!({"quota": {"holds": 1, "active": 2}}),
            "bestEffort"
        )[2],
        "s3 16T10:00 booking-quota"
    );
    // Two a month, of the customer's.
    let limit = json!([{"scope": "customer", "per": "month", "maxBookings": 2}]);
    assert_eq!(
        refused(json!({"limits": limit}), json!({}), "bestEffort"),
        [
            "s1 02T10:00 confirmed",
            "s2 09T10:00 confirmed",
            "s3 16T10:00 slot-not-free"
        ]
    );
    // The one whose turn is longer ago serves, and that counts for the next.
    let ledger = json!([
        {"resource": "ana", "start": "2026-02-02T10:00:00Z"},
        {"resource": "ben", "start": "2026-02-01T10:00:00Z"},
    ]);
    let offer = json!({"assignment": {"ledger": ledger}});
    let mut shop = Shop::new(json!({"need": [{"anyOf": ["ana", "ben"]}]}), offer);
    book(&mut shop, &weekly(3, "allOrNothing"), "01T00:00");
    let served: Vec<String> = shop
        .bookings()
        .iter()
        .map(|each| each.takes[0].resource.to_string())
        .collect();
    assert_eq!(served, ["ben", "ana", "ben"]);
    // Occurrences that overlap each other are refused as any others.
    let mut shop = Shop::new(json!({"service": {"stepMinutes": 30}}), json!({}));
    let mut command = weekly(2, "bestEffort");
    let starts = json!({"starts": [iso("02T10:30"), iso("02T10:00")]});
    command.repeat = serde_json::from_value(starts).unwrap();
    assert_eq!(
        book(&mut shop, &command, "01T00:00"),
        ["s1 02T10:00 confirmed", "s2 02T10:30 slot-not-free"]
    );
}

#[test]
fn e08_a_series_is_what_its_bookings_would_be_one_by_one() {
    let mut together = half_taken();
    book(&mut together, &weekly(4, "bestEffort"), "01T00:00");
    let mut apart = half_taken();
    for (at, start) in [
        (1, "02T10:00"),
        (2, "09T10:00"),
        (3, "16T10:00"),
        (4, "23T10:00"),
    ] {
        let id = format!("s{at}");
        let mut form = create(&id, start, json!({"series": "lessons"}));
        form["codeSeed"] = json!(format!("{at:08x}"));
        assert_eq!(apart.act(&id, form, "01T00:00").is_ok(), at != 2);
    }
    assert_eq!(together.bookings(), apart.bookings());
}

#[test]
fn e08_a_refused_occurrence_keeps_its_reasons_for_the_provider() {
    let shop = half_taken();
    let snapshot = shop.snapshot("none", "cara");
    let command = weekly(3, "allOrNothing");
    let decision = series::create(&snapshot, &command, instant("01T00:00")).unwrap();
    assert_eq!(decision.decisions().count(), 0);
    assert!(!decision.is_complete());
    assert_eq!(decision.occurrences[0].outcome, Outcome::Free);
    let Outcome::Refused(Rejection::SlotNotFree { reasons }) = &decision.occurrences[1].outcome
    else {
        panic!("the second one is taken");
    };
    assert_eq!(
        json!(reasons),
        json!([{"code": "claim", "resource": "ana"}])
    );
}

/// Four weekly lessons, 2 to 23 March.
fn four(shop: &mut Shop) {
    assert_eq!(book(shop, &weekly(4, "allOrNothing"), "01T00:00").len(), 4);
}

fn ids(reach: &str, named: &str, shop: &Shop, at: &str) -> Result<String, SeriesError> {
    let reach = serde_json::from_value(json!(reach)).unwrap();
    let bookings = shop.bookings();
    let named = quando::id::BookingId::new(named).unwrap();
    let found = series::select(&bookings, &named, reach, instant(at))?;
    let ids: Vec<&str> = found.iter().map(|each| each.id.as_str()).collect();
    Ok(ids.join(" "))
}

#[test]
fn e09_this_one_this_and_the_following_or_all() {
    let mut shop = Shop::with_rules(json!({}));
    four(&mut shop);
    let now = "01T00:00";
    assert_eq!(ids("this", "s2", &shop, now).unwrap(), "s2");
    assert_eq!(
        ids("thisAndFollowing", "s2", &shop, now).unwrap(),
        "s2 s3 s4"
    );
    assert_eq!(ids("all", "s2", &shop, now).unwrap(), "s1 s2 s3 s4");
    // The order is that of time, also after a move; what is over is left out.
    let moved = json!({"do": "reschedule", "by": {"actor": "provider"}, "start": iso("30T10:00")});
    shop.act("s2", moved, now).unwrap();
    let off = json!({"do": "cancel", "by": {"actor": "provider"}});
    shop.act("s3", off, now).unwrap();
    assert_eq!(ids("all", "s1", &shop, now).unwrap(), "s1 s4 s2");
    assert_eq!(ids("thisAndFollowing", "s4", &shop, now).unwrap(), "s4 s2");
    let code = |result: Result<String, SeriesError>| result.unwrap_err().code();
    assert_eq!(
        code(ids("all", "s3", &shop, now)),
        "series-unknown-occurrence"
    );
    assert_eq!(
        code(ids("this", "x", &shop, now)),
        "series-unknown-occurrence"
    );
    shop.act("x", create("x", "05T10:00", json!({})), now)
        .unwrap();
    assert_eq!(code(ids("all", "s1", &shop, now)), "series-several");
}

fn move_series(shop: &mut Shop, patch: Value, at: &str) -> Vec<String> {
    let form = json!({"by": {"actor": "customer"}, "booking": "s1", "reach": "all",
        "start": iso("02T10:00"), "mode": "allOrNothing"});
    let command: RescheduleSeries = serde_json::from_value(patched(form, patch)).unwrap();
    let snapshot = shop.snapshot("none", "cara");
    let change = series::reschedule(&snapshot, &shop.bookings(), &command, instant(at)).unwrap();
    for each in change.decisions() {
        shop.store(each);
    }
    change
        .report()
        .into_iter()
        .map(|each| {
            format!(
                "{} {} {}",
                each.booking,
                short(each.start),
                each.code.unwrap_or("ok")
            )
        })
        .collect()
}

#[test]
fn e09_a_series_moves_by_the_wall_clock_and_makes_way_for_itself() {
    let new_york = json!({"zone": "America/New_York"});
    let mut shop = Shop::new(new_york, json!({}));
    // Five in the morning of New York is ten o'clock, and nine after the change of the clocks.
    four(&mut shop);
    let moved = move_series(&mut shop, json!({"start": iso("02T11:00")}), "01T00:00");
    assert_eq!(
        moved,
        [
            "s1 02T11:00 ok",
            "s2 09T10:00 ok",
            "s3 16T10:00 ok",
            "s4 23T10:00 ok"
        ]
    );
    // A week later each one comes to where the next one was, and a week earlier likewise.
    let moved = move_series(&mut shop, json!({"start": iso("09T10:00")}), "01T00:00");
    assert_eq!(
        moved,
        [
            "s1 09T10:00 ok",
            "s2 16T10:00 ok",
            "s3 23T10:00 ok",
            "s4 30T10:00 ok"
        ]
    );
    let back = json!({"start": iso("09T10:00"), "booking": "s2", "reach": "thisAndFollowing"});
    // The first of the series stays, is in the way of the second, that of the third, and so on.
    let refused = move_series(&mut shop, back, "01T00:00");
    assert_eq!(
        refused,
        [
            "s2 16T10:00 slot-not-free",
            "s3 23T10:00 slot-not-free",
            "s4 30T10:00 slot-not-free"
        ]
    );
    assert!(
        shop.bookings().iter().all(|each| each.sequence == 2),
        "nothing was stored"
    );
    let all_back = json!({"start": iso("02T11:00")});
    let moved = move_series(&mut shop, all_back, "01T00:00");
    assert_eq!(moved[3], "s4 23T10:00 ok");
}

#[test]
fn e09_of_a_series_that_moves_as_far_as_it_goes_the_rest_stays() {
    let start = || {
        let mut shop = Shop::with_rules(json!({}));
        four(&mut shop);
        let other = json!({"customer": "dan"});
        shop.act("x", create("x", "16T12:00", other), "01T00:00")
            .unwrap();
        shop.bookings().retain(|each| each.series.is_some());
        shop
    };
    let run = |mode: &str| {
        let mut shop = start();
        let series: Vec<_> = shop
            .bookings()
            .into_iter()
            .filter(|each| each.series.is_some())
            .collect();
        let command: RescheduleSeries = serde_json::from_value(json!({
            "by": {"actor": "customer"}, "booking": "s1", "reach": "all",
            "start": iso("02T12:00"), "mode": mode,
        }))
        .unwrap();
        let snapshot = shop.snapshot("none", "cara");
        let change = series::reschedule(&snapshot, &series, &command, instant("01T00:00")).unwrap();
        for each in change.decisions() {
            shop.store(each);
        }
        ["s1", "s2", "s3", "s4"]
            .map(|id| short(shop.booking(id).slot.start()))
            .join(" ")
    };
    assert_eq!(run("allOrNothing"), "02T10:00 09T10:00 16T10:00 23T10:00");
    assert_eq!(run("bestEffort"), "02T12:00 09T12:00 16T10:00 23T12:00");
    // Whoever moves later goes first from the back.
    assert_eq!(run("stopAtFirst"), "02T10:00 09T10:00 16T10:00 23T12:00");
}

#[test]
fn t43_each_occurrence_of_a_paid_series_is_refunded_by_its_own_terms() {
    let mut shop = Shop::paid(json!({}));
    four(&mut shop);
    for id in ["s1", "s2", "s3", "s4"] {
        shop.answer(id, "authorised", "authorise/1/1", "01T00:05");
        shop.answer(id, "captured", "capture/1/1", "01T00:05");
    }
    let command: CancelSeries = serde_json::from_value(json!({
        "by": {"actor": "customer"}, "booking": "s1", "reach": "thisAndFollowing",
    }))
    .unwrap();
    // 30 hours before the first, and more than 48 before the others.
    let change = series::cancel(&shop.bookings(), &command, instant("01T04:00")).unwrap();
    assert!(change.is_complete());
    let mut refunds = Vec::new();
    for decision in change.decisions() {
        shop.store(decision);
        assert_eq!(decision.booking.status, Status::Cancelled);
        let given = decision.booking.payment.refunds[0].amount;
        refunds.push(format!("{} {}", decision.booking.id, dollars(given)));
    }
    assert_eq!(refunds, ["s1 50.00", "s2 100.00", "s3 100.00", "s4 100.00"]);
    // Each refund is asked of the processor, with a key of its own.
    assert_eq!(
        shop.asked("s3"),
        "authorise/1/1 100.00, capture/1/1 100.00, refund/1/1 100.00"
    );
}

#[test]
fn e09_an_occurrence_that_cannot_be_called_off_leaves_the_others_alone() {
    let notice = json!([{"action": "cancel", "actor": "customer", "minutes": 2880}]);
    let mut shop = Shop::with_rules(json!({"notice": notice}));
    four(&mut shop);
    let command: CancelSeries = serde_json::from_value(json!({
        "by": {"actor": "customer"}, "booking": "s1", "reach": "all",
    }))
    .unwrap();
    let change = series::cancel(&shop.bookings(), &command, instant("01T00:00")).unwrap();
    let told: Vec<String> = change
        .report()
        .into_iter()
        .map(|each| format!("{} {}", each.status.unwrap(), each.code.unwrap_or("ok")))
        .collect();
    assert_eq!(
        told,
        [
            "confirmed too-late",
            "cancelled ok",
            "cancelled ok",
            "cancelled ok"
        ]
    );
}

#[test]
fn modes_read_back_from_json() {
    for (mode, text) in [
        (SeriesMode::AllOrNothing, "allOrNothing"),
        (SeriesMode::BestEffort, "bestEffort"),
        (SeriesMode::StopAtFirst, "stopAtFirst"),
    ] {
        assert_eq!(json!(mode), json!(text));
    }
    let repeat = json!({"rrule": "FREQ=WEEKLY;COUNT=2", "exdates": ["2026-03-09T10:00"]});
    let read: Repeat = serde_json::from_value(repeat.clone()).unwrap();
    assert_eq!(json!(read), repeat);
}
