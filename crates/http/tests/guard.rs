//! How often somebody may ask, and who is refused first when there is too much to do.

use std::time::Duration;

use quando_http::guard::{ForwardedBy, Proxies, Rates};
use quando_http::server::{Limits, Settings};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Answer, Host, authorised, send};

/// Longest that a test waits for what is to come.
const PATIENCE: Duration = Duration::from_secs(20);

fn few() -> Settings {
    Settings {
        rates: Some(
            "search=3,read=4,book=2,failures=2"
                .parse::<Rates>()
                .unwrap(),
        ),
        ..Settings::default()
    }
}

fn is_limited(answer: &Answer) -> bool {
    if answer.status != 429 {
        return false;
    }
    assert_eq!(answer.problem().1, "rate-limited");
    let seconds: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    true
}

#[tokio::test]
async fn who_asks_too_often_waits_by_name_and_kind() {
    let host = Host::with(few()).await;
    let cem = host.customer("cem");
    for left in ["2", "1", "0"] {
        let found = host.get(&cem, "/api/providers").await;
        assert_eq!(found.status, 200);
        assert_eq!(found.header("ratelimit-policy"), "\"search\";q=3;w=60");
        let state = found.header("ratelimit");
        assert!(
            state.starts_with(&format!("\"search\";r={left};t=")),
            "{state}"
        );
    }
    let refused = host.get(&cem, "/api/providers").await;
    assert!(is_limited(&refused), "{}", refused.text);
    assert!(refused.header("ratelimit").starts_with("\"search\";r=0;t="));
    // Another kind of request, another customer, and nobody at all have budgets of their own.
    assert_eq!(host.get(&cem, "/api/bookings").await.status, 200);
    assert_eq!(
        host.get(&host.customer("dora"), "/api/providers")
            .await
            .status,
        200
    );
    assert_eq!(host.get("", "/api/providers").await.status, 200);
    // Providers and operators have ten times as much.
    let found = host.get(&host.operator(), "/api/providers").await;
    assert_eq!(found.header("ratelimit-policy"), "\"search\";q=30;w=60");
    // How the server is may always be asked.
    for _ in 0..10 {
        let ready = host.get("", "/readyz").await;
        assert_eq!(
            (ready.status.as_u16(), ready.header("ratelimit")),
            (200, "")
        );
    }
}

#[tokio::test]
async fn a_refused_booking_was_not_made() {
    let host = Host::with(few()).await;
    host.with_ana().await;
    let nine = "2026-03-03T09:00:00Z";
    for date in ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"] {
        assert_eq!(host.book("cem", date).await.status, 201);
    }
    assert!(is_limited(&host.book("cem", nine).await));
    assert_eq!(host.book("dora", nine).await.status, 201);
}

#[tokio::test]
async fn guesses_are_held_up_and_good_tokens_are_not() {
    let host = Host::with(few()).await;
    for _ in 0..2 {
        assert_eq!(host.get("guess", "/api/me/export").await.status, 401);
    }
    assert!(is_limited(&host.get("guess", "/api/me/export").await));
    assert_eq!(
        host.get(&host.customer("cem"), "/api/bookings")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn only_a_trusted_proxy_says_who_asks() {
    let proxies = Proxies {
        networks: vec!["127.0.0.0/8".parse().unwrap()],
        by: ForwardedBy::XForwardedFor,
    };
    let ask = async |host: &Host, client: &str| {
        let request = host.request(Method::GET, "/api/providers");
        send(request.header("X-Forwarded-For", client)).await.status
    };
    let behind = Host::with(Settings { proxies, ..few() }).await;
    for client in ["192.0.2.1", "192.0.2.2", "2001:db8::1"] {
        for expected in [200, 200, 200, 429] {
            assert_eq!(ask(&behind, client).await, expected, "{client}");
        }
    }
    // The same network of IPv6.
    assert_eq!(ask(&behind, "2001:db8::ffff").await, 429);
    let bare = Host::with(few()).await;
    for (client, expected) in [("192.0.2.1", 200), ("192.0.2.2", 200), ("192.0.2.3", 200)] {
        assert_eq!(ask(&bare, client).await, expected);
    }
    assert_eq!(ask(&bare, "192.0.2.4").await, 429);
}

#[tokio::test]
async fn without_limits_nothing_is_said_of_them() {
    let host = Host::start().await;
    let found = host.get("", "/api/providers").await;
    assert_eq!(
        (found.status.as_u16(), found.header("ratelimit")),
        (200, "")
    );
}

/// A booking whose body does not come, so that its place stays taken.
async fn dangling(host: &Host, token: &str) -> TcpStream {
    let mut socket = TcpStream::connect(host.address).await.unwrap();
    let head = format!(
        "POST /api/bookings HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

/// Asks until the answer has a status.
async fn until(expected: u16, ask: impl AsyncFn() -> Answer) -> Answer {
    let asked = async {
        loop {
            let answer = ask().await;
            if answer.status == expected {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap()
}

#[tokio::test]
async fn searches_make_room_for_bookings() {
    let limits = Limits {
        requests: 5,
        ..Limits::default()
    };
    let host = Host::with(limits).await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(dangling(&host, &cem).await);
    }
    // Three of five are taken: no more searches.
    let refused = until(503, async || host.get("", "/api/providers").await).await;
    assert_eq!(refused.problem().1, "server-busy");
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=4).contains(&seconds), "{seconds}");
    assert_eq!(host.get(&cem, "/api/bookings").await.status, 200);
    // Four: bookings alone.
    held.push(dangling(&host, &cem).await);
    until(503, async || host.get(&cem, "/api/bookings").await).await;
    assert_eq!(host.book("cem", "2026-03-02T09:00:00Z").await.status, 201);
    // Five: nothing, but how the server is.
    held.push(dangling(&host, &cem).await);
    until(503, async || {
        let request = host.request(Method::POST, "/api/bookings").json(&json!({}));
        send(authorised(request, &cem)).await
    })
    .await;
    assert_eq!(host.get("", "/readyz").await.status, 200);
    // Whoever goes makes room again.
    drop(held);
    until(200, async || host.get("", "/api/providers").await).await;
}

#[tokio::test]
async fn a_body_that_never_comes_does_not_count_as_work() {
    let limits = Limits {
        deadline: Duration::from_millis(1),
        ..Limits::default()
    };
    let host = Host::with(limits).await;
    let cem = host.customer("cem");
    let mut socket = dangling(&host, &cem).await;
    // An answer to somebody else shows that the server had the time to refuse.
    until(200, async || host.get("", "/healthz").await).await;
    socket.write_all(&[b' '; 100]).await.unwrap();
    let mut answer = [0; 12];
    let read = tokio::time::timeout(PATIENCE, socket.read_exact(&mut answer)).await;
    read.unwrap().unwrap();
    let text = String::from_utf8_lossy(&answer);
    // Blanks are no JSON; what matters is that they were waited for.
    assert_eq!(text, "HTTP/1.1 400");
}
