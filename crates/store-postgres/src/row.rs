//! Rows to the engine's types.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::availability::Claim;
use quando::booking::Status;
use quando::id::{PlaceId, ResourceId, ServiceId};
use quando::time::{Interval, Minutes};
use quando_engine::audit::{Hash, JournalEntry};
use quando_engine::store::{
    BookingRow, ClaimRow, Document, DocumentKey, DocumentKind, Owner, SessionKey,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::error::{Failure, corrupt};
use crate::key::{id, partition, text};

/// The columns of documents; the partition's stands first.
pub(crate) const DOCUMENT: &str = "space, partition_text, id, id_text, version, guard, head, body, \
                                   index_key, resource_ids, resource_texts, updated_at";

/// Reads a document whose partition's key stands in column 0.
pub(crate) fn document(row: &Row, kind: DocumentKind) -> Result<Document, Failure> {
    let ids: Vec<Uuid> = row.try_get(10)?;
    let texts: Option<Vec<Option<String>>> = row.try_get(11)?;
    let texts = texts.unwrap_or_else(|| vec![None; ids.len()]);
    let resources: Result<Vec<ResourceId>, Failure> = ids
        .into_iter()
        .zip(texts)
        .map(|(key, beside)| id(key, beside))
        .collect();
    let index: Option<Vec<u8>> = row.try_get(9)?;
    Ok(Document {
        key: DocumentKey {
            partition: partition(row.try_get(1)?, row.try_get(0)?, row.try_get(2)?)?,
            kind,
            id: text(row.try_get(3)?, row.try_get(4)?).into(),
        },
        version: count(row.try_get(5)?)?,
        guard: count(row.try_get(6)?)?,
        head: hash(row, 7)?,
        body: bytes(row, 8)?,
        index: index.map(Into::into),
        resources: resources?,
        updated_at: row.try_get(12)?,
    })
}

pub(crate) const BOOKING: &str = "provider_id, provider_text, booking_id, booking_text, version, \
    status, customer_id, customer_text, service_id, service_text, starts_at, ends_at, expires_at, \
    next_due, active_slot, hold_slot, head, created_at, body";

pub(crate) fn booking(row: &Row) -> Result<BookingRow, Failure> {
    Ok(BookingRow {
        provider: id(row.try_get(0)?, row.try_get(1)?)?,
        id: id(row.try_get(2)?, row.try_get(3)?)?,
        version: count(row.try_get(4)?)?,
        status: status(row.try_get(5)?)?,
        customer: id(row.try_get(6)?, row.try_get(7)?)?,
        service: id(row.try_get(8)?, row.try_get(9)?)?,
        slot: interval(row.try_get(10)?, row.try_get(11)?)?,
        expires_at: row.try_get(12)?,
        next_due: row.try_get(13)?,
        active_slot: place(row.try_get(14)?)?,
        hold_slot: place(row.try_get(15)?)?,
        head: hash(row, 16)?,
        created_at: row.try_get(17)?,
        body: bytes(row, 18)?,
    })
}

pub(crate) const CLAIM: &str = "c.owner_id, c.owner_text, c.number, c.resource_id, \
    c.resource_text, c.unit, lower(c.span), upper(c.span), c.starts_at, c.ends_at, c.service_id, \
    c.service_text, c.buffer_before_minutes, c.buffer_after_minutes, c.units, c.flags, \
    c.expires_at, c.decided_at, c.extra";

/// What few claims have.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Extra {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) with: Option<ResourceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<PlaceId>,
    /// Resource, leader, service, start and end of the session that owns the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<(ResourceId, ResourceId, ServiceId, i64, i64)>,
}

pub(crate) const OF_SESSION: i16 = 1;
pub(crate) const DONE: i16 = 2;
pub(crate) const OF_OWNER: i16 = 4;

