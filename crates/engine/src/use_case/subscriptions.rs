//! Calendars of others that busy time is read from, again and again.
//!
//! What is subscribed to is a record with a journal; how reading it goes is of the moment, and kept
//! beside it without one. Who reads a calendar takes it first, so that of several servers one does.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quando::id::{ProviderId, ResourceId};
use serde::{Deserialize, Serialize};

use super::catalogue::{
    BusySource, Deleted, Expected, Put, check_source, forgotten, live, versioned, write,
};
use super::webhooks::has_host;
use crate::audit::Hash;
use crate::limits::{PAGE_MAX, URL_BYTES_MAX};
use crate::question::body;
use crate::record::{RecordError, Versioned};
use crate::store::{
    Change, Document, DocumentKey, DocumentKind, Item, List, Partition, Scope, Snapshot, Store,
    Write, WriteRequest,
};
use crate::{Context, Done, Engine, Error, Refusal};

/// For how long whoever reads a calendar has it for itself.
const TAKEN_MINUTES: i64 = 5;

/// A calendar that busy time of a resource is read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subscription {
    /// Whose.
    pub provider: ProviderId,
    /// Of which resource.
    pub resource: ResourceId,
    /// The source that its busy time is of.
    pub source: String,
    /// Where the calendar is. Many such addresses are secrets.
    pub url: String,
}

/// How reading a calendar goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionState {
    /// When it is read next.
    pub next_at: DateTime<Utc>,
    /// When it was read last, or found to be as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<DateTime<Utc>>,
    /// When reading it was tried last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<DateTime<Utc>>,
    /// How often it failed since.
    pub failures: u32,
    /// What was wrong the last time: a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many intervals there are.
    pub count: usize,
    /// How many parts of it could not be read.
    pub problems: usize,
    /// The entity tag of what was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// A hash of the busy time that was read: the same is not written again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A calendar with how reading it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscribed {
    /// The calendar.
    pub subscription: Versioned<Subscription>,
    /// How it goes, and the version of that.
    pub state: SubscriptionState,
    pub(crate) seen: u64,
}

/// Which calendar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionKey {
    /// Whose.
    pub provider: ProviderId,
    /// Of which resource.
    pub resource: ResourceId,
    /// Under which name.
    pub source: String,
}

impl Subscription {
    /// Its key.
    pub fn key(&self) -> SubscriptionKey {
        SubscriptionKey {
            provider: self.provider.clone(),
            resource: self.resource.clone(),
            source: self.source.clone(),
        }
    }
}

