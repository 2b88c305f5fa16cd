//! The sample calendars, in the shape in which real programs export them, and the time they take.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use quando::calendar::{BusyStatus, CalendarOptions, read_busy};
use quando::time::Interval;

const GOOGLE: &[u8] = include_bytes!("../../../examples/calendars/google.ics");
const OUTLOOK: &[u8] = include_bytes!("../../../examples/calendars/outlook.ics");
const APPLE: &[u8] = include_bytes!("../../../examples/calendars/apple.ics");

/// The calendar must take exactly these spans of March and April 2026, without a problem.
#[track_caller]
fn check(calendar: &[u8], ignored_uids: &[&str], expected: &[(&str, &str, BusyStatus)]) {
    let window = Interval::parse("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z").unwrap();
    let mut options = CalendarOptions::new(window);
    options.ignored_uids = ignored_uids.iter().map(|uid| (*uid).to_owned()).collect();
    let answer = read_busy(calendar, &options).unwrap();
    assert_eq!(answer.problems, []);
    let found: Vec<(Interval, BusyStatus)> = answer
        .events
        .iter()
        .map(|event| (event.interval, event.status))
        .collect();
    let expected: Vec<(Interval, BusyStatus)> = expected
        .iter()
        .map(|(start, end, status)| {
            let instant = |text: &str| format!("2026-{text}:00Z");
            (
                Interval::parse(&instant(start), &instant(end)).unwrap(),
                *status,
            )
        })
        .collect();
    assert_eq!(found, expected);
    let merged = expected.into_iter().map(|(interval, _)| interval).collect();
    assert_eq!(answer.busy, merged);
}

#[test]
fn google_calendar() {
    use BusyStatus::{Busy, Tentative};
    check(
        GOOGLE,
        &["booking-1042@bookings.example.com"],
        &[
            ("03-02T15:00", "03-02T15:30", Busy),
            // The clocks of New York change on 8 March.
            ("03-09T14:00", "03-09T14:30", Busy),
            ("03-10T18:00", "03-10T19:00", Busy),
            // The call on 11 March is cancelled.
            ("03-12T13:00", "03-12T14:00", Tentative),
            // The meeting of 16 March is excluded, that of 30 March is moved. The copy of a
            // booking on 18 March and the birthday on 20 March do not count.
            ("03-23T14:00", "03-23T14:30", Busy),
            ("03-31T18:00", "03-31T18:30", Busy),
            ("04-03T04:00", "04-05T04:00", Busy),
            ("04-06T14:00", "04-06T14:30", Busy),
        ],
    );
}

#[test]
fn outlook() {
    use BusyStatus::{Away, Busy, Elsewhere, Tentative};
    check(
        OUTLOOK,
        &[],
        &[
            ("03-23T08:00", "03-23T08:15", Busy),
            ("03-24T08:00", "03-24T08:15", Busy),
            // 25 March is excluded.
            ("03-26T08:00", "03-26T08:15", Busy),
            ("03-27T08:00", "03-27T08:15", Busy),
            // The clocks of Berlin change on 29 March; 31 March is moved and tentative.
            ("03-30T07:00", "03-30T07:15", Busy),
            ("03-31T09:00", "03-31T09:30", Tentative),
            ("04-01T07:00", "04-01T07:15", Busy),
            ("04-02T07:00", "04-02T07:15", Busy),
            ("04-03T07:00", "04-03T07:15", Busy),
            // Lunch is free, the budget meeting is cancelled. Two whole days away.
            ("04-05T22:00", "04-07T22:00", Away),
            ("04-09T06:00", "04-09T10:00", Elsewhere),
        ],
    );
}

#[test]
fn apple_calendar() {
    use BusyStatus::Busy;
    check(
        APPLE,
        &[],
        &[
            ("03-10T17:00", "03-10T18:30", Busy),
            ("03-17T14:00", "03-17T15:00", Busy),
            // A floating time, in the zone of the calendar.
            ("03-20T06:00", "03-20T07:00", Busy),
            // Two whole days, the second one of 23 hours.
            ("03-27T23:00", "03-29T22:00", Busy),
            // Good Friday is shown as free. The April meeting is moved by a day.
            ("04-15T17:00", "04-15T18:00", Busy),
            ("04-24T20:00", "04-25T04:00", Busy),
        ],
    );
}

#[test]
fn the_samples_have_the_line_ends_and_folds_of_real_exports() {
    for calendar in [GOOGLE, OUTLOOK, APPLE] {
        let text = std::str::from_utf8(calendar).unwrap();
        assert!(text.lines().count() == text.matches("\r\n").count());
        assert!(text.contains("\r\n "));
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
    }
}
