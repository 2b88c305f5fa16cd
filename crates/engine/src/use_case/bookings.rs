//! Reading bookings.

use quando::booking::{Actor, Booking, Status};
use quando::fees::{Quote, QuoteRequest, RefundPreview};
use quando::id::{BookingId, CustomerId, ProviderId, ServiceId};

use crate::limits::PAGE_MAX;
use crate::question::body;
use crate::record::{Provider, Service};
use crate::store::{BookingRow, DocumentKey, Item, List, Scope, Store};
use crate::use_case::list_slots::check_choice;
use crate::use_case::{BookingKey, NewBooking};
use crate::{Engine, Error};

impl<S: Store> Engine<S> {
    /// A booking, as it is stored: texts that are sealed stand for themselves, see
    /// [`Engine::read_note`].
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn show_booking(&self, key: &BookingKey) -> Result<Booking, Error> {
        let booking = self.booking(key).await?;
        booking.ok_or(Error::NotFound { what: "booking" })
    }

    /// Whose a booking is, by its id alone.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn find_booking(&self, id: &BookingId) -> Result<BookingKey, Error> {
        let items = self.store.list(List::Booking(id.clone())).await?;
        let row = rows(items).next();
        let row = row.ok_or(Error::NotFound { what: "booking" })?;
        Ok(BookingKey {
            provider: row.provider,
            booking: row.id,
        })
    }

    /// Bookings of a provider, the newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn bookings(
        &self,
        provider: &ProviderId,
        status: Option<Status>,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<Booking>, Error> {
        let rows = self.booking_rows(provider, status, after, limit).await?;
        self.decode_all(rows).await
    }

    /// Bookings of a customer with anybody, the newest first. Bookings are in this list a moment
    /// after they were made, when the relay has passed.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn customer_bookings(
        &self,
        customer: &CustomerId,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<Booking>, Error> {
        let rows = self.customer_rows(customer, after, limit.min(PAGE_MAX));
        self.decode_all(rows.await?).await
    }

    /// The same, of those alone that stand somewhere. All bookings of the customer may be looked
    /// at for it, which are as many as one person makes.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn customer_bookings_in(
        &self,
        customer: &CustomerId,
        status: Status,
        mut after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<Booking>, Error> {
        let limit = limit.min(PAGE_MAX) as usize;
        let mut found = Vec::new();
        loop {
            let rows = self.customer_rows(customer, after, PAGE_MAX).await?;
            let last = rows.len() < PAGE_MAX as usize;
            after = rows.last().map(|row| row.id.clone());
            found.extend(rows.into_iter().filter(|row| row.status == status));
            if last || found.len() >= limit {
                found.truncate(limit);
                return self.decode_all(found).await;
            }
        }
    }

    async fn customer_rows(
        &self,
        customer: &CustomerId,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<BookingRow>, Error> {
        let list = List::CustomerBookings {
            customer: customer.clone(),
            after,
            limit,
        };
        let items = self.store.list(list).await?;
        Ok(rows(items).collect())
    }

    pub(crate) async fn booking_rows(
        &self,
        provider: &ProviderId,
        status: Option<Status>,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<BookingRow>, Error> {
        let list = List::Bookings {
            provider: provider.clone(),
            status,
            after,
            limit: limit.min(PAGE_MAX),
        };
        let items = self.store.list(list).await?;
        Ok(rows(items).collect())
    }

    async fn decode_all(&self, rows: Vec<BookingRow>) -> Result<Vec<Booking>, Error> {
        let mut bookings = Vec::with_capacity(rows.len());
        for row in &rows {
            bookings.push(self.decode(row).await?);
        }
        Ok(bookings)
    }

    /// What a cancellation now would give back.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], and [`Error::Rejected`] when amounts are too large to compute with.
    pub async fn preview_cancellation(
        &self,
        key: &BookingKey,
        by: Actor,
    ) -> Result<RefundPreview, Error> {
        let booking = self.show_booking(key).await?;
        Ok(booking.cancellation_preview(by, self.now())?)
    }

    /// What a booking would cost, line by line, before anybody commits to it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown provider or service, and [`Error::Rejected`].
    pub async fn quote(&self, new: &NewBooking) -> Result<Quote, Error> {
        let (provider, service) = self.offered(&new.provider, &new.service).await?;
        if new.override_reason.is_none() {
            check_choice(&service.timing, new.duration_minutes)?;
        }
        let duration = new
            .duration_minutes
            .unwrap_or(service.timing.duration_minutes);
        let mut request = QuoteRequest::new(new.start, provider.zone, duration);
        request.party = new.party.map_or(1, std::num::NonZeroU32::get);
        request.add_ons.clone_from(&new.add_ons);
        request.discount.clone_from(&new.discount);
        request.tips = new.tips;
        let terms = &service.offer.terms;
        let quote = quando::fees::quote(&terms.price, &terms.fee, &request);
        Ok(quote.map_err(quando::booking::Rejection::from)?)
    }

    pub(super) async fn offered(
        &self,
        provider: &ProviderId,
        service: &ServiceId,
    ) -> Result<(Provider, Service), Error> {
        let mut scope = Scope::new(provider.clone());
        scope.service = Some(service.clone());
        let snapshot = self.store.read(scope).await?;
        let find = |key: DocumentKey, what| {
            let document = snapshot.document(&key);
            let live = document.filter(|document| !document.body.is_empty());
            live.ok_or(Error::NotFound { what })
        };
        let of_provider = body(find(DocumentKey::provider(provider), "provider")?)?;
        let of_service = body(find(DocumentKey::service(provider, service), "service")?)?;
        Ok((of_provider, of_service))
    }
}

fn rows(items: Vec<Item>) -> impl Iterator<Item = BookingRow> {
    items.into_iter().filter_map(|item| match item {
        Item::Booking(row) => Some(*row),
        _ => None,
    })
}
