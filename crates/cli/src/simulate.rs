//! `quando simulate`: the story of bookings, line by line, in a small world in memory.

use std::io::{self, Write};
use std::path::PathBuf;

use quando::simulate::{Line, World};

use crate::input::{Lines, Position, Problem, Source, parse};
use crate::output::{Failure, Format, Outcome, print_json};
use crate::statement::Statement;

/// Replay a story of bookings: holds, payments, cancellations, payouts
///
/// Reads one line of JSON after the other: what there is (`set`), a command at an instant, the
/// passing of time (`tick`), a look at a booking (`show`, `preview`). Each line is answered with
/// one line: where the booking stands, what happened, what the payment processor is asked for, and
/// the entries and balances of its ledger. Nothing is stored, no payment is made, and no clock is
/// read.
///
/// What is refused is answered with its code, and the story goes on. A line that is not of this
/// form ends it: exit status 1.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct SimulateArgs {
    /// File with the story, one JSON object a line; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print a statement for people in place of JSON: what happened, and each entry of the ledger
    #[arg(long)]
    human: bool,
}

const EXAMPLE: &str = "\
Example:
  quando simulate examples/marketplace_story/story.jsonl --human

Lines of a story:
  {\"note\":\"words for whoever reads it\"}
  {\"set\":{\"zone\":\"America/New_York\",\"resources\":[...],
    \"services\":{\"cut\":{\"service\":{\"durationMinutes\":60},\"offer\":{\"terms\":{...}}}}}}
  {\"at\":\"2026-03-01T12:00:00Z\",\"booking\":\"b1\",\"key\":\"order-17\",
    \"command\":{\"do\":\"create\",\"by\":{\"actor\":\"customer\"},...}}
  {\"at\":\"2026-03-02T15:00:00Z\",\"tick\":true}
  {\"at\":\"2026-03-02T15:00:00Z\",\"show\":\"b1\"}
  {\"at\":\"2026-03-02T15:00:00Z\",\"preview\":\"b1\",\"by\":\"customer\"}

A `key` makes a request one that may be repeated: the second time nothing happens, and the answer
is the first one. docs/json.md has all fields.";

impl SimulateArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let source = Source::new(self.file.as_deref());
        let mut lines = Lines::new(source.open()?);
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        let mut story = Story::new(self.human);
        let mut out = Vec::new();
        while let Some((number, text)) = lines.next().map_err(|error| source.unreadable(error))? {
            out.clear();
            if let Err(problem) = text.and_then(|text| story.line(text, &mut out)) {
                stdout.flush()?;
                return Err(source.refused(on_line(problem, number), ""));
            }
            stdout.write_all(&out)?;
            if !lines.has_line_ready() {
                stdout.flush()?;
            }
        }
        out.clear();
        story.end(&mut out);
        stdout.write_all(&out)?;
        stdout.flush()?;
        Ok(Outcome::Answered)
    }
}

/// A world, and how its answers are printed.
struct Story {
    world: World,
    statement: Option<Statement>,
}

impl Story {
    fn new(human: bool) -> Story {
        Story {
            world: World::default(),
            statement: human.then(Statement::default),
        }
    }

    fn line(&mut self, text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
        let line: Line = parse(text)?;
        let answer = self.world.take_in(line.clone())?;
        match &mut self.statement {
            Some(statement) => statement.line(&line, &answer, out),
            None => {
                print_json(out, &answer.told, Format::Compact);
                out.push(b'\n');
            }
        }
        Ok(())
    }

    fn end(&self, out: &mut Vec<u8>) {
        if let Some(statement) = &self.statement {
            statement.end(&self.world, out);
        }
    }
}

/// The place in the whole story of what is wrong in one line of it.
fn on_line(problem: Problem, number: u64) -> Problem {
    let column = problem.position.map_or(1, |position| position.column);
    let line = usize::try_from(number).unwrap_or(usize::MAX);
    Problem {
        position: Some(Position { line, column }),
        ..problem
    }
}
