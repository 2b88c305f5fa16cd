//! Calendars to subscribe to, and calendars that are subscribed to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use quando::calendar::{CalendarOptions, read_busy};
use quando::time::Interval;
use quando_http::server::Limits;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Answer, Host, authorised, send};

const TEN: &str = "2026-03-02T09:00:00Z";
const ELEVEN: &str = "2026-03-02T10:00:00Z";

async fn link(host: &Host, shows: &str) -> Value {
    let new = json!({"name": "Telephone", "shows": shows});
    let path = ("/api/providers/ana/calendar-links", "");
    let made = host.post(&host.provider("ana"), path, new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()
}

async fn fetch(host: &Host, path: &str, tag: &str) -> Answer {
    let mut request = authorised(host.request(Method::GET, path), "");
    if !tag.is_empty() {
        request = request.header("If-None-Match", tag);
    }
    send(request).await
}

/// When a calendar says that somebody is busy on that Monday.
fn busy(text: &str) -> Vec<String> {
    let day = Interval::parse("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z").unwrap();
    let read = read_busy(text, &CalendarOptions::new(day)).unwrap();
    assert_eq!(read.problems, []);
    let starts = read.busy.as_slice().iter();
    starts
        .map(|each| each.start().format("%H:%M").to_string())
        .collect()
}

#[tokio::test]
async fn a_link_shows_bookings_and_not_who_booked() {
    let host = Host::start().await;
    host.with_ana().await;
    let body = json!({"providerId": "ana", "serviceId": "repair", "date": TEN,
        "notes": "The secret door."});
    let cem = host.customer("cem-the-customer");
    let booked = host.post(&cem, ("/api/bookings", "b"), body).await.json();
    let link = link(&host, "bookings").await;
    let path = link["calendar"].as_str().unwrap();
    let shown = fetch(&host, path, "").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(busy(&shown.text), ["09:00"]);
    assert!(shown.text.contains("SUMMARY:Repair\r\n"), "{}", shown.text);
    let uid = format!("UID:{}@quando.invalid", booked["id"].as_str().unwrap());
    assert!(shown.text.contains(&uid), "{}", shown.text);
    for private in ["cem", "secret", "ATTENDEE"] {
        assert!(!shown.text.contains(private), "{private}: {}", shown.text);
    }
    // Who has it already is told so, until something changes.
    let tag = shown.header("etag").to_owned();
    assert_eq!(fetch(&host, path, &tag).await.status, 304);
    host.book("dora", ELEVEN).await;
    let changed = fetch(&host, path, &tag).await;
    assert_eq!(
        busy(&changed.text),
        ["09:00"],
        "two hours in a row are one time"
    );
    assert_eq!(changed.text.matches("BEGIN:VEVENT").count(), 2);

    let links = "/api/providers/ana/calendar-links";
    let listed = host.get(&host.provider("ana"), links).await.json();
    assert_eq!(listed["items"][0]["name"], "Telephone");
    assert!(listed["items"][0].get("token").is_none());
    let one = format!(
        "/api/providers/ana/calendar-links/{}",
        link["id"].as_str().unwrap()
    );
    assert_eq!(host.delete(&host.provider("ben"), &one).await.status, 403);
    assert_eq!(host.delete(&host.provider("ana"), &one).await.status, 204);
    assert_eq!(
        fetch(&host, path, "").await.problem(),
        (404, "not-found".to_owned())
    );
}

#[tokio::test]
async fn free_and_busy_time_says_when_and_nothing_else() {
    let host = Host::start().await;
    host.with_ana().await;
    host.book("cem-the-customer", TEN).await;
    let external = json!({"busy": [{"start": "2026-03-02T14:00:00Z",
        "end": "2026-03-02T15:00:00Z"}]});
    let source = "/api/providers/ana/resources/ana/busy/google";
    host.put(&host.provider("ana"), (source, ""), external)
        .await;
    let link = link(&host, "freeBusy").await;
    assert!(link.get("calendar").is_none());
    let path = link["freeBusy"].as_str().unwrap();
    let shown = fetch(&host, path, "").await;
    assert_eq!(busy(&shown.text), ["09:00", "14:00"], "{}", shown.text);
    for private in ["cem", "Repair", "ana", "google"] {
        assert!(!shown.text.contains(private), "{private}: {}", shown.text);
    }
    let tag = shown.header("etag").to_owned();
    host.clock.set("2026-03-02T08:40:00Z");
    assert_eq!(fetch(&host, path, &tag).await.status, 304);
    // It does not open the bookings, and no other provider's time.
    let bookings = path.replace("freebusy.ics", "calendar.ics");
    assert_eq!(fetch(&host, &bookings, "").await.status, 404);
    let other = path.replace("/ana/", "/ben/");
    assert_eq!(fetch(&host, &other, "").await.status, 404);
    let (start, _) = path.split_at(path.len() - 1);
    for wrong in [start, "/api/providers/ana/freebusy.ics"] {
        assert_eq!(fetch(&host, wrong, "").await.status, 404, "{wrong}");
    }
    let cancelled = host
        .get(&host.provider("ana"), "/api/bookings")
        .await
        .json();
    let id = cancelled["items"][0]["id"].as_str().unwrap();
    let cancel = format!("/api/bookings/{id}/cancel");
    host.post(&host.provider("ana"), (&cancel, "c"), json!({}))
        .await;
    assert_eq!(busy(&fetch(&host, path, "").await.text), ["14:00"]);
}

#[tokio::test]
async fn a_booking_is_a_calendar_for_its_parties() {
    let host = Host::start().await;
    host.with_ana().await;
    let booked = host.book("cem", TEN).await.json();
    let path = format!(
        "/api/bookings/{}/calendar.ics",
        booked["id"].as_str().unwrap()
    );
    let shown = host.get(&host.customer("cem"), &path).await;
    assert_eq!(busy(&shown.text), ["09:00"], "{}", shown.text);
    let code = booked["confirmationCode"].as_str().unwrap();
    assert!(shown.text.contains(code), "{}", shown.text);
    assert_eq!(host.get(&host.customer("dora"), &path).await.status, 404);
    assert_eq!(host.get("", &path).await.status, 401);
}

/// What a calendar's server answers, one after the other; the last one again and again.
type Answers = Arc<Mutex<VecDeque<(u16, String)>>>;

/// A server with one calendar, whose entity tag is as long as its text.
async fn calendar_server(first: (u16, &str)) -> (String, Answers) {
    let answers: Answers = Arc::new(Mutex::new(VecDeque::new()));
    answers
        .lock()
        .unwrap()
        .push_back((first.0, first.1.to_owned()));
    let told = Arc::clone(&answers);
    let calendar = move |headers: HeaderMap| {
        let mut told = told.lock().unwrap();
        let answer = match told.len() {
            1 => told[0].clone(),
            _ => told.pop_front().unwrap(),
        };
        std::future::ready(answered(answer, &headers))
    };
    let router = Router::new().route("/private.ics", get(calendar));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/private.ics"), answers)
}

fn answered((status, text): (u16, String), headers: &HeaderMap) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let tag = format!("\"{}\"", text.len());
    if headers
        .get("if-none-match")
        .is_some_and(|known| *known == *tag)
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    (status, [("etag", tag)], text).into_response()
}

