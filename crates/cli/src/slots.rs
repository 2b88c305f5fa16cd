//! `quando slots`: the bookable starts of a window.

use quando::availability::{Answer, Query};

use crate::answer::InOut;
use crate::by_day::DaysAnswer;
use crate::calendars::{BusyArgs, Reach};
use crate::input::{Problem, parse_query};
use crate::local::{LocalArgs, Table, Viewer};
use crate::output::{Failure, Outcome, print_json};

/// List the bookable starts of a window
///
/// Reads a question (the window, the service, the resources with their opening hours, busy times
/// and bookings) and prints every start that can be booked, with its end, the resources that can
/// serve it and the seats left. The answer depends on the question alone: no clock, no settings.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct SlotsArgs {
    #[command(flatten)]
    io: InOut,
    #[command(flatten)]
    busy: BusyArgs,
    #[command(flatten)]
    local: LocalArgs,
}

const EXAMPLE: &str = "\
Example:
  echo '{\"window\":{\"from\":\"2026-03-02T00:00:00Z\",\"to\":\"2026-03-03T00:00:00Z\"},
    \"now\":\"2026-03-01T12:00:00Z\",\"zone\":\"America/New_York\",
    \"service\":{\"durationMinutes\":60},
    \"resources\":[{\"id\":\"ana\",\"schedule\":{\"zone\":\"America/New_York\",
      \"weekly\":{\"mon\":[{\"from\":\"09:00\",\"to\":\"11:00\"}]}}}]}' | quando slots

  {\"slots\":[{\"start\":\"2026-03-02T14:00:00Z\",\"end\":\"2026-03-02T15:00:00Z\",
    \"resources\":[[\"ana\"]],\"seatsLeft\":1}, ...],\"tzdb\":\"...\"}

  quando slots --local=Europe/Berlin query.json
  quando slots --busy ana=ana.ics query.json
  quando slots --jsonl < queries.jsonl > answers.jsonl";

impl SlotsArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        run(self.io, &self.busy, self.local, Explain::AsAsked)
    }
}

/// Whether refused starts are answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Explain {
    /// As the question says.
    AsAsked,
    /// In any case.
    Always,
}

pub(crate) fn run(
    mut io: InOut,
    busy: &BusyArgs,
    local: LocalArgs,
    explain: Explain,
) -> Result<Outcome, Failure> {
    let viewer = local.viewer(&mut io)?;
    let mut calendars = busy.load()?;
    let format = io.format();
    io.answer_each(|text, out| {
        let mut query = parse_query(text)?;
        query.explain |= explain == Explain::Always;
        calendars.add_to(&mut query, Reach::Window)?;
        let answer = answer(&query)?;
        match &viewer {
            Viewer::Utc => print_json(out, &answer, format),
            Viewer::ByDay(zone) => print_json(out, &DaysAnswer::new(&answer, zone), format),
            Viewer::Local(zone) => Table::of_answer(&query, &answer, zone).print(out),
        }
        Ok(())
    })
}

fn answer(query: &Query) -> Result<Answer<'_>, Problem> {
    Ok(quando::slots(query)?)
}
