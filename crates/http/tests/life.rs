//! What happens after a booking: reviews, lists, and what is known of a person.

use serde_json::json;

use crate::support::Host;

const TEN: &str = "2026-03-02T09:00:00Z";

#[tokio::test]
async fn reviews_are_seen_once_both_sides_have_written() {
    let host = Host::start().await;
    host.with_ana().await;
    let (cem, ana) = (host.customer("cem"), host.provider("ana"));
    let path = format!(
        "/api/bookings/{}",
        host.book("cem", TEN).await.json()["id"].as_str().unwrap()
    );
    let review = format!("{path}/review");
    let early = host.post(&cem, (&review, "r0"), json!({"rating": 5})).await;
    assert_eq!(early.problem().0, 409, "{}", early.text);
    host.clock.set("2026-03-02T10:30:00Z");
    let done = host
        .post(&ana, (&format!("{path}/complete"), "c"), json!({}))
        .await;
    assert_eq!(done.json()["status"], "completed", "{}", done.text);
    let six = host.post(&cem, (&review, "r1"), json!({"rating": 6})).await;
    assert_eq!(
        (six.problem().0, six.json()["pointer"].clone()),
        (422, json!("/rating"))
    );
    let said = host
        .post(
            &cem,
            (&review, "r2"),
            json!({"rating": 5, "text": "On time."}),
        )
        .await;
    assert_eq!(
        said.json()["reviews"][0]["text"],
        "On time.",
        "{}",
        said.text
    );
    let public = async || host.get("", "/api/providers/ana/reviews").await.json();
    assert_eq!(public().await["items"], json!([]));
    assert!(host.get(&ana, &path).await.json().get("reviews").is_none());
    let answered = host.post(&ana, (&review, "r3"), json!({"rating": 4})).await;
    assert_eq!(answered.json()["reviews"].as_array().unwrap().len(), 2);
    let seen = public().await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    assert_eq!(seen["items"][0]["rating"], 5);
    let twice = host.post(&cem, (&review, "r4"), json!({"rating": 1})).await;
    assert_eq!(twice.problem(), (409, "review-twice".to_owned()));
}

#[tokio::test]
async fn lists_have_the_own_bookings() {
    let host = Host::start().await;
    host.with_ana().await;
    let first = host.book("cem", TEN).await.json();
    // The order is that of the ids, which begin with the time.
    host.clock.set("2026-03-02T08:01:00Z");
    let second = host.book("cem", "2026-03-02T10:00:00Z").await.json();
    host.book("dora", "2026-03-02T11:00:00Z").await;
    // Customers' lists come from the feed, which the worker fills beside.
    while !host.engine.relay_events(100).await.unwrap().is_empty() {}
    let list = host
        .get(&host.customer("cem"), "/api/bookings?limit=1")
        .await
        .json();
    assert_eq!(list["items"][0]["id"], second["id"]);
    let next = format!(
        "/api/bookings?limit=1&cursor={}",
        list["next"].as_str().unwrap()
    );
    let list = host.get(&host.customer("cem"), &next).await.json();
    assert_eq!(list["items"][0]["id"], first["id"]);
    assert!(list.get("next").is_none());
    let of_ana = host
        .get(&host.provider("ana"), "/api/bookings?status=confirmed")
        .await
        .json();
    assert_eq!(of_ana["items"].as_array().unwrap().len(), 3);
    let blind = host.get(&host.operator(), "/api/bookings").await;
    assert_eq!(blind.problem(), (422, "parameter-range".to_owned()));
    let curious = host
        .get(&host.customer("cem"), "/api/bookings?customerId=dora")
        .await;
    assert_eq!(curious.problem().0, 403);
}

#[tokio::test]
async fn what_is_erased_is_gone_from_the_booking() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let body = json!({
        "providerId": "ana", "serviceId": "repair", "date": TEN, "notes": "Third floor.",
    });
    let booked = host.post(&cem, ("/api/bookings", "k"), body).await.json();
    let path = format!("/api/bookings/{}", booked["id"].as_str().unwrap());
    let export = host.get(&cem, "/api/me/export").await;
    assert_eq!(export.status, 200, "{}", export.text);
    assert_eq!(
        export.json()["bookings"][0]["texts"],
        json!(["Third floor."])
    );
    assert_eq!(host.delete(&cem, "/api/me").await.status, 204);
    let left = host.get(&host.provider("ana"), &path).await.json();
    assert_eq!(
        (left["status"].clone(), left.get("notes")),
        (json!("confirmed"), None)
    );
    assert_eq!(
        host.get(&host.customer("dora"), "/api/me/export")
            .await
            .status,
        404
    );
}
