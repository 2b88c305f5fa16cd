use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::{CodeSeed, HoldToken};
use quando::id::{BookingId, ProviderId, ServiceId};
use quando::idempotency::{IdempotencyError, RequestHash};
use quando::time::Interval;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::audit::Hash;
use crate::clock::whole_seconds;
use crate::codec::{TermsMemory, TermsText};
use crate::limits::HINTS_MAX;
use crate::personal::MasterKeys;
use crate::question::DocumentMemory;
use crate::store::{
    DocumentKey, DocumentKind, Idempotency, Partition, Scope, Store, TransactError, WriteRequest,
    Written,
};
use crate::{Clock, Context, Entropy, Error, Refusal};

/// The use cases, over a store.
///
/// Cheap to clone: all clones share the store and what is remembered of it.
#[derive(Debug)]
pub struct Engine<S> {
    pub(crate) store: Arc<S>,
    pub(crate) shared: Arc<Shared>,
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Engine<S> {
        Engine {
            store: Arc::clone(&self.store),
            shared: Arc::clone(&self.shared),
        }
    }
}

/// What an engine brings along beside its store.
pub struct Settings {
    /// Tells the time.
    pub clock: Box<dyn Clock>,
    /// Gives random bytes.
    pub entropy: Box<dyn Entropy>,
    /// Keys that personal data is sealed with.
    pub keys: MasterKeys,
}

/// What the use cases share; none of it decides anything.
pub(crate) struct Shared {
    clock: Box<dyn Clock>,
    entropy: Box<dyn Entropy>,
    pub(crate) keys: MasterKeys,
    pub(crate) terms: TermsMemory,
    pub(crate) documents: DocumentMemory,
    /// The latest instant that was told: a clock that goes back does not make time go back.
    latest: Mutex<DateTime<Utc>>,
    reaches: Mutex<HashMap<(ProviderId, ServiceId), Reach>>,
    in_flight: Mutex<HashSet<InFlight>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }
}

type InFlight = (Partition, Box<str>, &'static str, Box<str>);

/// How far around a slot the last decision about a service had to see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) before: TimeDelta,
    pub(crate) after: TimeDelta,
    pub(crate) all_resources: bool,
    pub(crate) lock: bool,
}

impl Default for Reach {
    /// As far as most services need, so that the first decision about one need not be made twice.
    fn default() -> Reach {
        Reach {
            before: TimeDelta::hours(2),
            after: TimeDelta::hours(4),
            all_resources: false,
            lock: false,
        }
    }
}

/// What a use case gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Done<T> {
    /// What it gives.
    pub value: T,
    /// The same as JSON, byte for byte that of the first time.
    pub json: Bytes,
    /// Whether it was done before, under the same key.
    pub replayed: bool,
}

impl<S: Store> Engine<S> {
    /// An engine over a store.
    pub fn new(store: S, settings: Settings) -> Engine<S> {
        Engine::over(Arc::new(store), settings)
    }

    /// An engine over a store that is shared with others.
    pub fn over(store: Arc<S>, settings: Settings) -> Engine<S> {
        let Settings {
            clock,
            entropy,
            keys,
        } = settings;
        Engine {
            store,
            shared: Arc::new(Shared {
                clock,
                entropy,
                keys,
                terms: TermsMemory::default(),
                documents: DocumentMemory::default(),
                latest: Mutex::new(DateTime::UNIX_EPOCH),
                reaches: Mutex::default(),
                in_flight: Mutex::default(),
            }),
        }
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The instant of a request: whole seconds, and never before an earlier one.
    pub fn now(&self) -> DateTime<Utc> {
        let mut latest = lock(&self.shared.latest);
        *latest = whole_seconds(self.shared.clock.now()).max(*latest);
        *latest
    }

    /// A new id: a UUID of version 7 (RFC 9562 section 5.7), which begins with the time.
    pub(crate) fn new_id(&self) -> String {
        let mut random = [0; 10];
        self.shared.entropy.fill(&mut random);
        let millis = self.shared.clock.now().timestamp_millis();
        let millis = u64::try_from(millis).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random)
            .into_uuid()
            .to_string()
    }

    pub(crate) fn new_booking_id(&self) -> BookingId {
        BookingId::new(self.new_id()).expect("a UUID is an id")
    }

