//! What falls due by itself.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use quando::booking::DeadlineKind;
use quando::id::BookingId;

use crate::limits::PAGE_MAX;
use crate::store::{BookingRow, Item, List, Store, StoreError};
use crate::use_case::BookingKey;
use crate::{Engine, Error};

/// Steps of one booking that are fired in one go: one may make the next one due.
const STEPS_MAX: usize = 8;

/// What was fired.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fired {
    /// Deadlines that were fired, and changed something.
    pub fired: Vec<(BookingKey, DeadlineKind)>,
    /// Deadlines that were refused, with the code; somebody else may have been quicker.
    pub refused: Vec<(BookingKey, DeadlineKind, &'static str)>,
    /// Bookings that could not be read or written, with the code: somebody has to look at them.
    pub failed: Vec<(BookingKey, &'static str)>,
}

impl Fired {
    /// Whether nothing was due.
    pub fn is_empty(&self) -> bool {
        self.fired.is_empty() && self.refused.is_empty() && self.failed.is_empty()
    }
}

impl<S: Store> Engine<S> {
    /// Fires what has fallen due, of up to `limit` bookings, the most overdue first; each in a
    /// write of its own. Several workers do no harm: the second is refused.
    ///
    /// What cannot be fired stays due, and does not stand in the way of others: each call tries it
    /// once, and goes on behind it, past [`PAGE_MAX`] bookings of that kind.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the store has no answer; what was fired before stays fired.
    pub async fn fire_deadlines(&self, limit: u32) -> Result<Fired, Error> {
        let now = self.now();
        let limit = limit.clamp(1, PAGE_MAX) as usize;
        let mut fired = Fired::default();
        let mut tried: HashSet<BookingKey> = HashSet::new();
        let mut helped = 0;
        while helped < limit && tried.len() - helped <= PAGE_MAX as usize {
            let stuck = tried.len() - helped;
            let rows = self.due_rows(now, limit - helped + stuck).await?;
            let fresh: Vec<BookingKey> = rows
                .into_iter()
                .map(|row| BookingKey {
                    provider: row.provider,
                    booking: row.id,
                })
                .filter(|key| !tried.contains(key))
                .collect();
            if fresh.is_empty() {
                break;
            }
            for key in fresh {
                tried.insert(key.clone());
                helped += usize::from(self.fire_or_tell(key, now, &mut fired).await?);
            }
        }
        Ok(fired)
    }

    async fn due_rows(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<BookingRow>, Error> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let items = self.store.list(List::Due { now, limit }).await?;
        let rows = items.into_iter().filter_map(|item| match item {
            Item::Booking(row) => Some(*row),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// Fires what one booking has due. Gives whether it is out of the way; a fault of this booking
    /// alone is told, and does not end the work on others.
    async fn fire_or_tell(
        &self,
        key: BookingKey,
        now: DateTime<Utc>,
        fired: &mut Fired,
    ) -> Result<bool, Error> {
        let before = fired.fired.len();
        match self.fire(key.clone(), now, fired).await {
            Ok(()) => {}
            Err(error) if is_of_one(&error) => fired.failed.push((key, error.code())),
            Err(error) => return Err(error),
        }
        Ok(fired.fired.len() > before)
    }

    async fn fire(
        &self,
        key: BookingKey,
        now: DateTime<Utc>,
        fired: &mut Fired,
    ) -> Result<(), Error> {
        let mut last: Option<(DateTime<Utc>, DeadlineKind, u64)> = None;
        for _ in 0..STEPS_MAX {
            let Some(booking) = self.booking(&key).await? else {
                return Ok(());
            };
            let Some(deadline) = booking.due(now).next() else {
                return Ok(());
            };
            let step = (deadline.due_at, deadline.kind, booking.version);
            let command = deadline.kind.command(&booking);
            // What does not go away is not fired again before its booking has changed.
            let (Some(command), true) = (command, last != Some(step)) else {
                return Ok(());
            };
            last = Some(step);
            match self.run(key.clone(), command).await {
                Ok(_) => fired.fired.push((key.clone(), deadline.kind)),
                Err(Error::Rejected(rejection)) => {
                    let code = rejection.code();
                    fired.refused.push((key, deadline.kind, code));
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// When the engine has to look at a booking next.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn next_deadline(&self, id: &BookingId) -> Result<Option<DateTime<Utc>>, Error> {
        let items = self.store.list(List::Booking(id.clone())).await?;
        let found = items.into_iter().find_map(|item| match item {
            Item::Booking(row) => row.next_due,
            _ => None,
        });
        Ok(found)
    }
}

/// Whether a fault lies with what was worked on, so that others may go on; not so when the store has
/// no answer.
pub(crate) fn is_of_one(error: &Error) -> bool {
    match error {
        Error::Store(StoreError::Contended { .. } | StoreError::Corrupt { .. }) => true,
        Error::Store(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{World, now};
    use crate::store::BookingRow;

    #[test]
    fn what_falls_due_is_fired_once() {
        let world = World::with_ana(&json!({}));
        let booking = world.book("c1", "2026-03-02T09:00:00Z");
        assert!(now(world.engine.fire_deadlines(10)).unwrap().is_empty());
        world.at("2026-03-02T10:00:00Z");
        let fired = now(world.engine.fire_deadlines(10)).unwrap();
        let kinds: Vec<_> = fired.fired.iter().map(|(_, kind)| *kind).collect();
        assert_eq!(kinds, [quando::booking::DeadlineKind::Complete]);
        assert!(now(world.engine.fire_deadlines(10)).unwrap().is_empty());
        let next = now(world.engine.next_deadline(&booking.id)).unwrap();
        // Reviews are open for 14 days from completion.
        assert_eq!(next, Some("2026-03-16T10:00:00Z".parse().unwrap()));
    }

    /// Three bookings, of which some were made unfit behind the engine's back.
    fn three(unfit: impl Fn(&mut BookingRow)) -> World {
        let world = World::with_ana(&json!({}));
        for (customer, hour) in [("c1", 9), ("c2", 10), ("c3", 11)] {
            world.book(customer, &format!("2026-03-02T{hour:02}:00:00Z"));
        }
        let store = world.engine.store();
        store.tamper_with_bookings(|row, _| {
            if row.customer.as_str() != "c3" {
                unfit(row);
            }
        });
        world.at("2026-03-02T12:00:00Z");
        world
    }

    #[test]
    fn a_booking_that_cannot_be_read_does_not_stand_in_the_way_of_others() {
        let world = three(|row| row.body = "{".into());
        let fired = now(world.engine.fire_deadlines(1)).unwrap();
        let codes: Vec<_> = fired.failed.iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, ["store-corrupt", "store-corrupt"]);
        assert_eq!(fired.fired.len(), 1);
        let again = now(world.engine.fire_deadlines(1)).unwrap();
        assert_eq!((again.failed.len(), again.fired.len()), (2, 0));
    }

    #[test]
    fn a_booking_with_nothing_to_fire_does_not_stand_in_the_way_of_others() {
        let early = "2026-03-01T12:00:00Z".parse().unwrap();
        let world = three(|row| {
            row.next_due = Some(early);
            row.body = String::from_utf8(row.body.to_vec())
                .unwrap()
                .replace("2026-03-02T", "2026-03-05T")
                .into();
        });
        let fired = now(world.engine.fire_deadlines(1)).unwrap();
        assert_eq!(fired.fired.len(), 1);
        assert!(now(world.engine.fire_deadlines(1)).unwrap().is_empty());
    }
}
