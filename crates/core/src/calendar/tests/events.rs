//! Single events: times, lengths, statuses, versions, free/busy.

use super::*;

const TIMED: &str =
    "DTSTART;TZID=America/New_York:20260302T090000|DTEND;TZID=America/New_York:20260302T100000";

#[test]
fn t50_all_day_is_the_civil_day_of_the_calendar_with_an_exclusive_end() {
    let all_day = "DTSTART;VALUE=DATE:20260307|DTEND;VALUE=DATE:20260309";
    // 7 March and the 23-hour 8 March, not the ninth.
    check_event(all_day, &["03-07 05:00/03-09 04:00 busy"]);
    let text = calendar(&[&event(all_day)]);
    let berlin = read_busy(&text, &options("Europe/Berlin")).unwrap();
    assert_eq!(spans(&berlin), ["03-06 23:00/03-08 23:00 busy"]);
    check_event(
        "DTSTART;VALUE=DATE:20260307",
        &["03-07 05:00/03-08 05:00 busy"],
    );
    check_event("DTSTART:20260307", &["03-07 05:00/03-08 05:00 busy"]);
    check_event(
        "DTSTART;VALUE=DATE:20260307|DURATION:P2D",
        &["03-07 05:00/03-09 04:00 busy"],
    );
    check_event(
        "DTSTART;VALUE=DATE:20260307|DTEND;VALUE=DATE:20260307",
        &["03-07 05:00/03-08 05:00 busy"],
    );
    // A day that is shown as free does not block.
    check_event("DTSTART;VALUE=DATE:20260307|TRANSP:TRANSPARENT", &[]);
}

#[test]
fn t50_all_day_of_outlook_is_the_civil_day_too() {
    let mark = "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE";
    for (start, end) in [
        (
            "DTSTART;TZID=Eastern Standard Time:20260308T000000",
            "DTEND;TZID=Eastern Standard Time:20260309T000000",
        ),
        ("DTSTART:20260308T000000", "DTEND:20260309T000000"),
        ("DTSTART:20260308T000000Z", "DTEND:20260309T000000Z"),
        ("DTSTART:20260308T050000Z", "DTEND:20260309T040000Z"),
    ] {
        let each = format!("{start}|{end}|RRULE:FREQ=DAILY;COUNT=2|{mark}");
        check_event(
            &each,
            &[
                "03-08 05:00/03-09 04:00 busy",
                "03-09 04:00/03-10 04:00 busy",
            ],
        );
    }
    // Not at midnight, or not marked: as it is written.
    let partly = "DTSTART:20260308T000000Z|DTEND:20260308T120000Z";
    check_event(
        &format!("{partly}|{mark}"),
        &["03-08 00:00/03-08 12:00 busy"],
    );
    let unmarked =
        "DTSTART:20260308T000000Z|DTEND:20260309T000000Z|X-MICROSOFT-CDO-ALLDAYEVENT:FALSE";
    check_event(unmarked, &["03-08 00:00/03-09 00:00 busy"]);
}

#[test]
fn times_are_zoned_utc_or_floating() {
    check_event(TIMED, &["03-02 14:00/03-02 15:00 busy"]);
    check_event(
        "DTSTART:20260302T090000Z|DTEND:20260302T100000Z",
        &["03-02 09:00/03-02 10:00 busy"],
    );
    check_event(
        "DTSTART:20260302T090000|DTEND:20260302T100000",
        &["03-02 14:00/03-02 15:00 busy"],
    );
    check_event(
        "DTSTART;TZID=Europe/Berlin:20260302T090000|DTEND;TZID=America/New_York:20260302T090000",
        &["03-02 08:00/03-02 14:00 busy"],
    );
    check_event(
        "DTSTART;VALUE=DATE:20260302|DTEND:20260302T100000",
        &["03-02 05:00/03-02 15:00 busy"],
    );
    check_event(
        "DTSTART:20260302T100000|DTEND;VALUE=DATE:20260303",
        &["03-02 15:00/03-03 05:00 busy"],
    );
}

