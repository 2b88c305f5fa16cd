//! Writing a document over the version that was seen, with its journal entry.

use std::collections::HashSet;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::booking::By;
use quando::id::{BookingId, ResourceId, ServiceId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Deleted, Expected};
use crate::Refusal;
use crate::audit::{Account, Hash, JournalEntry, document_subject};
use crate::question::body;
use crate::record::{Service, Versioned};
use crate::store::{Change, Document, DocumentKey, DocumentKind, Snapshot, Write};

/// A document that is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    key: DocumentKey,
    expected: Expected,
    by: By,
    now: DateTime<Utc>,
    index: Option<Box<[u8]>>,
}

impl Put {
    pub(crate) fn new(
        key: DocumentKey,
        expected: Expected,
        (by, now): (&By, DateTime<Utc>),
    ) -> Put {
        let by = by.clone();
        Put {
            key,
            expected,
            by,
            now,
            index: None,
        }
    }

    /// The same, to be found by a second key.
    pub(crate) fn indexed(mut self, index: Option<&str>) -> Put {
        self.index = index.map(|index| index.as_bytes().into());
        self
    }

    pub(crate) fn known<T: DeserializeOwned>(
        &self,
        snapshot: &Snapshot,
    ) -> Result<Option<T>, Refusal> {
        let known = snapshot.document(&self.key);
        let known = known.filter(|document| !document.body.is_empty());
        known.map(body).transpose()
    }

    /// Adds what writes a value, and gives it with its version.
    pub(crate) fn write<T: Serialize + Clone>(
        &self,
        snapshot: &Snapshot,
        (value, resources): (&T, Vec<ResourceId>),
        changes: &mut Vec<Change>,
    ) -> Result<Versioned<T>, Refusal> {
        let body = serde_json::to_vec(value).expect("a record has a JSON form");
        let version = self.put(snapshot, ("put", body.into(), resources), changes)?;
        Ok(Versioned {
            version,
            updated_at: self.now,
            value: value.clone(),
        })
    }

    pub(crate) fn delete(
        &self,
        snapshot: &Snapshot,
        changes: &mut Vec<Change>,
    ) -> Result<Deleted, Refusal> {
        let version = self.put(snapshot, ("delete", Bytes::new(), Vec::new()), changes)?;
        Ok(Deleted {
            id: self.key.id.to_string(),
            version,
        })
    }

    fn put(
        &self,
        snapshot: &Snapshot,
        (action, body, resources): (&str, Bytes, Vec<ResourceId>),
        changes: &mut Vec<Change>,
    ) -> Result<u64, Refusal> {
        let known = snapshot.document(&self.key);
        let previous = known.map_or(0, |document| document.version);
        let live = known.is_some_and(|document| !document.body.is_empty());
        let what = self.key.kind.name();
        match self.expected {
            Expected::New if live => return Err(Refusal::Exists { what }),
            Expected::Version(_) if !live => return Err(Refusal::NotFound { what }),
            Expected::Version(expected) if expected != previous => {
                return Err(Refusal::VersionConflict {
                    what,
                    expected,
                    current: previous,
                });
            }
            Expected::Any | Expected::New | Expected::Version(_) => {}
        }
        let account = Account {
            at: self.now,
            by: &self.by,
            action,
            events: self.told(&body),
        };
        let entry = JournalEntry::next(
            self.key.partition.clone(),
            document_subject(&self.key),
            (previous + 1, known.map_or(Hash::START, |known| known.head)),
            account,
        );
        let document = Document {
            key: self.key.clone(),
            version: previous + 1,
            guard: 1,
            head: entry.hash,
            body,
            index: self.index.clone(),
            resources,
            updated_at: self.now,
        };
        changes.push(Change::PutDocument {
            document: Box::new(document),
            previous,
        });
        changes.push(Change::Record(Box::new(entry)));
        Ok(previous + 1)
    }

    /// What the journal tells: the whole record, so that any past state can be seen.
    fn told(&self, body: &[u8]) -> Bytes {
        let value = if body.is_empty() { b"null" } else { body };
        [b"{\"record\":", value, b"}"].concat().into()
    }
}

pub(crate) fn write(changes: Vec<Change>, reply: &impl Serialize) -> Write {
    Write {
        changes,
        relied: Vec::new(),
        reply: serde_json::to_vec(reply)
            .expect("a reply has a JSON form")
            .into(),
    }
}

pub(crate) fn versioned<T: DeserializeOwned>(document: &Document) -> Result<Versioned<T>, Refusal> {
    Ok(Versioned {
        version: document.version,
        updated_at: document.updated_at,
        value: body(document)?,
    })
}

pub(crate) fn live<'a>(
    snapshot: &'a Snapshot,
    key: &DocumentKey,
    what: &'static str,
) -> Result<&'a Document, Refusal> {
    let document = snapshot.document(key);
    let live = document.filter(|document| !document.body.is_empty());
    live.ok_or(Refusal::NotFound { what })
}

/// How many bookings, of a service or of all, have claims, of those that were read, and are not
/// done.
pub(super) fn booked(snapshot: &Snapshot, service: Option<&ServiceId>) -> usize {
    let claims = snapshot.claims.iter().filter_map(|row| row.claim.as_ref());
    let of = |other: Option<&ServiceId>| service.is_none_or(|service| other == Some(service));
    let open = claims.filter(|claim| !claim.done && of(claim.service.as_ref()));
    let bookings: HashSet<&BookingId> = open.filter_map(|claim| claim.booking.as_ref()).collect();
    bookings.len()
}

/// All services that were read.
pub(crate) fn services(snapshot: &Snapshot) -> Result<Vec<Service>, Refusal> {
    let services = snapshot
        .documents
        .iter()
        .filter(|document| document.key.kind == DocumentKind::Service && !document.body.is_empty());
    services.map(body).collect()
}
