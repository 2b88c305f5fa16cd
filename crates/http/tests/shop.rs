//! Providers that leave, and what a booking has behind it.

use serde_json::json;

use crate::support::Host;

const TEN: &str = "2026-03-02T09:00:00Z";

#[tokio::test]
async fn a_provider_leaves_when_its_bookings_are_over() {
    let host = Host::start().await;
    host.with_ana().await;
    let (ana, path) = (host.provider("ana"), "/api/providers/ana");
    let booked = host.book("cem", TEN).await.json();
    let refused = host.delete(&ana, path).await;
    assert_eq!(refused.problem(), (409, "record-booked".to_owned()));
    let strange = host.delete(&host.provider("ben"), path).await;
    assert_eq!(strange.problem(), (403, "not-allowed".to_owned()));
    host.clock.set("2026-03-02T10:00:00Z");
    let booking = format!("/api/bookings/{}", booked["id"].as_str().unwrap());
    let done = host
        .post(&ana, (&format!("{booking}/complete"), "c"), json!({}))
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(host.delete(&ana, path).await.status, 204);
    assert_eq!(host.get(&ana, path).await.status, 404);
    assert_eq!(host.delete(&ana, path).await.status, 404);
    let search = host.get("", "/api/providers").await.json();
    assert_eq!(search["items"], json!([]));
    let kept = host.get(&host.customer("cem"), &booking).await;
    assert_eq!(kept.json()["status"], "completed", "{}", kept.text);
}

#[tokio::test]
async fn customers_filter_their_bookings() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let gone = host.book("cem", TEN).await.json();
    let stays = host.book("cem", "2026-03-02T10:00:00Z").await.json();
    let cancel = format!("/api/bookings/{}/cancel", gone["id"].as_str().unwrap());
    host.post(&cem, (&cancel, "c"), json!({})).await;
    while !host.engine.relay_events(100).await.unwrap().is_empty() {}
    for (status, id) in [("cancelled", &gone["id"]), ("confirmed", &stays["id"])] {
        let path = format!("/api/bookings?status={status}");
        let found = host.get(&cem, &path).await.json();
        let items = found["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["id"]), (1, id), "{status}");
    }
    let unknown = host.get(&cem, "/api/bookings?status=lost").await;
    assert_eq!(unknown.problem(), (400, "parameter".to_owned()));
}

#[tokio::test]
async fn a_booking_tells_its_parties_what_happened() {
    let host = Host::start().await;
    host.with_ana().await;
    let (cem, ana) = (host.customer("cem"), host.provider("ana"));
    let booked = host.book("cem", TEN).await.json();
    let path = format!("/api/bookings/{}", booked["id"].as_str().unwrap());
    let later = json!({"date": "2026-03-02T10:00:00Z"});
    host.post(&ana, (&format!("{path}/reschedule"), "m"), later)
        .await;
    let history = host.get(&cem, &format!("{path}/history")).await.json();
    assert_eq!(
        history["items"],
        json!([
            {"version": 1, "at": "2026-03-02T08:00:00Z", "by": "customer", "action": "create"},
            {"version": 2, "at": "2026-03-02T08:00:00Z", "by": "provider",
                "action": "reschedule"},
        ])
    );
    // Nothing was paid.
    let statement = host.get(&cem, &format!("{path}/statement")).await.json();
    assert_eq!(
        statement,
        json!({"bookingId": booked["id"], "currency": "EUR", "money": "none",
            "entries": [], "balances": []})
    );
    for what in ["history", "statement"] {
        let hidden = host
            .get(&host.customer("dora"), &format!("{path}/{what}"))
            .await;
        assert_eq!(hidden.problem(), (404, "not-found".to_owned()), "{what}");
    }
}
