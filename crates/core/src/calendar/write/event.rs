//! What is written of an event.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize, Serializer};

use super::error::{CalendarWriteError, over};
use super::text::is_domain;
use crate::calendar::problem::shorten;
use crate::id::BookingId;
use crate::limits::CALENDAR_UID_BYTES_MAX;
use crate::time::text::serde_form;
use crate::time::{Interval, Minutes, Zone};

/// An event as others see it: one revision of one booking.
///
/// What is in here is what a calendar gets to see, and nothing else is. A title and a description
/// go to everybody who gets the event: whoever fills them in keeps other people's names out.
///
/// # Example
///
/// ```
/// use quando::calendar::CalendarEvent;
///
/// let json = r#"{"uid":"b-1@bookings.example.com","sequence":1,"status":"confirmed",
///     "when":{"start":"2026-03-09T13:00:00Z","end":"2026-03-09T14:00:00Z","zone":"America/New_York"},
///     "summary":"Haircut","organizer":{"name":"Ana","email":"ana@example.com"},
///     "attendees":[{"name":"Cara","email":"cara@example.org","participation":"accepted"}],
///     "stamp":"2026-03-01T12:00:00Z","alarmsBeforeMinutes":[60]}"#;
/// let event: CalendarEvent = serde_json::from_str(json)?;
/// assert_eq!(event.attendees[0].person.name, "Cara");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarEvent {
    /// The name of the event for the booking's whole life, whatever changes: from [`uid_of`].
    pub uid: String,
    /// The revision: it rises with every change of time, place or state that is sent, and with the
    /// cancellation. Calendars ignore what does not rise. At most 2,147,483,647.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sequence: u32,
    /// From the booking's state, see [`EventStatus`].
    pub status: EventStatus,
    /// When it takes place: the slot without its buffers.
    pub when: EventTime,
    /// The title, usually the service's name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub summary: String,
    /// Details, such as how to reschedule.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// The place as people write it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub location: String,
    /// A page about the booking, `http` or `https`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub url: Option<String>,
    /// Whose event it is: the provider, or the platform on everybody's behalf. When this changes,
    /// see [`change_organizer`](super::change_organizer).
    pub organizer: Person,
    /// Who takes part: the customer, and the provider when the organizer is somebody else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attendees: Vec<Attendee>,
    /// When the text is written, the `now` of whoever writes it. A fraction of a second is dropped.
    #[serde(with = "serde_form::instant")]
    pub stamp: DateTime<Utc>,
    /// When the booking changed last. A fraction of a second is dropped.
    #[serde(default, with = "optional_instant", skip_serializing_if = "is_default")]
    pub last_modified: Option<DateTime<Utc>>,
    /// Whether the event takes its time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub transparency: Transparency,
    /// Reminders, each so long before the start.
    #[serde(default, skip_serializing_if = "is_default")]
    pub alarms_before_minutes: Vec<Minutes>,
}

/// How certain an event is.
///
/// | State of the booking | Status |
/// |---|---|
/// | held, pending | `Tentative` |
/// | confirmed, in progress, completed | `Confirmed` |
/// | cancelled, declined, expired | `Cancelled` |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EventStatus {
    /// It is not settled yet.
    Tentative,
    /// It takes place.
    Confirmed,
    /// It does not take place.
    Cancelled,
}

/// When an event takes place.
///
/// Its JSON form is `{"start":"...Z","end":"...Z","zone":"Europe/Berlin"}`, the zone left out for
/// UTC, or `{"from":"2026-03-02","through":"2026-03-03"}` for whole days.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "EventTimeFields")]
pub enum EventTime {
    /// Between two instants.
    Timed {
        /// From when until when, at most [`MINUTES_MAX`](crate::limits::MINUTES_MAX) minutes.
        interval: Interval,
        /// The zone in which the event was agreed, the business's; `None` for UTC.
        ///
        /// A calendar reads local times with its own rules of the zone, which may be older than
        /// ours: with a zone the time on the wall is what was agreed, without one the instant is.
        /// An event that starts or ends when the clock shows a time again, or before 1970, is
        /// written in UTC all the same.
        zone: Option<Zone>,
    },
    /// Whole civil days, wherever the reader is.
    Dates {
        /// The first day.
        from: NaiveDate,
        /// The last day, included.
        through: NaiveDate,
    },
}

/// Somebody with an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    /// The name to show; may be empty.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// The address, such as `ana@example.com`, compared without regard to case.
    pub email: String,
}

/// Somebody who takes part in an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    from = "AttendeeFields",
    into = "AttendeeFields"
)]
pub struct Attendee {
    /// Who it is.
    pub person: Person,
    /// What they have said.
    pub participation: Participation,
    /// As what they take part.
    pub role: Role,
}

/// What an attendee has said, `PARTSTAT`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Participation {
    /// Nothing yet.
    #[default]
    NeedsAction,
    /// They come: whoever booked has accepted.
    Accepted,
    /// They perhaps come.
    Tentative,
    /// They do not come.
    Declined,
}

