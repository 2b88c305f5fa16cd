//! Instructions to the payment processor, and its answers.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::{Booking, Rejection};
use quando::payment::{Answer, Failure, Instruction, InstructionId, InstructionKind, Payment};

use crate::gateway::{Gateway, GatewayError, Sent};
use crate::limits::PAGE_MAX;
use crate::store::{
    Change, InstructionRow, Item, List, Scope, Snapshot, Store, Write, WriteRequest,
};
use crate::use_case::fire_deadlines::is_of_one;
use crate::use_case::{Act, ActOn, BookingKey};
use crate::{Context, Done, Engine, Error};

/// The longest time between two attempts.
const PAUSE_MAX: TimeDelta = TimeDelta::hours(1);
/// From this age on nothing is sent again before the processor was asked what became of it:
/// processors forget their keys after a day.
const LOOK_UP_AFTER: TimeDelta = TimeDelta::hours(20);
/// How often a payment is followed to the booking that took another one's place.
const PASSED_ON_MAX: usize = 16;

/// What became of instructions that were due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Answered at once.
    pub answered: u32,
    /// Taken; the answer comes later.
    pub accepted: u32,
    /// Refused for good, which is an answer as well.
    pub refused: u32,
    /// Not taken now; sent again later.
    pub postponed: u32,
    /// Answered with something that does not go with the booking: they stay open, for somebody to
    /// look at.
    pub unexpected: u32,
}

impl Dispatched {
    /// Whether nothing was due.
    pub fn is_empty(&self) -> bool {
        *self == Dispatched::default()
    }
}

