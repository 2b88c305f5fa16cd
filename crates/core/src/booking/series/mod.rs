//! Several bookings that are made together: a lesson each week, a treatment on four dates.
//!
//! Each occurrence is an ordinary booking with its own id, price, money and calendar entry, and
//! what it refuses to one it refuses to all: [`create`] asks
//! [`decide::create`](super::decide::create) for each, and what it has booked counts for the next
//! ones. Occurrences recur on the wall clock of the business, so that a weekly nine o'clock stays
//! at nine when the clocks change.
//!
//! Later on, [`cancel`] and [`reschedule`] take one occurrence, this and the following ones, or
//! all. Each is decided by itself: its own notice, its own refund.

mod change;
mod create;

pub use change::{
    CancelSeries, Changed, Reach, RescheduleSeries, SeriesChange, cancel, reschedule, select,
};
pub use create::{
    CreateSeries, NewOccurrence, Occurrence, Outcome, Repeat, SeriesDecision, SeriesMode, Start,
    create, starts,
};

use serde::Serialize;

use super::{Booking, Decision, Rejection, Snapshot, Status};
use crate::assign::PastAssignment;
use crate::availability::{BookedSpan, Query};
use crate::id::BookingId;
use crate::recurrence::ExpandError;
use crate::time::{Interval, Zone};

/// Why a series is not even tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// There is not one occurrence.
    #[error("the series has no occurrence")]
    Empty,
    /// There are more occurrences than a series may have.
    #[error("a series has at most {most} occurrences (limit `SERIES_OCCURRENCES_MAX`)")]
    TooMany {
        /// The most.
        most: usize,
    },
    /// The rule ends neither after a count nor at a date.
    #[error("the rule of a series ends, by `COUNT` or `UNTIL`")]
    Endless,
    /// There are fewer ids than occurrences.
    #[error("the series has {needed} occurrences, and ids for {given}")]
    TooFewIds {
        /// How many occurrences there are.
        needed: usize,
        /// How many ids were given.
        given: usize,
    },
    /// Two occurrences have the same id, or start at the same instant.
    #[error("two occurrences have the same id or the same start")]
    Repeated,
    /// The occurrence is not in the series, or is over.
    #[error("the series has no such occurrence that could be changed")]
    UnknownOccurrence,
    /// The bookings are not of one series.
    #[error("the bookings are not of one series")]
    SeveralSeries,
    /// Nothing of it can be decided.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The rule cannot be expanded.
    #[error(transparent)]
    Rule(#[from] ExpandError),
}

impl SeriesError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            SeriesError::Empty => "series-empty",
            SeriesError::TooMany { .. } => "series-too-long",
            SeriesError::Endless => "series-endless",
            SeriesError::TooFewIds { .. } => "series-too-few-ids",
            SeriesError::Repeated => "series-repeated",
            SeriesError::UnknownOccurrence => "series-unknown-occurrence",
            SeriesError::SeveralSeries => "series-several",
            SeriesError::Rejected(rejection) => rejection.code(),
            SeriesError::Rule(error) => error.code(),
        }
    }
}

/// What a customer is told of one occurrence: where it stands, or the code of the refusal, which
/// does not reveal who is busy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OccurrenceReport {
    /// Its id.
    pub booking: BookingId,
    /// When it starts; of one that could not be moved, when it still does.
    #[serde(with = "crate::time::text::serde_form::instant")]
    pub start: chrono::DateTime<chrono::Utc>,
    /// Where it stands; none when there is no such booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

/// The snapshot as it is after a decision of the same transaction.
fn take_in(snapshot: &mut Snapshot, decision: &Decision) {
    let booking = &decision.booking;
    if let Some(question) = &mut snapshot.question {
        forget(question, &booking.id);
        for (id, claim) in booking.claims() {
            let mut resources = question.resources.iter_mut();
            if let Some(resource) = resources.find(|each| each.id == *id) {
                resource.claims.push(claim);
            }
        }
    }
}

/// The snapshot as it is after an occurrence was booked.
fn take_in_new(snapshot: &mut Snapshot, decision: &Decision) {
    take_in(snapshot, decision);
    let booking = &decision.booking;
    snapshot.usage.active = snapshot.usage.active.saturating_add(1);
    count(snapshot, booking.slot);
    if let Some(offer) = &mut snapshot.offer {
        let served = booking.takes.iter().map(|take| PastAssignment {
            resource: take.resource.clone(),
            start: booking.slot.start(),
            withdrawn: false,
        });
        offer.assignment.ledger.extend(served);
    }
}

/// Counts a booking for the shared limits, each of which binds all bookings of the series.
fn count(snapshot: &mut Snapshot, slot: Interval) {
    for limit in snapshot
        .question
        .iter_mut()
        .flat_map(|each| &mut each.limits)
    {
        limit.bookings.push(BookedSpan(slot));
    }
}

/// The zone on whose wall clock a series recurs.
fn zone(snapshot: &Snapshot) -> Result<&Zone, SeriesError> {
    let missing = Rejection::SnapshotIncomplete { part: "question" };
    Ok(&snapshot.question.as_ref().ok_or(missing)?.zone)
}

/// Takes the claims of a booking out of a question.
fn forget(question: &mut Query, booking: &BookingId) {
    for resource in &mut question.resources {
        resource
            .claims
            .retain(|claim| claim.booking.as_ref() != Some(booking));
    }
}

fn report(booking: &Booking) -> OccurrenceReport {
    OccurrenceReport {
        booking: booking.id.clone(),
        start: booking.slot.start(),
        status: Some(booking.status),
        code: None,
    }
}
