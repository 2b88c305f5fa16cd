//! What an entry of the feed means to those who listen.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::{Booking, Fact, Take};
use quando::id::{BookingId, CustomerId, ProviderId};
use quando::time::Interval;
use quando_engine::store::{FeedEntry, Partition, Store};
use quando_engine::{BookingKey, Engine, Error};
use serde::Serialize;

use super::{Audience, Bookings, Whose};

/// An entry, as the events that follow from it, written once for all.
#[derive(Debug, Default)]
pub(super) struct Moment {
    pub(super) position: u64,
    pub(super) provider: Option<ProviderId>,
    pub(super) customer: Option<CustomerId>,
    /// That time has changed, the booking, and both; empty when there is nothing to tell. The last
    /// event of each has the id, so that nobody goes on from the middle.
    availability: Bytes,
    booking: Bytes,
    both: Bytes,
}

/// That time of a provider has been taken, or is free again. Nothing is said of by whom.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Availability<'a> {
    provider_id: &'a ProviderId,
    /// Of all of its resources when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<&'a str>,
    /// Any time when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BookingChanged<'a> {
    provider_id: &'a ProviderId,
    booking_id: &'a BookingId,
    version: u64,
}

impl Moment {
    /// What an entry means. What cannot be read means nothing: the verification finds it.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub(super) async fn of<S: Store>(
        engine: &Engine<S>,
        entry: &FeedEntry,
    ) -> Result<Moment, Error> {
        let mut moment = Moment {
            position: entry.position,
            ..Moment::default()
        };
        let Partition::Provider(provider) = &entry.entry.partition else {
            return Ok(moment);
        };
        moment.provider = Some(provider.clone());
        let (what, id) = entry.entry.subject.split_once('/').unwrap_or_default();
        match what {
            "booking" => moment.of_booking(engine, entry, (provider, id)).await?,
            "provider" | "service" => moment.tell(&[any_time(provider, None)], None),
            "resource" => moment.tell(&[any_time(provider, Some(id))], None),
            "busy_source" => {
                let resource = id.split('/').next();
                moment.tell(&[any_time(provider, resource)], None);
            }
            _ => {}
        }
        Ok(moment)
    }

    async fn of_booking<S: Store>(
        &mut self,
        engine: &Engine<S>,
        entry: &FeedEntry,
        (provider, id): (&ProviderId, &str),
    ) -> Result<(), Error> {
        let Ok(booking) = BookingId::new(id) else {
            return Ok(());
        };
        let key = BookingKey {
            provider: provider.clone(),
            booking,
        };
        let booking = match engine.show_booking(&key).await {
            Ok(booking) => booking,
            Err(Error::Store(error)) if error.is_transient() => return Err(error.into()),
            Err(_) => return Ok(()),
        };
        let events = engine.entry_events(&entry.entry).ok().flatten();
        let events = events.map_or_else(Vec::new, |read| read.events);
        let mut times = Vec::new();
        for event in &events {
            times_of(&event.fact, &booking, &mut times);
        }
        let changed = BookingChanged {
            provider_id: provider,
            booking_id: &booking.id,
            version: entry.entry.version,
        };
        self.tell(&times, Some(&changed));
        self.customer = Some(booking.customer.clone());
        Ok(())
    }

    /// That any time of a provider may have changed.
    #[cfg(test)]
    pub(super) fn any(position: u64, provider: ProviderId) -> Moment {
        let mut moment = Moment {
            position,
            ..Moment::default()
        };
        moment.tell(&[any_time(&provider, None)], None);
        moment.provider = Some(provider);
        moment
    }

    fn tell(&mut self, times: &[Availability<'_>], changed: Option<&BookingChanged<'_>>) {
        let id = format!("id: {}\n\n", self.position);
        let times: Vec<String> = times
            .iter()
            .map(|time| event("availability.changed", time))
            .collect();
        let booking = changed.map(|changed| event("booking.changed", changed));
        // An event ends with an empty line; the last one has its id before it.
        let with_id = |events: Vec<&str>| {
            if events.is_empty() {
                return Bytes::new();
            }
            Bytes::from(format!("{}\n{id}", events.join("\n\n")))
        };
        let time = times.iter().map(String::as_str);
        self.availability = with_id(time.clone().collect());
        self.booking = with_id(booking.as_deref().into_iter().collect());
        self.both = with_id(time.chain(booking.as_deref()).collect());
    }

    /// The events that somebody may see and wants to; none when there is nothing to tell.
    pub(super) fn event(&self, audience: &Audience) -> Option<Bytes> {
        let time = match &audience.availability {
            Whose::Nobody => false,
            Whose::Provider(provider) => self.provider.as_ref() == Some(provider),
            Whose::Everybody => true,
        };
        let booking = match &audience.bookings {
            Bookings::Nobody => false,
            Bookings::Customer(customer, provider) => {
                let with = provider.is_none() || self.provider == *provider;
                self.customer.as_ref() == Some(customer) && with
            }
            Bookings::Provider(provider) => self.provider.as_ref() == Some(provider),
            Bookings::Everybody => true,
        };
        let event = match (time, booking) {
            (true, true) => &self.both,
            (true, false) => &self.availability,
            (false, true) => &self.booking,
            (false, false) => return None,
        };
        (!event.is_empty()).then(|| event.clone())
    }
}

/// An event without its end.
fn event(name: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).expect("ids and instants have a JSON form");
    format!("event: {name}\ndata: {data}")
}

fn any_time<'a>(provider: &'a ProviderId, resource: Option<&'a str>) -> Availability<'a> {
    Availability {
        provider_id: provider,
        resource_id: resource,
        from: None,
        to: None,
    }
}

/// The times that are taken or free after something happened.
fn times_of<'a>(fact: &Fact, booking: &'a Booking, times: &mut Vec<Availability<'a>>) {
    match fact {
        Fact::Held { .. }
        | Fact::Booked { .. }
        | Fact::Declined { .. }
        | Fact::Expired
        | Fact::Cancelled { .. } => add_takes(booking, times),
        Fact::Rescheduled { from, .. } => {
            times.push(before(booking, *from));
            add_takes(booking, times);
        }
        // Who served before is not in the booking any more.
        Fact::Reassigned { .. } => times.push(before(booking, booking.slot)),
        _ => {}
    }
    times.dedup_by(|a, b| (a.resource_id, a.from, a.to) == (b.resource_id, b.from, b.to));
}

/// A time that was taken of some resource, with the buffers of now.
fn before(booking: &Booking, slot: Interval) -> Availability<'_> {
    let widest = |minutes: fn(&Take) -> i64| booking.takes.iter().map(minutes).max().unwrap_or(0);
    let before = widest(|take| i64::from(take.buffer_before_minutes.get()));
    let after = widest(|take| i64::from(take.buffer_after_minutes.get()));
    Availability {
        provider_id: &booking.provider,
        resource_id: None,
        from: Some(slot.start() - TimeDelta::minutes(before)),
        to: Some(slot.end() + TimeDelta::minutes(after)),
    }
}

fn add_takes<'a>(booking: &'a Booking, times: &mut Vec<Availability<'a>>) {
    times.extend(booking.takes.iter().map(|take| {
        let before = TimeDelta::minutes(i64::from(take.buffer_before_minutes.get()));
        let after = TimeDelta::minutes(i64::from(take.buffer_after_minutes.get()));
        Availability {
            provider_id: &booking.provider,
            resource_id: Some(take.resource.as_str()),
            from: Some(booking.slot.start() - before),
            to: Some(booking.slot.end() + after),
        }
    }));
}
