//! Requests to servers of others, whose addresses were given by people: endpoints of webhooks and
//! subscribed calendars.
//!
//! Such a server may be hostile, or its name may lead into our own network. So only public
//! addresses are connected to, checked where the connection is made; nothing is redirected; no
//! proxy stands between; everything has a limit of time and of bytes.

mod address;
mod names;

#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Client, Method, StatusCode, Url, redirect, retry};
use rustls::{ClientConfig, RootCertStore};

use names::{Guarded, NotPublic, SystemNames};

/// Most bytes that are read of an answer nobody looks into.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How long connecting may take, encryption included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the whole exchange may take.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection that is not in use is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Most connections to one host that are kept while not in use.
const IDLE_MAX: usize = 2;
/// Who asks.
const AGENT: &str = concat!("quando/", env!("CARGO_PKG_VERSION"));

/// Asks servers of others. Cheap to clone: clones share their connections.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    guarded: Guarded,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").finish_non_exhaustive()
    }
}

/// A request to somebody else's server.
#[derive(Clone, Debug)]
pub struct OutboundRequest {
    /// How.
    pub method: Method,
    /// Where: `https`, or also `http` where private addresses are allowed.
    pub url: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Bytes,
    /// Most bytes of the answer's body.
    pub answer_bytes_max: usize,
}

/// What was answered, whatever it was; redirects are answers.
#[derive(Clone, Debug)]
pub struct OutboundAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of its body.
    pub body: Bytes,
}

/// Why there is no whole answer. Where the status of one arrived, it is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// It is not a URL that is asked.
    #[error("the address is not an `https` URL without a name and password")]
    Url,
    /// The host has no address in the public internet.
    #[error("no address of the host is public")]
    Address,
    /// The name has no address.
    #[error("the name of the host has no address")]
    Name,
    /// The server could not be connected to.
    #[error("the server cannot be connected to")]
    Connect,
    /// The encryption failed: its certificate is not valid, or it does not speak TLS.
    #[error("there is no encrypted connection to the server")]
    Encryption,
    /// It took too long.
    #[error("the server took too long")]
    TimedOut {
        /// The status that was answered by then.
        status: Option<StatusCode>,
    },
    /// The body is longer than it may be.
    #[error("the answer is too long")]
    TooLarge {
        /// The status that was answered.
        status: StatusCode,
    },
    /// The connection was lost, or what was answered is not HTTP.
    #[error("the answer was cut off")]
    Cut {
        /// The status that was answered by then.
        status: Option<StatusCode>,
    },
}

impl OutboundError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            OutboundError::Url => "outbound-url",
            OutboundError::Address => "outbound-address",
            OutboundError::Name => "outbound-name",
            OutboundError::Connect => "outbound-connect",
            OutboundError::Encryption => "outbound-encryption",
            OutboundError::TimedOut { .. } => "outbound-timed-out",
            OutboundError::TooLarge { .. } => "outbound-too-large",
            OutboundError::Cut { .. } => "outbound-cut",
        }
    }

    /// The status of the answer, where at least that arrived.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            OutboundError::TooLarge { status } => Some(*status),
            OutboundError::TimedOut { status } | OutboundError::Cut { status } => *status,
            _ => None,
        }
    }
}

impl Outbound {
    /// Asks public servers over `https`; with `allow_private`, for development and tests, also
    /// private ones, and over `http`.
    ///
    /// # Panics
    ///
    /// Never: the settings of the client are fixed.
    pub fn new(allow_private: bool) -> Outbound {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let guarded = Guarded::new(Arc::new(SystemNames), allow_private);
        Outbound::over(guarded, roots, EXCHANGE_TIMEOUT)
    }

    fn over(guarded: Guarded, roots: RootCertStore, timeout: Duration) -> Outbound {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let encryption = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(encryption)
            .https_only(!guarded.allows_all())
            .dns_resolver(Arc::new(guarded.clone()))
            .no_proxy()
            .redirect(redirect::Policy::none())
            // Whoever asks decides whether to ask again.
            .retry(retry::never())
            .http1_only()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_MAX)
            .build()
            .expect("the settings are fixed");
        Outbound { client, guarded }
    }

    /// Whether private addresses, and `http`, are allowed.
    pub(crate) fn allows_private(&self) -> bool {
        self.guarded.allows_all()
    }

    /// Asks with `GET`, for a body of at most so many bytes.
    ///
    /// # Errors
    ///
    /// [`OutboundError`]; an answer with any status is none.
    pub async fn get(
        &self,
        url: &str,
        headers: HeaderMap,
        answer_bytes_max: usize,
    ) -> Result<OutboundAnswer, OutboundError> {
        self.send(OutboundRequest {
            method: Method::GET,
            url: url.to_owned(),
            headers,
            body: Bytes::new(),
            answer_bytes_max,
        })
        .await
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// [`OutboundError`]; an answer with any status is none.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundAnswer, OutboundError> {
        let url = self.checked(&request.url)?;
        let mut headers = request.headers;
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static(AGENT));
        let sent = self
            .client
            .request(request.method, url)
            .headers(headers)
            .body(request.body)
            .send();
        let mut response = sent.await.map_err(|error| cause(&error, None))?;
        let status = response.status();
        let most = request.answer_bytes_max;
        let announced = response.content_length();
        if announced.is_some_and(|length| usize::try_from(length).is_ok_and(|bytes| bytes > most)) {
            return Err(OutboundError::TooLarge { status });
        }
        let mut body = BytesMut::new();
        loop {
            let chunk = response.chunk().await;
            match chunk.map_err(|error| cause(&error, Some(status)))? {
                None => break,
                Some(chunk) if body.len() + chunk.len() > most => {
                    return Err(OutboundError::TooLarge { status });
                }
                Some(chunk) => body.extend_from_slice(&chunk),
            }
        }
        Ok(OutboundAnswer {
            status,
            headers: std::mem::take(response.headers_mut()),
            body: body.freeze(),
        })
    }

    /// The URL, when it may be asked as far as that can be seen without its name's addresses.
    fn checked(&self, url: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(url).map_err(|_| OutboundError::Url)?;
        let scheme = match url.scheme() {
            "https" => true,
            "http" => self.guarded.allows_all(),
            _ => false,
        };
        let named = !url.username().is_empty() || url.password().is_some();
        let Some(host) = url.host_str().filter(|_| scheme && !named) else {
            return Err(OutboundError::Url);
        };
        // An address in place of a name is connected to without asking for one. Odd spellings,
        // such as one number for all four bytes, have become the usual one by now.
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        match literal.parse::<IpAddr>() {
            Ok(address) if !self.guarded.allows(address) => Err(OutboundError::Address),
            _ => Ok(url),
        }
    }
}

/// What lies behind an error of the client.
fn cause(error: &reqwest::Error, status: Option<StatusCode>) -> OutboundError {
    if error.is_timeout() {
        return OutboundError::TimedOut { status };
    }
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<NotPublic>() {
            return OutboundError::Address;
        }
        if is_of_encryption(inner) {
            return OutboundError::Encryption;
        }
        source = inner.source();
    }
    if error.is_dns() {
        return OutboundError::Name;
    }
    if error.is_connect() {
        return OutboundError::Connect;
    }
    OutboundError::Cut { status }
}

/// Errors of TLS come inside of those of sockets, which do not show them as their source.
fn is_of_encryption(mut error: &(dyn std::error::Error + 'static)) -> bool {
    while let Some(within) = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
    {
        error = within;
    }
    error.is::<rustls::Error>()
}
