//! Services of a provider.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quando::id::{ProviderId, ServiceId};
use quando_engine::Expected;
use quando_engine::record::Service;
use quando_engine::store::Store;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::Api;
use super::answer::{ListPage, at, listed, versioned, with_id, written};
use super::edit::Edit;
use super::providers::open;
use super::search::wrong;
use crate::App;
use crate::extract::{At, IfMatch, Json, KeyIfAny, Parameters, parse};
use crate::identity::{Caller, Identity};
use crate::problem::{Fault, Problem};

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_create, _>(create::<S>)
        .on::<__path_show, _>(show::<S>)
        .on::<__path_replace, _>(replace::<S>)
        .on::<__path_delete, _>(delete::<S>)
}

/// Which page of a list by id.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParameters {
    /// The `next` of the page before.
    #[serde(rename = "cursor")]
    pub(super) after: Option<String>,
    /// Items of a page, 50 unless said otherwise, at most 200.
    limit: Option<u32>,
}

impl PageParameters {
    /// How many items a page has.
    pub(super) fn limit(&self) -> Result<u32, Problem> {
        let limit = self.limit.unwrap_or(50);
        let fits = Some(limit).filter(|limit| (1..=200).contains(limit));
        fits.ok_or_else(|| wrong("`limit` is 1 to 200"))
    }

    /// What the page begins after.
    pub(super) fn after<T: TryFrom<String>>(&self) -> Result<Option<T>, Problem> {
        let after = self.after.clone().map(T::try_from).transpose();
        after.map_err(|_| wrong("`cursor` is the `next` of a page"))
    }
}

/// Lists the services of a provider.
#[utoipa::path(
    get, path = "/api/providers/{provider}/services", tag = "services",
    operation_id = "listServices",
    params(("provider" = String, Path, description = "Whose"), PageParameters),
    responses((status = 200, description = "A page of services", body = Value))
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Caller,
    At(provider): At<ProviderId>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    open(&app, &caller, &provider).await?;
    let (after, limit) = (page.after()?, page.limit()?);
    let found = app
        .engine
        .services(&provider, after.as_ref(), limit + 1)
        .await?;
    let mut page = ListPage::cut(found, limit, |each| each.value.id.to_string());
    if !caller.manages(&provider) {
        page.items.retain(|each| each.value.active);
    }
    Ok(listed(&page))
}

/// Makes a service.
#[utoipa::path(
    post, path = "/api/providers/{provider}/services", tag = "services",
    operation_id = "createService",
    params(("provider" = String, Path, description = "Whose")),
    request_body = Value, security(("bearer" = [])),
    responses(
        (status = 201, description = "The service", body = Value),
        (status = 409, description = "There is one of that id"),
        (status = 422, description = "It contradicts itself or its resources"),
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
        let (pointer, message) = ("/id", "a service has an id");
        return Err(Fault::Field { pointer, message }.into());
    };
    let service: Service = parse(&with_id(record, &id)?.to_string())?;
    let path = format!("/api/providers/{provider}/services/{id}");
    let context = caller.context(key);
    let done = app
        .engine
        .put_service(context, provider, service, Expected::New)
        .await?;
    Ok(at(written(StatusCode::CREATED, done), &path))
}

/// Shows a service.
#[utoipa::path(
    get, path = "/api/providers/{provider}/services/{service}", tag = "services",
    operation_id = "showService",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("service" = String, Path, description = "Which"),
    ),
    responses(
        (status = 200, description = "The service; its version is the ETag", body = Value),
        (status = 404, description = "There is none, or it is not open"),
    )
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Caller,
    At((provider, service)): At<(ProviderId, ServiceId)>,
) -> Result<Response, Problem> {
    open(&app, &caller, &provider).await?;
    let found = app.engine.service(&provider, &service).await?;
    let found = found.filter(|found| found.value.active || caller.manages(&provider));
    let found = found.ok_or_else(|| Problem::not_found("service"))?;
    Ok(versioned(found.version, &found))
}

/// Replaces a service. Bookings that are there keep their terms.
#[utoipa::path(
    put, path = "/api/providers/{provider}/services/{service}", tag = "services",
    operation_id = "replaceService",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("service" = String, Path, description = "Which"),
        ("If-Match" = String, Header, description = "The version that is replaced"),
    ),
    request_body = Value, security(("bearer" = [])),
    responses(
        (status = 200, description = "The service", body = Value),
        (status = 412, description = "It has another version by now"),
        (status = 428, description = "`If-Match` is missing"),
    )
)]
async fn replace<S: Store + 'static>(
    State(app): State<App<S>>,
    edit: Edit,
    At((provider, service)): At<(ProviderId, ServiceId)>,
    Json(record): Json<Map<String, Value>>,
) -> Result<Response, Problem> {
    let (context, expected) = edit.of(&provider)?;
    let service: Service = parse(&with_id(record, service.as_str())?.to_string())?;
    let done = app
        .engine
        .put_service(context, provider, service, expected)
        .await?;
    Ok(written(StatusCode::OK, done))
}

/// Deletes a service that has no bookings to come.
#[utoipa::path(
    delete, path = "/api/providers/{provider}/services/{service}", tag = "services",
    operation_id = "deleteService",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("service" = String, Path, description = "Which"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 409, description = "Bookings of it are still to come"),
    )
)]
async fn delete<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(key): At<(ProviderId, ServiceId)>,
    version: IfMatch,
    KeyIfAny(idempotency): KeyIfAny,
) -> Result<StatusCode, Problem> {
    caller.must_manage(&key.0)?;
    let context = caller.context(idempotency);
    app.engine
        .delete_service(context, key, version.or_any())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
