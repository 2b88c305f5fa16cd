//! Which slots can be booked: the same reading and the same pure function as for booking, without
//! any lock.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::{Availability, Query, Refused, Service as Timing, Slot};
use quando::booking::Rejection;
use quando::id::{BookingId, ProviderId, ServiceId};
use quando::limits::NEXT_DAYS_MAX;
use quando::time::{Interval, Minutes, Window};
use serde::{Deserialize, Serialize};

use crate::engine::Reach;
use crate::limits::SCOPES_MAX;
use crate::question::Catalogue;
use crate::store::{ResourceScope, Scope, Snapshot, Store};
use crate::{Engine, Error, Refusal};

/// Days that are looked at in one go for the next free slots.
const STRIDE_DAYS: i64 = 31;

/// For how long and for how many a slot is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SlotsRequest {
    /// How long; as the service says when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<Minutes>,
    /// For how many; for one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<NonZeroU32>,
    /// Add-ons, which may make it longer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_ons: Vec<quando::fees::ItemId>,
    /// At most so many slots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<NonZeroU32>,
    /// Whether to say why the other starts are refused. Reveals who is busy: for providers and
    /// operators only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub explain: bool,
    /// A booking that looks for a new time: its own claims do not stand in its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingId>,
}

/// Slots that can be booked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Slots {
    /// By start.
    pub slots: Vec<Slot>,
    /// Why the other starts are refused; only when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Vec<Refused>>,
    /// The version of the zone database.
    pub tzdb: String,
}

impl<S: Store> Engine<S> {
    /// The bookable slots of a service in a window.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown provider or service, and [`Error::Rejected`] for what is
    /// no valid question.
    pub async fn slots(
        &self,
        provider: &ProviderId,
        service: &ServiceId,
        window: Window,
        request: &SlotsRequest,
    ) -> Result<Slots, Error> {
        let query = self.query((provider, service), window, request).await?;
        let plan = Availability::new(&query).map_err(Rejection::from)?;
        let answer = plan.slots().map_err(Rejection::from)?;
        Ok(Slots {
            slots: answer
                .slots()
                .map(quando::availability::SlotView::to_slot)
                .collect(),
            refused: answer.refused().map(<[Refused]>::to_vec),
            tzdb: answer.tzdb().to_owned(),
        })
    }

    /// The next bookable slots from now on, or from a later instant.
    ///
    /// # Errors
    ///
    /// As [`Engine::slots`].
    pub async fn next_slots(
        &self,
        provider: &ProviderId,
        service: &ServiceId,
        from: Option<DateTime<Utc>>,
        request: &SlotsRequest,
    ) -> Result<Vec<Slot>, Error> {
        let wanted = request.limit.map_or(1, NonZeroU32::get) as usize;
        let mut start = from.unwrap_or_else(|| self.now());
        let last = start + TimeDelta::days(NEXT_DAYS_MAX);
        let mut found = Vec::new();
        while found.len() < wanted && start < last {
            let end = (start + TimeDelta::days(STRIDE_DAYS)).min(last);
            let window = Window::new(start, end).map_err(|_| Rejection::TimeOutOfRange)?;
            let slots = self.slots(provider, service, window, request).await?;
            found.extend(slots.slots);
            start = end;
        }
        found.truncate(wanted);
        Ok(found)
    }

    /// The question for a window, with all that was read for it: what explains any answer again.
    ///
    /// # Errors
    ///
    /// As [`Engine::slots`].
    pub async fn query(
        &self,
        (provider, service): (&ProviderId, &ServiceId),
        window: Window,
        request: &SlotsRequest,
    ) -> Result<Query, Error> {
        let now = self.now();
        let mut reach = self.reach(provider, service);
        let mut minutes = request.duration_minutes.map_or(1, Minutes::get).max(1);
        for _ in 0..SCOPES_MAX {
            let scope = scope((provider, service), (window, minutes), reach);
            let snapshot = self.store.read(scope.clone()).await?;
            let catalogue = Catalogue::of(&self.shared.documents, &snapshot, provider, service)?;
            if !catalogue.provider.active || !catalogue.service.active {
                return Err(Error::NotFound { what: "service" });
            }
            check_choice(&catalogue.service.timing, request.duration_minutes)?;
            let duration = catalogue
                .duration(request.duration_minutes, &request.add_ons)
                .ok_or(Rejection::TimeOutOfRange)?;
            let slot = reached(window, duration.get()).ok_or(Rejection::TimeOutOfRange)?;
            let needed = catalogue
                .reach(slot, None)
                .ok_or(Rejection::TimeOutOfRange)?;
            let seen = scope.span.is_some_and(|span| {
                span.start() <= needed.span.start() && needed.span.end() <= span.end()
            });
            let all = !needed.all_resources || reach.all_resources;
            if seen && all {
                return Ok(asked(
                    &catalogue,
                    &snapshot,
                    (window, duration),
                    (request, now),
                ));
            }
            self.learn((provider, service), slot, &needed);
            reach = self.reach(provider, service);
            minutes = duration.get();
        }
        Err(Refusal::Stale.into())
    }
}

/// Whether a duration may be asked for: without choices only the own one of the service.
pub(super) fn check_choice(timing: &Timing, wanted: Option<Minutes>) -> Result<(), Rejection> {
    let own = timing.duration_minutes;
    let wanted = wanted.unwrap_or(own);
    if timing.duration_choices.is_none() && wanted == own {
        return Ok(());
    }
    let mut timing = timing.clone();
    timing.duration_choices.get_or_insert_with(|| vec![own]);
    Ok(timing.check_choice(wanted)?)
}

fn asked(
    catalogue: &Catalogue,
    snapshot: &Snapshot,
    (window, duration): (Window, Minutes),
    (request, now): (&SlotsRequest, DateTime<Utc>),
) -> Query {
    let party = request.party.unwrap_or(NonZeroU32::MIN);
    let mut query = catalogue.question(snapshot, window, (duration, party), now);
    // Checked without add-ons, which make it longer than any choice.
    query.service.duration_choices = None;
    query.limit = request.limit;
    query.explain = request.explain;
    query.booking.clone_from(&request.booking);
    query
}

fn scope(
    (provider, service): (&ProviderId, &ServiceId),
    (window, minutes): (Window, u32),
    reach: Reach,
) -> Scope {
    let mut scope = Scope::new(provider.clone());
    scope.service = Some(service.clone());
    scope.span = reached(window, minutes).and_then(|slot| {
        let (start, end) = (slot.start() - reach.before, slot.end() + reach.after);
        Interval::new(start, end).ok()
    });
    scope.resources = if reach.all_resources {
        ResourceScope::All
    } else {
        ResourceScope::OfService
    };
    scope
}

/// The time that slots of a window may take, without buffers.
fn reached(window: Window, minutes: u32) -> Option<Interval> {
    let minutes = TimeDelta::minutes(i64::from(minutes));
    Interval::new(window.start(), window.end() + minutes).ok()
}