impl<S: Store> Engine<S> {
    /// Sends up to `limit` instructions that are due, each under its own key, and takes in what is
    /// answered. Sending one twice does nothing twice: the key stays.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn dispatch_instructions(
        &self,
        gateway: &impl Gateway,
        limit: u32,
    ) -> Result<Dispatched, Error> {
        let now = self.now();
        let list = List::Instructions {
            due: Some(now),
            limit: limit.min(PAGE_MAX),
        };
        let mut dispatched = Dispatched::default();
        for item in self.store.list(list).await? {
            if let Item::Instruction(row) = item {
                self.dispatch(gateway, *row, now, &mut dispatched).await?;
            }
        }
        Ok(dispatched)
    }

    async fn dispatch(
        &self,
        gateway: &impl Gateway,
        row: InstructionRow,
        now: DateTime<Utc>,
        dispatched: &mut Dispatched,
    ) -> Result<(), Error> {
        let key = row.instruction.key();
        // Also what seems never to have been sent: whoever sent it may have died before saying so.
        let sent = if now - row.at >= LOOK_UP_AFTER {
            match gateway.look_up(&key).await {
                Ok(Some(answer)) => Ok(Sent::Answered(answer)),
                Ok(None) => gateway.send(&row.instruction, &key, now).await,
                Err(error) => Err(error),
            }
        } else {
            gateway.send(&row.instruction, &key, now).await
        };
        match sent {
            Ok(Sent::Answered(answer)) => {
                dispatched.answered += 1;
                self.take_answer(row, answer, now, dispatched).await
            }
            Ok(Sent::Accepted) => {
                dispatched.accepted += 1;
                self.note_instruction(InstructionRow {
                    attempts: row.attempts + 1,
                    next_at: None,
                    ..row
                })
                .await
            }
            Err(GatewayError::Refused { reason }) => {
                dispatched.refused += 1;
                let answer = Answer::Failed {
                    instruction: row.instruction.instruction,
                    reason: Some(reason),
                };
                self.take_answer(row, answer, now, dispatched).await
            }
            Err(_) => {
                dispatched.postponed += 1;
                let minutes = TimeDelta::minutes(1 << row.attempts.min(6));
                self.note_instruction(InstructionRow {
                    attempts: row.attempts + 1,
                    next_at: Some(now + minutes.min(PAUSE_MAX)),
                    ..row
                })
                .await
            }
        }
    }

    async fn take_answer(
        &self,
        row: InstructionRow,
        answer: Answer,
        now: DateTime<Utc>,
        dispatched: &mut Dispatched,
    ) -> Result<(), Error> {
        let booking = BookingKey {
            provider: row.provider.clone(),
            booking: row.instruction.booking.clone(),
        };
        let next_at = match self.answer_instruction(booking, answer).await {
            // It will not be taken another time either.
            Err(Error::Rejected(_)) => None,
            // A fault of this booking alone: others go on, and it is tried again.
            Err(error) if is_of_one(&error) => Some(now + PAUSE_MAX),
            answer => return answer,
        };
        dispatched.unexpected += 1;
        self.note_instruction(InstructionRow {
            attempts: row.attempts + 1,
            next_at,
            ..row
        })
        .await
    }

    /// Takes in an answer of the processor. The same answer twice is one. A payment that was passed
    /// on is answered to the booking that has it now.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] for an answer that does not go with the booking; the instruction stays
    /// open then.
    pub async fn answer_instruction(
        &self,
        booking: BookingKey,
        answer: Answer,
    ) -> Result<(), Error> {
        let done = self.report_payment(Context::system(), booking, answer);
        done.await.map(|_| ())
    }

    /// The same, said by somebody: an operator who moves money by hand. Gives the booking that has
    /// the payment.
    ///
    /// # Errors
    ///
    /// As [`Engine::answer_instruction`].
    pub async fn report_payment(
        &self,
        context: Context,
        booking: BookingKey,
        answer: Answer,
    ) -> Result<Done<Booking>, Error> {
        let instruction = answer.instruction();
        let done = self.confirm(context, booking.clone(), answer).await?;
        let Some(instruction) = instruction else {
            return Ok(done);
        };
        // An answer that was known changes nothing, and so does not take the instruction away.
        let change = Change::DropInstruction {
            provider: booking.provider.clone(),
            booking: booking.booking,
            instruction,
        };
        self.write_change(booking.provider.into(), change).await?;
        Ok(done)
    }

    async fn confirm(
        &self,
        mut context: Context,
        mut booking: BookingKey,
        answer: Answer,
    ) -> Result<Done<Booking>, Error> {
        let act = ActOn::from(Act::ConfirmPayment { answer });
        for _ in 0..PASSED_ON_MAX {
            let done = self.act(context.clone(), booking.clone(), act.clone());
            match done.await {
                Err(Error::Rejected(rejection)) => match *rejection {
                    Rejection::PassedOn { to } => {
                        booking.booking = to;
                        // The key is for the booking that was named; the answer is known by itself.
                        context.key = None;
                    }
                    other => return Err(other.into()),
                },
                done => return done,
            }
        }
        let to = booking.booking;
        Err(Rejection::PassedOn { to }.into())
    }

    /// Instructions that are open: those to be sent first, then those that await an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn open_instructions(
        &self,
        limit: u32,
    ) -> Result<Vec<(BookingKey, Instruction)>, Error> {
        let list = List::Instructions {
            due: None,
            limit: limit.min(PAGE_MAX),
        };
        let items = self.store.list(list).await?.into_iter();
        let open = items.filter_map(|item| match item {
            Item::Instruction(row) => {
                let InstructionRow {
                    provider,
                    instruction,
                    ..
                } = *row;
                let booking = instruction.booking.clone();
                Some((BookingKey { provider, booking }, instruction))
            }
            _ => None,
        });
        Ok(open.collect())
    }

    /// Notes how it goes on with an instruction. One that was answered while it was sent is not
    /// open any more.
    async fn note_instruction(&self, row: InstructionRow) -> Result<(), Error> {
        let key = BookingKey {
            provider: row.provider.clone(),
            booking: row.instruction.booking.clone(),
        };
        // So that its terms are known; what cannot be read stays open.
        let _ = self.booking(&key).await;
        let request = WriteRequest {
            scope: Scope::new(key.provider).booking(key.booking),
            by: Context::system().by,
            now: self.now(),
            idempotency: None,
        };
        let shared = Arc::clone(&self.shared);
        let decide = move |snapshot: &Snapshot| {
            let booking = snapshot.booking.as_ref();
            let booking = booking.and_then(|row| shared.terms.booking(&row.body).ok());
            let instruction = row.instruction.instruction;
            let answered = booking.is_some_and(|each| is_answered(&each.payment, instruction));
            let change = if answered {
                Change::DropInstruction {
                    provider: row.provider.clone(),
                    booking: row.instruction.booking.clone(),
                    instruction,
                }
            } else {
                Change::PutInstruction(Box::new(row.clone()))
            };
            Ok(Write {
                changes: vec![change],
                relied: Vec::new(),
                reply: Bytes::new(),
            })
        };
        self.transact(request, decide).await?;
        Ok(())
    }
}

