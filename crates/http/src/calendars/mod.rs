//! Calendars: written for others to subscribe to, and read from others.

pub(crate) mod poll;
pub(crate) mod text;
