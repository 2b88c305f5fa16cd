//! Messages to endpoints: signed, sent again, given up, and in nobody's way.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use quando_engine::gateway::ManualGateway;
use quando_http::identity::Tokens;
use quando_http::server::{Limits, Server};
use serde_json::{Value, json};

use crate::receiver::{Message, PATIENCE, Receiver};
use crate::support::{Host, SECRET};
use crate::verify::verify;

const TEN: &str = "2026-03-02T09:00:00Z";
const ELEVEN: &str = "2026-03-02T10:00:00Z";
/// The Monday of the tests at eight, in seconds since 1970.
const NOW: i64 = 1_772_438_400;

fn limits() -> Limits {
    Limits {
        allow_private_outbound: true,
        ..Limits::default()
    }
}

async fn host() -> Host {
    let host = Host::with(limits()).await;
    host.with_ana().await;
    host
}

/// Makes an endpoint of Ana's for bookings; gives its address and its secret.
async fn endpoint(host: &Host, url: String) -> (String, String) {
    let body = json!({"url": url, "events": ["booking.booked"]});
    let ana = host.provider("ana");
    let made = host.post(&ana, ("/api/webhooks", ""), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    (made.header("location").to_owned(), secret)
}

/// The only delivery to an endpoint, once it is as wanted.
async fn delivery(host: &Host, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let ana = host.provider("ana");
    let found = async {
        loop {
            let page = host.get(&ana, &format!("{path}/deliveries")).await.json();
            let first = page["items"][0].clone();
            if wanted(&first) {
                return first;
            }
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await;
    found.unwrap_or_else(|_| panic!("{path} has no such delivery"))
}

fn is_signed(message: &Message, secret: &str, now: i64) -> bool {
    let headers = (
        message.header("webhook-id"),
        message.header("webhook-timestamp"),
        message.header("webhook-signature"),
    );
    verify(secret, headers, &message.body, now)
}

#[tokio::test]
async fn a_message_is_signed_and_says_nothing_but_ids() {
    let host = host().await;
    let mut receiver = Receiver::start().await;
    let (path, secret) = endpoint(&host, receiver.url("/ok")).await;
    let booked = host.book("cem", TEN).await.json();
    let message = receiver.next("/ok").await;
    assert!(is_signed(&message, &secret, NOW));
    assert!(!is_signed(&message, &secret, NOW + 301));
    let other = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    assert!(!is_signed(&message, other, NOW));
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    let expected = json!({
        "type": "booking.booked", "timestamp": "2026-03-02T08:00:00Z",
        "data": {"providerId": "ana", "bookingId": booked["id"], "version": 1},
    });
    assert_eq!(body, expected);
    assert_eq!(message.header("content-type"), "application/json");
    let log = delivery(&host, &path, |each| each["status"] == "delivered").await;
    assert_eq!(
        (&log["attempts"], &log["lastStatus"]),
        (&json!(1), &json!(204))
    );
    assert_eq!(log["message"], message.header("webhook-id"));
    // Others neither see the endpoint nor what it was sent.
    for token in [host.provider("ben"), host.customer("cem")] {
        for path in [path.clone(), format!("{path}/deliveries")] {
            assert_eq!(host.get(&token, &path).await.status, 404);
        }
    }
}

#[tokio::test]
async fn endpoints_that_misbehave_are_in_nobodys_way() {
    let host = host().await;
    let mut receiver = Receiver::start().await;
    let (hang, _) = endpoint(&host, receiver.url("/hang")).await;
    let (redirect, _) = endpoint(&host, receiver.url("/redirect")).await;
    let (gone, _) = endpoint(&host, receiver.url("/gone")).await;
    let (huge, _) = endpoint(&host, receiver.url("/huge")).await;
    // Plain text where TLS should be.
    let (plain, _) = endpoint(&host, format!("https://{}/ok", receiver.address)).await;
    let (good, _) = endpoint(&host, receiver.url("/ok")).await;
    host.book("cem", TEN).await;
    let arrived = |each: &Value| each["status"] == "delivered";
    delivery(&host, &good, arrived).await;
    // Whoever answered well has the message, however much more comes.
    delivery(&host, &huge, arrived).await;
    let failed = delivery(&host, &redirect, |each| each["lastStatus"] == 302).await;
    assert_eq!(failed["status"], "pending");
    let failed = delivery(&host, &plain, |each| each["lastError"] != Value::Null).await;
    assert_eq!(failed["lastError"], "outbound-encryption");
    delivery(&host, &gone, |each| each["status"] == "dead").await;
    let ana = host.provider("ana");
    let shown = host.get(&ana, &gone).await.json();
    assert_eq!(
        (&shown["active"], &shown["disabled"]),
        (&json!(false), &json!("gone"))
    );
    let pending = delivery(&host, &hang, |each| each["attempts"] == 1).await;
    assert_eq!(pending["status"], "pending");
    assert!(!receiver.paths().contains(&"/elsewhere".to_owned()));
    // While one hangs, the next message arrives at the others.
    host.book("dora", ELEVEN).await;
    receiver.next("/ok").await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_can_be_sent_by_hand() {
    let host = host().await;
    let mut receiver = Receiver::start().await;
    let (path, _) = endpoint(&host, receiver.url("/error")).await;
    host.book("cem", TEN).await;
    let first = receiver.next("/error").await;
    let failed = delivery(&host, &path, |each| each["lastStatus"] == 500).await;
    let next = failed["nextAt"].as_str().unwrap();
    assert!(next.starts_with("2026-03-02T08:00:05"), "{next}");
    host.clock.set("2026-03-02T08:00:06Z");
    let second = receiver.next("/error").await;
    assert_eq!(second.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(second.body, first.body);
    delivery(&host, &path, |each| each["attempts"] == 2).await;
    let ana = host.provider("ana");
    let id = failed["id"].as_str().unwrap();
    let again = format!("{path}/deliveries/{id}/redeliver");
    let again = host.post(&ana, (&again, ""), json!({})).await;
    assert_eq!(again.status, 202, "{}", again.text);
    receiver.next("/error").await;
    let unknown = format!("{path}/deliveries/other/redeliver");
    let unknown = host.post(&ana, (&unknown, ""), json!({})).await;
    assert_eq!(unknown.problem(), (404, "not-found".to_owned()));
    let dead = format!("{path}/deliveries?status=dead");
    assert_eq!(host.get(&ana, &dead).await.json(), json!({"items": []}));
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_gap() {
    let host = host().await;
    let mut receiver = Receiver::start().await;
    let (path, first) = endpoint(&host, receiver.url("/ok")).await;
    let ana = host.provider("ana");
    let rotated = host
        .post(&ana, (&format!("{path}/rotate-secret"), ""), json!({}))
        .await;
    assert_eq!(rotated.status, 200, "{}", rotated.text);
    let second = rotated.json()["secret"].as_str().unwrap().to_owned();
    let ping = format!("{path}/test");
    let sent = host.post(&ana, (&ping, ""), json!({})).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let message = receiver.next("/ok").await;
    let body: Value = serde_json::from_slice(&message.body).unwrap();
    assert_eq!(body["type"], "ping");
    assert!(is_signed(&message, &first, NOW) && is_signed(&message, &second, NOW));
    host.clock.set("2026-03-03T08:00:00Z");
    host.post(&ana, (&ping, ""), json!({})).await;
    let later = receiver.next("/ok").await;
    let day = NOW + 86_400;
    assert!(!is_signed(&later, &first, day) && is_signed(&later, &second, day));
}

#[tokio::test]
async fn what_a_server_was_sending_is_sent_by_the_next_one() {
    let host = host().await;
    let mut receiver = Receiver::start().await;
    endpoint(&host, receiver.url("/hang")).await;
    host.book("cem", TEN).await;
    let first = receiver.next("/hang").await;
    let (engine, clock) = (host.engine.clone(), host.clock.clone());
    let place = host.stop_and_keep().await;
    // Until then it belongs to the one that is gone.
    clock.set("2026-03-02T08:01:30Z");
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let tokens = Tokens::new(SECRET).unwrap();
    let server = Server::bind(loopback, engine, tokens, limits())
        .await
        .unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let task = tokio::spawn(server.run(ManualGateway, async {
        let _ = stopped.await;
    }));
    let second = receiver.next("/hang").await;
    assert_eq!(second.header("webhook-id"), first.header("webhook-id"));
    stop.send(()).unwrap();
    task.await.unwrap();
    drop(place);
}

#[tokio::test]
async fn private_addresses_are_not_asked_unless_they_are_allowed() {
    let host = Host::start().await;
    host.with_ana().await;
    let mut receiver = Receiver::start().await;
    let (path, _) = endpoint(&host, format!("https://{}/ok", receiver.address)).await;
    host.book("cem", TEN).await;
    let failed = delivery(&host, &path, |each| each["lastError"] != Value::Null).await;
    assert_eq!(failed["lastError"], "outbound-address");
    assert!(receiver.paths().is_empty());
}

/// The code of a language in the guide.
fn code(language: &str) -> &'static str {
    let guide = include_str!("../../../docs/guide/webhooks.md");
    let start = format!("```{language}\n");
    let (_, rest) = guide.split_once(&start).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_guide_has_the_rust_code_of_these_tests() {
    let code = code("rust");
    for line in include_str!("verify/webhook.rs").lines() {
        let line = line.replace("pub(crate) ", "");
        assert!(code.contains(line.trim()), "{line}");
    }
}

/// Runs code that has `verify(secret, id, timestamp, signatures, body, now)`; none when there is
/// nothing to run it with.
fn run((program, argument): (&str, &str), code: &str) -> Option<String> {
    let child = Command::new(program)
        .arg(argument)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.ok()?;
    child
        .stdin
        .take()
        .unwrap()
        .write_all(code.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} failed");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn the_code_of_the_guide_takes_what_is_signed_and_nothing_else() {
    let host = host().await;
    let mut receiver = Receiver::start().await;
    let (_, secret) = endpoint(&host, receiver.url("/ok")).await;
    host.book("cem", TEN).await;
    let message = receiver.next("/ok").await;
    let body = String::from_utf8(message.body.to_vec()).unwrap();
    let call = |body: &str, now: i64| {
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let [id, at, signatures] = headers.map(|name| json!(message.header(name)));
        format!(
            "verify({}, {id}, {at}, {signatures}, {}, {now})",
            json!(secret),
            json!(body)
        )
    };
    let calls = [
        call(&body, NOW),
        call(&body, NOW + 301),
        call(&body.replace("ana", "ben"), NOW),
    ];
    let python = calls
        .clone()
        .map(|call| format!("print({call})\n"))
        .concat();
    if let Some(said) = run(("python3", "-"), &format!("{}\n{python}", code("python"))) {
        assert_eq!(said, "True\nFalse\nFalse\n");
    }
    let node = calls.map(|call| format!("console.log({call});\n")).concat();
    if let Some(said) = run(("node", "-"), &format!("{}\n{node}", code("javascript"))) {
        assert_eq!(said, "true\nfalse\nfalse\n");
    }
}
