use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::dns::Resolve;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::names::Names;
use super::*;

/// A certificate for `hook.test` until 2126, its key, and the authority that gave it.
const HOST: &[u8] = include_bytes!("certificates/host.der");
const KEY: &[u8] = include_bytes!("certificates/key.der");
const AUTHORITY: &[u8] = include_bytes!("certificates/authority.der");

/// Names whose addresses change from one question to the next; the last ones stay.
struct Changing(Mutex<Vec<Vec<&'static str>>>);

impl Names for Changing {
    fn addresses(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut answers = self.0.lock().unwrap();
        let now = if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        };
        let now = now.into_iter().map(|text| text.parse().unwrap()).collect();
        std::future::ready(Ok(now)).boxed()
    }
}

fn names(answers: &[&[&'static str]]) -> Arc<Changing> {
    let answers = answers.iter().map(|each| each.to_vec()).collect();
    Arc::new(Changing(Mutex::new(answers)))
}

/// A client whose names are these.
fn over(names: Arc<Changing>, allow_private: bool, roots: RootCertStore) -> Outbound {
    Outbound::over(Guarded::new(names, allow_private), roots, EXCHANGE_TIMEOUT)
}

fn trusted(certificate: &'static [u8]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate)).unwrap();
    roots
}

/// A server that answers each connection with fixed bytes, and then waits for the client to go.
async fn server(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::spawn(reply(socket, answer.clone()));
        }
    });
    address
}

async fn encrypted_server(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let key = PrivateKeyDer::try_from(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(HOST)], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            if let Ok(socket) = acceptor.accept(socket).await {
                tokio::spawn(reply(socket, answer.clone()));
            }
        }
    });
    address
}

async fn reply(mut socket: impl AsyncRead + AsyncWrite + Unpin, answer: Vec<u8>) {
    let mut head = [0; 4_096];
    let _ = socket.read(&mut head).await;
    let _ = socket.write_all(&answer).await;
    let _ = socket.flush().await;
    let _ = socket.read(&mut head).await;
}

