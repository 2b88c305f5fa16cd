//! Endpoints that are told what happens: a provider's own, and any for operators.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use quando_engine::record::Versioned;
use quando_engine::store::Store;
use quando_engine::{Done, NewWebhook, Webhook, WebhookChange};
use serde::Serialize;

use super::Api;
use super::answer::{ListPage, at, mark, versioned, written};
use crate::App;
use crate::deliver::secret_text;
use crate::extract::{At, IfMatch, Json, KeyIfAny};
use crate::identity::{Identity, Standing};
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_create, _>(create::<S>)
        .on::<__path_show, _>(show::<S>)
        .on::<__path_delete, _>(delete::<S>)
        .on::<__path_rotate, _>(rotate::<S>)
        .on::<__path_enable, _>(enable::<S>)
}

/// An endpoint with the secret that its messages are signed with.
#[derive(Debug, Serialize)]
struct WebhookView {
    #[serde(flatten)]
    webhook: Versioned<Webhook>,
    /// In the form of Standard Webhooks.
    secret: String,
}

/// Lists endpoints.
#[utoipa::path(
    get, path = "/api/webhooks", tag = "webhooks", operation_id = "listWebhooks",
    security(("bearer" = [])),
    responses((status = 200, description = "The endpoints, by id", body = Value))
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
) -> Result<Response, Problem> {
    let mut items = app.engine.webhooks().await?;
    items.retain(|each| owns(&caller, each.value.provider.as_ref()));
    Ok(Answer(ListPage { items, next: None }).into_response())
}

/// Makes an endpoint; the answer has its secret.
#[utoipa::path(
    post, path = "/api/webhooks", tag = "webhooks", operation_id = "createWebhook",
    request_body(content = Value, description = "`url`, and `events`, `provider`"),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The endpoint with its secret", body = Value),
        (status = 422, description = "The URL is not one, or not encrypted"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    KeyIfAny(key): KeyIfAny,
    Json(mut new): Json<NewWebhook>,
) -> Result<Response, Problem> {
    match (&caller.standing, &new.provider) {
        (Standing::Provider(own), None) => new.provider = Some(own.clone()),
        (_, Some(provider)) => caller.must_manage(provider)?,
        _ => caller.must_operate()?,
    }
    let done = app.engine.create_webhook(caller.context(key), new).await?;
    let path = format!("/api/webhooks/{}", done.value.value.id);
    let mut response = with_secret(&app, done);
    *response.status_mut() = StatusCode::CREATED;
    Ok(at(response, &path))
}

/// An endpoint with its secret, which is shown when it is new.
fn with_secret<S: Store>(app: &App<S>, done: Done<Versioned<Webhook>>) -> Response {
    let webhook = done.value;
    let view = WebhookView {
        secret: secret_text(&app.engine.webhook_secret(&webhook.value)),
        webhook,
    };
    mark(versioned(view.webhook.version, &view), done.replayed)
}

/// Shows an endpoint.
#[utoipa::path(
    get, path = "/api/webhooks/{webhook}", tag = "webhooks", operation_id = "showWebhook",
    params(("webhook" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The endpoint; its version is the ETag", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
) -> Result<Response, Problem> {
    let webhook = own(&app, &caller, &id).await?;
    Ok(versioned(webhook.version, &webhook))
}

/// Replaces the secret of an endpoint; messages are signed with both for a day.
#[utoipa::path(
    post, path = "/api/webhooks/{webhook}/rotate-secret", tag = "webhooks",
    operation_id = "rotateWebhookSecret",
    params(("webhook" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The endpoint with its new secret", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
        (status = 412, description = "It has another version than `If-Match` says"),
    )
)]
async fn rotate<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
    version: IfMatch,
    KeyIfAny(key): KeyIfAny,
) -> Result<Response, Problem> {
    own(&app, &caller, &id).await?;
    let change = (WebhookChange::RotateSecret, version.or_any());
    let context = caller.context(key);
    let done = app.engine.change_webhook(context, &id, change).await?;
    Ok(with_secret(&app, done))
}

/// Has an endpoint that was disabled told again what happens.
#[utoipa::path(
    post, path = "/api/webhooks/{webhook}/enable", tag = "webhooks",
    operation_id = "enableWebhook",
    params(("webhook" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The endpoint", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
        (status = 412, description = "It has another version than `If-Match` says"),
    )
)]
async fn enable<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
    version: IfMatch,
    KeyIfAny(key): KeyIfAny,
) -> Result<Response, Problem> {
    own(&app, &caller, &id).await?;
    let change = (WebhookChange::Enable, version.or_any());
    let context = caller.context(key);
    let done = app.engine.change_webhook(context, &id, change).await?;
    Ok(written(StatusCode::OK, done))
}

/// Deletes an endpoint.
#[utoipa::path(
    delete, path = "/api/webhooks/{webhook}", tag = "webhooks", operation_id = "deleteWebhook",
    params(("webhook" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn delete<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
    version: IfMatch,
    KeyIfAny(key): KeyIfAny,
) -> Result<StatusCode, Problem> {
    own(&app, &caller, &id).await?;
    let context = caller.context(key);
    app.engine
        .delete_webhook(context, &id, version.or_any())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An endpoint of the caller's.
pub(super) async fn own<S: Store>(
    app: &App<S>,
    caller: &Identity,
    id: &str,
) -> Result<Versioned<Webhook>, Problem> {
    let found = app.engine.webhook(id).await?;
    if owns(caller, found.value.provider.as_ref()) {
        return Ok(found);
    }
    Err(Problem::not_found("webhook"))
}

fn owns(caller: &Identity, provider: Option<&quando::id::ProviderId>) -> bool {
    match provider {
        Some(provider) => caller.manages(provider),
        None => caller.must_operate().is_ok(),
    }
}
