//! A booking as an event in people's calendars, and what to send when it changes.
//!
//! A booking is one event with one UID for its whole life: a new time is a new revision of it, never
//! a cancellation and another event. [`Booking::calendar_event`] is the event; [`announcement`] says
//! of a stored [`Event`] which one message it causes, if any; [`messages`] makes the revisions that
//! [`write_event`](crate::calendar::write_event) writes.

use chrono::{DateTime, Utc};

use super::{Booking, Event, Fact, Status};
use crate::calendar::{
    Attendee, CalendarEvent, CalendarWriteError, EventStatus, EventTime, Method, Person,
    Transparency, uid_of,
};
use crate::time::{AnchorKind, Minutes, Zone};

/// What the host adds to a booking for its calendar entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryDetails {
    /// The host's domain, for good: it is a part of the UID.
    pub domain: String,
    /// The title, usually the service's name.
    pub summary: String,
    /// Details, such as how to reschedule.
    pub description: String,
    /// The place as people write it.
    pub location: String,
    /// A page about the booking.
    pub url: Option<String>,
    /// Whose event it is: the provider, or the platform on everybody's behalf.
    pub organizer: Person,
    /// Who takes part: the customer, and the provider when the organizer is somebody else.
    pub attendees: Vec<Attendee>,
    /// When the text is written.
    pub stamp: DateTime<Utc>,
    /// Reminders, each so long before the start.
    pub alarms_before_minutes: Vec<Minutes>,
}

/// What a change of a booking is in people's calendars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Announcement {
    /// The event is new, or another than before: time, state or certainty.
    Request,
    /// Others serve: who left loses the event, who stays or comes has it.
    Replace,
    /// The event does not take place.
    Cancel,
}

impl Booking {
    /// The booking as an event: the slot without its buffers, in the zone that it was agreed in.
    ///
    /// A start that is anchored to its instant is told in UTC, where no change of a zone's rules
    /// moves it. The sequence is the booking's, and one more once it does not take place.
    ///
    /// # Errors
    ///
    /// [`CalendarWriteError`] when the id and the domain make no UID.
    pub fn calendar_event(
        &self,
        details: &EntryDetails,
    ) -> Result<CalendarEvent, CalendarWriteError> {
        let status = event_status(self.status);
        let ended = u32::from(status == EventStatus::Cancelled);
        let zone = match self.anchor.kind() {
            AnchorKind::Wall => Zone::new(self.anchor.zone_name()).ok(),
            AnchorKind::Instant => None,
        };
        Ok(CalendarEvent {
            uid: uid_of(&self.id, &details.domain)?,
            sequence: self.sequence.saturating_add(ended),
            status,
            when: EventTime::Timed {
                interval: self.slot,
                zone,
            },
            summary: details.summary.clone(),
            description: details.description.clone(),
            location: details.location.clone(),
            url: details.url.clone(),
            organizer: details.organizer.clone(),
            attendees: details.attendees.clone(),
            stamp: details.stamp,
            last_modified: Some(self.updated_at),
            transparency: Transparency::Opaque,
            alarms_before_minutes: details.alarms_before_minutes.clone(),
        })
    }
}

fn event_status(status: Status) -> EventStatus {
    match status {
        Status::Held | Status::Pending => EventStatus::Tentative,
        Status::Confirmed | Status::InProgress | Status::Completed | Status::NoShow => {
            EventStatus::Confirmed
        }
        Status::Cancelled | Status::Declined | Status::Expired => EventStatus::Cancelled,
    }
}

/// The one message that something which happened to a booking causes; none for what no calendar
/// needs to know, such as a payment, a hold or a step on the way to a confirmation.
///
/// `before` is the booking before the change that the event belongs to.
pub fn announcement(before: Option<&Booking>, event: &Event) -> Option<Announcement> {
    // What was only held was never sent to anybody.
    let sent = before.is_some_and(|booking| booking.status != Status::Held);
    match &event.fact {
        // Nothing to wait for: the confirmation follows in the same change.
        Fact::Booked { awaiting, .. } if awaiting.is_nothing() => None,
        Fact::Booked { .. } | Fact::Confirmed { .. } | Fact::Rescheduled { .. } => {
            Some(Announcement::Request)
        }
        Fact::Reassigned { .. } => Some(Announcement::Replace),
        Fact::Declined { .. } | Fact::Expired | Fact::Cancelled { .. } => {
            sent.then_some(Announcement::Cancel)
        }
        _ => None,
    }
}

/// The revisions to write, in the order in which they go out.
///
/// `before` is what was sent last, `after` the event as it is now, both by
/// [`Booking::calendar_event`]. When others serve and the organizer is another now, the old one
/// cancels and the new one invites, as
/// [`change_organizer`](crate::calendar::change_organizer) does; when the organizer stays, only
/// those who left are told that it takes place without them. A booking that is given to others
/// raises its sequence by two, so that there is one for each of the two messages.
pub fn messages(
    announcement: Announcement,
    before: Option<&CalendarEvent>,
    after: &CalendarEvent,
) -> Vec<(Method, CalendarEvent)> {
    match (announcement, before) {
        (Announcement::Cancel, _) => vec![(Method::Cancel, after.clone())],
        (Announcement::Replace, Some(before)) => {
            let mut messages = Vec::with_capacity(2);
            messages.extend(farewell(before, after));
            messages.push((Method::Request, after.clone()));
            messages
        }
        (Announcement::Request | Announcement::Replace, _) => {
            vec![(Method::Request, after.clone())]
        }
    }
}

/// What those get who had the event and have it no more.
fn farewell(before: &CalendarEvent, after: &CalendarEvent) -> Option<(Method, CalendarEvent)> {
    let between = CalendarEvent {
        sequence: before.sequence.saturating_add(1),
        stamp: after.stamp,
        ..before.clone()
    };
    let same = |one: &Person, other: &Person| one.email.eq_ignore_ascii_case(&other.email);
    if !same(&before.organizer, &after.organizer) {
        return Some((Method::Cancel, between));
    }
    let stays = |gone: &Attendee| {
        after
            .attendees
            .iter()
            .any(|each| same(&each.person, &gone.person))
    };
    let mut left = between;
    left.attendees.retain(|each| !stays(each));
    (!left.attendees.is_empty()).then_some((Method::Uninvite, left))
}
