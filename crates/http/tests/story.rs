//! From a search to a review, with the money in between.

use serde_json::{Value, json};

use crate::support::{Answer, Host};

/// A service that is paid when it is booked, and that Ana agrees to, for 100 euros an hour.
pub(crate) async fn with_visit(host: &Host) {
    host.with_ana().await;
    let service = json!({
        "id": "visit", "name": "Visit", "timing": {"durationMinutes": 60},
        "offer": {"terms": {
            "price": {"base": {
                "kind": "perBooking", "price": {"amount": "100.00", "currency": "EUR"}}},
            "rules": {"payment": "upFront", "approval": true},
        }},
    });
    let path = ("/api/providers/ana/services", "");
    let made = host.post(&host.provider("ana"), path, service).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

/// Says of the first open instruction that it is done, as it is asked to be said; gives its name.
pub(crate) async fn pay(host: &Host, booking: &str) -> String {
    let kim = host.operator();
    let open = host.get(&kim, "/api/payments/instructions").await.json();
    let asked = &open["items"][0];
    let name = asked["instruction"].as_str().unwrap().to_owned();
    let report = asked["whenDone"].clone();
    let path = format!("{booking}/payments");
    let told = host.post(&kim, (&path, &name), report).await;
    assert_eq!(told.status, 200, "{}", told.text);
    name
}

/// A visit at ten in Berlin that is paid and that Ana agreed to; its path.
pub(crate) async fn paid_visit(host: &Host) -> String {
    let body = json!({
        "providerId": "ana", "serviceId": "visit", "date": "2026-03-02T09:00:00Z"});
    let made = host
        .post(&host.customer("cem"), ("/api/bookings", "visit"), body)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = format!("/api/bookings/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(pay(host, &path).await, "authorise/1/1");
    let confirm = (&*format!("{path}/confirm"), "yes");
    let confirmed = host.post(&host.provider("ana"), confirm, json!({})).await;
    assert_eq!(
        confirmed.json()["status"],
        "confirmed",
        "{}",
        confirmed.text
    );
    assert_eq!(pay(host, &path).await, "capture/1/1");
    path
}

fn is_a_code(code: &Value) -> bool {
    let code = code.as_str().unwrap_or("");
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    code.len() == 6 && code.bytes().all(fits)
}

#[tokio::test]
async fn a_plumber_is_found_booked_paid_moved_and_reviewed() {
    let host = Host::start().await;
    with_visit(&host).await;
    let (cem, ana) = (host.customer("cem"), host.provider("ana"));

    let found = host
        .get("", "/api/providers?filter=category:plumber&near=52.5,13.4")
        .await
        .json();
    assert_eq!(found["items"][0]["id"], "ana");
    let slots = "/api/providers/ana/slots?serviceId=visit\
        &from=2026-03-02T08:00:00Z&to=2026-03-02T12:00:00Z";
    let slots = host.get("", slots).await.json();
    let (date, later) = (&slots["slots"][1]["start"], &slots["slots"][3]["start"]);
    assert_eq!(date, "2026-03-02T09:00:00Z");

    let wish = json!({"providerId": "ana", "serviceId": "visit", "date": date});
    let held = host.post(&cem, ("/api/holds", "h"), wish.clone()).await;
    assert_eq!(held.status, 201, "{}", held.text);
    let mut body = wish;
    body["hold"] = json!({"id": held.json()["id"], "token": held.json()["token"]});
    let booked = host.post(&cem, ("/api/bookings", "b"), body).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let made = booked.json();
    assert_eq!(made["status"], "pending");
    assert_eq!(
        made["price"],
        json!({"amount": "100.00", "currency": "EUR"})
    );
    // Seven per cent of it.
    assert_eq!(made["quote"]["fee"]["total"]["amount"], "7.00", "{made}");
    assert!(made.get("confirmationCode").is_none());

    let path = format!("/api/bookings/{}", made["id"].as_str().unwrap());
    assert_eq!(pay(&host, &path).await, "authorise/1/1");
    let confirm = (&*format!("{path}/confirm"), "yes");
    let confirmed = host.post(&ana, confirm, json!({})).await.json();
    assert_eq!(confirmed["status"], "confirmed", "{confirmed}");
    assert!(is_a_code(&confirmed["confirmationCode"]), "{confirmed}");
    assert_eq!(pay(&host, &path).await, "capture/1/1");

    let moved = host
        .post(
            &cem,
            (&format!("{path}/reschedule"), "m"),
            json!({"date": later}),
        )
        .await;
    assert_eq!(&moved.json()["date"], later, "{}", moved.text);
    assert_eq!(moved.json()["money"], "captured");

    host.clock.set("2026-03-02T11:50:00Z");
    let done = host
        .post(&ana, (&format!("{path}/complete"), "d"), json!({}))
        .await;
    assert_eq!(done.json()["status"], "completed", "{}", done.text);
    let said = json!({"rating": 5, "text": "It drips no more."});
    let said = host
        .post(&cem, (&format!("{path}/review"), "r"), said)
        .await;
    assert_eq!(said.json()["reviews"][0]["rating"], 5, "{}", said.text);

    money_is_divided(&host, &path).await;
}

/// Two days later the provider is paid, and the platform has its fee.
async fn money_is_divided(host: &Host, path: &str) {
    let (cem, ana) = (host.customer("cem"), host.provider("ana"));
    host.clock.set("2026-03-04T12:00:00Z");
    let kim = host.operator();
    let release = format!("{path}/payments/release");
    let released = host.post(&kim, (&release, "f"), json!({})).await;
    let lost_to_the_worker = released.status == 409;
    assert!(
        lost_to_the_worker || released.status == 200,
        "{}",
        released.text
    );
    assert_eq!(pay(host, path).await, "payout/1/1");
    let statement = host.get(&ana, &format!("{path}/statement")).await.json();
    let balances = json!([
        {"account": "captured", "amount": {"amount": "100.00", "currency": "EUR"}},
        {"account": "platformFee", "amount": {"amount": "7.00", "currency": "EUR"}},
        {"account": "paidOut", "amount": {"amount": "93.00", "currency": "EUR"}},
    ]);
    assert_eq!(statement["balances"], balances);
    let reasons: Vec<&str> = statement["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["capture", "release", "payout"]);
    let seen = host.get(&cem, &format!("{path}/statement")).await.json();
    assert_eq!(seen["entries"].as_array().unwrap().len(), 1, "{seen}");
}

#[tokio::test]
async fn payments_are_reported_by_operators_and_once() {
    let host = Host::start().await;
    with_visit(&host).await;
    let body = json!({
        "providerId": "ana", "serviceId": "visit", "date": "2026-03-02T09:00:00Z"});
    let cem = host.customer("cem");
    let made = host.post(&cem, ("/api/bookings", "b"), body).await.json();
    let path = format!("/api/bookings/{}/payments", made["id"].as_str().unwrap());
    let report = json!({"outcome": "authorised", "instruction": "authorise/1/1"});
    for token in [cem.clone(), host.provider("ana")] {
        let refused = host.post(&token, (&path, "p"), report.clone()).await;
        assert_eq!(refused.problem(), (403, "not-allowed".to_owned()));
        let hidden = host.get(&token, "/api/payments/instructions").await;
        assert_eq!(hidden.problem(), (403, "not-allowed".to_owned()));
    }
    let kim = host.operator();
    let without = host.post(&kim, (&path, ""), report.clone()).await;
    assert_eq!(without.problem().1, "idempotency-key-missing");
    let first = host.post(&kim, (&path, "p"), report.clone()).await;
    assert_eq!(first.json()["money"], "authorised", "{}", first.text);
    let again = host.post(&kim, (&path, "p"), report.clone()).await;
    let replayed = |answer: &Answer| answer.header("idempotent-replayed").to_owned();
    assert_eq!(
        (again.text.clone(), replayed(&again)),
        (first.text, "true".to_owned())
    );
    // Under another key it is known all the same.
    let known = host.post(&kim, (&path, "q"), report).await;
    assert_eq!(known.json()["version"], again.json()["version"]);
    let open = host.get(&kim, "/api/payments/instructions").await.json();
    assert_eq!(open["items"], json!([]));
}
