//! Calendars to subscribe to, and the links that open them.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quando::id::{BookingId, ProviderId, ResourceId};
use quando_engine::record::Versioned;
use quando_engine::store::Store;
use quando_engine::{CalendarLink, LinkScope, NewCalendarLink};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::Api;
use super::answer::{ListPage, mark, versioned};
use super::bookings::own;
use super::search::wrong;
use super::services::PageParameters;
use crate::App;
use crate::calendars::text;
use crate::extract::{At, IfMatch, Json, KeyIfAny, Parameters};
use crate::identity::Identity;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_create, _>(create::<S>)
        .on::<__path_delete, _>(delete::<S>)
        .on::<__path_bookings, _>(bookings::<S>)
        .on::<__path_free_busy, _>(free_busy::<S>)
        .on::<__path_booking, _>(booking::<S>)
}

/// A link with what opens the calendar, which is told once.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkView {
    #[serde(flatten)]
    link: Versioned<CalendarLink>,
    token: String,
    /// What to subscribe to, from the server's address on; only of links that show bookings.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar: Option<String>,
    free_busy: String,
}

/// What opens a calendar.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct TokenParameters {
    /// What opens it.
    token: Option<String>,
}

/// What opens free and busy time, and of what it is.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct CalendarParameters {
    /// What opens it.
    token: Option<String>,
    /// Of which resource; of all when absent.
    resource: Option<String>,
}

/// Lists the links to a provider's calendar.
#[utoipa::path(
    get, path = "/api/providers/{provider}/calendar-links", tag = "calendars",
    operation_id = "listCalendarLinks",
    params(("provider" = String, Path, description = "Whose"), PageParameters),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of links, without what opens them", body = Value),
        (status = 403, description = "That is for the provider and for operators"),
    )
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(provider): At<ProviderId>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    caller.must_manage(&provider)?;
    let limit = page.limit()?;
    let found = app
        .engine
        .calendar_links(&provider, page.after.as_deref(), limit + 1)
        .await?;
    let page = ListPage::cut(found, limit, |each| each.value.id.clone());
    Ok(Answer(page).into_response())
}

/// Makes a link. Its token is in this answer alone.
#[utoipa::path(
    post, path = "/api/providers/{provider}/calendar-links", tag = "calendars",
    operation_id = "createCalendarLink",
    params(("provider" = String, Path, description = "Whose")),
    request_body(content = Value, description = "`name`, and `shows`: `bookings` or `freeBusy`"),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The link with its token", body = Value),
        (status = 403, description = "That is for the provider and for operators"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(provider): At<ProviderId>,
    KeyIfAny(key): KeyIfAny,
    Json(new): Json<NewCalendarLink>,
) -> Result<Response, Problem> {
    caller.must_manage(&provider)?;
    let context = caller.context(key);
    let done = app
        .engine
        .create_calendar_link(context, provider.clone(), new)
        .await?;
    let link = done.value;
    let token = app.engine.calendar_token(&provider, &link.value.id);
    let path = |name: &str| format!("/api/providers/{provider}/{name}?token={token}");
    let shows_bookings = link.value.shows == LinkScope::Bookings;
    let view = LinkView {
        calendar: shows_bookings.then(|| path("calendar.ics")),
        free_busy: path("freebusy.ics"),
        token: token.clone(),
        link,
    };
    let mut response = versioned(view.link.version, &view);
    *response.status_mut() = StatusCode::CREATED;
    Ok(mark(response, done.replayed))
}

