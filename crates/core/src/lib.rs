//! The pure core of quando: who is open when, who is busy when, what a service needs, and from
//! that the starts that can be booked, and why the others cannot.
//!
//! Nothing here does IO, reads a clock, draws randomness, starts a thread or waits. Everything
//! that an answer depends on is in the question: [`availability::Query`] holds the schedules, the
//! bookings, `now` and the zone, and the same query gives the same answer, byte for byte, on every
//! platform.
//!
//! # The smallest complete example
//!
//! ```
//! use quando::availability::{Query, Resource, Service};
//! use quando::id::ResourceId;
//! use quando::schedule::{Hours, Schedule, TimeOfDay};
//! use quando::time::{Minutes, Window, Zone};
//!
//! // Ana works on Mondays from nine to twelve, and a haircut takes an hour.
//! let zone = Zone::new("America/New_York")?;
//! let mut schedule = Schedule::new(zone.clone());
//! schedule.weekly.mon = vec![Hours::new(TimeOfDay::parse("09:00")?, TimeOfDay::parse("12:00")?)?];
//! let ana = Resource::new(ResourceId::new("ana")?, schedule);
//!
//! let window = Window::parse("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z")?;
//! let now = "2026-03-01T12:00:00Z".parse()?;
//! let mut query = Query::new(window, now, zone, Service::new(Minutes::new(60)?));
//! query.resources.push(ana);
//!
//! let answer = quando::slots(&query)?;
//! let starts: Vec<String> = answer.slots().map(|slot| slot.start().to_rfc3339()).collect();
//! assert_eq!(starts, [
//!     "2026-03-02T14:00:00+00:00",
//!     "2026-03-02T15:00:00+00:00",
//!     "2026-03-02T16:00:00+00:00",
//! ]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! | module | what it answers |
//! |---|---|
//! | [`availability`] | which starts can be booked, and why the others cannot: [`slots`], [`check`], [`next`] |
//! | [`assign`] | who serves an accepted slot |
//! | [`schedule`] | when somebody is open: weekly hours, rules, overrides, closures |
//! | [`recurrence`] | when something recurs: RFC 5545 rules, expanded in civil time |
//! | [`calendar`] | when a calendar file says that somebody is busy (RFC 5545), or available (RFC 7953) |
//! | [`time`] | instants, civil times, zones, half-open intervals |
//! | [`search`] | which providers fit, in which order, page by page |
//! | [`review`] | reviews of bookings, both ways, and ratings |
//! | [`reminder`] | which reminder of a booking is due |
//! | [`token`] | opaque tokens for offered slots |
//! | [`idempotency`] | requests that are made twice |
//! | [`simulate`] | stories of bookings, replayed in memory |
//! | [`json`] | the same questions and answers as JSON text |
//! | [`id`], [`limits`] | names of things, and every upper bound with its reason |
//!
//! # Features
//!
//! Neither changes how anything is computed.
//!
//! - `chrono-tz`: conversions between [`time::Zone`] and `chrono_tz::Tz`;
//! - `rrule`: conversions between [`recurrence::Recurrence`] and `rrule::RRuleSet`.
//!
//! # What callers keep
//!
//! - Instants are `chrono::DateTime<Utc>` with whole seconds; civil times have no zone.
//! - The host supplies claims and busy time as far as a slot of the window can reach, buffers
//!   included, and for limits those of the whole period.
//! - External events that mirror one of the host's own claims are left out.
//! - Explanations reveal who is busy: they are for providers and operators, never for the public.
//! - A slot that was listed is checked again, in the transaction that books it.

pub mod assign;
pub mod availability;
pub mod booking;
pub mod calendar;
pub mod fees;
pub mod id;
pub mod idempotency;
pub mod json;
pub mod ledger;
pub mod limits;
pub mod money;
pub mod payment;
pub mod recurrence;
pub mod reminder;
pub mod review;
mod sabotage;
pub mod schedule;
pub mod search;
pub mod simulate;
pub mod time;
pub mod token;

pub use availability::{check, next, slots};

/// Compiles and runs the example of the repository's README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

/// Compiles and runs the examples of the guide to the life of a booking.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/life-of-a-booking.md")]
mod life_of_a_booking {}
