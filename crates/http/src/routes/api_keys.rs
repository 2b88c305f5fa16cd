//! Keys that programs sign in with: a provider's own, and any for operators.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use quando::id::ProviderId;
use quando_engine::record::Versioned;
use quando_engine::store::Store;
use quando_engine::{ApiKey, NewApiKey};
use serde::{Deserialize, Serialize};

use super::Api;
use super::answer::{ListPage, at, mark, versioned};
use crate::App;
use crate::extract::{At, IfMatch, Instant, Json, KeyIfAny};
use crate::identity::{Identity, api_key};
use crate::problem::{Fault, Problem};

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_create, _>(create::<S>)
        .on::<__path_delete, _>(delete::<S>)
}

/// In which role a program asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ProgramRole {
    /// Acts for one provider.
    Provider,
    /// As the marketplace's staff.
    Operator,
}

/// A key that is to be made.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    name: String,
    role: ProgramRole,
    #[serde(default)]
    provider: Option<ProviderId>,
    #[serde(default)]
    expires_at: Option<Instant>,
}

/// A key; its text is there once.
#[derive(Debug, Serialize)]
struct ApiKeyView {
    #[serde(flatten)]
    known: Versioned<ApiKey>,
    role: ProgramRole,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl ApiKeyView {
    fn new(known: Versioned<ApiKey>, key: Option<String>) -> ApiKeyView {
        let role = match known.value.provider {
            Some(_) => ProgramRole::Provider,
            None => ProgramRole::Operator,
        };
        ApiKeyView { known, role, key }
    }
}

/// Lists API keys, without their secrets.
#[utoipa::path(
    get, path = "/api/api-keys", tag = "api keys", operation_id = "listApiKeys",
    security(("bearer" = [])),
    responses((status = 200, description = "The keys, by id", body = Value))
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
) -> Result<Response, Problem> {
    caller.must_be_staff()?;
    let mut items = app.engine.api_keys().await?;
    items.retain(|each| caller.manages_for(each.value.provider.as_ref()));
    let items: Vec<ApiKeyView> = items
        .into_iter()
        .map(|each| ApiKeyView::new(each, None))
        .collect();
    Ok(Answer(ListPage { items, next: None }).into_response())
}

/// Makes an API key. The answer has it in `key`, this once: only a hash of it is kept.
#[utoipa::path(
    post, path = "/api/api-keys", tag = "api keys", operation_id = "createApiKey",
    request_body(
        content = Value,
        description = "`name`, `role` (`provider` or `operator`), and `provider`, `expiresAt`",
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The key", body = Value),
        (status = 403, description = "The caller may not act in that role, or is a program"),
        (status = 422, description = "The name is none, or role and provider do not go together"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    KeyIfAny(key): KeyIfAny,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    caller.must_be_staff()?;
    caller.must_be_a_person()?;
    let provider = match (wanted.role, wanted.provider) {
        (ProgramRole::Provider, Some(provider)) => Some(provider),
        (ProgramRole::Operator, None) => None,
        (ProgramRole::Operator, Some(_)) => {
            let (pointer, message) = ("/provider", "operators act for no provider");
            return Err(Fault::Field { pointer, message }.into());
        }
        (ProgramRole::Provider, None) => {
            let (pointer, message) = ("/provider", "it has to be said for which provider");
            let own = caller.own_provider();
            Some(own.ok_or(Fault::Field { pointer, message })?)
        }
    };
    caller.must_manage_for(provider.as_ref())?;
    let new = NewApiKey {
        name: wanted.name,
        provider,
        expires_at: wanted.expires_at.map(|instant| instant.0),
    };
    let made = app.engine.create_api_key(caller.context(key), new).await?;
    let (done, secret) = made;
    let id = done.value.value.id.clone();
    let text = secret.map(|secret| api_key::text(&id, &secret));
    let view = ApiKeyView::new(done.value, text);
    let mut response = versioned(view.known.version, &view);
    *response.status_mut() = StatusCode::CREATED;
    Ok(at(
        mark(response, done.replayed),
        &format!("/api/api-keys/{id}"),
    ))
}

/// Deletes an API key: at once on this server, and within ten seconds on others.
#[utoipa::path(
    delete, path = "/api/api-keys/{key}", tag = "api keys", operation_id = "deleteApiKey",
    params(("key" = String, Path, description = "Its id")),
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
    caller.must_be_staff()?;
    let known = match api_key::is_id(&id) {
        true => app.engine.api_key(&id).await?,
        false => None,
    };
    let own = known.filter(|known| caller.manages_for(known.key.provider.as_ref()));
    if own.is_none() {
        return Err(Problem::not_found("api_key"));
    }
    let context = caller.context(key);
    let deleted = app
        .engine
        .delete_api_key(context, &id, version.or_any())
        .await;
    app.api_keys.forget(&id);
    deleted?;
    Ok(StatusCode::NO_CONTENT)
}
