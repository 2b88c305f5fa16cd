//! Bookable starts: which are offered, and why the others are not.
//!
//! A [`Query`] holds everything that the answer depends on. One function weighs up a start, and
//! everything asks it: [`slots`] lists, [`check`] decides on one start, [`next`] finds the next
//! ones, an explanation names the rules that refuse. A slot that is listed is therefore accepted,
//! and a start that is refused says why.
//!
//! # How a start is weighed up
//!
//! 1. **window**: `from <= start < to`;
//! 2. **notice and horizon**: elapsed time after `now`, civil dates of the business's zone;
//! 3. **grid** ([`Align`]), per primary resource;
//! 4. **hours**: the slot lies in the open hours of each chosen resource without a break;
//! 5. **busy**: the padded slot meets no external busy time;
//! 6. **overlap**: the gap to each claim is at least what [`BufferRule`] and travel ask for;
//! 7. **capacity**: at no instant of the padded slot are more units taken than there are;
//! 8. **sessions**: a slot of a class joins the session of equal time, or opens one;
//! 9. **limits** per day, week, month or year;
//! 10. **need**: every role is filled, by different resources.
//!
//! Rules 4 to 9 make a set of *feasible starts* for each resource, as intervals of instants; the
//! grid is laid over it, and roles are combined start by start. Nothing is enumerated minute by
//! minute, and only what lies near the window is looked at.

mod answer;
mod bits;
mod by_day;
mod check;
mod choice;
mod choices;
mod error;
mod evaluate;
mod explain;
mod grid;
mod matching;
mod next;
mod occupancy;
mod options;
mod period;
mod plan;
mod profile;
mod query;
mod roles;
mod validate;
mod view;

pub use answer::{Answer, Slot, SlotView, UsedSchedule};
pub use by_day::{ViewerDay, ViewerSlot, by_day};
pub use check::Verdict;
pub(crate) use choices::{Choices, Joined};
pub use error::{QueryError, QueryFault};
pub use explain::{Reason, ReasonCode, Refused};
pub use next::NextSlots;
pub(crate) use options::Options;
pub(crate) use period::booked_seconds;
pub use plan::{Availability, ScheduleSource};
pub(crate) use plan::{NoticeRule, OneStart};
pub use query::{
    Absence, Align, BookedSpan, BufferRule, BuffersInsideHours, Busy, CapacityWindow, Claim, Limit,
    Period, Query, Reschedule, ReschedulePolicy, Resource, Role, Service, ServiceSchedule,
    SharedHours, SharedLimit, Travel,
};

use chrono::{DateTime, Utc};

use crate::time::Window;
use evaluate::Page;

/// The bookable starts of the query's window.
///
/// # Errors
///
/// [`QueryError`] with a pointer to what is wrong with the query.
///
/// # Example
///
/// See [`Query`].
pub fn slots(query: &Query) -> Result<Answer<'_>, QueryError> {
    Availability::new(query)?.slots()
}

/// Whether one start is offered, and why not.
///
/// # Errors
///
/// [`QueryError`] with a pointer to what is wrong with the query.
pub fn check(query: &Query, start: DateTime<Utc>) -> Result<Verdict, QueryError> {
    Availability::new(query)?.check(start)
}

/// The next `count` slots from the beginning of the query's window on.
///
/// # Errors
///
/// [`QueryError`] with a pointer to what is wrong with the query.
pub fn next(query: &Query, count: usize) -> Result<Vec<Slot>, QueryError> {
    Availability::new(query)?.next_slots().take(count).collect()
}

impl<'q> Availability<'q> {
    /// The bookable starts of the query's window.
    ///
    /// # Errors
    ///
    /// [`QueryError`] when opening hours or the number of starts run into a limit.
    pub fn slots(&self) -> Result<Answer<'q>, QueryError> {
        self.slots_in(self.query.window)
    }

    /// The bookable starts of another window.
    ///
    /// # Errors
    ///
    /// [`QueryError`] when the window, opening hours or the number of starts run into a limit.
    pub fn slots_in(&self, window: Window) -> Result<Answer<'q>, QueryError> {
        validate::check_window(window)?;
        let limit = self
            .query
            .limit
            .map_or(usize::MAX, |limit| limit.get() as usize);
        evaluate::list(
            self,
            window.interval(),
            Page {
                limit,
                explain: self.query.explain,
            },
        )
    }
}
