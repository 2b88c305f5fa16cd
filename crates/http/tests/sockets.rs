//! Sockets, bounds, and how the server begins and ends.

use std::collections::BTreeSet;
use std::time::Duration;

use quando_http::server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Host;

#[tokio::test]
async fn the_server_says_how_it_is() {
    let host = Host::start().await;
    assert_eq!(host.get("", "/healthz").await.json()["status"], "ok");
    let ready = host.get("", "/readyz").await;
    assert_eq!(ready.json()["status"], "ready");
    assert_eq!(ready.header("x-content-type-options"), "nosniff");
    let request = host.request(reqwest::Method::GET, "/healthz");
    let named = crate::support::send(request.header("X-Request-Id", "trace-7")).await;
    assert_eq!(named.header("x-request-id"), "trace-7");
    let request = host.request(reqwest::Method::GET, "/healthz");
    let odd = crate::support::send(request.header("X-Request-Id", "a b")).await;
    // A UUID in place of it.
    assert_eq!(odd.header("x-request-id").len(), 36);
    host.stop().await;
}

#[tokio::test]
async fn silent_and_dribbling_sockets_are_closed() {
    let limits = Limits {
        head_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let host = Host::with(limits).await;
    for head in ["", "GET /healthz HTTP/1.1\r\nHost: a\r\n"] {
        let mut socket = TcpStream::connect(host.address).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let end = socket.read_to_end(&mut answer);
        let end = tokio::time::timeout(Duration::from_secs(20), end).await;
        assert!(end.is_ok(), "{head:?} is still open");
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.contains(" 200 "), "{text}");
    }
    assert_eq!(host.get("", "/healthz").await.status, 200);
}

#[tokio::test]
async fn more_requests_than_there_is_room_for_are_refused_at_once() {
    let host = Host::with(Limits {
        requests: 0,
        ..Limits::default()
    })
    .await;
    let refused = host.get("", "/api/providers").await;
    assert_eq!(refused.problem(), (503, "server-busy".to_owned()));
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=4).contains(&seconds), "{seconds}");
    assert_eq!(host.get("", "/readyz").await.status, 200);
}

#[tokio::test]
async fn a_server_that_stops_closes_idle_connections() {
    let host = Host::start().await;
    let mut socket = TcpStream::connect(host.address).await.unwrap();
    let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 1_024];
    let read = socket.read(&mut first).await.unwrap();
    assert!(String::from_utf8_lossy(&first[..read]).starts_with("HTTP/1.1 200"));
    let address = host.address;
    host.stop().await;
    assert_eq!(socket.read(&mut first).await.unwrap(), 0);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn the_description_has_every_path() {
    let host = Host::start().await;
    let document = host.get("", "/api/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            found.insert(format!("{method} {path}"));
        }
    }
    for expected in [
        "get /api/providers",
        "post /api/providers",
        "put /api/providers/{provider}",
        "delete /api/providers/{provider}/services/{service}",
        "put /api/providers/{provider}/resources/{resource}/schedule",
        "put /api/providers/{provider}/resources/{resource}/busy/{source}",
        "get /api/providers/{provider}/slots/next",
        "post /api/quotes",
        "post /api/holds",
        "post /api/bookings",
        "post /api/bookings/{booking}/check-in",
        "get /api/bookings/{booking}/cancellation-preview",
        "get /api/me/export",
    ] {
        assert!(found.contains(expected), "{expected} is not in {found:?}");
    }
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
}
