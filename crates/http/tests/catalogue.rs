//! Providers, services, resources, busy time and slots.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Host, authorised, send};

const MORNING: &str = "/api/providers/ana/slots?serviceId=repair\
    &from=2026-03-02T08:00:00Z&to=2026-03-02T11:00:00Z";

fn starts(answer: &Value) -> Vec<String> {
    let slots = answer["slots"].as_array().unwrap();
    let starts = slots
        .iter()
        .map(|slot| slot["start"].as_str().unwrap().to_owned());
    starts.collect()
}

#[tokio::test]
async fn a_provider_is_written_over_the_version_that_was_seen() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    let path = "/api/providers/ana";
    let seen = host.get("", path).await;
    let mut record = seen.json();
    assert_eq!(seen.header("etag"), "\"1\"");
    record["description"] = json!("Since 1987.");
    let blind = host.put(&ana, (path, ""), record.clone()).await;
    assert_eq!(blind.problem(), (428, "precondition-missing".to_owned()));
    let written = host.put(&ana, (path, "\"1\""), record.clone()).await;
    assert_eq!(written.status, 200, "{}", written.text);
    assert_eq!(written.header("etag"), "\"2\"");
    let stale = host.put(&ana, (path, "\"1\""), record.clone()).await;
    assert_eq!(stale.problem(), (412, "record-version-conflict".to_owned()));
    record["id"] = json!("ben");
    let other = host.put(&ana, (path, "\"2\""), record).await;
    assert_eq!(other.json()["pointer"], "/id");
    // Whoever is verified is not for the provider to say.
    let again = json!({"name": "Ana", "zone": "Europe/Berlin", "verified": true});
    let again = host.put(&ana, (path, "\"2\""), again).await;
    assert_eq!(again.json().get("verified"), None);
    let twice = json!({"id": "ana", "name": "Ana", "zone": "Europe/Berlin"});
    let twice = host
        .post(&host.operator(), ("/api/providers", ""), twice)
        .await;
    assert_eq!(twice.problem(), (409, "already-exists".to_owned()));
}

