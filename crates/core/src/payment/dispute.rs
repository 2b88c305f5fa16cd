use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::booking::{Actor, Note};
use crate::id::DisputeId;
use crate::money::Money;
use crate::time::text::serde_form;

/// A complaint about a booking, or money that the customer's bank took back. While it is open no
/// money of the booking is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dispute {
    /// Its name: the host's, or for a chargeback the processor's.
    pub id: DisputeId,
    /// Who complained; the system for a chargeback.
    pub by: Actor,
    /// How much money it is about.
    pub amount: Money,
    /// When it was opened.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// How it ended; open while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<DisputeOutcome>,
}

/// How a dispute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisputeOutcome {
    /// The money is back in the platform's hands.
    Won,
    /// The bank left the money with the customer.
    Lost,
}

impl Dispute {
    /// Whether it is still open.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }

    /// Whether it is the bank's, and not one that the platform decides.
    pub fn is_chargeback(&self) -> bool {
        self.by == Actor::System
    }
}
