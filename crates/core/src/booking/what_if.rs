//! What a change of hours, absences or capacity would break.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::activate::{Seat, recheck_in};
use super::{Booking, Rejection};
use crate::availability::{Query, Reason};
use crate::id::BookingId;
use crate::time::{Minutes, text::serde_form};

/// A booking that would not fit any more, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Broken {
    /// Which booking.
    pub booking: BookingId,
    /// When it starts.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// The rules that it breaks; they reveal who is busy.
    pub reasons: Vec<Reason>,
}

/// The bookings that would not fit any more if things were as the question says: a dry run for a
/// change of hours, an absence or a smaller room, which changes nothing.
///
/// Bookings that are over or past, and those made knowingly over a conflict, are left out. The
/// question is for the service of the bookings, with the claims of all of them; its party, its
/// duration and its buffers give way to those of each booking.
///
/// # Errors
///
/// [`Rejection::SnapshotDiffers`] for a booking of another service, and [`Rejection::Query`] when
/// the question is not valid.
pub fn broken_by(
    bookings: &[Booking],
    question: &Query,
    now: DateTime<Utc>,
) -> Result<Vec<Broken>, Rejection> {
    let mut question = question.clone();
    let mut broken = Vec::new();
    for booking in bookings {
        let counts = booking.status_at(now).occupies() && booking.slot.end() > now;
        if !counts || booking.overridden.is_some() {
            continue;
        }
        if question.service.id.as_ref() != Some(&booking.service) {
            return Err(Rejection::SnapshotDiffers { part: "service" });
        }
        question.party = booking.party;
        question.service.duration_minutes = minutes(booking)?;
        match recheck_in(&question, booking, Seat::of(booking, now)) {
            Ok(()) => {}
            Err(Rejection::SlotNotFree { reasons }) => broken.push(Broken {
                booking: booking.id.clone(),
                start: booking.slot.start(),
                reasons,
            }),
            Err(other) => return Err(other),
        }
    }
    Ok(broken)
}

fn minutes(booking: &Booking) -> Result<Minutes, Rejection> {
    let minutes = u32::try_from(booking.slot.duration().num_minutes());
    let minutes = minutes.ok().and_then(|count| Minutes::new(count).ok());
    minutes.ok_or(Rejection::TimeOutOfRange)
}
