//! How the server is: whether it lives, whether its store answers, and what it counts.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use quando_engine::store::Store;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use crate::App;
use crate::identity::Caller;
use crate::problem::{Fault, Problem};

/// From how many seconds on the relay counts as late.
const LAG_SECONDS_MAX: i64 = 60;
/// Headers that a proxy adds: what comes through one does not come from this computer.
const PROXY_HEADERS: [&str; 3] = ["forwarded", "x-forwarded-for", "via"];

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_alive, _>(alive)
        .on::<__path_ready, _>(ready::<S>)
        .on::<__path_metrics, _>(metrics::<S>)
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// In one word.
    status: &'static str,
}

/// How the server and its store are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Readiness {
    /// `ready`, or `lagging` when events have been waiting for more than a minute to be passed on.
    status: &'static str,
    /// For how long the oldest event has been waiting.
    relay_lag_seconds: i64,
}

/// Says that the process answers.
#[utoipa::path(
    get, path = "/healthz", tag = "operations", operation_id = "alive",
    responses((status = 200, description = "It does", body = Health))
)]
async fn alive() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Says that the store answers, too, and whether events are passed on in time.
///
/// A server that lags is still ready: bookings do not wait for their events.
#[utoipa::path(
    get, path = "/readyz", tag = "operations", operation_id = "ready",
    responses(
        (status = 200, description = "It does", body = Readiness),
        (status = 503, description = "It does not, for the moment"),
    )
)]
async fn ready<S: Store + 'static>(State(app): State<App<S>>) -> Result<Json<Readiness>, Problem> {
    let relay_lag_seconds = app.engine.outbox_lag().await?.num_seconds();
    let status = match relay_lag_seconds {
        ..=LAG_SECONDS_MAX => "ready",
        _ => "lagging",
    };
    Ok(Json(Readiness {
        status,
        relay_lag_seconds,
    }))
}

/// What is counted, in the text form of OpenMetrics.
///
/// For operators; for everybody where only this computer can connect and no proxy passed the
/// request on.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "metrics",
    responses(
        (status = 200, description = "All counters", body = String,
            content_type = "application/openmetrics-text"),
        (status = 401, description = "The request needs the bearer token of an operator"),
        (status = 403, description = "That is for operators"),
    )
)]
async fn metrics<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let came_directly = PROXY_HEADERS
        .iter()
        .all(|name| !headers.contains_key(*name));
    match caller {
        _ if app.metrics_are_open && came_directly => {}
        Caller::Anonymous => return Err(Fault::Unauthenticated.into()),
        Caller::Known(identity) => identity.must_operate()?,
    }
    let connections = (app.connections.0)();
    let connections = i64::try_from(connections).unwrap_or(i64::MAX);
    app.metrics.connections.set(connections);
    // A store that does not answer is told by the other numbers; this one stays as it was.
    if let Ok(lag) = app.engine.outbox_lag().await {
        app.metrics.outbox_lag.set(lag.as_seconds_f64());
    }
    let form = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, form)], app.metrics.text()).into_response())
}
