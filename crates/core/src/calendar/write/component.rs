//! A `VEVENT`.

use std::collections::HashSet;

use super::error::{CalendarWriteError, over};
use super::event::{
    Attendee, CalendarEvent, EventStatus, EventTime, Participation, Person, Role, Transparency,
};
use super::lines::Lines;
use super::text;
use super::zone::{ZonesUsed, local_times};
use crate::calendar::problem::shorten;
use crate::limits::{CALENDAR_ALARMS_MAX, CALENDAR_ATTENDEES_MAX, MINUTES_MAX};
use crate::time::civil::{MINUTE, date_to_days, days_from_civil};
use crate::time::{Interval, Minutes};

/// The greatest value of an INTEGER (RFC 5545 section 3.3.8).
const SEQUENCE_MAX: u32 = 2_147_483_647;

/// A checked event with what one text says about it.
#[derive(Debug)]
pub(super) struct Component<'a> {
    pub(super) event: &'a CalendarEvent,
    /// The attendees that may be named in this text.
    pub(super) named: Vec<&'a Attendee>,
    /// What the text says about the state; `None` says nothing.
    pub(super) status: Option<EventStatus>,
    /// Whether it may remind of the event.
    pub(super) reminds: bool,
}

/// Start and end as written.
enum Span {
    Utc(Interval),
    Local(String, [i64; 2]),
    /// Days since 1970, the end excluded.
    Dates([i64; 2]),
}

impl<'a> Component<'a> {
    /// Takes note of the zone that the event is written in.
    pub(super) fn note_zone(&self, zones: &mut ZonesUsed<'a>) -> Result<(), CalendarWriteError> {
        if let EventTime::Timed {
            interval,
            zone: Some(zone),
        } = &self.event.when
        {
            check_length(*interval)?;
            if let Some(local) = local_times(zone, *interval) {
                zones.add(zone, local)?;
            }
        }
        Ok(())
    }

    /// Writes the component.
    pub(super) fn write(&self, lines: &mut Lines) -> Result<(), CalendarWriteError> {
        let event = self.event;
        check_attendees(&event.attendees)?;
        lines.push("BEGIN:VEVENT");
        lines.push(&format!("UID:{}", text::uid(&event.uid)?));
        lines.push(&format!(
            "DTSTAMP:{}",
            text::utc("DTSTAMP", event.stamp.timestamp())?
        ));
        if let Some(instant) = event.last_modified {
            let instant = text::utc("LAST-MODIFIED", instant.timestamp())?;
            lines.push(&format!("LAST-MODIFIED:{instant}"));
        }
        if event.sequence > SEQUENCE_MAX {
            return Err(CalendarWriteError::OutOfRange {
                property: "SEQUENCE",
            });
        }
        lines.push(&format!("SEQUENCE:{}", event.sequence));
        if let Some(status) = self.status {
            lines.push(&format!("STATUS:{}", status_text(status)));
        }
        span(&event.when)?.write(lines)?;
        self.write_texts(lines)?;
        lines.push(&organizer(&event.organizer)?);
        for attendee in &self.named {
            lines.push(&attendee_line(attendee)?);
        }
        lines.push(match event.transparency {
            Transparency::Opaque => "TRANSP:OPAQUE",
            Transparency::Transparent => "TRANSP:TRANSPARENT",
        });
        self.write_alarms(lines)?;
        lines.push("END:VEVENT");
        lines.check_size()
    }

    fn write_texts(&self, lines: &mut Lines) -> Result<(), CalendarWriteError> {
        let event = self.event;
        // Every method but a cancellation needs a title, and it may be empty.
        lines.push(&format!(
            "SUMMARY:{}",
            text::label("SUMMARY", &event.summary)?
        ));
        if !event.description.is_empty() {
            let description = text::prose("DESCRIPTION", &event.description)?;
            lines.push(&format!("DESCRIPTION:{description}"));
        }
        if !event.location.is_empty() {
            let location = text::label("LOCATION", &event.location)?;
            lines.push(&format!("LOCATION:{location}"));
        }
        if let Some(url) = &event.url {
            lines.push(&format!("URL:{}", text::url(url)?));
        }
        Ok(())
    }

    fn write_alarms(&self, lines: &mut Lines) -> Result<(), CalendarWriteError> {
        let alarms = &self.event.alarms_before_minutes;
        if alarms.len() > CALENDAR_ALARMS_MAX {
            return Err(over!("VALARM", CALENDAR_ALARMS_MAX));
        }
        for before in alarms.iter().filter(|_| self.reminds) {
            let title = match self.event.summary.as_str() {
                "" => "Reminder",
                summary => summary,
            };
            lines.push("BEGIN:VALARM");
            lines.push("ACTION:DISPLAY");
            lines.push(&format!("DESCRIPTION:{}", text::label("SUMMARY", title)?));
            lines.push(&format!("TRIGGER:{}", trigger(*before)));
            lines.push("END:VALARM");
        }
        Ok(())
    }
}

