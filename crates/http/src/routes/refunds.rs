//! Complaints, and money that goes back beyond the terms: by one operator, or by two.

use axum::Json as Answer;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use quando::booking::{Actor, Booking, Note};
use quando::id::{ActorId, BookingId, DisputeId, ProviderId};
use quando::idempotency::IdempotencyKey;
use quando::money::Money;
use quando::payment::{Dispute, DisputeOutcome, RefundReason};
use quando_engine::personal::PersonId;
use quando_engine::record::Versioned;
use quando_engine::store::Store;
use quando_engine::{
    Act, BookingKey, Engine, Error, RefundRequest, RefundRequestStatus, Refunded, WantedRefund,
};
use serde::{Deserialize, Serialize};

use super::Api;
use super::actions::Request;
use super::answer::{ListPage, at, mark, versioned};
use super::bookings::{changed, check_note, own};
use super::services::PageParameters;
use crate::App;
use crate::extract::{At, IfMatch, Json, Key, Parameters};
use crate::identity::Identity;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_disputes, _>(disputes::<S>)
        .on::<__path_resolve, _>(resolve::<S>)
        .on::<__path_list, _>(list::<S>)
        .on::<__path_refund, _>(refund::<S>)
        .on::<__path_open, _>(open::<S>)
        .on::<__path_show, _>(show::<S>)
        .on::<__path_approve, _>(approve::<S>)
        .on::<__path_reject, _>(reject::<S>)
}

/// How much goes back, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GiveBack {
    amount: Money,
    #[serde(default)]
    reason: Option<Note>,
}

/// How a complaint is decided.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    /// What the customer gets back; nothing when it is not said.
    #[serde(default)]
    refund: Option<Money>,
}

/// Why a request is rejected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    #[serde(default)]
    reason: Option<Note>,
}

/// A refund of a booking.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RefundView {
    /// From 1 on: its instructions are `refund/{number}/...`.
    number: usize,
    reason: RefundReason,
    amount: Money,
    status: RefundStatus,
}

/// How far a refund has come.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum RefundStatus {
    /// The processor, or an operator, was asked for it.
    Asked,
    /// The latest attempt failed.
    Failed,
    /// The customer has it.
    Done,
    /// It was given up, for the customer's bank has taken the money.
    Dropped,
}

/// A complaint, or money that the customer's bank took back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DisputeView {
    id: DisputeId,
    by: Actor,
    amount: Money,
    at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<DisputeOutcome>,
}

/// A refund that a second operator has to agree to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestView {
    id: String,
    booking_id: BookingId,
    provider_id: ProviderId,
    amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dispute: Option<DisputeId>,
    status: RefundRequestStatus,
    requested_by: ActorId,
    requested_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<ActorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_reason: Option<String>,
    version: u64,
}

/// Reads what was sealed of a booking, for who may see it.
async fn opened<S: Store>(
    engine: &Engine<S>,
    booking: &Booking,
    note: Option<&Note>,
) -> Result<Option<String>, Error> {
    let Some(note) = note else {
        return Ok(None);
    };
    let key = BookingKey {
        provider: booking.provider.clone(),
        booking: booking.id.clone(),
    };
    let person = PersonId::from(&booking.customer);
    engine.read_note(&key, &person, note).await
}

impl DisputeView {
    async fn of<S: Store>(
        engine: &Engine<S>,
        booking: &Booking,
        dispute: &Dispute,
    ) -> Result<DisputeView, Error> {
        Ok(DisputeView {
            reason: opened(engine, booking, dispute.reason.as_ref()).await?,
            id: dispute.id.clone(),
            by: dispute.by,
            amount: dispute.amount,
            at: dispute.at,
            open: dispute.is_open(),
            outcome: dispute.outcome,
        })
    }
}

impl RequestView {
    async fn of<S: Store>(
        engine: &Engine<S>,
        request: Versioned<RefundRequest>,
    ) -> Result<RequestView, Error> {
        let Versioned { version, value, .. } = request;
        let key = BookingKey {
            provider: value.provider,
            booking: value.booking,
        };
        let booking = engine.show_booking(&key).await?;
        Ok(RequestView {
            reason: opened(engine, &booking, value.reason.as_ref()).await?,
            decision_reason: opened(engine, &booking, value.decision_reason.as_ref()).await?,
            id: value.id,
            booking_id: key.booking,
            provider_id: key.provider,
            amount: value.amount,
            dispute: value.dispute,
            status: value.status,
            requested_by: value.requested_by,
            requested_at: value.requested_at,
            decided_by: value.decided_by,
            decided_at: value.decided_at,
            version,
        })
    }
}

