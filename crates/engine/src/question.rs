//! From what a store has read to the core's question, and back to what has to be read for it.

use std::any::Any;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use quando::assign::{AssignPolicy, PastAssignment};
use quando::availability::{
    BookedSpan, BufferRule, Limit, Period, Query, Resource, SharedLimit, Travel,
};
use quando::booking::{Booking, Offer};
use quando::id::{ProviderId, ResourceId, ServiceId};
use quando::time::{Interval, Minutes, Window};
use serde::de::DeserializeOwned;

use crate::audit::Hash;
use crate::codec::corrupt;
use crate::engine::lock;
use crate::limits::{DOCUMENTS_REMEMBERED_MAX, ROTATION_DAYS};
use crate::record::{Provider, Service};
use crate::refusal::{Refusal, Widen};
use crate::store::{Document, DocumentKey, DocumentKind, Snapshot};

/// A provider's service with everything that it may take, as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    pub(crate) provider: Arc<Provider>,
    pub(crate) service: Arc<Service>,
    /// With neither busy time nor claims.
    pub(crate) resources: Vec<Resource>,
    /// What was seen of each document.
    pub(crate) guards: Vec<(DocumentKey, u64)>,
}

/// Reads a document's body.
pub(crate) fn body<T: DeserializeOwned>(document: &Document) -> Result<T, Refusal> {
    serde_json::from_slice(&document.body).map_err(|error| {
        let DocumentKey { kind, id, .. } = &document.key;
        corrupt(&format!("{} `{id}`: {error}", kind.name()))
    })
}

/// Documents as they were read before, by the hash of what they say.
#[derive(Default)]
pub(crate) struct DocumentMemory {
    inner: Mutex<HashMap<DocumentKey, (Hash, Read)>>,
}

/// A body as it was read, of the type that the kind of its document has.
type Read = Arc<dyn Any + Send + Sync>;

impl DocumentMemory {
    /// A document's body, read once.
    fn body<T: DeserializeOwned + Send + Sync + 'static>(
        &self,
        document: &Document,
    ) -> Result<Arc<T>, Refusal> {
        if let Some((head, known)) = lock(&self.inner).get(&document.key)
            && *head == document.head
            && let Ok(known) = Arc::clone(known).downcast()
        {
            return Ok(known);
        }
        let read: Arc<T> = Arc::new(body(document)?);
        let mut inner = lock(&self.inner);
        if inner.len() >= DOCUMENTS_REMEMBERED_MAX {
            inner.clear();
        }
        let known: Read = Arc::<T>::clone(&read);
        inner.insert(document.key.clone(), (document.head, known));
        Ok(read)
    }
}

