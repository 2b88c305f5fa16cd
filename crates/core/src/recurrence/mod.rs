//! Recurrence rules and recurrence sets of RFC 5545.
//!
//! - [`Rule`] is one `RRULE`: parsed, checked and printed; its parts are [`RuleParts`].
//! - [`Recurrence`] is a civil start with its zone, rule, `EXDATE`s and `RDATE`s.
//! - [`CompiledRecurrence`] is the same, prepared once for many windows.
//! - [`ExpandRequest`] and [`ExpandAnswer`] are the JSON forms of a question and its answer.
//!
//! Expansion runs in civil time and each occurrence becomes an instant afterwards, so that a weekly
//! 09:00 stays at 09:00 across a change of the clocks. A window far from the start is reached by
//! arithmetic: it costs what it yields. Only `COUNT` has to count from the start, in bounded time.
//!
//! Where RFC 5545 leaves a choice:
//!
//! - a civil time that the clocks skip uses the offset from before the gap (section 3.3.5, erratum
//!   4271) and counts towards `COUNT`; one that occurs twice means its first pass; a date that the
//!   calendar lacks (30 February) is ignored and does not count;
//! - the start is an occurrence only if the rule yields it;
//! - `BYDAY=MO,1FR` is every Monday and the first Friday: numbered and plain days are united;
//! - `BYWEEKNO` without a day part takes the start's weekday, and a week belongs to the year that
//!   owns it, for `INTERVAL` as well;
//! - `BYSETPOS` numbers the whole set of the first period, then what precedes the start is dropped;
//! - `BYSECOND=60` is accepted and never occurs.

mod block;
mod budget;
mod check;
mod compile;
mod days;
mod expand;
mod grid;
mod parse;
mod print;
mod request;
mod rule;
mod set;
mod times;

#[cfg(feature = "rrule")]
mod interop;

#[cfg(test)]
mod tests;

pub use block::RecurrenceTextError;
pub use budget::ExpandError;
#[cfg(feature = "rrule")]
pub use interop::InteropError;
pub use parse::{RuleError, RuleErrorKind};
pub use request::{ExpandAnswer, ExpandRequest};
pub use rule::{Frequency, Rule, RuleEnd, RuleParts, Until, WeekdayNumber};
pub use set::{CompiledRecurrence, Recurrence};

pub(crate) use budget::Budget;
pub(crate) use compile::Pattern;
