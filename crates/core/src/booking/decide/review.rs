use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::{
    Action, Actor, Decision, Fact, PublishReviews, Rejection, Review, Snapshot, Status,
};
use crate::review::{self, Party};

/// Reviews the other side. Nobody sees it until both have reviewed, or the time for it is over.
///
/// # Errors
///
/// [`Rejection`], among others [`crate::review::ReviewError::Closed`] and
/// [`crate::review::ReviewError::Twice`].
pub fn review(
    snapshot: &Snapshot,
    command: &Review,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Review, who, now)?;
    let by = match command.by.actor {
        Actor::Customer => Party::Customer,
        Actor::Provider => Party::Provider,
        actor @ (Actor::Operator | Actor::System) => {
            let action = Action::Review;
            return Err(Rejection::ActorNotAllowed { action, actor });
        }
    };
    let review = review::Review {
        by,
        rating: command.rating,
        text: command.text.clone(),
        at: guarded.now,
    };
    let change = guarded.change().record(Fact::Reviewed { review })?;
    let reviews = change.booking.reviews.as_ref();
    let both = reviews.is_some_and(|reviews| reviews.visible(guarded.now).count() == 2);
    if both {
        change.record(Fact::ReviewsPublished)?.decide()
    } else {
        change.decide()
    }
}

/// The time for reviews is over: those that are there are seen, and their ratings count.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooEarly`].
pub fn publish_reviews(
    snapshot: &Snapshot,
    command: &PublishReviews,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::PublishReviews, who, now)?;
    let reviews = guarded.booking.reviews.as_ref();
    let hidden = reviews.filter(|reviews| !reviews.is_published());
    let (action, status) = (Action::PublishReviews, Status::Completed);
    let hidden = hidden.ok_or(Rejection::WrongState { action, status })?;
    guarded.not_before(hidden.closes_at())?;
    guarded.change().record(Fact::ReviewsPublished)?.decide()
}