/// Reads a claim whose columns begin at `first`.
pub(crate) fn claim(row: &Row, first: usize) -> Result<ClaimRow, Failure> {
    let extra: Option<serde_json::Value> = row.try_get(first + 18)?;
    let extra: Extra = extra.map_or_else(|| Ok(Extra::default()), value)?;
    let owner = match extra.session {
        Some((resource, leader, service, start, end)) => Owner::Session(SessionKey {
            resource,
            leader,
            service,
            start,
            end,
        }),
        None => Owner::Booking(id(row.try_get(first)?, row.try_get(first + 1)?)?),
    };
    let starts_at: Option<DateTime<Utc>> = row.try_get(first + 8)?;
    let claim = match starts_at {
        Some(start) => {
            let ends_at: Option<DateTime<Utc>> = row.try_get(first + 9)?;
            let end = ends_at.ok_or_else(|| corrupt("a claim has no end"))?;
            let flags: i16 = row.try_get(first + 15)?;
            let service: Option<Uuid> = row.try_get(first + 10)?;
            let beside: Option<String> = row.try_get(first + 11)?;
            let units: i64 = row.try_get(first + 14)?;
            let units = u32::try_from(units)
                .ok()
                .and_then(std::num::NonZeroU32::new);
            let booking = match &owner {
                Owner::Booking(id) if flags & OF_OWNER != 0 => Some(id.clone()),
                Owner::Booking(_) | Owner::Session(_) => None,
            };
            Some(Claim {
                interval: interval(start, end)?,
                service: service.map(|key| id(key, beside)).transpose()?,
                buffer_before_minutes: minutes(row.try_get(first + 12)?)?,
                buffer_after_minutes: minutes(row.try_get(first + 13)?)?,
                units: units.ok_or_else(|| corrupt("a claim has no units"))?,
                session: flags & OF_SESSION != 0,
                with: extra.with,
                place: extra.place,
                booking,
                done: flags & DONE != 0,
                expires_at: row.try_get(first + 16)?,
            })
        }
        None => None,
    };
    let number: i32 = row.try_get(first + 2)?;
    Ok(ClaimRow {
        resource: id(row.try_get(first + 3)?, row.try_get(first + 4)?)?,
        owner,
        number: u32::try_from(number).map_err(|_| corrupt("a claim's number"))?,
        unit: row.try_get(first + 5)?,
        span: interval(row.try_get(first + 6)?, row.try_get(first + 7)?)?,
        claim,
        decided_at: row.try_get(first + 17)?,
    })
}

pub(crate) const ENTRY: &str = "j.provider_id, j.space, j.partition_text, j.subject, j.version, \
    j.at, j.by, j.action, j.events, j.previous, j.hash";

pub(crate) fn entry(row: &Row) -> Result<JournalEntry, Failure> {
    let subject: String = row.try_get(3)?;
    let by: String = row.try_get(6)?;
    let action: String = row.try_get(7)?;
    Ok(JournalEntry {
        partition: partition(row.try_get(1)?, row.try_get(0)?, row.try_get(2)?)?,
        subject: subject.into(),
        version: count(row.try_get(4)?)?,
        at: row.try_get(5)?,
        by: json(&by)?,
        action: action.into(),
        events: bytes(row, 8)?,
        previous: hash(row, 9)?,
        hash: hash(row, 10)?,
    })
}

pub(crate) fn status(name: &str) -> Result<Status, Failure> {
    value(serde_json::Value::String(name.to_owned()))
}

pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| corrupt(&error.to_string()))
}

pub(crate) fn value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| corrupt(&error.to_string()))
}

pub(crate) fn bytes(row: &Row, at: usize) -> Result<Bytes, Failure> {
    let bytes: &[u8] = row.try_get(at)?;
    Ok(Bytes::copy_from_slice(bytes))
}

pub(crate) fn hash(row: &Row, at: usize) -> Result<Hash, Failure> {
    let bytes: &[u8] = row.try_get(at)?;
    Hash::try_from(bytes).map_err(|_| corrupt("a hash"))
}

pub(crate) fn count(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| corrupt("a count"))
}

/// A count as the server has it.
pub(crate) fn number(count: u64) -> i64 {
    i64::try_from(count).expect("counts stay far below 2^63")
}

pub(crate) fn place(number: Option<i32>) -> Result<Option<u32>, Failure> {
    let place = number.map(u32::try_from).transpose();
    place.map_err(|_| corrupt("a customer's place"))
}

fn minutes(number: i32) -> Result<Minutes, Failure> {
    let minutes = u32::try_from(number)
        .ok()
        .and_then(|each| Minutes::new(each).ok());
    minutes.ok_or_else(|| corrupt("a buffer"))
}

pub(crate) fn interval(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Interval, Failure> {
    Interval::new(start, end).map_err(|_| corrupt("an interval"))
}
