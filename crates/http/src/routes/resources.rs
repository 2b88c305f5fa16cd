//! Resources of a provider and their schedules; for who manages them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quando::availability::Resource;
use quando::id::{ProviderId, ResourceId};
use quando::schedule::Schedule;
use quando_engine::Expected;
use quando_engine::record::Versioned;
use quando_engine::store::Store;
use serde_json::{Map, Value};

use super::Api;
use super::answer::{ListPage, at, listed, mark, versioned, with_id, written};
use super::edit::Edit;
use super::services::PageParameters;
use crate::App;
use crate::extract::{At, IfMatch, Json, KeyIfAny, Parameters, parse};
use crate::identity::Identity;
use crate::problem::{Fault, Problem};

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_create, _>(create::<S>)
        .on::<__path_show, _>(show::<S>)
        .on::<__path_replace, _>(replace::<S>)
        .on::<__path_delete, _>(delete::<S>)
        .on::<__path_show_schedule, _>(show_schedule::<S>)
        .on::<__path_replace_schedule, _>(replace_schedule::<S>)
}

/// Lists the resources of a provider.
#[utoipa::path(
    get, path = "/api/providers/{provider}/resources", tag = "resources",
    operation_id = "listResources",
    params(("provider" = String, Path, description = "Whose"), PageParameters),
    security(("bearer" = [])),
    responses((status = 200, description = "A page of resources", body = Value))
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(provider): At<ProviderId>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    caller.must_manage(&provider)?;
    let (after, limit) = (page.after()?, page.limit()?);
    let found = app
        .engine
        .resources(&provider, after.as_ref(), limit + 1)
        .await?;
    let page = ListPage::cut(found, limit, |each| each.value.id.to_string());
    Ok(listed(&page))
}

/// Makes a resource.
#[utoipa::path(
    post, path = "/api/providers/{provider}/resources", tag = "resources",
    operation_id = "createResource",
    params(("provider" = String, Path, description = "Whose")),
    request_body = Value, security(("bearer" = [])),
    responses(
        (status = 201, description = "The resource", body = Value),
        (status = 409, description = "There is one of that id"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(provider): At<ProviderId>,
    KeyIfAny(key): KeyIfAny,
    Json(record): Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    caller.must_manage(&provider)?;
    let Some(id) = record.get("id").and_then(Value::as_str).map(str::to_owned) else {
        let (pointer, message) = ("/id", "a resource has an id");
        return Err(Fault::Field { pointer, message }.into());
    };
    let resource: Resource = parse(&with_id(record, &id)?.to_string())?;
    let path = format!("/api/providers/{provider}/resources/{id}");
    let context = caller.context(key);
    let done = app
        .engine
        .put_resource(context, provider, resource, Expected::New)
        .await?;
    Ok(at(written(StatusCode::CREATED, done), &path))
}

/// Shows a resource, without busy time and claims.
#[utoipa::path(
    get, path = "/api/providers/{provider}/resources/{resource}", tag = "resources",
    operation_id = "showResource",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Which"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The resource; its version is the ETag", body = Value))
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At((provider, resource)): At<(ProviderId, ResourceId)>,
) -> Result<Response, Problem> {
    let found = managed(&app, &caller, (&provider, &resource)).await?;
    Ok(versioned(found.version, &found))
}

/// Replaces a resource.
#[utoipa::path(
    put, path = "/api/providers/{provider}/resources/{resource}", tag = "resources",
    operation_id = "replaceResource",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Which"),
        ("If-Match" = String, Header, description = "The version that is replaced"),
    ),
    request_body = Value, security(("bearer" = [])),
    responses(
        (status = 200, description = "The resource", body = Value),
        (status = 412, description = "It has another version by now"),
        (status = 428, description = "`If-Match` is missing"),
    )
)]
async fn replace<S: Store + 'static>(
    State(app): State<App<S>>,
    edit: Edit,
    At((provider, resource)): At<(ProviderId, ResourceId)>,
    Json(record): Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    let (context, expected) = edit.of(&provider)?;
    let resource: Resource = parse(&with_id(record, resource.as_str())?.to_string())?;
    let done = app
        .engine
        .put_resource(context, provider, resource, expected)
        .await?;
    Ok(written(StatusCode::OK, done))
}

/// Deletes a resource that no service needs.
#[utoipa::path(
    delete, path = "/api/providers/{provider}/resources/{resource}", tag = "resources",
    operation_id = "deleteResource",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Which"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 409, description = "A service needs it"),
    )
)]
async fn delete<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(key): At<(ProviderId, ResourceId)>,
    version: IfMatch,
    KeyIfAny(idempotency): KeyIfAny,
) -> Result<StatusCode, Problem> {
    caller.must_manage(&key.0)?;
    let context = caller.context(idempotency);
    app.engine
        .delete_resource(context, key, version.or_any())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows when a resource is open.
#[utoipa::path(
    get, path = "/api/providers/{provider}/resources/{resource}/schedule", tag = "resources",
    operation_id = "showSchedule",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Which"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "Its schedule; the ETag is the resource's", body = Value))
)]
async fn show_schedule<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At((provider, resource)): At<(ProviderId, ResourceId)>,
) -> Result<Response, Problem> {
    let found = managed(&app, &caller, (&provider, &resource)).await?;
    Ok(versioned(found.version, &found.value.schedule))
}

/// Replaces when a resource is open, and nothing else of it.
#[utoipa::path(
    put, path = "/api/providers/{provider}/resources/{resource}/schedule", tag = "resources",
    operation_id = "replaceSchedule",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Which"),
        ("If-Match" = Option<String>, Header, description = "The resource's version"),
    ),
    request_body = Value, security(("bearer" = [])),
    responses(
        (status = 200, description = "Its schedule", body = Value),
        (status = 412, description = "The resource has another version by now"),
    )
)]
async fn replace_schedule<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At((provider, id)): At<(ProviderId, ResourceId)>,
    version: IfMatch,
    Json(schedule): Json<Schedule>,
) -> Result<Response, Problem> {
    let found = managed(&app, &caller, (&provider, &id)).await?;
    let mut resource = found.value;
    resource.schedule = schedule;
    // What else is in the resource was read just now, and is not to be undone.
    let expected = match version.or_any() {
        Expected::Any => Expected::Version(found.version),
        given => given,
    };
    let context = caller.context(None);
    let done = app
        .engine
        .put_resource(context, provider, resource, expected)
        .await?;
    let written = &done.value;
    let response = versioned(written.version, &written.value.schedule);
    Ok(mark(response, done.replayed))
}

/// A resource of a provider that the caller manages.
pub(super) async fn managed<S: Store>(
    app: &App<S>,
    caller: &Identity,
    (provider, resource): (&ProviderId, &ResourceId),
) -> Result<Versioned<Resource>, Problem> {
    caller.must_manage(provider)?;
    let found = app.engine.resource(provider, resource).await?;
    found.ok_or_else(|| Problem::not_found("resource"))
}
