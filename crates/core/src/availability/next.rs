//! The next bookable starts, found lazily.

use std::collections::VecDeque;

use super::answer::Slot;
use super::error::QueryError;
use super::evaluate::{Page, list};
use super::plan::Availability;
use super::view::Timely;
use crate::limits::{INSTANT_MAX, NEXT_DAYS_MAX};
use crate::time::Interval;
use crate::time::civil::{DAY, HOUR};

/// Slots from a point in time on, computed a stretch at a time. See [`Availability::next_slots`].
#[derive(Debug)]
pub struct NextSlots<'a, 'q> {
    plan: &'a Availability<'q>,
    ready: VecDeque<Slot>,
    /// Where the next stretch begins.
    from: i64,
    end: i64,
    /// Length of the next stretch in seconds.
    stretch: i64,
}

/// The longest and the shortest stretch that is computed at once.
const STRETCH_MAX: i64 = 32 * DAY;
const STRETCH_MIN: i64 = HOUR;

impl<'q> Availability<'q> {
    /// The slots from the beginning of the query's window on, up to the service's horizon, or for
    /// [`NEXT_DAYS_MAX`] days where it has none. The window's end does not bind.
    ///
    /// Nothing is computed until the iterator is asked, and then no more than a stretch, which
    /// doubles while nothing is found and halves where a limit is in the way. The host supplies
    /// claims and busy time as far as it asks.
    pub fn next_slots(&self) -> NextSlots<'_, 'q> {
        let service = &self.query.service;
        let from = self.query.window.interval().start_timestamp();
        let from = from.max(self.moment.now);
        let has_horizon = service.horizon_days.is_some() || service.bookable_through.is_some();
        let most = if has_horizon {
            INSTANT_MAX
        } else {
            from.saturating_add(NEXT_DAYS_MAX * DAY)
        };
        let end = match Interval::from_timestamps(from, most.min(INSTANT_MAX)) {
            Ok(range) => {
                let horizon = Timely::new(self, range).horizon;
                let last = horizon
                    .as_ref()
                    .map(|starts| starts.as_slice().last().copied());
                last.map_or(range.end_timestamp(), |last| {
                    last.map_or(from, |last| last.end_timestamp())
                })
            }
            Err(_) => from,
        };
        NextSlots {
            plan: self,
            ready: VecDeque::new(),
            from,
            end,
            stretch: DAY,
        }
    }
}

impl Iterator for NextSlots<'_, '_> {
    type Item = Result<Slot, QueryError>;

    fn next(&mut self) -> Option<Result<Slot, QueryError>> {
        loop {
            if let Some(slot) = self.ready.pop_front() {
                return Some(Ok(slot));
            }
            let to = self.end.min(self.from.saturating_add(self.stretch));
            let window = Interval::from_timestamps(self.from, to).ok()?;
            match list(
                self.plan,
                window,
                Page {
                    limit: usize::MAX,
                    explain: false,
                },
            ) {
                Ok(answer) => {
                    self.from = to;
                    if answer.is_empty() {
                        self.stretch = (self.stretch * 2).min(STRETCH_MAX);
                    }
                    self.ready.extend(answer.slots().map(|slot| slot.to_slot()));
                }
                Err(error) if error.fault.is_limit() && self.stretch > STRETCH_MIN => {
                    self.stretch /= 2;
                }
                Err(error) => {
                    self.from = self.end;
                    return Some(Err(error));
                }
            }
        }
    }
}
