//! Live events: in order, to those whom they concern, and again after a break.

use std::time::Duration;

use quando_http::server::Limits;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::receiver::PATIENCE;
use crate::support::{Host, authorised, send};

const TEN: &str = "2026-03-02T09:00:00Z";
const ELEVEN: &str = "2026-03-02T10:00:00Z";
const NOON: &str = "2026-03-02T11:00:00Z";

/// An event as a browser would see it.
#[derive(Clone, Debug)]
struct Event {
    name: String,
    data: Value,
    id: Option<u64>,
}

/// Somebody who listens.
struct Listener {
    response: Response,
    text: String,
    /// The id of the last event that has one.
    last: u64,
}

impl Listener {
    async fn begin(host: &Host, (token, query): (&str, &str), last: Option<&str>) -> Listener {
        let request = host.request(Method::GET, &format!("/api/events{query}"));
        let mut request = authorised(request, token);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Listener {
            response,
            text: String::new(),
            last: 0,
        }
    }

    /// The next event that has data; none at the end.
    async fn try_next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let fields: Vec<(String, String)> = block
                    .lines()
                    .filter_map(|line| line.split_once(": "))
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                self.text = rest.to_owned();
                let field = |name: &str| {
                    let found = fields.iter().find(|(each, _)| each == name);
                    found.map(|(_, value)| value.clone())
                };
                let id = field("id").map(|id| id.parse().unwrap());
                self.last = id.unwrap_or(self.last);
                if let Some(data) = field("data") {
                    return Some(Event {
                        name: field("event").unwrap(),
                        data: serde_json::from_str(&data).unwrap(),
                        id,
                    });
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("something is told in time").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn next(&mut self) -> Event {
        self.try_next().await.expect("the stream goes on")
    }

    /// The next event about a time; what was written before the test began may come first.
    async fn next_time(&mut self) -> Event {
        loop {
            let event = self.next().await;
            if event.data["from"] != Value::Null {
                return event;
            }
        }
    }

    /// The next event about a booking.
    async fn next_booking(&mut self) -> Event {
        loop {
            let event = self.next().await;
            if event.name == "booking.changed" {
                return event;
            }
        }
    }
}

async fn host() -> Host {
    let host = Host::start().await;
    host.with_ana().await;
    host
}

async fn cancel(host: &Host, customer: &str, id: &Value) {
    let path = format!("/api/bookings/{}/cancel", id.as_str().unwrap());
    let request = host.request(Method::POST, &path);
    let request = request.bearer_auth(host.customer(customer));
    let request = request
        .header("Idempotency-Key", "off")
        .header("If-Match", "*");
    let done = send(request.json(&json!({"reason": "A secret reason"}))).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

#[tokio::test]
async fn everybody_hears_when_time_changes_and_nothing_of_by_whom() {
    let host = host().await;
    let mut listener = Listener::begin(&host, ("", "?providerId=ana"), None).await;
    let booked = host.book("cem", TEN).await.json();
    let taken = listener.next_time().await;
    let time = json!({"providerId": "ana", "resourceId": "ana", "from": TEN, "to": ELEVEN});
    assert_eq!(
        (taken.name.as_str(), &taken.data),
        ("availability.changed", &time)
    );
    cancel(&host, "cem", &booked["id"]).await;
    let free = listener.next_time().await;
    assert_eq!(free.data, time);
    assert!(free.id > taken.id);
    // Hours and busy time: any time may have changed.
    let ana = host.provider("ana");
    let path = "/api/providers/ana/resources/ana/schedule";
    let hours = json!({"zone": "Europe/Berlin", "weekly": {}});
    let written = host.put(&ana, (path, "*"), hours).await;
    assert_eq!(written.status, 200, "{}", written.text);
    let changed = listener.next().await;
    let any_time = json!({"providerId": "ana", "resourceId": "ana"});
    assert_eq!(
        (changed.name.as_str(), &changed.data),
        ("availability.changed", &any_time)
    );
    let path = "/api/providers/ana/resources/ana/busy/phone";
    let busy = json!({"busy": [{"start": NOON, "end": "2026-03-02T12:00:00Z"}]});
    let written = host.put(&ana, (path, "*"), busy).await;
    assert!(written.status.is_success(), "{}", written.text);
    assert_eq!(listener.next().await.data, any_time);
}

#[tokio::test]
async fn a_move_is_told_of_both_times() {
    let host = host().await;
    let mut listener = Listener::begin(&host, ("", "?providerId=ana"), None).await;
    let booked = host.book("cem", TEN).await.json();
    listener.next_time().await;
    let path = format!(
        "/api/bookings/{}/reschedule",
        booked["id"].as_str().unwrap()
    );
    let request = host
        .request(Method::POST, &path)
        .bearer_auth(host.customer("cem"));
    let request = request
        .header("Idempotency-Key", "m")
        .header("If-Match", "*");
    let moved = send(request.json(&json!({"date": ELEVEN}))).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let (old, new) = (listener.next_time().await, listener.next_time().await);
    assert_eq!(
        (&old.data["from"], &old.data["to"]),
        (&json!(TEN), &json!(ELEVEN))
    );
    assert_eq!(
        (&new.data["from"], &new.data["to"]),
        (&json!(ELEVEN), &json!(NOON))
    );
    // Who comes back between the two is told of both again.
    assert_eq!(old.id, None);
    assert!(new.id.is_some());
}

#[tokio::test]
async fn bookings_are_told_to_those_whose_they_are() {
    let host = host().await;
    let mut cem = Listener::begin(&host, (&host.customer("cem"), ""), None).await;
    let mut ana = Listener::begin(&host, (&host.provider("ana"), ""), None).await;
    let mut staff = Listener::begin(&host, (&host.operator(), ""), None).await;
    let ben = host.provider("ben");
    let mut other = Listener::begin(&host, (&ben, "?providerId=ana"), None).await;
    let dora = host.book("dora", TEN).await.json();
    let own = host.book("cem", ELEVEN).await.json();
    let told = cem.next().await;
    let data = json!({"providerId": "ana", "bookingId": own["id"], "version": 1});
    assert_eq!((told.name.as_str(), &told.data), ("booking.changed", &data));
    for listener in [&mut ana, &mut staff] {
        let (first, second) = (listener.next_booking().await, listener.next_booking().await);
        assert_eq!(first.data["bookingId"], dora["id"]);
        assert_eq!(second.data["bookingId"], own["id"]);
        assert!(first.id < second.id);
    }
    // Somebody else's provider is one of the public.
    for start in [TEN, ELEVEN] {
        let event = other.next_time().await;
        assert_eq!(
            (event.name.as_str(), &event.data["from"]),
            ("availability.changed", &json!(start))
        );
    }
}

#[tokio::test]
async fn a_client_that_comes_back_misses_nothing_and_hears_nothing_twice() {
    let host = host().await;
    let ana = host.provider("ana");
    let mut first = Listener::begin(&host, (&ana, ""), None).await;
    let one = host.book("cem", TEN).await.json();
    assert_eq!(first.next_booking().await.data["bookingId"], one["id"]);
    let last = first.last.to_string();
    drop(first);
    let two = host.book("dora", ELEVEN).await.json();
    // Relayed, so that the second one has really been missed.
    let mut beside = Listener::begin(&host, (&ana, ""), Some(&last)).await;
    assert_eq!(beside.next_booking().await.data["bookingId"], two["id"]);
    let mut again = Listener::begin(&host, (&ana, ""), Some(&last)).await;
    let three = host.book("emil", NOON).await.json();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let event = again.next_booking().await;
        seen.push((event.data["bookingId"].clone(), event.id.unwrap()));
    }
    assert_eq!((&seen[0].0, &seen[1].0), (&two["id"], &three["id"]));
    assert!(seen[0].1 < seen[1].1);
}

#[tokio::test]
async fn what_cannot_be_gone_on_from_begins_anew() {
    let host = host().await;
    for last in ["1000000", "no position", "-1"] {
        let mut listener = Listener::begin(&host, ("", "?providerId=ana"), Some(last)).await;
        let event = listener.next().await;
        assert_eq!(
            (event.name.as_str(), event.data),
            ("reset", json!({})),
            "{last}"
        );
        assert!(event.id.is_some());
        host.book(&format!("cem {last}").replace(' ', "-"), TEN)
            .await;
    }
}

#[tokio::test]
async fn there_is_room_for_so_many() {
    let limits = Limits {
        live_clients: 1,
        ..Limits::default()
    };
    let host = Host::with(limits).await;
    let first = Listener::begin(&host, ("", "?providerId=ana"), None).await;
    let refused = host.get("", "/api/events?providerId=ana").await;
    assert_eq!(refused.problem(), (503, "server-busy".to_owned()));
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    drop(first);
    let freed = async {
        loop {
            let request = host.request(Method::GET, "/api/events?providerId=ana");
            if request.send().await.unwrap().status() == 200 {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, freed).await.unwrap();
}

#[tokio::test]
async fn who_hears_nothing_knows_up_to_where() {
    let limits = Limits {
        live_heartbeat: Duration::from_millis(20),
        ..Limits::default()
    };
    let host = Host::with(limits).await;
    let mut listener = Listener::begin(&host, ("", "?providerId=nobody"), None).await;
    host.with_ana().await;
    // A comment, then the position; ana, her resource twice and her service are not told of.
    let beats = async {
        loop {
            let chunk = listener.response.chunk().await.unwrap().unwrap();
            let text = std::str::from_utf8(&chunk).unwrap();
            assert!(!text.contains("event:"), "{text}");
            if text.starts_with(":\n") && text.ends_with("id: 4\n\n") {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, beats).await.unwrap();
}

#[tokio::test]
async fn without_a_token_a_provider_is_named() {
    let host = Host::start().await;
    let refused = host.get("", "/api/events").await;
    assert_eq!(refused.problem(), (400, "parameter".to_owned()));
    let refused = host.get("", "/api/events?customerId=cem").await;
    assert_eq!(refused.problem(), (400, "parameter".to_owned()));
    let refused = host.get("no token", "/api/events?providerId=ana").await;
    assert_eq!(refused.problem(), (401, "bearer-token".to_owned()));
}

#[tokio::test]
async fn a_server_that_stops_ends_all_streams() {
    let host = host().await;
    let mut listener = Listener::begin(&host, ("", "?providerId=ana"), None).await;
    host.stop().await;
    while listener.try_next().await.is_some() {}
}
