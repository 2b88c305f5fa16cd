//! Writing: events as messages and feeds, and free/busy time.
//!
//! The types of this module know nothing of bookings. Whoever has a booking builds a
//! [`CalendarEvent`] from it, and everything that a calendar gets to see is in that value.

mod component;
mod error;
mod event;
mod feed;
mod free_busy;
mod lines;
mod message;
mod text;
mod zone;

pub use error::CalendarWriteError;
pub use event::{
    Attendee, CalendarEvent, EventStatus, EventTime, Participation, Person, Role, Transparency,
    uid_of,
};
pub use feed::{Feed, write_feed};
pub use free_busy::{FreeBusy, TimeTaken, write_free_busy};
pub use message::{Audience, Method, OrganizerChange, change_organizer, write_event};