#[test]
fn a_duration_has_nominal_days_and_exact_hours() {
    // The clocks of New York skip an hour on 8 March.
    let start = "DTSTART;TZID=America/New_York:20260307T120000";
    check_event(
        &format!("{start}|DURATION:P1D"),
        &["03-07 17:00/03-08 16:00 busy"],
    );
    check_event(
        &format!("{start}|DURATION:PT24H"),
        &["03-07 17:00/03-08 17:00 busy"],
    );
    check_event(
        &format!("{start}|DURATION:P1DT1H"),
        &["03-07 17:00/03-08 17:00 busy"],
    );
    // Without an end a timed event takes no time.
    check_event(start, &[]);
    check_event(
        &format!("{start}|DTEND;TZID=America/New_York:20260307T120000"),
        &[],
    );
    check_event(&format!("{start}|DURATION:PT0S"), &[]);
}

#[test]
fn statuses_follow_outlook_then_transparency_then_status() {
    let busy = |properties: &str| {
        let mut options = options("UTC");
        options.blocking = BusyStatus::ALL.into_iter().collect();
        let text = calendar(&[&event(&format!("{TIMED}|{properties}"))]);
        let busy = read_busy(text, &options).unwrap();
        busy.events.first().map(|event| event.status)
    };
    for (properties, expected) in [
        ("SUMMARY:x", Some(BusyStatus::Busy)),
        ("STATUS:CONFIRMED", Some(BusyStatus::Busy)),
        ("STATUS:TENTATIVE", Some(BusyStatus::Tentative)),
        ("STATUS:CANCELLED", None),
        ("status:cancelled", None),
        ("TRANSP:OPAQUE", Some(BusyStatus::Busy)),
        ("TRANSP:TRANSPARENT", Some(BusyStatus::Free)),
        (
            "TRANSP:TRANSPARENT|STATUS:TENTATIVE",
            Some(BusyStatus::Free),
        ),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", Some(BusyStatus::Free)),
        (
            "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",
            Some(BusyStatus::Tentative),
        ),
        (
            "X-MICROSOFT-CDO-BUSYSTATUS:BUSY|STATUS:TENTATIVE",
            Some(BusyStatus::Busy),
        ),
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", Some(BusyStatus::Away)),
        (
            "TRANSP:TRANSPARENT|X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",
            Some(BusyStatus::Elsewhere),
        ),
        (
            "X-MICROSOFT-CDO-BUSYSTATUS:ODD|TRANSP:TRANSPARENT",
            Some(BusyStatus::Free),
        ),
        ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY|STATUS:CANCELLED", None),
    ] {
        assert_eq!(busy(properties), expected, "{properties}");
    }
}

#[test]
fn c14_the_host_chooses_the_statuses_that_block() {
    let statuses = ["FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"];
    let events: Vec<String> = statuses
        .iter()
        .map(|status| {
            event(TIMED).replace(
                "UID:1",
                &format!("UID:{status}|X-MICROSOFT-CDO-BUSYSTATUS:{status}"),
            )
        })
        .collect();
    let components: Vec<&str> = events.iter().map(String::as_str).collect();
    let text = calendar(&components);
    let count = |blocking: &[BusyStatus]| {
        let mut options = options("UTC");
        options.blocking = blocking.iter().copied().collect();
        read_busy(&text, &options).unwrap().events.len()
    };
    assert_eq!(busy_of(&text).events.len(), 4);
    assert_eq!(count(&[]), 0);
    assert_eq!(count(&[BusyStatus::Busy, BusyStatus::Away]), 2);
    assert_eq!(count(&BusyStatus::ALL), 5);
}

#[test]
fn t26_echo_is_matched_by_uid() {
    let echo = "BEGIN:VEVENT|UID:booking-1@example.com|DTSTART:20260302T140000Z|\
        DTEND:20260302T150000Z|END:VEVENT";
    let moved = "BEGIN:VEVENT|UID:booking-1@example.com|RECURRENCE-ID:20260302T140000Z|\
        DTSTART:20260302T160000Z|DTEND:20260302T170000Z|END:VEVENT";
    let other = "BEGIN:VEVENT|UID:lunch|DTSTART:20260302T143000Z|DTEND:20260302T153000Z|END:VEVENT";
    let times =
        "BEGIN:VFREEBUSY|UID:booking-1@example.com|FREEBUSY:20260302T140000Z/PT1H|END:VFREEBUSY";
    let text = calendar(&[echo, moved, other, times]);
    assert_eq!(busy_of(&text).events.len(), 3);
    let mut options = options("UTC");
    options
        .ignored_uids
        .insert("booking-1@example.com".to_owned());
    let busy = read_busy(text, &options).unwrap();
    assert_eq!(spans(&busy), ["03-02 14:30/03-02 15:30 busy"]);
}

