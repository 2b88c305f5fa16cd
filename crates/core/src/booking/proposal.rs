//! Other times that a provider proposes for a booking.
//!
//! A [`Proposal`] is plain data that the host keeps: a set of holds with a deadline. [`propose`]
//! gives the holds to decide, [`pick`] the commands that give the booking the time of one of them
//! and let the others go, [`release`] those that let all of them go. All commands of one answer are
//! decided in order, each on what the one before has left, and stored in one transaction or not at
//! all. At the deadline the holds lapse by themselves.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Actor, Approve, Booking, By, Cancel, CodeSeed, Command, Hold, HoldToken, Offer, Reschedule,
    Status, Wanted,
};
use crate::id::{BookingId, ResourceId};
use crate::limits::PROPOSAL_TIMES_MAX;
use crate::time::Minutes;
use crate::time::text::serde_form;

/// Proposes other times for a booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Propose {
    /// Who proposes: the provider or the operator.
    pub by: By,
    /// How long the customer may think about it.
    pub minutes: Minutes,
    /// The times, of which the customer picks one.
    pub times: Vec<ProposedTime>,
}

/// A time that is proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposedTime {
    /// The id of the hold that keeps it.
    pub hold: BookingId,
    /// The secret of that hold; nobody needs it to pick a time.
    pub token: HoldToken,
    /// When it starts.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// Who would serve, by role; any who is free when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Vec<ResourceId>>>,
}

/// A proposal that the customer has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proposal {
    /// For which booking.
    pub booking: BookingId,
    /// The sequence of the booking that it was made for: a booking that was moved since then has
    /// left it behind.
    pub sequence: u32,
    /// Who proposes.
    pub by: By,
    /// How long its holds last at most.
    pub minutes: Minutes,
    /// Until when it can be answered; from this instant on it is void.
    #[serde(with = "serde_form::instant")]
    pub expires_at: DateTime<Utc>,
    /// The holds, in the order of the proposal.
    pub holds: Vec<BookingId>,
}

/// What follows from proposing.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// To be kept.
    pub proposal: Proposal,
    /// The holds to decide first, under [`Proposal::offer`].
    pub holds: Vec<Hold>,
}

/// The customer picks a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pick {
    /// Who picks: the customer, or the operator in their place.
    pub by: By,
    /// Which one, by its hold.
    pub hold: BookingId,
    /// Random bytes for the confirmation code, of a booking that is confirmed by it.
    pub code_seed: CodeSeed,
}

/// A command to decide, and the booking that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// About which booking.
    pub booking: BookingId,
    /// What to decide.
    pub command: Command,
}

/// Why nothing can be proposed, or nothing picked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProposalError {
    /// This actor does not propose, or does not pick.
    #[error("that is not for the {actor}")]
    ActorNotAllowed {
        /// Who.
        actor: Actor,
    },
    /// Only a pending or confirmed booking is proposed another time for.
    #[error("no other time can be proposed for a booking that is {status}")]
    WrongState {
        /// Where it stands.
        status: Status,
    },
    /// There is no time, there are too many, or one that is there twice or is past.
    #[error(
        "a proposal names 1 to {PROPOSAL_TIMES_MAX} different times that are still to come \
         (limit `PROPOSAL_TIMES_MAX`)"
    )]
    Times,
    /// There is not a minute left to think about it.
    #[error("there is no time left for an answer")]
    TooLate,
    /// The deadline has passed, or the hold has lapsed.
    #[error("the proposal has lapsed")]
    Lapsed,
    /// The booking was moved or given to others since.
    #[error("the booking has changed since the proposal was made")]
    Outdated,
    /// What was picked is not proposed.
    #[error("the proposal has no such hold")]
    Unknown,
}

impl ProposalError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            ProposalError::ActorNotAllowed { .. } => "proposal-actor",
            ProposalError::WrongState { .. } => "proposal-state",
            ProposalError::Times => "proposal-times",
            ProposalError::TooLate => "proposal-too-late",
            ProposalError::Lapsed => "proposal-lapsed",
            ProposalError::Outdated => "proposal-outdated",
            ProposalError::Unknown => "proposal-unknown",
        }
    }
}

/// The proposal, and the holds to decide for it.
///
/// The customer has so many minutes, and never longer than a pending booking waits or than the
/// booking's own start. The holds count for the quota of the customer.
///
/// # Errors
///
/// [`ProposalError`] when this actor or this booking does not propose, or the times are none.
pub fn propose(
    booking: &Booking,
    command: &Propose,
    now: DateTime<Utc>,
) -> Result<Proposed, ProposalError> {
    let actor = command.by.actor;
    if !matches!(actor, Actor::Provider | Actor::Operator) {
        return Err(ProposalError::ActorNotAllowed { actor });
    }
    check_state(booking, now)?;
    check_times(booking, &command.times, now)?;
    let wished = now + command.minutes.duration();
    let until = wished.min(booking.slot.start());
    let until = booking.due_at.map_or(until, |due| due.min(until));
    let minutes = u32::try_from((until - now).num_minutes()).unwrap_or(0);
    let minutes = Minutes::new(minutes).map_err(|_| ProposalError::TooLate)?;
    if minutes.is_zero() {
        return Err(ProposalError::TooLate);
    }
    let holds = command.times.iter();
    let holds = holds.map(|time| hold(booking, &command.by, time)).collect();
    let proposal = Proposal {
        booking: booking.id.clone(),
        sequence: booking.sequence,
        by: command.by.clone(),
        minutes,
        expires_at: now + minutes.duration(),
        holds: command.times.iter().map(|time| time.hold.clone()).collect(),
    };
    Ok(Proposed { proposal, holds })
}

