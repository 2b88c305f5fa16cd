//! What has to happen next to the money of a booking, as a function of where both stand.
//!
//! Whatever happens to a booking, [`next_fact`] is asked until it has nothing more to say. It never
//! looks at how things came about, only at what is: collected money that is not in the books yet,
//! an authorisation that a confirmed booking has not collected, money that a cancelled booking
//! gives back. Therefore it does not matter in which order the processor's answers came.

use chrono::{DateTime, Utc};

use super::{
    Answer, Dispute, DisputeOutcome, InstructionId, InstructionKind, Intent, IntentStatus, Payment,
    PaymentError, PaymentFact, RefundReason,
};
use crate::id::{BookingId, DisputeId};
use crate::limits::PARKED_ANSWERS_MAX;
use crate::money::Money;
use crate::sabotage::sabotaged;

/// What the booking asks of its money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claimant {
    /// What is to become of payments that are authorised.
    pub(crate) payments: Payments,
    /// What is to go back in all, and why; `None` for no more than was asked for.
    pub(crate) refund_due: Option<(Money, RefundReason)>,
    /// When held money is due to be passed on.
    pub(crate) release_at: Option<DateTime<Utc>>,
}

/// What is to become of payments that are authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payments {
    /// They wait for the booking to be confirmed.
    Wait,
    /// They are collected.
    Collect,
    /// They are let go.
    LetGo,
    /// Those that are authorised are let go; one that is only asked for may still come, and take
    /// the slot again.
    LetGoAuthorised,
}

/// What an answer of the processor is to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reception {
    /// It says something new.
    New,
    /// It was known already.
    Known,
    /// What it answers was not asked yet.
    Early,
}

/// What has to happen next.
pub(crate) fn next_fact(
    payment: &Payment,
    claimant: &Claimant,
) -> Result<Option<PaymentFact>, PaymentError> {
    // One thing at a time: the books are brought up to date before anything else is taken in.
    if let Some(fact) = undisputed(payment)? {
        return Ok(Some(fact));
    }
    if let Some(fact) = unbooked(payment)? {
        return Ok(Some(fact));
    }
    for answer in &payment.parked {
        if payment.reception(answer)? == Reception::New && !sabotaged!(ParkedForgotten) {
            let answer = answer.clone();
            return Ok(Some(PaymentFact::Answered { answer }));
        }
    }
    if let Some(instruction) = wanted(payment, claimant.payments) {
        return Ok(Some(PaymentFact::Asked { instruction }));
    }
    if let Some(fact) = refund_due(payment, claimant)? {
        return Ok(Some(fact));
    }
    if let Some(entry) = payment.excess_entry()? {
        return Ok(Some(PaymentFact::Posted { entry }));
    }
    let at = claimant.release_at;
    if payment.release_at != at && (at.is_none() || payment.balances.captured.is_positive()) {
        return Ok(Some(PaymentFact::ReleaseDue { at }));
    }
    payout_due(payment)
}

/// Disputes that the books do not know yet, or still take for open.
fn undisputed(payment: &Payment) -> Result<Option<PaymentFact>, PaymentError> {
    let open = payment.disputes.iter().filter(|each| each.is_open());
    let open = payment.sum(open.map(|each| each.amount))?;
    let more = open.checked_sub(payment.balances.disputed)?;
    let entry = if more.is_positive() {
        if let Some(number) = drowned(payment, more)? {
            return Ok(Some(PaymentFact::RefundDropped { number }));
        }
        match payment.pull_back_entry(more)? {
            Some(entry) => entry,
            None => payment.dispute_entry(more)?,
        }
    } else if more.is_negative() {
        let unbooked = payment.gone()?.checked_sub(payment.balances.refunded)?;
        let closed = more.checked_neg()?;
        if unbooked.is_positive() {
            payment.dispute_lost_entry(closed)?
        } else {
            payment.dispute_won_entry(closed)?
        }
    } else {
        return Ok(None);
    };
    Ok(Some(PaymentFact::Posted { entry }))
}