impl Span {
    fn write(&self, lines: &mut Lines) -> Result<(), CalendarWriteError> {
        let (params, start, end) = match self {
            Span::Utc(interval) => (
                String::new(),
                text::utc("DTSTART", interval.start_timestamp())?,
                text::utc("DTEND", interval.end_timestamp())?,
            ),
            Span::Local(tzid, [start, end]) => {
                (format!(";{tzid}"), text::local(*start), text::local(*end))
            }
            Span::Dates([start, end]) => (
                ";VALUE=DATE".to_owned(),
                text::date(*start),
                text::date(*end),
            ),
        };
        lines.push(&format!("DTSTART{params}:{start}"));
        lines.push(&format!("DTEND{params}:{end}"));
        Ok(())
    }
}

/// `ORGANIZER` with name and address.
pub(super) fn organizer(person: &Person) -> Result<String, CalendarWriteError> {
    let name = name_param("ORGANIZER", &person.name)?;
    Ok(format!("ORGANIZER{name}:{}", text::mailto(&person.email)?))
}

fn attendee_line(attendee: &Attendee) -> Result<String, CalendarWriteError> {
    let name = name_param("ATTENDEE", &attendee.person.name)?;
    let role = match attendee.role {
        Role::Chair => "CHAIR",
        Role::Required => "REQ-PARTICIPANT",
        Role::Optional => "OPT-PARTICIPANT",
        Role::Informed => "NON-PARTICIPANT",
    };
    let participation = match attendee.participation {
        Participation::NeedsAction => "NEEDS-ACTION",
        Participation::Accepted => "ACCEPTED",
        Participation::Tentative => "TENTATIVE",
        Participation::Declined => "DECLINED",
    };
    let address = text::mailto(&attendee.person.email)?;
    Ok(format!(
        "ATTENDEE{name};ROLE={role};PARTSTAT={participation}:{address}"
    ))
}

fn name_param(property: &'static str, name: &str) -> Result<String, CalendarWriteError> {
    match name {
        "" => Ok(String::new()),
        name => Ok(format!(";{}", text::param(property, "CN", name)?)),
    }
}

fn status_text(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Tentative => "TENTATIVE",
        EventStatus::Confirmed => "CONFIRMED",
        EventStatus::Cancelled => "CANCELLED",
    }
}

fn trigger(before: Minutes) -> String {
    match before.get() {
        0 => "PT0M".to_owned(),
        minutes => format!("-PT{minutes}M"),
    }
}

fn span(when: &EventTime) -> Result<Span, CalendarWriteError> {
    match when {
        EventTime::Timed { interval, zone } => {
            check_length(*interval)?;
            let zone = zone.as_ref();
            let local = zone.and_then(|zone| Some((zone, local_times(zone, *interval)?)));
            Ok(match local {
                Some((zone, local)) => {
                    Span::Local(text::param("TZID", "TZID", zone.name())?, local)
                }
                None => Span::Utc(*interval),
            })
        }
        EventTime::Dates { from, through } => {
            let (first, last) = (date_to_days(*from), date_to_days(*through));
            if last < first {
                return Err(CalendarWriteError::DatesReversed);
            }
            if first < days_from_civil(1, 1, 1) || last >= days_from_civil(9999, 12, 31) {
                return Err(CalendarWriteError::OutOfRange {
                    property: "DTSTART",
                });
            }
            Ok(Span::Dates([first, last + 1]))
        }
    }
}

fn check_length(interval: Interval) -> Result<(), CalendarWriteError> {
    if interval.duration().num_seconds() > i64::from(MINUTES_MAX) * MINUTE {
        return Err(over!("DTEND", MINUTES_MAX));
    }
    Ok(())
}

/// Refuses a second attendee of one address: who may be named could not be told apart.
fn check_attendees(attendees: &[Attendee]) -> Result<(), CalendarWriteError> {
    if attendees.len() > CALENDAR_ATTENDEES_MAX {
        return Err(over!("ATTENDEE", CALENDAR_ATTENDEES_MAX));
    }
    let mut seen = HashSet::new();
    for attendee in attendees {
        let email = &attendee.person.email;
        if !seen.insert(email.to_ascii_lowercase()) {
            return Err(CalendarWriteError::Duplicate {
                property: "ATTENDEE",
                value: shorten(email),
            });
        }
    }
    Ok(())
}
