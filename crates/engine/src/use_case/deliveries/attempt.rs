//! Attempts: who makes one, and what follows from how it went.

use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::By;
use serde::{Deserialize, Serialize};

use super::due::next_attempt;
use super::{Delivery, DeliveryStatus, answered, key, read, written};
use crate::record::Versioned;
use crate::store::{Change, Partition, Scope, Snapshot, Store, WriteRequest};
use crate::use_case::catalogue::{Expected, Put};
use crate::use_case::webhooks::{key as webhook_key, known};
use crate::use_case::{DisabledReason, Webhook};
use crate::{Context, Engine, Error, Refusal};

/// For how long a delivery belongs to the worker that claimed it: much longer than an attempt may
/// take. When the worker is gone, another one makes the attempt again.
const LEASE: TimeDelta = TimeDelta::seconds(90);
/// After how many attempts that failed it is noted that an endpoint fails.
const NOTED_ATTEMPTS: u32 = 4;
/// After how long an endpoint at which nothing arrives is disabled.
const FAILING_MAX: TimeDelta = TimeDelta::days(5);
/// The answer of an endpoint that wants nothing any more (RFC 9110 section 15.5.11).
const GONE: u16 = 410;
/// Stands for the error of a delivery whose endpoint is not told anything any more.
const INACTIVE: &str = "webhook-inactive";

/// Stands for the error of a delivery of whose attempts nobody knows the end.
const LOST: &str = "attempts-lost";

/// A delivery that one worker tries now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimedDelivery {
    /// What is sent; its version is that of the claim.
    pub delivery: Delivery,
    /// The version of the claim.
    pub version: u64,
    /// To whom.
    pub webhook: Webhook,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptOutcome {
    /// The status that was answered; any of the two hundreds says that it has arrived.
    pub status: Option<u16>,
    /// The code of what stood in the way of an answer.
    pub error: Option<&'static str>,
}

impl AttemptOutcome {
    /// Whether the endpoint has the message.
    pub fn has_arrived(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

impl<S: Store> Engine<S> {
    /// Takes deliveries that are due, so that nobody else tries them for the next 90 seconds. Those
    /// that others took meanwhile are left out; those to endpoints that are gone or disabled are
    /// given up.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn claim_deliveries(
        &self,
        due: Vec<Versioned<Delivery>>,
    ) -> Result<Vec<ClaimedDelivery>, Error> {
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut scope = Scope::new(Partition::Platform);
        let mut webhooks: Vec<&str> = due.iter().map(|each| &*each.value.webhook).collect();
        webhooks.sort_unstable();
        webhooks.dedup();
        for webhook in webhooks {
            scope = scope.document(webhook_key(webhook));
        }
        for each in &due {
            scope = scope.document(key(&each.value.webhook, &each.value.id));
        }
        let (request, now) = self.of_system(scope);
        let decide = move |snapshot: &Snapshot| {
            let (mut changes, mut claimed) = (Vec::new(), Vec::new());
            for each in &due {
                if version_of(snapshot, &each.value) != Some(each.version) {
                    continue;
                }
                let mut delivery = each.value.clone();
                let webhook = known(snapshot, &webhook_key(&delivery.webhook)).ok();
                match webhook.filter(|webhook| webhook.value.active) {
                    None => {
                        delivery.end(DeliveryStatus::Dead);
                        delivery.last_error = Some(INACTIVE.to_owned());
                        changes.push(delivery.put(each.version, now));
                    }
                    // Whoever tried it was stopped by it each time, and noted nothing.
                    Some(_) if next_attempt(now, delivery.attempts.max(1), 0).is_none() => {
                        delivery.end(DeliveryStatus::Dead);
                        delivery.last_error = Some(LOST.to_owned());
                        changes.push(delivery.put(each.version, now));
                    }
                    Some(webhook) => {
                        delivery.attempts = delivery.attempts.saturating_add(1);
                        delivery.next_at = Some(now + LEASE);
                        changes.push(delivery.put(each.version, now));
                        claimed.push(ClaimedDelivery {
                            delivery,
                            version: each.version + 1,
                            webhook: webhook.value,
                        });
                    }
                }
            }
            Ok(written(changes, &claimed))
        };
        answered(&self.transact(request, decide).await?.reply)
    }

    /// Notes how an attempt went: the delivery has arrived, is tried again later, or is given up;
    /// and an endpoint that is gone, or at which nothing arrived for five days, is disabled. Says
    /// where the delivery stands; nothing when somebody else has claimed it since.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn settle_delivery(
        &self,
        claimed: ClaimedDelivery,
        outcome: AttemptOutcome,
    ) -> Result<Option<DeliveryStatus>, Error> {
        let of_webhook = webhook_key(&claimed.webhook.id);
        let scope = Scope::new(Partition::Platform)
            .document(of_webhook.clone())
            .document(key(&claimed.webhook.id, &claimed.delivery.id));
        let (request, now) = self.of_system(scope);
        let chance = self.seed();
        let by = request.by.clone();
        let decide = move |snapshot: &Snapshot| {
            if version_of(snapshot, &claimed.delivery) != Some(claimed.version) {
                return Ok(written(Vec::new(), &None::<DeliveryStatus>));
            }
            let delivery = settled(&claimed.delivery, &outcome, (now, chance));
            let mut changes = vec![delivery.put(claimed.version, now)];
            if let Ok(webhook) = known(snapshot, &of_webhook)
                && let Some(changed) = health(&webhook.value, &delivery, (&outcome, now))
            {
                put_webhook(snapshot, &changed, (&by, now), &mut changes)?;
            }
            Ok(written(changes, &Some(delivery.status)))
        };
        answered(&self.transact(request, decide).await?.reply)
    }

