//! What is known of the caller: all of it, and none any more.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use quando_engine::personal::PersonId;
use quando_engine::store::Store;

use super::Api;
use crate::App;
use crate::extract::KeyIfAny;
use crate::identity::Identity;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_export, _>(export::<S>)
        .on::<__path_erase, _>(erase::<S>)
}

/// Gives everything that is known of the caller.
#[utoipa::path(
    get, path = "/api/me/export", tag = "me", operation_id = "exportMe",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Profile, bookings with their texts, and changes", body = Value),
        (status = 404, description = "Nothing is known"),
    )
)]
async fn export<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
) -> Result<Response, Problem> {
    let export = app.engine.export_person(&person(&caller)).await?;
    Ok(Answer(export).into_response())
}

/// Erases what was written by and about the caller; bookings and their money stay, without a text.
#[utoipa::path(
    delete, path = "/api/me", tag = "me", operation_id = "eraseMe", security(("bearer" = [])),
    responses(
        (status = 204, description = "It is erased"),
        (status = 404, description = "Nothing is known"),
    )
)]
async fn erase<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    KeyIfAny(key): KeyIfAny,
) -> Result<StatusCode, Problem> {
    let person = person(&caller);
    app.engine.erase_person(caller.context(key), person).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn person(caller: &Identity) -> PersonId {
    PersonId::new(caller.subject.as_str()).expect("ids have one form")
}
