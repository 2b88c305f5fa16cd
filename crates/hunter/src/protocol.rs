//! What a node is asked and what it answers: one line of JSON each.

use chrono::{DateTime, Utc};
use quando::availability::Resource;
use quando::booking::{By, HoldToken};
use quando::id::ProviderId;
use quando::idempotency::IdempotencyKey;
use quando_engine::record::{Provider, Service};
use quando_engine::{ActOn, BookHold, BookingKey, NewBooking};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A request. Time and chance come with it, so that whoever asks steps them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The instant of the request.
    pub now: DateTime<Utc>,
    /// Where its random numbers begin.
    pub seed: u64,
    /// Who asks.
    pub by: By,
    /// What makes it happen once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<IdempotencyKey>,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked: the use cases of the same names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "documented at the use cases of the same names")]
pub enum Ask {
    Create(Box<NewBooking>),
    Hold(Box<NewBooking>),
    BookHold(BookingKey, BookHold),
    Act(BookingKey, Box<ActOn>),
    /// The booking, without doing anything to it.
    Show(BookingKey),
    PutProvider(Box<Provider>),
    PutResource(ProviderId, Box<Resource>),
    PutService(ProviderId, Box<Service>),
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// It is done.
    Done {
        /// Whether it was done before, under the same key.
        replayed: bool,
        /// The secret of a hold.
        token: Option<HoldToken>,
        /// What it gives, byte for byte as the engine gave it.
        reply: Box<RawValue>,
    },
    /// It is not done, or nobody knows.
    Refused {
        /// The code of the error.
        code: String,
        /// The error and what caused it.
        message: String,
    },
}
