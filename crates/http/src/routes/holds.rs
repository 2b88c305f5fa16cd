//! Slots that are kept for some minutes.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quando::booking::{HoldToken, Status};
use quando::id::BookingId;
use quando_engine::store::Store;
use quando_engine::{Act, ActOn};
use serde::Serialize;

use super::Api;
use super::answer::{at, mark, versioned};
use super::bookings::{Wish, own};
use super::view::BookingView;
use crate::App;
use crate::access::{Booker, keep};
use crate::extract::{At, HoldSecret, Json, Key};
use crate::identity::Identity;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_create, _>(create::<S>)
        .on::<__path_delete, _>(delete::<S>)
}

/// A hold, with the secret of its holder.
#[derive(Debug, Serialize)]
struct HeldView {
    token: HoldToken,
    #[serde(flatten)]
    hold: BookingView,
}

/// Keeps a slot for some minutes.
#[utoipa::path(
    post, path = "/api/holds", tag = "bookings", operation_id = "createHold",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 printable characters")),
    request_body(content = Value, description = "As for a booking"),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The hold, with `token` and `expiresAt`", body = Value),
        (status = 409, description = "The slot is not free, or the caller holds too many"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    booker: Booker,
    Key(key): Key,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    wish.must_be_new()?;
    let guest = wish.guest();
    let caller = booker.identify(&app, guest.as_ref(), (wish.provider(), &key))?;
    let customer = caller.customer(wish.customer(), wish.provider())?;
    let context = caller.context(Some(key.clone()));
    let done = app.engine.hold_slot(context, wish.wanted(customer)?).await;
    let done = done.map_err(|error| caller.told(error))?;
    keep(&app, guest, &caller, key).await?;
    app.wake.notify_one();
    let held = done.value;
    let (version, instant) = (held.booking.version, held.booking.updated_at);
    let path = format!("/api/holds/{}", held.booking.id);
    let hold = BookingView::of(&app.engine, &caller, held.booking, instant).await?;
    let view = HeldView {
        token: held.token,
        hold,
    };
    let mut response = versioned(version, &view);
    *response.status_mut() = StatusCode::CREATED;
    Ok(at(mark(response, done.replayed), &path))
}

/// Lets a hold go.
#[utoipa::path(
    delete, path = "/api/holds/{hold}", tag = "bookings", operation_id = "deleteHold",
    params(
        ("hold" = String, Path, description = "Its id"),
        ("Hold-Token" = Option<String>, Header, description = "The secret of its holder"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The slot is free"),
        (status = 403, description = "The token is not the holder's"),
        (status = 404, description = "There is no such hold, or it is not the caller's"),
    )
)]
async fn delete<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<BookingId>,
    HoldSecret(token): HoldSecret,
) -> Result<StatusCode, Problem> {
    let (key, booking) = own(&app, &caller, &id).await?;
    // A hold that became a booking is cancelled as one, under its terms.
    if booking.status != Status::Held {
        return Err(Problem::not_found("hold"));
    }
    let request = ActOn {
        // Nobody made a booking of it in between.
        expected_version: Some(booking.version),
        act: Act::Cancel {
            reason: None,
            token,
        },
    };
    app.engine.act(caller.context(None), key, request).await?;
    app.wake.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
