//! A booking as its parties see it: not as it is stored.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use quando::booking::{Actor, Awaiting, Booking, ConfirmationCode, Note, Status};
use quando::fees::{ItemId, Quote};
use quando::id::{BookingId, CustomerId, ProviderId, ResourceId, SeriesId, ServiceId};
use quando::money::Money;
use quando::payment::MoneyState;
use quando::review::Review;
use quando_engine::personal::PersonId;
use quando_engine::store::Store;
use quando_engine::{BookingKey, Engine, Error};
use serde::Serialize;

use crate::identity::Identity;
use crate::identity::action::{Purpose, mint_all};

/// A booking as its parties see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BookingView {
    id: BookingId,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation_code: Option<ConfirmationCode>,
    provider_id: ProviderId,
    service_id: ServiceId,
    customer_id: CustomerId,
    /// When it starts.
    date: DateTime<Utc>,
    end: DateTime<Utc>,
    /// In minutes.
    duration: i64,
    party: NonZeroU32,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    resources: Vec<Vec<ResourceId>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    add_ons: Vec<ItemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<SeriesId>,
    /// What the customer pays.
    price: Money,
    quote: Quote,
    money: MoneyState,
    #[serde(skip_serializing_if = "Awaiting::is_nothing")]
    awaiting: Awaiting,
    /// When a hold or a pending booking lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation: Option<CancellationView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_show: Option<Actor>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reviews: Vec<Review>,
    /// What a customer without an account may do, each with the token for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    actions: BTreeMap<Purpose, String>,
    version: u64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Who called a booking off, and what goes back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CancellationView {
    by: Actor,
    at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    refund: Money,
}

impl BookingView {
    /// A booking for one of its parties at an instant; the answer to a command is that of the
    /// instant of the command, so that it is the same when it is asked for again.
    pub(super) async fn of<S: Store>(
        engine: &Engine<S>,
        caller: &Identity,
        booking: Booking,
        at: DateTime<Utc>,
    ) -> Result<BookingView, Error> {
        let key = BookingKey {
            provider: booking.provider.clone(),
            booking: booking.id.clone(),
        };
        let person = PersonId::from(&booking.customer);
        let open = async |note: Option<Note>| match note {
            Some(note) => engine.read_note(&key, &person, &note).await,
            None => Ok(None),
        };
        let notes = open(booking.notes.clone()).await?;
        let cancellation = match booking.cancellation.clone() {
            Some(called_off) => Some(CancellationView {
                by: called_off.by.actor,
                at: called_off.at,
                reason: open(called_off.reason).await?,
                refund: called_off.refund,
            }),
            None => None,
        };
        let reviews = booking.reviews.as_ref();
        let reviews = match (reviews, caller.party()) {
            (None, _) => Vec::new(),
            (Some(reviews), Some(party)) => reviews.visible_to(party, at).cloned().collect(),
            (Some(reviews), None) => reviews.visible(at).cloned().collect(),
        };
        let status = booking.status_at(at);
        let actions = match caller.is_guest() {
            true => mint_all(engine, &booking, status),
            false => BTreeMap::new(),
        };
        Ok(BookingView {
            status,
            actions,
            date: booking.slot.start(),
            end: booking.slot.end(),
            duration: booking.slot.duration().num_minutes(),
            resources: booking.resources(),
            money: booking.money_state(),
            price: booking.quote.total(),
            no_show: booking.no_show.map(|no_show| no_show.whose),
            id: booking.id,
            confirmation_code: booking.confirmation_code,
            provider_id: booking.provider,
            service_id: booking.service,
            customer_id: booking.customer,
            party: booking.party,
            notes,
            add_ons: booking.add_ons,
            series: booking.series,
            quote: booking.quote,
            awaiting: booking.awaiting,
            expires_at: booking.due_at,
            cancellation,
            reviews,
            version: booking.version,
            created_at: booking.created_at,
            updated_at: booking.updated_at,
        })
    }
}
