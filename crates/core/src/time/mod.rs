//! Instants, civil time, zones and interval arithmetic.
//!
//! Three kinds of time never mix:
//!
//! - an **instant** is `chrono::DateTime<Utc>` with whole seconds; conflicts are computed on these;
//! - a **civil** date or time (`chrono::NaiveDate`, `chrono::NaiveDateTime`) is what a wall clock or
//!   calendar shows, without a zone; opening hours, closures, limits and horizons are civil;
//! - a [`Zone`] is an IANA zone that leads from one to the other, by [`Zone::wall`] for a boundary of
//!   opening hours and by [`Zone::occurrence`] for an event.
//!
//! An [`Interval`] is half-open and never empty; an [`IntervalSet`] is sorted and disjoint. An
//! [`Anchor`] ties a future booking to the wall clock, for zone rules change.

mod anchor;
mod instant;
mod interval;
mod interval_set;
mod minutes;
mod window;
mod zone;

#[cfg(feature = "chrono-tz")]
mod interop;

pub(crate) mod civil;
pub(crate) mod offsets;
pub(crate) mod text;
pub(crate) mod tzdb;

pub use anchor::{Anchor, AnchorError, AnchorKind, Moved, Reresolved, reresolve};
pub use instant::parse_instant;
pub use interval::{Interval, IntervalError};
pub use interval_set::IntervalSet;
pub use minutes::{Minutes, MinutesError};
pub use text::TimeTextError;
pub use tzdb::{tzdb_version, zone_names};
pub use window::Window;
pub use zone::{Zone, ZoneError};
