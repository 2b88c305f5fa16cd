//! The money of one booking: what was asked of the payment processor, what it answered, and where
//! each cent is.
//!
//! The core never talks to a processor. It says what to ask for ([`Instruction`], with a key that
//! is the same whenever the same thing is asked), the host passes it on, and the processor's
//! [`Answer`] comes back as a command. Answers may come late, twice, or in another order than they
//! were given: an answer that is known already changes nothing, one that belongs to an instruction
//! which was not given yet is parked until it was, and what is known only grows. All orders end in
//! the same state.
//!
//! Money moves in the books when the processor says that it moved, see [`crate::ledger`].

mod answer;
mod apply;
mod dispute;
mod error;
mod fact;
mod instruction;
mod movement;
mod settle;
mod state;

pub use answer::Answer;
pub use dispute::{Dispute, DisputeOutcome};
pub use error::PaymentError;
pub use fact::PaymentFact;
pub use instruction::{Instruction, InstructionId, InstructionIdError, InstructionKind};
pub use state::{
    Failure, FeeBasis, Intent, IntentStatus, MoneyState, Payment, Payout, Purpose, Refund,
    RefundReason,
};

pub(crate) use apply::goes_along;
pub(crate) use settle::{Claimant, Payments, Reception, next_fact};
