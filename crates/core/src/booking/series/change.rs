use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{OccurrenceReport, SeriesError, SeriesMode, count, report, take_in, zone};
use crate::booking::{
    Booking, By, Cancel, Decision, Note, Rejection, Reschedule, Snapshot, decide,
};
use crate::id::BookingId;
use crate::limits::SERIES_OCCURRENCES_MAX;
use crate::time::{Interval, Zone, text::serde_form};

/// Which occurrences a change is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// The one that is named.
    This,
    /// It and those after it.
    ThisAndFollowing,
    /// All that are not over.
    All,
}

/// Calls off occurrences of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelSeries {
    /// Who acts.
    pub by: By,
    /// The occurrence that is looked at.
    pub booking: BookingId,
    /// Which ones beside it.
    pub reach: Reach,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

/// Moves occurrences of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RescheduleSeries {
    /// Who acts.
    pub by: By,
    /// The occurrence that is looked at.
    pub booking: BookingId,
    /// Which ones beside it.
    pub reach: Reach,
    /// The new start of the one that is looked at. The others move by as much on the wall clock of
    /// the business.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// What to do when one of them cannot be moved.
    pub mode: SeriesMode,
    /// Random bits for assigning by weight.
    #[serde(default)]
    pub seed: u64,
}

/// What became of the occurrences that a change was for.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesChange {
    /// In the order of time.
    pub occurrences: Vec<Changed>,
    /// Whether the last was decided first.
    from_the_back: bool,
}

/// An occurrence that a change was for.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The booking before.
    pub before: Booking,
    /// The decision; or why there is none, which may be that another one could not be changed.
    pub outcome: Result<Box<Decision>, Option<Rejection>>,
}

impl SeriesChange {
    /// The decisions to store, in the order in which each makes way for the next.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        let count = self.occurrences.len();
        let place = move |at: usize| {
            if self.from_the_back {
                count - 1 - at
            } else {
                at
            }
        };
        (0..count).filter_map(move |at| self.occurrences[place(at)].outcome.as_deref().ok())
    }

    /// Whether every occurrence is changed.
    pub fn is_complete(&self) -> bool {
        self.occurrences.iter().all(|each| each.outcome.is_ok())
    }

    /// The result of each occurrence, as the customer may see it.
    pub fn report(&self) -> Vec<OccurrenceReport> {
        let one = |each: &Changed| match &each.outcome {
            Ok(decision) => report(&decision.booking),
            Err(rejection) => OccurrenceReport {
                code: rejection.as_ref().map(Rejection::code),
                ..report(&each.before)
            },
        };
        self.occurrences.iter().map(one).collect()
    }
}

/// The occurrences that a change is for, in the order of time: of those that are not over at `now`,
/// the one that is named, those that start after it, or all.
///
/// # Errors
///
/// [`SeriesError`] when the bookings are not of one series, or the one that is named is not among
/// them or is over.
pub fn select<'a>(
    bookings: &'a [Booking],
    named: &BookingId,
    reach: Reach,
    now: DateTime<Utc>,
) -> Result<Vec<&'a Booking>, SeriesError> {
    let most = SERIES_OCCURRENCES_MAX;
    if bookings.len() > most {
        return Err(SeriesError::TooMany { most });
    }
    let series = bookings.first().and_then(|each| each.series.as_ref());
    if bookings.iter().any(|each| each.series.as_ref() != series) || series.is_none() {
        return Err(SeriesError::SeveralSeries);
    }
    let mut open: Vec<&Booking> = bookings.iter().collect();
    open.retain(|each| !each.status_at(now).is_terminal());
    open.sort_by_key(|each| (each.slot.start(), &each.id));
    let at = open.iter().position(|each| each.id == *named);
    let at = at.ok_or(SeriesError::UnknownOccurrence)?;
    Ok(match reach {
        Reach::This => vec![open[at]],
        Reach::ThisAndFollowing => open.split_off(at),
        Reach::All => open,
    })
}

/// Calls off occurrences of a series, each as [`decide::cancel`] would: with its own notice and its
/// own refund. One that cannot be called off leaves the others alone.
///
/// # Errors
///
/// As [`select`].
pub fn cancel(
    bookings: &[Booking],
    command: &CancelSeries,
    now: DateTime<Utc>,
) -> Result<SeriesChange, SeriesError> {
    let one = |booking: &Booking| {
        let cancel = Cancel {
            by: command.by.clone(),
            expected_version: Some(booking.version),
            reason: command.reason.clone(),
            token: None,
        };
        let snapshot = Snapshot {
            booking: Some(booking.clone()),
            ..Snapshot::default()
        };
        Changed {
            before: booking.clone(),
            outcome: outcome(decide::cancel(&snapshot, &cancel, now)),
        }
    };
    let selected = select(bookings, &command.booking, command.reach, now)?;
    let occurrences = selected.into_iter().map(one).collect();
    Ok(SeriesChange {
        occurrences,
        from_the_back: false,
    })
}