fn answer(head: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

async fn ask(outbound: &Outbound, url: String) -> Result<OutboundAnswer, OutboundError> {
    outbound.get(&url, HeaderMap::new(), 1_000).await
}

#[tokio::test]
async fn an_answer_is_given_as_it_is() {
    let outbound = Outbound::new(true);
    let redirect = "302 Found\r\nLocation: http://127.0.0.1:1/";
    for (head, status, body) in [
        ("200 OK", 200, "yes"),
        ("410 Gone", 410, ""),
        // Nobody follows.
        (redirect, 302, "elsewhere"),
    ] {
        let at = server(answer(head, body)).await;
        let found = ask(&outbound, format!("http://{at}/hook")).await.unwrap();
        assert_eq!(
            (found.status.as_u16(), &*found.body),
            (status, body.as_bytes())
        );
    }
}

#[tokio::test]
async fn nothing_but_public_addresses_over_https_is_asked() {
    let outbound = over(names(&[&["10.0.0.1"]]), false, RootCertStore::empty());
    for (url, expected) in [
        ("http://example.com/", OutboundError::Url),
        ("ftp://example.com/", OutboundError::Url),
        ("https://name:secret@example.com/", OutboundError::Url),
        ("https://", OutboundError::Url),
        ("no URL", OutboundError::Url),
        ("https://127.0.0.1/", OutboundError::Address),
        ("https://2130706433/", OutboundError::Address),
        ("https://0x7f.1/", OutboundError::Address),
        ("https://0177.0.0.1/", OutboundError::Address),
        ("https://[::1]/", OutboundError::Address),
        ("https://[::ffff:169.254.169.254]/", OutboundError::Address),
        ("https://[64:ff9b::7f00:1]/", OutboundError::Address),
        (
            "https://169.254.169.254/latest/meta-data",
            OutboundError::Address,
        ),
        // A name for an address that is not public.
        ("https://inside.example/", OutboundError::Address),
        ("https://localhost./", OutboundError::Address),
    ] {
        let found = ask(&outbound, url.to_owned()).await;
        assert_eq!(found.unwrap_err(), expected, "{url}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_leads_nowhere_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let changing = names(&[&["8.8.8.8"], &["127.0.0.1", "::1"]]);
    let guarded = Guarded::new(changing.clone(), false);
    let asked = async || guarded.resolve("hook.example".parse().unwrap()).await;
    // Whoever looked first would have found a public address.
    let first: Vec<_> = asked().await.unwrap().collect();
    assert_eq!(first, ["8.8.8.8:0".parse().unwrap()]);
    assert!(asked().await.is_err_and(|error| error.is::<NotPublic>()));
    let outbound = over(changing, false, RootCertStore::empty());
    let found = ask(&outbound, format!("https://hook.example:{port}/")).await;
    assert_eq!(found.unwrap_err(), OutboundError::Address);
    assert!(listener.accept().now_or_never().is_none());
}

#[tokio::test]
async fn of_several_addresses_only_public_ones_are_used() {
    let mixed = names(&[&["10.0.0.1", "8.8.8.8", "fd00::1", "2a00:1450::1"]]);
    let found = Guarded::new(mixed, false)
        .resolve("a.example".parse().unwrap())
        .await;
    let found: Vec<_> = found.unwrap().map(|each| each.ip().to_string()).collect();
    assert_eq!(found, ["8.8.8.8", "2a00:1450::1"]);
}

#[tokio::test]
async fn an_answer_has_a_limit() {
    let outbound = Outbound::new(true);
    let status = StatusCode::OK;
    let too_large = OutboundError::TooLarge { status };
    let long = "x".repeat(1_001);
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nbegin".to_vec();
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{long}").into_bytes();
    for bytes in [answer("200 OK", &long), announced, endless] {
        let at = server(bytes).await;
        let found = ask(&outbound, format!("http://{at}/")).await;
        assert_eq!(found.unwrap_err(), too_large);
    }
    let fits = server(answer("200 OK", &long[1..])).await;
    let found = ask(&outbound, format!("http://{fits}/")).await;
    assert_eq!(found.unwrap().body.len(), 1_000);
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let outbound = Outbound::new(true);
    let garbage = server(b"SSH-2.0-OpenSSH\r\n".to_vec()).await;
    let found = ask(&outbound, format!("http://{garbage}/")).await;
    assert_eq!(found.unwrap_err(), OutboundError::Cut { status: None });
    // Plain text where TLS should be.
    let found = ask(&outbound, format!("https://{garbage}/")).await;
    assert_eq!(found.unwrap_err(), OutboundError::Encryption);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let found = ask(&outbound, format!("http://{closed}/")).await;
    assert_eq!(found.unwrap_err(), OutboundError::Connect);
}

#[tokio::test]
async fn certificates_are_checked() {
    let port = encrypted_server(answer("200 OK", "sealed")).await.port();
    let loopback = || names(&[&["127.0.0.1"]]);
    let trusting = over(loopback(), true, trusted(AUTHORITY));
    let found = ask(&trusting, format!("https://hook.test:{port}/")).await;
    assert_eq!(&*found.unwrap().body, b"sealed");
    // For another name, and of an authority that nobody knows.
    let other = ask(&trusting, format!("https://other.test:{port}/")).await;
    assert_eq!(other.unwrap_err(), OutboundError::Encryption);
    let usual = over(loopback(), true, RootCertStore::empty());
    let unknown = ask(&usual, format!("https://hook.test:{port}/")).await;
    assert_eq!(unknown.unwrap_err(), OutboundError::Encryption);
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let guarded = Guarded::new(names(&[&["127.0.0.1"]]), true);
    let soon = Duration::from_millis(100);
    let outbound = Outbound::over(guarded, RootCertStore::empty(), soon);
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal".to_vec();
    for bytes in [Vec::new(), half] {
        let at = server(bytes).await;
        let found = ask(&outbound, format!("http://{at}/")).await;
        assert_eq!(found.unwrap_err().code(), "outbound-timed-out");
    }
}
