//! Customers' lists of bookings beside the bookings.

use std::collections::BTreeMap;

use quando::id::{BookingId, CustomerId};

use crate::limits::PAGE_MAX;
use crate::store::{BookingRow, Item, List, Store};
use crate::use_case::verify::{Flaw, Verification};
use crate::{Engine, Error};

/// How many bookings each customer has.
pub(super) type Counts = BTreeMap<CustomerId, u64>;

impl<S: Store> Engine<S> {
    /// A list with as many bookings as there are, all of them the customer's and none of them twice,
    /// has all of them.
    pub(super) async fn verify_customers(
        &self,
        counts: Counts,
        found: &mut Verification,
    ) -> Result<(), Error> {
        for (customer, count) in counts {
            let mut listed = 0;
            let mut own = true;
            let mut last: Option<BookingId> = None;
            loop {
                let page = self.listed(&customer, last.clone()).await?;
                let whole = page.len() == PAGE_MAX as usize;
                for row in page {
                    listed += 1;
                    own &= row.customer == customer && last.is_none_or(|last| row.id < last);
                    last = Some(row.id);
                }
                if !whole {
                    break;
                }
            }
            if !own || listed != count {
                found.flaw(Flaw::CustomerListDiffers, customer);
            }
        }
        Ok(())
    }

    async fn listed(
        &self,
        customer: &CustomerId,
        after: Option<BookingId>,
    ) -> Result<Vec<BookingRow>, Error> {
        let list = List::CustomerBookings {
            customer: customer.clone(),
            after,
            limit: PAGE_MAX,
        };
        let items = self.store.list(list).await?.into_iter();
        let rows = items.filter_map(|item| match item {
            Item::Booking(row) => Some(*row),
            _ => None,
        });
        Ok(rows.collect())
    }
}
