//! Messages about one event (iTIP, RFC 5546): invitations, changes, cancellations.

use serde::{Deserialize, Serialize};

use super::component::Component;
use super::error::CalendarWriteError;
use super::event::{Attendee, CalendarEvent, EventStatus};
use super::lines::Lines;
use super::zone::ZonesUsed;
use crate::calendar::problem::shorten;

/// What a message asks of the calendar that gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Method {
    /// Put the event in, or in place of an older revision.
    Request,
    /// The event does not take place. The attendees are those of the last revision, and the
    /// sequence is higher than that one's.
    Cancel,
    /// The event takes place without those who get this: a provider who was replaced, for one.
    Uninvite,
}

/// Whom the text of a message names.
///
/// Each attendee of a class has a text of their own that names nobody else. Everybody is named
/// only to people who know of each other, or to the provider.
///
/// JSON form: `"everyone"` or `{"only":"cara@example.org"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Audience {
    /// All attendees.
    Everyone,
    /// The attendee with this e-mail address, who is the one to get the text.
    Only(String),
}

/// The two messages that move an event from one organizer to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrganizerChange {
    /// The cancellation in the name of the old organizer; it goes out first.
    pub cancel: String,
    /// The invitation of the new one.
    pub request: String,
}

/// Writes a message about an event: the text of a `text/calendar` part, whose `method` parameter
/// is `REQUEST` or `CANCEL`.
///
/// # Errors
///
/// [`CalendarWriteError`] when the event has no attendees or not the one of `audience`, when a
/// cancelled event is requested, when a cancellation has the sequence 0, and for any text that
/// cannot be written or goes over a limit.
///
/// # Example
///
/// ```
/// use quando::calendar::{Audience, CalendarEvent, Method, write_event};
///
/// let event: CalendarEvent = serde_json::from_str(
///     r#"{"uid":"b-1@bookings.example.com","status":"confirmed","summary":"Yoga",
///     "when":{"start":"2026-03-09T13:00:00Z","end":"2026-03-09T14:00:00Z"},
///     "organizer":{"email":"ana@example.com"},"stamp":"2026-03-01T12:00:00Z",
///     "attendees":[{"email":"cara@example.org"},{"email":"dan@example.org"}]}"#,
/// )?;
/// let text = write_event(Method::Request, &event, &Audience::Only("cara@example.org".into()))?;
/// assert!(text.contains("cara@example.org"));
/// assert!(!text.contains("dan@example.org"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_event(
    method: Method,
    event: &CalendarEvent,
    audience: &Audience,
) -> Result<String, CalendarWriteError> {
    let cancels = match method {
        Method::Request if event.status == EventStatus::Cancelled => {
            return Err(CalendarWriteError::Cancelled);
        }
        Method::Request => false,
        Method::Cancel | Method::Uninvite => true,
    };
    if cancels {
        check_sequence(event.sequence, 1)?;
    }
    let component = Component {
        event,
        named: named(&event.attendees, audience)?,
        status: match method {
            Method::Request => Some(event.status),
            Method::Cancel => Some(EventStatus::Cancelled),
            // A status would cancel the event for all.
            Method::Uninvite => None,
        },
        // A cancellation has no alarms (RFC 5546 section 3.2.5).
        reminds: !cancels,
    };
    let mut lines = Lines::calendar(if cancels { "CANCEL" } else { "REQUEST" });
    let mut zones = ZonesUsed::default();
    component.note_zone(&mut zones)?;
    zones.write(&mut lines)?;
    component.write(&mut lines)?;
    lines.finish()
}

/// Writes what moves an event to another organizer: a calendar lets nobody but its organizer
/// change an event, so that the old one cancels it and the new one invites anew.
///
/// `before` is the revision that was sent last, `after` the first one of the new organizer, with
/// the same UID. The cancellation takes the sequence in between and the stamp of `after`, so that
/// `after.sequence` is at least `before.sequence + 2`: in whatever order the two arrive, the
/// invitation is the newer one.
///
/// # Errors
///
/// As [`write_event`]; and when the UIDs differ, the organizer does not change, or the sequence of
/// `after` is too low.
pub fn change_organizer(
    before: &CalendarEvent,
    after: &CalendarEvent,
    audience: &Audience,
) -> Result<OrganizerChange, CalendarWriteError> {
    if before.uid != after.uid {
        return Err(CalendarWriteError::OtherEvent);
    }
    if before.organizer.has(&after.organizer.email) {
        return Err(CalendarWriteError::SameOrganizer);
    }
    check_sequence(after.sequence, before.sequence.saturating_add(2))?;
    let cancelled = CalendarEvent {
        sequence: before.sequence.saturating_add(1),
        stamp: after.stamp,
        ..before.clone()
    };
    Ok(OrganizerChange {
        cancel: write_event(Method::Cancel, &cancelled, audience)?,
        request: write_event(Method::Request, after, audience)?,
    })
}

fn check_sequence(sequence: u32, needed: u32) -> Result<(), CalendarWriteError> {
    if sequence < needed {
        return Err(CalendarWriteError::SequenceTooLow { sequence, needed });
    }
    Ok(())
}

/// The attendees that may be named.
fn named<'a>(
    attendees: &'a [Attendee],
    audience: &Audience,
) -> Result<Vec<&'a Attendee>, CalendarWriteError> {
    if attendees.is_empty() {
        return Err(CalendarWriteError::NoAttendee);
    }
    match audience {
        Audience::Everyone => Ok(attendees.iter().collect()),
        Audience::Only(email) => {
            let mut all = attendees.iter();
            let one = all.find(|attendee| attendee.person.has(email));
            one.map(|one| vec![one])
                .ok_or_else(|| CalendarWriteError::UnknownAttendee {
                    email: shorten(email),
                })
        }
    }
}
