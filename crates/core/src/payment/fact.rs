use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Answer, Dispute, DisputeOutcome, FeeBasis, InstructionId, Purpose, RefundReason};
use crate::id::{BookingId, DisputeId};
use crate::ledger::Entry;
use crate::money::Money;
use crate::time::text::serde_form;

/// Something that happened to the money of a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "payment",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum PaymentFact {
    /// The price, and the fee on it, are others.
    Priced {
        /// What the fee is computed by from now on.
        basis: FeeBasis,
        /// What the customer owes in all.
        owed: Money,
    },
    /// The customer is asked for a payment: `authorise/n/1`.
    Opened {
        /// What for.
        purpose: Purpose,
        /// How much.
        amount: Money,
    },
    /// The first payment goes to the booking that took this one's place, and so do the answers about
    /// it that came early.
    PassedOn {
        /// That booking.
        to: BookingId,
    },
    /// The first payment is that of the booking whose place this one takes.
    TakenOver {
        /// That booking.
        from: BookingId,
        /// What for.
        purpose: Purpose,
        /// How much.
        amount: Money,
    },
    /// The processor is asked to collect a payment, or to let it go, or once more for something
    /// that failed.
    Asked {
        /// What is asked.
        instruction: InstructionId,
    },
    /// Money goes back: `refund/n/1`.
    RefundAsked {
        /// Why.
        reason: RefundReason,
        /// How much.
        amount: Money,
    },
    /// A refund that failed is given up, for the customer's bank has taken its money.
    RefundDropped {
        /// Which, from 1 on.
        number: u32,
    },
    /// Money goes to the provider's bank: `payout/n/1`.
    PayoutAsked {
        /// How much.
        amount: Money,
    },
    /// The processor said something.
    Answered {
        /// What.
        answer: Answer,
    },
    /// The processor said something about an instruction that was not given yet.
    Parked {
        /// What.
        answer: Answer,
    },
    /// A dispute was opened.
    DisputeOpened {
        /// Which.
        dispute: Dispute,
    },
    /// A dispute ended.
    DisputeClosed {
        /// Which.
        dispute: DisputeId,
        /// How.
        outcome: DisputeOutcome,
    },
    /// Money moved in the books.
    Posted {
        /// From where to where.
        entry: Entry,
    },
    /// It is known when held money is due, or no longer known.
    ReleaseDue {
        /// When.
        #[serde(default, with = "serde_form::optional_instant")]
        at: Option<DateTime<Utc>>,
    },
    /// Held money was passed on.
    Released,
}
