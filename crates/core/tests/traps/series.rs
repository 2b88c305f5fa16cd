//! T27 to T33: recurrence, and series of bookings.

use quando::availability::Availability;
use quando::recurrence::{ExpandRequest, Recurrence};
use quando::time::Interval;
use serde_json::{Value, json};

use crate::support::{ana, claim, daily, query, short, window};

/// Occurrences in New York between two dates.
fn expand(form: Value, from: &str, to: &str) -> String {
    let mut form = form;
    form["zone"] = json!("America/New_York");
    form["window"] = window(from, to);
    let request: ExpandRequest = serde_json::from_value(form).unwrap();
    let texts: Vec<String> = request
        .expand()
        .unwrap()
        .occurrences
        .into_iter()
        .map(short)
        .collect();
    texts.join(" ")
}

#[test]
fn t27_no_duplicates_in_spring_and_no_missing_hours_in_autumn() {
    let spring = json!({"start": "2026-03-08T01:15", "rrule": "FREQ=MINUTELY;INTERVAL=45;COUNT=5"});
    // 01:15, 02:00 (shifted to 03:00), 02:45 (to 03:45), 03:30, 04:15.
    assert_eq!(
        expand(spring, "2026-03-08", "2026-03-09"),
        "08T06:15 08T07:00 08T07:30 08T07:45 08T08:15"
    );
    let doubled = json!({"start": "2026-03-08T01:30", "rrule": "FREQ=HOURLY;COUNT=4"});
    assert_eq!(
        expand(doubled, "2026-03-08", "2026-03-09"),
        "08T06:30 08T07:30 08T08:30"
    );
    let autumn =
        json!({"start": "2026-10-31T22:00", "rrule": "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0"});
    assert_eq!(
        expand(autumn, "2026-11-01", "2026-11-02"),
        "2026-11-01T04:00 2026-11-01T05:00 2026-11-01T07:00 2026-11-01T08:00"
    );
}

#[test]
fn t28_until_is_an_instant_and_included() {
    // 09:00 in New York is 14:00 UTC before 8 March, 13:00 after.
    let series = |until: &str| json!({"start": "2026-03-06T09:00", "rrule": format!("FREQ=DAILY;UNTIL={until}")});
    assert_eq!(
        expand(series("20260309T130000Z"), "2026-03-06", "2026-04-01"),
        "06T14:00 07T14:00 08T13:00 09T13:00"
    );
    assert_eq!(
        expand(series("20260309T125959Z"), "2026-03-06", "2026-04-01"),
        "06T14:00 07T14:00 08T13:00"
    );
}

#[test]
fn t29_an_exdate_is_civil_and_outlives_a_change_of_clocks() {
    let series = json!({
        "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;COUNT=3",
        "exdates": ["2026-03-09T09:00"],
    });
    assert_eq!(
        expand(series, "2026-03-01", "2026-04-01"),
        "02T14:00 16T13:00"
    );
}

#[test]
fn t30_count_is_applied_before_exdates() {
    let series = json!({
        "start": "2026-03-02T09:00", "rrule": "FREQ=DAILY;COUNT=3",
        "exdates": ["2026-03-02T09:00", "2026-03-03T09:00"],
    });
    assert_eq!(expand(series, "2026-03-01", "2026-04-01"), "04T14:00");
}

#[test]
fn t31_every_second_week_keeps_its_parity_when_saved_and_read_again() {
    let text = "DTSTART;TZID=UTC:20260301T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU";
    let recurrence: Recurrence = text.parse().unwrap();
    let starts = |recurrence: &Recurrence, from: &str, to: &str| {
        let window = Interval::parse(from, to).unwrap();
        recurrence
            .expand(window)
            .unwrap()
            .into_iter()
            .map(short)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let (from, to) = ("2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z");
    let expected = "01T09:00 02T09:00 15T09:00 16T09:00";
    assert_eq!(starts(&recurrence, from, to), expected);
    let saved: Recurrence = recurrence.to_string().parse().unwrap();
    assert_eq!(starts(&saved, from, to), expected);
    // Wherever the question begins, the parity is the start's.
    assert_eq!(
        starts(&saved, "2026-03-08T00:00:00Z", to),
        "15T09:00 16T09:00"
    );
    // Weeks from Monday put Sunday into the week before.
    let monday: Recurrence = text.replace("WKST=SU", "WKST=MO").parse().unwrap();
    assert_eq!(starts(&monday, from, to), "01T09:00 09T09:00 15T09:00");
}

#[test]
fn t32_a_series_keeps_its_civil_time() {
    let series = json!({"start": "2026-10-26T09:00", "rrule": "FREQ=WEEKLY;COUNT=3"});
    assert_eq!(
        expand(series, "2026-10-01", "2026-12-01"),
        "2026-10-26T13:00 2026-11-02T14:00 2026-11-09T14:00"
    );
}

#[test]
fn t33_every_occurrence_of_a_series_is_checked() {
    let recurrence: Recurrence = "DTSTART;TZID=UTC:20260302T100000\nRRULE:FREQ=DAILY;COUNT=3"
        .parse()
        .unwrap();
    let mut taken = claim("10:30", "11:30", json!({}));
    for field in ["start", "end"] {
        taken[field] = json!(taken[field].as_str().unwrap().replace("03-02", "03-03"));
    }
    let query = query(json!({
        "resources": [ana(json!({"schedule": daily("UTC", "09:00", "12:00"), "claims": [taken]}))],
    }));
    let availability = Availability::new(&query).unwrap();
    let window = Interval::parse("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z").unwrap();
    let offered: Vec<bool> = recurrence
        .expand(window)
        .unwrap()
        .into_iter()
        .map(|start| availability.check(start).unwrap().is_offered())
        .collect();
    assert_eq!(offered, [true, false, true]);
}
