use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Booking, Status};
use crate::availability::{Claim, Query};
use crate::id::{PlaceId, ResourceId};
use crate::sabotage::sabotaged;
use crate::time::{Interval, Minutes};

/// What a booking takes of one resource, with the buffers that held when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Take {
    /// Of which resource.
    pub resource: ResourceId,
    /// In which role, as its place in the service's need.
    pub role: u32,
    /// How many units; of a class's primary resource, seats.
    pub units: NonZeroU32,
    /// Time kept free before.
    #[serde(default, skip_serializing_if = "Minutes::is_zero")]
    pub buffer_before_minutes: Minutes,
    /// Time kept free after.
    #[serde(default, skip_serializing_if = "Minutes::is_zero")]
    pub buffer_after_minutes: Minutes,
    /// Whether it is a seat in a session of a class.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session: bool,
    /// The session's primary resource, when that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<ResourceId>,
    /// Where it takes place, for travel times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceId>,
}

impl Booking {
    /// The claims that it lays on its resources, for the next question. Those of a hold or a pending
    /// booking lapse with it, those of a booking that took place go on counting for limits, and
    /// there are none once it came to nothing.
    pub fn claims(&self) -> impl Iterator<Item = (&ResourceId, Claim)> {
        let took_place = matches!(self.status, Status::Completed | Status::NoShow);
        let takes = if self.status.occupies() || took_place {
            self.takes.as_slice()
        } else {
            &[]
        };
        takes.iter().map(|take| (&take.resource, self.claim(take)))
    }

    fn claim(&self, take: &Take) -> Claim {
        Claim {
            interval: self.slot,
            service: Some(self.service.clone()),
            buffer_before_minutes: take.buffer_before_minutes,
            buffer_after_minutes: take.buffer_after_minutes,
            units: take.units,
            session: take.session,
            with: take.with.clone(),
            place: take.place.clone(),
            booking: Some(self.id.clone()),
            done: self.status.is_terminal(),
            expires_at: self.lapses_at(),
        }
    }

    fn lapses_at(&self) -> Option<DateTime<Utc>> {
        match self.status {
            Status::Held | Status::Pending => self.due_at,
            _ => None,
        }
    }
}

/// What a booking of the query takes of its resources.
pub(super) fn takes(query: &Query, slot: Interval, resources: &[Vec<ResourceId>]) -> Vec<Take> {
    let service = &query.service;
    let class = service.is_class();
    let leader = if class {
        leader(query, slot, resources.first().map_or(&[], Vec::as_slice))
    } else {
        None
    };
    let take = |role: usize, id: &ResourceId| {
        let (buffer_before_minutes, buffer_after_minutes) = if sabotaged!(BuffersForgotten) {
            (Minutes::ZERO, Minutes::ZERO)
        } else {
            buffers(query, id)
        };
        let primary = role == 0;
        // Seats are counted on one primary resource, and everything else is with that one.
        let leads = leader == Some(id) && primary;
        let units = if sabotaged!(PartyOfOne) {
            NonZeroU32::MIN
        } else if (primary && !class) || leads {
            query.party
        } else {
            NonZeroU32::MIN
        };
        Take {
            resource: id.clone(),
            role: u32::try_from(role).expect("the number of roles is limited"),
            units,
            buffer_before_minutes,
            buffer_after_minutes,
            session: class,
            with: leader.filter(|_| !leads).cloned(),
            place: query.place.clone(),
        }
    };
    let resources = if sabotaged!(HalfTaken) {
        &resources[..1]
    } else {
        resources
    };
    let roles = resources.iter().enumerate();
    roles
        .flat_map(|(role, ids)| ids.iter().map(move |id| take(role, id)))
        .collect()
}

/// The buffers that a new booking has on a resource: its own, or else the service's.
pub(super) fn buffers(query: &Query, id: &ResourceId) -> (Minutes, Minutes) {
    let resource = query.resources.iter().find(|each| each.id == *id);
    let before = resource.and_then(|each| each.buffer_before_minutes);
    let after = resource.and_then(|each| each.buffer_after_minutes);
    (
        before.unwrap_or(query.service.buffer_before_minutes),
        after.unwrap_or(query.service.buffer_after_minutes),
    )
}

/// The primary resource that a session's seats are counted on: of a session that is there, whoever
/// leads it; of a new one, the first.
fn leader<'a>(
    query: &Query,
    slot: Interval,
    primaries: &'a [ResourceId],
) -> Option<&'a ResourceId> {
    let leads = |id: &&ResourceId| {
        let resource = query.resources.iter().find(|each| each.id == **id);
        let claims = resource.map_or(&[][..], |each| each.claims.as_slice());
        claims.iter().any(|claim| {
            claim.session
                && claim.with.as_ref().is_none_or(|leader| leader == *id)
                && claim.service == query.service.id
                && claim.interval == slot
        })
    };
    primaries.iter().find(leads).or(primaries.first())
}
