//! T17 to T26: buffers, competitors and sessions.

use quando::availability::{Availability, Query, Verdict};
use quando::id::ResourceId;
use serde_json::{Value, json};

use crate::support::{ana, claim, daily, instant, query, reasons, span, starts};

fn recheck(query: &Query, start: &str) -> Verdict {
    let chosen = [vec![ResourceId::new("ana").unwrap()]];
    Availability::new(query)
        .unwrap()
        .recheck(instant(start), &chosen)
        .unwrap()
}

/// A slot of an hour with these buffers, beside a claim from 10:00 to 11:00 with those.
fn beside(rule: &str, own: (u32, u32), stored: (u32, u32), window: (&str, &str)) -> String {
    let stored = json!({"bufferBeforeMinutes": stored.0, "bufferAfterMinutes": stored.1});
    starts(&query(json!({
        "window": {
            "from": format!("2026-03-02T{}:00Z", window.0),
            "to": format!("2026-03-02T{}:00Z", window.1),
        },
        "service": {
            "stepMinutes": 5, "bufferBeforeMinutes": own.0, "bufferAfterMinutes": own.1,
        },
        "resources": [ana(json!({
            "schedule": daily("UTC", "00:00", "24:00"), "bufferRule": rule,
            "claims": [claim("10:00", "11:00", stored)],
        }))],
    })))
}

#[test]
fn t17_facing_buffers_count_once_on_each_side() {
    let (before, after) = (("08:25", "08:41"), ("11:15", "11:36"));
    // The slot's 15 after and the claim's 10 before; the claim's 20 after and the slot's 5 before.
    assert_eq!(
        beside("sum", (5, 15), (10, 20), before),
        "02T08:25 02T08:30 02T08:35"
    );
    assert_eq!(
        beside("sum", (5, 15), (10, 20), after),
        "02T11:25 02T11:30 02T11:35"
    );
    assert_eq!(
        beside("max", (5, 15), (10, 20), ("08:40", "09:00")),
        "02T08:40 02T08:45"
    );
    assert_eq!(
        beside("max", (5, 15), (10, 20), after),
        "02T11:20 02T11:25 02T11:30 02T11:35"
    );
}

#[test]
fn t18_a_step_of_duration_and_buffer_wastes_and_overlaps_nothing() {
    let mut query = query(json!({
        "service": {"durationMinutes": 30, "stepMinutes": 45, "bufferAfterMinutes": 15},
    }));
    let all = "02T09:00 02T09:45 02T10:30 02T11:15";
    assert_eq!(starts(&query), all);
    // Every one of them can be booked, one beside the other.
    for start in all.split(' ') {
        assert!(reasons(&query, start).is_empty(), "{start}");
        let mut booked = quando::availability::Claim::new(
            quando::time::Interval::new(
                instant(start),
                instant(start) + chrono::TimeDelta::minutes(30),
            )
            .unwrap(),
        );
        booked.buffer_after_minutes = quando::time::Minutes::new(15).unwrap();
        query.resources[0].claims.push(booked);
        assert_eq!(reasons(&query, start), ["claim"]);
    }
    assert_eq!(starts(&query), "");
}

#[test]
fn t19_a_start_inside_a_neighbours_buffer_is_refused_when_accepting_too() {
    let query = query(json!({"resources": [ana(json!({
        "claims": [claim("09:00", "10:00", json!({"bufferAfterMinutes": 15}))],
    }))]}));
    assert_eq!(starts(&query), "02T11:00");
    assert_eq!(reasons(&query, "02T10:00"), ["claim"]);
    assert!(!recheck(&query, "02T10:00").is_offered());
}

#[test]
fn t20_the_longer_buffer_binds_whichever_side_has_it() {
    let long_claim = beside("max", (0, 0), (30, 30), ("08:20", "08:41"));
    let long_slot = beside("max", (30, 30), (0, 0), ("08:20", "08:41"));
    assert_eq!(long_claim, "02T08:20 02T08:25 02T08:30");
    assert_eq!(long_claim, long_slot);
}

