//! `quando free`: the free slots of a service in a store.

use std::num::NonZeroU32;

use chrono::TimeDelta;
use quando::availability::Slot;
use quando::id::{BookingId, ProviderId, ServiceId};
use quando::time::{Minutes, Window, Zone, tzdb_version};
use quando_engine::SlotsRequest;
use serde::Serialize;

use crate::declined::missing;
use crate::input::Instant;
use crate::local::Table;
use crate::output::{Failure, Outcome, print, print_document};
use crate::store::{Session, StoreArgs};
use crate::value::{minutes, value};

/// List the free slots of a service, out of a store
///
/// Reads the hours, busy times and bookings of the provider and answers as `quando slots` does: what
/// is listed can be booked. Looks at the next 7 days unless told otherwise.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct FreeArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ServiceId>)]
    service: ServiceId,
    /// From this instant on; from now on when not given
    #[arg(long, value_name = "INSTANT")]
    from: Option<Instant>,
    /// Up to this instant, not included
    #[arg(long, value_name = "INSTANT", conflicts_with_all = ["days", "next"])]
    to: Option<Instant>,
    /// So many days
    #[arg(long, value_name = "N", default_value = "7", conflicts_with = "next")]
    days: u16,
    /// The next N free slots, however far ahead
    #[arg(long, value_name = "N")]
    next: Option<NonZeroU32>,
    /// For how many
    #[arg(long, value_name = "N")]
    party: Option<NonZeroU32>,
    /// For how long, where the service offers several durations
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    duration: Option<Minutes>,
    /// Also say why the other starts are refused; never show that to the public
    #[arg(long, conflicts_with = "next")]
    explain: bool,
    /// A booking that looks for a new time: its own time counts as free
    #[arg(long, value_name = "ID", value_parser = value::<BookingId>)]
    booking: Option<BookingId>,
}

const EXAMPLE: &str = "\
Example:
  quando free ana cut --days 3 --human
  quando free ana cut --from 2026-03-02T00:00:00Z --to 2026-03-09T00:00:00Z
  quando free ana cut --next 5";

#[derive(Serialize)]
struct NextAnswer {
    slots: Vec<Slot>,
    tzdb: &'static str,
}

impl FreeArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let session = self.store.open()?;
        let request = SlotsRequest {
            duration_minutes: self.duration,
            party: self.party,
            limit: self.next,
            explain: self.explain,
            booking: self.booking.clone(),
            ..SlotsRequest::default()
        };
        match self.next {
            Some(_) => self.next(&session, &request),
            None => self.window(&session, &request),
        }
    }

    fn window(&self, session: &Session, request: &SlotsRequest) -> Result<Outcome, Failure> {
        let now = session.engine.now();
        let from = self.from.map_or(now, |from| from.0);
        let to = self.to.map(|to| to.0);
        let to = to.or_else(|| from.checked_add_signed(TimeDelta::days(i64::from(self.days))));
        let window = to.ok_or_else(|| "the window ends too late".to_owned());
        let window = window.and_then(|to| {
            Window::new(from, to).map_err(|error| format!("--from and --to: {error}"))
        });
        let window = window.map_err(Failure::Usage)?;
        let engine = &session.engine;
        let found = session.wait(engine.slots(&self.provider, &self.service, window, request))?;
        if session.human {
            return self.table(session, &found.slots);
        }
        print_document(&found, false, |_| String::new())
    }

    fn next(&self, session: &Session, request: &SlotsRequest) -> Result<Outcome, Failure> {
        let from = self.from.map(|from| from.0);
        let engine = &session.engine;
        let found = engine.next_slots(&self.provider, &self.service, from, request);
        let answer = NextAnswer {
            slots: session.wait(found)?,
            tzdb: tzdb_version(),
        };
        if session.human {
            return self.table(session, &answer.slots);
        }
        print_document(&answer, false, |_| String::new())
    }

    /// The slots on the provider's wall clock.
    fn table(&self, session: &Session, slots: &[Slot]) -> Result<Outcome, Failure> {
        let provider = session.wait(session.engine.provider(&self.provider))?;
        let zone: Zone = provider.ok_or_else(|| missing("provider"))?.value.zone;
        let mut out = Vec::new();
        Table::of_free(slots, &zone, "no free slot in this time").print(&mut out);
        print(&out)
    }
}
