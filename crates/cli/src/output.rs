//! What goes out: answers on standard output, everything else on standard error.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::input::Problem;

/// Longest note, in characters: it may quote what others wrote.
const NOTE_CHARS_MAX: usize = 4_000;

/// How JSON is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// On one line, for programs.
    Compact,
    /// On many lines, for people.
    Pretty,
}

/// How a run ended that was not broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was answered.
    Answered,
    /// Some lines were answered with an error object.
    SomeRefused,
}

/// Why a run was broken off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The question cannot be answered.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// A file or stream cannot be read.
    #[error("cannot read {name}: {source}")]
    Unreadable { name: String, source: io::Error },
    /// The answer cannot be written.
    #[error("cannot write: {0}")]
    Unwritable(#[from] io::Error),
    /// A file cannot be written.
    #[error("cannot write {name}: {source}")]
    Unwritten { name: String, source: io::Error },
    /// The store, or the rules, say no.
    #[error("{0}")]
    Declined(Box<Problem>),
    /// The command line asks for something that there is not.
    #[error("{0}")]
    Usage(String),
}

/// A question that cannot be answered, and where it came from.
#[derive(Debug, thiserror::Error)]
#[error("{name}{}: {problem}", place(.problem))]
pub(crate) struct Refusal {
    /// The file or stream.
    pub(crate) name: String,
    pub(crate) problem: Problem,
    /// The line of the text, where one is known to be at fault.
    pub(crate) excerpt: Option<String>,
}

impl Failure {
    /// What an error of a library says, with what is behind it.
    pub(crate) fn of(code: &'static str, error: &dyn Error) -> Failure {
        Failure::Declined(Box::new(problem_of(code, error)))
    }

    /// Says what happened, and gives the status to exit with.
    pub(crate) fn report(&self) -> ExitCode {
        // Somebody who reads no further (`quando ... | head`) has what they wanted.
        if let Failure::Unwritable(error) = self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            return ExitCode::SUCCESS;
        }
        note(&format!("error: {self}"));
        if let Failure::Refused(refusal) = self
            && let Some(excerpt) = &refusal.excerpt
        {
            note(excerpt);
        }
        let is_usage = matches!(self, Failure::Usage(_));
        if is_usage {
            ExitCode::from(2)
        } else {
            ExitCode::FAILURE
        }
    }
}

/// An error of a library and what is behind it, each once, as one message.
pub(crate) fn problem_of(code: &'static str, error: &dyn Error) -> Problem {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        let text = behind.to_string();
        if !message.ends_with(&text) {
            message += &format!(": {text}");
        }
        source = behind.source();
    }
    Problem {
        code,
        pointer: String::new(),
        message,
        position: None,
    }
}

fn place(problem: &Problem) -> String {
    let place = problem
        .position
        .map(|at| format!(":{}:{}", at.line, at.column));
    place.unwrap_or_default()
}

/// Appends a value as JSON.
pub(crate) fn print_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T, format: Format) {
    let printed = match format {
        Format::Compact => serde_json::to_writer(out, value),
        Format::Pretty => serde_json::to_writer_pretty(out, value),
    };
    printed.expect("a vector takes all bytes, and every key of an answer is a string");
}

/// Prints an answer.
pub(crate) fn print(out: &[u8]) -> Result<Outcome, Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(out)?;
    stdout.flush()?;
    Ok(Outcome::Answered)
}

/// Prints a document: as one line of JSON, or as text for people.
pub(crate) fn print_document<T: Serialize + ?Sized>(
    value: &T,
    human: bool,
    text: impl FnOnce(&T) -> String,
) -> Result<Outcome, Failure> {
    if human {
        return print(text(value).as_bytes());
    }
    let mut out = Vec::new();
    print_json(&mut out, value, Format::Compact);
    out.push(b'\n');
    print(&out)
}

/// Prints a list: a line of JSON for each item, or a table for people.
pub(crate) fn print_list<T: Serialize>(
    items: &[T],
    human: bool,
    text: impl FnOnce(&[T]) -> String,
) -> Result<Outcome, Failure> {
    if human {
        return print(text(items).as_bytes());
    }
    let mut out = Vec::new();
    for item in items {
        print_json(&mut out, item, Format::Compact);
        out.push(b'\n');
    }
    print(&out)
}

/// What others wrote must not steer the terminal.
pub(crate) fn one_line(text: &str) -> String {
    let clean = |each: char| if each.is_control() { ' ' } else { each };
    text.chars().map(clean).collect()
}

/// Says something beside the answer; that nobody listens is no reason to stop.
///
/// What others wrote is quoted in it, and must not steer the terminal.
pub(crate) fn note(text: &str) {
    let text = printable(text);
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A text without what steers a terminal, and not without end.
pub(crate) fn printable(text: &str) -> String {
    let clean = |each: char| {
        if each.is_control() && each != '\n' {
            ' '
        } else {
            each
        }
    };
    text.chars().take(NOTE_CHARS_MAX).map(clean).collect()
}
