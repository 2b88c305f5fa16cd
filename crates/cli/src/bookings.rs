//! `quando bookings`: what is booked.

use quando::booking::Status;
use quando::id::{BookingId, CustomerId, ProviderId};

use crate::human;
use crate::output::{Failure, Outcome, print_list};
use crate::page::PageArgs;
use crate::store::StoreArgs;
use crate::value::{status, value};

/// List the bookings of a provider or a customer, the newest first
///
/// A customer's list has a booking when the relay has passed: `quando work`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct BookingsArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Whose
    #[arg(value_parser = value::<ProviderId>, required_unless_present = "customer")]
    provider: Option<ProviderId>,
    /// Those of a customer, with any provider
    #[arg(long, value_name = "ID", value_parser = value::<CustomerId>, conflicts_with = "provider")]
    customer: Option<CustomerId>,
    /// Only those that stand there, such as confirmed
    #[arg(long, value_parser = status, conflicts_with = "customer")]
    status: Option<Status>,
    #[command(flatten)]
    page: PageArgs<BookingId>,
}

const EXAMPLE: &str = "\
Example:
  quando bookings ana --status confirmed --human
  quando bookings --customer c17";

impl BookingsArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let session = self.store.open()?;
        let engine = &session.engine;
        let PageArgs { limit, after } = self.page;
        let found = match (&self.provider, &self.customer) {
            (_, Some(customer)) => session.wait(engine.customer_bookings(customer, after, limit)),
            (Some(provider), None) => {
                session.wait(engine.bookings(provider, self.status, after, limit))
            }
            (None, None) => Ok(Vec::new()),
        };
        print_list(&found?, session.human, human::bookings)
    }
}
