//! What is done to a booking that is there.

use axum::Json as Answer;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use quando::booking::{Actor, HoldToken, Note};
use quando::id::{BookingId, ResourceId};
use quando::idempotency::IdempotencyKey;
use quando::review::{Rating, ReviewText};
use quando_engine::store::Store;
use quando_engine::{Act, ActOn};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Api;
use super::bookings::{changed, check_note, own};
use crate::App;
use crate::access::ActionVersion;
use crate::extract::{At, IfMatch, Instant, Json, Key};
use crate::identity::{Identity, Standing};
use crate::problem::{Fault, Problem};

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_confirm, _>(confirm::<S>)
        .on::<__path_decline, _>(decline::<S>)
        .on::<__path_cancel, _>(cancel::<S>)
        .on::<__path_preview, _>(preview::<S>)
        .on::<__path_reschedule, _>(reschedule::<S>)
        .on::<__path_check_in, _>(check_in::<S>)
        .on::<__path_complete, _>(complete::<S>)
        .on::<__path_no_show, _>(no_show::<S>)
        .on::<__path_dispute, _>(dispute::<S>)
        .on::<__path_review, _>(review::<S>)
}

/// Who does something to which booking, under which key and over which version.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) caller: Identity,
    pub(super) booking: BookingId,
    pub(super) key: IdempotencyKey,
    pub(super) version: Option<u64>,
}

impl<S: Store + 'static> FromRequestParts<App<S>> for Request {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Request, Problem> {
        let caller = Identity::from_request_parts(parts, app).await?;
        let At(booking) = At::from_request_parts(parts, app).await?;
        let Key(key) = Key::from_request_parts(parts, app).await?;
        let version = IfMatch::from_request_parts(parts, app).await?.number()?;
        let bound = parts.extensions.get::<ActionVersion>();
        let version = bound.map(|bound| bound.0).or(version);
        Ok(Request {
            caller,
            booking,
            key,
            version,
        })
    }
}

impl Request {
    pub(super) async fn act<S: Store>(self, app: &App<S>, act: Act) -> Result<Response, Problem> {
        let (key, _) = own(app, &self.caller, &self.booking).await?;
        let context = self.caller.context(Some(self.key));
        let request = ActOn {
            expected_version: self.version,
            act,
        };
        let done = app.engine.act(context, key, request).await;
        let done = done.map_err(|error| self.caller.told(error))?;
        changed(app, &self.caller, StatusCode::OK, done).await
    }
}

/// Nothing more than the action itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Why something is done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    #[serde(default)]
    reason: Option<Note>,
}

/// Why a booking is called off; of a hold, with the secret of its holder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallOff {
    #[serde(default)]
    reason: Option<Note>,
    #[serde(default)]
    token: Option<HoldToken>,
}

/// To when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    date: Instant,
    #[serde(default)]
    resources: Option<Vec<Vec<ResourceId>>>,
}

/// Who did not come; the other side, when it is not said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Missed {
    #[serde(default)]
    whose: Option<Actor>,
}

/// What is wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Complaint {
    reason: Note,
}

/// How it was.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opinion {
    rating: Rating,
    #[serde(default)]
    text: ReviewText,
}

/// The provider says yes.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/confirm", tag = "bookings",
    operation_id = "confirmBooking",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
        ("If-Match" = Option<String>, Header, description = "The version that it is done to"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 409, description = "Its state or its slot does not allow that"),
    )
)]
async fn confirm<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Problem> {
    request.act(&app, Act::Approve).await
}

/// The provider says no.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/decline", tag = "bookings",
    operation_id = "declineBooking",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
        ("If-Match" = Option<String>, Header, description = "The version that it is done to"),
    ),
    request_body(content = Value, description = "`reason`"), security(("bearer" = [])),
    responses((status = 200, description = "The booking", body = Value))
)]
async fn decline<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Response, Problem> {
    check_note(reason.as_ref())?;
    request.act(&app, Act::Decline { reason }).await
}

