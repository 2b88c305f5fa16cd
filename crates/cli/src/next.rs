//! `quando next`: the next bookable starts.

use std::num::NonZeroU32;

use quando::availability::{Availability, Slot};
use quando::time::tzdb_version;
use serde::{Deserialize, Serialize};

use crate::answer::InOut;
use crate::by_day::DaysAnswer;
use crate::calendars::{BusyArgs, Reach};
use crate::extra::{Extra, QueryWith};
use crate::input::{Problem, parse};
use crate::local::{LocalArgs, Table, Viewer};
use crate::output::{Failure, Outcome, print_json};

/// Find the next bookable starts
///
/// Looks from the beginning of the question's window (not before its `now`) as far ahead as the
/// service's horizon, or two years where it has none, and stops as soon as enough is found. The
/// end of the window does not bind.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct NextArgs {
    #[command(flatten)]
    io: InOut,
    /// How many; a field `count` of the question itself goes before it
    #[arg(long, value_name = "N", default_value = "1")]
    count: NonZeroU32,
    #[command(flatten)]
    busy: BusyArgs,
    #[command(flatten)]
    local: LocalArgs,
}

const EXAMPLE: &str = "\
Example:
  quando next --count 2 query.json

  {\"slots\":[{\"start\":\"2026-03-02T14:00:00Z\",\"end\":\"2026-03-02T15:00:00Z\",
    \"resources\":[[\"ana\"]],\"seatsLeft\":1}, ...],\"tzdb\":\"...\"}

With --jsonl every question may carry its own count: {\"count\":3,\"window\":...}.";

#[derive(Clone, Copy, Debug, Deserialize)]
struct Count(NonZeroU32);

impl Extra for Count {
    const NAME: &'static str = "count";
}

/// The next slots.
#[derive(Debug, Serialize)]
struct NextAnswer {
    slots: Vec<Slot>,
    tzdb: &'static str,
}

impl NextArgs {
    pub(crate) fn run(mut self) -> Result<Outcome, Failure> {
        let viewer = self.local.viewer(&mut self.io)?;
        let mut calendars = self.busy.load()?;
        let format = self.io.format();
        self.io.answer_each(|text, out| {
            let QueryWith { mut query, extra } = parse::<QueryWith<Count>>(text)?;
            calendars.add_to(&mut query, Reach::Ahead)?;
            let count = extra.map_or(self.count, |count| count.0);
            let slots = next(&Availability::new(&query)?, count)?;
            let answer = NextAnswer {
                slots,
                tzdb: tzdb_version(),
            };
            match &viewer {
                Viewer::Utc => print_json(out, &answer, format),
                Viewer::ByDay(zone) => {
                    print_json(out, &DaysAnswer::of_slots(&answer.slots, zone), format);
                }
                Viewer::Local(zone) => Table::of_slots(&query, &answer.slots, zone).print(out),
            }
            Ok(())
        })
    }
}

fn next(availability: &Availability<'_>, count: NonZeroU32) -> Result<Vec<Slot>, Problem> {
    let count = usize::try_from(count.get()).unwrap_or(usize::MAX);
    let found: Result<Vec<Slot>, _> = availability.next_slots().take(count).collect();
    Ok(found?)
}
