//! Broken, hostile and merely odd texts.

use super::*;
use crate::limits;

const GOOD: &str = "BEGIN:VEVENT|UID:good|DTSTART:20260302T090000Z|DURATION:PT1H|END:VEVENT";
const TAKEN: [&str; 1] = ["03-02 09:00/03-02 10:00 busy"];

/// The good event must be found, and these problems.
#[track_caller]
fn check_beside(text: &str, expected: &[&str]) {
    let busy = busy_of(text);
    assert_eq!(spans(&busy), TAKEN, "{text}");
    assert_eq!(problems(&busy), expected, "{text}");
}

#[test]
fn an_empty_calendar_takes_nothing_and_what_is_no_calendar_is_an_error() {
    check(&[], &[]);
    for text in [
        "",
        "  \r\n",
        "<html><body>Not found</body></html>",
        "UID:1",
        "BEGIN:VCARD\nEND:VCARD",
    ] {
        assert_eq!(
            read_busy(text, &options("UTC")),
            Err(CalendarError::NotCalendar),
            "{text}"
        );
    }
}

#[test]
fn a_broken_event_is_reported_and_does_not_hide_the_others() {
    for (broken, expected) in [
        ("BEGIN:VEVENT|UID:x|END:VEVENT", "4 missing-property"),
        ("BEGIN:VEVENT|DTSTART:tomorrow|END:VEVENT", "5 bad-value"),
        (
            "BEGIN:VEVENT|DTSTART:20260230T090000Z|END:VEVENT",
            "5 bad-value",
        ),
        (
            "BEGIN:VEVENT|DTSTART:20260302T090000Z|DTEND:20260302T080000Z|END:VEVENT",
            "6 end-before-start",
        ),
        (
            "BEGIN:VEVENT|DTSTART:20260302|DTEND:20260301|END:VEVENT",
            "6 end-before-start",
        ),
        (
            "BEGIN:VEVENT|DTSTART:20260302T090000Z|DURATION:-PT1H|END:VEVENT",
            "6 bad-value",
        ),
        (
            "BEGIN:VEVENT|DTSTART:20260302T090000Z|DURATION:1h|END:VEVENT",
            "6 bad-value",
        ),
        (
            "BEGIN:VEVENT|DTSTART:20260302T090000Z|RECURRENCE-ID:x|END:VEVENT",
            "6 bad-value",
        ),
        (
            "BEGIN:VEVENT|DTSTART;TZID=\"Nowhere:20260302T090000|END:VEVENT",
            "5 not-content-line",
        ),
        (
            "BEGIN:VFREEBUSY|FREEBUSY:20260302T090000Z|END:VFREEBUSY",
            "5 bad-value",
        ),
        (
            "BEGIN:VFREEBUSY|FREEBUSY:20260302T090000Z/20260302T080000Z|END:VFREEBUSY",
            "5 end-before-start",
        ),
        (
            "BEGIN:VEVENT|DTSTART:20260302T100000Z|DURATION:PT1H",
            "4 no-end",
        ),
        ("END:VALARM", "4 nothing-to-end"),
    ] {
        let busy = busy_of(&calendar(&[broken, GOOD]));
        assert_eq!(spans(&busy), TAKEN, "{broken}");
        assert!(problems(&busy).contains(&expected.to_owned()), "{broken}");
    }
}

#[test]
fn odd_texts_are_read_as_they_are_meant() {
    let plain = calendar(&[GOOD]);
    check_beside(&plain.replace("\r\n", "\n"), &[]);
    check_beside(&plain.replace("\r\n", "\r"), &[]);
    check_beside(&format!("\u{feff}{plain}"), &[]);
    check_beside(&plain.to_lowercase().replace("t090000z", "T090000Z"), &[]);
    check_beside(&plain.replace("END:VCALENDAR\r\n", ""), &["1 no-end"]);
    check_beside(
        &GOOD.replace('|', "\n"),
        &["1 no-end", "1 outside-calendar"],
    );
    check_beside(
        &plain.replace("UID:good", "DESCRIPTION:see\r\nthe next line\r\nUID:good"),
        &["6 not-content-line"],
    );
    check_beside(
        &plain.replace("UID:good", "UID:good\r\nDTSTART:20260302T090000Z"),
        &["7 repeated-property"],
    );
    check_beside(&format!("From: me\n\n{plain}\n--\nbye"), &[]);
    // An alarm or task without end; nested and unknown components.
    let alarm = "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nDURATION:PT15M\r\n";
    check_beside(
        &plain.replace("END:VEVENT", &format!("{alarm}END:VEVENT")),
        &["8 no-end"],
    );
    check_beside(
        &plain.replace("END:VEVENT", &format!("{alarm}END:VALARM\r\nEND:VEVENT")),
        &[],
    );
    check_beside(
        &calendar(&["BEGIN:VTODO|DTSTART:20260303T090000Z", GOOD]),
        &["4 no-end"],
    );
    check_beside(
        &calendar(&[
            "BEGIN:X-BOX|BEGIN:X-INNER|DTSTART:1|END:X-INNER|END:X-BOX",
            GOOD,
        ]),
        &[],
    );
    check_beside(&calendar(&["BEGIN:X-BOX", GOOD]), &["4 no-end"]);
    // Two calendars, the first without its end.
    let two = format!("{}{plain}", "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\n");
    check_beside(&two, &["1 no-end"]);
    // A cancellation is no event.
    let cancelled = plain.replace("VERSION", "METHOD:CANCEL\r\nVERSION");
    assert_eq!(spans(&busy_of(&cancelled)), [""; 0]);
}

