use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::{
    Action, Actor, AtHoldLimit, Decision, Dispute, Rejection, ResolveDispute, Snapshot,
};
use crate::fees::RefundError;
use crate::payment::{self, DisputeOutcome, PaymentError, PaymentFact, RefundReason};

/// Complains. All money of the booking that is still there is frozen until the complaint is decided.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooLate`] once the money is due to the provider, and
/// [`PaymentError::NothingDue`] when there is no money.
pub fn dispute(
    snapshot: &Snapshot,
    command: &Dispute,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Dispute, who, now)?;
    let payment = &guarded.booking.payment;
    if payment
        .disputes
        .iter()
        .any(|each| each.id == command.dispute)
    {
        return Err(PaymentError::DisputeExists(command.dispute.clone()).into());
    }
    let amount = payment.releasable()?;
    match payment.release_at {
        Some(until) if guarded.now >= until => return Err(Rejection::TooLate { until }),
        Some(_) if amount.is_positive() => {}
        _ => return Err(PaymentError::NothingDue.into()),
    }
    let dispute = payment::Dispute {
        id: command.dispute.clone(),
        by: command.by.actor,
        amount,
        at: guarded.now,
        reason: Some(command.reason.clone()),
        outcome: None,
    };
    guarded
        .change()
        .money(PaymentFact::DisputeOpened { dispute })?
        .decide()
}

/// Decides a complaint: what goes back to the customer. The rest is the provider's again.
///
/// The system decides only when the money may not be held any longer, and as the terms say.
///
/// # Errors
///
/// [`Rejection`], among others [`PaymentError::DisputeUnknown`].
pub fn resolve_dispute(
    snapshot: &Snapshot,
    command: &ResolveDispute,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::ResolveDispute, who, now)?;
    let booking = guarded.booking;
    let open = booking
        .payment
        .disputes
        .iter()
        .find(|each| each.id == command.dispute && each.is_open() && !each.is_chargeback());
    let unknown = || PaymentError::DisputeUnknown(command.dispute.clone());
    let open = open.ok_or_else(unknown)?;
    let refund = if command.by.actor == Actor::System {
        guarded.not_before(booking.hold_limit().unwrap_or(DateTime::<Utc>::MAX_UTC))?;
        match booking.terms.rules.at_hold_limit {
            AtHoldLimit::Refund => Some(open.amount),
            AtHoldLimit::Release => None,
        }
    } else {
        command.refund
    };
    let (dispute, outcome) = (open.id.clone(), DisputeOutcome::Won);
    let change = guarded.change();
    let change = change
        .money(PaymentFact::DisputeClosed { dispute, outcome })?
        .settle()?;
    let Some(amount) = refund else {
        return change.decide();
    };
    if !amount.is_positive() {
        return Err(PaymentError::from(RefundError::NotPositive).into());
    }
    if amount.checked_sub(open.amount)?.is_positive() {
        return Err(PaymentError::from(RefundError::OverCaptured).into());
    }
    // The customer's bank may have taken the money meanwhile; then there is less to give back.
    let kept = change.booking.payment.kept()?;
    let amount = if amount.checked_sub(kept)?.is_positive() {
        kept
    } else {
        amount
    };
    if !amount.is_positive() {
        return change.decide();
    }
    change.refund(RefundReason::Dispute, amount)?.decide()
}
