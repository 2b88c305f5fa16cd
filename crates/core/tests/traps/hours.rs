//! T7 to T10 and T13 to T16: hours, exceptions and teams.

use serde_json::json;

use crate::support::{ana, daily, query, reasons, span, starts, window};

#[test]
fn t07_an_override_is_keyed_by_the_schedules_civil_date() {
    // 09:00 in Auckland is 20:00 UTC of the day before, and 15:00 in New York.
    let mut hours = daily("Pacific/Auckland", "09:00", "10:00");
    hours["overrides"] = json!([{"date": "2026-03-03", "hours": []}]);
    let query = query(json!({
        "zone": "America/New_York", "window": window("2026-03-01", "2026-03-04"),
        "resources": [ana(json!({"schedule": hours}))],
    }));
    assert_eq!(starts(&query), "01T20:00 03T20:00");
}

#[test]
fn t08_a_closed_day_has_no_tail_of_the_night_before() {
    let mut hours = daily("UTC", "22:00", "03:00");
    hours["overrides"] = json!([{"date": "2026-03-03", "hours": []}]);
    let query = query(json!({
        "window": window("2026-03-02", "2026-03-05"), "service": {"stepMinutes": 120},
        "resources": [ana(json!({"schedule": hours}))],
    }));
    assert_eq!(
        starts(&query),
        "02T00:00 02T02:00 02T22:00 04T22:00",
        "neither the tail on the 3rd nor the 3rd's own window with its tail on the 4th"
    );
}

#[test]
fn t09_an_absence_is_in_its_owners_zone() {
    let query = query(json!({
        "zone": "America/New_York", "window": window("2026-03-01", "2026-03-05"),
        "resources": [ana(json!({
            "schedule": daily("Asia/Tokyo", "09:00", "10:00"),
            "absences": [{"from": "2026-03-03", "through": "2026-03-03"}],
        }))],
    }));
    assert_eq!(starts(&query), "01T00:00 02T00:00 04T00:00");
    assert_eq!(reasons(&query, "03T00:00"), ["busy"]);
}

#[test]
fn t10_the_last_quarter_before_midnight_and_slots_across_it_are_there() {
    let query = query(json!({
        "window": {"from": "2026-03-02T23:15:00Z", "to": "2026-03-03T00:15:00Z"},
        "service": {"durationMinutes": 15}, "now": "2026-03-02T23:15:00Z",
        "resources": [ana(json!({"schedule": daily("UTC", "00:00", "24:00")}))],
    }));
    assert_eq!(starts(&query), "02T23:15 02T23:30 02T23:45 03T00:00");
    let mut hour = query.clone();
    hour.service.duration_minutes = quando::time::Minutes::new(60).unwrap();
    hour.service.step_minutes = Some(quando::time::Minutes::new(30).unwrap());
    assert_eq!(starts(&hour), "02T23:30 03T00:00");
}

#[test]
fn t13_overlapping_windows_lose_nothing_and_double_nothing() {
    let windows = [("09:00", "11:00"), ("10:00", "13:00"), ("10:30", "11:00")];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let hours = order.map(|at| json!({"from": windows[at].0, "to": windows[at].1}));
        let query = query(json!({
            "resources": [ana(json!({"schedule": {"weekly": {"mon": hours}}}))],
        }));
        assert_eq!(
            starts(&query),
            "02T09:00 02T10:00 02T11:00 02T12:00",
            "{order:?}"
        );
    }
}

#[test]
fn t14_a_mandatory_host_without_time_is_not_no_constraint() {
    let ask = |ben: serde_json::Value| {
        starts(&query(json!({
            "need": [{"anyOf": ["ana"]}, {"anyOf": ["ben"]}],
            "resources": [ana(json!({})), ben],
        })))
    };
    assert_eq!(ask(ana(json!({"id": "ben"}))), "02T09:00 02T10:00 02T11:00");
    assert_eq!(
        ask(ana(json!({"id": "ben", "busy": [span("09:00", "12:00")]}))),
        ""
    );
    assert_eq!(ask(json!({"id": "ben", "schedule": {"zone": "UTC"}})), "");
}

#[test]
fn t15_hours_of_rotating_hosts_are_never_merged() {
    let ask = |minutes: u32| {
        let half = |id: &str, from: &str, to: &str| {
            let hours = json!([{"from": from, "to": to}]);
            ana(json!({"id": id, "schedule": {"weekly": {"mon": hours}}}))
        };
        starts(&query(json!({
            "service": {"durationMinutes": minutes, "stepMinutes": 60},
            "need": [{"anyOf": ["ana", "ben"]}],
            "resources": [half("ana", "09:00", "11:00"), half("ben", "11:00", "13:00")],
        })))
    };
    assert_eq!(ask(120), "02T09:00 02T11:00");
    assert_eq!(ask(180), "");
}

#[test]
fn t16_team_slots_are_ordered_and_unique() {
    let query = query(json!({
        "need": [{"anyOf": ["zoe", "ana", "ben"]}],
        "resources": [ana(json!({"id": "zoe"})), ana(json!({})), ana(json!({"id": "ben"}))],
    }));
    assert_eq!(starts(&query), "02T09:00 02T10:00 02T11:00");
    let answer = quando::slots(&query).unwrap();
    let who = answer.slots().next().unwrap().to_slot().resources;
    assert_eq!(
        serde_json::to_value(who).unwrap(),
        json!([["zoe", "ana", "ben"]])
    );
}
