//! Chains, and the feed that ties them together.

use std::collections::HashMap;

use crate::audit::{Hash, JournalEntry, booking_subject, document_subject, seal};
use crate::limits::PAGE_MAX;
use crate::store::{
    Document, DocumentKey, DocumentKind, FeedEntry, Item, List, Partition, Position, Scope, Store,
};
use crate::use_case::relay_events::place;
use crate::use_case::verify::{Flaw, Verification, VerifyProgress, entries};
use crate::{Engine, Error};

/// Where each chain ends, by its subject.
pub(super) type Chains = HashMap<(Partition, Box<str>), Chain>;

/// What is known of a subject's chain while the journal is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    version: u64,
    hash: Hash,
}

/// What was read of the journal.
#[derive(Debug, Default)]
pub(super) struct Read {
    chains: Chains,
    /// The hashes of all entries.
    hashes: HashMap<Hash, Position>,
}

impl Read {
    fn take_in(&mut self, entry: &JournalEntry, found: &mut Verification) {
        if entry.computed_hash() != entry.hash {
            found.flaw(Flaw::EntryAltered, &*entry.subject);
        }
        let key = (entry.partition.clone(), entry.subject.clone());
        let chain = self.chains.entry(key).or_insert(Chain {
            version: 0,
            hash: Hash::START,
        });
        if entry.version != chain.version + 1 || entry.previous != chain.hash {
            found.flaw(Flaw::ChainBroken, &*entry.subject);
        }
        chain.version = entry.version;
        chain.hash = entry.hash;
        self.hashes.insert(entry.hash, place(entry));
    }
}

impl<S: Store> Engine<S> {
    pub(super) async fn verify_journal(
        &self,
        found: &mut Verification,
        progress: &mut impl FnMut(VerifyProgress),
    ) -> Result<Read, Error> {
        let mut read = Read::default();
        let mut after = None;
        loop {
            let list = List::Journal {
                partition: None,
                subject: None,
                after: after.take(),
                limit: PAGE_MAX,
            };
            let page = entries(self.store.list(list).await?);
            let Some(last) = page.last() else { break };
            after = Some(place(last));
            for entry in page {
                found.entries += 1;
                read.take_in(&entry, found);
            }
            progress(VerifyProgress {
                part: "journal",
                rows: found.entries,
            });
        }
        Ok(read)
    }

