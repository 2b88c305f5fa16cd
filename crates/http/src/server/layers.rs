//! What wraps all routes beside the edge: compression of answers, and pages of other origins.

use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember what another origin may do.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Adds them; other origins only when some are named.
pub(super) fn wrap(router: Router, origins: &[Origin]) -> Router {
    // Streams of events are left as they are, and so is what is short.
    let router = router.layer(CompressionLayer::new().gzip(true));
    if origins.is_empty() {
        return router;
    }
    let name = HeaderName::from_static;
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(
            origins.iter().map(|origin| origin.0.clone()),
        ))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            name("idempotency-key"),
            name("action-token"),
            name("hold-token"),
            name("last-event-id"),
            name("x-request-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            name("idempotent-replayed"),
            name("ratelimit"),
            name("ratelimit-policy"),
            name("x-request-id"),
        ])
        .max_age(REMEMBERED);
    router.layer(cors)
}

/// An origin as browsers send it: scheme, host and perhaps port, and nothing after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// A text that is no [`Origin`]; a pattern is none, either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no origin of the form `https://example.com`, in lower case")]
pub struct OriginError(String);

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Origin, OriginError> {
        let no_origin = || OriginError(text.to_owned());
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let fits = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte)
        };
        let rest = rest.filter(|rest| !rest.is_empty() && rest.bytes().all(fits));
        let value = rest.and_then(|_| HeaderValue::from_str(text).ok());
        value.map(Origin).ok_or_else(no_origin)
    }
}
