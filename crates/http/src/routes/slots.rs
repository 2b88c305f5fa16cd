//! When a service can be booked.

use std::num::NonZeroU32;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use quando::fees::ItemId;
use quando::id::{BookingId, ProviderId, ServiceId};
use quando::time::{Minutes, Window};
use quando_engine::SlotsRequest;
use quando_engine::store::Store;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::Api;
use super::search::{instant, out_of_range, window, wrong};
use crate::App;
use crate::extract::{At, Parameters};
use crate::identity::Identity;
use crate::problem::Problem;

/// Longest window of one question, in days: what a page of a calendar shows, and then some.
const WINDOW_DAYS_MAX: i64 = 92;
/// Most slots of one answer.
const SLOTS_MAX: u32 = 1_000;
/// Most next slots.
const NEXT_MAX: u32 = 50;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_next, _>(next::<S>)
        .on::<__path_explain, _>(explain::<S>)
}

/// For what slots are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SlotParameters {
    /// Of which service.
    service_id: String,
    /// From this RFC 3339 instant on.
    from: Option<String>,
    /// Until this one.
    to: Option<String>,
    /// For how many; for one when absent.
    #[param(value_type = Option<u32>, minimum = 1)]
    party: Option<NonZeroU32>,
    /// How long, in minutes; as the service says when absent.
    duration: Option<u32>,
    /// Add-ons, separated by commas.
    add_ons: Option<String>,
    /// How many of the next slots, for `next`.
    count: Option<u32>,
    /// A booking that looks for a new time: its own claims do not stand in its way.
    booking: Option<String>,
}

impl SlotParameters {
    fn service(&self) -> Result<ServiceId, Problem> {
        let id = ServiceId::new(self.service_id.as_str());
        id.map_err(|_| Problem::not_found("service"))
    }

    fn window(&self) -> Result<Window, Problem> {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            return Err(wrong("`from` and `to` say which window is asked for"));
        };
        let window = window(from, to)?;
        if window.end() - window.start() > TimeDelta::days(WINDOW_DAYS_MAX) {
            return Err(out_of_range("a window has at most 92 days"));
        }
        Ok(window)
    }

    fn request(&self) -> Result<SlotsRequest, Problem> {
        let duration = self.duration.map(Minutes::new).transpose();
        let add_ons = self.add_ons.as_deref().unwrap_or("").split(',');
        let add_ons = add_ons.filter(|id| !id.is_empty());
        let add_ons = add_ons.map(|id| ItemId::try_from(id.to_owned()));
        Ok(SlotsRequest {
            duration_minutes: duration.map_err(|error| wrong(&error.to_string()))?,
            party: self.party,
            add_ons: add_ons
                .collect::<Result<_, _>>()
                .map_err(|error| wrong(&error.to_string()))?,
            limit: NonZeroU32::new(SLOTS_MAX),
            explain: false,
            booking: None,
        })
    }
}

/// Lists the slots of a window, at most 1,000; the next page begins a second after the last start.
#[utoipa::path(
    get, path = "/api/providers/{provider}/slots", tag = "slots", operation_id = "listSlots",
    params(("provider" = String, Path, description = "Whose"), SlotParameters),
    responses(
        (status = 200, description = "Slots by start, and the version of the zone database",
            body = Value),
        (status = 404, description = "There is no such service"),
    )
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    At(provider): At<ProviderId>,
    Parameters(parameters): Parameters<SlotParameters>,
) -> Result<Response, Problem> {
    let (service, window) = (parameters.service()?, parameters.window()?);
    let request = parameters.request()?;
    let slots = app
        .engine
        .slots(&provider, &service, window, &request)
        .await?;
    Ok(Answer(slots).into_response())
}

/// Gives the next slots from now, or from a later instant.
#[utoipa::path(
    get, path = "/api/providers/{provider}/slots/next", tag = "slots", operation_id = "nextSlots",
    params(("provider" = String, Path, description = "Whose"), SlotParameters),
    responses((status = 200, description = "The next slots, by start", body = Value))
)]
async fn next<S: Store + 'static>(
    State(app): State<App<S>>,
    At(provider): At<ProviderId>,
    Parameters(parameters): Parameters<SlotParameters>,
) -> Result<Response, Problem> {
    let service = parameters.service()?;
    let from = parameters.from.as_deref().map(|from| instant("from", from));
    let from = from.transpose()?;
    let count = parameters.count.unwrap_or(1);
    if !(1..=NEXT_MAX).contains(&count) {
        return Err(wrong("`count` is 1 to 50"));
    }
    let mut request = parameters.request()?;
    request.limit = NonZeroU32::new(count);
    let slots = app
        .engine
        .next_slots(&provider, &service, from, &request)
        .await?;
    Ok(Answer(json!({ "slots": slots })).into_response())
}

/// Says why the other starts of a window are not offered; for who manages the provider.
#[utoipa::path(
    get, path = "/api/providers/{provider}/slots/explain", tag = "slots",
    operation_id = "explainSlots",
    params(("provider" = String, Path, description = "Whose"), SlotParameters),
    security(("bearer" = [])),
    responses((status = 200, description = "Slots, and reasons at the other starts", body = Value))
)]
async fn explain<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(provider): At<ProviderId>,
    Parameters(parameters): Parameters<SlotParameters>,
) -> Result<Response, Problem> {
    caller.must_manage(&provider)?;
    let (service, window) = (parameters.service()?, parameters.window()?);
    let mut request = parameters.request()?;
    request.explain = true;
    let booking = parameters.booking.clone().map(BookingId::new).transpose();
    request.booking = booking.map_err(|_| Problem::not_found("booking"))?;
    let slots = app
        .engine
        .slots(&provider, &service, window, &request)
        .await?;
    Ok(Answer(slots).into_response())
}
