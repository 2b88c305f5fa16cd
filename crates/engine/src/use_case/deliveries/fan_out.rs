//! From the feed to endpoints: a delivery for each message and each endpoint that wants it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use quando::id::ProviderId;

use super::message::{Message, PING, messages};
use super::{Delivery, key};
use crate::limits::PAGE_MAX;
use crate::store::{Change, FeedEntry, Partition, Scope, Snapshot, Store, Write, WriteRequest};
use crate::use_case::Webhook;
use crate::{Context, Engine, Error};

/// The consumer of the feed.
const CONSUMER: &str = "webhooks";
/// Deliveries that are written at a time.
const WRITTEN_MAX: usize = 200;
/// No more entries are read once there are so many deliveries, so that they fit into memory
/// however many endpoints there are.
const FANNED_OUT_MAX: usize = 2_000;
/// Subjects of endpoints begin with it.
const SUBJECT: &str = "webhook/";

/// Which endpoints there are, by whose events they want.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    of_provider: HashMap<ProviderId, Vec<Arc<Webhook>>>,
    of_all: Vec<Arc<Webhook>>,
    known: bool,
}

/// How far the feed was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FannedOut {
    /// Entries that were read; none when there are no more.
    pub entries: usize,
    /// Deliveries that follow from them.
    pub deliveries: usize,
}

impl Endpoints {
    fn of(webhooks: impl IntoIterator<Item = Webhook>) -> Endpoints {
        let mut endpoints = Endpoints {
            known: true,
            ..Endpoints::default()
        };
        for webhook in webhooks.into_iter().filter(|webhook| webhook.active) {
            let place = match &webhook.provider {
                Some(provider) => endpoints.of_provider.entry(provider.clone()).or_default(),
                None => &mut endpoints.of_all,
            };
            place.push(Arc::new(webhook));
        }
        endpoints
    }

    /// Those that are told of a message.
    fn wanting<'a>(&'a self, message: &'a Message) -> impl Iterator<Item = &'a Webhook> {
        let own = message.provider.as_ref();
        let own = own.and_then(|provider| self.of_provider.get(provider));
        let all = own.into_iter().flatten().chain(&self.of_all);
        all.map(|webhook| &**webhook).filter(|webhook| {
            let wanted = webhook.events.is_empty() || webhook.events.contains(&message.kind);
            let own = message.about.as_ref() == Some(&webhook.id);
            wanted && !own && webhook.created_at <= message.at
        })
    }
}

impl<S: Store> Engine<S> {
    /// Reads the feed on from where it was left, and writes a delivery for each endpoint that wants
    /// to know. The ids of deliveries follow from the feed, and the place in it is kept with them:
    /// whoever is stopped half-way loses nothing, and goes on without doing anything twice.
    ///
    /// `endpoints` is what the caller remembers between calls; it is read anew when the feed tells
    /// that one has changed.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn fan_out(&self, endpoints: &mut Endpoints) -> Result<FannedOut, Error> {
        let after = self.cursor(CONSUMER).await?;
        let entries = self.feed(after, PAGE_MAX).await?;
        if entries.is_empty() {
            return Ok(FannedOut::default());
        }
        let changed = entries
            .iter()
            .any(|each| each.entry.subject.starts_with(SUBJECT));
        if changed || !endpoints.known {
            let all = self.webhooks().await?;
            *endpoints = Endpoints::of(all.into_iter().map(|each| each.value));
        }
        let now = self.now();
        let (deliveries, done) = wanted(endpoints, &entries, now);
        let fanned_out = FannedOut {
            entries: done,
            deliveries: deliveries.len(),
        };
        let last = entries.get(done - 1).map_or(after, |last| last.position);
        let mut chunks = deliveries.chunks(WRITTEN_MAX).peekable();
        if chunks.peek().is_none() {
            self.commit_cursor(CONSUMER, last).await?;
        }
        while let Some(chunk) = chunks.next() {
            let is_last = chunks.peek().is_none();
            let position = is_last.then_some(last);
            self.write_deliveries(chunk.to_vec(), position, now).await?;
        }
        Ok(fanned_out)
    }

    /// Has an endpoint sent a message that says nothing, to try it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn ping_webhook(&self, webhook: &str) -> Result<Delivery, Error> {
        let found = self.webhook(webhook).await?.value;
        let (id, now) = (self.new_id(), self.now());
        let mut data = serde_json::Map::new();
        data.insert("webhookId".to_owned(), found.id.clone().into());
        let message = Message {
            id: format!("msg_{id}"),
            number: 0,
            provider: None,
            about: None,
            kind: PING.to_owned(),
            at: now,
            data,
        };
        let delivery = Delivery::new(&found.id, format!("ping-{id}"), message, now);
        self.write_deliveries(vec![delivery.clone()], None, now)
            .await?;
        Ok(delivery)
    }

    /// The same once more, for tests of what was stopped half-way.
    #[cfg(test)]
    pub(super) async fn write_again(&self, deliveries: Vec<Delivery>) -> Result<(), Error> {
        self.write_deliveries(deliveries, None, self.now()).await
    }

    /// Writes those that are not there yet, and how far the feed was read.
    async fn write_deliveries(
        &self,
        deliveries: Vec<Delivery>,
        position: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut scope = Scope::new(Partition::Platform);
        for delivery in &deliveries {
            scope = scope.document(key(&delivery.webhook, &delivery.id));
        }
        let request = WriteRequest {
            scope,
            by: Context::system().by,
            now,
            idempotency: None,
        };
        let decide = move |snapshot: &Snapshot| {
            let there: std::collections::HashSet<_> =
                snapshot.documents.iter().map(|each| &each.key).collect();
            let new = deliveries.iter().filter(|delivery| {
                let key = key(&delivery.webhook, &delivery.id);
                !there.contains(&key)
            });
            let mut changes: Vec<Change> = new.map(|delivery| delivery.put(0, now)).collect();
            changes.extend(position.map(|position| Change::PutCursor {
                consumer: CONSUMER.into(),
                position,
                at: now,
            }));
            Ok(Write {
                changes,
                relied: Vec::new(),
                reply: bytes::Bytes::new(),
            })
        };
        self.transact(request, decide).await?;
        Ok(())
    }
}

/// The deliveries that follow from entries, and from how many of them: at least one.
fn wanted(
    endpoints: &Endpoints,
    entries: &[FeedEntry],
    now: DateTime<Utc>,
) -> (Vec<Delivery>, usize) {
    let mut deliveries = Vec::new();
    for (done, entry) in entries.iter().enumerate() {
        if deliveries.len() >= FANNED_OUT_MAX {
            return (deliveries, done);
        }
        for message in messages(entry) {
            for webhook in endpoints.wanting(&message) {
                // The newest is the first in the order of ids.
                let place = u64::MAX - entry.position;
                let id = format!("{place:016x}-{:02}", message.number);
                deliveries.push(Delivery::new(&webhook.id, id, message.clone(), now));
            }
        }
    }
    (deliveries, entries.len())
}
