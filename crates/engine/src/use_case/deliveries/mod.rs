//! Messages to endpoints: what is sent, when it is tried again, and what became of it.
//!
//! Who delivers asks for three things in turn. [`Engine::fan_out`] reads the feed and writes a
//! delivery for each endpoint that wants to know; [`Engine::due_deliveries`] and
//! [`Engine::claim_deliveries`] give those whose time has come to one worker at a time;
//! [`Engine::settle_delivery`] notes how an attempt went.
//!
//! Deliveries that are due are found by the minute that they are due in, and those that ended by
//! the day: both stand in their second key, and a cursor says up to where nothing is left. So
//! nothing is looked for among the deliveries of a month.
//!
//! [`Engine::fan_out`]: crate::Engine::fan_out
//! [`Engine::due_deliveries`]: crate::Engine::due_deliveries
//! [`Engine::claim_deliveries`]: crate::Engine::claim_deliveries
//! [`Engine::settle_delivery`]: crate::Engine::settle_delivery

mod attempt;
mod due;
mod fan_out;
mod log;
mod message;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::audit::Hash;
use crate::question::body;
use crate::record::Versioned;
use crate::store::{Change, Document, DocumentKey, DocumentKind, Partition, Write};
use crate::{Error, Refusal};

pub use attempt::{AttemptOutcome, ClaimedDelivery};
pub use fan_out::{Endpoints, FannedOut};
pub use log::Deliveries;
pub use message::EVENT_TYPES;

/// How long after an attempt that failed the next one is made; the first is made at once. Up to a
/// tenth more is added by chance, so that not all that failed together come back together.
pub const RETRY_SCHEDULE: [TimeDelta; 7] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(10),
];

/// A message to an endpoint, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delivery {
    /// Its id among those of its endpoint; the newest is first in their order.
    pub id: String,
    /// To which endpoint.
    pub webhook: String,
    /// The id of the message: the same for all endpoints, and for each attempt.
    pub message: String,
    /// What kind of event it tells of.
    #[serde(rename = "type")]
    pub kind: String,
    /// When that happened.
    pub timestamp: DateTime<Utc>,
    /// Whom and what it is about: ids and numbers.
    pub data: Map<String, Value>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// When it was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
    /// The status that was answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status: Option<u16>,
    /// The code of what stood in the way last, where there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryStatus {
    /// It is still to be tried.
    Pending,
    /// The endpoint has it.
    Delivered,
    /// It was given up.
    Dead,
}

/// What is sent: `{"type", "timestamp", "data"}`.
#[derive(Debug, Serialize)]
struct Payload<'a> {
    r#type: &'a str,
    timestamp: DateTime<Utc>,
    data: &'a Map<String, Value>,
}

impl Delivery {
    /// A message that is to be sent at once.
    fn new(webhook: &str, id: String, message: message::Message, now: DateTime<Utc>) -> Delivery {
        Delivery {
            id,
            webhook: webhook.to_owned(),
            message: message.id,
            kind: message.kind,
            timestamp: message.at,
            data: message.data,
            status: DeliveryStatus::Pending,
            attempts: 0,
            next_at: Some(now),
            last_at: None,
            last_status: None,
            last_error: None,
            created_at: now,
        }
    }

    /// The body that is sent, byte for byte the same in each attempt.
    ///
    /// # Panics
    ///
    /// Never: it has a JSON form.
    pub fn payload(&self) -> Bytes {
        let payload = Payload {
            r#type: &self.kind,
            timestamp: self.timestamp,
            data: &self.data,
        };
        let text = serde_json::to_vec(&payload).expect("ids and numbers have a JSON form");
        text.into()
    }

    fn end(&mut self, status: DeliveryStatus) {
        self.status = status;
        self.next_at = None;
    }

    /// What it is found by: the minute in which it is due, or the day of its end.
    fn index(&self, now: DateTime<Utc>) -> Box<[u8]> {
        match self.next_at {
            Some(at) => due::minute_key(due::minute(at)),
            None => due::day_key(due::day(now)),
        }
    }

    /// Writes it over the version that was seen.
    fn put(&self, previous: u64, now: DateTime<Utc>) -> Change {
        let text = serde_json::to_vec(self).expect("a delivery has a JSON form");
        let document = Document {
            key: key(&self.webhook, &self.id),
            version: previous + 1,
            guard: 1,
            head: Hash::START,
            body: text.into(),
            index: Some(self.index(now)),
            resources: Vec::new(),
            updated_at: now,
        };
        Change::PutDocument {
            document: Box::new(document),
            previous,
        }
    }
}

/// The document of a delivery: those of an endpoint stand together.
fn key(webhook: &str, id: &str) -> DocumentKey {
    DocumentKey {
        partition: Partition::Platform,
        kind: DocumentKind::Delivery,
        id: format!("{webhook}/{id}").into(),
    }
}

fn read(document: &Document) -> Result<Versioned<Delivery>, Refusal> {
    Ok(Versioned {
        version: document.version,
        updated_at: document.updated_at,
        value: body(document)?,
    })
}

/// What is written, with an answer for nobody but the caller.
fn written(changes: Vec<Change>, reply: &impl Serialize) -> Write {
    Write {
        changes,
        relied: Vec::new(),
        reply: serde_json::to_vec(reply)
            .expect("a reply has a JSON form")
            .into(),
    }
}

/// The answer of a write, read.
fn answered<T: serde::de::DeserializeOwned>(reply: &[u8]) -> Result<T, Error> {
    let value = serde_json::from_slice(reply);
    Ok(value.map_err(|error| crate::codec::corrupt(&error.to_string()))?)
}
