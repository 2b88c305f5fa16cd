//! What became of messages to an endpoint.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use quando_engine::DeliveryStatus;
use quando_engine::store::Store;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Api;
use super::answer::ListPage;
use super::search::wrong;
use super::webhooks::own;
use crate::App;
use crate::extract::{At, Parameters};
use crate::identity::Identity;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_redeliver, _>(redeliver::<S>)
        .on::<__path_test, _>(test::<S>)
}

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct ListParameters {
    /// Only with this status: `pending`, `delivered` or `dead`.
    #[param(value_type = Option<String>)]
    status: Option<DeliveryStatus>,
    /// The `next` of the page before.
    #[serde(rename = "cursor")]
    after: Option<String>,
    /// Deliveries of a page, 50 unless said otherwise, at most 200.
    limit: Option<u32>,
}

/// Lists deliveries to an endpoint, the newest first, of the last 30 days.
#[utoipa::path(
    get, path = "/api/webhooks/{webhook}/deliveries", tag = "webhooks",
    operation_id = "listDeliveries",
    params(("webhook" = String, Path, description = "The id of the endpoint"), ListParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of deliveries", body = Value),
        (status = 404, description = "There is no such endpoint, or it is not the caller's"),
    )
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Response, Problem> {
    own(&app, &caller, &id).await?;
    let limit = parameters.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(wrong("`limit` is 1 to 200"));
    }
    let place = (parameters.after.as_deref(), limit);
    let page = app.engine.deliveries(&id, parameters.status, place).await?;
    let (items, next) = (page.items, page.next);
    Ok(Answer(ListPage { items, next }).into_response())
}

/// Sends a message once more, whatever became of it.
#[utoipa::path(
    post, path = "/api/webhooks/{webhook}/deliveries/{delivery}/redeliver", tag = "webhooks",
    operation_id = "redeliver",
    params(
        ("webhook" = String, Path, description = "The id of the endpoint"),
        ("delivery" = String, Path, description = "The id of the delivery"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 202, description = "The delivery; it is tried at once", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn redeliver<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At((id, delivery)): At<(String, String)>,
) -> Result<Response, Problem> {
    own(&app, &caller, &id).await?;
    let delivery = app.engine.redeliver(&id, &delivery).await?;
    app.live.wake();
    Ok((StatusCode::ACCEPTED, Answer(delivery)).into_response())
}

/// Sends a message of the kind `ping`, to try an endpoint.
#[utoipa::path(
    post, path = "/api/webhooks/{webhook}/test", tag = "webhooks", operation_id = "testWebhook",
    params(("webhook" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 202, description = "The delivery; it is tried at once", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn test<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
) -> Result<Response, Problem> {
    own(&app, &caller, &id).await?;
    let delivery = app.engine.ping_webhook(&id).await?;
    app.live.wake();
    Ok((StatusCode::ACCEPTED, Answer(delivery)).into_response())
}
