//! What a booking asks of its money, as a function of where it stands.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Actor, Booking, LatePayment, Rejection, Status};
use crate::fees::{CancellationCase, CancellationKind, CancelledBy, RefundPreview, cancellation};
use crate::money::Money;
use crate::payment::{Claimant, Payments, RefundReason};
use crate::sabotage::sabotaged;

impl From<Actor> for CancelledBy {
    fn from(actor: Actor) -> CancelledBy {
        match actor {
            Actor::Customer => CancelledBy::Customer,
            Actor::Provider => CancelledBy::Provider,
            Actor::Operator => CancelledBy::Operator,
            Actor::System => CancelledBy::System,
        }
    }
}

impl Booking {
    /// What a cancellation at `now` would give back, before anybody commits to it. What was given
    /// back before is not in it.
    ///
    /// # Errors
    ///
    /// [`Rejection`] when amounts are too large to compute with.
    pub fn cancellation_preview(
        &self,
        by: Actor,
        now: DateTime<Utc>,
    ) -> Result<RefundPreview, Rejection> {
        let prior = self.payment.refunds_asked(|_| true)?;
        let prior = prior.checked_add(self.payment.overpaid()?)?;
        let kind = CancellationKind::Cancellation;
        self.refund_preview(by, now, kind, prior)
    }

    /// What the terms give back of what was captured beyond `prior`: they are about what is owed,
    /// so that what was collected beyond that is in `prior`.
    pub(super) fn refund_preview(
        &self,
        by: Actor,
        at: DateTime<Utc>,
        kind: CancellationKind,
        prior: Money,
    ) -> Result<RefundPreview, Rejection> {
        let captured = self.payment.balances.captured.checked_sub(prior)?;
        let zero = Money::zero(self.payment.currency());
        let captured = if captured.is_negative() {
            zero
        } else {
            captured
        };
        let case = CancellationCase {
            captured,
            fee: self.payment.fee_on(captured)?,
            start: self.slot.start(),
            at,
            by: by.into(),
            kind,
            reschedules: self.reschedules.clone(),
        };
        Ok(cancellation(&self.terms.refund, &case)?)
    }

    pub(super) fn claimant(&self) -> Result<Claimant, Rejection> {
        let payments = match self.status {
            Status::Pending if sabotaged!(CapturePending) => Payments::Collect,
            Status::Held | Status::Pending => Payments::Wait,
            _ if self.status.is_terminal() && sabotaged!(VoidForgotten) => Payments::Wait,
            Status::Confirmed | Status::InProgress | Status::Completed | Status::NoShow => {
                Payments::Collect
            }
            Status::Expired if self.terms.rules.late_payment == LatePayment::Rebook => {
                Payments::LetGoAuthorised
            }
            Status::Declined | Status::Expired | Status::Cancelled => Payments::LetGo,
        };
        Ok(Claimant {
            payments,
            refund_due: self.refund_due()?,
            release_at: self.release_at(),
        })
    }

    /// What is to go back in all, by the booking's end.
    fn refund_due(&self) -> Result<Option<(Money, RefundReason)>, Rejection> {
        let all = self.payment.balances.captured;
        match (self.status, &self.cancellation, &self.no_show) {
            (Status::Declined, ..) => Ok(Some((all, RefundReason::Declined))),
            (Status::Expired, ..) if sabotaged!(LatePaymentKept) => Ok(None),
            (Status::Expired, ..) => Ok(Some((all, RefundReason::Expired))),
            (Status::Cancelled, Some(cancelled), _) if !cancelled.by_terms => {
                Ok(Some((all, RefundReason::Cancelled)))
            }
            (Status::Cancelled, Some(cancelled), _) => {
                let overpaid = self.payment.overpaid()?;
                let prior = cancelled.refunded_before.checked_add(overpaid)?;
                let kind = CancellationKind::Cancellation;
                let actor = cancelled.by.actor;
                let preview = self.refund_preview(actor, cancelled.at, kind, prior)?;
                let due = prior.checked_add(preview.refund)?;
                Ok(Some((due, RefundReason::Cancelled)))
            }
            (Status::NoShow, _, Some(no_show)) if no_show.settled => {
                let returned = self
                    .payment
                    .refunds_asked(|reason| reason == RefundReason::Overpaid)?;
                let prior = self.payment.overpaid()?.checked_add(returned)?;
                let kind = CancellationKind::NoShow;
                let preview = self.refund_preview(no_show.whose, no_show.at, kind, prior)?;
                let due = prior.checked_add(preview.refund)?;
                Ok(Some((due, RefundReason::NoShow)))
            }
            _ => Ok(None),
        }
    }

    /// When held money is due: after the service and the time for complaints, and never later than
    /// money may be held.
    fn release_at(&self) -> Option<DateTime<Utc>> {
        let done = match (self.status, &self.cancellation, &self.no_show) {
            (Status::Completed, ..) => self.completed_at?,
            (Status::Cancelled, Some(cancelled), _) if cancelled.by_terms => cancelled.at,
            (Status::NoShow, _, Some(no_show)) if no_show.settled => no_show.at,
            _ => return None,
        };
        let at = done + self.terms.rules.dispute_minutes.duration();
        let limit = self.hold_limit().filter(|_| !sabotaged!(HoldLimitIgnored));
        Some(limit.map_or(at, |limit| at.min(limit)))
    }

    /// Until when its captured money may be held.
    pub(super) fn hold_limit(&self) -> Option<DateTime<Utc>> {
        let days = TimeDelta::days(i64::from(self.terms.rules.max_hold_days));
        self.payment.captured_at?.checked_add_signed(days)
    }
}
