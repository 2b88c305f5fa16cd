//! iCalendar texts (RFC 5545), read as real programs write them and written as the standards have
//! it.
//!
//! - [`read_busy`] lists what the events of a calendar take of a window;
//! - [`read_availability`] turns `VAVAILABILITY` components into schedules (RFC 7953);
//! - [`write_event`] writes an invitation, a change or a cancellation (RFC 5546), and
//!   [`change_organizer`] what moves an event to another organizer;
//! - [`write_feed`] writes a calendar to subscribe to, [`write_free_busy`] when somebody is busy.
//!
//! Nothing of a text that is read is trusted: size, nesting and cost are bounded by [`limits`](crate::limits),
//! what cannot be read becomes a [`CalendarProblem`] with its line and does not hide the rest.
//!
//! # Time zones
//!
//! A `TZID` that IANA or Windows knows (`America/New_York`, `Eastern Standard Time`,
//! `(UTC-05:00) Eastern Time (US & Canada)`, also in any case and at the end of a path such as
//! `/mozilla.org/20050126_1/America/New_York`) is that zone of the compiled-in database, whatever
//! the calendar's own `VTIMEZONE` says: those rules are as old as the export. Any other name is
//! looked up in the calendar's `VTIMEZONE` components. An event in an unknown zone is reported and
//! left out.
//!
//! # Where the standards leave a choice in reading
//!
//! - Of several events with one UID the one with the highest `SEQUENCE`, then `DTSTAMP`, counts; if
//!   these are equal, all count. A UID means the same event in all calendars of the text.
//! - A changed instance (`RECURRENCE-ID`) is complete by itself; it takes its time even when its
//!   series is missing. A cancelled series takes along changes with no higher `SEQUENCE`.
//! - A timed occurrence lasts exactly as long as the first one, across a change of the clocks as
//!   well; an all-day occurrence, and the days of a `DURATION`, are civil.
//! - An all-day event without an end, or ending on the date it starts, lasts that day. A timed event
//!   without an end takes no time.
//! - `X-MICROSOFT-CDO-BUSYSTATUS` is more precise than `TRANSP` and `STATUS` and wins over them.
//! - A recurrence that cannot be read leaves the start as the one occurrence; one that runs into a
//!   limit of its expansion takes all of the window from its start on.
//!
//! # What is written
//!
//! Lines end in CRLF and are folded at 75 octets between characters. A text is written whole or
//! refused, never cut; control characters but tabs and line breaks are refused, and no text can
//! bring a line of its own. An event in a zone brings a `VTIMEZONE` with every change of its years,
//! from the rules of its [`Zone`](crate::time::Zone). The same value gives the same text, byte for
//! byte.

mod availability;
mod available;
mod busy;
mod component;
mod content_line;
mod context;
mod event;
mod expand;
mod problem;
mod series;
mod status;
mod value;
mod windows_zones;
mod write;
mod zones;

pub use availability::{
    AvailabilityOptions, ImportedSchedule, ImportedSchedules, read_availability,
};
pub use busy::{BusyEvent, CalendarBusy, CalendarOptions, read_busy};
pub use problem::{CalendarError, CalendarProblem, ProblemKind};
pub use status::BusyStatus;
pub use write::{
    Attendee, Audience, CalendarEvent, CalendarWriteError, EventStatus, EventTime, Feed, FreeBusy,
    Method, OrganizerChange, Participation, Person, Role, TimeTaken, Transparency,
    change_organizer, uid_of, write_event, write_feed, write_free_busy,
};

#[cfg(test)]
mod tests;
