//! Payments as a port: where the engine's instructions go, and where answers come from.
//!
//! A decision writes its instructions down; afterwards they are sent through a [`Gateway`], as often
//! as it takes, each under its own key. The answer comes back as a command of its own. Between the
//! two a process may die, a request or a reply may get lost: the key makes sure that sending again
//! does nothing twice.

mod manual;
mod test;

use std::future::Future;

use chrono::{DateTime, Utc};
use quando::booking::Note;
use quando::payment::{Answer, Instruction};

pub use manual::{ManualGateway, Outcome};
pub use test::{Behaviour, Books, Chances, Due, TestGateway};

/// Sends instructions to whoever moves the money.
pub trait Gateway: Send + Sync {
    /// Sends an instruction under its idempotency key, which is [`Instruction::key`].
    ///
    /// Sending the same again under the same key gives the same answer and does nothing more.
    /// Processors forget keys, the known ones after 24 hours: an instruction that is nearly as old
    /// and has no answer is looked up at the processor before it is sent again.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Unavailable`] leaves open whether the instruction was carried out, and
    /// [`GatewayError::Refused`] says that it was not and will not be.
    fn send(
        &self,
        instruction: &Instruction,
        key: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Sent, GatewayError>> + Send;

    /// What the processor has for a key, however long ago that was; nothing when the instruction
    /// never reached it, or has no outcome yet.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Unavailable`].
    fn look_up(
        &self,
        key: &str,
    ) -> impl Future<Output = Result<Option<Answer>, GatewayError>> + Send;
}

/// What came of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The processor answered at once.
    Answered(Answer),
    /// The processor took it; the answer comes later by itself.
    Accepted,
}

/// Why an instruction was not sent, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// The processor was not reached, or its reply did not arrive: it may have acted or not. The
    /// same is sent again later, with the same key.
    #[error("the payment processor cannot be reached")]
    Unavailable,
    /// The processor does not take it. It is never sent again; somebody has to look at it.
    #[error("the payment processor refuses the instruction: {}", reason.as_str())]
    Refused {
        /// The processor's words.
        reason: Note,
    },
}

impl GatewayError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            GatewayError::Unavailable => "gateway-unavailable",
            GatewayError::Refused { .. } => "gateway-refused",
        }
    }
}
