//! Holding, booking, moving and calling off.

use serde_json::json;

use crate::support::Host;

/// Ten o'clock in Berlin on the Monday of the tests.
const TEN: &str = "2026-03-02T09:00:00Z";
const ELEVEN: &str = "2026-03-02T10:00:00Z";

#[tokio::test]
async fn a_slot_is_booked_once() {
    let host = Host::start().await;
    host.with_ana().await;
    let body = json!({
        "providerId": "ana", "serviceId": "repair", "date": TEN, "duration": 60,
        "notes": "The bell is broken.", "party": 1,
    });
    let cem = host.customer("cem");
    let booked = host
        .post(&cem, ("/api/bookings", "order-1"), body.clone())
        .await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let made = booked.json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(booked.header("location"), format!("/api/bookings/{id}"));
    assert_eq!(booked.header("etag"), format!("\"{}\"", made["version"]));
    let expected = [
        ("status", json!("confirmed")),
        ("providerId", json!("ana")),
        ("serviceId", json!("repair")),
        ("customerId", json!("cem")),
        ("date", json!(TEN)),
        ("end", json!(ELEVEN)),
        ("duration", json!(60)),
        ("party", json!(1)),
        ("notes", json!("The bell is broken.")),
        ("price", json!({"amount": "80.00", "currency": "EUR"})),
        ("resources", json!([["ana"]])),
    ];
    for (field, value) in expected {
        assert_eq!(made[field], value, "{field}");
    }
    let code = made["confirmationCode"].as_str().unwrap();
    assert!(
        code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{code}"
    );

    let again = host
        .post(&cem, ("/api/bookings", "order-1"), body.clone())
        .await;
    assert_eq!((again.status, &again.text), (booked.status, &booked.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(booked.header("idempotent-replayed"), "");

    let mut other = body.clone();
    other["date"] = json!(ELEVEN);
    let other = host.post(&cem, ("/api/bookings", "order-1"), other).await;
    assert_eq!(other.problem(), (422, "idempotency-mismatch".to_owned()));

    let taken = host
        .post(&host.customer("dora"), ("/api/bookings", "order-1"), body)
        .await;
    assert_eq!(taken.problem(), (409, "slot-not-free".to_owned()));
    assert!(
        taken.json().get("reasons").is_none(),
        "customers do not learn who is busy"
    );
}

#[tokio::test]
async fn providers_learn_why_a_slot_is_not_free() {
    let host = Host::start().await;
    host.with_ana().await;
    assert_eq!(host.book("cem", TEN).await.status, 201);
    let body = json!({
        "providerId": "ana", "serviceId": "repair", "date": TEN, "customerId": "dora",
    });
    let refused = host
        .post(&host.provider("ana"), ("/api/bookings", "k"), body)
        .await;
    assert_eq!(refused.problem().0, 409);
    assert_eq!(refused.json()["reasons"][0]["code"], "claim");
}

#[tokio::test]
async fn what_books_needs_a_key() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let body = json!({"providerId": "ana", "serviceId": "repair", "date": TEN});
    for path in ["/api/bookings", "/api/holds", "/api/bookings/x/cancel"] {
        let refused = host.post(&cem, (path, ""), body.clone()).await;
        assert_eq!(
            refused.problem(),
            (400, "idempotency-key-missing".to_owned()),
            "{path}"
        );
    }
    let long = "k".repeat(256);
    let refused = host
        .post(&cem, ("/api/bookings", &long), body.clone())
        .await;
    assert_eq!(refused.problem(), (400, "idempotency-key".to_owned()));
    // Nothing of that was done.
    let booked = host
        .post(&cem, ("/api/bookings", &"k".repeat(255)), body)
        .await;
    assert_eq!(booked.status, 201);
}

#[tokio::test]
async fn a_hold_becomes_a_booking_of_its_holder() {
    let host = Host::start().await;
    host.with_ana().await;
    let (cem, dora) = (host.customer("cem"), host.customer("dora"));
    let wish = json!({"providerId": "ana", "serviceId": "repair", "date": TEN});
    let held = host.post(&cem, ("/api/holds", "h1"), wish.clone()).await;
    assert_eq!(held.status, 201, "{}", held.text);
    let held = held.json();
    assert_eq!(held["status"], "held");
    // Ten minutes after eight.
    assert_eq!(held["expiresAt"], "2026-03-02T08:10:00Z");
    assert_eq!(
        host.post(&dora, ("/api/bookings", "b"), wish.clone())
            .await
            .status,
        409
    );

    let mut body = wish.clone();
    body["hold"] = json!({"id": held["id"], "token": held["token"]});
    let strange = host.post(&dora, ("/api/bookings", "b"), body.clone()).await;
    assert_eq!(strange.problem(), (404, "not-found".to_owned()));
    let mut moved = body.clone();
    moved["date"] = json!(ELEVEN);
    let moved = host.post(&cem, ("/api/bookings", "b0"), moved).await;
    assert_eq!(moved.problem(), (422, "field".to_owned()));
    assert_eq!(moved.json()["pointer"], "/date");
    let booked = host.post(&cem, ("/api/bookings", "b1"), body).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    assert_eq!(booked.json()["id"], held["id"]);
    assert_eq!(booked.json()["status"], "confirmed");
}

#[tokio::test]
async fn a_hold_that_is_let_go_frees_its_slot() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let wish = json!({"providerId": "ana", "serviceId": "repair", "date": TEN});
    let held = host.post(&cem, ("/api/holds", "h1"), wish).await.json();
    let path = format!("/api/holds/{}", held["id"].as_str().unwrap());
    let request = host
        .request(reqwest::Method::DELETE, &path)
        .bearer_auth(&cem);
    let request = request.header("Hold-Token", held["token"].as_str().unwrap());
    assert_eq!(crate::support::send(request).await.status, 204);
    assert_eq!(host.book("dora", TEN).await.status, 201);
}

