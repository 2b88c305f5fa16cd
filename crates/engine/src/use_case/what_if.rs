//! What a change of hours, absences or capacity would break, without changing anything.

use quando::availability::Resource;
use quando::booking::{Booking, Broken, Status, broken_by};
use quando::id::{ProviderId, ServiceId};
use quando::time::Window;

use crate::limits::PAGE_MAX;
use crate::record::check_resource;
use crate::store::Store;
use crate::use_case::SlotsRequest;
use crate::{Engine, Error};

impl<S: Store> Engine<S> {
    /// The bookings to come that would not fit any more if a resource were as given, by start.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown provider, and [`Error::Invalid`].
    pub async fn what_if(
        &self,
        provider: &ProviderId,
        changed: &Resource,
    ) -> Result<Vec<Broken>, Error> {
        check_resource(changed)?;
        let bookings = self.to_come(provider).await?;
        let mut services: Vec<&ServiceId> = bookings.iter().map(|each| &each.service).collect();
        services.sort_unstable();
        services.dedup();
        let mut broken = Vec::new();
        for service in services {
            let of_service = bookings.iter().filter(|each| each.service == *service);
            let of_service: Vec<Booking> = of_service.cloned().collect();
            broken.extend(self.broken(provider, service, &of_service, changed).await?);
        }
        broken.sort_by(|a, b| (a.start, &a.booking).cmp(&(b.start, &b.booking)));
        Ok(broken)
    }

    async fn broken(
        &self,
        provider: &ProviderId,
        service: &ServiceId,
        bookings: &[Booking],
        changed: &Resource,
    ) -> Result<Vec<Broken>, Error> {
        let starts = bookings.iter().map(|each| each.slot.start());
        let ends = bookings.iter().map(|each| each.slot.end());
        let (Some(first), Some(last)) = (starts.min(), ends.max()) else {
            return Ok(Vec::new());
        };
        let window = Window::new(first, last).expect("a booking is not empty");
        let request = SlotsRequest::default();
        let mut query = self.query((provider, service), window, &request).await?;
        let known = query.resources.iter_mut();
        for resource in known.filter(|each| each.id == changed.id) {
            let (busy, claims) = (
                std::mem::take(&mut resource.busy),
                std::mem::take(&mut resource.claims),
            );
            *resource = changed.clone();
            (resource.busy, resource.claims) = (busy, claims);
        }
        Ok(broken_by(bookings, &query, self.now())?)
    }

    async fn to_come(&self, provider: &ProviderId) -> Result<Vec<Booking>, Error> {
        let now = self.now();
        let mut found = Vec::new();
        for status in [Status::Held, Status::Pending, Status::Confirmed] {
            let mut after = None;
            loop {
                let page = self
                    .bookings(provider, Some(status), after, PAGE_MAX)
                    .await?;
                after = page.last().map(|last| last.id.clone());
                let whole = page.len() == PAGE_MAX as usize;
                found.extend(page.into_iter().filter(|each| each.slot.end() > now));
                if !whole {
                    break;
                }
            }
        }
        Ok(found)
    }
}
