//! What a fact makes of the money of a booking.

use chrono::{DateTime, Utc};

use super::{
    Answer, Dispute, DisputeOutcome, Failure, Instruction, InstructionId, InstructionKind, Intent,
    Payment, PaymentError, PaymentFact, Payout, Refund,
};
use crate::booking::Actor;
use crate::id::{BookingId, DisputeId};
use crate::limits::PAYMENT_STEPS_MAX;

impl Payment {
    /// The money after a fact.
    ///
    /// # Errors
    ///
    /// [`PaymentError`] when the fact is about something that is not there, or the books would not
    /// balance after it.
    pub fn apply(&mut self, fact: &PaymentFact, at: DateTime<Utc>) -> Result<(), PaymentError> {
        match fact {
            PaymentFact::Priced { basis, owed } => (self.basis, self.owed) = (*basis, *owed),
            PaymentFact::Opened { purpose, amount } => {
                room(self.intents.len())?;
                self.intents.push(Intent::new(*purpose, *amount));
            }
            PaymentFact::PassedOn { to } => {
                let first = self.intents.first_mut().ok_or(PaymentError::NothingDue)?;
                first.passed_on = Some(to.clone());
                self.parked.retain(|answer| !goes_along(answer));
            }
            PaymentFact::TakenOver {
                from,
                purpose,
                amount,
            } => self.intents.push(Intent {
                taken_over: Some(from.clone()),
                ..Intent::new(*purpose, *amount)
            }),
            PaymentFact::Asked { instruction } => self.ask(*instruction)?,
            PaymentFact::RefundAsked { reason, amount } => {
                room(self.refunds.len())?;
                self.refunds.push(Refund {
                    reason: *reason,
                    amount: *amount,
                    attempts: 1,
                    done: false,
                    dropped: false,
                    failures: Vec::new(),
                });
            }
            PaymentFact::RefundDropped { number } => {
                let place = (*number as usize).checked_sub(1);
                let refund = place.and_then(|place| self.refunds.get_mut(place));
                refund.ok_or(PaymentError::NothingFailed)?.dropped = true;
            }
            PaymentFact::PayoutAsked { amount } => {
                room(self.payouts.len())?;
                self.payouts.push(Payout {
                    amount: *amount,
                    attempts: 1,
                    done: false,
                    failures: Vec::new(),
                });
            }
            PaymentFact::Answered { answer } => self.take_in(answer, at)?,
            PaymentFact::Parked { answer } => self.parked.push(answer.clone()),
            PaymentFact::DisputeOpened { dispute } => {
                room(self.disputes.len())?;
                self.disputes.push(dispute.clone());
            }
            PaymentFact::DisputeClosed { dispute, outcome } => {
                self.close(dispute, *outcome)?;
            }
            PaymentFact::Posted { entry } => self.balances = self.balances.post(entry)?,
            PaymentFact::ReleaseDue { at } => self.release_at = *at,
            PaymentFact::Released => self.released = true,
        }
        Ok(())
    }

    /// What the processor is to be asked for after a fact; the fact is applied already.
    pub fn instruction(&self, fact: &PaymentFact, booking: &BookingId) -> Option<Instruction> {
        let last = |kind: InstructionKind, count: usize| InstructionId {
            kind,
            number: u32::try_from(count).expect("the number of steps is limited"),
            attempt: 1,
        };
        let (instruction, amount) = match fact {
            PaymentFact::Opened { amount, .. } => (
                last(InstructionKind::Authorise, self.intents.len()),
                *amount,
            ),
            PaymentFact::RefundAsked { amount, .. } => {
                (last(InstructionKind::Refund, self.refunds.len()), *amount)
            }
            PaymentFact::PayoutAsked { amount } => {
                (last(InstructionKind::Payout, self.payouts.len()), *amount)
            }
            PaymentFact::Asked { instruction } => {
                let place = (instruction.number as usize).checked_sub(1)?;
                let amount = match instruction.kind {
                    InstructionKind::Refund => self.refunds.get(place)?.amount,
                    InstructionKind::Payout => self.payouts.get(place)?.amount,
                    InstructionKind::Authorise
                    | InstructionKind::Capture
                    | InstructionKind::Void => self.intents.get(place)?.amount,
                };
                (*instruction, amount)
            }
            _ => return None,
        };
        // A payment that was taken over goes by the booking that it was asked for.
        let intent = match instruction.kind {
            InstructionKind::Refund | InstructionKind::Payout => None,
            _ => instruction
                .place()
                .and_then(|place| self.intents.get(place)),
        };
        let asked_for = intent.and_then(|intent| intent.taken_over.as_ref());
        Some(Instruction {
            booking: asked_for.unwrap_or(booking).clone(),
            instruction,
            amount,
        })
    }

