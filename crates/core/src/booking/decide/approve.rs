use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::activate::recheck;
use crate::booking::{
    Action, Approve, Awaiting, ConfirmationCode, Decision, Decline, Fact, Rejection, Snapshot,
    Status,
};
use crate::sabotage::sabotaged;

/// The provider says yes. The slot is checked again, for what is free changes.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::SlotNotFree`].
pub fn approve(
    snapshot: &Snapshot,
    command: &Approve,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Approve, who, now)?;
    let booking = guarded.booking;
    if !booking.awaiting.approval {
        let (action, status) = (Action::Approve, Status::Pending);
        return Err(Rejection::WrongState { action, status });
    }
    if !sabotaged!(UncheckedApprove) {
        recheck(snapshot, booking, guarded.now)?;
    }
    let awaiting = Awaiting {
        approval: false,
        ..booking.awaiting
    };
    let fact = if awaiting.is_nothing() {
        let code = ConfirmationCode::from_seed(command.code_seed.0);
        Fact::Confirmed { code }
    } else {
        let due_at = booking.due_at;
        Fact::Awaits { awaiting, due_at }
    };
    guarded.change().record(fact)?.decide()
}

/// The provider says no. What was authorised is let go, what was paid goes back.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::ReasonMissing`].
pub fn decline(
    snapshot: &Snapshot,
    command: &Decline,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Decline, who, now)?;
    guarded.check_reason(command.reason.as_ref())?;
    let reason = command.reason.clone();
    guarded.change().record(Fact::Declined { reason })?.decide()
}
