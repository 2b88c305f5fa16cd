//! `quando busy`: what calendars take of a window, and the busy time of a store.

use std::io::Write;
use std::path::PathBuf;

use quando::calendar::{CalendarProblem, read_busy};
use quando::time::{Interval, IntervalSet, Window, Zone, tzdb_version};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::busy_replace::ReplaceArgs;
use crate::calendars::{StatusArgs, calendar_problem, problem_text, read_calendar};
use crate::input::{Instant, Problem, Source};
use crate::output::{Failure, Format, Outcome, note, print_json};

/// List the busy time of iCalendar files, or keep it in a store
///
/// Reads events, their recurrences and exceptions, and free/busy periods of one or more calendars
/// as Google, Outlook, Apple and others export them, and prints the busy time in a window, merged,
/// as a question's `busy` takes it. What cannot be read is listed by line and hides nothing else.
///
/// `quando busy replace` keeps the busy time of a resource in a store.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE, args_conflicts_with_subcommands = true)]
#[command(subcommand_negates_reqs = true)]
pub(crate) struct BusyCommandArgs {
    #[command(subcommand)]
    command: Option<BusyCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum BusyCommand {
    Replace(ReplaceArgs),
}

#[derive(Clone, Debug, clap::Args)]
struct ListArgs {
    /// iCalendar files
    #[arg(value_name = "FILE.ics", required = true)]
    files: Vec<PathBuf>,
    /// Beginning of the window, as RFC 3339
    #[arg(long, value_name = "INSTANT", required = true)]
    from: Option<Instant>,
    /// End of the window, as RFC 3339; not included
    #[arg(long, value_name = "INSTANT", required = true)]
    to: Option<Instant>,
    /// Zone of all-day events and of times without a zone; the calendar's own when not given
    #[arg(long, value_name = "ZONE")]
    zone: Option<Zone>,
    #[command(flatten)]
    statuses: StatusArgs,
    /// Print JSON on many lines, for people
    #[arg(long)]
    pretty: bool,
}

const EXAMPLE: &str = "\
Example:
  quando busy work.ics home.ics --from 2026-03-02T00:00:00Z --to 2026-03-09T00:00:00Z \\
    --zone America/New_York --ignore-status tentative

  {\"busy\":[{\"start\":\"2026-03-02T14:00:00Z\",\"end\":\"2026-03-02T15:30:00Z\"}],
    \"problems\":[],\"tzdb\":\"...\"}

Statuses that take time: busy, away (out of office), tentative, elsewhere (working elsewhere).
Events that are shown as free, and cancelled ones, never do.";

#[derive(Serialize)]
struct BusyAnswer {
    busy: IntervalSet,
    problems: Vec<FileProblem>,
    tzdb: &'static str,
}

/// A calendar's problem, with the file that it is in.
struct FileProblem {
    file: String,
    problem: CalendarProblem,
}

impl Serialize for FileProblem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let problem = &self.problem;
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("file", &self.file)?;
        fields.serialize_entry("line", &problem.line)?;
        fields.serialize_entry("code", problem.kind.code())?;
        fields.serialize_entry("message", &problem.kind.to_string())?;
        if let Some(uid) = &problem.uid {
            fields.serialize_entry("uid", uid)?;
        }
        fields.end()
    }
}

impl BusyCommandArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            Some(BusyCommand::Replace(args)) => args.run(),
            None => self.list.run(),
        }
    }
}

impl ListArgs {
    fn run(self) -> Result<Outcome, Failure> {
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return Err(Failure::Usage("give --from and --to".to_owned()));
        };
        let window = Window::new(from.0, to.0)
            .map_err(|error| Failure::Usage(format!("--from and --to: {error}")))?;
        let answer = self.read_all(window.interval())?;
        let format = if self.pretty {
            Format::Pretty
        } else {
            Format::Compact
        };
        let mut out = Vec::new();
        print_json(&mut out, &answer, format);
        out.push(b'\n');
        std::io::stdout().lock().write_all(&out)?;
        Ok(Outcome::Answered)
    }

    fn read_all(&self, window: Interval) -> Result<BusyAnswer, Failure> {
        let mut options = self.statuses.options(window);
        options.zone.clone_from(&self.zone);
        let mut busy: Vec<Interval> = Vec::new();
        let mut problems = Vec::new();
        for path in &self.files {
            let refused = |problem: Problem| Source::File(path.clone()).refused(problem, "");
            let read = read_busy(read_calendar(path)?, &options)
                .map_err(|error| refused(calendar_problem(&error)))?;
            busy.extend(read.busy.as_slice());
            for problem in read.problems {
                note(&problem_text(path, &problem));
                problems.push(FileProblem {
                    file: path.display().to_string(),
                    problem,
                });
            }
            if read.problems_left_off > 0 {
                note(&format!(
                    "{}: {} more problems",
                    path.display(),
                    read.problems_left_off
                ));
            }
        }
        Ok(BusyAnswer {
            busy: busy.into_iter().collect(),
            problems,
            tzdb: tzdb_version(),
        })
    }
}
