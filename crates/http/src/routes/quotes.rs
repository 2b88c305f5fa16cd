//! What a booking would cost, and under which terms, before anybody commits to it.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use quando::fees::{Quote, RefundPolicy};
use quando::id::CustomerId;
use quando_engine::store::Store;
use serde::Serialize;

use super::Api;
use super::bookings::Wish;
use super::providers::open;
use crate::App;
use crate::extract::Json;
use crate::identity::Caller;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_create, _>(create::<S>)
}

/// A price, and what a cancellation gives back.
#[derive(Debug, Serialize)]
struct Offered {
    quote: Quote,
    refund: RefundPolicy,
}

/// Computes a price, line by line. Nothing is written.
#[utoipa::path(
    post, path = "/api/quotes", tag = "bookings", operation_id = "quote",
    request_body(content = Value, description = "As for a booking"),
    responses(
        (status = 200, description = "The price, the fee in it and the refund policy", body = Value),
        (status = 404, description = "There is no such provider or service"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Caller,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    wish.must_be_new()?;
    open(&app, &caller, wish.provider()).await?;
    // A price is everybody's.
    let anybody = CustomerId::new("anybody").expect("a word is an id");
    let mut wanted = wish.wanted(anybody)?;
    // Whoever books over a conflict pays the same.
    wanted.override_reason = None;
    let quote = app.engine.quote(&wanted).await?;
    let service = app
        .engine
        .service(&wanted.provider, &wanted.service)
        .await?;
    let service = service.ok_or_else(|| Problem::not_found("service"))?;
    let refund = service.value.offer.terms.refund.clone();
    Ok(Answer(Offered { quote, refund }).into_response())
}
