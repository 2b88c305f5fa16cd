//! The journal: what was changed, by whom and when, in chains of hashes that show whether anything
//! was altered, left out, put in another order or cut off.
//!
//! Each subject (a booking, a service, a person) has a chain of its own, whose last hash stands on
//! the subject itself. The relay ties all chains together: each entry gets a place in the feed, and
//! a seal over the place, the entry and the seal before.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::booking::By;
use sha2::{Digest, Sha256};

use crate::store::{DocumentKey, Partition};

/// A SHA-256 hash.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash before the first entry of a chain.
    pub const START: Hash = Hash([0; 32]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Hash, Self::Error> {
        bytes.try_into().map(Hash)
    }
}

/// What was changed, as it is written once and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Whose data.
    pub partition: Partition,
    /// What was changed: a kind and an id, such as `booking/b1`; see [`booking_subject`] and
    /// [`document_subject`].
    pub subject: Box<str>,
    /// The subject's version after it, from 1 on without a gap.
    pub version: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: By,
    /// What was done: a command's name, or `put`, `delete`.
    pub action: Box<str>,
    /// What happened, as a JSON array of events.
    pub events: Bytes,
    /// The hash of the subject's entry before.
    pub previous: Hash,
    /// The hash of all of the above.
    pub hash: Hash,
}

/// What an entry says, before it has its place in its chain.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: &'a By,
    /// What was done.
    pub action: &'a str,
    /// What happened, as a JSON array of events.
    pub events: Bytes,
}

/// The subject of a booking.
pub fn booking_subject(id: &quando::id::BookingId) -> Box<str> {
    format!("booking/{id}").into()
}

/// The subject of a document.
pub fn document_subject(key: &DocumentKey) -> Box<str> {
    format!("{}/{}", key.kind.name(), key.id).into()
}

impl JournalEntry {
    /// The next entry of a subject's chain: of `version`, after the entry with the hash `previous`.
    pub fn next(
        partition: Partition,
        subject: Box<str>,
        (version, previous): (u64, Hash),
        account: Account<'_>,
    ) -> JournalEntry {
        let mut entry = JournalEntry {
            partition,
            subject,
            version,
            at: account.at,
            by: account.by.clone(),
            action: account.action.into(),
            events: account.events,
            previous,
            hash: Hash::START,
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// The hash that follows from everything else.
    pub fn computed_hash(&self) -> Hash {
        let by = serde_json::to_vec(&self.by).expect("an actor has a JSON form");
        let (space, partition) = match &self.partition {
            Partition::Provider(id) => (b"p", id.as_str()),
            Partition::Person(id) => (b"q", id.as_str()),
            Partition::Platform => (b"-", ""),
        };
        let mut digest = Sha256::new();
        digest.update(b"quando journal 1");
        let parts: [&[u8]; 8] = [
            &self.previous.0,
            space,
            partition.as_bytes(),
            self.subject.as_bytes(),
            &self.version.to_be_bytes(),
            &self.at.timestamp().to_be_bytes(),
            &by,
            self.action.as_bytes(),
        ];
        for part in parts.into_iter().chain([self.events.as_ref()]) {
            // Lengths keep the parts apart: nothing can be moved from one to the next.
            let length = u64::try_from(part.len()).expect("a length fits into 64 bits");
            digest.update(length.to_be_bytes());
            digest.update(part);
        }
        Hash(digest.finalize().into())
    }
}

/// The seal of an entry at its place in the feed.
pub fn seal(previous: Hash, position: u64, entry: Hash) -> Hash {
    let mut digest = Sha256::new();
    digest.update(b"quando seal 1");
    digest.update(previous.0);
    digest.update(position.to_be_bytes());
    digest.update(entry.0);
    Hash(digest.finalize().into())
}
