//! A small world in memory: lines of a story in, what happened out.
//!
//! A [`World`] has resources, services and bookings, and takes one line of JSON after the other:
//! what there is ([`Setting`]), a command at an instant, the passing of time, a look at a booking.
//! It does what a host does around [`crate::booking::decide`]: it puts the snapshot together, keeps
//! what was decided, fires deadlines and answers repeated requests, and it does no more than that.
//! A refusal is an answer like any other, and the story goes on.
//!
//! Each line has one answer, so that stories with their answers are test vectors for every entry
//! point and for every language; `docs/json.md` has the form of both.
//!
//! ```
//! use quando::simulate::World;
//!
//! let mut world = World::default();
//! world.answer(r#"{"set": {
//!   "zone": "America/New_York",
//!   "resources": [{"id": "ana", "schedule": {"zone": "America/New_York",
//!     "weekly": {"mon": [{"from": "09:00", "to": "12:00"}]}}}],
//!   "services": {"cut": {"service": {"durationMinutes": 60}, "offer": {"terms": {
//!     "price": {"base": {"kind": "perBooking", "price": {"amount": "100.00", "currency": "USD"}}}
//!   }}}}
//! }}"#)?;
//! let answer = world.answer(r#"{"at": "2026-03-01T12:00:00Z", "booking": "b1", "command": {
//!   "do": "create", "by": {"actor": "customer"}, "codeSeed": "00000001",
//!   "wanted": {"booking": "b1", "provider": "p1", "customer": "c1", "service": "cut",
//!     "start": "2026-03-02T14:00:00Z"}
//! }}"#)?;
//! assert!(answer.contains(r#""status":"confirmed""#), "{answer}");
//! # Ok::<(), quando::availability::QueryError>(())
//! ```

mod line;
mod setting;
mod snapshot;
mod told;
mod world;

pub use line::{Line, LineError};
pub use setting::{ServiceSetting, Setting};
pub use told::{Decided, Previewed, Refused, Shown, Ticked, Told};
pub use world::{Answer, World};
