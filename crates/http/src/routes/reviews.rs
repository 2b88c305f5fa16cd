//! What customers say of a provider.

use axum::extract::State;
use axum::response::Response;
use quando::booking::Status;
use quando::id::ProviderId;
use quando::review::{Party, RatingSummary, Review};
use quando_engine::store::Store;
use serde::Serialize;

use super::Api;
use super::answer::{ListPage, listed};
use super::providers::open;
use super::services::PageParameters;
use crate::App;
use crate::extract::{At, Parameters};
use crate::identity::Caller;
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_list, _>(list::<S>)
}

/// Reviews, and what they add up to.
#[derive(Debug, Serialize)]
struct ReviewPage {
    ratings: RatingSummary,
    #[serde(flatten)]
    page: ListPage<Review>,
}

/// Lists what customers say of a provider, as far as everybody may read it. A page may have fewer
/// reviews than its limit, for not every completed booking has one.
#[utoipa::path(
    get, path = "/api/providers/{provider}/reviews", tag = "reviews", operation_id = "listReviews",
    params(("provider" = String, Path, description = "Of whom"), PageParameters),
    responses((status = 200, description = "The sum of all, and a page of reviews", body = Value))
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Caller,
    At(provider): At<ProviderId>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Response, Problem> {
    open(&app, &caller, &provider).await?;
    let (after, limit) = (page.after()?, page.limit()?);
    let completed = Some(Status::Completed);
    let found = app
        .engine
        .bookings(&provider, completed, after, limit + 1)
        .await?;
    let found = ListPage::cut(found, limit, |each| each.id.to_string());
    let now = app.engine.now();
    let reviews = found.items.iter().filter_map(|each| each.reviews.as_ref());
    let reviews = reviews.flat_map(|reviews| reviews.visible(now));
    let items = reviews
        .filter(|review| review.by == Party::Customer)
        .cloned();
    let answer = ReviewPage {
        ratings: app.engine.statistics(&provider).await?.ratings,
        page: ListPage {
            items: items.collect(),
            next: found.next,
        },
    };
    Ok(listed(&answer))
}
