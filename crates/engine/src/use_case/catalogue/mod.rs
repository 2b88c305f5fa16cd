//! Providers, resources and services: written as a whole, over the version that was seen.

mod check;
mod delete_provider;
mod put;
mod read;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use quando::availability::{Busy, Resource};
use quando::booking::{Actor, By};
use quando::id::{ProviderId, ResourceId, ServiceId};
use quando::limits::INSTANT_MAX;
use quando::schedule::Schedule;
use quando::time::Interval;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::codec::TermsText;
use crate::listing;
use crate::question::body;
use crate::record::{Provider, RecordError, Service, Versioned, check_resource};
use crate::store::{
    Change, DocumentKey, DocumentKind, Idempotency, ResourceScope, Scope, Snapshot, Store, Write,
    WriteRequest,
};
use crate::write::terms_document;
use crate::{Context, Done, Engine, Error, Refusal};
use check::{check_busy, check_question, check_service};
use put::booked;

pub(crate) use check::check_source;
pub(crate) use delete_provider::forgotten;
pub(crate) use put::{Put, live, services, versioned, write};

/// Which version a record is written over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expected {
    /// Whichever there is, or none.
    #[default]
    Any,
    /// None: it is new.
    New,
    /// This one.
    Version(u64),
}

/// Busy time of a resource from one source, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BusyTime {
    /// All there is from the source; what is not in it is not busy any more.
    pub busy: Vec<Busy>,
}

/// That busy time was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BusySource {
    /// Of which resource.
    pub resource: ResourceId,
    /// Where it comes from.
    pub source: String,
    /// How many intervals there are.
    pub count: usize,
    /// When it was replaced: how fresh it is.
    pub replaced_at: DateTime<Utc>,
}

/// That a record was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deleted {
    /// Its id.
    pub id: String,
    /// The version of its deletion.
    pub version: u64,
}

impl<S: Store> Engine<S> {
    /// Writes a provider. A new one gets a resource of its own, with its id and without hours.
    ///
    /// Whether it is verified is written only by operators; from others it stays as it was.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`], [`Error::Exists`] and [`Error::VersionConflict`].
    pub async fn put_provider(
        &self,
        context: Context,
        provider: Provider,
        expected: Expected,
    ) -> Result<Done<Versioned<Provider>>, Error> {
        provider.check()?;
        let idempotency = Self::idempotency(&context, "put-provider", &(&provider, expected));
        let id = provider.id.clone();
        let mut scope = Scope::new(id.clone());
        scope.services = true;
        scope.lock = true;
        let own = DocumentKey::resource(&id, &provider.own_resource());
        scope.documents.push(own.clone());
        let by = context.by.clone();
        let now = self.now();
        let put = Put::new(DocumentKey::provider(&id), expected, (&by, now));
        self.put(scope, (by.clone(), now), idempotency, move |snapshot| {
            let mut provider = provider.clone();
            let known: Option<Provider> = put.known(snapshot)?;
            if !matches!(by.actor, Actor::Operator | Actor::System) {
                provider.verified = known.as_ref().is_some_and(|known| known.verified);
            }
            let mut changes = Vec::new();
            let reply = put.write(snapshot, (&provider, Vec::new()), &mut changes)?;
            // Also of a provider that was deleted once; not when it was its resource alone.
            let resource = snapshot.document(&own);
            let gone = resource.is_none_or(|resource| resource.body.is_empty());
            if gone && (known.is_none() || resource.is_none()) {
                let schedule = Schedule::new(provider.zone.clone());
                let resource = Resource::new(provider.own_resource(), schedule);
                let first = Put::new(own.clone(), Expected::New, (&by, now));
                first.write(snapshot, (&resource, Vec::new()), &mut changes)?;
            }
            let services = services(snapshot)?;
            changes.push(Change::ReplaceListings {
                provider: provider.id.clone(),
                rows: listing::rows(&provider, &services),
            });
            Ok(write(changes, &reply))
        })
        .await
    }