/// Whether a booking knows what became of an instruction. Of a payment that another booking has
/// taken over it knows nothing.
fn is_answered(payment: &Payment, instruction: InstructionId) -> bool {
    let InstructionId { kind, number, .. } = instruction;
    let Some(at) = number.checked_sub(1) else {
        return false;
    };
    let at = at as usize;
    let failed = |failures: &[Failure]| failures.iter().any(|each| each.instruction == instruction);
    match kind {
        InstructionKind::Authorise | InstructionKind::Capture | InstructionKind::Void => {
            let intent = payment.intents.get(at);
            intent.is_some_and(|intent| {
                let done = intent.captured || intent.voided;
                let reserved = kind == InstructionKind::Authorise && intent.authorised;
                intent.passed_on.is_none() && (done || reserved || failed(&intent.failures))
            })
        }
        InstructionKind::Refund => {
            let refund = payment.refunds.get(at);
            refund.is_some_and(|refund| refund.done || failed(&refund.failures))
        }
        InstructionKind::Payout => {
            let payout = payment.payouts.get(at);
            payout.is_some_and(|payout| payout.done || failed(&payout.failures))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{World, now};
    use super::*;
    use crate::gateway::{Behaviour, Chances, ManualGateway, Outcome, TestGateway};

    #[test]
    fn an_operator_moves_the_money_by_hand() {
        let world = World::with_ana(&json!({"payment": "upFront"}));
        let booking = world.book("c1", "2026-03-02T09:00:00Z");
        let engine = &world.engine;
        let sent = now(engine.dispatch_instructions(&ManualGateway, 10)).unwrap();
        assert_eq!(sent.accepted, 1);
        // What was taken is not sent again, and stays on the list.
        assert!(
            now(engine.dispatch_instructions(&ManualGateway, 10))
                .unwrap()
                .is_empty()
        );
        let done = |name: &str| {
            let open = now(engine.open_instructions(10)).unwrap();
            let (key, instruction) = open.into_iter().next().unwrap();
            assert_eq!(instruction.instruction.to_string(), name);
            let answer = ManualGateway.answer(&instruction, Outcome::Done);
            now(engine.answer_instruction(key.clone(), answer.clone())).unwrap();
            // The same again is the same.
            now(engine.answer_instruction(key, answer)).unwrap();
        };
        done("authorise/1/1");
        done("capture/1/1");
        assert!(now(engine.open_instructions(10)).unwrap().is_empty());
        let key = BookingKey {
            provider: booking.provider.clone(),
            booking: booking.id.clone(),
        };
        let paid = now(engine.show_booking(&key)).unwrap();
        assert_eq!(paid.money_state(), quando::payment::MoneyState::Captured);
    }

    #[test]
    fn what_is_not_reached_is_sent_again_under_the_same_key() {
        let world = World::with_ana(&json!({"payment": "upFront"}));
        let booking = world.book("c1", "2026-03-02T09:00:00Z");
        let gateway = TestGateway::new(Chances::default());
        let key = format!("{}/authorise/1/1", booking.id);
        gateway.behave(&key, Behaviour::DropReply);
        let engine = &world.engine;
        let first = now(engine.dispatch_instructions(&gateway, 10)).unwrap();
        assert_eq!(first.postponed, 1);
        assert!(
            now(engine.dispatch_instructions(&gateway, 10))
                .unwrap()
                .is_empty()
        );
        world.at("2026-03-01T12:01:00Z");
        let second = now(engine.dispatch_instructions(&gateway, 10)).unwrap();
        assert_eq!((second.answered, second.postponed), (1, 0));
        assert_eq!(gateway.effects(&key), 1);
    }

    #[test]
    fn what_was_sent_by_somebody_who_died_is_looked_up_and_done_once() {
        let world = World::with_ana(&json!({"payment": "upFront"}));
        let booking = world.book("c1", "2026-03-04T09:00:00Z");
        let gateway = TestGateway::new(Chances::default());
        let (_, instruction) = now(world.engine.open_instructions(10)).unwrap().remove(0);
        let key = instruction.key();
        // The money is reserved, and nobody wrote that down.
        now(gateway.send(&instruction, &key, world.engine.now())).unwrap();
        world.at("2026-03-02T13:00:00Z");
        let sent = now(world.engine.dispatch_instructions(&gateway, 10)).unwrap();
        assert_eq!((sent.answered, gateway.effects(&key)), (1, 1));
        let payment = world.look(&booking).payment;
        assert!(payment.intents[0].authorised);
    }

    #[test]
    fn a_payment_that_was_passed_on_is_answered_to_the_booking_that_has_it() {
        let rules = json!({"payment": "upFront", "latePayment": "rebook"});
        let world = World::with_ana(&rules);
        let late = world.book("c1", "2026-03-02T09:00:00Z");
        let engine = &world.engine;
        now(engine.dispatch_instructions(&ManualGateway, 10)).unwrap();
        world.at("2026-03-01T14:00:00Z");
        now(engine.fire_deadlines(10)).unwrap();
        let authorised = json!({"outcome": "authorised", "instruction": "authorise/1/1"});
        let answer = serde_json::from_value(authorised).unwrap();
        now(engine.answer_instruction(super::super::fixture::key(&late), answer)).unwrap();
        // The new booking captures the payment by its old name.
        let (key, asked) = now(engine.open_instructions(10)).unwrap().remove(0);
        assert_eq!(
            (&key.booking, asked.instruction.to_string().as_str()),
            (&late.id, "capture/1/1")
        );
        let captured = ManualGateway.answer(&asked, Outcome::Done);
        now(engine.answer_instruction(key, captured)).unwrap();
        assert!(now(engine.open_instructions(10)).unwrap().is_empty());
        let bookings = now(engine.bookings(&late.provider, None, None, 10)).unwrap();
        let heir = bookings.iter().find(|each| each.id != late.id).unwrap();
        assert_eq!(heir.payment.balances.captured.to_string(), "100.00 USD");
    }

    #[test]
    fn an_instruction_of_a_booking_that_cannot_be_read_does_not_hold_up_others() {
        let world = World::with_ana(&json!({"payment": "upFront"}));
        let broken = world.book("c1", "2026-03-02T09:00:00Z");
        let paid = world.book("c2", "2026-03-02T10:00:00Z");
        world.engine.store().tamper_with_bookings(|row, _| {
            if row.id == broken.id {
                row.body = "{".into();
            }
        });
        let gateway = TestGateway::new(Chances::default());
        let sent = now(world.engine.dispatch_instructions(&gateway, 10)).unwrap();
        assert_eq!((sent.answered, sent.unexpected), (2, 1));
        assert!(world.look(&paid).payment.intents[0].authorised);
        // Tried again an hour later, not at once.
        let again = now(world.engine.dispatch_instructions(&gateway, 10)).unwrap();
        assert_eq!(again.unexpected, 0);
    }
}