/// Moves occurrences of a series, each as [`decide::reschedule`] would, by as much on the wall
/// clock of the business as the one that is named.
///
/// The snapshot has the claims of the whole time that they come from and go to, those of the series
/// included; its `booking` does not matter. Those that go first make way for the others.
///
/// # Errors
///
/// As [`select`]; and [`SeriesError::Rejected`] when the snapshot has no question.
pub fn reschedule(
    snapshot: &Snapshot,
    bookings: &[Booking],
    command: &RescheduleSeries,
    now: DateTime<Utc>,
) -> Result<SeriesChange, SeriesError> {
    let selected = select(bookings, &command.booking, command.reach, now)?;
    let zone = zone(snapshot)?.clone();
    let shift = shift(&selected, command, &zone);
    let mut snapshot = snapshot.clone();
    let mut occurrences = Vec::with_capacity(selected.len());
    let mut stopped = false;
    // Whoever moves later makes way from the back, whoever moves earlier from the front.
    let later = shift > TimeDelta::zero();
    let places = 0..selected.len();
    let order: Vec<usize> = if later {
        places.rev().collect()
    } else {
        places.collect()
    };
    for place in order {
        let before = selected[place].clone();
        let start = shifted(&before, command, shift, &zone);
        let outcome = if stopped {
            Err(None)
        } else {
            outcome(start.and_then(|start| step(&mut snapshot, &before, (command, start), now)))
        };
        stopped |= outcome.is_err() && command.mode == SeriesMode::StopAtFirst;
        occurrences.push(Changed { before, outcome });
    }
    if later {
        occurrences.reverse();
    }
    let mut change = SeriesChange {
        occurrences,
        from_the_back: later,
    };
    if command.mode == SeriesMode::AllOrNothing && !change.is_complete() {
        for each in &mut change.occurrences {
            if each.outcome.is_ok() {
                each.outcome = Err(None);
            }
        }
    }
    Ok(change)
}

/// By how much the wall clock's time of the named occurrence changes.
fn shift(selected: &[&Booking], command: &RescheduleSeries, zone: &Zone) -> TimeDelta {
    let named = selected.iter().find(|each| each.id == command.booking);
    let old = named.map_or(command.start, |each| each.slot.start());
    zone.civil(command.start) - zone.civil(old)
}

fn shifted(
    booking: &Booking,
    command: &RescheduleSeries,
    shift: TimeDelta,
    zone: &Zone,
) -> Result<DateTime<Utc>, Rejection> {
    if booking.id == command.booking {
        return Ok(command.start);
    }
    let civil = zone.civil(booking.slot.start());
    let civil = civil.checked_add_signed(shift);
    civil
        .map(|civil| zone.occurrence(civil))
        .ok_or(Rejection::TimeOutOfRange)
}

fn step(
    snapshot: &mut Snapshot,
    booking: &Booking,
    (command, start): (&RescheduleSeries, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let reschedule = Reschedule {
        by: command.by.clone(),
        expected_version: Some(booking.version),
        start,
        resources: None,
        seed: command.seed,
    };
    snapshot.booking = Some(booking.clone());
    uncount(snapshot, booking.slot);
    if let Some(current) = snapshot
        .question
        .as_mut()
        .and_then(|each| each.reschedule.as_mut())
    {
        current.current = booking.resources();
    }
    let decided = decide::reschedule(snapshot, &reschedule, now);
    let slot = decided
        .as_ref()
        .map_or(booking.slot, |decision| decision.booking.slot);
    count(snapshot, slot);
    let decision = decided?;
    take_in(snapshot, &decision);
    Ok(decision)
}

/// A booking that looks for another time does not count against itself.
fn uncount(snapshot: &mut Snapshot, slot: Interval) {
    for limit in snapshot
        .question
        .iter_mut()
        .flat_map(|each| &mut each.limits)
    {
        let at = limit.bookings.iter().position(|span| span.0 == slot);
        at.map(|at| limit.bookings.swap_remove(at));
    }
}

fn outcome(decided: Result<Decision, Rejection>) -> Result<Box<Decision>, Option<Rejection>> {
    decided.map(Box::new).map_err(Some)
}
