//! Reading providers, resources and services.

use quando::availability::Resource;
use quando::booking::Status;
use quando::id::{ProviderId, ResourceId, ServiceId};
use serde::de::DeserializeOwned;

use super::versioned;
use crate::limits::PAGE_MAX;
use crate::record::{Provider, Service, Versioned};
use crate::store::{BookingRow, DocumentKey, DocumentKind, Item, List, Partition, Scope, Store};
use crate::{Engine, Error};

impl<S: Store> Engine<S> {
    /// A provider.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn provider(&self, id: &ProviderId) -> Result<Option<Versioned<Provider>>, Error> {
        self.document(DocumentKey::provider(id)).await
    }

    /// A resource, without busy time and claims.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn resource(
        &self,
        provider: &ProviderId,
        id: &ResourceId,
    ) -> Result<Option<Versioned<Resource>>, Error> {
        self.document(DocumentKey::resource(provider, id)).await
    }

    /// A service.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn service(
        &self,
        provider: &ProviderId,
        id: &ServiceId,
    ) -> Result<Option<Versioned<Service>>, Error> {
        self.document(DocumentKey::service(provider, id)).await
    }

    /// All providers after one, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn providers(
        &self,
        after: Option<&ProviderId>,
        limit: u32,
    ) -> Result<Vec<Versioned<Provider>>, Error> {
        let after = after.map(DocumentKey::provider);
        self.documents(DocumentKind::Provider, None, after, limit)
            .await
    }

    /// The resources of a provider after one, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn resources(
        &self,
        provider: &ProviderId,
        after: Option<&ResourceId>,
        limit: u32,
    ) -> Result<Vec<Versioned<Resource>>, Error> {
        let after = after.map(|id| DocumentKey::resource(provider, id));
        self.documents(DocumentKind::Resource, Some(provider), after, limit)
            .await
    }

    /// The services of a provider after one, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn services(
        &self,
        provider: &ProviderId,
        after: Option<&ServiceId>,
        limit: u32,
    ) -> Result<Vec<Versioned<Service>>, Error> {
        let after = after.map(|id| DocumentKey::service(provider, id));
        self.documents(DocumentKind::Service, Some(provider), after, limit)
            .await
    }

    pub(crate) async fn document<T: DeserializeOwned>(
        &self,
        key: DocumentKey,
    ) -> Result<Option<Versioned<T>>, Error> {
        let scope = Scope::new(key.partition.clone()).document(key.clone());
        let snapshot = self.store.read(scope).await?;
        let document = snapshot.document(&key);
        let document = document.filter(|document| !document.body.is_empty());
        Ok(document.map(versioned).transpose()?)
    }

    async fn documents<T: DeserializeOwned>(
        &self,
        kind: DocumentKind,
        provider: Option<&ProviderId>,
        after: Option<DocumentKey>,
        limit: u32,
    ) -> Result<Vec<Versioned<T>>, Error> {
        let list = List::Documents {
            kind,
            partition: provider.cloned().map(Partition::Provider),
            after,
            limit: limit.min(PAGE_MAX),
        };
        self.versioned_list(list).await
    }

    pub(crate) async fn versioned_list<T: DeserializeOwned>(
        &self,
        list: List,
    ) -> Result<Vec<Versioned<T>>, Error> {
        let items = self.store.list(list).await?;
        let documents = items.iter().filter_map(|item| match item {
            Item::Document(document) => Some(versioned(document)),
            _ => None,
        });
        Ok(documents.collect::<Result<_, _>>()?)
    }

    /// How many bookings, of a service or of all, are not over yet.
    pub(super) async fn bookings_to_come(
        &self,
        provider: &ProviderId,
        service: Option<&ServiceId>,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for status in [
            Status::Held,
            Status::Pending,
            Status::Confirmed,
            Status::InProgress,
        ] {
            let mut after = None;
            loop {
                let rows = self
                    .booking_rows(provider, Some(status), after, PAGE_MAX)
                    .await?;
                let of = |row: &&BookingRow| service.is_none_or(|service| row.service == *service);
                count += rows.iter().filter(of).count();
                match rows.last() {
                    Some(last) if rows.len() == PAGE_MAX as usize => after = Some(last.id.clone()),
                    _ => break,
                }
            }
        }
        Ok(count)
    }
}
