//! Whether everything that is stored holds together: chains, feed, bookings, ledger, claims.

mod bookings;
mod claims;
mod customers;
mod journal;
#[cfg(test)]
mod tests;

use quando::id::{BookingId, ProviderId};
use serde::Serialize;

use crate::audit::JournalEntry;
use crate::limits::{PAGE_MAX, RELAY_MAX};
use crate::store::{BookingRow, Item, List, Partition, Store, StoreError};
use crate::use_case::relay_events::place;
use crate::{Engine, Error};

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Entries of the journal that were read.
    pub entries: u64,
    /// Entries of the feed.
    pub relayed: u64,
    /// Bookings.
    pub bookings: u64,
    /// Claims.
    pub claims: u64,
    /// Postings of the ledger.
    pub postings: u64,
    /// What does not hold; nothing when all is well.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether everything holds together.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What.
    pub what: Flaw,
    /// Of what: a subject of the journal, a place in the feed, a booking, a resource.
    pub of: String,
}

/// What may not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Flaw {
    /// An entry of the journal is not what its hash says.
    EntryAltered,
    /// An entry does not follow on the one before: one is missing, or they were exchanged.
    ChainBroken,
    /// A chain ends before, or after, what its subject says, or its subject is not there.
    ChainCut,
    /// The feed has a gap, or a seal that does not follow.
    FeedBroken,
    /// The feed has an entry that the journal does not have, or has otherwise.
    FeedOfNothing,
    /// An entry is neither in the feed nor in the outbox, or in both.
    EntryLost,
    /// A booking is not what its events make of it.
    BookingDiffers,
    /// A booking's row is not what the booking says: it would be found elsewhere, or looked at at
    /// another time.
    RowDiffers,
    /// Events cannot be read.
    Unreadable,
    /// Postings do not sum to zero.
    LedgerUnbalanced,
    /// The ledger is not what the events say.
    LedgerDiffers,
    /// A booking's balances are not what the ledger says.
    BalancesDiffer,
    /// Two claims take one unit at the same time.
    UnitsMeet,
    /// An active booking has not the claims that it lays or not the units for them, or one that is
    /// over has some.
    ClaimsDiffer,
    /// A claim has a unit that its resource had not when it was laid.
    UnitUnknown,
    /// A provider's statistics are not what its events add up to.
    StatisticsDiffer,
    /// A customer's list has not the bookings that are the customer's.
    CustomerListDiffers,
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyProgress {
    /// What is being read.
    pub part: &'static str,
    /// How many rows of it so far.
    pub rows: u64,
}

impl Verification {
    fn flaw(&mut self, what: Flaw, of: impl Into<String>) {
        let of = of.into();
        self.findings.push(Finding { what, of });
    }
}

impl<S: Store> Engine<S> {
    /// Reads everything and says what does not hold. Nothing is changed, but what waits in the
    /// outbox is relayed first, so that statistics and lists can be compared. Others may go on working; what
    /// they change between two readings may be found: run it again on a finding, or on a copy.
    ///
    /// It keeps a hash and a place for each entry of the journal in memory, a count for each customer,
    /// and all claims of one provider at a time.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn verify(
        &self,
        mut progress: impl FnMut(VerifyProgress),
    ) -> Result<Verification, Error> {
        while !self.relay_events(RELAY_MAX).await?.is_empty() {}
        let mut found = Verification::default();
        let read = self.verify_journal(&mut found, &mut progress).await?;
        let chains = self.verify_feed(read, &mut found, &mut progress).await?;
        self.verify_heads(chains, &mut found).await?;
        self.verify_bookings(&mut found, &mut progress).await?;
        self.verify_claims(&mut found, &mut progress).await?;
        self.verify_statistics(&mut found).await?;
        Ok(found)
    }

    async fn verify_statistics(&self, found: &mut Verification) -> Result<(), Error> {
        let mut after: Option<ProviderId> = None;
        loop {
            let page = self.providers(after.as_ref(), PAGE_MAX).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.value.id.clone());
            for provider in page {
                let id = provider.value.id;
                let kept = self.statistics(&id).await?;
                match self.rebuild_statistics(&id).await {
                    Ok(rebuilt) if rebuilt == kept => {}
                    Ok(_) => found.flaw(Flaw::StatisticsDiffer, id),
                    Err(Error::Store(StoreError::Corrupt { .. })) => {
                        found.flaw(Flaw::Unreadable, id);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// The journal of a partition, or of one subject in it, in the order of versions.
    pub(crate) async fn journal_of(
        &self,
        partition: Partition,
        subject: Option<Box<str>>,
    ) -> Result<Vec<JournalEntry>, Error> {
        let mut all: Vec<JournalEntry> = Vec::new();
        loop {
            let list = List::Journal {
                partition: Some(partition.clone()),
                subject: subject.clone(),
                after: all.last().map(place),
                limit: PAGE_MAX,
            };
            let page = entries(self.store.list(list).await?);
            let whole = page.len() == PAGE_MAX as usize;
            all.extend(page);
            if !whole {
                return Ok(all);
            }
        }
    }

    async fn all_bookings(
        &self,
        after: Option<(ProviderId, BookingId)>,
    ) -> Result<Vec<BookingRow>, Error> {
        let list = List::AllBookings {
            after,
            limit: PAGE_MAX,
        };
        let items = self.store.list(list).await?.into_iter();
        let rows = items.filter_map(|item| match item {
            Item::Booking(row) => Some(*row),
            _ => None,
        });
        Ok(rows.collect())
    }
}

fn entries(items: Vec<Item>) -> Vec<JournalEntry> {
    let entries = items.into_iter().filter_map(|item| match item {
        Item::Journal(entry) => Some(*entry),
        _ => None,
    });
    entries.collect()
}