#[test]
fn bytes_that_are_no_text_do_no_harm() {
    let mut bytes = calendar(&[GOOD])
        .replace("UID:good", "UID:g\u{1}d")
        .into_bytes();
    for byte in &mut bytes {
        if *byte == 1 {
            *byte = 0xFF;
        }
    }
    let busy = read_busy(bytes, &options("UTC")).unwrap();
    assert_eq!(busy.events[0].uid.as_deref(), Some("g\u{fffd}d"));
}

#[test]
fn limits_are_named() {
    let limit = |text: &str| match read_busy(text, &options("UTC")) {
        Err(CalendarError::Limit { name, .. }) => name,
        other => panic!("no limit: {other:?}"),
    };
    assert_eq!(
        limit(&" ".repeat(limits::CALENDAR_BYTES_MAX + 1)),
        "CALENDAR_BYTES_MAX"
    );
    let deep = "BEGIN:X\n".repeat(limits::CALENDAR_DEPTH_MAX);
    assert_eq!(
        limit(&format!("BEGIN:VCALENDAR\n{deep}")),
        "CALENDAR_DEPTH_MAX"
    );
    let many = "BEGIN:X\nEND:X\n".repeat(limits::CALENDAR_COMPONENTS_MAX);
    assert_eq!(
        limit(&format!("BEGIN:VCALENDAR\n{many}")),
        "CALENDAR_COMPONENTS_MAX"
    );
    let busy = "BEGIN:VEVENT|DTSTART:20260302T090000Z|DURATION:PT1H|RRULE:FREQ=MINUTELY|END:VEVENT";
    assert_eq!(limit(&calendar(&[busy, busy])), "CALENDAR_BUSY_MAX");
    let error = read_busy(calendar(&[busy, busy]), &options("UTC")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the calendar is over the limit `CALENDAR_BUSY_MAX` of 100000, reached in line 9"
    );
    assert_eq!(error.code(), "calendar-limit");
    assert_eq!(CalendarError::NotCalendar.code(), "not-calendar");
    let zones: String = (0..=limits::CALENDAR_ZONES_MAX)
        .map(|index| {
            format!(
                "BEGIN:VTIMEZONE|TZID:Z{index}|END:VTIMEZONE|BEGIN:VEVENT|DTSTART;\
            TZID=Z{index}:20260302T090000|END:VEVENT|"
            )
        })
        .collect();
    assert_eq!(limit(&calendar(&[&zones])), "CALENDAR_ZONES_MAX");
}

#[test]
fn a_line_over_the_limit_costs_its_event_only_when_it_matters() {
    let long = "A".repeat(limits::CALENDAR_LINE_BYTES_MAX);
    let text = calendar(&[GOOD]);
    check_beside(
        &text.replace("UID", &format!("ATTACH;ENCODING=BASE64:{long}\r\nUID")),
        &[],
    );
    let other =
        format!("BEGIN:VEVENT|UID:{long}|DTSTART:20260302T090000Z|DURATION:PT2H|END:VEVENT");
    check_beside(&calendar(&[&other, GOOD]), &["4 line-too-long"]);
}

#[test]
fn problems_are_listed_up_to_a_limit_and_counted_beyond() {
    let junk = "junk\r\n".repeat(limits::CALENDAR_PROBLEMS_MAX + 5);
    let busy = busy_of(&calendar(&[GOOD]).replace("VERSION", &format!("{junk}VERSION")));
    assert_eq!(busy.problems.len(), limits::CALENDAR_PROBLEMS_MAX);
    assert_eq!(busy.problems_left_off, 5);
    assert_eq!(busy.events.len(), 1);
}

#[test]
fn problems_quote_on_one_line() {
    let text = calendar(&["BEGIN:VEVENT|UID:a\\nb|DTSTART:x\ty|END:VEVENT"]);
    let busy = busy_of(&text);
    assert_eq!(
        busy.problems[0].to_string(),
        "line 6: `x y` is no value of `DTSTART` (UID `a b`)"
    );
}

#[test]
fn codes_are_unique() {
    let name = String::new;
    let kinds = [
        ProblemKind::NotContentLine,
        ProblemKind::LineTooLong,
        ProblemKind::NoEnd { component: name() },
        ProblemKind::NothingToEnd { component: name() },
        ProblemKind::OutsideCalendar { component: name() },
        ProblemKind::Missing { property: "" },
        ProblemKind::Repeated { property: "" },
        ProblemKind::Value {
            property: "",
            value: name(),
        },
        ProblemKind::UnknownZone { tzid: name() },
        ProblemKind::Zone {
            tzid: name(),
            reason: name(),
        },
        ProblemKind::AssumedUtc,
        ProblemKind::Recurrence { reason: name() },
        ProblemKind::EndBeforeStart,
        ProblemKind::OtherZone {
            tzid: name(),
            expected: name(),
        },
        ProblemKind::NotIana { tzid: name() },
        ProblemKind::NotMidnight,
        ProblemKind::WindowLength,
        ProblemKind::Unsupported { what: "" },
    ];
    let mut codes: Vec<&str> = kinds.iter().map(ProblemKind::code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), kinds.len());
}