#[tokio::test]
async fn a_booking_moves_over_its_version_and_is_called_off() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let booked = host.book("cem", TEN).await;
    let path = format!("/api/bookings/{}", booked.json()["id"].as_str().unwrap());
    let tag = booked.header("etag").to_owned();
    let act = async |action: &str, key: &str, tag: &str, body: serde_json::Value| {
        let request = host.request(reqwest::Method::POST, &format!("{path}/{action}"));
        let request = request.bearer_auth(&cem).header("Idempotency-Key", key);
        crate::support::send(request.header("If-Match", tag).json(&body)).await
    };
    let moved = act("reschedule", "m1", &tag, json!({"date": ELEVEN})).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert_eq!(moved.json()["date"], ELEVEN);
    let stale = act("reschedule", "m2", &tag, json!({"date": TEN})).await;
    assert_eq!(stale.problem(), (412, "version-conflict".to_owned()));
    let repeated = act("reschedule", "m1", &tag, json!({"date": ELEVEN})).await;
    assert_eq!((repeated.status.as_u16(), repeated.text), (200, moved.text));

    let preview = host
        .get(&cem, &format!("{path}/cancellation-preview"))
        .await;
    assert_eq!(preview.status, 200, "{}", preview.text);
    // Nothing was paid.
    assert_eq!(preview.json()["refund"]["amount"], "0.00");
    let reason = json!({"reason": "It drips no more."});
    let off = act("cancel", "c1", "*", reason.clone()).await;
    assert_eq!(off.json()["status"], "cancelled", "{}", off.text);
    assert_eq!(off.json()["cancellation"]["reason"], "It drips no more.");
    let twice = act("cancel", "c2", "*", reason).await;
    assert_eq!(twice.problem(), (409, "booking-ended".to_owned()));
    // Both times are free again.
    assert_eq!(host.book("dora", TEN).await.status, 201);
    assert_eq!(host.book("dora", ELEVEN).await.status, 201);
}

#[tokio::test]
async fn of_many_at_the_same_time_one_gets_the_slot() {
    let host = Host::start().await;
    host.with_ana().await;
    let names: Vec<String> = (0..12).map(|number| format!("customer-{number}")).collect();
    let all = names.iter().map(|name| host.book(name, TEN));
    let answers = futures_util::future::join_all(all).await;
    let count = |status: u16| answers.iter().filter(|each| each.status == status).count();
    assert_eq!((count(201), count(409)), (1, 11));
}
