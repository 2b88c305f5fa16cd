//! `quando import`: providers, resources, services and busy times, line by line.

mod line;
mod report;
mod run;

use std::path::PathBuf;

use crate::input::{Lines, Source};
use crate::output::{Failure, Outcome};
use crate::store::{RequestArgs, StoreArgs};

use line::Entry;
use report::Report;
use run::Run;

/// Lines that are taken in together: those of different providers at the same time.
const BATCH_LINES: usize = 2_000;

/// Take in providers, resources, services and busy times, one JSON object a line
///
/// What is new or different is written, what is the same is left alone, so that an import can be
/// repeated. A line that is refused is reported with its number, and the rest goes on; the exit
/// status is 1 then. Lines of one provider are taken in their order.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// File with the lines; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only try it out: everything is checked against the store, and nothing is written
    #[arg(long)]
    dry_run: bool,
    /// Write the refused lines into this file, too: {"line","code","pointer","message"} a line
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    request: RequestArgs,
}

const EXAMPLE: &str = "\
Example:
  quando import shop.jsonl --dry-run
  quando import shop.jsonl --report refused.jsonl

Lines:
  {\"provider\":{\"id\":\"ana\",\"name\":\"Ana's barbershop\",\"zone\":\"Europe/Madrid\"}}
  {\"resource\":{\"provider\":\"ana\",\"id\":\"ana\",\"schedule\":{\"zone\":\"Europe/Madrid\",
    \"weekly\":{\"mon\":[{\"from\":\"09:00\",\"to\":\"17:00\"}]}}}}
  {\"service\":{\"provider\":\"ana\",\"id\":\"cut\",\"name\":\"Haircut\",\"timing\":{...},\"offer\":{...}}}
  {\"busy\":{\"provider\":\"ana\",\"resource\":\"ana\",\"source\":\"google\",
    \"busy\":[{\"start\":\"2026-03-02T12:00:00Z\",\"end\":\"2026-03-02T13:00:00Z\"}]}}";

impl ImportArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let source = Source::new(self.file.as_deref());
        let mut report = Report::new(&source, self.report.as_deref())?;
        let (session, rehearsal) = if self.dry_run {
            (self.store.open_if_there()?, Some(self.store.rehearsal()?))
        } else {
            (Some(self.store.open_or_create()?), None)
        };
        let run = Run::new(session.as_ref(), rehearsal.as_ref(), self.request.context());
        let mut lines = Lines::new(source.open()?);
        let mut batch: Vec<(u64, Entry)> = Vec::new();
        while let Some((number, text)) = lines.next().map_err(|error| source.unreadable(error))? {
            match text.and_then(Entry::parse) {
                Ok(entry) => batch.push((number, entry)),
                Err(problem) => report.refused(number, &problem)?,
            }
            if batch.len() >= BATCH_LINES {
                run.take_in(std::mem::take(&mut batch), &mut report)?;
            }
        }
        run.take_in(batch, &mut report)?;
        report.end(self.store.human, self.dry_run)
    }
}
