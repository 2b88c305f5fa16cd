//! The one way into a state that takes time: holding, booking, approving, confirming, moving,
//! reassigning and undoing a no-show all pass here, and all ask the availability engine.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::claims::{buffers, takes};
use super::{Actor, Booking, Rejection, Snapshot, Take};
use crate::assign::{AssignPolicy, AssignRules, assign_in};
use crate::availability::{Availability, NoticeRule, OneStart, Query};
use crate::id::{BookingId, ResourceId, ServiceId};
use crate::time::Interval;

/// A slot that somebody wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat<'a> {
    /// The booking that asks; its own claims do not stand in its way.
    pub(super) booking: &'a BookingId,
    pub(super) service: &'a ServiceId,
    pub(super) party: u32,
    pub(super) slot: Interval,
    pub(super) now: DateTime<Utc>,
    /// Who asks; the service's notice is for customers.
    pub(super) actor: Actor,
}

/// Who takes the slot.
#[derive(Clone, Debug)]
pub(super) enum Entry<'a> {
    /// A new start: window, notice, horizon and grid bind, and somebody is assigned.
    New(&'a AssignRules),
    /// As before, or the same time with others: these resources, by role.
    Existing(&'a [Vec<ResourceId>]),
    /// Knowingly, whatever is there: these resources, by role.
    Override(&'a [Vec<ResourceId>]),
}

/// What a booking takes when it enters a state that takes time.
///
/// # Errors
///
/// [`Rejection::SlotNotFree`] with the reasons, and what is wrong with the snapshot.
pub(super) fn activate(
    snapshot: &Snapshot,
    seat: Seat<'_>,
    entry: &Entry<'_>,
) -> Result<Vec<Take>, Rejection> {
    let question = question(snapshot, seat)?;
    let start = seat.slot.start();
    match entry {
        Entry::Override(resources) if is_complete(question, resources) => {
            return Ok(takes(question, seat.slot, resources));
        }
        Entry::Override(_) => return Err(Rejection::OverrideNeedsResources),
        // Only as many as each role takes are checked: one more would be taken unseen.
        Entry::Existing(resources) if !is_complete(question, resources) => {
            let reasons = Vec::new();
            return Err(Rejection::SlotNotFree { reasons });
        }
        Entry::Existing(_) | Entry::New(_) => {}
    }
    let plan = Availability::for_start(question, seat.asked())?;
    match entry {
        Entry::New(rules) => {
            let assignment = assign_in(&plan, start, rules)?;
            Ok(takes(question, seat.slot, &assignment.resources))
        }
        Entry::Existing(resources) => {
            fits(&plan, seat, resources)?;
            Ok(takes(question, seat.slot, resources))
        }
        Entry::Override(_) => Err(Rejection::OverrideNeedsResources),
    }
}

/// Whether a booking that is there still fits: with its own resources, its own claims left out.
pub(super) fn recheck(
    snapshot: &Snapshot,
    booking: &Booking,
    now: DateTime<Utc>,
) -> Result<(), Rejection> {
    if booking.overridden.is_some() {
        return Ok(());
    }
    let seat = Seat::of(booking, now);
    recheck_in(question(snapshot, seat)?, booking, seat)
}

/// As [`recheck`], with a question that is known to be about the booking.
pub(super) fn recheck_in(
    question: &Query,
    booking: &Booking,
    seat: Seat<'_>,
) -> Result<(), Rejection> {
    let question = with_stored_buffers(question, booking);
    let plan = Availability::for_start(&question, seat.asked())?;
    fits(&plan, seat, &booking.resources())
}

fn fits(
    plan: &Availability<'_>,
    seat: Seat<'_>,
    resources: &[Vec<ResourceId>],
) -> Result<(), Rejection> {
    let verdict = plan.recheck(seat.slot.start(), resources)?;
    if verdict.is_offered() {
        Ok(())
    } else {
        let reasons = verdict.reasons;
        Err(Rejection::SlotNotFree { reasons })
    }
}

/// The question with the buffers that the booking was made with: those of its service may be others
/// by now, and that changes nothing for it.
fn with_stored_buffers<'a>(question: &'a Query, booking: &Booking) -> Cow<'a, Query> {
    let stored = |take: &Take| (take.buffer_before_minutes, take.buffer_after_minutes);
    let same = |take: &Take| buffers(question, &take.resource) == stored(take);
    if booking.takes.iter().all(same) {
        return Cow::Borrowed(question);
    }
    let mut question = question.clone();
    for take in &booking.takes {
        let mut resources = question.resources.iter_mut();
        if let Some(resource) = resources.find(|each| each.id == take.resource) {
            resource.buffer_before_minutes = Some(take.buffer_before_minutes);
            resource.buffer_after_minutes = Some(take.buffer_after_minutes);
        }
    }
    Cow::Owned(question)
}

impl<'a> Seat<'a> {
    fn asked(self) -> OneStart<'a> {
        let notice = match self.actor {
            Actor::Customer => NoticeRule::Binding,
            Actor::Provider | Actor::Operator | Actor::System => NoticeRule::Exempt,
        };
        OneStart {
            booking: self.booking,
            start: self.slot.start(),
            now: self.now,
            notice,
        }
    }

    /// The slot that a booking has.
    pub(super) fn of(booking: &'a Booking, now: DateTime<Utc>) -> Seat<'a> {
        Seat {
            booking: &booking.id,
            service: &booking.service,
            party: booking.party.get(),
            slot: booking.slot,
            now,
            actor: Actor::System,
        }
    }
}

/// The offer's rules of assignment, with what the customer chose and the seed.
pub(super) fn assign_rules(
    offered: &AssignRules,
    chosen: Option<AssignPolicy>,
    seed: u64,
) -> AssignRules {
    match chosen {
        Some(policy) => AssignRules {
            policy,
            ledger: Vec::new(),
            seed,
        },
        None => AssignRules {
            seed: offered.seed ^ seed,
            ..offered.clone()
        },
    }
}

fn question<'a>(snapshot: &'a Snapshot, seat: Seat<'_>) -> Result<&'a Query, Rejection> {
    let missing = Rejection::SnapshotIncomplete { part: "question" };
    let question = snapshot.question.as_ref().ok_or(missing)?;
    let differs = |part: &'static str| Err(Rejection::SnapshotDiffers { part });
    if question.party.get() != seat.party {
        return differs("party");
    }
    if question.service.id.as_ref() != Some(seat.service) {
        return differs("service");
    }
    if question.service.duration_minutes.duration() != seat.slot.duration() {
        return differs("duration");
    }
    Ok(question)
}

/// Whether known resources are named, for every role as many as it takes, and each once.
fn is_complete(question: &Query, resources: &[Vec<ResourceId>]) -> bool {
    let named: Vec<&ResourceId> = resources.iter().flatten().collect();
    let known = |id: &ResourceId| question.resources.iter().any(|each| each.id == *id);
    let twice = |(at, id): (usize, &&ResourceId)| named[..at].contains(id);
    let fits = match &question.need {
        None => resources.len() == 1 && resources[0].len() == 1,
        Some(need) => {
            need.len() == resources.len()
                && need.iter().zip(resources).all(|(role, ids)| {
                    role.count.get() as usize == ids.len()
                        && ids.iter().all(|id| role.any_of.contains(id))
                })
        }
    };
    fits && named.iter().all(|id| known(id)) && !named.iter().enumerate().any(twice)
}
