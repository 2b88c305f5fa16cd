//! `quando explain`: the bookable starts, and why the others are not.

use crate::answer::InOut;
use crate::calendars::BusyArgs;
use crate::local::LocalArgs;
use crate::output::{Failure, Outcome};
use crate::slots::{Explain, run};

/// List bookable starts, and say why the others are refused
///
/// As `slots`, and beside the slots prints `refused`: every start on the grid and in opening hours
/// that is not offered, with the reasons. For providers and operators only: reasons reveal who is
/// busy, so never show them to the public.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    io: InOut,
    #[command(flatten)]
    busy: BusyArgs,
    #[command(flatten)]
    local: LocalArgs,
}

const EXAMPLE: &str = "\
Reasons: notice, horizon, off-grid, outside-hours, busy, claim, capacity, session-full, limit,
no-resource.

Example:
  quando explain query.json

  {\"slots\":[...],\"refused\":[{\"start\":\"2026-03-02T15:00:00Z\",
    \"reasons\":[{\"code\":\"claim\",\"resource\":\"ana\"}]}],\"tzdb\":\"...\"}

  quando explain --local=America/New_York query.json";

impl ExplainArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        run(self.io, &self.busy, self.local, Explain::Always)
    }
}