/// A failed refund whose money a dispute has taken: it can never be made.
fn drowned(payment: &Payment, disputed: Money) -> Result<Option<u32>, PaymentError> {
    if !disputed.checked_sub(payment.kept()?)?.is_positive() || sabotaged!(DrownedRefund) {
        return Ok(None);
    }
    let failed = payment.refunds.iter().position(super::Refund::has_failed);
    let number = failed.and_then(|place| u32::try_from(place + 1).ok());
    Ok(number)
}

/// What the processor did, and the books do not say yet.
fn unbooked(payment: &Payment) -> Result<Option<PaymentFact>, PaymentError> {
    let balances = &payment.balances;
    let captured = payment.intents.iter().filter(|intent| intent.captured);
    let captured = payment.sum(captured.map(|intent| intent.amount))?;
    let captured = captured.checked_sub(balances.captured)?;
    if captured.is_positive() {
        let entry = payment.capture_entry(captured)?;
        return Ok(Some(PaymentFact::Posted { entry }));
    }
    let refunded = payment.gone()?.checked_sub(balances.refunded)?;
    if refunded.is_positive() {
        let entry = payment.refund_entry(refunded)?;
        return Ok(Some(PaymentFact::Posted { entry }));
    }
    let payouts = payment.payouts.iter().filter(|payout| payout.done);
    let payouts = payment.sum(payouts.map(|payout| payout.amount))?;
    let paid_out = payouts.checked_sub(balances.paid_out)?;
    if paid_out.is_positive() {
        let entry = payment.payout_entry(paid_out)?;
        return Ok(Some(PaymentFact::Posted { entry }));
    }
    Ok(None)
}

/// The first payment that is to be collected or let go, and was not asked for.
fn wanted(payment: &Payment, payments: Payments) -> Option<InstructionId> {
    let ask = |place: usize, kind: InstructionKind, attempt: u32| InstructionId {
        kind,
        number: u32::try_from(place + 1).expect("the number of steps is limited"),
        attempt,
    };
    payment
        .intents
        .iter()
        .enumerate()
        .find_map(|(place, intent)| {
            let status = intent.status();
            let open = matches!(status, IntentStatus::Requested | IntentStatus::Authorised);
            match payments {
                Payments::Collect if status == IntentStatus::Authorised && is_untouched(intent) => {
                    Some(ask(place, InstructionKind::Capture, 1))
                }
                Payments::LetGoAuthorised
                    if status == IntentStatus::Authorised && is_untouched(intent) =>
                {
                    Some(ask(place, InstructionKind::Void, 1))
                }
                Payments::LetGo if open && is_untouched(intent) || may_let_go(payments, intent) => {
                    Some(ask(place, InstructionKind::Void, 1))
                }
                _ => None,
            }
        })
}

fn is_untouched(intent: &Intent) -> bool {
    intent.capture_attempts == 0 && intent.void_attempts == 0
}

/// What could not be collected is let go once nobody wants it any more.
fn may_let_go(payments: Payments, intent: &Intent) -> bool {
    matches!(payments, Payments::LetGo | Payments::LetGoAuthorised)
        && intent.capture_failed()
        && intent.void_attempts == 0
}

/// Money that has to go back: by the booking's terms, or because more was collected than is owed.
fn refund_due(payment: &Payment, claimant: &Claimant) -> Result<Option<PaymentFact>, PaymentError> {
    let asked = payment.refunds_asked(|_| true)?;
    let (amount, reason) = match claimant.refund_due {
        // What the customer's bank took back is not given back once more.
        Some((due, reason)) => {
            let due = due.checked_sub(asked)?;
            (due.checked_sub(payment.taken()?)?, reason)
        }
        None => (payment.overpaid()?, RefundReason::Overpaid),
    };
    let kept = payment.kept()?;
    let amount = if amount.checked_sub(kept)?.is_positive() {
        kept
    } else {
        amount
    };
    if !amount.is_positive() {
        return Ok(None);
    }
    Ok(Some(match payment.pull_back_entry(amount)? {
        Some(entry) => PaymentFact::Posted { entry },
        None => PaymentFact::RefundAsked { reason, amount },
    }))
}

