//! T34 to T37, T55 and T56: limits, horizons, hidden constants and endless loops.

use serde_json::{Value, json};

use crate::support::{ana, claim, daily, query, reasons, starts, window};

const NEW_YORK: &str = "America/New_York";

#[test]
fn t34_a_limits_day_is_one_of_its_owners_zone() {
    // 23:30 on Monday in New York is Tuesday in UTC.
    let booked = json!({
        "service": "cut", "start": "2026-03-03T04:30:00Z", "end": "2026-03-03T05:30:00Z",
    });
    let ask = |zone: &str| {
        query(json!({
            "zone": zone, "window": window("2026-03-02", "2026-03-04"),
            "service": {"id": "cut", "limits": [{"per": "day", "maxBookings": 1}]},
            "resources": [ana(json!({
                "schedule": daily("UTC", "15:00", "16:00"), "claims": [booked],
            }))],
        }))
    };
    for (zone, free, full) in [
        (NEW_YORK, "03T15:00", "02T15:00"),
        ("UTC", "02T15:00", "03T15:00"),
    ] {
        let query = ask(zone);
        assert_eq!(starts(&query), free, "{zone}");
        assert!(reasons(&query, free).is_empty(), "{zone}");
        assert_eq!(reasons(&query, full), ["limit"], "{zone}");
    }
}

#[test]
fn t35_every_claim_counts_whatever_its_state() {
    // A pending request and a hold are claims like a confirmed booking.
    let pending = claim("09:00", "10:00", json!({"service": "cut"}));
    let query = query(json!({
        "service": {"id": "cut", "limits": [{"per": "day", "maxBookings": 1}]},
        "resources": [ana(json!({"claims": [pending]}))],
    }));
    assert_eq!(starts(&query), "");
    assert_eq!(reasons(&query, "02T11:00"), ["limit"]);
}

#[test]
fn t36_the_evening_of_the_last_day_is_bookable() {
    // 21:00 to 23:00 in New York are after midnight in UTC.
    let query = query(json!({
        "zone": NEW_YORK, "window": window("2026-03-02", "2026-03-05"),
        "service": {"bookableThrough": "2026-03-02"},
        "resources": [ana(json!({"schedule": daily(NEW_YORK, "21:00", "24:00")}))],
    }));
    assert_eq!(
        starts(&query),
        "02T02:00 02T03:00 02T04:00 03T02:00 03T03:00 03T04:00"
    );
}

#[test]
fn t37_the_horizon_keeps_to_civil_days_across_a_change_of_clocks() {
    let ask = |now: &str, days: u32, from: &str, to: &str| {
        starts(&query(json!({
            "zone": NEW_YORK, "window": window(from, to), "now": now,
            "service": {"horizonDays": days, "stepMinutes": 60, "durationMinutes": 30},
            "resources": [ana(json!({"schedule": daily(NEW_YORK, "23:00", "00:30")}))],
        })))
    };
    // 23:00 of the last day is in; the midnight after it, in the same window of hours, is not.
    assert_eq!(
        ask("2026-03-07T12:00:00Z", 1, "2026-03-08", "2026-03-12"),
        "08T04:00 08T05:00 09T03:00"
    );
    assert_eq!(
        ask("2026-10-31T12:00:00Z", 1, "2026-11-01", "2026-11-05"),
        "2026-11-01T03:00 2026-11-01T04:00 2026-11-02T04:00"
    );
}

#[test]
fn t55_no_hidden_horizon_and_no_dice() {
    let query = query(json!({
        "window": window("2029-03-05", "2029-03-06"),
        "need": [{"anyOf": ["ana", "ben"]}],
        "resources": [ana(json!({})), ana(json!({"id": "ben"}))],
    }));
    // Three years ahead, without a horizon that anybody asked for.
    assert_eq!(
        starts(&query),
        "2029-03-05T09:00 2029-03-05T10:00 2029-03-05T11:00"
    );
    let texts: Vec<String> = (0..5)
        .map(|_| serde_json::to_string(&quando::slots(&query).unwrap()).unwrap())
        .collect();
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn t56_hours_up_to_the_end_of_the_day_end() {
    let ask = |to: &str| {
        starts(&query(json!({
            "window": {"from": "2026-03-02T21:30:00Z"},
            "resources": [ana(json!({"schedule": daily("UTC", "09:00", to)}))],
        })))
    };
    assert_eq!(ask("23:00"), "02T22:00");
    assert_eq!(ask("24:00"), "02T22:00 02T23:00");
    assert_eq!(ask("00:00"), "02T22:00 02T23:00");
    assert_eq!(ask("23:59"), "02T22:00");
}

#[test]
fn roles_that_compete_for_thousands_are_refused_by_every_entry_point() {
    let ids: Vec<String> = (0..2_000).map(|at| format!("r{at}")).collect();
    let resources: Vec<Value> = ids.iter().map(|id| ana(json!({"id": id}))).collect();
    let query = query(json!({
        "need": [{"anyOf": ids, "count": 1_200}, {"anyOf": ids, "count": 1_200}, {"anyOf": ids, "count": 1_200}],
        "resources": resources,
    }));
    let refused = |error: quando::availability::QueryError| {
        assert_eq!(
            (error.fault.code(), error.pointer.as_str()),
            ("over-limit", "/need")
        );
    };
    refused(quando::slots(&query).unwrap_err());
    refused(quando::check(&query, "2026-03-02T09:00:00Z".parse().unwrap()).unwrap_err());
    refused(quando::next(&query, 1).unwrap_err());
}

#[test]
fn the_next_slot_is_found_as_far_as_the_horizon_goes() {
    let far = |service: Value| {
        let query = query(json!({
            "service": service,
            "resources": [ana(json!({"schedule": {"validFrom": "2031-01-01"}}))],
        }));
        quando::next(&query, 1)
            .unwrap()
            .first()
            .map(|slot| slot.start.to_rfc3339())
    };
    let first = Some("2031-01-06T09:00:00+00:00".to_owned());
    assert_eq!(far(json!({"horizonDays": 2_000})), first);
    assert_eq!(far(json!({"bookableThrough": "2031-01-06"})), first);
    assert_eq!(far(json!({"bookableThrough": "2031-01-05"})), None);
    // Without a horizon the search ends after two years.
    assert_eq!(far(json!({})), None);
}