/// Lists the complaints about a booking, and what the customer's bank took back.
#[utoipa::path(
    get, path = "/api/bookings/{booking}/disputes", tag = "payments",
    operation_id = "listDisputes",
    params(("booking" = String, Path, description = "Of which booking")),
    security(("bearer" = [])),
    responses((status = 200, description = "Open and decided ones", body = Value))
)]
async fn disputes<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<BookingId>,
) -> Result<Response, Problem> {
    let (_, booking) = own(&app, &caller, &id).await?;
    let mut items = Vec::new();
    for dispute in &booking.payment.disputes {
        items.push(DisputeView::of(&app.engine, &booking, dispute).await?);
    }
    Ok(Answer(ListPage { items, next: None }).into_response())
}

/// Who decides a complaint, which one, and under which key.
#[derive(Debug)]
struct Decision {
    caller: Identity,
    booking: BookingId,
    dispute: DisputeId,
    key: IdempotencyKey,
    version: Option<u64>,
}

impl<S: Store + 'static> FromRequestParts<App<S>> for Decision {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Decision, Problem> {
        let caller = Identity::from_request_parts(parts, app).await?;
        let At((booking, dispute)) = At::from_request_parts(parts, app).await?;
        let Key(key) = Key::from_request_parts(parts, app).await?;
        let version = IfMatch::from_request_parts(parts, app).await?.number()?;
        Ok(Decision {
            caller,
            booking,
            dispute,
            key,
            version,
        })
    }
}

/// Decides a complaint: what goes back. The rest is the provider's again.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/disputes/{dispute}/resolve", tag = "payments",
    operation_id = "resolveDispute",
    params(
        ("booking" = String, Path, description = "Of which booking"),
        ("dispute" = String, Path, description = "Which complaint"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
        ("If-Match" = Option<String>, Header, description = "The version that it is done to"),
    ),
    request_body(content = Value, description = "`refund`; nothing goes back without it"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 202, description = "A second operator has to agree: the request", body = Value),
        (status = 403, description = "That is for operators"),
        (status = 409, description = "The complaint is not open"),
    )
)]
async fn resolve<S: Store + 'static>(
    State(app): State<App<S>>,
    decision: Decision,
    Json(Verdict { refund }): Json<Verdict>,
) -> Result<Response, Problem> {
    decision.caller.must_operate()?;
    let request = Request {
        caller: decision.caller,
        booking: decision.booking,
        key: decision.key,
        version: decision.version,
    };
    let dispute = decision.dispute;
    match refund {
        Some(amount) => give_back(&app, request, (amount, None, Some(dispute))).await,
        None => {
            let refund = None;
            request
                .act(&app, Act::ResolveDispute { dispute, refund })
                .await
        }
    }
}

/// Lists what was given back of a booking, or is about to be.
#[utoipa::path(
    get, path = "/api/bookings/{booking}/refunds", tag = "payments",
    operation_id = "listRefunds",
    params(("booking" = String, Path, description = "Of which booking")),
    security(("bearer" = [])),
    responses((status = 200, description = "All refunds, the oldest first", body = Value))
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<BookingId>,
) -> Result<Response, Problem> {
    let (_, booking) = own(&app, &caller, &id).await?;
    let refunds = booking.payment.refunds.iter().enumerate();
    let items = refunds.map(|(place, refund)| RefundView {
        number: place + 1,
        reason: refund.reason,
        amount: refund.amount,
        status: match refund {
            refund if refund.done => RefundStatus::Done,
            refund if refund.dropped => RefundStatus::Dropped,
            refund if refund.has_failed() => RefundStatus::Failed,
            _ => RefundStatus::Asked,
        },
    });
    let items = items.collect();
    Ok(Answer(ListPage { items, next: None }).into_response())
}

/// Gives money back beyond the terms. For much of it an operator needs another one's consent.
#[utoipa::path(
    post, path = "/api/bookings/{booking}/refunds", tag = "payments", operation_id = "refund",
    params(
        ("booking" = String, Path, description = "Of which booking"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
        ("If-Match" = Option<String>, Header, description = "The version that it is done to"),
    ),
    request_body(content = Value, description = "`amount`, and `reason`"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking", body = Value),
        (status = 202, description = "A second operator has to agree: the request", body = Value),
        (status = 403, description = "That is for the provider and for operators"),
        (status = 409, description = "It is more than is left of what was paid"),
    )
)]
async fn refund<S: Store + 'static>(
    State(app): State<App<S>>,
    request: Request,
    Json(GiveBack { amount, reason }): Json<GiveBack>,
) -> Result<Response, Problem> {
    check_note(reason.as_ref())?;
    give_back(&app, request, (amount, reason, None)).await
}

