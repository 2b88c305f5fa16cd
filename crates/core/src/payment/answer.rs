use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::InstructionId;
use crate::booking::Note;
use crate::id::DisputeId;
use crate::money::Money;
use crate::time::text::serde_form;

/// What the payment processor says, in answer to an instruction or by itself.
///
/// JSON form: `{"outcome":"captured","instruction":"capture/1/1","amount":{…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "outcome",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Answer {
    /// The amount is reserved.
    Authorised {
        /// The `authorise` that was asked for.
        instruction: InstructionId,
        /// When the processor lets the authorisation go by itself.
        #[serde(
            default,
            with = "serde_form::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        until: Option<DateTime<Utc>>,
    },
    /// The amount is collected. Some processors collect at once, in answer to an `authorise`.
    Captured {
        /// The `capture` or `authorise` that was asked for.
        instruction: InstructionId,
        /// How much: what was asked for.
        amount: Money,
        /// What the processor keeps for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        processor_fee: Option<Money>,
    },
    /// The authorisation is let go.
    Voided {
        /// The `void` that was asked for.
        instruction: InstructionId,
    },
    /// The money is back with the customer.
    Refunded {
        /// The `refund` that was asked for.
        instruction: InstructionId,
    },
    /// The money is with the provider's bank.
    PaidOut {
        /// The `payout` that was asked for.
        instruction: InstructionId,
    },
    /// What was asked for did not work.
    Failed {
        /// What was asked for.
        instruction: InstructionId,
        /// The processor's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    },
    /// The customer's bank took money back (a chargeback).
    DisputeOpened {
        /// The processor's name for it.
        dispute: DisputeId,
        /// How much.
        amount: Money,
    },
    /// The bank gave the money back.
    DisputeWon {
        /// The processor's name for it.
        dispute: DisputeId,
    },
    /// The money stays with the customer.
    DisputeLost {
        /// The processor's name for it.
        dispute: DisputeId,
    },
}

impl Answer {
    /// Which instruction it answers; a dispute answers none.
    pub fn instruction(&self) -> Option<InstructionId> {
        match self {
            Answer::Authorised { instruction, .. }
            | Answer::Captured { instruction, .. }
            | Answer::Voided { instruction }
            | Answer::Refunded { instruction }
            | Answer::PaidOut { instruction }
            | Answer::Failed { instruction, .. } => Some(*instruction),
            Answer::DisputeOpened { .. }
            | Answer::DisputeWon { .. }
            | Answer::DisputeLost { .. } => None,
        }
    }
}
