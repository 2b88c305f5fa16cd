use super::InstructionId;
use crate::fees::{FeesError, RefundError};
use crate::id::DisputeId;
use crate::ledger::LedgerError;
use crate::money::MoneyError;

/// Why a payment cannot go on like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// The processor collected another amount than it was asked for.
    #[error("`{instruction}` asked for another amount")]
    AmountDiffers {
        /// What was asked for.
        instruction: InstructionId,
    },
    /// The answer is not one to this kind of instruction.
    #[error("the answer does not belong to `{instruction}`")]
    AnswerDiffers {
        /// What was asked for.
        instruction: InstructionId,
    },
    /// A refund that was given up, because the customer's bank took its money, was made after all.
    #[error("`{instruction}` was given up: the customer's bank has taken that money")]
    RefundGivenUp {
        /// What was asked for.
        instruction: InstructionId,
    },
    /// A chargeback is about more than nothing.
    #[error("a chargeback must be about more than nothing")]
    ChargebackNotPositive,
    /// Too many answers wait for instructions that were never given.
    #[error("too many answers are parked (limit `PARKED_ANSWERS_MAX`)")]
    TooManyParked,
    /// More refunds, payouts, intents or disputes than one booking can have.
    #[error("too many payments, refunds, payouts or disputes (limit `PAYMENT_STEPS_MAX`)")]
    TooManySteps,
    /// There is a dispute of that name already.
    #[error("there is a dispute `{0}` already")]
    DisputeExists(DisputeId),
    /// There is no open dispute of that name.
    #[error("there is no open dispute `{0}`")]
    DisputeUnknown(DisputeId),
    /// An open dispute freezes the money.
    #[error("an open dispute freezes the money")]
    DisputeOpen,
    /// Nothing has failed that could be sent again.
    #[error("no instruction has failed that could be sent again")]
    NothingFailed,
    /// Nothing is due.
    #[error("no payment is due")]
    NothingDue,
    /// The books would not balance.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Prices or fees cannot be computed.
    #[error(transparent)]
    Fees(#[from] FeesError),
    /// A refund cannot be given.
    #[error(transparent)]
    Refund(#[from] RefundError),
}

impl From<MoneyError> for PaymentError {
    fn from(error: MoneyError) -> PaymentError {
        PaymentError::Ledger(error.into())
    }
}

impl PaymentError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            PaymentError::AmountDiffers { .. } => "amount-differs",
            PaymentError::AnswerDiffers { .. } => "answer-differs",
            PaymentError::RefundGivenUp { .. } => "refund-given-up",
            PaymentError::ChargebackNotPositive => "chargeback-not-positive",
            PaymentError::TooManyParked => "too-many-parked-answers",
            PaymentError::TooManySteps => "too-many-payment-steps",
            PaymentError::DisputeExists(_) => "dispute-exists",
            PaymentError::DisputeUnknown(_) => "dispute-unknown",
            PaymentError::DisputeOpen => "dispute-open",
            PaymentError::NothingFailed => "nothing-failed",
            PaymentError::NothingDue => "nothing-due",
            PaymentError::Ledger(error) => error.code(),
            PaymentError::Fees(error) => error.code(),
            PaymentError::Refund(error) => error.code(),
        }
    }
}
