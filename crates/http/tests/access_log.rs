//! What is noted of requests, and what never is.

use std::sync::{Arc, Mutex, OnceLock};

use quando_http::server::{Access, AccessLog, Settings};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Host, authorised, send};

/// A word that stands in every field, token and header that is sent.
const CANARY: &str = "canary7261";

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl AccessLog for Lines {
    fn note(&self, access: &Access<'_>) {
        let line = serde_json::to_string(access).unwrap();
        self.0.lock().unwrap().push(line);
    }
}

/// What the libraries log, of all tests of this program.
#[derive(Debug, Default)]
struct Messages(Mutex<String>);

static MESSAGES: OnceLock<Messages> = OnceLock::new();

impl log::Log for Messages {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        self.0.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}

fn listen() -> &'static Messages {
    let messages = MESSAGES.get_or_init(Messages::default);
    if log::set_logger(messages).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
    messages
}

async fn host() -> (Host, Arc<Lines>) {
    let lines = Arc::new(Lines::default());
    let settings = Settings {
        guests: true,
        access_log: Some(Arc::clone(&lines) as Arc<dyn AccessLog>),
        ..Settings::default()
    };
    let host = Host::with(settings).await;
    host.with_ana().await;
    (host, lines)
}

#[tokio::test]
async fn a_line_says_what_was_asked_for_and_how_it_went() {
    let (host, lines) = host().await;
    lines.0.lock().unwrap().clear();
    let booked = host.book("cem", "2026-03-02T09:00:00Z").await;
    let path = format!("/api/bookings/{}", booked.json()["id"].as_str().unwrap());
    host.get(&host.provider("ana"), &path).await;
    host.get("", &path).await;
    host.get("", "/nowhere/at/all").await;
    let lines: Vec<Value> = {
        let lines = lines.0.lock().unwrap();
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let short = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (
            text("method"),
            text("route"),
            line["status"].as_u64().unwrap(),
            text("role"),
        )
    };
    let row = |method: &str, route: &str, status, role: &str| {
        (method.to_owned(), route.to_owned(), status, role.to_owned())
    };
    let found: Vec<_> = lines.iter().map(short).collect();
    assert_eq!(
        found,
        [
            row("POST", "/api/bookings", 201, "customer"),
            row("GET", "/api/bookings/{booking}", 200, "provider"),
            row("GET", "/api/bookings/{booking}", 401, "anonymous"),
            row("GET", "", 404, "anonymous"),
        ]
    );
    let first = &lines[0];
    assert_eq!(first["requestId"], booked.header("x-request-id"));
    assert_eq!(first["time"], "2026-03-02T08:00:00Z");
    assert_eq!(first["level"], "info");
    assert!(first["durationMs"].as_f64().unwrap() >= 0.0);
}

#[tokio::test]
async fn no_line_tells_what_is_somebodys() {
    let messages = listen();
    let (host, lines) = host().await;
    let with = |text: &str| format!("{text} {CANARY}");
    let wish = json!({
        "providerId": "ana", "serviceId": "repair", "date": "2026-03-02T09:00:00Z",
        "notes": with("The key is under"),
        "guest": {
            "name": with("Eva"), "email": format!("eva@{CANARY}.example"),
            "phone": format!("+49 {CANARY}"),
        },
    });
    let booked = host.post("", ("/api/bookings", CANARY), wish.clone()).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let json = booked.json();
    let view = json["actions"]["view"].as_str().unwrap();
    let path = format!("/api/bookings/{}", json["id"].as_str().unwrap());
    host.get("", &format!("{path}?token={view}")).await;
    // Errors of all kinds: with a bad token, a bad path, bad bodies, queries, headers and methods.
    let operator = host.operator();
    host.get(CANARY, "/api/bookings").await;
    host.get(&format!("qk_{CANARY}_{CANARY}"), "/api/bookings")
        .await;
    host.get(&operator, &format!("/api/bookings/{CANARY}"))
        .await;
    host.get(&operator, &format!("/api/bookings?customerId={CANARY}"))
        .await;
    host.get(&operator, &format!("/api/{CANARY}")).await;
    host.get(&operator, &format!("/api/providers?{CANARY}={CANARY}"))
        .await;
    host.post("", ("/api/bookings", CANARY), json!({CANARY: CANARY}))
        .await;
    host.post(
        &operator,
        ("/api/providers", ""),
        json!({"id": CANARY, "name": with("a\u{0}")}),
    )
    .await;
    let cancel = format!("{path}/cancel");
    for name in [
        "Action-Token",
        "If-Match",
        "X-Forwarded-For",
        "Cookie",
        "User-Agent",
        "Referer",
    ] {
        let request = host.request(Method::POST, &cancel).header(name, CANARY);
        let request = request.header("Idempotency-Key", CANARY);
        send(authorised(request, &operator).json(&json!({"reason": with("Ill")}))).await;
    }
    let odd = Method::from_bytes(CANARY.as_bytes()).unwrap();
    send(host.request(odd, "/api/bookings")).await;
    let lines = lines.0.lock().unwrap().join("\n");
    assert!(lines.lines().count() > 15, "{lines}");
    let messages = messages.0.lock().unwrap();
    let token = view.rsplit('.').next().unwrap();
    for secret in [CANARY, token, &operator, json["id"].as_str().unwrap()] {
        let found = lines
            .lines()
            .chain(messages.lines())
            .find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
    assert!(!lines.contains(['?', '@', '%']), "{lines}");
}
