//! What is stored in the end, read through the port and by nothing of the engine.

use std::collections::HashMap;

use quando::booking::Take;
use quando::time::Interval;
use quando_engine::store::{Item, List, Position, Store};
use serde::Deserialize;
use serde_json::Value;

use crate::history::Stored;

const PAGE: u32 = 1_000;

/// All that is stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) bookings: Vec<Stored>,
    /// The bookings' changes, in the order of their commits.
    pub(crate) log: Vec<Entry>,
    /// Time that is taken of units.
    pub(crate) claims: Vec<ClaimOf>,
}

/// A change of a booking.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) booking: String,
    pub(crate) version: u64,
    pub(crate) action: String,
    pub(crate) at: i64,
    pub(crate) facts: Vec<FactOf>,
}

/// A row that takes a unit of a resource.
#[derive(Clone, Debug)]
pub(crate) struct ClaimOf {
    pub(crate) provider: String,
    pub(crate) resource: String,
    pub(crate) unit: i64,
    pub(crate) span: Interval,
    /// The booking; none of a session.
    pub(crate) booking: Option<String>,
}

/// What an event says, as far as it matters here.
#[derive(Clone, Debug)]
pub(crate) enum FactOf {
    /// The booking begins.
    Opened(Box<Opened>, Option<i64>),
    /// It takes another time or other resources.
    Moved(Option<Interval>, Vec<Take>),
    /// It lapses then, or does not.
    Due(Option<i64>),
    /// It takes no time any more.
    Ended,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Opened {
    pub(crate) provider: String,
    pub(crate) customer: String,
    pub(crate) service: String,
    pub(crate) slot: Interval,
    pub(crate) takes: Vec<Take>,
}

impl Tables {
    /// Reads all. `order` says in which order subjects' versions were committed; without it, the
    /// order is that of the outbox, which nothing may have been relayed from.
    pub(crate) async fn read<S: Store>(
        store: &S,
        order: Option<HashMap<(String, u64), usize>>,
    ) -> Tables {
        let order = match order {
            Some(order) => order,
            None => outbox(store).await,
        };
        let mut log: Vec<(usize, Entry)> = Vec::new();
        for entry in journal(store).await {
            let place = order[&(format!("booking/{}", entry.booking), entry.version)];
            log.push((place, entry));
        }
        log.sort_unstable_by_key(|(place, _)| *place);
        Tables {
            bookings: bookings(store).await,
            log: log.into_iter().map(|(_, entry)| entry).collect(),
            claims: claims(store).await,
        }
    }
}

async fn outbox<S: Store>(store: &S) -> HashMap<(String, u64), usize> {
    let items = store.list(List::Outbox { limit: 1 << 20 }).await.unwrap();
    let places = items.into_iter().enumerate().map(|(place, item)| {
        let Item::Journal(entry) = item else {
            panic!("{item:?}")
        };
        ((entry.subject.to_string(), entry.version), place)
    });
    places.collect()
}

async fn journal<S: Store>(store: &S) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let list = List::Journal {
            partition: None,
            subject: None,
            after,
            limit: PAGE,
        };
        let items = store.list(list).await.unwrap();
        let count = items.len();
        let mut last = None;
        for item in items {
            let Item::Journal(entry) = item else {
                panic!("{item:?}")
            };
            if let Some(booking) = entry.subject.strip_prefix("booking/") {
                entries.push(Entry {
                    booking: booking.to_owned(),
                    version: entry.version,
                    action: entry.action.to_string(),
                    at: entry.at.timestamp(),
                    facts: facts(&entry.events),
                });
            }
            last = Some(Position {
                partition: entry.partition,
                subject: entry.subject,
                version: entry.version,
            });
        }
        after = last;
        if count < PAGE as usize {
            return entries;
        }
    }
}

fn facts(body: &[u8]) -> Vec<FactOf> {
    let body: Value = serde_json::from_slice(body).unwrap();
    let events = body["events"].as_array().unwrap();
    events
        .iter()
        .filter_map(|event| fact(&event["fact"]))
        .collect()
}

fn fact(fact: &Value) -> Option<FactOf> {
    let due = |field: &str| {
        let text = fact[field].as_str()?;
        Some(
            text.parse::<chrono::DateTime<chrono::Utc>>()
                .unwrap()
                .timestamp(),
        )
    };
    let read = |value: &Value| Box::<Opened>::deserialize(value).unwrap();
    Some(match fact["type"].as_str().unwrap() {
        "held" => FactOf::Opened(read(&fact["opening"]), due("expiresAt")),
        "booked" if fact["opening"].is_null() => FactOf::Due(due("dueAt")),
        "booked" => FactOf::Opened(read(&fact["opening"]), due("dueAt")),
        "holdExtended" => FactOf::Due(due("expiresAt")),
        "awaits" => FactOf::Due(due("dueAt")),
        "confirmed" => FactOf::Due(None),
        "rescheduled" => {
            let slot = Interval::deserialize(&fact["slot"]).unwrap();
            FactOf::Moved(Some(slot), Vec::deserialize(&fact["takes"]).unwrap())
        }
        "reassigned" => FactOf::Moved(None, Vec::deserialize(&fact["takes"]).unwrap()),
        "declined" | "expired" | "cancelled" => FactOf::Ended,
        "money" => return None,
        other => panic!("nobody did `{other}`"),
    })
}

async fn bookings<S: Store>(store: &S) -> Vec<Stored> {
    let mut bookings: Vec<Stored> = Vec::new();
    let mut after = None;
    loop {
        let list = List::AllBookings { after, limit: PAGE };
        let items = store.list(list).await.unwrap();
        let count = items.len();
        let mut last = None;
        for item in items {
            let Item::Booking(row) = item else {
                panic!("{item:?}")
            };
            let stored: Stored = serde_json::from_slice(&row.body).unwrap();
            assert_eq!(
                (stored.version, stored.status, stored.slot),
                (row.version, row.status, row.slot),
                "the columns of `{}` differ from its body",
                row.id
            );
            bookings.push(stored);
            last = Some((row.provider, row.id));
        }
        after = last;
        if count < PAGE as usize {
            return bookings;
        }
    }
}

async fn claims<S: Store>(store: &S) -> Vec<ClaimOf> {
    let mut claims: Vec<ClaimOf> = Vec::new();
    let mut after = None;
    loop {
        let list = List::Claims {
            provider: None,
            after,
            limit: PAGE,
        };
        let items = store.list(list).await.unwrap();
        let count = items.len();
        let mut last = None;
        for item in items {
            let Item::Claim(provider, row) = item else {
                panic!("{item:?}")
            };
            let booking = match &row.owner {
                quando_engine::store::Owner::Booking(id) => Some(id.to_string()),
                quando_engine::store::Owner::Session(_) => None,
            };
            claims.extend(row.unit.map(|unit| ClaimOf {
                provider: provider.to_string(),
                resource: row.resource.to_string(),
                unit,
                span: row.span,
                booking,
            }));
            last = Some((provider, row));
        }
        after = last;
        if count < PAGE as usize {
            return claims;
        }
    }
}
