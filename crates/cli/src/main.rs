//! The `quando` command: bookings in a store, and pure questions, JSON in and JSON out.
//!
//! One file per subcommand. [`server`] asks PostgreSQL how it is. [`store`] opens the store, [`value`] reads arguments, [`human`] prints
//! for people and [`declined`] says what the engine refuses. [`input`] reads questions and says what is wrong with them, [`extra`]
//! those with a field of a command's own. [`answer`] runs over a document or over lines, [`output`]
//! prints and reports, [`calendars`] adds the busy time of iCalendar files, [`local`] and
//! [`by_day`] show starts as a viewer sees them, [`statement`] shows a story as a bank would.

mod act;
mod answer;
mod book;
mod bookings;
mod busy;
mod busy_replace;
mod by_day;
mod calendars;
mod cancel;
mod check;
mod declined;
mod expand;
mod explain;
mod extra;
mod free;
mod human;
mod import;
mod input;
mod keys;
mod local;
mod migrate;
mod next;
mod output;
mod page;
mod pay;
mod person;
mod provider;
mod quote;
mod refund;
mod resource;
mod search;
mod serve;
mod serve_log;
mod serve_settings;
mod server;
mod service;
mod simulate;
mod slots;
mod statement;
mod store;
#[cfg(test)]
mod tests;
mod token;
mod upkeep;
mod value;
mod verify;
mod weekly;
mod work;

use std::fmt::Write;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use output::{Failure, Outcome};

/// Bookings, and when they can be made: a booking engine on the command line
///
/// Commands about a store keep everything in one file (--store, `quando.db` unless told otherwise)
/// or in PostgreSQL. Questions without a store read JSON and answer JSON: the same question gives
/// the same answer everywhere, no clock is read, and the rules of all time zones are built in.
#[derive(Debug, Parser)]
#[command(name = "quando", version = version(), after_help = AFTER_HELP)]
#[command(arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit status: 0 answered, 1 a question or file is bad, or the answer is no (of several lines: to at
least one of them), 2 the command line is wrong. `quando help COMMAND` shows examples.";

/// The commands by what they are for.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "A shop in a store",
        &[
            "provider", "resource", "service", "busy", "person", "import",
        ],
    ),
    (
        "Bookings",
        &[
            "search", "free", "book", "bookings", "booking", "cancel", "pay", "work",
        ],
    ),
    ("A server", &["serve", "token"]),
    (
        "Upkeep of a store",
        &["doctor", "verify", "backup", "restore", "migrate", "keys"],
    ),
    (
        "Questions without a store",
        &[
            "slots", "check", "next", "explain", "expand", "quote", "refund", "simulate",
        ],
    ),
];

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
    Provider(provider::ProviderArgs),
    Resource(resource::ResourceArgs),
    Service(service::ServiceArgs),
    Free(free::FreeArgs),
    Book(book::BookArgs),
    Bookings(bookings::BookingsArgs),
    Booking(act::BookingArgs),
    Cancel(cancel::CancelArgs),
    Person(person::PersonArgs),
    Keys(keys::KeysArgs),
    Import(import::ImportArgs),
    Pay(pay::PayArgs),
    Backup(upkeep::BackupArgs),
    Restore(upkeep::RestoreArgs),
    Doctor(upkeep::DoctorArgs),
    Migrate(migrate::MigrateArgs),
    Work(work::WorkArgs),
    Verify(verify::VerifyArgs),
    Search(search::SearchArgs),
    Serve(serve::ServeArgs),
    Token(token::TokenArgs),
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
            Command::Provider(args) => args.run(),
            Command::Resource(args) => args.run(),
            Command::Service(args) => args.run(),
            Command::Free(args) => args.run(),
            Command::Book(args) => args.run(),
            Command::Bookings(args) => args.run(),
            Command::Booking(args) => args.run(),
            Command::Cancel(args) => args.run(),
            Command::Person(args) => args.run(),
            Command::Keys(args) => args.run(),
            Command::Import(args) => args.run(),
            Command::Pay(args) => args.run(),
            Command::Backup(args) => args.run(),
            Command::Restore(args) => args.run(),
            Command::Doctor(args) => args.run(),
            Command::Migrate(args) => args.run(),
            Command::Work(args) => args.run(),
            Command::Verify(args) => args.run(),
            Command::Search(args) => args.run(),
            Command::Serve(args) => args.run(),
            Command::Token(args) => args.run(),
        }
    }
}

fn main() -> ExitCode {
    let matches = grouped(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command.run() {
        Ok(Outcome::Answered) => ExitCode::SUCCESS,
        Ok(Outcome::SomeRefused) => ExitCode::FAILURE,
        Err(failure) => failure.report(),
    }
}

/// The program with a help in which the commands stand by what they are for.
fn grouped(command: clap::Command) -> clap::Command {
    let mut list = String::new();
    for (group, names) in GROUPS {
        let _ = write!(list, "\n{group}:\n");
        for name in names {
            let about = command
                .find_subcommand(name)
                .and_then(clap::Command::get_about);
            if let Some(about) = about {
                let _ = writeln!(list, "  {name:<10}{about}");
            }
        }
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{list}\nOptions:\n{{options}}\n\n\
         {{after-help}}\n"
    ))
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
