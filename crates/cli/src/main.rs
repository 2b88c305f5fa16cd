//! The `quando` command: the availability engine on the command line, JSON in and JSON out.
//!
//! One file per subcommand. [`input`] reads questions and says what is wrong with them, [`extra`]
//! those with a field of a command's own. [`answer`] runs over a document or over lines, [`output`]
//! prints and reports, [`calendars`] adds the busy time of iCalendar files, [`local`] and
//! [`by_day`] show starts as a viewer sees them, [`statement`] shows a story as a bank would.

mod answer;
mod busy;
mod by_day;
mod calendars;
mod check;
mod expand;
mod explain;
mod extra;
mod input;
mod local;
mod next;
mod output;
mod quote;
mod refund;
mod simulate;
mod slots;
mod statement;

use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{Parser, Subcommand};

use output::{Failure, Outcome};

/// When can it be booked? Bookable starts, the reasons against the others, recurrences and calendars
///
/// Every subcommand reads a question as JSON, from a file or from standard input, and prints the
/// answer as JSON on one line. The same question gives the same answer everywhere: no clock is
/// read, and the rules of all time zones are built in. Only `--local` without a ZONE asks this
/// computer where it is.
#[derive(Debug, Parser)]
#[command(name = "quando", version = version(), after_help = AFTER_HELP)]
#[command(arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit status: 0 answered, 1 a question or file is bad (with --jsonl: at least one line was), 2 the
command line is wrong. `quando help COMMAND` shows examples.";

#[derive(Debug, Subcommand)]
enum Command {
    Slots(slots::SlotsArgs),
    Check(check::CheckArgs),
    Next(next::NextArgs),
    Explain(explain::ExplainArgs),
    Expand(expand::ExpandArgs),
    Busy(busy::BusyCommandArgs),
    Quote(quote::QuoteArgs),
    Refund(refund::RefundArgs),
    Simulate(simulate::SimulateArgs),
}

impl Command {
    fn run(self) -> Result<Outcome, Failure> {
        match self {
            Command::Slots(args) => args.run(),
            Command::Check(args) => args.run(),
            Command::Next(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::Expand(args) => args.run(),
            Command::Busy(args) => args.run(),
            Command::Quote(args) => args.run(),
            Command::Refund(args) => args.run(),
            Command::Simulate(args) => args.run(),
        }
    }
}

fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(Outcome::Answered) => ExitCode::SUCCESS,
        Ok(Outcome::SomeRefused) => ExitCode::FAILURE,
        Err(failure) => failure.report(),
    }
}

/// The program's version and that of its time zone database.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        format!(
            "{} (time zone database {})",
            env!("CARGO_PKG_VERSION"),
            quando::time::tzdb_version()
        )
    })
}
