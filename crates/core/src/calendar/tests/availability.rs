//! `VAVAILABILITY` as schedules.

use serde_json::{Value, json};

use super::*;
use crate::schedule::Schedule;

/// One `VAVAILABILITY` of these lines, written with `|` between them.
fn read(lines: &str) -> ImportedSchedules {
    let text = calendar(&[&format!("BEGIN:VAVAILABILITY|{lines}|END:VAVAILABILITY")]);
    read_availability(text, &options()).unwrap()
}

fn options() -> AvailabilityOptions {
    AvailabilityOptions {
        zone: Some(Zone::new("America/New_York").unwrap()),
        ..AvailabilityOptions::default()
    }
}

fn available(lines: &str) -> String {
    format!("BEGIN:AVAILABLE|UID:1|{lines}|END:AVAILABLE")
}

/// The schedule must be this, without a problem, and must be the same after a trip through JSON.
#[track_caller]
fn check_schedule(lines: &str, expected: &Value) {
    let imported = read(lines);
    assert_eq!(imported.problems, [], "{lines}");
    let schedule = &imported.schedules[0].schedule;
    let value = serde_json::to_value(schedule).unwrap();
    assert_eq!(&value, expected, "{lines}");
    assert_eq!(
        &serde_json::from_value::<Schedule>(value).unwrap(),
        schedule
    );
}

/// Nothing is open, and these problems are reported.
#[track_caller]
fn check_problem(lines: &str, expected: &str) {
    let imported = read(lines);
    assert!(
        imported
            .schedules
            .iter()
            .all(|each| each.schedule.rules.is_empty()),
        "{lines}"
    );
    let codes: Vec<&str> = imported
        .problems
        .iter()
        .map(|problem| problem.kind.code())
        .collect();
    assert_eq!(codes, [expected], "{lines}");
}

const MORNINGS: &str = "DTSTART;TZID=Europe/Berlin:20260302T090000|DTEND;\
    TZID=Europe/Berlin:20260302T120000|RRULE:FREQ=WEEKLY;BYDAY=MO,TU";

#[test]
fn windows_become_rules_in_civil_time() {
    let rule = json!({
        "start": "2026-03-02T09:00", "durationMinutes": 180, "rrule": "FREQ=WEEKLY;BYDAY=MO,TU",
    });
    check_schedule(
        &available(MORNINGS),
        &json!({"zone": "Europe/Berlin", "rules": [rule]}),
    );
    // Hours on the clock, also across its change; named as Outlook does; floating; without a rule.
    check_schedule(
        &available("DTSTART;TZID=W. Europe Standard Time:20260328T220000|DURATION:PT8H"),
        &json!({
            "zone": "Europe/Berlin",
            "rules": [{"start": "2026-03-28T22:00", "durationMinutes": 480}],
        }),
    );
    check_schedule(
        &available(
            "DTSTART;TZID=Europe/Berlin:20260328T220000|DTEND;TZID=Europe/Berlin:20260329T060000",
        ),
        &json!({
            "zone": "Europe/Berlin",
            "rules": [{"start": "2026-03-28T22:00", "durationMinutes": 480}],
        }),
    );
    check_schedule(
        &available("DTSTART:20260302T090000|DURATION:P1D"),
        &json!({
            "zone": "America/New_York",
            "rules": [{"start": "2026-03-02T09:00", "durationMinutes": 1440}],
        }),
    );
    check_schedule("PRIORITY:1", &json!({"zone": "America/New_York"}));
}

#[test]
fn exceptions_and_changed_windows_become_dates() {
    let dates = format!(
        "{MORNINGS}|EXDATE:20260309T080000Z|EXDATE;VALUE=DATE:20260310|\
         RDATE;TZID=Europe/Berlin:20260307T100000|RDATE;VALUE=PERIOD:20260308T080000Z/PT30M"
    );
    let changed = "RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000|DTSTART;\
        TZID=Europe/Berlin:20260316T130000|DURATION:PT1H";
    check_schedule(
        &format!("{}|{}", available(&dates), available(changed)),
        &json!({"zone": "Europe/Berlin", "rules": [
            {
                "start": "2026-03-02T09:00", "durationMinutes": 180, "rrule": "FREQ=WEEKLY;\
                    BYDAY=MO,TU",
                "exdates": ["2026-03-09T09:00", "2026-03-10T09:00", "2026-03-16T09:00"],
                "rdates": ["2026-03-07T10:00"],
            },
            {"start": "2026-03-08T09:00", "durationMinutes": 30},
            {"start": "2026-03-16T13:00", "durationMinutes": 60},
        ]}),
    );
}

#[test]
fn the_span_of_the_whole_becomes_whole_dates() {
    let zone = "TZID=Europe/Berlin";
    let rule = json!({
        "start": "2026-03-02T09:00", "durationMinutes": 180, "rrule": "FREQ=WEEKLY;BYDAY=MO,TU",
    });
    let valid = json!({
        "zone": "Europe/Berlin", "rules": [rule],
        "validFrom": "2026-03-02", "validThrough": "2026-04-30",
    });
    for span in [
        format!("DTSTART;{zone}:20260302T000000|DTEND;{zone}:20260501T000000"),
        "DTSTART:20260301T230000Z|DTEND:20260430T220000Z".to_owned(),
        "DTSTART;VALUE=DATE:20260302|DTEND;VALUE=DATE:20260501".to_owned(),
        format!("DTSTART;{zone}:20260302T000000|DURATION:P60D"),
    ] {
        check_schedule(&format!("{span}|{}", available(MORNINGS)), &valid);
    }
    // An end that nobody reaches is none.
    let far = format!("DTSTART;{zone}:20260302T000000|DURATION:P3650000D");
    check_schedule(
        &far,
        &json!({"zone": "Europe/Berlin", "validFrom": "2026-03-02"}),
    );
    // Parts of days are left out, and reported.
    let imported = read(&format!(
        "DTSTART;{zone}:20260301T120000|DTEND;{zone}:20260501T120000|{}",
        available(MORNINGS)
    ));
    let value = serde_json::to_value(&imported.schedules[0].schedule).unwrap();
    assert_eq!(value, valid);
    let lines: Vec<u32> = imported
        .problems
        .iter()
        .map(|problem| problem.line)
        .collect();
    assert_eq!(lines, [5, 6]);
    assert!(
        imported
            .problems
            .iter()
            .all(|problem| problem.kind == ProblemKind::NotMidnight)
    );
}