async fn give_back<S: Store>(
    app: &App<S>,
    request: Request,
    (amount, reason, dispute): (Money, Option<Note>, Option<DisputeId>),
) -> Result<Response, Problem> {
    let caller = request.caller;
    let (key, _) = own(app, &caller, &request.booking).await?;
    let wanted = WantedRefund {
        expected_version: request.version,
        amount,
        reason,
        dispute,
    };
    let context = caller.context(Some(request.key));
    let alone_max = app.shop.refund_alone_max;
    let refunded = app.engine.refund(context, key, wanted, alone_max).await;
    match refunded.map_err(|error| caller.told(error))? {
        Refunded::Done(done) => changed(app, &caller, StatusCode::OK, *done).await,
        Refunded::Requested(done) => {
            let replayed = done.replayed;
            let view = RequestView::of(&app.engine, done.value).await?;
            let path = format!("/api/refund-requests/{}", view.id);
            let mut response = versioned(view.version, &view);
            *response.status_mut() = StatusCode::ACCEPTED;
            Ok(at(mark(response, replayed), &path))
        }
    }
}

/// Lists refunds that a second operator has to decide.
#[utoipa::path(
    get, path = "/api/refund-requests", tag = "payments", operation_id = "listRefundRequests",
    params(PageParameters), security(("bearer" = [])),
    responses(
        (status = 200, description = "A page of open requests", body = Value),
        (status = 403, description = "That is for operators"),
    )
)]
async fn open<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    caller.must_operate()?;
    let limit = page.limit()?;
    let found = app
        .engine
        .open_refund_requests(page.after.as_deref(), limit + 1)
        .await;
    // What is no request, or has been decided and gone, begins no page.
    let found = found.map_err(|error| match error {
        Error::NotFound { .. } => super::search::out_of_range("`cursor` is the `next` of a page"),
        error => error.into(),
    })?;
    let found = ListPage::cut(found, limit, |each| each.value.id.clone());
    let mut items = Vec::with_capacity(found.items.len());
    for request in found.items {
        items.push(RequestView::of(&app.engine, request).await?);
    }
    let next = found.next;
    Ok(Answer(ListPage { items, next }).into_response())
}

/// Shows a request.
#[utoipa::path(
    get, path = "/api/refund-requests/{request}", tag = "payments",
    operation_id = "showRefundRequest",
    params(("request" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The request", body = Value),
        (status = 403, description = "That is for operators"),
        (status = 404, description = "There is none"),
    )
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
) -> Result<Response, Problem> {
    caller.must_operate()?;
    let request = app.engine.refund_request(&id).await?;
    let view = RequestView::of(&app.engine, request).await?;
    Ok(versioned(view.version, &view))
}

/// Agrees to a refund that another operator asked for; it is carried out in the same step.
#[utoipa::path(
    post, path = "/api/refund-requests/{request}/approve", tag = "payments",
    operation_id = "approveRefund",
    params(
        ("request" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The request, approved", body = Value),
        (status = 403, description = "That is for another operator"),
        (status = 409, description = "It is decided, or the money is not there any more"),
    )
)]
async fn approve<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
    Key(key): Key,
    Json(super::actions::Nothing {}): Json<super::actions::Nothing>,
) -> Result<Response, Problem> {
    caller.must_operate()?;
    let done = app.engine.approve_refund(caller.context(Some(key)), &id);
    let replayed = done.await.map_err(|error| caller.told(error))?.replayed;
    app.wake.notify_one();
    let request = app.engine.refund_request(&id).await?;
    let view = RequestView::of(&app.engine, request).await?;
    Ok(mark(versioned(view.version, &view), replayed))
}

/// Says no to a refund that another operator asked for.
#[utoipa::path(
    post, path = "/api/refund-requests/{request}/reject", tag = "payments",
    operation_id = "rejectRefund",
    params(
        ("request" = String, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "1 to 255 printable characters"),
    ),
    request_body(content = Value, description = "`reason`"), security(("bearer" = [])),
    responses(
        (status = 200, description = "The request, rejected", body = Value),
        (status = 403, description = "That is for another operator"),
        (status = 409, description = "It is decided already"),
    )
)]
async fn reject<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<String>,
    Key(key): Key,
    Json(Refusal { reason }): Json<Refusal>,
) -> Result<Response, Problem> {
    caller.must_operate()?;
    check_note(reason.as_ref())?;
    let context = caller.context(Some(key));
    let done = app.engine.reject_refund(context, &id, reason).await?;
    let view = RequestView::of(&app.engine, done.value).await?;
    Ok(mark(versioned(view.version, &view), done.replayed))
}