    /// Writes a resource, without busy time and claims, which are kept apart.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`], [`Error::NotFound`] for an unknown provider, [`Error::Exists`] and
    /// [`Error::VersionConflict`].
    pub async fn put_resource(
        &self,
        context: Context,
        provider: ProviderId,
        resource: Resource,
        expected: Expected,
    ) -> Result<Done<Versioned<Resource>>, Error> {
        check_resource(&resource)?;
        check_question(&resource)?;
        let idempotency =
            Self::idempotency(&context, "put-resource", &(&provider, &resource, expected));
        let key = DocumentKey::resource(&provider, &resource.id);
        let of_provider = DocumentKey::provider(&provider);
        let scope = Scope::new(provider)
            .document(of_provider.clone())
            .document(key.clone());
        let (by, now) = (context.by, self.now());
        let put = Put::new(key, expected, (&by, now));
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &of_provider, "provider")?;
            let mut changes = Vec::new();
            let reply = put.write(snapshot, (&resource, Vec::new()), &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// Writes a service.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`], among others when it names a resource that is not there,
    /// [`Error::NotFound`] for an unknown provider, [`Error::Exists`] and
    /// [`Error::VersionConflict`].
    pub async fn put_service(
        &self,
        context: Context,
        provider: ProviderId,
        mut service: Service,
        expected: Expected,
    ) -> Result<Done<Versioned<Service>>, Error> {
        service.check()?;
        let idempotency =
            Self::idempotency(&context, "put-service", &(&provider, &service, expected));
        service.timing.id = Some(service.id.clone());
        let key = DocumentKey::service(&provider, &service.id);
        let mut scope = Scope::new(provider.clone()).document(key.clone());
        scope.services = true;
        scope.lock = true;
        let resources = service.resources(&provider);
        scope.resources = ResourceScope::Named(resources.clone());
        let (by, now) = (context.by, self.now());
        let put = Put::new(key, expected, (&by, now));
        let terms = TermsText::of(&service.offer.terms);
        self.shared.terms.remember(&terms);
        self.put(scope, (by, now), idempotency, move |snapshot| {
            let of_provider = live(snapshot, &DocumentKey::provider(&provider), "provider")?;
            let of_provider: Provider = body(of_provider)?;
            check_service(snapshot, &of_provider, &service)?;
            let mut changes = Vec::new();
            let reply = put.write(snapshot, (&service, resources.clone()), &mut changes)?;
            changes.push(Change::PutDocument {
                document: Box::new(terms_document(&provider, &terms, now)),
                previous: 0,
            });
            let mut services = services(snapshot)?;
            services.retain(|each| each.id != service.id);
            services.push(service.clone());
            changes.push(Change::ReplaceListings {
                provider: provider.clone(),
                rows: listing::rows(&of_provider, &services),
            });
            Ok(write(changes, &reply))
        })
        .await
    }

    /// Deletes a service that has no bookings to come.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::VersionConflict`], and [`Error::Invalid`] with
    /// [`RecordError::Booked`].
    pub async fn delete_service(
        &self,
        context: Context,
        (provider, service): (ProviderId, ServiceId),
        expected: Expected,
    ) -> Result<Done<Deleted>, Error> {
        let counted = self.bookings_to_come(&provider, Some(&service)).await?;
        let idempotency =
            Self::idempotency(&context, "delete-service", &(&provider, &service, expected));
        let key = DocumentKey::service(&provider, &service);
        let (by, now) = (context.by, self.now());
        let mut scope = Scope::new(provider.clone()).document(key.clone());
        scope.services = true;
        scope.lock = true;
        scope.resources = ResourceScope::All;
        scope.span = Interval::from_timestamps(now.timestamp(), INSTANT_MAX).ok();
        let put = Put::new(key.clone(), expected, (&by, now));
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &key, "service")?;
            // Whoever booked since they were counted has claims by now.
            let count = counted.max(booked(snapshot, Some(&service)));
            if count > 0 {
                return Err(RecordError::Booked { count }.into());
            }
            let of_provider = live(snapshot, &DocumentKey::provider(&provider), "provider")?;
            let mut services = services(snapshot)?;
            services.retain(|each| each.id != service);
            let mut changes = vec![Change::ReplaceListings {
                provider: provider.clone(),
                rows: listing::rows(&body(of_provider)?, &services),
            }];
            let reply = put.delete(snapshot, &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// Deletes a resource that no service needs.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::VersionConflict`], and [`Error::Invalid`] with
    /// [`RecordError::InUse`].
    pub async fn delete_resource(
        &self,
        context: Context,
        (provider, resource): (ProviderId, ResourceId),
        expected: Expected,
    ) -> Result<Done<Deleted>, Error> {
        let idempotency = Self::idempotency(
            &context,
            "delete-resource",
            &(&provider, &resource, expected),
        );
        let key = DocumentKey::resource(&provider, &resource);
        let mut scope = Scope::new(provider.clone()).document(key.clone());
        scope.services = true;
        scope.lock = true;
        let (by, now) = (context.by, self.now());
        let put = Put::new(key.clone(), expected, (&by, now));
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &key, "resource")?;
            let services = services(snapshot)?;
            let user = services
                .into_iter()
                .find(|service| service.resources(&provider).contains(&resource));
            if let Some(Service { id: service, .. }) = user {
                return Err(RecordError::InUse { service }.into());
            }
            let mut changes = Vec::new();
            let reply = put.delete(snapshot, &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// Replaces all busy time of a resource that came from one source, in one step: nobody sees
    /// half of it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown resource, and [`Error::Invalid`] for too many intervals or
    /// a source without a name.
    pub async fn replace_busy(
        &self,
        context: Context,
        (provider, resource): (ProviderId, ResourceId),
        source: &str,
        time: BusyTime,
    ) -> Result<Done<BusySource>, Error> {
        check_busy(source, &time)?;
        let request = (&provider, &resource, source, &time);
        let idempotency = Self::idempotency(&context, "replace-busy", &request);
        let of_resource = DocumentKey::resource(&provider, &resource);
        let id = format!("{resource}/{source}");
        let key = DocumentKey::of(&provider, DocumentKind::BusySource, id);
        let scope = Scope::new(provider.clone())
            .document(of_resource.clone())
            .document(key.clone());
        let (by, now) = (context.by, self.now());
        let put = Put::new(key, Expected::Any, (&by, now));
        let source: Box<str> = source.into();
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &of_resource, "resource")?;
            let replaced = BusySource {
                resource: resource.clone(),
                source: source.to_string(),
                count: time.busy.len(),
                replaced_at: now,
            };
            let mut changes = vec![Change::ReplaceBusy {
                provider: provider.clone(),
                resource: resource.clone(),
                source: source.clone(),
                busy: time.busy.clone(),
            }];
            put.write(snapshot, (&replaced, Vec::new()), &mut changes)?;
            Ok(write(changes, &replaced))
        })
        .await
    }

    pub(crate) async fn put<T, D>(
        &self,
        scope: Scope,
        (by, now): (By, DateTime<Utc>),
        idempotency: Option<Idempotency>,
        decide: D,
    ) -> Result<Done<T>, Error>
    where
        T: DeserializeOwned,
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        let request = WriteRequest {
            scope,
            by,
            now,
            idempotency,
        };
        let written = self.transact(request, decide).await?;
        self.done(&written)
    }
}
