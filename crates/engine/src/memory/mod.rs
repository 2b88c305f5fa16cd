//! The reference store: everything in memory, under one lock.
//!
//! It is what examples and tests run on, what hosts use who keep nothing, and the oracle that the
//! other stores are compared with. Nothing of it outlives the process.

mod data;
mod list;

use std::future::{Future, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use quando::idempotency::{Judgement, Record, judge};

use crate::limits::DECISIONS_MAX;
use crate::refusal::Refusal;
use crate::store::{
    FeedEntry, Item, List, Projection, Scope, Snapshot, Store, StoreError, TransactError, Write,
    WriteRequest, Written,
};

use data::Data;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    data: Mutex<Data>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// Changes what is never changed: for tests of what finds it.
    #[cfg(any(test, feature = "testkit"))]
    #[doc(hidden)]
    pub fn tamper_with_journal(&self, tamper: impl FnOnce(&mut Vec<crate::audit::JournalEntry>)) {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries: Vec<_> = std::mem::take(&mut data.journal).into_values().collect();
        tamper(&mut entries);
        for entry in entries {
            data.journal.insert(data::position(&entry), entry);
        }
    }

    /// Changes bookings behind the engine's back; the hash is that of the journal entry before the
    /// latest.
    #[cfg(any(test, feature = "testkit"))]
    #[doc(hidden)]
    pub fn tamper_with_bookings(
        &self,
        mut tamper: impl FnMut(&mut crate::store::BookingRow, crate::audit::Hash),
    ) {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        let feed = data.feed.clone();
        for row in data.bookings.values_mut() {
            let before = feed.iter().find(|each| each.entry.hash == row.head);
            let before = before.map_or(crate::audit::Hash::START, |each| each.entry.previous);
            tamper(row, before);
        }
    }

    /// Changes the feed, as [`MemoryStore::tamper_with_journal`] does the journal.
    #[cfg(any(test, feature = "testkit"))]
    #[doc(hidden)]
    pub fn tamper_with_feed(&self, tamper: impl FnOnce(&mut Vec<FeedEntry>)) {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        tamper(&mut data.feed);
    }

    /// Changes claims behind the engine's back, and keeps those that `tamper` says yes to.
    #[cfg(any(test, feature = "testkit"))]
    #[doc(hidden)]
    pub fn tamper_with_claims(&self, mut tamper: impl FnMut(&mut crate::store::ClaimRow) -> bool) {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        for owners in data.claims.values_mut() {
            for rows in owners.values_mut() {
                rows.retain_mut(&mut tamper);
            }
        }
    }

    /// Takes away postings and bookings behind the engine's back, all but those that are named.
    #[cfg(any(test, feature = "testkit"))]
    #[doc(hidden)]
    pub fn tamper_by_keeping(
        &self,
        mut booking: impl FnMut(&crate::store::BookingRow) -> bool,
        mut posting: impl FnMut(&crate::store::PostingRow) -> bool,
    ) {
        let mut data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        data.bookings.retain(|_, row| booking(row));
        data.postings.retain(|_, row| posting(row));
    }

    fn data(&self) -> Result<MutexGuard<'_, Data>, StoreError> {
        // A panic in a decision leaves the data whole: it is written after everything was checked.
        Ok(self.data.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<D>(&self, request: &WriteRequest, mut decide: D) -> Result<Written, TransactError>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal>,
    {
        let mut data = self.data()?;
        let partition = &request.scope.partition;
        if let Some(asked) = &request.idempotency
            && let Some((hash, reply)) = data.reply(partition, asked)
        {
            let record = Record {
                hash,
                answered: true,
            };
            if judge(Some(&record), asked.hash)? == Judgement::Replay {
                let replayed = true;
                return Ok(Written { reply, replayed });
            }
        }
        for _ in 0..DECISIONS_MAX {
            let snapshot = data.snapshot(&request.scope);
            let write = decide(&snapshot)?;
            if data.fits(&write) {
                let reply = write.reply.clone();
                data.apply(write);
                if let Some(asked) = &request.idempotency {
                    data.keep_reply(partition, asked, reply.clone());
                }
                let replayed = false;
                return Ok(Written { reply, replayed });
            }
        }
        let attempts = DECISIONS_MAX;
        Err(StoreError::Contended { attempts }.into())
    }
}

impl Store for MemoryStore {
    fn read(&self, scope: Scope) -> impl Future<Output = Result<Snapshot, StoreError>> + Send {
        ready(self.data().map(|data| data.snapshot(&scope)))
    }

    fn transact<D>(
        &self,
        request: WriteRequest,
        decide: D,
    ) -> impl Future<Output = Result<Written, TransactError>> + Send
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        ready(self.write(&request, decide))
    }

    fn list(&self, list: List) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send {
        ready(self.data().map(|data| data.list(&list)))
    }

    fn relay<P>(
        &self,
        limit: u32,
        mut project: P,
    ) -> impl Future<Output = Result<Vec<FeedEntry>, StoreError>> + Send
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        ready(self.data().map(|mut data| {
            let entries = data.number(limit);
            if !entries.is_empty() {
                data.project(project(&entries));
            }
            entries
        }))
    }
}
