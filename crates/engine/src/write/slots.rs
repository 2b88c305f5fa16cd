//! A customer's places among its live holds and active bookings.
//!
//! Quotas rest on a count, and two requests of one customer may count at the same time. So each hold
//! and each active booking has a number that no other of the same customer and provider has: both
//! requests take the lowest free one, the store refuses the second, and that one counts again.

use quando::booking::{Booking, Status};

use crate::store::UsageRow;

#[derive(Debug)]
pub(super) struct Slots {
    rows: Vec<UsageRow>,
}

impl Slots {
    pub(super) fn new(rows: &[UsageRow]) -> Slots {
        Slots {
            rows: rows.to_vec(),
        }
    }

    /// The places of a booking as it is now: among the active ones, and among holds.
    pub(super) fn of(&mut self, booking: &Booking) -> (Option<u32>, Option<u32>) {
        let own = self.rows.iter().position(|row| row.booking == booking.id);
        let (active, held) = own.map_or((None, None), |at| {
            let row = self.rows.swap_remove(at);
            (row.active_slot, row.hold_slot)
        });
        if !booking.status.occupies() {
            return (None, None);
        }
        let active = active.unwrap_or_else(|| self.lowest(|row| row.active_slot));
        let is_held = booking.status == Status::Held;
        let held = is_held.then(|| held.unwrap_or_else(|| self.lowest(|row| row.hold_slot)));
        self.rows.push(UsageRow {
            booking: booking.id.clone(),
            status: booking.status,
            expires_at: booking.due_at,
            active_slot: Some(active),
            hold_slot: held,
        });
        (Some(active), held)
    }

    fn lowest(&self, slot: impl Fn(&UsageRow) -> Option<u32>) -> u32 {
        let taken: Vec<u32> = self.rows.iter().filter_map(slot).collect();
        (0..)
            .find(|number| !taken.contains(number))
            .expect("there are more numbers than rows")
    }
}