/// As what somebody takes part, `ROLE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Role {
    /// They lead it: the provider of a class.
    Chair,
    /// It does not take place without them.
    #[default]
    Required,
    /// It takes place without them as well.
    Optional,
    /// They are told, and do not come.
    Informed,
}

/// Whether an event takes time of those who have it in their calendar, `TRANSP`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Transparency {
    /// It takes time.
    #[default]
    Opaque,
    /// It is shown, and the time stays free.
    Transparent,
}

/// The UID of a booking: its id at a domain of the host's.
///
/// It depends on nothing else, so that no change of the booking ever changes it; with another UID
/// a calendar would show the booking twice. The domain is the host's for good: whoever changes it
/// changes all UIDs.
///
/// # Errors
///
/// [`CalendarWriteError::Domain`] when the domain is none, [`CalendarWriteError::Limit`] when both
/// together are longer than a reader has to keep, and [`CalendarWriteError::UidSpace`] when the id
/// begins with white space.
///
/// # Example
///
/// ```
/// use quando::calendar::uid_of;
/// use quando::id::BookingId;
///
/// let uid = uid_of(&BookingId::new("01hx3")?, "bookings.example.com")?;
/// assert_eq!(uid, "01hx3@bookings.example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn uid_of(booking: &BookingId, domain: &str) -> Result<String, CalendarWriteError> {
    if !is_domain(domain) {
        return Err(CalendarWriteError::Domain {
            value: shorten(domain),
        });
    }
    let uid = format!("{booking}@{domain}");
    if uid.len() > CALENDAR_UID_BYTES_MAX {
        return Err(over!("UID", CALENDAR_UID_BYTES_MAX));
    }
    if uid.trim() != uid {
        return Err(CalendarWriteError::UidSpace);
    }
    Ok(uid)
}

impl Person {
    /// Whether an address is theirs.
    pub(super) fn has(&self, email: &str) -> bool {
        self.email.eq_ignore_ascii_case(email)
    }
}

/// Whether a field of the JSON form may be left out.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The JSON form of [`EventTime`]: one pair of fields or the other.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EventTimeFields {
    #[serde(default, with = "optional_instant", skip_serializing_if = "is_default")]
    start: Option<DateTime<Utc>>,
    #[serde(default, with = "optional_instant", skip_serializing_if = "is_default")]
    end: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "is_default")]
    zone: Option<Zone>,
    #[serde(
        default,
        with = "serde_form::optional_date",
        skip_serializing_if = "is_default"
    )]
    from: Option<NaiveDate>,
    #[serde(
        default,
        with = "serde_form::optional_date",
        skip_serializing_if = "is_default"
    )]
    through: Option<NaiveDate>,
}

impl TryFrom<EventTimeFields> for EventTime {
    type Error = String;

    fn try_from(fields: EventTimeFields) -> Result<EventTime, String> {
        let EventTimeFields {
            start,
            end,
            zone,
            from,
            through,
        } = fields;
        match (start, end, from, through) {
            (Some(start), Some(end), None, None) => {
                let interval = Interval::new(start, end).map_err(|error| error.to_string())?;
                Ok(EventTime::Timed { interval, zone })
            }
            (None, None, Some(from), Some(through)) if zone.is_none() => {
                Ok(EventTime::Dates { from, through })
            }
            _ => Err("either `start` and `end`, or `from` and `through` without a zone".to_owned()),
        }
    }
}

impl Serialize for EventTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = EventTimeFields {
            start: None,
            end: None,
            zone: None,
            from: None,
            through: None,
        };
        match self {
            EventTime::Timed { interval, zone } => {
                fields.start = Some(interval.start());
                fields.end = Some(interval.end());
                fields.zone.clone_from(zone);
            }
            EventTime::Dates { from, through } => {
                fields.from = Some(*from);
                fields.through = Some(*through);
            }
        }
        fields.serialize(serializer)
    }
}

/// The JSON form of [`Attendee`], a person with two more fields.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AttendeeFields {
    #[serde(default, skip_serializing_if = "is_default")]
    name: String,
    email: String,
    #[serde(default, skip_serializing_if = "is_default")]
    participation: Participation,
    #[serde(default, skip_serializing_if = "is_default")]
    role: Role,
}

impl From<AttendeeFields> for Attendee {
    fn from(fields: AttendeeFields) -> Attendee {
        Attendee {
            person: Person {
                name: fields.name,
                email: fields.email,
            },
            participation: fields.participation,
            role: fields.role,
        }
    }
}

impl From<Attendee> for AttendeeFields {
    fn from(attendee: Attendee) -> AttendeeFields {
        AttendeeFields {
            name: attendee.person.name,
            email: attendee.person.email,
            participation: attendee.participation,
            role: attendee.role,
        }
    }
}

/// An optional instant; `null` is the same as absent.
mod optional_instant {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::time::text::serde_form;

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "serde_form::instant")] DateTime<Utc>);

    pub(super) fn serialize<S: Serializer>(
        instant: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        instant.map(Text).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Ok(Option::<Text>::deserialize(deserializer)?.map(|text| text.0))
    }
}
