//! What operators see: whether the server is well, and what it counts.

use reqwest::Method;

use crate::support::{Host, send};

#[tokio::test]
async fn what_happens_is_counted() {
    let host = Host::start().await;
    host.with_ana().await;
    let booked = host.book("cem", "2026-03-02T09:00:00Z").await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let taken = host.book("eve", "2026-03-02T09:00:00Z").await;
    assert_eq!(taken.status, 409);
    host.get("", "/api/nowhere/4711").await;
    // The relay works beside the server; asking often enough gives it time.
    let mut text = String::new();
    for _ in 0..10_000 {
        text = host.get("", "/metrics").await.text;
        if text.contains("bookings_created_total 1") {
            break;
        }
    }
    for line in [
        "bookings_created_total 1",
        "bookings_cancelled_total 0",
        "provider_signups_total 1",
        "api_errors_total{route=\"/api/bookings\",code=\"slot-not-free\"} 1",
        "api_errors_total{route=\"none\",code=\"no-route\"} 1",
        "method=\"POST\",route=\"/api/bookings\",status=\"201\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    // Ids in paths would make labels without number.
    assert!(!text.contains("4711"), "{text}");
    host.stop().await;
}

#[tokio::test]
async fn counts_are_for_operators_where_a_proxy_passes_requests_on() {
    let host = Host::start().await;
    let asked = |token: String| {
        let request = host.request(Method::GET, "/metrics");
        let request = request.header("X-Forwarded-For", "203.0.113.9");
        send(crate::support::authorised(request, &token))
    };
    assert_eq!(asked(String::new()).await.status, 401);
    assert_eq!(asked(host.customer("cem")).await.status, 403);
    assert_eq!(asked(host.operator()).await.status, 200);
    host.stop().await;
}

#[tokio::test]
async fn a_server_says_how_it_is() {
    let host = Host::start().await;
    let alive = host.get("", "/healthz").await;
    assert_eq!(
        (alive.status.as_u16(), alive.json()["status"].as_str()),
        (200, Some("ok"))
    );
    let ready = host.get("", "/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["status"], "ready");
    assert_eq!(ready.json()["relayLagSeconds"], 0);
    host.stop().await;
}