#[tokio::test]
async fn providers_are_found_by_category_place_and_words() {
    let host = Host::start().await;
    host.with_ana().await;
    let ben = json!({
        "id": "ben", "name": "Ben's lamps", "zone": "Europe/Madrid",
        "location": {"lat": 40.4168, "lng": -3.7038}, "categories": ["electrician"],
    });
    let made = host
        .post(&host.operator(), ("/api/providers", ""), ben)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let check = async |query: &str, expected: &[&str]| {
        let answer = host.get("", &format!("/api/providers{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let json = answer.json();
        let items = json["items"].as_array().unwrap();
        let ids: Vec<&str> = items
            .iter()
            .map(|each| each["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
    };
    check("?page=1&limit=20&sort=id:asc", &["ana", "ben"]).await;
    check("?sort=id:desc", &["ben", "ana"]).await;
    check("?sort=id&limit=1", &["ana"]).await;
    check("?sort=id&limit=1&page=2", &["ben"]).await;
    check("?sort=id&limit=1&page=3", &[]).await;
    check("?sort=rating:desc&filter=category:plumber", &["ana"]).await;
    check("?q=lamps", &["ben"]).await;
    // From Potsdam, 26 km away from the middle of Berlin.
    check("?near=52.4,13.066&radiusKm=40", &["ana"]).await;
    check("?near=52.4,13.066&radiusKm=20.5", &[]).await;
    check("?near=52.4,13.066", &["ana", "ben"]).await;
    let first = host.get("", "/api/providers?sort=id&limit=1").await.json();
    let next = first["next"].as_str().unwrap();
    check(&format!("?sort=id&limit=1&cursor={next}"), &["ben"]).await;
}

#[tokio::test]
async fn what_is_booked_or_busy_is_not_offered() {
    let host = Host::start().await;
    host.with_ana().await;
    let slots = async || starts(&host.get("", MORNING).await.json());
    let hours = [
        "2026-03-02T08:00:00Z",
        "2026-03-02T09:00:00Z",
        "2026-03-02T10:00:00Z",
    ];
    assert_eq!(slots().await, hours);
    assert_eq!(host.book("cem", hours[1]).await.status, 201);
    assert_eq!(slots().await, [hours[0], hours[2]]);

    let path = "/api/providers/ana/resources/ana/busy/google";
    let busy = json!({"busy": [{"start": hours[0], "end": "2026-03-02T08:30:00Z"}]});
    let replaced = host.put(&host.provider("ana"), (path, ""), busy).await;
    assert_eq!(replaced.json()["count"], 1, "{}", replaced.text);
    assert_eq!(slots().await, [hours[2]]);

    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n\
        DTSTART:20260302T103000Z\r\nDURATION:PT10M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let request = authorised(host.request(Method::PUT, path), &host.provider("ana"));
    let request = request
        .header("Content-Type", "text/calendar")
        .body(calendar);
    assert_eq!(send(request).await.status, 200);
    assert_eq!(slots().await, [hours[0]]);

    let next = "/api/providers/ana/slots/next?serviceId=repair&count=2";
    // Eleven in Berlin is busy; noon is the next one.
    let next = starts(&host.get("", next).await.json());
    assert_eq!(next, [hours[0], "2026-03-02T11:00:00Z"]);
    let explained = MORNING.replace("slots?", "slots/explain?");
    let explained = host.get(&host.provider("ana"), &explained).await.json();
    let codes: Vec<&str> = explained["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["reasons"][0]["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["claim", "busy"]);
}

#[tokio::test]
async fn a_quote_is_the_price_of_the_booking() {
    let host = Host::start().await;
    host.with_ana().await;
    let wish = json!({
        "providerId": "ana", "serviceId": "repair", "date": "2026-03-02T09:00:00Z",
    });
    let quote = host.post("", ("/api/quotes", ""), wish).await;
    assert_eq!(quote.status, 200, "{}", quote.text);
    let total = json!({"amount": "80.00", "currency": "EUR"});
    assert_eq!(quote.json()["quote"]["total"], total);
    // Seven per cent of it, at the provider's expense.
    assert_eq!(quote.json()["quote"]["providerGets"]["amount"], "74.40");
}

#[tokio::test]
async fn a_service_that_is_booked_stays() {
    let host = Host::start().await;
    host.with_ana().await;
    let path = "/api/providers/ana/services/repair";
    let booked = host.book("cem", "2026-03-02T09:00:00Z").await.json();
    let refused = host.delete(&host.provider("ana"), path).await;
    assert_eq!(refused.problem(), (409, "record-booked".to_owned()));
    let cancel = format!("/api/bookings/{}/cancel", booked["id"].as_str().unwrap());
    assert_eq!(
        host.post(&host.operator(), (&cancel, "k"), json!({}))
            .await
            .status,
        200
    );
    assert_eq!(host.delete(&host.provider("ana"), path).await.status, 204);
    assert_eq!(host.get("", path).await.status, 404);
}

#[tokio::test]
async fn endpoints_belong_to_who_made_them() {
    let host = Host::start().await;
    host.with_ana().await;
    let body = json!({"url": "https://example.org/hook"});
    let made = host
        .post(&host.provider("ana"), ("/api/webhooks", ""), body.clone())
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json()["provider"], "ana");
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    // 32 bytes in base64.
    assert_eq!((&secret[..6], secret.len()), ("whsec_", 6 + 44));
    let path = format!("/api/webhooks/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(host.delete(&host.provider("ben"), &path).await.status, 404);
    assert_eq!(
        host.post(&host.customer("cem"), ("/api/webhooks", ""), body)
            .await
            .status,
        403
    );
    let listed = host.get(&host.operator(), "/api/webhooks").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(listed["items"][0].get("secret").is_none());
    assert_eq!(host.delete(&host.provider("ana"), &path).await.status, 204);
    let plain = json!({"url": "http://example.org/hook"});
    let plain = host
        .post(&host.operator(), ("/api/webhooks", ""), plain)
        .await;
    assert_eq!(plain.problem(), (422, "record-url".to_owned()));
}
