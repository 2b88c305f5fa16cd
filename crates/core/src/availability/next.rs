//! The next bookable starts, found lazily.

use std::collections::VecDeque;

use super::answer::Slot;
use super::error::QueryError;
use super::evaluate::{Page, list};
use super::plan::Availability;
use super::view::Timely;
use crate::limits::NEXT_DAYS_MAX;
use crate::time::Interval;
use crate::time::civil::DAY;

/// Slots from a point in time on, computed a stretch at a time. See [`Availability::next_slots`].
#[derive(Debug)]
pub struct NextSlots<'a, 'q> {
    plan: &'a Availability<'q>,
    ready: VecDeque<Slot>,
    /// Where the next stretch begins.
    from: i64,
    end: i64,
    /// Length of the next stretch in days.
    days: i64,
}

impl<'q> Availability<'q> {
    /// The slots from the beginning of the query's window on, up to the service's horizon, or for
    /// [`NEXT_DAYS_MAX`] days where it has none. The window's end does not bind.
    ///
    /// Nothing is computed until the iterator is asked, and then no more than a stretch that
    /// doubles while nothing is found. The host supplies claims and busy time as far as it asks.
    pub fn next_slots(&self) -> NextSlots<'_, 'q> {
        let from = self.query.window.interval().start_timestamp();
        let from = from.max(self.query.now.timestamp());
        let most = from
            .saturating_add(NEXT_DAYS_MAX * DAY)
            .min(crate::limits::INSTANT_MAX);
        let end = match Interval::from_timestamps(from, most) {
            Ok(range) => {
                let timely = Timely::new(self, range).starts(range);
                timely
                    .as_slice()
                    .last()
                    .map_or(from, |last| last.end_timestamp())
            }
            Err(_) => from,
        };
        NextSlots {
            plan: self,
            ready: VecDeque::new(),
            from,
            end,
            days: 1,
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
            let to = self.end.min(self.from.saturating_add(self.days * DAY));
            let window = Interval::from_timestamps(self.from, to).ok()?;
            self.from = to;
            self.days = (self.days * 2).min(32);
            match list(
                self.plan,
                window,
                Page {
                    limit: usize::MAX,
                    explain: false,
                },
            ) {
                Ok(answer) => self.ready.extend(answer.slots().map(|slot| slot.to_slot())),
                Err(error) => {
                    self.from = self.end;
                    return Some(Err(error));
                }
            }
        }
    }
}