/// What the provider is owed goes to its bank; after a failure somebody has to look at it first.
fn payout_due(payment: &Payment) -> Result<Option<PaymentFact>, PaymentError> {
    let free = payment
        .balances
        .provider_payable
        .checked_sub(payment.payouts_pending()?)?;
    let stuck = payment.payouts.iter().any(super::Payout::has_failed);
    if stuck || !free.is_positive() || payment.has_open_dispute() {
        return Ok(None);
    }
    Ok(Some(PaymentFact::PayoutAsked { amount: free }))
}

impl Payment {
    /// What an answer of the processor is to this booking.
    pub(crate) fn reception(&self, answer: &Answer) -> Result<Reception, PaymentError> {
        let Some(instruction) = answer.instruction() else {
            return self.dispute_reception(answer);
        };
        let differs = PaymentError::AnswerDiffers { instruction };
        use InstructionKind::{Authorise, Capture, Payout, Refund, Void};
        let fits = match answer {
            Answer::Authorised { .. } => instruction.kind == Authorise,
            Answer::Captured { .. } => matches!(instruction.kind, Capture | Authorise),
            Answer::Voided { .. } => instruction.kind == Void,
            Answer::Refunded { .. } => instruction.kind == Refund,
            Answer::PaidOut { .. } => instruction.kind == Payout,
            _ => true,
        };
        let place = instruction.place().filter(|_| fits).ok_or(differs)?;
        let refund = self
            .refunds
            .get(place)
            .filter(|_| instruction.kind == Refund);
        if matches!(answer, Answer::Refunded { .. }) && refund.is_some_and(|each| each.dropped) {
            return Err(PaymentError::RefundGivenUp { instruction });
        }
        let known = match instruction.kind {
            Authorise | Capture | Void => match self.intents.get(place) {
                Some(intent) => intent.knows(answer, instruction)?,
                None => None,
            },
            Refund => self.refunds.get(place).and_then(|refund| {
                let known = match answer {
                    Answer::Refunded { .. } => refund.done,
                    _ => refund.failures.iter().any(|f| f.instruction == instruction),
                };
                (instruction.attempt <= refund.attempts).then_some(known)
            }),
            Payout => self.payouts.get(place).and_then(|payout| {
                let known = match answer {
                    Answer::PaidOut { .. } => payout.done,
                    _ => payout.failures.iter().any(|f| f.instruction == instruction),
                };
                (instruction.attempt <= payout.attempts).then_some(known)
            }),
        };
        self.received(answer, known)
    }

    fn dispute_reception(&self, answer: &Answer) -> Result<Reception, PaymentError> {
        if let Answer::DisputeOpened { amount, .. } = answer
            && !amount.is_positive()
        {
            return Err(PaymentError::ChargebackNotPositive);
        }
        let find = |id: &DisputeId| self.disputes.iter().find(|each| each.id == *id);
        let known = match answer {
            Answer::DisputeOpened { dispute, amount } => {
                if find(dispute).is_some() {
                    Some(true)
                } else {
                    // Money that was not collected yet cannot be disputed: this came early. Nor can
                    // money that is going back, unless that has failed.
                    let free = self.kept()?.checked_add(self.refunds_failed()?)?;
                    let enough = !amount.checked_sub(free)?.is_positive();
                    enough.then_some(false)
                }
            }
            Answer::DisputeWon { dispute } | Answer::DisputeLost { dispute } => {
                find(dispute).map(|each| !each.is_open())
            }
            _ => None,
        };
        self.received(answer, known)
    }

    fn received(&self, answer: &Answer, known: Option<bool>) -> Result<Reception, PaymentError> {
        match known {
            Some(true) if sabotaged!(AnswerTwice) => Ok(Reception::New),
            Some(true) => Ok(Reception::Known),
            Some(false) => Ok(Reception::New),
            None if self.parked.contains(answer) => Ok(Reception::Early),
            None if self.parked.len() < PARKED_ANSWERS_MAX => Ok(Reception::Early),
            None => Err(PaymentError::TooManyParked),
        }
    }

