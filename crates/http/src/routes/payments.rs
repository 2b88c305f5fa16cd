//! Money that an operator moves by hand: what is asked for, and what came of it.

use axum::Json as Answered;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use quando::id::{BookingId, ProviderId};
use quando::money::Money;
use quando::payment::{Answer, Instruction, InstructionId, InstructionKind};
use quando_engine::gateway::{ManualGateway, Outcome};
use quando_engine::store::Store;
use quando_engine::{Act, BookingKey};
use serde::{Deserialize, Serialize};

use super::Api;
use super::actions::{Nothing, Request};
use super::answer::ListPage;
use super::bookings::{changed, own};
use super::services::PageParameters;
use crate::App;
use crate::extract::{Json, Parameters};
use crate::identity::Identity;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
        .on::<__path_report, _>(report::<S>)
        .on::<__path_collect, _>(collect::<S>)
        .on::<__path_retry, _>(retry::<S>)
        .on::<__path_release, _>(release::<S>)
}

/// Something that somebody is asked to do with money.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    booking_id: BookingId,
    provider_id: ProviderId,
    instruction: InstructionId,
    kind: InstructionKind,
    amount: Money,
    /// What to report once it is done.
    when_done: Answer,
}

impl Asked {
    fn of((key, instruction): (BookingKey, Instruction)) -> Asked {
        Asked {
            when_done: ManualGateway.answer(&instruction, Outcome::Done),
            booking_id: key.booking,
            provider_id: key.provider,
            kind: instruction.instruction.kind,
            instruction: instruction.instruction,
            amount: instruction.amount,
        }
    }
}

/// Which instruction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
    instruction: InstructionId,
}

/// Lists what is asked of whoever moves the money, until it is answered.
#[utoipa::path(
    get, path = "/api/payments/instructions", tag = "payments",
    operation_id = "listInstructions",
    params(PageParameters), security(("bearer" = [])),
    responses(
        (status = 200, description = "What is open; with `whenDone`, to be reported", body = Value),
        (status = 403, description = "That is for operators"),
    )
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    caller.must_operate()?;
    if page.after.is_some() {
        let message = "what is answered leaves the list, which has one page";
        return Err(super::search::out_of_range(message));
    }
    let open = app.engine.open_instructions(page.limit()?).await?;
    let items = open.into_iter().map(Asked::of).collect();
    Ok(Answered(ListPage { items, next: None }).into_response())
}

/// Says what came of an instruction, or what the customer's bank did by itself. The same again is
/// the same.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/payments", tag = "payments",
    operation_id = "reportPayment",
    params(
        ("booking" = String, Path, description = "Of which booking"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    request_body(
        content = Value,
        description = "`outcome`: `authorised`, `captured`, `voided`, `refunded`, `paidOut` or \
            `failed` with `instruction`; `disputeOpened`, `disputeWon` or `disputeLost` with \
            `dispute`; `amount` where money came or went",
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 403, description = "That is for operators"),
        (status = 409, description = "It does not go with what was asked for"),
    )
)]
async fn report<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(answer): Json<Answer>,
) -> Result<Response, Problem> {
    let caller = request.caller;
    caller.must_operate()?;
    let (key, _) = own(&app, &caller, &request.booking).await?;
    let context = caller.context(Some(request.key));
    let done = app.engine.report_payment(context, key, answer).await;
    let done = done.map_err(|error| caller.told(error))?;
    changed(&app, &caller, StatusCode::OK, done).await
}

/// Asks the customer for a payment that is due: again after a failure, or for the balance.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/payments/collect", tag = "payments",
    operation_id = "collectPayment",
    params(
        ("booking" = String, Path, description = "Of which booking"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 409, description = "Nothing is due"),
    )
)]
async fn collect<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Problem> {
    request.act(&app, Act::CollectPayment).await
}

/// Sends a refund, payout, capture or void that failed once more.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/payments/retry", tag = "payments",
    operation_id = "retryPayment",
    params(
        ("booking" = String, Path, description = "Of which booking"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    request_body(content = Value, description = "`instruction`: the one that failed"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 403, description = "That is for operators"),
        (status = 409, description = "It did not fail"),
    )
)]
async fn retry<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Again { instruction }): Json<Again>,
) -> Result<Response, Problem> {
    request.caller.must_operate()?;
    request.act(&app, Act::RetryPayment { instruction }).await
}

/// Passes held money on to the provider, once its time has come.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/payments/release", tag = "payments",
    operation_id = "releaseFunds",
    params(
        ("booking" = String, Path, description = "Of which booking"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 403, description = "That is for operators"),
        (status = 409, description = "It is too early, or nothing is held"),
    )
)]
async fn release<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Problem> {
    request.caller.must_operate()?;
    request.act(&app, Act::ReleaseFunds).await
}
