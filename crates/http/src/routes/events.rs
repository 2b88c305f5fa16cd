//! Live events, as server-sent events.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use futures_util::stream::unfold;
use quando::id::ProviderId;
use quando_engine::store::Store;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Api;
use super::search::wrong;
use crate::App;
use crate::extract::Parameters;
use crate::identity::Caller;
use crate::live::{Begin, Stream};
use crate::problem::Problem;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Keeps a proxy in between from waiting until there is more to pass on.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_listen, _>(listen::<S>)
}

/// What to listen to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct ListenParameters {
    /// Of which provider; needed without a token.
    provider_id: Option<String>,
}

/// Tells what happens, as it happens: `availability.changed` of a provider, and `booking.changed`
/// of the own bookings.
#[utoipa::path(
    get, path = "/api/events", tag = "events", operation_id = "listen",
    params(
        ListenParameters,
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "Events without an end", content_type = "text/event-stream"),
        (status = 400, description = "Without a token, `providerId` is needed"),
        (status = 503, description = "Too many are listening"),
    )
)]
async fn listen<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Caller,
    Parameters(parameters): Parameters<ListenParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = parameters.provider_id.map(ProviderId::new).transpose();
    let provider = provider.map_err(|error| wrong(&error.to_string()))?;
    let audience = caller.audience(provider)?;
    let stream = Stream::open(app, audience, begin(&headers)).await?;
    let chunks = unfold(stream, |mut stream| async move {
        let bytes = stream.next().await?;
        Some((Ok::<_, Infallible>(bytes), stream))
    });
    let mut response = Response::new(Body::from_stream(chunks));
    let fixed = |value| HeaderValue::from_static(value);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, fixed("text/event-stream"));
    headers.insert(X_ACCEL_BUFFERING, fixed("no"));
    Ok(response)
}

fn begin(headers: &HeaderMap) -> Begin {
    let Some(last) = headers.get(LAST_EVENT_ID).filter(|last| !last.is_empty()) else {
        return Begin::Now;
    };
    let position = last.to_str().ok().and_then(|text| text.parse().ok());
    position.map_or(Begin::Lost, Begin::After)
}