    pub(crate) fn code_seed(&self) -> CodeSeed {
        let mut bytes = [0; 4];
        self.shared.entropy.fill(&mut bytes);
        CodeSeed(bytes)
    }

    pub(crate) fn seed(&self) -> u64 {
        let mut bytes = [0; 8];
        self.shared.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// The secret of a hold's holder. It follows from the id, so that it is the same when the
    /// request for it is repeated, and is not stored.
    pub(crate) fn hold_token(&self, booking: &BookingId) -> HoldToken {
        HoldToken::new(self.shared.keys.derive("hold", booking.as_str()))
    }

    pub(crate) fn reach(&self, provider: &ProviderId, service: &ServiceId) -> Reach {
        let key = (provider.clone(), service.clone());
        let reaches = lock(&self.shared.reaches);
        reaches.get(&key).copied().unwrap_or_default()
    }

    pub(crate) fn learn(
        &self,
        (provider, service): (&ProviderId, &ServiceId),
        slot: Interval,
        widen: &crate::Widen,
    ) {
        let mut reaches = lock(&self.shared.reaches);
        if reaches.len() >= HINTS_MAX {
            reaches.clear();
        }
        let key = (provider.clone(), service.clone());
        let known = reaches.entry(key).or_default();
        known.before = known.before.max(slot.start() - widen.span.start());
        known.after = known.after.max(widen.span.end() - slot.end());
        known.all_resources |= widen.all_resources;
        known.lock |= widen.lock;
    }

    /// Reads terms that have not been seen yet.
    pub(crate) async fn learn_terms(&self, provider: &ProviderId, hash: Hash) -> Result<(), Error> {
        let key = DocumentKey::of(provider, DocumentKind::Terms, hash.to_string());
        let scope = Scope::new(provider.clone()).document(key);
        let snapshot = self.store.read(scope).await?;
        let document = snapshot.documents.first();
        let text = document
            .and_then(|document| std::str::from_utf8(&document.body).ok())
            .ok_or_else(|| crate::codec::corrupt(&format!("there are no terms `{hash}`")))?;
        self.shared.terms.remember(&TermsText {
            hash,
            text: text.into(),
        });
        self.shared.terms.mark_stored(provider, hash);
        Ok(())
    }

    /// The record of a request under its key; none when the caller gave none.
    pub(crate) fn idempotency(
        context: &Context,
        route: &'static str,
        request: &impl Serialize,
    ) -> Option<Idempotency> {
        let key = context.key.clone()?;
        Some(Idempotency {
            principal: context.principal(),
            route,
            key,
            hash: RequestHash::of(request),
        })
    }

    /// Writes, once at a time for each key.
    pub(crate) async fn transact<D>(
        &self,
        request: WriteRequest,
        decide: D,
    ) -> Result<Written, TransactError>
    where
        D: FnMut(&crate::store::Snapshot) -> Result<crate::store::Write, Refusal> + Send + 'static,
    {
        let _guard = match &request.idempotency {
            Some(idempotency) => Some(self.enter(&request.scope.partition, idempotency)?),
            None => None,
        };
        self.store.transact(request, decide).await
    }

    fn enter(
        &self,
        partition: &Partition,
        idempotency: &Idempotency,
    ) -> Result<Entered<'_>, TransactError> {
        let entry = (
            partition.clone(),
            idempotency.principal.clone(),
            idempotency.route,
            idempotency.key.as_str().into(),
        );
        let in_flight = &self.shared.in_flight;
        if !lock(in_flight).insert(entry.clone()) {
            return Err(IdempotencyError::InFlight.into());
        }
        Ok(Entered { in_flight, entry })
    }

    /// What a request was answered, as a value.
    pub(crate) fn done<T: DeserializeOwned>(&self, written: &Written) -> Result<Done<T>, Error> {
        let text = self.shared.terms.expand(&written.reply)?;
        let value = serde_json::from_str(&text)
            .map_err(|error| crate::codec::corrupt(&error.to_string()))?;
        Ok(Done {
            value,
            json: text.into(),
            replayed: written.replayed,
        })
    }
}

/// A request that is being answered; leaves when it is dropped.
struct Entered<'a> {
    in_flight: &'a Mutex<HashSet<InFlight>>,
    entry: InFlight,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        lock(self.in_flight).remove(&self.entry);
    }
}

/// What is guarded stays whole when a thread panics: each change is one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