    fn ask(&mut self, instruction: InstructionId) -> Result<(), PaymentError> {
        let missing = PaymentError::AnswerDiffers { instruction };
        match instruction.kind {
            InstructionKind::Capture => {
                self.intent_mut(instruction)
                    .ok_or(missing)?
                    .capture_attempts = instruction.attempt;
            }
            InstructionKind::Void => {
                self.intent_mut(instruction).ok_or(missing)?.void_attempts = instruction.attempt;
            }
            InstructionKind::Refund => {
                self.refund_mut(instruction).ok_or(missing)?.attempts = instruction.attempt;
            }
            InstructionKind::Payout => {
                self.payout_mut(instruction).ok_or(missing)?.attempts = instruction.attempt;
            }
            InstructionKind::Authorise => return Err(missing),
        }
        Ok(())
    }

    fn take_in(&mut self, answer: &Answer, at: DateTime<Utc>) -> Result<(), PaymentError> {
        self.parked.retain(|parked| parked != answer);
        let Some(instruction) = answer.instruction() else {
            return self.chargeback(answer, at);
        };
        let missing = PaymentError::AnswerDiffers { instruction };
        match answer {
            Answer::Authorised { until, .. } => {
                let intent = self.intent_mut(instruction).ok_or(missing)?;
                intent.authorised = true;
                intent.authorised_until = *until;
            }
            Answer::Captured { processor_fee, .. } => {
                self.intent_mut(instruction).ok_or(missing)?.captured = true;
                self.captured_at.get_or_insert(at);
                if let Some(fee) = processor_fee {
                    self.processor_fees = self.processor_fees.checked_add(*fee)?;
                }
            }
            Answer::Voided { .. } => self.intent_mut(instruction).ok_or(missing)?.voided = true,
            Answer::Refunded { .. } => self.refund_mut(instruction).ok_or(missing)?.done = true,
            Answer::PaidOut { .. } => self.payout_mut(instruction).ok_or(missing)?.done = true,
            Answer::Failed { reason, .. } => {
                let failure = Failure {
                    instruction,
                    reason: reason.clone(),
                };
                self.failures_mut(instruction).ok_or(missing)?.push(failure);
            }
            Answer::DisputeOpened { .. }
            | Answer::DisputeWon { .. }
            | Answer::DisputeLost { .. } => {}
        }
        Ok(())
    }

    fn chargeback(&mut self, answer: &Answer, at: DateTime<Utc>) -> Result<(), PaymentError> {
        match answer {
            Answer::DisputeOpened { dispute, amount } => {
                room(self.disputes.len())?;
                self.disputes.push(Dispute {
                    id: dispute.clone(),
                    by: Actor::System,
                    amount: *amount,
                    at,
                    reason: None,
                    outcome: None,
                });
                Ok(())
            }
            Answer::DisputeWon { dispute } => self.close(dispute, DisputeOutcome::Won),
            Answer::DisputeLost { dispute } => self.close(dispute, DisputeOutcome::Lost),
            _ => Ok(()),
        }
    }

    fn close(&mut self, dispute: &DisputeId, outcome: DisputeOutcome) -> Result<(), PaymentError> {
        let unknown = || PaymentError::DisputeUnknown(dispute.clone());
        let open = self.disputes.iter_mut().find(|each| each.id == *dispute);
        open.ok_or_else(unknown)?.outcome = Some(outcome);
        Ok(())
    }

    fn failures_mut(&mut self, instruction: InstructionId) -> Option<&mut Vec<Failure>> {
        match instruction.kind {
            InstructionKind::Refund => Some(&mut self.refund_mut(instruction)?.failures),
            InstructionKind::Payout => Some(&mut self.payout_mut(instruction)?.failures),
            InstructionKind::Authorise | InstructionKind::Capture | InstructionKind::Void => {
                Some(&mut self.intent_mut(instruction)?.failures)
            }
        }
    }

    fn intent_mut(&mut self, instruction: InstructionId) -> Option<&mut Intent> {
        self.intents.get_mut(instruction.place()?)
    }

    fn refund_mut(&mut self, instruction: InstructionId) -> Option<&mut Refund> {
        self.refunds.get_mut(instruction.place()?)
    }

    fn payout_mut(&mut self, instruction: InstructionId) -> Option<&mut Payout> {
        self.payouts.get_mut(instruction.place()?)
    }
}

impl InstructionId {
    /// The place in the list of intents, refunds or payouts.
    pub(super) fn place(self) -> Option<usize> {
        (self.number as usize).checked_sub(1)
    }
}

/// Whether an answer is about the first payment, or about money that it brought.
pub(crate) fn goes_along(answer: &Answer) -> bool {
    use InstructionKind::{Payout, Refund};
    answer
        .instruction()
        .is_none_or(|each| each.number == 1 && !matches!(each.kind, Refund | Payout))
}

fn room(count: usize) -> Result<(), PaymentError> {
    if count < PAYMENT_STEPS_MAX {
        Ok(())
    } else {
        Err(PaymentError::TooManySteps)
    }
}