/// Calls a booking off; what goes back follows from its terms.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/cancel", tag = "bookings",
    operation_id = "cancelBooking",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
        ("If-Match" = Option<String>, Header, description = "The version that it is done to"),
    ),
    request_body(content = Value, description = "`reason`"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 409, description = "It is too late, or the booking has ended"),
    )
)]
async fn cancel<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(CallOff { reason, token }): Json<CallOff>,
) -> Result<Response, Problem> {
    check_note(reason.as_ref())?;
    request.act(&app, Act::Cancel { reason, token }).await
}

/// Says what a cancellation now would give back.
#[utoipa::path(
    get, path = "/api/bookings/{booking}/cancellation-preview", tag = "bookings",
    operation_id = "previewCancellation",
    params(("booking" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses((status = 200, description = "Refund and fee", body = Value))
)]
async fn preview<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(booking): At<BookingId>,
) -> Result<Response, Problem> {
    let (key, _) = own(&app, &caller, &booking).await?;
    let preview = app
        .engine
        .preview_cancellation(&key, caller.actor())
        .await?;
    Ok(Answer(preview).into_response())
}

/// Moves a booking to another time. If that is not free, it stays where it is.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/reschedule", tag = "bookings",
    operation_id = "rescheduleBooking",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
        ("If-Match" = Option<String>, Header, description = "The version that it is done to"),
    ),
    request_body(content = Value, description = "`date`, and `resources`"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 409, description = "The new slot is not free"),
        (status = 412, description = "It has another version by now"),
    )
)]
async fn reschedule<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Move { date, resources }): Json<Move>,
) -> Result<Response, Problem> {
    let start = date.0;
    request
        .act(&app, Act::Reschedule { start, resources })
        .await
}

/// The customer is there.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/check-in", tag = "bookings", operation_id = "checkIn",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The booking", body = Value))
)]
async fn check_in<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Problem> {
    request.act(&app, Act::CheckIn).await
}

/// The service is done.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/complete", tag = "bookings",
    operation_id = "completeBooking",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    security(("bearer" = [])),
    responses((status = 200, description = "The booking", body = Value))
)]
async fn complete<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Problem> {
    request.act(&app, Act::Complete).await
}

/// Somebody did not come.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/no-show", tag = "bookings", operation_id = "markNoShow",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    request_body(content = Value, description = "`whose`; operators have to say it"),
    security(("bearer" = [])),
    responses((status = 200, description = "The booking", body = Value))
)]
async fn no_show<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Missed { whose }): Json<Missed>,
) -> Result<Response, Problem> {
    let whose = match (whose, &request.caller.standing) {
        (Some(whose), _) => whose,
        (None, Standing::Customer) => Actor::Provider,
        (None, Standing::Provider(_)) => Actor::Customer,
        (None, Standing::Operator) => {
            let (pointer, message) = ("/whose", "it has to be said who did not come");
            return Err(Fault::Field { pointer, message }.into());
        }
    };
    request.act(&app, Act::MarkNoShow { whose }).await
}

/// Complains, which keeps the money where it is.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/dispute", tag = "bookings",
    operation_id = "disputeBooking",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    request_body(content = Value, description = "`reason`"), security(("bearer" = [])),
    responses((status = 200, description = "The booking", body = Value))
)]
async fn dispute<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Complaint { reason }): Json<Complaint>,
) -> Result<Response, Problem> {
    check_note(Some(&reason))?;
    request.act(&app, Act::Dispute { reason }).await
}

/// Says how it was. Both sides see each other's words once both have written, or at the end of
/// the period.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/review", tag = "reviews", operation_id = "review",
    params(
        ("booking" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    request_body(content = Value, description = "`rating` from 1 to 5, and `text`"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking with the review", body = Value),
        (status = 409, description = "Reviews are not open, or it was reviewed already"),
    )
)]
async fn review<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(Opinion { rating, text }): Json<Opinion>,
) -> Result<Response, Problem> {
    request.act(&app, Act::Review { rating, text }).await
}
