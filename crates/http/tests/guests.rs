//! Customers without an account.

use quando_engine::personal::PersonId;
use quando_http::server::Settings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Host, send};

const TEN: &str = "2026-03-02T09:00:00Z";

async fn open() -> Host {
    let host = Host::with(Settings {
        guests: true,
        ..Settings::default()
    })
    .await;
    host.with_ana().await;
    host
}

fn wish(date: &str) -> Value {
    json!({
        "providerId": "ana", "serviceId": "repair", "date": date, "notes": "The blue door",
        "guest": {"name": "Eva Novak", "email": "eva@example.com", "phone": "+49 30 1234567"},
    })
}

/// Does something with an action token.
async fn act(
    host: &Host,
    (method, path): (Method, &str),
    (token, key): (&str, &str),
    body: Value,
) -> Answer {
    let request = host.request(method, path).header("Action-Token", token);
    let request = request.header("Idempotency-Key", key).json(&body);
    send(request).await
}

fn action<'a>(json: &'a Value, name: &str) -> &'a str {
    json["actions"][name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {json}"))
}

#[tokio::test]
async fn a_guest_books_sees_moves_and_cancels() {
    let host = open().await;
    let booked = host.post("", ("/api/bookings", "k"), wish(TEN)).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let json = booked.json();
    let path = format!("/api/bookings/{}", json["id"].as_str().unwrap());
    let customer = json["customerId"].as_str().unwrap();
    assert!(customer.starts_with("guest-"), "{customer}");
    let person = PersonId::new(customer).unwrap();
    let known = host.engine.person(&person).await.unwrap().unwrap();
    assert_eq!(known.email.unwrap().as_str(), "eva@example.com");
    // The answer got lost: the same again, for the same customer.
    let again = host.post("", ("/api/bookings", "k"), wish(TEN)).await;
    assert_eq!(
        (again.json(), again.header("idempotent-replayed")),
        (json.clone(), "true")
    );
    // A link shows it.
    let view = action(&json, "view");
    let seen = host.get("", &format!("{path}?token={view}")).await;
    assert_eq!(seen.json()["notes"], "The blue door");
    assert_eq!(host.get("", &path).await.status, 401);
    // Each change brings tokens for the next one.
    let move_it = (Method::POST, &*format!("{path}/reschedule"));
    let later = json!({"date": "2026-03-02T11:00:00Z"});
    let token = action(&json, "reschedule");
    let moved = act(&host, move_it.clone(), (token, "m"), later.clone()).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let again = act(&host, move_it.clone(), (token, "m"), later).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    let another = json!({"date": "2026-03-02T12:00:00Z"});
    let used = act(&host, move_it, (token, "n"), another).await;
    assert_eq!(used.problem().0, 412);
    let cancel = (Method::POST, &*format!("{path}/cancel"));
    let old = action(&json, "cancel");
    let refused = act(&host, cancel.clone(), (old, "c"), json!({})).await;
    assert_eq!(refused.problem().0, 412);
    let moved = moved.json();
    let ended = act(&host, cancel, (action(&moved, "cancel"), "d"), json!({})).await;
    assert_eq!(ended.json()["status"], "cancelled", "{}", ended.text);
    assert_eq!(ended.json()["actions"].as_object().unwrap().len(), 1);
    // The link goes on.
    let seen = host.get("", &format!("{path}?token={view}")).await;
    assert_eq!(seen.json()["status"], "cancelled");
}

