//! Calendars to subscribe to, and calendars that are subscribed to.

use serde_json::{Value, json};

use super::catalogue::page;
use super::form::{any_of, closed, count, may, must, of, open, text};
use super::operation::{Need, Operation};
use super::problems;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let scope = || any_of(["bookings", "freeBusy"]);
    let free = || json!({"type": "string"});
    let link = || {
        vec![
            must("id", free(), ""),
            must("provider", of("Id"), ""),
            must("name", free(), "What it is for, such as a device."),
            must("shows", scope(), ""),
            must("version", count(), ""),
            must("updatedAt", of("Instant"), ""),
        ]
    };
    let mut made = link();
    made.push(must("token", free(), "What opens it, told once."));
    made.push(may(
        "calendar",
        free(),
        "The path to subscribe to, of links that show bookings.",
    ));
    made.push(must("freeBusy", free(), "The path to subscribe to."));
    let new = closed([
        must("name", text(1, 200, ""), ""),
        must("shows", scope(), ""),
    ]);
    let subscription = open([
        must("resource", of("Id"), ""),
        must("source", free(), ""),
        must("url", free(), ""),
        must("version", count(), ""),
        must("nextAt", of("Instant"), "When it is read next."),
        may("succeededAt", of("Instant"), "When it was read last."),
        may("triedAt", of("Instant"), "When that was tried last."),
        must("failures", count(), "How often it failed since."),
        may("error", free(), "What was wrong the last time: a code."),
        must("count", count(), "Busy intervals."),
        must(
            "problems",
            count(),
            "What of the calendar could not be read.",
        ),
    ]);
    let mut url = text(1, 2_048, "");
    url["pattern"] = json!("^(https?|webcal)://[A-Za-z0-9._-]+(:[0-9]{1,5})?(/[!-~]*)?$");
    let address = closed([must("url", url, "With `https`, or `webcal` for it.")]);
    vec![
        ("CalendarLink", open(link())),
        ("CalendarLinkPage", page("CalendarLink")),
        ("MadeCalendarLink", open(made)),
        ("NewCalendarLink", new),
        ("Subscription", subscription),
        ("SubscriptionPage", page("Subscription")),
        ("CalendarAddress", address),
        ("Nothing", closed([])),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = links();
    all.extend(subscriptions());
    all
}

fn links() -> Vec<Operation> {
    let link = json!({
        "id": "l1", "provider": "ana", "name": "Phone", "shows": "bookings", "version": 1,
        "updatedAt": "2026-03-02T08:00:00Z",
    });
    let mut made = link.clone();
    made["token"] = json!("l1.7d3f");
    made["calendar"] = json!("/api/providers/ana/calendar.ics?token=l1.7d3f");
    made["freeBusy"] = json!("/api/providers/ana/freebusy.ics?token=l1.7d3f");
    let managed = || [problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND];
    let read = |id: &'static str| {
        Operation::new(id)
            .gives_text(CALENDAR_FORM, CALENDAR)
            .conditional()
            .refuses(&[problems::NOT_FOUND, problems::QUERY])
    };
    vec![
        Operation::new("listCalendarLinks")
            .gives(200, "CalendarLinkPage", json!({"items": [link]}))
            .refuses(&managed())
            .refuses(&[problems::QUERY]),
        Operation::new("createCalendarLink")
            .takes(
                "NewCalendarLink",
                json!({"name": "Phone", "shows": "bookings"}),
            )
            .keyed(Need::May)
            .gives(201, "MadeCalendarLink", made)
            .tagged()
            .refuses(&managed())
            .refuses(&[problems::RECORD]),
        Operation::new("deleteCalendarLink")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives_nothing()
            .refuses(&managed())
            .refuses(&[&problems::RECORD[..1]]),
        read("showCalendar"),
        read("showFreeBusy"),
        read("showBookingCalendar").refuses(&[problems::SIGNED_IN]),
    ]
}

fn subscriptions() -> Vec<Operation> {
    let subscription = json!({
        "resource": "ana", "source": "google", "url": "https://example.org/ana.ics", "version": 1,
        "nextAt": "2026-03-02T08:15:00Z", "succeededAt": "2026-03-02T08:00:00Z",
        "triedAt": "2026-03-02T08:00:00Z", "failures": 0, "count": 3, "problems": 0,
    });
    let managed = || [problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND];
    vec![
        Operation::new("listSubscriptions")
            .gives(200, "SubscriptionPage", json!({"items": [subscription]}))
            .refuses(&managed()),
        Operation::new("putSubscription")
            .takes(
                "CalendarAddress",
                json!({"url": "https://example.org/ana.ics"}),
            )
            .keyed(Need::May)
            .over_version(Need::May)
            .gives(200, "Subscription", subscription.clone())
            .tagged()
            .refuses(&managed())
            .refuses(&[problems::RECORD, problems::URL, problems::FIELD]),
        Operation::new("showSubscription")
            .gives(200, "Subscription", subscription.clone())
            .tagged()
            .refuses(&managed()),
        Operation::new("readSubscription")
            .takes("Nothing", json!({}))
            .gives(200, "Subscription", subscription)
            .tagged()
            .refuses(&managed()),
        Operation::new("deleteSubscription")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives_nothing()
            .refuses(&managed())
            .refuses(&[&problems::RECORD[..1]]),
    ]
}

const CALENDAR_FORM: &str = "text/calendar; charset=utf-8";
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
