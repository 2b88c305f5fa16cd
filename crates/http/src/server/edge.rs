//! What happens to every request and every answer: an id, a bound on how many there are and how
//! long each takes, and one form for all problems.

use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use quando_engine::store::Store;
use quando_engine::{Entropy, SystemEntropy};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::accept::Peer;
use super::access_log::{Access, known};
use super::body::Watched;
use crate::App;
use crate::access::Asked;
use crate::guard::{Class, Ration};
use crate::identity::{Caller, Standing};
use crate::problem::{Fault, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The role of whoever has none.
const ANONYMOUS: &str = "anonymous";
/// Longest id that is taken from a request.
const REQUEST_ID_BYTES_MAX: usize = 128;

pub(super) async fn edge<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers().get(&REQUEST_ID));
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let shown = route.unwrap_or("none");
    let method = known(request.method());
    let _in_flight = app.metrics.begin();
    let class = Class::of(request.method(), route);
    let (mut response, role) = match app.guard.room.admit(class) {
        Some(_place) => admitted(&app, class, request, next).await,
        None => (Problem::from(Fault::Busy).into_response(), ANONYMOUS),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        app.metrics.refused(shown, problem.code);
        let mut headers = std::mem::take(response.headers_mut());
        response = problem.render(id.to_str().unwrap_or(""));
        // What the router says of a path, such as its methods, stays.
        headers.remove(header::CONTENT_LENGTH);
        for (name, value) in &headers {
            if !response.headers().contains_key(name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    let (status, took) = (response.status(), began.elapsed());
    app.metrics.answered(method, shown, status.as_u16(), took);
    protect(response.headers_mut(), app.settings.tls.is_some());
    if let Some(log) = &app.settings.access_log {
        log.note(&Access {
            time: app.engine.now(),
            level: if status.is_server_error() {
                "error"
            } else {
                "info"
            },
            request_id: id.to_str().unwrap_or(""),
            method,
            route: route.unwrap_or(""),
            status: status.as_u16(),
            duration_ms: milliseconds(took),
            role,
        });
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// What browsers are told about every answer, unless a page says something else for itself.
fn protect(headers: &mut HeaderMap, is_encrypted: bool) {
    let fixed = |value| HeaderValue::from_static(value);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    let defaults = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(fixed(value));
    }
    if is_encrypted {
        let year = fixed("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// With three digits after the point.
fn milliseconds(duration: Duration) -> f64 {
    let micros = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1_000.0
}

/// The answer to a request that there is room for, unless its sender asks too often.
async fn admitted<S: Store + 'static>(
    app: &App<S>,
    class: Class,
    mut request: Request,
    next: Next,
) -> (Response, &'static str) {
    let deadline = app.settings.limits.deadline;
    if class == Class::Probe {
        return (answer(request, next, deadline).await, ANONYMOUS);
    }
    let peer = request.extensions().get::<Peer>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let address = app.guard.proxies.client(peer, request.headers());
    let asked = app.identify(request.headers()).await;
    let role = role(&asked, request.headers());
    let ration = app.guard.draw(class, &asked, address);
    request.extensions_mut().insert(Asked(asked));
    let refused = ration.as_ref().and_then(|ration| ration.retry_seconds);
    let mut response = match refused {
        Some(seconds) => Problem::from(Fault::RateLimited { seconds }).into_response(),
        None => answer(request, next, deadline).await,
    };
    if let Some(ration) = ration {
        tell(response.headers_mut(), &ration);
    }
    (response, role)
}

/// Who asks, for the log.
fn role(asked: &Result<Caller, Problem>, headers: &HeaderMap) -> &'static str {
    match asked {
        Ok(Caller::Known(identity)) => match identity.standing {
            Standing::Customer => "customer",
            Standing::Provider(_) => "provider",
            Standing::Operator => "operator",
        },
        Ok(Caller::Anonymous) if headers.contains_key("action-token") => "guest",
        Ok(Caller::Anonymous) | Err(_) => ANONYMOUS,
    }
}

/// What is left to whoever asks (draft-ietf-httpapi-ratelimit-headers).
fn tell(headers: &mut HeaderMap, ration: &Ration) {
    let value =
        |text: String| HeaderValue::from_str(&text).expect("words and digits are printable");
    headers.insert(RATE_LIMIT_POLICY, value(ration.policy()));
    headers.insert(RATE_LIMIT, value(ration.state()));
}

/// The answer; of a handler that panics, that the server failed.
async fn answer(request: Request, next: Next, deadline: Duration) -> Response {
    let (request, body_ends) = watched(request);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind();
    match within(deadline, body_ends, answered).await {
        Some(Ok(response)) => response,
        Some(Err(_)) => Problem::from(Fault::Internal).into_response(),
        None => Problem::from(Fault::Deadline).into_response(),
    }
}

/// The request, and what ends when its body was read or is not wanted. A body has its own timer.
fn watched(request: Request) -> (Request, oneshot::Receiver<()>) {
    let (held, ends) = oneshot::channel::<()>();
    // Goes when the body goes.
    let hold = move || {
        let _ = &held;
    };
    let request = request.map(|body| Body::new(Watched::new(body, hold)));
    (request, ends)
}

/// What `work` gives, if it does within some time from the moment on that `begins`.
async fn within<T>(
    deadline: Duration,
    begins: impl Future,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return Some(done),
        _ = begins => {}
    }
    tokio::time::timeout(deadline, work).await.ok()
}

/// The id that the request brought, so that it is the same on its whole way, or a new one.
fn request_id(given: Option<&HeaderValue>) -> HeaderValue {
    let fits = |value: &&HeaderValue| {
        let text = value.as_bytes();
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        (1..=REQUEST_ID_BYTES_MAX).contains(&text.len()) && text.iter().all(allowed)
    };
    if let Some(given) = given.filter(fits) {
        return given.clone();
    }
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random);
    let id = uuid::Builder::from_random_bytes(random).into_uuid();
    HeaderValue::from_str(&id.to_string()).expect("a UUID is printable")
}

pub(super) async fn no_route() -> Problem {
    Fault::NoRoute.into()
}

pub(super) async fn no_method() -> Problem {
    Fault::Method.into()
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_given_up_once_the_body_is_there() {
        let soon = Duration::from_millis(5);
        assert_eq!(within(soon, ready(()), ready(7)).await, Some(7));
        assert_eq!(within(soon, ready(()), pending::<u8>()).await, None);
        let (held, ends) = oneshot::channel::<()>();
        let body_is_read = async {
            let never = pending::<()>();
            // Four times the deadline, while the body arrives.
            let _ = tokio::time::timeout(soon * 4, never).await;
            drop(held);
            8
        };
        assert_eq!(within(soon, ends, body_is_read).await, Some(8));
    }

    #[tokio::test]
    async fn the_body_ends_when_it_was_read_or_is_dropped() {
        let (request, ends) = watched(Request::new(Body::from("text")));
        request.into_body().collect().await.unwrap();
        assert!(ends.await.is_err());
        let (request, ends) = watched(Request::new(Body::empty()));
        drop(request);
        assert!(ends.await.is_err());
    }
}
