//! What became of deliveries, for those whose endpoint it is.

use super::{Delivery, DeliveryStatus, answered, key, read, written};
use crate::limits::PAGE_MAX;
use crate::store::{DocumentKind, Item, List, Partition, Scope, Snapshot, Store};
use crate::{Engine, Error, Refusal};

/// Most pages that are read for one that is asked for.
const PAGES_MAX: usize = 10;

/// A page of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deliveries {
    /// What is on it, the newest first; messages to try the endpoint come last.
    pub items: Vec<Delivery>,
    /// What the next page begins after; none on the last one. A page may have fewer items than
    /// were asked for, and others after it.
    pub next: Option<String>,
}

impl<S: Store> Engine<S> {
    /// Deliveries to an endpoint, of the last 30 days and those that are pending.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn deliveries(
        &self,
        webhook: &str,
        status: Option<DeliveryStatus>,
        (after, limit): (Option<&str>, u32),
    ) -> Result<Deliveries, Error> {
        let most = usize::try_from(limit.clamp(1, PAGE_MAX)).unwrap_or(1);
        let mut items: Vec<Delivery> = Vec::new();
        let mut last = after.unwrap_or_default().to_owned();
        for _ in 0..PAGES_MAX {
            let page = self.log_page(webhook, &last, limit).await?;
            let is_last = page.len() < most;
            for delivery in page {
                last.clone_from(&delivery.id);
                if status.is_none_or(|status| status == delivery.status) {
                    items.push(delivery);
                }
                if items.len() == most {
                    let next = Some(last);
                    return Ok(Deliveries { items, next });
                }
            }
            if is_last {
                return Ok(Deliveries { items, next: None });
            }
        }
        let next = Some(last);
        Ok(Deliveries { items, next })
    }

    async fn log_page(
        &self,
        webhook: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Delivery>, Error> {
        let list = List::Documents {
            kind: DocumentKind::Delivery,
            partition: Some(Partition::Platform),
            after: Some(key(webhook, after)),
            limit: limit.clamp(1, PAGE_MAX),
        };
        let items = self.store.list(list).await?;
        let mut deliveries = Vec::with_capacity(items.len());
        for item in &items {
            if let Item::Document(document) = item {
                deliveries.push(read(document)?.value);
            }
        }
        // Behind those of the endpoint come those of the next one.
        deliveries.retain(|delivery| delivery.webhook == webhook);
        Ok(deliveries)
    }

    /// Sends a delivery once more, with all attempts before it, also when it has arrived or was
    /// given up.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn redeliver(&self, webhook: &str, id: &str) -> Result<Delivery, Error> {
        let key = key(webhook, id);
        let (request, now) = self.of_system(Scope::new(Partition::Platform).document(key.clone()));
        let decide = move |snapshot: &Snapshot| {
            let document = snapshot.document(&key);
            let document = document.ok_or(Refusal::NotFound { what: "delivery" })?;
            let known = read(document)?;
            let mut delivery = known.value;
            delivery.status = DeliveryStatus::Pending;
            delivery.attempts = 0;
            delivery.next_at = Some(now);
            let put = delivery.put(known.version, now);
            Ok(written(vec![put], &delivery))
        };
        answered(&self.transact(request, decide).await?.reply)
    }
}