impl Catalogue {
    /// What the snapshot has of a service.
    pub(crate) fn of(
        memory: &DocumentMemory,
        snapshot: &Snapshot,
        provider: &ProviderId,
        service: &ServiceId,
    ) -> Result<Catalogue, Refusal> {
        let find = |key: DocumentKey, what| {
            let found = snapshot.document(&key);
            let live = found.filter(|document| !document.body.is_empty());
            live.ok_or(Refusal::NotFound { what })
        };
        let of_provider = find(DocumentKey::provider(provider), "provider")?;
        let of_service = find(DocumentKey::service(provider, service), "service")?;
        let mut guards = vec![
            (of_provider.key.clone(), of_provider.guard),
            (of_service.key.clone(), of_service.guard),
        ];
        let mut resources: Vec<Resource> = Vec::new();
        let documents = snapshot.documents.iter();
        let of_kind = |each: &&Document| each.key.kind == DocumentKind::Resource;
        for document in documents.filter(|each| of_kind(each) && !each.body.is_empty()) {
            resources.push(Resource::clone(&*memory.body(document)?));
            guards.push((document.key.clone(), document.guard));
        }
        resources.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Catalogue {
            provider: memory.body(of_provider)?,
            service: memory.body(of_service)?,
            resources,
            guards,
        })
    }

    /// The guards that a decision relied on which takes these resources.
    pub(crate) fn relied(&self, taken: &[ResourceId]) -> Vec<(DocumentKey, u64)> {
        let relied = self.guards.iter().filter(|(key, _)| {
            key.kind != DocumentKind::Resource || taken.iter().any(|id| id.as_str() == &*key.id)
        });
        relied.cloned().collect()
    }

    /// How long a service is with add-ons, by its offer.
    pub(crate) fn duration(
        &self,
        base: Option<Minutes>,
        add_ons: &[quando::fees::ItemId],
    ) -> Option<Minutes> {
        let base = base.unwrap_or(self.service.timing.duration_minutes);
        let offered = &self.service.offer.terms.price.terms().add_ons;
        let mut added = offered.iter().filter(|each| add_ons.contains(&each.id));
        let sum = added.try_fold(base.get(), |sum, each| sum.checked_add(each.minutes.get()));
        Minutes::new(sum?).ok()
    }

    /// Whether decisions about the service rest on more than overlap, versions and slots.
    fn needs_lock(&self) -> bool {
        let resources = self.resources.iter().any(|each| {
            !each.limits.is_empty()
                || each.buffer_rule == BufferRule::Max
                || !each.capacity_windows.is_empty()
        });
        resources
            || self.service.timing.is_class()
            || !self.service.timing.limits.is_empty()
            || !self.provider.limits.is_empty()
            || (!self.provider.travel.is_empty() && self.service.place.is_some())
    }

    /// What a decision about a slot has to see. `held` is a booking that has buffers of its own.
    pub(crate) fn reach(&self, slot: Interval, held: Option<&Booking>) -> Option<Widen> {
        let timing = &self.service.timing;
        let takes = held.map_or(&[][..], |booking| &booking.takes);
        let before = self
            .resources
            .iter()
            .filter_map(|each| each.buffer_before_minutes)
            .chain([timing.buffer_before_minutes])
            .chain(takes.iter().map(|take| take.buffer_before_minutes))
            .max()?;
        let after = self
            .resources
            .iter()
            .filter_map(|each| each.buffer_after_minutes)
            .chain([timing.buffer_after_minutes])
            .chain(takes.iter().map(|take| take.buffer_after_minutes))
            .max()?;
        let travel = |travel: &Travel| travel.minutes.duration();
        let travel = self.provider.travel.iter().map(travel).max();
        let travel = travel.unwrap_or_default();
        let far = self.period_reach();
        let start = slot.start() - before.duration().max(travel) - far;
        let end = slot.end() + after.duration().max(travel) + far;
        Some(Widen {
            span: Interval::new(start, end).ok()?,
            all_resources: !self.provider.limits.is_empty(),
            lock: self.needs_lock(),
        })
    }

    /// How far around a slot the longest period reaches that something is counted in.
    fn period_reach(&self) -> TimeDelta {
        let limits = self.resources.iter().flat_map(|each| &each.limits);
        let limits = limits.chain(&self.service.timing.limits);
        let limits = limits.chain(&self.provider.limits);
        let counted = limits.map(|limit| days(limit.per));
        let chooses = self
            .service
            .need
            .iter()
            .any(|role| role.any_of.len() > role.count.get() as usize);
        let fair = match &self.service.offer.assignment.policy {
            AssignPolicy::LeastRecent => ROTATION_DAYS,
            AssignPolicy::LeastOften { per } | AssignPolicy::LeastBusy { per } => days(*per),
            _ => 0,
        };
        let fair = chooses.then_some(fair);
        TimeDelta::days(counted.chain(fair).max().unwrap_or(0))
    }

    /// The question for bookable starts, with all that was read.
    pub(crate) fn question(
        &self,
        snapshot: &Snapshot,
        window: Window,
        (duration, party): (Minutes, NonZeroU32),
        now: DateTime<Utc>,
    ) -> Query {
        let mut timing = self.service.timing.clone();
        timing.id = Some(self.service.id.clone());
        // With the old length as a choice a step that was not given would change with it.
        let own = timing.duration_minutes;
        timing.step_minutes = Some(timing.step_minutes.unwrap_or(own));
        timing.duration_choices.get_or_insert_with(|| vec![own]);
        timing.duration_minutes = duration;
        let mut query = Query::new(window, now, self.provider.zone.clone(), timing);
        query.party = party;
        query.need = self.need();
        query.place.clone_from(&self.service.place);
        query.hours = self.provider.hours.clone();
        query.travel.clone_from(&self.provider.travel);
        query.resources.clone_from(&self.resources);
        query.limits = self.shared_limits(snapshot);
        let found = |resources: &mut Vec<Resource>, id: &ResourceId| {
            resources.binary_search_by(|each| each.id.cmp(id)).ok()
        };
        for row in &snapshot.claims {
            if let (Some(claim), Some(at)) =
                (&row.claim, found(&mut query.resources, &row.resource))
            {
                query.resources[at].claims.push(claim.clone());
            }
        }
        for row in &snapshot.busy {
            if let Some(at) = found(&mut query.resources, &row.resource) {
                query.resources[at].busy.push(row.busy);
            }
        }
        query
    }

    fn need(&self) -> Option<Vec<quando::availability::Role>> {
        if self.service.need.is_empty() {
            let own = crate::record::own_resource(&self.provider.id);
            return Some(vec![quando::availability::Role {
                any_of: vec![own],
                count: NonZeroU32::MIN,
            }]);
        }
        Some(self.service.need.clone())
    }

    /// Limits of the provider: everything booked of it counts, once for each booking.
    fn shared_limits(&self, snapshot: &Snapshot) -> Vec<SharedLimit> {
        if self.provider.limits.is_empty() {
            return Vec::new();
        }
        let mut seen = Vec::new();
        let mut bookings = Vec::new();
        for claim in snapshot.claims.iter().filter_map(|row| row.claim.as_ref()) {
            if let Some(booking) = &claim.booking
                && !seen.contains(&booking)
            {
                seen.push(booking);
                bookings.push((booking.clone(), BookedSpan(claim.interval)));
            }
        }
        let scope = ResourceId::new("provider").expect("a word is an id");
        let shared = |limit: &Limit| SharedLimit {
            scope: scope.clone(),
            zone: Some(self.provider.zone.clone()),
            per: limit.per,
            max_bookings: limit.max_bookings,
            max_minutes: limit.max_minutes,
            bookings: bookings.iter().map(|(_, span)| *span).collect(),
        };
        self.provider.limits.iter().map(shared).collect()
    }

    /// The offer, with what was assigned lately, for whoever served least recently.
    pub(crate) fn offer(&self, snapshot: &Snapshot) -> Offer {
        let mut offer = self.service.offer.clone();
        let past = snapshot.claims.iter().filter_map(|row| {
            let claim = row.claim.as_ref()?;
            (claim.service.as_ref() == Some(&self.service.id)).then(|| PastAssignment {
                resource: row.resource.clone(),
                start: claim.interval.start(),
                withdrawn: false,
            })
        });
        let policy = &offer.assignment.policy;
        if matches!(
            policy,
            AssignPolicy::LeastRecent | AssignPolicy::LeastOften { .. }
        ) {
            let past: Vec<PastAssignment> = past.collect();
            offer.assignment.ledger.extend(past);
        }
        offer
    }
}

/// A bound of how long a period reaches around an instant in it, in days; zones included.
fn days(period: Period) -> i64 {
    match period {
        Period::Day => 2,
        Period::Week => 8,
        Period::Month => 32,
        Period::Year => 367,
    }
}
