//! Questions that bring along everything they are about: the core over HTTP, with no store.
//!
//! The forms are those of the command line and of the conformance vectors; `docs/json.md` has them.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use quando::availability::QueryError;
use quando::fees::{QuoteQuestion, RefundQuestion};
use quando::json;
use quando_engine::store::Store;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::Api;
use crate::extract::{JsonText, Parameters, parse, refused};
use crate::identity::Identity;
use crate::problem::{Fault, Problem};

/// Most slots that are looked for.
const NEXT_COUNT_MAX: usize = 1_000;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_slots, _>(slots)
        .on::<__path_check, _>(check)
        .on::<__path_next, _>(next)
        .on::<__path_explain, _>(explain)
        .on::<__path_expand, _>(expand)
        .on::<__path_quote, _>(quote)
        .on::<__path_refund, _>(refund)
}

/// Answers a question beside what waits for sockets: it may take milliseconds of computing.
async fn beside<F>(text: String, compute: F) -> Result<Response, Problem>
where
    F: FnOnce(&str) -> Result<String, Problem> + Send + 'static,
{
    let computed = tokio::task::spawn_blocking(move || compute(&text)).await;
    let answer = computed.map_err(|_| Fault::Internal)??;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// One of the functions of the core that take JSON.
async fn ask(
    text: String,
    function: fn(&str) -> Result<String, QueryError>,
) -> Result<Response, Problem> {
    beside(text, move |text| {
        function(text).map_err(|error| refused(text, error))
    })
    .await
}

/// Lists the bookable starts of a question.
#[utoipa::path(
    post, path = "/api/compute/slots", tag = "compute", operation_id = "computeSlots",
    request_body(content = Value, description = "A query"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The slots", body = Value),
        (status = 422, description = "The question contradicts itself, or is too large"),
    )
)]
async fn slots(_: Identity, JsonText(text): JsonText) -> Result<Response, Problem> {
    ask(text, json::slots).await
}

/// Lists the bookable starts of a question, and why the others are not.
#[utoipa::path(
    post, path = "/api/compute/explain", tag = "compute", operation_id = "computeExplain",
    request_body(content = Value, description = "A query"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The slots and the starts that are refused", body = Value),
        (status = 422, description = "The question contradicts itself, or is too large"),
    )
)]
async fn explain(_: Identity, JsonText(text): JsonText) -> Result<Response, Problem> {
    ask(text, json::explain).await
}

/// Which start.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CheckParameters {
    /// The start, such as `2026-03-02T14:00:00Z`.
    start: String,
}

/// Says whether one start can be booked, and why not.
#[utoipa::path(
    post, path = "/api/compute/check", tag = "compute", operation_id = "computeCheck",
    params(CheckParameters),
    request_body(content = Value, description = "A query"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The verdict", body = Value),
        (status = 422, description = "The question contradicts itself, or is too large"),
    )
)]
async fn check(
    _: Identity,
    Parameters(parameters): Parameters<CheckParameters>,
    JsonText(text): JsonText,
) -> Result<Response, Problem> {
    beside(text, move |text| {
        json::check(text, &parameters.start).map_err(|error| refused(text, error))
    })
    .await
}

/// How many slots.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NextParameters {
    /// How many, 1 unless said otherwise, at most 1000.
    #[param(minimum = 1, maximum = 1_000)]
    count: Option<u16>,
}

/// Finds the next bookable starts, from the beginning of the window on.
#[utoipa::path(
    post, path = "/api/compute/next", tag = "compute", operation_id = "computeNext",
    params(NextParameters),
    request_body(content = Value, description = "A query"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The slots", body = Value),
        (status = 422, description = "The question contradicts itself, or is too large"),
    )
)]
async fn next(
    _: Identity,
    Parameters(parameters): Parameters<NextParameters>,
    JsonText(text): JsonText,
) -> Result<Response, Problem> {
    let count = usize::from(parameters.count.unwrap_or(1));
    if !(1..=NEXT_COUNT_MAX).contains(&count) {
        let message = format!("`count` is 1 to {NEXT_COUNT_MAX}");
        return Err(Fault::Parameter(message).into());
    }
    beside(text, move |text| {
        json::next(text, count).map_err(|error| refused(text, error))
    })
    .await
}

/// Lists the occurrences of a recurrence rule (RFC 5545).
#[utoipa::path(
    post, path = "/api/compute/expand", tag = "compute", operation_id = "computeExpand",
    request_body(content = Value, description = "A recurrence and a window"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The occurrences", body = Value),
        (status = 422, description = "The rule is not valid, or costs too much"),
    )
)]
async fn expand(_: Identity, JsonText(text): JsonText) -> Result<Response, Problem> {
    ask(text, json::expand).await
}

/// Prices a booking from its price list.
#[utoipa::path(
    post, path = "/api/compute/quote", tag = "compute", operation_id = "computeQuote",
    request_body(content = Value, description = "`price`, `fee` and `request`"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The lines, the fee and the total", body = Value),
        (status = 422, description = "The prices do not go together"),
    )
)]
async fn quote(_: Identity, JsonText(text): JsonText) -> Result<Response, Problem> {
    beside(text, |text| {
        let question: QuoteQuestion = parse(text)?;
        let quote = question.quote().map_err(|error| {
            let pointer = error.pointer();
            Problem::unprocessable(error.code(), error.to_string(), pointer)
        })?;
        Ok(print(&quote))
    })
    .await
}

/// Says what a cancellation gives back.
#[utoipa::path(
    post, path = "/api/compute/refund", tag = "compute", operation_id = "computeRefund",
    request_body(content = Value, description = "A refund policy and a case"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "What is given back, and by whom", body = Value),
        (status = 422, description = "The amounts do not go together"),
    )
)]
async fn refund(_: Identity, JsonText(text): JsonText) -> Result<Response, Problem> {
    beside(text, |text| {
        let question: RefundQuestion = parse(text)?;
        let answer = question.answer().map_err(|error| {
            let pointer = error.pointer();
            Problem::unprocessable(error.code(), error.to_string(), pointer)
        })?;
        Ok(print(&answer))
    })
    .await
}

fn print(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("answers have string keys and no failing parts")
}
