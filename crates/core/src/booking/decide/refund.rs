use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::{Action, Decision, Refund, Rejection, RetryPayment, Snapshot};
use crate::fees::RefundError;
use crate::payment::{
    InstructionId, InstructionKind, Payment, PaymentError, PaymentFact, Payout, RefundReason,
};
use crate::sabotage::sabotaged;

/// Gives money back beyond what the terms say, up to what is left of what was captured.
///
/// # Errors
///
/// [`Rejection`], among others [`RefundError::NotPositive`] and [`RefundError::OverCaptured`].
pub fn refund(
    snapshot: &Snapshot,
    command: &Refund,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Refund, who, now)?;
    guarded.check_reason(command.reason.as_ref())?;
    let amount = command.amount;
    if !amount.is_positive() && !sabotaged!(RefundNotPositive) {
        return Err(PaymentError::from(RefundError::NotPositive).into());
    }
    let kept = guarded.booking.payment.kept()?;
    if amount.checked_sub(kept)?.is_positive() && !sabotaged!(RefundUnbounded) {
        return Err(PaymentError::from(RefundError::OverCaptured).into());
    }
    guarded
        .change()
        .refund(RefundReason::Goodwill, amount)?
        .decide()
}

/// Sends a refund, payout, capture or void that failed once more, under a key of its own.
///
/// # Errors
///
/// [`Rejection`], among others [`PaymentError::NothingFailed`], and [`PaymentError::DisputeOpen`] for
/// a payout.
pub fn retry_payment(
    snapshot: &Snapshot,
    command: &RetryPayment,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::RetryPayment, who, now)?;
    let failed = command.instruction;
    if !has_failed(&guarded.booking.payment, failed) {
        return Err(PaymentError::NothingFailed.into());
    }
    let frozen = guarded.booking.payment.has_open_dispute() && !sabotaged!(PayoutInDispute);
    if failed.kind == InstructionKind::Payout && frozen {
        return Err(PaymentError::DisputeOpen.into());
    }
    let instruction = InstructionId {
        attempt: failed.attempt + 1,
        ..failed
    };
    guarded
        .change()
        .money(PaymentFact::Asked { instruction })?
        .decide()
}

/// Whether an instruction is the latest attempt at something that is still wanted, and failed.
fn has_failed(payment: &Payment, instruction: InstructionId) -> bool {
    let Some(place) = (instruction.number as usize).checked_sub(1) else {
        return false;
    };
    let attempt = instruction.attempt;
    let intent = payment.intents.get(place);
    match instruction.kind {
        InstructionKind::Capture => {
            intent.is_some_and(|each| each.capture_failed() && each.capture_attempts == attempt)
        }
        InstructionKind::Void => {
            intent.is_some_and(|each| each.void_failed() && each.void_attempts == attempt)
        }
        InstructionKind::Refund => {
            let refund = payment.refunds.get(place);
            refund.is_some_and(|each| each.has_failed() && each.attempts == attempt)
        }
        InstructionKind::Payout => {
            let payout = payment.payouts.get(place);
            let failed = |each: &Payout| each.has_failed() || sabotaged!(PayoutTwice);
            payout.is_some_and(|each| failed(each) && each.attempts == attempt)
        }
        // A payment that could not be authorised is asked for anew.
        InstructionKind::Authorise => false,
    }
}
