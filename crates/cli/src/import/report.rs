//! What became of the lines.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::input::{Problem, Source};
use crate::output::{Failure, Format, Outcome, note, print_document, print_json};

/// How many refused lines are shown; all of them are counted, and in the report file.
const SHOWN_MAX: u64 = 1_000;

/// What a line came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Written,
    Unchanged,
}

/// Counts the lines, and says which are refused.
pub(super) struct Report {
    source: String,
    counts: Counts,
    file: Option<(PathBuf, BufWriter<File>)>,
    bar: Option<ProgressBar>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    lines: u64,
    written: u64,
    unchanged: u64,
    refused: u64,
    dry_run: bool,
}

#[derive(Serialize)]
struct RefusedLine<'a> {
    line: u64,
    #[serde(flatten)]
    problem: &'a Problem,
}

impl Report {
    pub(super) fn new(source: &Source, path: Option<&Path>) -> Result<Report, Failure> {
        let open = |path: &Path| match File::create(path) {
            Ok(file) => Ok((path.to_owned(), BufWriter::new(file))),
            Err(error) => Err(unwritten(path, error)),
        };
        Ok(Report {
            source: source.to_string(),
            counts: Counts::default(),
            file: path.map(open).transpose()?,
            bar: std::io::stderr().is_terminal().then(bar),
        })
    }

    pub(super) fn came(&mut self, came: Came) {
        match came {
            Came::Written => self.counts.written += 1,
            Came::Unchanged => self.counts.unchanged += 1,
        }
        self.step();
    }

    pub(super) fn refused(&mut self, line: u64, problem: &Problem) -> Result<(), Failure> {
        self.counts.refused += 1;
        self.step();
        if self.counts.refused <= SHOWN_MAX {
            let text = format!("{}:{line}: {problem}", self.source);
            match &self.bar {
                Some(bar) => bar.suspend(|| note(&text)),
                None => note(&text),
            }
        } else if self.counts.refused == SHOWN_MAX + 1 {
            note("note: further refused lines are counted, and in the file of --report");
        }
        let Some((path, file)) = &mut self.file else {
            return Ok(());
        };
        let mut out = Vec::new();
        print_json(&mut out, &RefusedLine { line, problem }, Format::Compact);
        out.push(b'\n');
        file.write_all(&out).map_err(|error| unwritten(path, error))
    }

    /// Says how many lines there were of each kind.
    pub(super) fn end(mut self, human: bool, dry_run: bool) -> Result<Outcome, Failure> {
        self.counts.dry_run = dry_run;
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some((path, file)) = &mut self.file {
            file.flush().map_err(|error| unwritten(path, error))?;
        }
        print_document(&self.counts, human, sentence)?;
        if self.counts.refused > 0 {
            return Ok(Outcome::SomeRefused);
        }
        Ok(Outcome::Answered)
    }

    fn step(&mut self) {
        self.counts.lines += 1;
        if let Some(bar) = &self.bar {
            bar.set_position(self.counts.lines);
        }
    }
}

fn sentence(counts: &Counts) -> String {
    let Counts {
        lines,
        written,
        unchanged,
        refused,
        dry_run,
    } = counts;
    let verb = if *dry_run {
        "would be written"
    } else {
        "written"
    };
    format!("{lines} lines: {written} {verb}, {unchanged} unchanged, {refused} refused\n")
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {human_pos} lines, {per_sec}, {elapsed}")
        .expect("the template is one that indicatif reads");
    ProgressBar::new_spinner().with_style(style)
}

fn unwritten(path: &Path, source: std::io::Error) -> Failure {
    let name = path.display().to_string();
    Failure::Unwritten { name, source }
}
