use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::{Action, Actor, CheckIn, Complete, Decision, Fact, Rejection, Snapshot};
use crate::review::Reviews;

/// The customer is there.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooEarly`].
pub fn check_in(
    snapshot: &Snapshot,
    command: &CheckIn,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::CheckIn, who, now)?;
    let booking = guarded.booking;
    let before = booking.terms.rules.check_in_minutes_before;
    guarded.not_before(booking.slot.start() - before.duration())?;
    guarded.change().record(Fact::CheckedIn)?.decide()
}

/// The service is done: a party says so at or after the start, or the timer after the end.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooEarly`].
pub fn complete(
    snapshot: &Snapshot,
    command: &Complete,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Complete, who, now)?;
    let booking = guarded.booking;
    let rules = &booking.terms.rules;
    guarded.not_before(match command.by.actor {
        Actor::System => booking.slot.end() + rules.complete_minutes_after.duration(),
        Actor::Customer | Actor::Provider | Actor::Operator => booking.slot.start(),
    })?;
    let reviews = Reviews::open(guarded.now, rules.review)?;
    guarded
        .change()
        .record(Fact::Completed { reviews })?
        .decide()
}
