//! Encryption, HTTP/2, slow clients, and what browsers are told.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use quando_http::server::{Limits, Origin, Settings, Tls};
use reqwest::Method;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::{Host, send};

/// For tests alone.
const SERVER: (&str, &str) = (
    include_str!("keys/server.pem"),
    include_str!("keys/server-key.pem"),
);
const NEXT: (&str, &str) = (
    include_str!("keys/next.pem"),
    include_str!("keys/next-key.pem"),
);
/// Longest that a test waits for what is to come.
const PATIENCE: Duration = Duration::from_secs(20);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.unwrap()
}

/// Connects, trusting one certificate alone.
async fn connect(
    host: &Host,
    trusted: &str,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let socket = TcpStream::connect(host.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
}

struct Pem {
    folder: tempfile::TempDir,
    tls: Tls,
}

impl Pem {
    fn new() -> Pem {
        let folder = tempfile::tempdir().unwrap();
        write(&folder, SERVER);
        let tls = Tls::read(
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        Pem {
            tls: tls.unwrap(),
            folder,
        }
    }
}

fn write(folder: &tempfile::TempDir, (certificate, key): (&str, &str)) {
    std::fs::write(folder.path().join("cert.pem"), certificate).unwrap();
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
}

#[tokio::test]
async fn both_protocols_are_spoken_and_encrypted() {
    let pem = Pem::new();
    let settings = Settings {
        tls: Some(pem.tls.clone()),
        ..Settings::default()
    };
    let host = Host::with(settings).await;
    let mut socket = connect(&host, SERVER.0, b"http/1.1").await.unwrap();
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(socket.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age=31536000"),
        "{answer}"
    );

    let socket = connect(&host, SERVER.0, b"h2").await.unwrap();
    assert_eq!(socket.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let made = http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await;
    let (mut client, connection) = made.unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://localhost/healthz")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        soon(client.send_request(request)).await.unwrap().status(),
        200
    );

    // Whoever speaks without encryption is not answered, and neither is who says nothing.
    let mut plain = TcpStream::connect(host.address).await.unwrap();
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = soon(plain.read_to_end(&mut answer)).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"));
}

#[tokio::test]
async fn a_new_certificate_is_taken_without_a_restart() {
    let pem = Pem::new();
    let settings = Settings {
        tls: Some(pem.tls.clone()),
        ..Settings::default()
    };
    let host = Host::with(settings).await;
    assert!(connect(&host, NEXT.0, b"h2").await.is_err());
    // Half of the new pair changes nothing.
    std::fs::write(pem.folder.path().join("cert.pem"), NEXT.0).unwrap();
    assert!(pem.tls.reload().is_err());
    assert!(connect(&host, SERVER.0, b"h2").await.is_ok());
    write(&pem.folder, NEXT);
    pem.tls.reload().unwrap();
    assert!(connect(&host, NEXT.0, b"h2").await.is_ok());
    assert!(connect(&host, SERVER.0, b"h2").await.is_err());
    std::fs::write(pem.folder.path().join("key.pem"), "no key").unwrap();
    let path = |name: &str| pem.folder.path().join(name);
    for (certificate, key) in [
        ("cert.pem", "key.pem"),
        ("key.pem", "key.pem"),
        ("no", "no"),
    ] {
        assert!(Tls::read(path(certificate), path(key)).is_err());
    }
}

/// Reads until the server closes, or sends so much that it will not.
async fn closes(mut socket: impl AsyncReadExt + Unpin) -> Vec<u8> {
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = soon(socket.read_to_end(&mut answer)).await;
    answer
}

#[tokio::test]
async fn sockets_that_say_nothing_are_closed_whatever_they_speak() {
    let limits = Limits {
        head_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let pem = Pem::new();
    let encrypted = Host::with(Settings {
        tls: Some(pem.tls.clone()),
        ..Settings::from(limits)
    })
    .await;
    let plain = Host::with(limits).await;
    for host in [&encrypted, &plain] {
        // Nothing, the beginning of HTTP/2, all of its beginning, and half of a greeting of TLS.
        for text in [
            &b""[..],
            b"PRI * HT",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02",
        ] {
            let mut socket = TcpStream::connect(host.address).await.unwrap();
            socket.write_all(text).await.unwrap();
            closes(socket).await;
        }
    }
    assert_eq!(plain.get("", "/healthz").await.status, 200);
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()];
    [&head.concat(), payload].concat()
}

#[tokio::test]
async fn who_takes_back_requests_again_and_again_is_shown_out() {
    let host = Host::start().await;
    let mut socket = TcpStream::connect(host.address).await.unwrap();
    let mut text = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    text.extend(frame(4, 0, 0, &[]));
    for number in 0..400 {
        let stream = 2 * number + 1;
        // GET, http, / and the authority `a`, by the static table of HPACK; then the reset.
        text.extend(frame(1, 0x5, stream, &[0x82, 0x86, 0x84, 0x41, 0x01, b'a']));
        text.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    let _ = socket.write_all(&text).await;
    let answer = closes(socket).await;
    // The kinds of the frames that came; GOAWAY is 7.
    let mut kinds = Vec::new();
    let mut rest = &answer[..];
    while let [a, b, c, kind, ..] = rest {
        let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap();
        kinds.push(*kind);
        rest = rest.get(9 + length..).unwrap_or(&[]);
    }
    assert!(kinds.contains(&7), "{kinds:?}");
    assert_eq!(host.get("", "/healthz").await.status, 200);
}

#[tokio::test]
async fn old_and_idle_connections_end() {
    let short = Duration::from_millis(100);
    let idle = Limits {
        head_timeout: short,
        idle_timeout: short,
        ..Limits::default()
    };
    let old = Limits {
        connection_lifetime: short,
        ..Limits::default()
    };
    for limits in [idle, old] {
        let host = Host::with(limits).await;
        let socket = TcpStream::connect(host.address).await.unwrap();
        let made = http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await;
        let (mut client, connection) = made.unwrap();
        let ended = tokio::spawn(connection);
        let request = Request::get("http://localhost/healthz")
            .body(Body::empty())
            .unwrap();
        let answer = soon(client.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), 200);
        drop(answer);
        soon(ended).await.unwrap().unwrap();
        assert!(client.is_closed());
    }
}

#[tokio::test]
async fn who_takes_nothing_in_is_left() {
    let limits = Limits {
        write_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let host = Host::with(limits).await;
    let mut socket = TcpStream::connect(host.address).await.unwrap();
    let request = b"GET /api/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    // Sends until the server, whose answers nobody reads, closes the socket.
    let sends = async {
        while socket.write_all(&request).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    soon(sends).await;
    assert_eq!(host.get("", "/healthz").await.status, 200);
}

#[tokio::test]
async fn browsers_are_told_to_be_careful() {
    for odd in [
        "*",
        "https://",
        "https://example.com/",
        "example.com",
        "https://*.example.com",
    ] {
        assert!(odd.parse::<Origin>().is_err(), "{odd}");
    }
    let settings = Settings {
        origins: vec!["https://shop.example.com".parse().unwrap()],
        ..Settings::default()
    };
    let host = Host::with(settings).await;
    let ask = async |method: Method, origin: &str| {
        let request = host.request(method, "/api/providers");
        let request = request.header("Origin", origin);
        let request = request.header("Access-Control-Request-Method", "POST");
        send(request.header("Access-Control-Request-Headers", "idempotency-key")).await
    };
    let own = ask(Method::GET, "https://shop.example.com").await;
    assert_eq!(
        own.header("access-control-allow-origin"),
        "https://shop.example.com"
    );
    assert!(
        own.header("access-control-expose-headers")
            .contains("ratelimit")
    );
    assert_eq!(own.header("access-control-allow-credentials"), "");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("strict-transport-security", ""),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        assert_eq!(own.header(name), value, "{name}");
    }
    let before = ask(Method::OPTIONS, "https://shop.example.com").await;
    assert_eq!(before.status, 200);
    assert!(
        before
            .header("access-control-allow-headers")
            .contains("idempotency-key")
    );
    for other in ["https://example.com", "http://shop.example.com", "null"] {
        for method in [Method::GET, Method::OPTIONS] {
            let answer = ask(method, other).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{other}");
        }
    }
}

#[tokio::test]
async fn answers_are_compressed_for_who_wants_it() {
    let host = Host::start().await;
    let path = "/api/openapi.json";
    let plain = host.get("", path).await;
    assert_eq!(plain.header("content-encoding"), "");
    let request = host
        .request(Method::GET, path)
        .header("Accept-Encoding", "gzip");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.headers().contains_key("vary"));
    let bytes = answer.bytes().await.unwrap();
    // RFC 1952 section 2.3.1.
    assert_eq!(bytes[..2], [0x1f, 0x8b]);
    assert!(bytes.len() < plain.text.len() / 2);
}