#[test]
fn priorities_order_the_schedules() {
    let layer =
        |uid: &str, rest: &str| format!("BEGIN:VAVAILABILITY|UID:{uid}|{rest}|END:VAVAILABILITY");
    let layers = [
        layer("none", "BUSYTYPE:BUSY"),
        layer("ninth", "PRIORITY:9|BUSYTYPE:BUSY-TENTATIVE"),
        layer("first", "PRIORITY:1"),
        layer("zero", "PRIORITY:0"),
        layer("again", "PRIORITY:1"),
    ];
    let components: Vec<&str> = layers.iter().map(String::as_str).collect();
    let imported = read_availability(calendar(&components), &options()).unwrap();
    let found: Vec<(&str, u8, BusyStatus)> = imported
        .schedules
        .iter()
        .map(|each| (each.uid.as_deref().unwrap(), each.priority, each.closed_as))
        .collect();
    assert_eq!(
        found,
        [
            ("first", 1, BusyStatus::Away),
            ("again", 1, BusyStatus::Away),
            ("ninth", 9, BusyStatus::Tentative),
            ("none", 0, BusyStatus::Busy),
            ("zero", 0, BusyStatus::Away),
        ]
    );
}

#[test]
fn what_cannot_be_open_is_closed_and_reported() {
    let start = "DTSTART;TZID=Europe/Berlin:20260302T090000";
    for (lines, code) in [
        ("DURATION:PT1H".to_owned(), "missing-property"),
        (start.to_owned(), "missing-property"),
        (format!("{start}|DURATION:PT0S"), "window-length"),
        (format!("{start}|DURATION:PT90S"), "window-length"),
        (format!("{start}|DURATION:P400D"), "window-length"),
        (
            format!("{start}|DTEND;TZID=Europe/Berlin:20260302T080000"),
            "window-length",
        ),
        (format!("{start}|DURATION:soon"), "bad-value"),
        (
            format!("{start}|DURATION:PT1H|RRULE:FREQ=NEVER"),
            "bad-recurrence",
        ),
        (format!("{start}|DURATION:PT1H|EXDATE:never"), "bad-value"),
        (
            format!("{start}|DURATION:PT1H|RDATE;VALUE=PERIOD:20260303T090000/PT90S"),
            "window-length",
        ),
        (
            format!("{start}|DURATION:PT1H|RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T090000"),
            "unsupported",
        ),
        (
            "DTSTART;TZID=Mars/Olympus:20260302T090000|DURATION:PT1H".to_owned(),
            "unknown-zone",
        ),
    ] {
        check_problem(&available(&lines), code);
    }
    check_problem("PRIORITY:10", "bad-value");
    check_problem(
        "DTSTART;VALUE=DATE:20260302|DTEND;VALUE=DATE:20260302",
        "end-before-start",
    );
}

#[test]
fn windows_of_another_zone_are_closed_and_reported() {
    let other = available("DTSTART:20260303T090000Z|DURATION:PT1H");
    let imported = read(&format!("{}|{other}", available(MORNINGS)));
    assert_eq!(imported.schedules[0].schedule.rules.len(), 1);
    assert_eq!(
        imported.problems[0].to_string(),
        "line 13: the zone `UTC` differs from that of the availability, `Europe/Berlin` (UID `1`)"
    );
    // A zone that only the calendar knows could not be written down.
    let zone = "BEGIN:VTIMEZONE|TZID:Here|BEGIN:STANDARD|DTSTART:19700101T000000|\
        TZOFFSETFROM:+0100|TZOFFSETTO:+0100|END:STANDARD|END:VTIMEZONE";
    let window = available("DTSTART;TZID=Here:20260303T090000|DURATION:PT1H");
    let whole = format!("BEGIN:VAVAILABILITY|{window}|END:VAVAILABILITY");
    let imported = read_availability(calendar(&[zone, &whole]), &options()).unwrap();
    assert_eq!(
        (imported.schedules.len(), imported.problems[0].kind.code()),
        (0, "not-iana")
    );
}

#[test]
fn the_options_and_the_answer_have_one_json_form() {
    let options: AvailabilityOptions = serde_json::from_value(json!({"zone": "UTC"})).unwrap();
    assert_eq!(options.zone, Some(Zone::utc()));
    let imported = serde_json::to_value(read("PRIORITY:3|UID:a")).unwrap();
    assert_eq!(
        imported,
        json!({
            "schedules": [{
                "schedule": {"zone": "America/New_York"},
                "priority": 3, "closedAs": "away", "uid": "a", "line": 4,
            }],
            "problems": [],
            "problemsLeftOff": 0,
        })
    );
}