/// Deletes a link: it opens nothing any more.
#[utoipa::path(
    delete, path = "/api/providers/{provider}/calendar-links/{link}", tag = "calendars",
    operation_id = "deleteCalendarLink",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("link" = String, Path, description = "Its id"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none"),
    )
)]
async fn delete<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At((provider, id)): At<(ProviderId, String)>,
    version: IfMatch,
    KeyIfAny(key): KeyIfAny,
) -> Result<StatusCode, Problem> {
    caller.must_manage(&provider)?;
    let context = caller.context(key);
    app.engine
        .delete_calendar_link(context, (provider, &id), version.or_any())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The bookings of a provider as a calendar (RFC 5545), by a link that shows them.
#[utoipa::path(
    get, path = "/api/providers/{provider}/calendar.ics", tag = "calendars",
    operation_id = "showCalendar",
    params(("provider" = String, Path, description = "Whose"), TokenParameters),
    responses(
        (status = 200, description = "The calendar; without who booked",
            body = String, content_type = "text/calendar"),
        (status = 304, description = "It is as it was"),
        (status = 404, description = "There is none, or the token does not open it"),
    )
)]
async fn bookings<S: Store + 'static>(
    State(app): State<App<S>>,
    At(provider): At<ProviderId>,
    Parameters(parameters): Parameters<TokenParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = opened(&app, &provider, parameters.token.as_deref()).await?;
    if link.shows != LinkScope::Bookings {
        return Err(Problem::not_found("calendar"));
    }
    let found = app.engine.provider(&provider).await?;
    let found = found.ok_or_else(|| Problem::not_found("calendar"))?;
    Ok(calendar(text::feed(&app, &found.value).await?, &headers))
}

/// When a provider is busy (RFC 5545), by a link, and nothing about what or with whom.
#[utoipa::path(
    get, path = "/api/providers/{provider}/freebusy.ics", tag = "calendars",
    operation_id = "showFreeBusy",
    params(("provider" = String, Path, description = "Whose"), CalendarParameters),
    responses(
        (status = 200, description = "The times, for 92 days",
            body = String, content_type = "text/calendar"),
        (status = 304, description = "It is as it was"),
        (status = 404, description = "There is none, or the token does not open it"),
    )
)]
async fn free_busy<S: Store + 'static>(
    State(app): State<App<S>>,
    At(provider): At<ProviderId>,
    Parameters(parameters): Parameters<CalendarParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = opened(&app, &provider, parameters.token.as_deref()).await?;
    let resource = parameters.resource.map(ResourceId::new).transpose();
    let resource = resource.map_err(|error| wrong(&error.to_string()))?;
    let text = text::free_busy(&app, &link, resource.as_ref()).await?;
    Ok(calendar(text, &headers))
}

/// A booking as a calendar (RFC 5545).
#[utoipa::path(
    get, path = "/api/bookings/{booking}/calendar.ics", tag = "calendars",
    operation_id = "showBookingCalendar",
    params(("booking" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "One event", body = String, content_type = "text/calendar"),
        (status = 304, description = "It is as it was"),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn booking<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<BookingId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, booking) = own(&app, &caller, &id).await?;
    Ok(calendar(text::of_booking(&app, &booking).await?, &headers))
}

/// The link of a token. Whoever has none learns nothing, also not whether there is a provider.
async fn opened<S: Store>(
    app: &App<S>,
    provider: &ProviderId,
    token: Option<&str>,
) -> Result<CalendarLink, Problem> {
    let opened = app.engine.opened_calendar(provider, token.unwrap_or(""));
    let link = opened.await?;
    link.ok_or_else(|| Problem::not_found("calendar"))
}

/// A calendar, unless the caller has it already.
fn calendar(text: String, headers: &HeaderMap) -> Response {
    let digest = Sha256::digest(&text);
    let digits: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{digits}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let has = |list: &str| {
        let mut tags = list.split(',').map(str::trim);
        tags.any(|each| each == "*" || each.trim_start_matches("W/") == tag)
    };
    let is_known = known.into_iter().any(has);
    let etag = HeaderValue::from_str(&tag).expect("digits are printable");
    let kept = HeaderValue::from_static("private, no-cache");
    let headers = [(header::ETAG, etag), (header::CACHE_CONTROL, kept)];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let form = HeaderValue::from_static("text/calendar; charset=utf-8");
    (headers, [(header::CONTENT_TYPE, form)], text).into_response()
}