#[test]
fn the_latest_version_of_an_event_counts() {
    let at = |hour: u32, rest: &str| {
        event(&format!(
            "DTSTART:20260302T{hour:02}0000Z|DURATION:PT1H|{rest}"
        ))
    };
    let check_pair = |first: &str, second: &str, expected: &[&str]| {
        check(&[first, second], expected);
        check(&[second, first], expected);
    };
    check_pair(
        &at(9, "SEQUENCE:2"),
        &at(11, "SEQUENCE:10"),
        &["03-02 11:00/03-02 12:00 busy"],
    );
    check_pair(
        &at(9, "SEQUENCE:0"),
        &at(11, "SEQUENCE:1|STATUS:CANCELLED"),
        &[],
    );
    check_pair(
        &at(9, "DTSTAMP:20260101T000000Z"),
        &at(11, "DTSTAMP:20260201T000000Z"),
        &["03-02 11:00/03-02 12:00 busy"],
    );
    // Nobody can tell which one counts: both do.
    check_pair(
        &at(9, "SEQUENCE:1"),
        &at(11, "SEQUENCE:1"),
        &[
            "03-02 09:00/03-02 10:00 busy",
            "03-02 11:00/03-02 12:00 busy",
        ],
    );
    // The same event in two calendars of a file is one event.
    let twice = calendar(&[&at(9, "SEQUENCE:1")]).repeat(2);
    assert_eq!(spans(&busy_of(&twice)), ["03-02 09:00/03-02 10:00 busy"]);
}

#[test]
fn free_busy_periods_are_read() {
    let times = "BEGIN:VFREEBUSY|UID:f|DTSTART:20260301T000000Z|DTEND:20260401T000000Z|\
        FREEBUSY:20260302T140000Z/20260302T150000Z,20260303T140000Z/PT30M|\
        FREEBUSY;FBTYPE=FREE:20260304T140000Z/PT1H|\
        FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260305T140000Z/PT1H|\
        FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260306T140000Z/P1D|\
        FREEBUSY;FBTYPE=X-ODD:20260307T140000Z/PT1H|END:VFREEBUSY";
    check(
        &[times],
        &[
            "03-02 14:00/03-02 15:00 busy",
            "03-03 14:00/03-03 14:30 busy",
            "03-05 14:00/03-05 15:00 tentative",
            "03-06 14:00/03-07 14:00 away",
            "03-07 14:00/03-07 15:00 busy",
        ],
    );
}

#[test]
fn only_what_meets_the_window_is_listed_and_merged() {
    let day = |date: &str| {
        event(&format!("DTSTART:{date}T230000Z|DURATION:PT2H"))
            .replace("UID:1", &format!("UID:{date}"))
    };
    let events = [
        day("20260228"),
        day("20260227"),
        day("20260430"),
        day("20260501"),
    ];
    let components: Vec<&str> = events.iter().map(String::as_str).collect();
    let busy = busy_of(&calendar(&components));
    assert_eq!(
        spans(&busy),
        [
            "02-28 23:00/03-01 01:00 busy",
            "04-30 23:00/05-01 01:00 busy"
        ]
    );
    let merged = serde_json::to_value(&busy.busy).unwrap();
    assert_eq!(
        merged,
        serde_json::json!([
            {"start": "2026-03-01T00:00:00Z", "end": "2026-03-01T01:00:00Z"},
            {"start": "2026-04-30T23:00:00Z", "end": "2026-05-01T00:00:00Z"},
        ])
    );
}

#[test]
fn the_answer_has_one_json_form() {
    let text = calendar(&[
        &event("DTSTART:20260302T090000Z|DURATION:PT1H"),
        "BEGIN:VEVENT|END:VEVENT",
    ]);
    let busy = busy_of(&text);
    assert_eq!(
        serde_json::to_value(&busy).unwrap(),
        serde_json::json!({
            "events": [{
                "start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z",
                "status": "busy", "uid": "1", "line": 4,
            }],
            "busy": [{"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"}],
            "problems": [{
                "line": 9, "code": "missing-property",
                "message": "the property `DTSTART` is missing", "uid": null,
            }],
            "problemsLeftOff": 0,
        })
    );
}
