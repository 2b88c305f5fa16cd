//! Answers one document, or line after line of a stream.

use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::input::{Lines, Problem, Source};
use crate::output::{Failure, Format, Outcome, print_json};

/// Where questions come from and how answers are printed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct InOut {
    /// File with the question as JSON; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// One question per line in, one answer per line out, in the same order
    ///
    /// A line that cannot be answered gives {"error":{"code","pointer","message","line"}} in its
    /// place and the run goes on; the exit status is 1 in the end. Blank lines are skipped.
    #[arg(long)]
    pub(crate) jsonl: bool,
    /// Print JSON on many lines, for people
    #[arg(long, conflicts_with = "jsonl")]
    pub(crate) pretty: bool,
}

impl InOut {
    pub(crate) fn format(&self) -> Format {
        if self.pretty {
            Format::Pretty
        } else {
            Format::Compact
        }
    }

    /// Passes each question to `answer`, which appends its answer, and prints the answers.
    pub(crate) fn answer_each(
        &self,
        answer: impl FnMut(&str, &mut Vec<u8>) -> Result<(), Problem>,
    ) -> Result<Outcome, Failure> {
        let source = Source::new(self.file.as_deref());
        if self.jsonl {
            answer_lines(&source, answer)
        } else {
            answer_document(&source, answer)
        }
    }
}

fn answer_document(
    source: &Source,
    mut answer: impl FnMut(&str, &mut Vec<u8>) -> Result<(), Problem>,
) -> Result<Outcome, Failure> {
    let text = source.read_document()?;
    let mut out = Vec::new();
    answer(&text, &mut out).map_err(|problem| source.refused(problem, &text))?;
    if !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(&out)?;
    stdout.flush()?;
    Ok(Outcome::Answered)
}

fn answer_lines(
    source: &Source,
    mut answer: impl FnMut(&str, &mut Vec<u8>) -> Result<(), Problem>,
) -> Result<Outcome, Failure> {
    let mut lines = Lines::new(source.open()?);
    let mut stdout = io::BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    let mut progress = Progress::new();
    let mut outcome = Outcome::Answered;
    let mut out = Vec::new();
    while let Some((number, text)) = lines.next().map_err(|error| source.unreadable(error))? {
        out.clear();
        if let Err(problem) = text.and_then(|text| answer(text, &mut out)) {
            outcome = Outcome::SomeRefused;
            out.clear();
            print_json(&mut out, &ErrorLine::new(problem, number), Format::Compact);
        }
        out.push(b'\n');
        stdout.write_all(&out)?;
        flush_when_idle(&lines, &mut stdout)?;
        progress.step();
    }
    stdout.flush()?;
    progress.finish();
    Ok(outcome)
}

/// Whoever asks line by line waits for the answer before they ask again; whoever sends a file
/// does not, and is served faster in blocks.
fn flush_when_idle<R: Read>(lines: &Lines<R>, stdout: &mut impl Write) -> io::Result<()> {
    if lines.has_line_ready() {
        Ok(())
    } else {
        stdout.flush()
    }
}

/// What stands in for the answer of a line.
#[derive(Serialize)]
struct ErrorLine {
    error: NumberedProblem,
}

#[derive(Serialize)]
struct NumberedProblem {
    #[serde(flatten)]
    problem: Problem,
    line: u64,
}

impl ErrorLine {
    fn new(mut problem: Problem, line: u64) -> ErrorLine {
        if let Some(position) = problem.position {
            problem.message += &format!(" at column {}", position.column);
        }
        ErrorLine {
            error: NumberedProblem { problem, line },
        }
    }
}

/// A line on the terminal that says how far a long run has come; nothing in pipes.
struct Progress {
    shown_since: Option<Instant>,
    answered: u64,
    last_shown: Option<Instant>,
}

impl Progress {
    const LINES_BETWEEN_LOOKS: u64 = 64;
    const LINES_BEFORE: u64 = 10_000;
    const TIME_BEFORE: Duration = Duration::from_secs(1);
    const TIME_BETWEEN: Duration = Duration::from_millis(200);

    fn new() -> Progress {
        // Answers on the same terminal are progress enough.
        let is_wanted = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Progress {
            shown_since: is_wanted.then(now),
            answered: 0,
            last_shown: None,
        }
    }

    fn step(&mut self) {
        self.answered += 1;
        let Some(since) = self.shown_since else {
            return;
        };
        if !self.answered.is_multiple_of(Self::LINES_BETWEEN_LOOKS) {
            return;
        }
        let now = now();
        let is_long = self.answered >= Self::LINES_BEFORE || now - since >= Self::TIME_BEFORE;
        let is_due = self
            .last_shown
            .is_none_or(|last| now - last >= Self::TIME_BETWEEN);
        if is_long && is_due {
            self.last_shown = Some(now);
            let _ = write!(io::stderr(), "\r{} questions answered", self.answered);
        }
    }

    fn finish(&self) {
        if self.last_shown.is_some() {
            let _ = writeln!(io::stderr(), "\r{} questions answered", self.answered);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "progress is shown at the edge and decides nothing"
)]
fn now() -> Instant {
    Instant::now()
}
