//! From entries of the feed to messages: kinds of events and ids, and nothing that people wrote.

use chrono::{DateTime, Utc};
use quando::id::ProviderId;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::store::{FeedEntry, Partition};

/// The kinds of events that endpoints are told of. More may come.
pub const EVENT_TYPES: [&str; 30] = [
    "booking.held",
    "booking.holdExtended",
    "booking.booked",
    "booking.awaits",
    "booking.confirmed",
    "booking.declined",
    "booking.expired",
    "booking.cancelled",
    "booking.rescheduled",
    "booking.reassigned",
    "booking.checkedIn",
    "booking.completed",
    "booking.markedNoShow",
    "booking.noShowUndone",
    "booking.noShowSettled",
    "booking.reviewed",
    "booking.reviewsPublished",
    "booking.money",
    "provider.changed",
    "provider.deleted",
    "resource.changed",
    "resource.deleted",
    "service.changed",
    "service.deleted",
    "busy.changed",
    "busy.deleted",
    "webhook.disabled",
    "webhook.changed",
    "webhook.deleted",
    PING,
];

/// What an endpoint is sent to try it.
pub(super) const PING: &str = "ping";

/// What an endpoint is to be told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// Of the message, the same for all endpoints.
    pub(super) id: String,
    /// Which event of its entry, from 0 on.
    pub(super) number: usize,
    /// Whose events these are; everybody's when absent.
    pub(super) provider: Option<ProviderId>,
    /// The endpoint that it is about, which is not told of itself.
    pub(super) about: Option<String>,
    pub(super) kind: String,
    pub(super) at: DateTime<Utc>,
    pub(super) data: Map<String, Value>,
}

/// As much of a booking's events as is told.
#[derive(Debug, Deserialize)]
struct Events {
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
struct Event {
    fact: Fact,
}

#[derive(Debug, Deserialize)]
struct Fact {
    r#type: String,
}

/// As much of an endpoint's record as is told.
#[derive(Debug, Deserialize)]
struct Endpoint {
    record: Option<EndpointRecord>,
}

#[derive(Debug, Deserialize)]
struct EndpointRecord {
    active: bool,
    #[serde(default)]
    provider: Option<ProviderId>,
}

/// The messages of an entry. One that cannot be read tells nothing: the verification finds it.
pub(super) fn messages(entry: &FeedEntry) -> Vec<Message> {
    let Some((what, id)) = entry.entry.subject.split_once('/') else {
        return Vec::new();
    };
    match &entry.entry.partition {
        Partition::Provider(provider) => of_provider(entry, provider, (what, id)),
        Partition::Platform if what == "webhook" => of_webhook(entry, id).into_iter().collect(),
        Partition::Platform | Partition::Person(_) => Vec::new(),
    }
}

fn of_provider(entry: &FeedEntry, provider: &ProviderId, (what, id): (&str, &str)) -> Vec<Message> {
    let version = entry.entry.version;
    let done = if &*entry.entry.action == "delete" {
        "deleted"
    } else {
        "changed"
    };
    let one = |what: &str, data: Value| {
        let kind = format!("{what}.{done}");
        vec![message(entry, (0, kind), Some(provider.clone()), data)]
    };
    match what {
        "booking" => {
            let read: Result<Events, _> = serde_json::from_slice(&entry.entry.events);
            let kinds = read.map(|read| read.events).unwrap_or_default();
            let data = json!({"providerId": provider, "bookingId": id, "version": version});
            let each = kinds.into_iter().enumerate().map(|(number, event)| {
                let kind = format!("booking.{}", event.fact.r#type);
                let whose = Some(provider.clone());
                message(entry, (number, kind), whose, data.clone())
            });
            each.collect()
        }
        "provider" => one(what, json!({"providerId": provider, "version": version})),
        "resource" => {
            let data = json!({"providerId": provider, "resourceId": id, "version": version});
            one(what, data)
        }
        "service" => {
            let data = json!({"providerId": provider, "serviceId": id, "version": version});
            one(what, data)
        }
        "busy_source" => {
            let resource = id.split('/').next().unwrap_or(id);
            let data = json!({"providerId": provider, "resourceId": resource, "version": version});
            one("busy", data)
        }
        _ => Vec::new(),
    }
}

fn of_webhook(entry: &FeedEntry, id: &str) -> Option<Message> {
    let read: Endpoint = serde_json::from_slice(&entry.entry.events).ok()?;
    let (kind, provider) = match read.record {
        None => ("webhook.deleted", None),
        Some(record) if record.active => ("webhook.changed", record.provider),
        Some(record) => ("webhook.disabled", record.provider),
    };
    let data = json!({"webhookId": id, "version": entry.entry.version});
    let mut message = message(entry, (0, kind.to_owned()), provider, data);
    message.about = Some(id.to_owned());
    Some(message)
}

fn message(
    entry: &FeedEntry,
    (number, kind): (usize, String),
    provider: Option<ProviderId>,
    data: Value,
) -> Message {
    let data = match data {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    Message {
        id: format!("msg_{}_{number}", entry.position),
        number,
        provider,
        about: None,
        kind,
        at: entry.entry.at,
        data,
    }
}
