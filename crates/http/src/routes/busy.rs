//! Busy time of a resource from other calendars: replaced source by source, as JSON or iCalendar.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use quando::availability::Busy;
use quando::calendar::{CalendarProblem, read_busy};
use quando::id::{ProviderId, ResourceId};
use quando::time::Zone;
use quando_engine::store::Store;
use quando_engine::{BusySource, BusyTime};
use serde::Serialize;

use super::Api;
use super::answer::mark;
use super::resources::managed;
use crate::App;
use crate::calendars::poll::options;
use crate::extract::{At, CALENDAR_BYTES_MAX, Json, KeyIfAny, media_type, read_text};
use crate::identity::Identity;
use crate::problem::{Fault, Problem};

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_replace, _>(replace::<S>)
}

/// What was replaced, and what of a calendar was left out or guessed.
#[derive(Debug, Serialize)]
struct Replaced {
    #[serde(flatten)]
    source: BusySource,
    problems: Vec<CalendarProblem>,
}

/// Replaces all busy time that a resource has from one source.
#[utoipa::path(
    put, path = "/api/providers/{provider}/resources/{resource}/busy/{source}", tag = "resources",
    operation_id = "replaceBusy",
    params(
        ("provider" = String, Path, description = "Whose"),
        ("resource" = String, Path, description = "Of which resource"),
        ("source" = String, Path, description = "From where: a name of the caller's"),
    ),
    request_body(
        description = "`{\"busy\":[{\"start\",\"end\"}]}`, or a calendar (RFC 5545)",
        content((Value = "application/json"), (String = "text/calendar")),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "How many there are, and what was left out", body = Value),
        (status = 422, description = "It is no calendar, or there is too much of it"),
    )
)]
async fn replace<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At((provider, resource, source)): At<(ProviderId, ResourceId, String)>,
    KeyIfAny(key): KeyIfAny,
    request: Request,
) -> Result<Response, Problem> {
    let found = managed(&app, &caller, (&provider, &resource)).await?;
    let zone = found.value.schedule.zone;
    let (time, problems) = match media_type(request.headers()) {
        "text/calendar" => {
            let (parts, body) = request.into_parts();
            calendar((&parts.headers, body), zone, app.engine.now()).await?
        }
        "application/json" => {
            let Json(time) = Json::from_request(request, &()).await?;
            (time, Vec::new())
        }
        _ => return Err(Fault::ContentType("application/json or text/calendar").into()),
    };
    let context = caller.context(key);
    let done = app
        .engine
        .replace_busy(context, (provider, resource), &source, time)
        .await?;
    let source = done.value;
    let response = Answer(Replaced { source, problems }).into_response();
    Ok(mark(response, done.replayed))
}

async fn calendar(
    (headers, body): (&HeaderMap, Body),
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(BusyTime, Vec<CalendarProblem>), Problem> {
    let text = read_text(headers, body, CALENDAR_BYTES_MAX).await?;
    let read = read_busy(text, &options(zone, now)).map_err(|error| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem::new(status, error.code(), error.to_string())
    })?;
    let busy = read.busy.as_slice().iter().map(|each| Busy::from(*each));
    let time = BusyTime {
        busy: busy.collect(),
    };
    Ok((time, read.problems))
}