    pub(super) fn of_system(&self, scope: Scope) -> (WriteRequest, DateTime<Utc>) {
        let now = self.now();
        let request = WriteRequest {
            scope,
            by: Context::system().by,
            now,
            idempotency: None,
        };
        (request, now)
    }
}

fn version_of(snapshot: &Snapshot, delivery: &Delivery) -> Option<u64> {
    let document = snapshot.document(&key(&delivery.webhook, &delivery.id))?;
    read(document).ok().map(|read| read.version)
}

/// A delivery after an attempt.
fn settled(
    delivery: &Delivery,
    outcome: &AttemptOutcome,
    (now, chance): (DateTime<Utc>, u64),
) -> Delivery {
    let mut delivery = delivery.clone();
    delivery.last_at = Some(now);
    delivery.last_status = outcome.status;
    delivery.last_error = outcome.error.map(str::to_owned);
    if outcome.has_arrived() {
        delivery.end(DeliveryStatus::Delivered);
        return delivery;
    }
    let again = next_attempt(now, delivery.attempts, chance);
    match again.filter(|_| outcome.status != Some(GONE)) {
        Some(at) => delivery.next_at = Some(at),
        None => delivery.end(DeliveryStatus::Dead),
    }
    delivery
}

/// What changes of an endpoint after an attempt.
fn health(
    webhook: &Webhook,
    delivery: &Delivery,
    (outcome, now): (&AttemptOutcome, DateTime<Utc>),
) -> Option<Webhook> {
    let mut changed = webhook.clone();
    if outcome.has_arrived() {
        changed.failing_since = None;
    } else if outcome.status == Some(GONE) {
        changed.disabled = Some(DisabledReason::Gone);
    } else if let Some(since) = webhook.failing_since {
        if now - since >= FAILING_MAX {
            changed.disabled = Some(DisabledReason::Failing);
        }
    } else if delivery.attempts >= NOTED_ATTEMPTS {
        changed.failing_since = Some(delivery.created_at);
    }
    if changed.disabled.is_some() {
        changed.active = false;
    }
    (changed != *webhook).then_some(changed)
}

fn put_webhook(
    snapshot: &Snapshot,
    webhook: &Webhook,
    (by, now): (&By, DateTime<Utc>),
    changes: &mut Vec<Change>,
) -> Result<(), Refusal> {
    let put = Put::new(webhook_key(&webhook.id), Expected::Any, (by, now));
    put.write(snapshot, (webhook, Vec::new()), changes)?;
    Ok(())
}
