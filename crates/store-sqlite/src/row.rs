//! Rows to the engine's types and back.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::booking::{By, Status};
use quando::id::{BookingId, CustomerId, ProviderId, ResourceId, ServiceId};
use quando::time::Interval;
use quando_engine::audit::{Hash, JournalEntry};
use quando_engine::personal::PersonId;
use quando_engine::store::{
    BookingRow, ClaimRow, Document, DocumentKey, DocumentKind, Owner, Partition, SessionKey,
    StoreError,
};
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::Failure;

/// A partition as a key: providers before persons before the platform, as the engine orders them.
pub(crate) fn partition_key(partition: &Partition) -> String {
    match partition {
        Partition::Provider(id) => format!("p/{id}"),
        Partition::Person(id) => format!("q/{}", id.as_str()),
        Partition::Platform => "z".to_owned(),
    }
}

pub(crate) fn partition_of(key: &str) -> Result<Partition, Failure> {
    match key.split_once('/') {
        Some(("p", id)) => Ok(Partition::Provider(id_of(id)?)),
        Some(("q", id)) => {
            let person = PersonId::new(id).map_err(|_| corrupt("partition", key))?;
            Ok(Partition::Person(person))
        }
        None if key == "z" => Ok(Partition::Platform),
        _ => Err(corrupt("partition", key)),
    }
}

pub(crate) fn kind_of(name: &str) -> Result<DocumentKind, Failure> {
    let mut kinds = DocumentKind::ALL.into_iter();
    kinds
        .find(|kind| kind.name() == name)
        .ok_or_else(|| corrupt("kind", name))
}

/// What claims belong to, as a key. Ids have no control characters, so that the parts of a session
/// stay apart.
pub(crate) fn owner_key(owner: &Owner) -> String {
    match owner {
        Owner::Booking(id) => format!("b/{id}"),
        Owner::Session(key) => {
            let SessionKey {
                resource,
                leader,
                service,
                start,
                end,
            } = key;
            format!("s/{start}\n{end}\n{resource}\n{leader}\n{service}")
        }
    }
}

pub(crate) fn owner_of(key: &str) -> Result<Owner, Failure> {
    let wrong = || corrupt("owner", key);
    match key.split_at_checked(2) {
        Some(("b/", id)) => Ok(Owner::Booking(id_of(id)?)),
        Some(("s/", rest)) => {
            let parts: Vec<&str> = rest.split('\n').collect();
            let [start, end, resource, leader, service] = parts[..] else {
                return Err(wrong());
            };
            Ok(Owner::Session(SessionKey {
                resource: id_of(resource)?,
                leader: id_of(leader)?,
                service: id_of(service)?,
                start: start.parse().map_err(|_| wrong())?,
                end: end.parse().map_err(|_| wrong())?,
            }))
        }
        _ => Err(wrong()),
    }
}

pub(crate) const DOCUMENT: &str = "partition, kind, id, version, guard, head, body, second_key, \
                                   resources, updated_at";

pub(crate) fn document(row: &Row<'_>) -> Result<Document, Failure> {
    let partition: String = row.get(0)?;
    let kind: String = row.get(1)?;
    let id: String = row.get(2)?;
    let resources: String = row.get(8)?;
    let index: Option<Vec<u8>> = row.get(7)?;
    let resources: Vec<ResourceId> = json_of(&resources)?;
    Ok(Document {
        key: DocumentKey {
            partition: partition_of(&partition)?,
            kind: kind_of(&kind)?,
            id: id.into(),
        },
        version: count(row.get(3)?)?,
        guard: count(row.get(4)?)?,
        head: hash(row, 5)?,
        body: bytes(row, 6)?,
        index: index.map(Into::into),
        resources,
        updated_at: instant(row.get(9)?)?,
    })
}

pub(crate) const BOOKING: &str = "provider, id, version, status, customer, service, starts_at, \
                                  ends_at, expires_at, next_due, active_slot, hold_slot, head, \
                                  created_at, body";