#[tokio::test]
async fn a_token_is_for_one_purpose_and_one_booking() {
    let host = open().await;
    let first = host
        .post("", ("/api/bookings", "k"), wish(TEN))
        .await
        .json();
    let second = wish("2026-03-02T10:00:00Z");
    let second = host.post("", ("/api/bookings", "l"), second).await.json();
    assert_ne!(first["customerId"], second["customerId"]);
    let of = |json: &Value| format!("/api/bookings/{}", json["id"].as_str().unwrap());
    let cancel = |json: &Value| format!("{}/cancel", of(json));
    let check = async |method: Method, path: String, token: &str, expected: u16| {
        let answer = act(&host, (method, &path), (token, "x"), json!({})).await;
        assert_eq!(answer.status, expected, "{path} {}", answer.text);
    };
    let (view, call_off) = (action(&first, "view"), action(&first, "cancel"));
    check(Method::POST, cancel(&first), view, 403).await;
    check(Method::GET, of(&first), call_off, 403).await;
    check(Method::GET, of(&second), view, 403).await;
    check(Method::POST, cancel(&second), call_off, 403).await;
    check(Method::GET, "/api/bookings".to_owned(), view, 403).await;
    check(Method::GET, "/api/me/export".to_owned(), view, 403).await;
    check(
        Method::POST,
        format!("{}/confirm", of(&first)),
        call_off,
        403,
    )
    .await;
    // What only reads may be in a link; what acts may not.
    let linked = format!("{}?token={call_off}", cancel(&first));
    let answer = host.post("", (&linked, "x"), json!({})).await;
    assert_eq!(answer.status, 401);
    // Tokens that nobody made: the last digit of the code has two bits that are not used.
    let (head, code) = call_off.split_once('.').unwrap();
    let turned: String = code.chars().rev().collect();
    for forged in [
        format!("{head}.{turned}"),
        format!("{head}."),
        head.to_owned(),
        format!("qa_e30.{code}"),
        "nonsense".to_owned(),
    ] {
        check(Method::POST, cancel(&first), &forged, 401).await;
    }
    // Thirty days after the end of the booking.
    host.clock.set("2026-04-01T09:59:59Z");
    check(Method::GET, of(&first), view, 200).await;
    host.clock.set("2026-04-01T10:00:00Z");
    check(Method::GET, of(&first), view, 401).await;
}

#[tokio::test]
async fn a_guest_holds_a_slot_and_books_it() {
    let host = open().await;
    let held = host.post("", ("/api/holds", "k"), wish(TEN)).await;
    assert_eq!(held.status, 201, "{}", held.text);
    let held = held.json();
    let hold = json!({"id": held["id"], "token": held["token"]});
    let body = json!({"providerId": "ana", "serviceId": "repair", "date": TEN, "hold": hold});
    let path = (Method::POST, "/api/bookings");
    let wrong = act(
        &host,
        path.clone(),
        (action(&held, "cancel"), "b"),
        body.clone(),
    )
    .await;
    assert_eq!(wrong.status, 403);
    let booked = act(&host, path, (action(&held, "book"), "b"), body).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    assert_eq!(booked.json()["customerId"], held["customerId"]);
    // Another hold is let go.
    let other = host
        .post("", ("/api/holds", "l"), wish("2026-03-02T12:00:00Z"))
        .await
        .json();
    let path = format!("/api/holds/{}", other["id"].as_str().unwrap());
    let token = action(&other, "cancel");
    let let_go = async || {
        let request = host.request(Method::DELETE, &path);
        let request = request.header("Action-Token", token);
        send(request.header("Hold-Token", other["token"].as_str().unwrap())).await
    };
    assert_eq!(let_go().await.status, 204);
    // The hold has another version by now.
    assert_eq!(let_go().await.status, 412);
}

#[tokio::test]
async fn guests_are_welcome_only_where_it_says_so() {
    let closed = Host::start().await;
    closed.with_ana().await;
    let path = ("/api/bookings", "k");
    let refused = closed.post("", path, wish(TEN)).await;
    assert_eq!(refused.problem(), (401, "unauthenticated".to_owned()));
    let host = open().await;
    let mut nobody = wish(TEN);
    nobody.as_object_mut().unwrap().remove("guest");
    assert_eq!(host.post("", path, nobody).await.status, 401);
    let refused = host.post(&host.customer("cem"), path, wish(TEN)).await;
    assert_eq!(refused.problem(), (422, "field".to_owned()));
    assert_eq!(refused.json()["pointer"], "/guest");
    let mut other = wish(TEN);
    other["customerId"] = json!("cem");
    assert_eq!(host.post("", path, other).await.status, 403);
    for (name, value) in [("email", "eva"), ("name", " "), ("phone", "")] {
        let mut odd = wish(TEN);
        odd["guest"][name] = json!(value);
        let refused = host.post("", path, odd).await;
        assert_eq!(refused.status, 422, "{name} {}", refused.text);
    }
    // Customers with an account need no tokens.
    let booked = host.book("cem", TEN).await.json();
    assert_eq!(booked["actions"], Value::Null);
}
