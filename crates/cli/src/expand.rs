//! `quando expand`: the occurrences of a recurrence.

use quando::recurrence::ExpandRequest;

use crate::answer::InOut;
use crate::input::{Problem, parse};
use crate::output::{Failure, Outcome, print_json};

/// List the occurrences of a recurrence rule (RFC 5545)
///
/// Reads a civil start, its zone, an RRULE, exceptions (`exdates`), additions (`rdates`) and a
/// window, and prints the instants at which it occurs in the window. A window far from the start
/// costs no more than a near one.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ExpandArgs {
    #[command(flatten)]
    io: InOut,
}

const EXAMPLE: &str = "\
Example:
  echo '{\"start\":\"2026-03-02T09:00\",\"zone\":\"America/New_York\",
    \"rrule\":\"FREQ=WEEKLY;BYDAY=MO\",\"exdates\":[\"2026-03-16T09:00\"],\"rdates\":[],
    \"window\":{\"from\":\"2026-03-01T00:00:00Z\",\"to\":\"2026-03-25T00:00:00Z\"}}' | quando expand

  {\"occurrences\":[\"2026-03-02T14:00:00Z\",\"2026-03-09T13:00:00Z\",\"2026-03-23T13:00:00Z\"],
    \"tzdb\":\"...\"}";

impl ExpandArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let format = self.io.format();
        self.io.answer_each(|text, out| {
            let request: ExpandRequest = parse(text)?;
            let answer = request
                .expand()
                .map_err(|error| Problem::new(error.code(), error.to_string()).at("/rrule"))?;
            print_json(out, &answer, format);
            Ok(())
        })
    }
}
