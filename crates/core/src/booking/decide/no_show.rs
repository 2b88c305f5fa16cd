use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::activate::recheck;
use crate::booking::{
    Action, Actor, Decision, Fact, MarkNoShow, NoShow, Rejection, SettleNoShow, Snapshot, Status,
    UndoNoShow,
};
use crate::sabotage::sabotaged;

/// Somebody did not come. The parties say it of each other, an operator of either.
///
/// Nothing happens to the money before the time to undo it is over.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooEarly`] before the start and the grace period.
pub fn mark_no_show(
    snapshot: &Snapshot,
    command: &MarkNoShow,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::MarkNoShow, who, now)?;
    let (whose, by) = (command.whose, command.by.actor);
    let allowed = match whose {
        Actor::Customer => matches!(by, Actor::Provider | Actor::Operator),
        Actor::Provider => matches!(by, Actor::Customer | Actor::Operator),
        Actor::Operator | Actor::System => false,
    };
    if !allowed {
        return Err(Rejection::NoShowOfOther { whose, by });
    }
    let booking = guarded.booking;
    let grace = booking.terms.rules.no_show_grace_minutes;
    guarded.not_before(booking.slot.start() + grace.duration())?;
    let no_show = NoShow {
        whose,
        by: command.by.clone(),
        at: guarded.now,
        settled: false,
    };
    guarded
        .change()
        .record(Fact::MarkedNoShow { no_show })?
        .decide()
}

/// That was a mistake. A provider takes back what was said of a customer, an operator anything.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooLate`], and [`Rejection::SlotNotFree`] when somebody
/// else has the time by now.
pub fn undo_no_show(
    snapshot: &Snapshot,
    command: &UndoNoShow,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::UndoNoShow, who, now)?;
    let no_show = marked(guarded.booking, Action::UndoNoShow)?;
    let actor = command.by.actor;
    if actor == Actor::Provider && no_show.whose == Actor::Provider {
        let action = Action::UndoNoShow;
        return Err(Rejection::ActorNotAllowed { action, actor });
    }
    let until = no_show.at + guarded.booking.terms.rules.no_show_undo_minutes.duration();
    if guarded.now >= until {
        return Err(Rejection::TooLate { until });
    }
    if !sabotaged!(UncheckedUndo) {
        recheck(snapshot, guarded.booking, guarded.now)?;
    }
    guarded.change().record(Fact::NoShowUndone)?.decide()
}

/// The time to undo it is over: what the terms keep is kept, and the rest goes back.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooEarly`].
pub fn settle_no_show(
    snapshot: &Snapshot,
    command: &SettleNoShow,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::SettleNoShow, who, now)?;
    let no_show = marked(guarded.booking, Action::SettleNoShow)?;
    let undo = guarded.booking.terms.rules.no_show_undo_minutes;
    if !sabotaged!(SettledEarly) {
        guarded.not_before(no_show.at + undo.duration())?;
    }
    guarded.change().record(Fact::NoShowSettled)?.decide()
}

fn marked(booking: &crate::booking::Booking, action: Action) -> Result<&NoShow, Rejection> {
    let unsettled = booking.no_show.as_ref().filter(|no_show| !no_show.settled);
    let status = Status::NoShow;
    unsettled.ok_or(Rejection::WrongState { action, status })
}