    /// Whether each entry of the journal has one place, in the feed or in the outbox, and the feed
    /// has no other entries.
    pub(super) async fn verify_feed(
        &self,
        read: Read,
        found: &mut Verification,
        progress: &mut impl FnMut(VerifyProgress),
    ) -> Result<Chains, Error> {
        let Read { chains, mut hashes } = read;
        let (mut last, mut position) = (Hash::START, 0);
        loop {
            let page = self.feed(position, PAGE_MAX).await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                let FeedEntry {
                    position: at,
                    seal: sealed,
                    entry,
                } = row;
                if at != position + 1 || sealed != seal(last, at, entry.hash) {
                    found.flaw(Flaw::FeedBroken, at.to_string());
                }
                if hashes.remove(&entry.hash).is_none() && !self.is_new(&entry, &chains).await? {
                    found.flaw(Flaw::FeedOfNothing, format!("{at} {}", entry.subject));
                }
                (last, position) = (sealed, at);
                found.relayed += 1;
            }
            progress(VerifyProgress {
                part: "feed",
                rows: found.relayed,
            });
        }
        let waiting = List::Outbox { limit: PAGE_MAX };
        for entry in entries(self.store.list(waiting).await?) {
            let waits = hashes.remove(&entry.hash).is_some();
            if !waits && !self.is_new(&entry, &chains).await? {
                found.flaw(Flaw::EntryLost, &*entry.subject);
            }
        }
        let mut lost: Vec<Position> = hashes.into_values().collect();
        lost.sort_unstable();
        for Position {
            subject, version, ..
        } in lost
        {
            found.flaw(Flaw::EntryLost, format!("{subject} {version}"));
        }
        Ok(chains)
    }

    /// Whether an entry was written after the journal was read: it is there now, and goes on where
    /// its chain ended.
    async fn is_new(&self, entry: &JournalEntry, chains: &Chains) -> Result<bool, Error> {
        let chain = chains.get(&(entry.partition.clone(), entry.subject.clone()));
        if chain.is_some_and(|chain| entry.version <= chain.version) {
            return Ok(false);
        }
        let list = List::Journal {
            partition: Some(entry.partition.clone()),
            subject: Some(entry.subject.clone()),
            after: Some(Position {
                version: entry.version.saturating_sub(1),
                ..place(entry)
            }),
            limit: 1,
        };
        let there = entries(self.store.list(list).await?);
        Ok(there.first() == Some(entry))
    }

    /// Whether each subject stands where its chain ends, and each chain has its subject.
    pub(super) async fn verify_heads(
        &self,
        mut chains: Chains,
        found: &mut Verification,
    ) -> Result<(), Error> {
        for kind in DocumentKind::ALL {
            self.verify_documents(kind, &mut chains, found).await?;
        }
        let mut after = None;
        loop {
            let rows = self.all_bookings(after.take()).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.provider.clone(), last.id.clone()));
            for row in rows {
                let partition = Partition::Provider(row.provider);
                let key = (partition, booking_subject(&row.id));
                check_head(chains.remove(&key), (row.version, row.head), &key.1, found);
            }
        }
        // What is left are the chains of what was deleted, which keeps its head.
        let mut left: Vec<((Partition, Box<str>), Chain)> = chains.into_iter().collect();
        left.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for ((partition, subject), chain) in left {
            let document = self.deleted(partition, &subject).await?;
            let stands = document.map(|document| (document.version, document.head));
            check_head(Some(chain), stands.unwrap_or_default(), &subject, found);
        }
        Ok(())
    }

    async fn verify_documents(
        &self,
        kind: DocumentKind,
        chains: &mut Chains,
        found: &mut Verification,
    ) -> Result<(), Error> {
        let untold = [
            DocumentKind::Terms,
            DocumentKind::Note,
            DocumentKind::Delivery,
            DocumentKind::SubscriptionState,
            DocumentKind::Delivery,
        ];
        if untold.contains(&kind) {
            // They are named by what they say, sealed, sent, or of the moment; the journal does not
            // tell of them.
            return Ok(());
        }
        let mut after: Option<DocumentKey> = None;
        loop {
            let list = List::Documents {
                kind,
                partition: None,
                after: after.take(),
                limit: PAGE_MAX,
            };
            let items = self.store.list(list).await?;
            let Some(Item::Document(last)) = items.last() else {
                return Ok(());
            };
            after = Some(last.key.clone());
            for item in items {
                if let Item::Document(document) = item {
                    let subject = document_subject(&document.key);
                    let key = (document.key.partition.clone(), subject);
                    let stands = (document.version, document.head);
                    check_head(chains.remove(&key), stands, &key.1, found);
                }
            }
        }
    }

    /// A document by the subject of its chain, also when it was deleted.
    async fn deleted(
        &self,
        partition: Partition,
        subject: &str,
    ) -> Result<Option<Document>, Error> {
        let Some((name, id)) = subject.split_once('/') else {
            return Ok(None);
        };
        let kind = DocumentKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name);
        let Some(kind) = kind else {
            return Ok(None);
        };
        let key = DocumentKey {
            partition: partition.clone(),
            kind,
            id: id.into(),
        };
        let mut snapshot = self.store.read(Scope::new(partition).document(key)).await?;
        Ok(snapshot.documents.pop())
    }
}

fn check_head(
    chain: Option<Chain>,
    (version, head): (u64, Hash),
    subject: &str,
    found: &mut Verification,
) {
    let ends = chain.is_some_and(|chain| chain.version == version && chain.hash == head);
    if !ends {
        found.flaw(Flaw::ChainCut, subject);
    }
}