fn calendar(events: &[(&str, &str)]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n".to_owned();
    for (uid, start) in events {
        text += &format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260301T000000Z\r\n\
            DTSTART:{start}\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
        );
    }
    text + "END:VCALENDAR\r\n"
}

const SUBSCRIPTION: &str = "/api/providers/ana/resources/ana/subscriptions/google";

/// The subscription, once the worker has read it.
async fn read_by_the_worker(host: &Host) -> Value {
    let ana = host.provider("ana");
    let read = async {
        loop {
            let shown = host.get(&ana, SUBSCRIPTION).await.json();
            if shown.get("succeededAt").is_some() || shown.get("error").is_some() {
                return shown;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read)
        .await
        .unwrap()
}

async fn read_now(host: &Host) -> Value {
    let path = format!("{SUBSCRIPTION}/read");
    let read = host
        .post(&host.provider("ana"), (&path, ""), json!({}))
        .await;
    assert_eq!(read.status, 200, "{}", read.text);
    read.json()
}

#[tokio::test]
async fn a_subscribed_calendar_takes_time_until_it_does_no_more() {
    // The calendar of the test is on this machine.
    let limits = Limits {
        allow_private_outbound: true,
        ..Limits::default()
    };
    let host = Host::with(limits).await;
    host.with_ana().await;
    let (ana, cem) = (host.provider("ana"), host.customer("cem"));
    let (url, answers) = calendar_server((200, &calendar(&[("1", "20260302T090000Z")]))).await;
    let strange = host
        .put(&cem, (SUBSCRIPTION, ""), json!({"url": url}))
        .await;
    assert_eq!(strange.problem(), (403, "not-allowed".to_owned()));
    let put = host
        .put(&ana, (SUBSCRIPTION, ""), json!({"url": url}))
        .await;
    assert_eq!(put.status, 200, "{}", put.text);
    let read = read_by_the_worker(&host).await;
    assert_eq!(
        (&read["count"], &read["failures"]),
        (&json!(1), &json!(0)),
        "{read}"
    );
    assert_eq!(host.book("cem", TEN).await.problem().1, "slot-not-free");

    // The same again is not written again.
    let before = host.engine.feed(0, 1_000).await.unwrap().len();
    assert_eq!(read_now(&host).await["count"], 1);
    while !host.engine.relay_events(100).await.unwrap().is_empty() {}
    let after = host.engine.feed(0, 1_000).await.unwrap();
    let again = after[before..].iter();
    let written = again.filter(|each| each.entry.subject.starts_with("busy_source/"));
    assert!(written.count() <= 1, "the first reading alone");

    // What fails changes nothing, and is seen.
    answers.lock().unwrap().push_front((500, String::new()));
    let failed = read_now(&host).await;
    assert_eq!(
        (&failed["failures"], &failed["error"], &failed["count"]),
        (&json!(1), &json!("calendar-status"), &json!(1))
    );
    answers
        .lock()
        .unwrap()
        .push_front((200, "no calendar".to_owned()));
    assert_eq!(read_now(&host).await["failures"], 2);
    assert_eq!(host.book("cem", TEN).await.status, 409);

    // Another hour is taken now, and the booking that the calendar mirrors stands in nobody's way.
    let booked = host.book("cem", "2026-03-02T14:00:00Z").await.json();
    let mirror = format!("{}@quando.invalid", booked["id"].as_str().unwrap());
    let changed = calendar(&[("2", "20260302T110000Z"), (&mirror, "20260302T140000Z")]);
    *answers.lock().unwrap() = VecDeque::from([(200, changed)]);
    let read = read_now(&host).await;
    assert_eq!(
        (&read["count"], &read["failures"]),
        (&json!(1), &json!(0)),
        "{read}"
    );
    assert_eq!(host.book("cem", TEN).await.status, 201);
    let listed = "/api/providers/ana/resources/ana/subscriptions";
    let listed = host.get(&ana, listed).await.json();
    assert_eq!(listed["items"][0]["source"], "google");
    assert_eq!(host.delete(&ana, SUBSCRIPTION).await.status, 204);
    assert_eq!(host.book("cem", "2026-03-02T11:00:00Z").await.status, 201);
    assert_eq!(host.get(&ana, SUBSCRIPTION).await.status, 404);
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    for url in ["", "ftp://example.com/a.ics", "https://exa mple.com/"] {
        let refused = host
            .put(&ana, (SUBSCRIPTION, ""), json!({"url": url}))
            .await;
        assert_eq!(refused.problem(), (422, "record-url".to_owned()), "{url}");
    }
    let plain = json!({"url": "http://example.com/a.ics"});
    let plain = host.put(&ana, (SUBSCRIPTION, ""), plain).await;
    assert_eq!(plain.problem(), (422, "field".to_owned()));
    // What is on this machine is not asked, whatever its name.
    let inside = json!({"url": "https://127.0.0.1:1/a.ics"});
    let inside = host.put(&ana, (SUBSCRIPTION, ""), inside).await;
    assert_eq!(inside.status, 200, "{}", inside.text);
    assert_eq!(read_by_the_worker(&host).await["error"], "outbound-address");
}
