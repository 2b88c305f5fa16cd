//! Providers: search, profile, and their edits.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quando::id::ProviderId;
use quando::search::Cursor;
use quando_engine::record::Provider;
use quando_engine::store::Store;
use quando_engine::{Expected, FoundProvider};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Api;
use super::answer::{at, listed, versioned, with_id, written};
use super::edit::Edit;
use super::search::SearchParameters;
use crate::App;
use crate::extract::{At, IfMatch, Json, KeyIfAny, Parameters, parse};
use crate::identity::{Caller, Identity, Standing};
use crate::problem::{Fault, Problem};

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_create, _>(create::<S>)
        .on::<__path_show, _>(show::<S>)
        .on::<__path_replace, _>(replace::<S>)
        .on::<__path_delete, _>(delete::<S>)
}

/// A page of what was found.
#[derive(Debug, Serialize)]
struct SearchPage {
    items: Vec<FoundProvider>,
    page: usize,
    limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Cursor>,
}

/// Lists and searches providers.
#[utoipa::path(
    get, path = "/api/providers", tag = "providers", operation_id = "listProviders",
    params(SearchParameters),
    responses(
        (status = 200, description = "A page of providers with their ratings", body = Value),
        (status = 400, description = "A parameter is unknown or of another form"),
    )
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    Parameters(parameters): Parameters<SearchParameters>,
) -> Result<Response, Problem> {
    let pages_before = parameters.pages_before()?;
    let mut query = parameters.query()?;
    let mut page = pages_before + 1;
    for _ in 0..pages_before {
        match app.engine.search_providers(&query).await?.next {
            Some(next) => query.after = Some(next),
            // The page lies behind the last one.
            None => {
                page = 0;
                break;
            }
        }
    }
    let limit = query.limit.get();
    let found = if page == 0 {
        SearchPage {
            items: Vec::new(),
            page: pages_before + 1,
            limit,
            next: None,
        }
    } else {
        let found = app.engine.search_providers(&query).await?;
        SearchPage {
            items: found.hits,
            page,
            limit,
            next: found.next,
        }
    };
    Ok(listed(&found))
}

/// Makes a provider, which gets a resource of its own.
#[utoipa::path(
    post, path = "/api/providers", tag = "providers", operation_id = "createProvider",
    request_body = Value, security(("bearer" = [])),
    responses(
        (status = 201, description = "The provider", body = Value),
        (status = 409, description = "There is one of that id"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    KeyIfAny(key): KeyIfAny,
    Json(record): Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    let id = match (record.get("id").and_then(Value::as_str), &caller.standing) {
        (Some(id), _) => id.to_owned(),
        (None, Standing::Provider(own)) => own.as_str().to_owned(),
        (None, _) => {
            let (pointer, message) = ("/id", "a provider has an id");
            return Err(Fault::Field { pointer, message }.into());
        }
    };
    let provider = read(record, &id)?;
    caller.must_manage(&provider.id)?;
    let context = caller.context(key);
    let done = app
        .engine
        .put_provider(context, provider, Expected::New)
        .await?;
    let path = format!("/api/providers/{}", done.value.value.id);
    Ok(at(written(StatusCode::CREATED, done), &path))
}

/// Shows a provider.
#[utoipa::path(
    get, path = "/api/providers/{provider}", tag = "providers", operation_id = "showProvider",
    params(("provider" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The provider; its version is the ETag", body = Value),
        (status = 404, description = "There is none, or it is not open"),
    )
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Caller,
    At(id): At<ProviderId>,
) -> Result<Response, Problem> {
    let found = open(&app, &caller, &id).await?;
    Ok(versioned(found.version, &found))
}

/// Replaces a provider's profile.
#[utoipa::path(
    put, path = "/api/providers/{provider}", tag = "providers", operation_id = "replaceProvider",
    params(
        ("provider" = String, Path, description = "Its id"),
        ("If-Match" = String, Header, description = "The version that is replaced"),
    ),
    request_body = Value, security(("bearer" = [])),
    responses(
        (status = 200, description = "The provider", body = Value),
        (status = 412, description = "It has another version by now"),
        (status = 428, description = "`If-Match` is missing"),
    )
)]
async fn replace<S: Store + 'static>(
    State(app): State<App<S>>,
    edit: Edit,
    At(id): At<ProviderId>,
    Json(record): Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    let (context, expected) = edit.of(&id)?;
    let provider = read(record, id.as_str())?;
    let done = app.engine.put_provider(context, provider, expected).await?;
    Ok(written(StatusCode::OK, done))
}

/// Deletes a provider that has no bookings to come, with its services, resources and busy time.
/// Bookings that are over stay, and so does their money.
#[utoipa::path(
    delete, path = "/api/providers/{provider}", tag = "providers",
    operation_id = "deleteProvider",
    params(
        ("provider" = String, Path, description = "Its id"),
        ("If-Match" = Option<String>, Header, description = "The version that is deleted"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none"),
        (status = 409, description = "Bookings are still to come"),
        (status = 412, description = "It has another version by now"),
    )
)]
async fn delete<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<ProviderId>,
    version: IfMatch,
    KeyIfAny(key): KeyIfAny,
) -> Result<StatusCode, Problem> {
    caller.must_manage(&id)?;
    let context = caller.context(key);
    app.engine
        .delete_provider(context, id, version.or_any())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(record: Map<String, Value>, id: &str) -> Result<Provider, Problem> {
    parse(&with_id(record, id)?.to_string())
}

/// A provider that is open, or that the caller manages.
pub(super) async fn open<S: Store>(
    app: &App<S>,
    caller: &Caller,
    id: &ProviderId,
) -> Result<quando_engine::record::Versioned<Provider>, Problem> {
    let found = app.engine.provider(id).await?;
    let found = found.filter(|found| found.value.active || caller.manages(id));
    found.ok_or_else(|| Problem::not_found("provider"))
}