impl<S: Store> Engine<S> {
    /// Subscribes to a calendar, in place of one of the same name; it is read at once.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown resource; [`Error::Invalid`] for an address or a name that
    /// is none; [`Error::VersionConflict`].
    pub async fn put_subscription(
        &self,
        context: Context,
        subscription: Subscription,
        expected: Expected,
    ) -> Result<Done<Versioned<Subscription>>, Error> {
        check_source(&subscription.source)?;
        check_url(&subscription.url)?;
        let request = (&subscription, expected);
        let idempotency = Self::idempotency(&context, "put-subscription", &request);
        let provider = subscription.provider.clone();
        let of_resource = DocumentKey::resource(&provider, &subscription.resource);
        let [key, of_state] = keys(&subscription.key());
        let scope = Scope::new(provider)
            .document(of_resource.clone())
            .document(key.clone())
            .document(of_state.clone());
        let (by, now) = (context.by, self.now());
        let put = Put::new(key, expected, (&by, now));
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &of_resource, "resource")?;
            let mut changes = Vec::new();
            let reply = put.write(snapshot, (&subscription, Vec::new()), &mut changes)?;
            let seen = snapshot.document(&of_state).map_or(0, |each| each.version);
            let fresh = SubscriptionState {
                next_at: now,
                ..SubscriptionState::default()
            };
            changes.push(state_document(&of_state, (&fresh, seen), now));
            Ok(write(changes, &reply))
        })
        .await
    }

    /// Ends a subscription; its busy time goes with it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::VersionConflict`].
    pub async fn delete_subscription(
        &self,
        context: Context,
        which: &SubscriptionKey,
        expected: Expected,
    ) -> Result<Done<Deleted>, Error> {
        let idempotency = Self::idempotency(&context, "delete-subscription", &(which, expected));
        let [key, of_state] = keys(which);
        let of_source = DocumentKey {
            kind: DocumentKind::BusySource,
            ..key.clone()
        };
        let provider = which.provider.clone();
        let scope = Scope::new(provider.clone())
            .document(key.clone())
            .document(of_state.clone())
            .document(of_source.clone());
        let (by, now) = (context.by, self.now());
        let put = Put::new(key.clone(), expected, (&by, now));
        self.put(scope, (by.clone(), now), idempotency, move |snapshot| {
            live(snapshot, &key, "subscription")?;
            let mut changes = Vec::new();
            let reply = put.delete(snapshot, &mut changes)?;
            if let Ok(state) = live(snapshot, &of_state, "state") {
                changes.push(forgotten(state));
            }
            if let Ok(document) = live(snapshot, &of_source, "source") {
                let BusySource {
                    resource, source, ..
                } = body(document)?;
                changes.push(Change::ReplaceBusy {
                    provider: provider.clone(),
                    resource,
                    source: source.into(),
                    busy: Vec::new(),
                });
                let own = Put::new(of_source.clone(), Expected::Any, (&by, now));
                own.delete(snapshot, &mut changes)?;
            }
            Ok(write(changes, &reply))
        })
        .await
    }

    /// A subscription, with how it goes.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn subscription(&self, which: &SubscriptionKey) -> Result<Subscribed, Error> {
        let [key, of_state] = keys(which);
        let scope = Scope::new(which.provider.clone())
            .document(key.clone())
            .document(of_state.clone());
        let snapshot = self.store.read(scope).await?;
        let subscription = versioned(live(&snapshot, &key, "subscription")?)?;
        let state = live(&snapshot, &of_state, "subscription")?;
        Ok(Subscribed {
            subscription,
            state: body(state)?,
            seen: state.version,
        })
    }

    /// The subscriptions of a provider: of all of its resources, by resource and name.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn subscriptions(
        &self,
        provider: &ProviderId,
        limit: u32,
    ) -> Result<Vec<Versioned<Subscription>>, Error> {
        self.versioned_list(List::Documents {
            kind: DocumentKind::Subscription,
            partition: Some(Partition::Provider(provider.clone())),
            after: None,
            limit: limit.min(PAGE_MAX),
        })
        .await
    }

    /// Subscriptions of everybody that are due, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn due_subscriptions(&self, limit: usize) -> Result<Vec<Subscribed>, Error> {
        let now = self.now();
        let mut due = Vec::new();
        let mut after = None;
        loop {
            let list = List::Documents {
                kind: DocumentKind::SubscriptionState,
                partition: None,
                after: after.take(),
                limit: PAGE_MAX,
            };
            let items = self.store.list(list).await?;
            let is_last = items.len() < PAGE_MAX as usize;
            for item in items {
                let Item::Document(document) = item else {
                    continue;
                };
                let state: SubscriptionState = body(&document)?;
                if state.next_at <= now
                    && let Some(subscribed) = self.subscribed(&document.key).await?
                {
                    due.push(subscribed);
                }
                if due.len() == limit {
                    return Ok(due);
                }
                after = Some(document.key);
            }
            if is_last {
                return Ok(due);
            }
        }
    }

    async fn subscribed(&self, of_state: &DocumentKey) -> Result<Option<Subscribed>, Error> {
        let Some(provider) = of_state.partition.provider() else {
            return Ok(None);
        };
        let key = DocumentKey::of(provider, DocumentKind::Subscription, of_state.id.clone());
        let found = self.document::<Subscription>(key).await?;
        let Some(found) = found else {
            return Ok(None);
        };
        match self.subscription(&found.value.key()).await {
            Err(Error::NotFound { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Takes a subscription to read it; none when somebody else was quicker.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn take_subscription(
        &self,
        subscribed: Subscribed,
    ) -> Result<Option<Subscribed>, Error> {
        let now = self.now();
        let state = SubscriptionState {
            next_at: now + TimeDelta::minutes(TAKEN_MINUTES),
            tried_at: Some(now),
            ..subscribed.state.clone()
        };
        let taken = self.note_subscription(&subscribed, &state).await?;
        Ok(taken.then_some(Subscribed {
            state,
            seen: subscribed.seen + 1,
            ..subscribed
        }))
    }

    /// Notes how reading a subscription went. Gives whether that was still asked for: nobody else
    /// took it or changed it meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn note_subscription(
        &self,
        subscribed: &Subscribed,
        state: &SubscriptionState,
    ) -> Result<bool, Error> {
        let which = subscribed.subscription.value.key();
        let [_, of_state] = keys(&which);
        let (seen, now) = (subscribed.seen, self.now());
        let request = WriteRequest {
            scope: Scope::new(which.provider.clone()).document(of_state.clone()),
            by: Context::system().by,
            now,
            idempotency: None,
        };
        let state = state.clone();
        let decide = move |snapshot: &Snapshot| {
            if live(snapshot, &of_state, "subscription")?.version != seen {
                return Err(Refusal::Stale);
            }
            Ok(Write {
                changes: vec![state_document(&of_state, (&state, seen), now)],
                relied: Vec::new(),
                reply: Bytes::new(),
            })
        };
        match self.transact(request, decide).await {
            Ok(_) => Ok(true),
            Err(crate::store::TransactError::Refused(
                Refusal::Stale | Refusal::NotFound { .. },
            )) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The documents of a subscription and of its state.
fn keys(which: &SubscriptionKey) -> [DocumentKey; 2] {
    let SubscriptionKey {
        provider,
        resource,
        source,
    } = which;
    [DocumentKind::Subscription, DocumentKind::SubscriptionState]
        .map(|kind| DocumentKey::of(provider, kind, format!("{resource}/{source}")))
}

fn state_document(
    key: &DocumentKey,
    (state, previous): (&SubscriptionState, u64),
    now: DateTime<Utc>,
) -> Change {
    let body = serde_json::to_vec(state).expect("a state has a JSON form");
    Change::PutDocument {
        document: Box::new(Document {
            key: key.clone(),
            version: previous + 1,
            guard: 1,
            head: Hash::START,
            body: body.into(),
            index: None,
            resources: Vec::new(),
            updated_at: now,
        }),
        previous,
    }
}

fn check_url(url: &str) -> Result<(), RecordError> {
    let printable = url
        .bytes()
        .all(|byte| (b'!'..=b'~').contains(&byte) && byte != b'\\');
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = rest.is_some_and(|rest| has_host(rest, |_| true));
    if host && printable && url.len() <= URL_BYTES_MAX {
        Ok(())
    } else {
        Err(RecordError::Url)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{World, now, operator, provider_id};
    use super::*;
    use crate::BusyTime;

    fn google(url: &str) -> Subscription {
        Subscription {
            provider: provider_id("ana"),
            resource: ResourceId::new("ana").unwrap(),
            source: "google".to_owned(),
            url: url.to_owned(),
        }
    }

    #[test]
    fn a_subscription_is_due_taken_once_and_noted() {
        let world = World::with_ana(&json!({}));
        let engine = &world.engine;
        let subscription = google("https://example.com/a.ics");
        now(engine.put_subscription(operator(), subscription, Expected::Any)).unwrap();
        let due = || now(engine.due_subscriptions(10)).unwrap();
        let first = due().pop().unwrap();
        let other = first.clone();
        let taken = now(engine.take_subscription(first)).unwrap().unwrap();
        assert!(now(engine.take_subscription(other)).unwrap().is_none());
        assert!(due().is_empty());
        let state = SubscriptionState {
            next_at: taken.state.next_at + TimeDelta::minutes(10),
            count: 3,
            ..taken.state.clone()
        };
        assert!(now(engine.note_subscription(&taken, &state)).unwrap());
        assert!(!now(engine.note_subscription(&taken, &state)).unwrap());
        world.at("2026-03-01T12:15:00Z");
        assert_eq!(due()[0].state.count, 3);
        // A reader that died leaves it to others, after a while.
        now(engine.take_subscription(due().remove(0))).unwrap();
        world.at("2026-03-01T12:20:00Z");
        assert_eq!(due().len(), 1);
    }

    #[test]
    fn what_ends_takes_its_busy_time_along() {
        let world = World::with_ana(&json!({}));
        let engine = &world.engine;
        let subscription = google("https://example.com/a.ics");
        now(engine.put_subscription(operator(), subscription.clone(), Expected::Any)).unwrap();
        let busy = json!({"busy": [
            {"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T12:00:00Z"}]});
        let busy: BusyTime = serde_json::from_value(busy).unwrap();
        let of_ana = (subscription.provider.clone(), subscription.resource.clone());
        now(engine.replace_busy(operator(), of_ana, "google", busy)).unwrap();
        let which = subscription.key();
        now(engine.delete_subscription(operator(), &which, Expected::Any)).unwrap();
        assert!(now(engine.due_subscriptions(10)).unwrap().is_empty());
        let gone = now(engine.subscription(&which)).unwrap_err();
        assert_eq!(gone.code(), "not-found");
        world.book("c1", "2026-03-03T09:00:00Z");
        // The same name again begins anew.
        now(engine.put_subscription(operator(), subscription.clone(), Expected::Any)).unwrap();
        assert_eq!(now(engine.due_subscriptions(10)).unwrap().len(), 1);
        let ana = provider_id("ana");
        world.at("2026-03-03T10:00:00Z");
        now(engine.fire_deadlines(10)).unwrap();
        now(engine.delete_provider(operator(), ana, Expected::Any)).unwrap();
        assert!(now(engine.due_subscriptions(10)).unwrap().is_empty());
        while !now(engine.relay_events(100)).unwrap().is_empty() {}
        let found = now(engine.verify(|_| ())).unwrap();
        assert!(found.findings.is_empty(), "{found:?}");
    }

    #[test]
    fn only_addresses_of_the_web_are_subscribed_to() {
        let fits = |url: &str| check_url(url).is_ok();
        assert!(fits("https://calendar.example.com/private-4711/basic.ics"));
        for url in [
            "",
            "ftp://example.com/",
            "https://exa mple.com/",
            "file:///etc/passwd",
        ] {
            assert!(!fits(url), "{url}");
        }
    }
}