    /// The booking that the payment which an answer is about was passed on to.
    pub(crate) fn passed_on(&self, answer: &Answer) -> Option<&BookingId> {
        let Some(instruction) = answer.instruction() else {
            // A dispute is about money that is there, and that went along with the payment.
            let first = self.intents.first().filter(|_| !self.knows_dispute(answer));
            return first?.passed_on.as_ref();
        };
        match instruction.kind {
            InstructionKind::Refund | InstructionKind::Payout => None,
            _ => self.intents.get(instruction.place()?)?.passed_on.as_ref(),
        }
    }

    fn knows_dispute(&self, answer: &Answer) -> bool {
        match answer {
            Answer::DisputeOpened { dispute, .. }
            | Answer::DisputeWon { dispute }
            | Answer::DisputeLost { dispute } => {
                self.disputes.iter().any(|each| each.id == *dispute)
            }
            _ => false,
        }
    }

    /// What was asked to go back, for the reasons that count.
    pub(crate) fn refunds_asked(
        &self,
        counts: impl Fn(RefundReason) -> bool,
    ) -> Result<Money, PaymentError> {
        let counts = |refund: &&super::Refund| counts(refund.reason) && !refund.dropped;
        let asked = self.refunds.iter().filter(counts);
        Ok(self.sum(asked.map(|refund| refund.amount))?)
    }

    fn refunds_failed(&self) -> Result<Money, PaymentError> {
        let failed = self.refunds.iter().filter(|refund| refund.has_failed());
        Ok(self.sum(failed.map(|refund| refund.amount))?)
    }

    /// What disputes have taken out of the platform's hands, for now or for good.
    fn taken(&self) -> Result<Money, PaymentError> {
        if sabotaged!(DisputeGivenTwice) {
            return Ok(Money::zero(self.currency()));
        }
        let taken = self
            .disputes
            .iter()
            .filter(|each| each.outcome.is_none() || each.outcome == Some(DisputeOutcome::Lost));
        Ok(self.sum(taken.map(|each| each.amount))?)
    }

    /// What was collected beyond what is owed and was not asked to go back for that reason: it goes
    /// back whole, whatever the terms say of the rest.
    pub(crate) fn overpaid(&self) -> Result<Money, PaymentError> {
        let returned = self.refunds_asked(|reason| reason == RefundReason::Overpaid)?;
        let over = self.balances.captured.checked_sub(self.owed)?;
        let over = over.checked_sub(returned)?;
        Ok(if over.is_negative() || sabotaged!(OverpaidKept) {
            Money::zero(self.currency())
        } else {
            over
        })
    }

    /// What the customer has back: by refunds, and by disputes that were lost.
    fn gone(&self) -> Result<Money, PaymentError> {
        let done = self.refunds.iter().filter(|refund| refund.done);
        let lost = |each: &&Dispute| each.outcome == Some(DisputeOutcome::Lost);
        let lost = self.disputes.iter().filter(lost);
        let refunds = done.map(|refund| refund.amount);
        Ok(self.sum(refunds.chain(lost.map(|each| each.amount)))?)
    }
}

impl Intent {
    /// Whether an answer to one of its instructions is known; `None` when that was not given yet.
    fn knows(
        &self,
        answer: &Answer,
        instruction: InstructionId,
    ) -> Result<Option<bool>, PaymentError> {
        let given = match instruction.kind {
            InstructionKind::Capture => self.capture_attempts,
            InstructionKind::Void => self.void_attempts,
            _ => 1,
        };
        if let Answer::Captured { amount, .. } = answer
            && *amount != self.amount
            && !sabotaged!(OtherAmount)
        {
            return Err(PaymentError::AmountDiffers { instruction });
        }
        let known = match answer {
            Answer::Authorised { .. } => self.authorised,
            Answer::Captured { .. } => self.captured,
            Answer::Voided { .. } => self.voided,
            _ => self
                .failures
                .iter()
                .any(|each| each.instruction == instruction),
        };
        Ok((instruction.attempt <= given).then_some(known))
    }
}
