//! `quando check`: one start.

use crate::answer::InOut;
use crate::calendars::{BusyArgs, Reach};
use crate::extra::{Extra, QueryWith};
use crate::input::{Instant, Problem, parse};
use crate::output::{Failure, Outcome, print_json};

/// Say whether one start can be booked, and why not
///
/// Decides on one start by the same rules that list slots: a start that `slots` lists is accepted,
/// a start that is refused says why. Prints {"slot":...} or {"reasons":[...]}. A refusal is an
/// answer, so the exit status is 0 for both. The question's window does not bind here.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    io: InOut,
    /// The start, as RFC 3339; a field `start` of the question itself goes before it
    #[arg(long, value_name = "INSTANT")]
    start: Option<Instant>,
    #[command(flatten)]
    busy: BusyArgs,
}

const EXAMPLE: &str = "\
Example:
  quando check --start 2026-03-02T14:00:00Z query.json

  {\"slot\":{\"start\":\"2026-03-02T14:00:00Z\",\"end\":\"2026-03-02T15:00:00Z\",
    \"resources\":[[\"ana\"]],\"seatsLeft\":1},\"tzdb\":\"...\"}

  quando check --start 2026-03-02T14:07:00Z query.json

  {\"reasons\":[{\"code\":\"off-grid\"}],\"tzdb\":\"...\"}

With --jsonl every question may carry its own start: {\"start\":\"2026-03-02T14:00:00Z\",
\"window\":...}.";

impl Extra for Instant {
    const NAME: &'static str = "start";
}

impl CheckArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let mut calendars = self.busy.load()?;
        let format = self.io.format();
        self.io.answer_each(|text, out| {
            let QueryWith { mut query, extra } = parse::<QueryWith<Instant>>(text)?;
            let start = extra.or(self.start).ok_or_else(start_missing)?;
            calendars.add_to(&mut query, Reach::Start(start.0))?;
            print_json(out, &quando::check(&query, start.0)?, format);
            Ok(())
        })
    }
}

fn start_missing() -> Problem {
    Problem::new(
        "start-missing",
        "give `--start`, or a field `start` in the question",
    )
    .at("/start")
}
