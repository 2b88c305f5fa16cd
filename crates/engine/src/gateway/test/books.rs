//! The processor's own books, of one booking.

use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::Note;
use quando::money::{Currency, Money, MoneyError};
use quando::payment::{Answer, Instruction, InstructionKind};

use crate::gateway::GatewayError;

/// Where the money of a booking is, as the processor sees it. All sums are of one currency.
///
/// INVARIANT: none is below zero, `captured` is at most `authorised`, `refunded` and `disputed`
/// together are at most `captured`, and so is `paid_out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// All that was ever reserved.
    pub authorised: Money,
    /// What of it is reserved at the moment: not collected, let go or expired.
    pub reserved: Money,
    /// What was collected.
    pub captured: Money,
    /// What went back to the customer.
    pub refunded: Money,
    /// What went to the provider's bank.
    pub paid_out: Money,
    /// What the customer's bank took back, unless it gave it back again.
    pub disputed: Money,
}

/// A booking's books with the reservations that they come from.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) books: Books,
    charges: Vec<Charge>,
}

/// A reservation, for one of the booking's payments.
#[derive(Debug)]
struct Charge {
    number: u32,
    amount: Money,
    until: DateTime<Utc>,
    state: ChargeState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChargeState {
    Reserved,
    Captured,
    /// Let go, or expired.
    Gone,
}

impl Account {
    pub(super) fn new(currency: Currency) -> Account {
        let zero = Money::zero(currency);
        Account {
            books: Books {
                authorised: zero,
                reserved: zero,
                captured: zero,
                refunded: zero,
                paid_out: zero,
                disputed: zero,
            },
            charges: Vec::new(),
        }
    }

    /// Carries an instruction out.
    pub(super) fn act(
        &mut self,
        asked: &Instruction,
        now: DateTime<Utc>,
    ) -> Result<Answer, GatewayError> {
        self.expire(now)?;
        match asked.instruction.kind {
            InstructionKind::Authorise => self.authorise(asked, now),
            InstructionKind::Capture => self.capture(asked),
            InstructionKind::Void => self.void(asked),
            InstructionKind::Refund => self.refund(asked),
            InstructionKind::Payout => self.pay_out(asked),
        }
    }

    /// Lets reservations go that have lasted as long as they may.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) -> Result<(), GatewayError> {
        for charge in &mut self.charges {
            if charge.state == ChargeState::Reserved && charge.until <= now {
                charge.state = ChargeState::Gone;
                self.books.reserved = less(self.books.reserved, charge.amount)?;
            }
        }
        Ok(())
    }

    fn authorise(
        &mut self,
        asked: &Instruction,
        now: DateTime<Utc>,
    ) -> Result<Answer, GatewayError> {
        let number = asked.instruction.number;
        // What was let go before it was asked for stays let go.
        let gone = |each: &Charge| each.number == number && each.state == ChargeState::Gone;
        if self.charges.iter().any(gone) {
            return Ok(failed(asked, "the payment was let go"));
        }
        let until = now + TimeDelta::days(AUTHORISED_DAYS);
        self.books.authorised = more(self.books.authorised, asked.amount)?;
        self.books.reserved = more(self.books.reserved, asked.amount)?;
        self.charges.push(Charge {
            number,
            amount: asked.amount,
            until,
            state: ChargeState::Reserved,
        });
        Ok(Answer::Authorised {
            instruction: asked.instruction,
            until: Some(until),
        })
    }

    fn capture(&mut self, asked: &Instruction) -> Result<Answer, GatewayError> {
        let number = asked.instruction.number;
        let mut charges = self.charges.iter_mut().filter(|each| each.number == number);
        let Some(charge) = charges.find(|each| each.state == ChargeState::Reserved) else {
            return Ok(failed(asked, "nothing is reserved for it"));
        };
        if at_most(asked.amount, charge.amount).is_err() {
            return Err(refused("more than was reserved"));
        }
        self.books.reserved = less(self.books.reserved, charge.amount)?;
        self.books.captured = more(self.books.captured, asked.amount)?;
        charge.state = ChargeState::Captured;
        Ok(Answer::Captured {
            instruction: asked.instruction,
            amount: asked.amount,
            processor_fee: None,
        })
    }