/// The commands that give the booking the time that was picked, in order: the holds are let go, the
/// booking is moved, and what waits for the provider's yes has it.
///
/// It is the provider who moves the booking, so that the customer's notice does not stand in the
/// way, and a later refund is not capped by the move. `holds` are the bookings that hold the times,
/// as they are now.
///
/// # Errors
///
/// [`ProposalError`] when the proposal or the hold has lapsed, the booking has changed or is over,
/// or the hold is none of the proposal.
pub fn pick(
    proposal: &Proposal,
    booking: &Booking,
    holds: &[Booking],
    picked: &Pick,
    now: DateTime<Utc>,
) -> Result<Vec<Step>, ProposalError> {
    let actor = picked.by.actor;
    if !matches!(actor, Actor::Customer | Actor::Operator) {
        return Err(ProposalError::ActorNotAllowed { actor });
    }
    check_state(booking, now)?;
    if booking.id != proposal.booking || booking.sequence != proposal.sequence {
        return Err(ProposalError::Outdated);
    }
    if !proposal.holds.contains(&picked.hold) {
        return Err(ProposalError::Unknown);
    }
    let hold = holds.iter().find(|each| each.id == picked.hold);
    let hold = hold.ok_or(ProposalError::Unknown)?;
    if now >= proposal.expires_at || hold.status_at(now) != Status::Held {
        return Err(ProposalError::Lapsed);
    }
    let mut steps = release(proposal, holds, now);
    let reschedule = Reschedule {
        by: proposal.by.clone(),
        expected_version: Some(booking.version),
        start: hold.slot.start(),
        resources: Some(hold.resources()),
        seed: 0,
    };
    steps.push(Step::new(&booking.id, reschedule));
    if booking.status == Status::Pending && booking.awaiting.approval {
        let approve = Approve {
            by: proposal.by.clone(),
            expected_version: None,
            code_seed: picked.code_seed,
        };
        steps.push(Step::new(&booking.id, approve));
    }
    Ok(steps)
}

/// The commands that let all times of a proposal go: the customer wants none of them, or the
/// provider takes it back. Those that have lapsed are gone already.
pub fn release(proposal: &Proposal, holds: &[Booking], now: DateTime<Utc>) -> Vec<Step> {
    let live = holds
        .iter()
        .filter(|hold| proposal.holds.contains(&hold.id) && hold.status_at(now) == Status::Held);
    let cancel = |hold: &Booking| {
        let cancel = Cancel {
            by: proposal.by.clone(),
            expected_version: Some(hold.version),
            reason: None,
            token: None,
        };
        Step::new(&hold.id, cancel)
    };
    live.map(cancel).collect()
}

impl Proposal {
    /// What the holds are decided under: the terms of the booking, with the time of the proposal as
    /// that of a hold. `offer` is what is offered at the moment.
    pub fn offer(&self, booking: &Booking, offer: &Offer) -> Offer {
        let agreed = Offer {
            terms: booking.terms.clone(),
            ..offer.clone()
        };
        agreed.holding_for(self.minutes)
    }
}

impl Step {
    fn new(booking: &BookingId, command: impl Into<Command>) -> Step {
        Step {
            booking: booking.clone(),
            command: command.into(),
        }
    }
}

fn check_state(booking: &Booking, now: DateTime<Utc>) -> Result<(), ProposalError> {
    match booking.status_at(now) {
        Status::Pending | Status::Confirmed => Ok(()),
        status => Err(ProposalError::WrongState { status }),
    }
}

fn check_times(
    booking: &Booking,
    times: &[ProposedTime],
    now: DateTime<Utc>,
) -> Result<(), ProposalError> {
    let right_count = (1..=PROPOSAL_TIMES_MAX).contains(&times.len());
    let sound = |(at, time): (usize, &ProposedTime)| {
        let unlike = |other: &ProposedTime| other.hold != time.hold && other.start != time.start;
        time.start > now
            && time.start != booking.slot.start()
            && time.hold != booking.id
            && times[..at].iter().all(unlike)
    };
    if right_count && times.iter().enumerate().all(sound) {
        Ok(())
    } else {
        Err(ProposalError::Times)
    }
}

fn hold(booking: &Booking, by: &By, time: &ProposedTime) -> Hold {
    let wanted = Wanted {
        booking: time.hold.clone(),
        provider: booking.provider.clone(),
        customer: booking.customer.clone(),
        service: booking.service.clone(),
        start: time.start,
        duration_minutes: None,
        party: booking.party,
        add_ons: booking.add_ons.clone(),
        discount: booking.discount.clone(),
        tips: booking.tips,
        notes: None,
        resources: time.resources.clone(),
        series: None,
        override_reason: None,
        seed: 0,
    };
    Hold {
        by: by.clone(),
        expected_version: None,
        wanted,
        token: time.token,
    }
}
