//! Calendars as text, busy time as text.

mod availability;
mod events;
mod malformed;
mod properties;
mod recurring;
mod zones;

use super::*;
use crate::time::{Interval, Zone};

/// Reads a calendar of March and April 2026 with New York as its zone.
fn busy_of(text: &str) -> CalendarBusy {
    read_busy(text, &options("America/New_York")).unwrap()
}

fn options(zone: &str) -> CalendarOptions {
    let window = Interval::parse("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z").unwrap();
    CalendarOptions {
        zone: Some(Zone::new(zone).unwrap()),
        ..CalendarOptions::new(window)
    }
}

/// A calendar of components, each written with `|` at the end of a line.
fn calendar(components: &[&str]) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n");
    for component in components {
        text.push_str(&component.replace('|', "\r\n"));
        text.push_str("\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// An event of UID 1 with properties written with `|` between them.
fn event(properties: &str) -> String {
    format!("BEGIN:VEVENT|UID:1|{properties}|END:VEVENT")
}

/// Spans as `03-02 14:00/03-02 15:00 busy`, in UTC.
fn spans(busy: &CalendarBusy) -> Vec<String> {
    let text = |event: &BusyEvent| {
        let format = "%m-%d %H:%M";
        let (start, end) = (event.interval.start(), event.interval.end());
        let status = serde_json::to_value(event.status).unwrap();
        let status = status.as_str().unwrap();
        format!("{}/{} {status}", start.format(format), end.format(format))
    };
    busy.events.iter().map(text).collect()
}

fn problems(busy: &CalendarBusy) -> Vec<String> {
    let text = |problem: &CalendarProblem| format!("{} {}", problem.line, problem.kind.code());
    busy.problems.iter().map(text).collect()
}

/// The events must take exactly these spans, without a problem.
#[track_caller]
fn check(components: &[&str], expected: &[&str]) {
    let busy = busy_of(&calendar(components));
    assert_eq!(busy.problems, [], "{components:?}");
    assert_eq!(spans(&busy), expected, "{components:?}");
}

/// One event of these properties must take exactly these spans, without a problem.
#[track_caller]
fn check_event(properties: &str, expected: &[&str]) {
    check(&[&event(properties)], expected);
}