    fn void(&mut self, asked: &Instruction) -> Result<Answer, GatewayError> {
        let number = asked.instruction.number;
        let known = |each: &&mut Charge| each.number == number;
        let mut charges: Vec<&mut Charge> = self.charges.iter_mut().filter(known).collect();
        if charges
            .iter()
            .any(|each| each.state == ChargeState::Captured)
        {
            return Ok(failed(asked, "the money was collected"));
        }
        for charge in &mut charges {
            if charge.state == ChargeState::Reserved {
                self.books.reserved = less(self.books.reserved, charge.amount)?;
                charge.state = ChargeState::Gone;
            }
        }
        if charges.is_empty() {
            self.charges.push(Charge {
                number,
                amount: asked.amount,
                until: DateTime::UNIX_EPOCH,
                state: ChargeState::Gone,
            });
        }
        Ok(Answer::Voided {
            instruction: asked.instruction,
        })
    }

    fn refund(&mut self, asked: &Instruction) -> Result<Answer, GatewayError> {
        if at_most(asked.amount, self.left()?).is_err() {
            return Err(refused("more than is left of what was collected"));
        }
        self.books.refunded = more(self.books.refunded, asked.amount)?;
        Ok(Answer::Refunded {
            instruction: asked.instruction,
        })
    }

    fn pay_out(&mut self, asked: &Instruction) -> Result<Answer, GatewayError> {
        let paid_out = more(self.books.paid_out, asked.amount)?;
        if at_most(paid_out, self.books.captured).is_err() {
            return Err(refused("more than was collected"));
        }
        self.books.paid_out = paid_out;
        Ok(Answer::PaidOut {
            instruction: asked.instruction,
        })
    }

    /// The customer's bank takes back what is left of a capture.
    pub(super) fn dispute(&mut self, captured: Money) -> Result<Option<Money>, GatewayError> {
        let left = self.left()?;
        let amount = at_most(captured, left).map_or(left, |()| captured);
        if !amount.is_positive() {
            return Ok(None);
        }
        self.books.disputed = more(self.books.disputed, amount)?;
        Ok(Some(amount))
    }

    /// The customer's bank gives money back.
    pub(super) fn give_back(&mut self, amount: Money) -> Result<(), GatewayError> {
        self.books.disputed = less(self.books.disputed, amount)?;
        Ok(())
    }

    /// What was collected and neither went back nor was taken.
    fn left(&self) -> Result<Money, GatewayError> {
        less(
            less(self.books.captured, self.books.refunded)?,
            self.books.disputed,
        )
    }
}

pub(super) fn failed(asked: &Instruction, reason: &str) -> Answer {
    Answer::Failed {
        instruction: asked.instruction,
        reason: Some(note(reason)),
    }
}

pub(super) fn refused(reason: &str) -> GatewayError {
    GatewayError::Refused {
        reason: note(reason),
    }
}

fn note(text: &str) -> Note {
    Note::new(text).expect("the processor's words are short")
}

fn at_most(amount: Money, limit: Money) -> Result<(), GatewayError> {
    if less(limit, amount)?.is_negative() {
        Err(refused("too much"))
    } else {
        Ok(())
    }
}

fn more(amount: Money, other: Money) -> Result<Money, GatewayError> {
    amount.checked_add(other).map_err(|error| no_sum(&error))
}

fn less(amount: Money, other: Money) -> Result<Money, GatewayError> {
    amount.checked_sub(other).map_err(|error| no_sum(&error))
}

/// Another currency than before, or a sum beyond all money.
fn no_sum(error: &MoneyError) -> GatewayError {
    refused(&error.to_string())
}

/// How long a card's authorisation lasts.
const AUTHORISED_DAYS: i64 = 7;
