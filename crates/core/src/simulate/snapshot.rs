//! What a decision rests on, read from a world: what a host reads from its database.

use chrono::{DateTime, Utc};

use super::World;
use crate::availability::Query;
use crate::booking::{Booking, Command, CustomerUsage, Expiry, Snapshot, Status, Wanted};
use crate::id::{BookingId, CustomerId, ServiceId};
use crate::time::{Minutes, Window};

/// For what and whom the next decision is.
struct Subject<'a> {
    service: &'a ServiceId,
    customer: &'a CustomerId,
    party: std::num::NonZeroU32,
    duration: Option<Minutes>,
}

impl World {
    pub(super) fn snapshot(
        &self,
        id: &BookingId,
        command: &Command,
        at: DateTime<Utc>,
    ) -> Snapshot {
        let booking = self.bookings.get(id);
        let subject = match (booking, wanted(command)) {
            (Some(booking), _) => Some(of_booking(booking)),
            (None, Some(wanted)) => Some(self.of_wanted(wanted)),
            (None, None) => None,
        };
        let Some(subject) = subject else {
            return Snapshot {
                decided_until: self.decided_until,
                ..Snapshot::default()
            };
        };
        let service = self.setting.services.get(subject.service);
        Snapshot {
            booking: booking.cloned(),
            question: self.question(&subject, at),
            offer: service.and_then(|service| service.offer.clone()),
            usage: self.usage(id, subject.customer, at),
            decided_until: self.decided_until,
        }
    }

    fn of_wanted<'a>(&self, wanted: &'a Wanted) -> Subject<'a> {
        Subject {
            service: &wanted.service,
            customer: &wanted.customer,
            party: wanted.party,
            duration: self.duration(wanted),
        }
    }

    /// How long a wanted booking is with its add-ons, as far as they are known.
    fn duration(&self, wanted: &Wanted) -> Option<Minutes> {
        let setting = self.setting.services.get(&wanted.service)?;
        let service = setting.service.as_ref()?;
        let base = wanted.duration_minutes.unwrap_or(service.duration_minutes);
        let offered = setting.offer.iter().flat_map(|offer| {
            let terms = offer.terms.price.terms();
            terms.add_ons.iter()
        });
        let added = offered
            .filter(|add_on| wanted.add_ons.contains(&add_on.id))
            .try_fold(base.get(), |sum, add_on| {
                sum.checked_add(add_on.minutes.get())
            })?;
        Minutes::new(added).ok()
    }

    fn question(&self, subject: &Subject<'_>, at: DateTime<Utc>) -> Option<Query> {
        // The window plays no part in a decision.
        let window = Window::new(at, at + Minutes::new(1).ok()?.duration()).ok()?;
        let mut query = self
            .setting
            .question(subject.service, subject.duration, window)?;
        query.party = subject.party;
        for booking in self.bookings.values() {
            for (id, claim) in booking.claims() {
                let resource = query.resources.iter_mut().find(|each| each.id == *id);
                if let Some(resource) = resource {
                    resource.claims.push(claim);
                }
            }
        }
        Some(query)
    }

    fn usage(&self, own: &BookingId, customer: &CustomerId, at: DateTime<Utc>) -> CustomerUsage {
        let others = || {
            let theirs = |each: &&Booking| each.id != *own && each.customer == *customer;
            self.bookings.values().filter(theirs)
        };
        let holds = others().filter(|each| each.status == Status::Held);
        let active = others().filter(|each| {
            let status = each.status_at(at);
            status.occupies() && status != Status::Held
        });
        CustomerUsage {
            holds: holds.filter_map(|each| each.due_at).map(Expiry).collect(),
            active: u32::try_from(active.count()).unwrap_or(u32::MAX),
        }
    }
}

fn of_booking(booking: &Booking) -> Subject<'_> {
    let minutes = booking.slot.duration().num_minutes();
    Subject {
        service: &booking.service,
        customer: &booking.customer,
        party: booking.party,
        duration: u32::try_from(minutes)
            .ok()
            .and_then(|minutes| Minutes::new(minutes).ok()),
    }
}

fn wanted(command: &Command) -> Option<&Wanted> {
    match command {
        Command::Hold(command) => Some(&command.wanted),
        Command::Create(command) => command.wanted.as_ref(),
        _ => None,
    }
}
