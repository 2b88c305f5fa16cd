use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::{Action, Cancel, Cancellation, Decision, Fact, Rejection, Snapshot, Status};

/// Calls a booking off, or lets go of a hold.
///
/// A confirmed booking gives back what its terms say; see
/// [`Booking::cancellation_preview`](crate::booking::Booking::cancellation_preview). The slot is
/// free at once; a refund that fails stays visible on the booking.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooLate`], [`Rejection::ReasonMissing`] and
/// [`Rejection::NotTheHolder`].
pub fn cancel(
    snapshot: &Snapshot,
    command: &Cancel,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Cancel, who, now)?;
    let booking = guarded.booking;
    guarded.check_holder(command.token.as_ref())?;
    if booking.status != Status::Held {
        guarded.check_notice(Action::Cancel)?;
        guarded.check_reason(command.reason.as_ref())?;
    }
    let by_terms = booking.status == Status::Confirmed;
    let refund = if by_terms {
        booking
            .cancellation_preview(command.by.actor, guarded.now)?
            .refund
    } else {
        booking.payment.kept()?
    };
    let cancellation = Cancellation {
        by: command.by.clone(),
        at: guarded.now,
        reason: command.reason.clone(),
        refunded_before: booking.payment.refunds_asked(|_| true)?,
        refund,
        by_terms,
    };
    guarded
        .change()
        .record(Fact::Cancelled { cancellation })?
        .decide()
}