pub(crate) fn booking(row: &Row<'_>) -> Result<BookingRow, Failure> {
    let text = |at: usize| row.get::<_, String>(at);
    Ok(BookingRow {
        provider: id_of::<ProviderId>(&text(0)?)?,
        id: id_of::<BookingId>(&text(1)?)?,
        version: count(row.get(2)?)?,
        status: status(&text(3)?)?,
        customer: id_of::<CustomerId>(&text(4)?)?,
        service: id_of::<ServiceId>(&text(5)?)?,
        slot: interval(row, 6)?,
        expires_at: optional_instant(row, 8)?,
        next_due: optional_instant(row, 9)?,
        active_slot: row.get(10)?,
        hold_slot: row.get(11)?,
        head: hash(row, 12)?,
        created_at: instant(row.get(13)?)?,
        body: bytes(row, 14)?,
    })
}

pub(crate) const CLAIM: &str =
    "resource, owner, number, unit, starts_at, ends_at, claim, decided_at";

pub(crate) fn claim(row: &Row<'_>) -> Result<ClaimRow, Failure> {
    let resource: String = row.get(0)?;
    let owner: String = row.get(1)?;
    let claim: Option<String> = row.get(6)?;
    Ok(ClaimRow {
        resource: id_of(&resource)?,
        owner: owner_of(&owner)?,
        number: row.get(2)?,
        unit: row.get(3)?,
        span: interval(row, 4)?,
        claim: claim.map(|text| json_of(&text)).transpose()?,
        decided_at: instant(row.get(7)?)?,
    })
}

pub(crate) const ENTRY: &str =
    "j.partition, j.subject, j.version, j.at, j.actor, j.action, j.events, j.previous, j.hash";

pub(crate) fn entry(row: &Row<'_>) -> Result<JournalEntry, Failure> {
    let partition: String = row.get(0)?;
    let subject: String = row.get(1)?;
    let by: String = row.get(4)?;
    let action: String = row.get(5)?;
    let by: By = json_of(&by)?;
    Ok(JournalEntry {
        partition: partition_of(&partition)?,
        subject: subject.into(),
        version: count(row.get(2)?)?,
        at: instant(row.get(3)?)?,
        by,
        action: action.into(),
        events: bytes(row, 6)?,
        previous: hash(row, 7)?,
        hash: hash(row, 8)?,
    })
}

pub(crate) fn status(name: &str) -> Result<Status, Failure> {
    let quoted = json(&name);
    json_of(&quoted)
}

pub(crate) fn id_of<T>(text: &str) -> Result<T, Failure>
where
    T: TryFrom<String>,
{
    T::try_from(text.to_owned()).map_err(|_| corrupt("id", text))
}

pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is stored has a JSON form")
}

pub(crate) fn json_of<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| corrupt("JSON", &error.to_string()))
}

pub(crate) fn bytes(row: &Row<'_>, at: usize) -> Result<Bytes, Failure> {
    let bytes: Vec<u8> = row.get(at)?;
    Ok(bytes.into())
}

pub(crate) fn hash(row: &Row<'_>, at: usize) -> Result<Hash, Failure> {
    let bytes: Vec<u8> = row.get(at)?;
    Hash::try_from(bytes.as_slice()).map_err(|_| corrupt("hash", "its length"))
}

pub(crate) fn count(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| corrupt("count", &number.to_string()))
}

/// A count as SQLite has it.
pub(crate) fn number(count: u64) -> i64 {
    i64::try_from(count).expect("counts stay far below 2^63")
}

pub(crate) fn instant(seconds: i64) -> Result<DateTime<Utc>, Failure> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| corrupt("instant", &seconds.to_string()))
}

pub(crate) fn optional_instant(row: &Row<'_>, at: usize) -> Result<Option<DateTime<Utc>>, Failure> {
    let seconds: Option<i64> = row.get(at)?;
    seconds.map(instant).transpose()
}

fn interval(row: &Row<'_>, at: usize) -> Result<Interval, Failure> {
    let (start, end): (i64, i64) = (row.get(at)?, row.get(at + 1)?);
    Interval::from_timestamps(start, end).map_err(|_| corrupt("interval", &start.to_string()))
}

pub(crate) fn corrupt(what: &str, found: &str) -> Failure {
    Failure::Store(StoreError::Corrupt {
        what: format!("{what}: {found}").into(),
    })
}
