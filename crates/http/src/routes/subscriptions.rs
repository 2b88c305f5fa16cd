//! Calendars of others that busy time of a resource is read from.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use quando::id::{ProviderId, ResourceId};
use quando_engine::limits::PAGE_MAX;
use quando_engine::store::Store;
use quando_engine::{Subscribed, Subscription, SubscriptionKey, SubscriptionState};
use serde::{Deserialize, Serialize};

use super::Api;
use super::answer::{ListPage, mark, versioned};
use super::edit::Edit;
use super::resources::managed;
use crate::App;
use crate::calendars::poll::refresh;
use crate::extract::{At, IfMatch, Json, KeyIfAny};
use crate::identity::Identity;
use crate::problem::{Fault, Problem};

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_put, _>(put::<S>)
        .on::<__path_show, _>(show::<S>)
        .on::<__path_read, _>(read::<S>)
        .on::<__path_delete, _>(delete::<S>)
}

/// Where a calendar is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    url: String,
}

/// A calendar and how reading it goes. The address is for who manages the provider, and so is all
/// of this.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionView {
    resource: ResourceId,
    source: String,
    url: String,
    version: u64,
    #[serde(flatten)]
    state: StateView,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StateView {
    next_at: chrono::DateTime<chrono::Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tried_at: Option<chrono::DateTime<chrono::Utc>>,
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    count: usize,
    problems: usize,
}

impl From<Subscribed> for SubscriptionView {
    fn from(subscribed: Subscribed) -> SubscriptionView {
        let Subscribed {
            subscription,
            state,
            ..
        } = subscribed;
        let SubscriptionState {
            next_at,
            succeeded_at,
            tried_at,
            failures,
            error,
            count,
            problems,
            ..
        } = state;
        SubscriptionView {
            version: subscription.version,
            resource: subscription.value.resource,
            source: subscription.value.source,
            url: subscription.value.url,
            state: StateView {
                next_at,
                succeeded_at,
                tried_at,
                failures,
                error,
                count,
                problems,
            },
        }
    }
}

/// Lists the calendars that a resource is subscribed to.
#[utoipa::path(
    get, path = "/api/providers/{provider}/resources/{resource}/subscriptions",
    tag = "calendars", operation_id = "listSubscriptions",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Of which resource"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Each calendar, and how reading it goes", body = Value),
        (status = 403, description = "That is for the provider and for operators"),
    )
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At((provider, resource)): At<(ProviderId, ResourceId)>,
) -> Result<Response, Problem> {
    managed(&app, &caller, (&provider, &resource)).await?;
    let mut items: Vec<SubscriptionView> = Vec::new();
    for found in app.engine.subscriptions(&provider, PAGE_MAX).await? {
        if found.value.resource == resource {
            let subscribed = app.engine.subscription(&found.value.key()).await?;
            items.push(subscribed.into());
        }
    }
    Ok(Answer(ListPage { items, next: None }).into_response())
}

/// Subscribes to a calendar, in place of one of the same name. It is read at once, and every
/// quarter of an hour from then on; what it says replaces the busy time of that source.
#[utoipa::path(
    put, path = "/api/providers/{provider}/resources/{resource}/subscriptions/{source}",
    tag = "calendars", operation_id = "putSubscription",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Of which resource"),
        ("source" = String, Path, description = "A name of the caller's"),
        ("If-Match" = Option<String>, Header, description = "The version that is replaced"),
    ),
    request_body(content = Value, description = "`url`: with `https`, or `webcal` for it"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription", body = Value),
        (status = 403, description = "That is for the provider and for operators"),
        (status = 422, description = "The address is none, or not encrypted"),
    )
)]
async fn put<S: Store + 'static>(
    State(app): State<App<S>>,
    edit: Edit,
    At((provider, resource, source)): At<(ProviderId, ResourceId, String)>,
    Json(Address { url }): Json<Address>,
) -> Result<Response, Problem> {
    managed(&app, edit.caller(), (&provider, &resource)).await?;
    let url = match url.strip_prefix("webcal://") {
        Some(rest) => format!("https://{rest}"),
        None => url,
    };
    if url.starts_with("http://") && !app.outbound.allows_private() {
        let (pointer, message) = ("/url", "the address begins with `https://`");
        return Err(Fault::Field { pointer, message }.into());
    }
    let subscription = Subscription {
        provider,
        resource,
        source,
        url,
    };
    let which = subscription.key();
    let (context, expected) = edit.over_any();
    let done = app
        .engine
        .put_subscription(context, subscription, expected)
        .await?;
    app.subscribed.notify_one();
    let view = shown(&app, &which).await?;
    Ok(mark(versioned(view.version, &view), done.replayed))
}

/// Shows a subscription: when it was read last, and what was wrong.
#[utoipa::path(
    get, path = "/api/providers/{provider}/resources/{resource}/subscriptions/{source}",
    tag = "calendars", operation_id = "showSubscription",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Of which resource"),
        ("source" = String, Path, description = "Its name"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription", body = Value),
        (status = 404, description = "There is none"),
    )
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(which): At<(ProviderId, ResourceId, String)>,
) -> Result<Response, Problem> {
    let which = key(which);
    caller.must_manage(&which.provider)?;
    let view = shown(&app, &which).await?;
    Ok(versioned(view.version, &view))
}

/// Reads a calendar now, without waiting until it is due.
#[utoipa::path(
    post, path = "/api/providers/{provider}/resources/{resource}/subscriptions/{source}/read",
    tag = "calendars", operation_id = "readSubscription",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Of which resource"),
        ("source" = String, Path, description = "Its name"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The subscription, read", body = Value),
        (status = 404, description = "There is none"),
    )
)]
async fn read<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(which): At<(ProviderId, ResourceId, String)>,
    Json(super::actions::Nothing {}): Json<super::actions::Nothing>,
) -> Result<Response, Problem> {
    let which = key(which);
    caller.must_manage(&which.provider)?;
    let found = app.engine.subscription(&which).await?;
    refresh(&app, found).await?;
    let view = shown(&app, &which).await?;
    Ok(versioned(view.version, &view))
}

/// Ends a subscription; the busy time of its source goes with it.
#[utoipa::path(
    delete, path = "/api/providers/{provider}/resources/{resource}/subscriptions/{source}",
    tag = "calendars", operation_id = "deleteSubscription",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Of which resource"),
        ("source" = String, Path, description = "Its name"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is ended"),
        (status = 404, description = "There is none"),
    )
)]
async fn delete<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(which): At<(ProviderId, ResourceId, String)>,
    version: IfMatch,
    KeyIfAny(idempotency): KeyIfAny,
) -> Result<StatusCode, Problem> {
    let which = key(which);
    caller.must_manage(&which.provider)?;
    let context = caller.context(idempotency);
    app.engine
        .delete_subscription(context, &which, version.or_any())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn key((provider, resource, source): (ProviderId, ResourceId, String)) -> SubscriptionKey {
    SubscriptionKey {
        provider,
        resource,
        source,
    }
}

async fn shown<S: Store>(
    app: &App<S>,
    which: &SubscriptionKey,
) -> Result<SubscriptionView, Problem> {
    Ok(app.engine.subscription(which).await?.into())
}
