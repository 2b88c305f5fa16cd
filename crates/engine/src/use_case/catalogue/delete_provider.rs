//! Taking a provider away.

use bytes::Bytes;
use quando::id::ProviderId;
use quando::limits::INSTANT_MAX;
use quando::time::Interval;

use super::put::booked;
use super::{BusySource, Deleted, Expected, Put, live, write};
use crate::limits::PAGE_MAX;
use crate::question::body;
use crate::record::RecordError;
use crate::store::{
    Change, Document, DocumentKey, DocumentKind, Item, List, Partition, ResourceScope, Scope,
    Snapshot, Store,
};
use crate::{Context, Done, Engine, Error, Refusal};

/// What goes with a provider, beside its resources and services, which decisions read by themselves.
const GOES_ALONG: [DocumentKind; 5] = [
    DocumentKind::BusySource,
    DocumentKind::Verification,
    DocumentKind::CalendarLink,
    DocumentKind::Subscription,
    DocumentKind::SubscriptionState,
];

impl<S: Store> Engine<S> {
    /// Deletes a provider that has no bookings to come, with its resources, services and busy time,
    /// in one step; searches find it no more. Its bookings stay, and so do their money, which goes
    /// on, the ledger and the journal. The id may be taken again.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::VersionConflict`], and [`Error::Invalid`] with
    /// [`RecordError::Booked`].
    pub async fn delete_provider(
        &self,
        context: Context,
        provider: ProviderId,
        expected: Expected,
    ) -> Result<Done<Deleted>, Error> {
        let counted = self.bookings_to_come(&provider, None).await?;
        let idempotency = Self::idempotency(&context, "delete-provider", &(&provider, expected));
        let key = DocumentKey::provider(&provider);
        let (by, now) = (context.by, self.now());
        let mut scope = Scope::new(provider.clone());
        scope.documents = self.goes_along(&provider).await?;
        scope.services = true;
        scope.lock = true;
        scope.resources = ResourceScope::All;
        scope.span = Interval::from_timestamps(now.timestamp(), INSTANT_MAX).ok();
        let put = Put::new(key.clone(), expected, (&by, now));
        self.put(scope, (by.clone(), now), idempotency, move |snapshot| {
            live(snapshot, &key, "provider")?;
            // Whoever booked since they were counted has claims by now.
            let count = counted.max(booked(snapshot, None));
            if count > 0 {
                return Err(RecordError::Booked { count }.into());
            }
            let mut changes = vec![Change::ReplaceListings {
                provider: provider.clone(),
                rows: Vec::new(),
            }];
            for document in rest(snapshot, &key) {
                match document.key.kind {
                    DocumentKind::BusySource => changes.push(no_longer_busy(&provider, document)?),
                    DocumentKind::SubscriptionState => {
                        changes.push(forgotten(document));
                        continue;
                    }
                    _ => {}
                }
                let own = Put::new(document.key.clone(), Expected::Any, (&by, now));
                own.delete(snapshot, &mut changes)?;
            }
            let reply = put.delete(snapshot, &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    async fn goes_along(&self, provider: &ProviderId) -> Result<Vec<DocumentKey>, Error> {
        let mut keys: Vec<DocumentKey> = Vec::new();
        for kind in GOES_ALONG {
            let mut after = None;
            loop {
                let list = List::Documents {
                    kind,
                    partition: Some(Partition::Provider(provider.clone())),
                    after: after.take(),
                    limit: PAGE_MAX,
                };
                let items = self.store.list(list).await?.into_iter();
                let page = items.filter_map(|item| match item {
                    Item::Document(document) => Some(document.key),
                    _ => None,
                });
                let before = keys.len();
                keys.extend(page);
                if keys.len() - before < PAGE_MAX as usize {
                    break;
                }
                after = keys.last().cloned();
            }
        }
        Ok(keys)
    }
}

/// The live documents that were read, but for the provider's own.
fn rest<'a>(
    snapshot: &'a Snapshot,
    provider: &'a DocumentKey,
) -> impl Iterator<Item = &'a Document> {
    let documents = snapshot.documents.iter();
    documents.filter(move |each| each.key != *provider && !each.body.is_empty())
}

/// Deletes a document that the journal does not tell of.
pub(crate) fn forgotten(document: &Document) -> Change {
    Change::PutDocument {
        document: Box::new(Document {
            version: document.version + 1,
            body: Bytes::new(),
            ..document.clone()
        }),
        previous: document.version,
    }
}

fn no_longer_busy(provider: &ProviderId, document: &Document) -> Result<Change, Refusal> {
    let BusySource {
        resource, source, ..
    } = body(document)?;
    Ok(Change::ReplaceBusy {
        provider: provider.clone(),
        resource,
        source: source.into(),
        busy: Vec::new(),
    })
}