#[test]
fn t21_a_neighbour_outside_the_page_keeps_its_buffer_and_pages_do_not_matter() {
    let mut query = query(json!({
        "service": {"durationMinutes": 30},
        "resources": [ana(json!({
            "claims": [claim("09:00", "10:00", json!({"bufferAfterMinutes": 20}))],
        }))],
    }));
    let whole = starts(&query);
    assert_eq!(whole, "02T10:30 02T11:00 02T11:30");
    let mut pages = Vec::new();
    for (from, to) in [
        ("02T08:00", "02T10:01"),
        ("02T10:01", "02T11:00"),
        ("02T11:00", "02T23:00"),
    ] {
        query.window = quando::time::Window::new(instant(from), instant(to)).unwrap();
        pages.extend(Some(starts(&query)).filter(|page| !page.is_empty()));
    }
    assert_eq!(pages.join(" "), whole);
}

#[test]
fn t22_a_second_post_finds_the_firsts_claim() {
    let free = query(json!({}));
    assert!(reasons(&free, "02T10:00").is_empty());
    let taken = query(json!({"resources": [ana(json!({"claims": [span("10:00", "11:00")]}))]}));
    assert_eq!(reasons(&taken, "02T10:00"), ["claim"]);
}

#[test]
fn t23_of_two_pending_requests_one_can_be_approved() {
    // Each is re-checked with its own claim left out and the competitor's in place.
    let alone = query(json!({"now": "2026-03-02T11:59:00Z"}));
    assert!(recheck(&alone, "02T10:00").is_offered());
    let with_competitor = query(json!({
        "now": "2026-03-02T11:59:00Z",
        "resources": [ana(json!({"claims": [span("10:00", "11:00")]}))],
    }));
    let verdict = recheck(&with_competitor, "02T10:00");
    assert_eq!(verdict.reasons[0].code.as_str(), "claim");
}

#[test]
fn t24_overlap_counts_and_not_equal_starts() {
    let query = query(json!({
        "service": {"stepMinutes": 15},
        "resources": [ana(json!({"claims": [span("10:15", "10:45")]}))],
    }));
    assert_eq!(starts(&query), "02T09:00 02T09:15 02T10:45 02T11:00");
    assert_eq!(reasons(&query, "02T10:00"), ["claim"]);
    assert_eq!(reasons(&query, "02T10:30"), ["claim"]);
}

/// A class of 4 seats, with these claims and busy times.
fn class(claims: Value, busy: Value) -> Query {
    query(json!({
        "service": {"id": "yoga", "seats": 4},
        "resources": [ana(json!({"claims": claims, "busy": busy}))],
    }))
}

fn seats(query: &Query) -> Vec<u32> {
    quando::slots(query)
        .unwrap()
        .slots()
        .map(|slot| slot.seats_left())
        .collect()
}

#[test]
fn t25_buyers_of_one_start_share_one_session() {
    let buyer = claim(
        "10:00",
        "11:00",
        json!({"service": "yoga", "session": true}),
    );
    assert_eq!(seats(&class(json!([]), json!([]))), [4, 4, 4]);
    assert_eq!(seats(&class(json!([buyer]), json!([]))), [4, 3, 4]);
    assert_eq!(seats(&class(json!([buyer, buyer]), json!([]))), [4, 2, 4]);
    assert_eq!(
        starts(&class(json!([buyer, buyer, buyer, buyer]), json!([]))),
        "02T09:00 02T11:00"
    );
}

#[test]
fn t26_free_seats_do_not_switch_conflicts_off() {
    let session = claim(
        "10:00",
        "11:00",
        json!({"service": "yoga", "session": true}),
    );
    let other = claim("10:30", "11:00", json!({"service": "massage"}));
    let conflicting = class(json!([session, other]), json!([]));
    assert_eq!(reasons(&conflicting, "02T10:00"), ["claim"]);
    assert!(reasons(&conflicting, "02T11:00").is_empty());
    // The session's copy in an external calendar is the host's to leave out: it would block.
    let echoed = class(json!([session]), json!([span("10:00", "11:00")]));
    assert_eq!(reasons(&echoed, "02T10:00"), ["busy"]);
    assert!(reasons(&class(json!([session]), json!([])), "02T10:00").is_empty());
}
