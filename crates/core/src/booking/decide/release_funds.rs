use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::{Action, Decision, Rejection, ReleaseFunds, Snapshot};
use crate::payment::{PaymentError, PaymentFact};
use crate::sabotage::sabotaged;

/// Passes held money on: to the platform its fee, to the provider the rest.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooEarly`], [`PaymentError::DisputeOpen`] and
/// [`PaymentError::NothingDue`].
pub fn release_funds(
    snapshot: &Snapshot,
    command: &ReleaseFunds,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::ReleaseFunds, who, now)?;
    let payment = &guarded.booking.payment;
    let at = payment.release_at.ok_or(PaymentError::NothingDue)?;
    if !sabotaged!(EarlyRelease) {
        guarded.not_before(at)?;
    }
    if payment.has_open_dispute() && !sabotaged!(DisputeFreezesNothing) {
        return Err(PaymentError::DisputeOpen.into());
    }
    if !payment.releasable()?.is_positive() {
        return Err(PaymentError::NothingDue.into());
    }
    let entry = payment.release_entry()?;
    let change = guarded.change().money(PaymentFact::Posted { entry })?;
    change.money(PaymentFact::Released)?.decide()
}
