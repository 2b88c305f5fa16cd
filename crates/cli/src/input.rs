//! What comes in: documents and lines of JSON, and what is wrong with them.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use quando::availability::{Query, QueryError, QueryFault};
use quando::time::parse_instant;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::output::{Failure, Refusal, note};

/// Longest line and largest document, in bytes: what a program has to hold in memory at once. A
/// question at the engine's own limits, with a million busy times, takes about as much.
pub(crate) const INPUT_BYTES_MAX: usize = 64 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is wrong with a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// A stable code for programs, in kebab case.
    pub(crate) code: &'static str,
    /// RFC 6901 pointer to the field; empty for the whole document.
    pub(crate) pointer: String,
    /// What is wrong with it.
    pub(crate) message: String,
    /// Where in the text, when that is known.
    #[serde(skip)]
    pub(crate) position: Option<Position>,
}

/// A place in a text, both numbers from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            code,
            pointer: String::new(),
            message: message.into(),
            position: None,
        }
    }

    pub(crate) fn at(self, pointer: impl Into<String>) -> Problem {
        Problem {
            pointer: pointer.into(),
            ..self
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Problem {
        let position = match error.fault {
            QueryFault::Malformed { position, .. } => position,
            _ => None,
        };
        Problem {
            position: position.map(|(line, column)| Position { line, column }),
            ..Problem::new(error.fault.code(), error.fault.to_string()).at(error.pointer)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "`{}`: ", self.pointer)?;
        }
        write!(f, "{} ({})", self.message, self.code)
    }
}

/// Reads a JSON text of a known form.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    quando::json::parse(text).map_err(Problem::from)
}

/// Reads a question.
pub(crate) fn parse_query(text: &str) -> Result<Query, Problem> {
    parse(text)
}

/// An instant as questions have it: RFC 3339, whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Instant, String> {
        parse_instant(text)
            .map(Instant)
            .map_err(|error| error.to_string())
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| de::Error::custom(format_args!("`{text}`: {error}")))
    }
}

/// Where questions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// `-`, or nothing, is standard input.
    pub(crate) fn new(file: Option<&Path>) -> Source {
        match file {
            Some(path) if path != Path::new("-") => Source::File(path.to_owned()),
            _ => Source::Stdin,
        }
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Read>, Failure> {
        match self {
            Source::Stdin => {
                let stdin = io::stdin();
                if stdin.is_terminal() {
                    note("reading from the terminal; end with Ctrl-D, or give a FILE");
                }
                Ok(Box::new(stdin.lock()))
            }
            Source::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(self.unreadable(error)),
            },
        }
    }

    /// The whole text, for a source that is one document.
    pub(crate) fn read_document(&self) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        let limited = self.open()?.take(INPUT_BYTES_MAX as u64 + 1);
        BufReader::new(limited)
            .read_to_end(&mut bytes)
            .map_err(|error| self.unreadable(error))?;
        if bytes.len() > INPUT_BYTES_MAX {
            return Err(self.refused(too_long("document"), ""));
        }
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            self.refused(not_utf8(valid), "")
        })
    }

    pub(crate) fn unreadable(&self, source: io::Error) -> Failure {
        Failure::Unreadable {
            name: self.to_string(),
            source,
        }
    }

    /// That the document `text` of this source cannot be answered.
    pub(crate) fn refused(&self, problem: Problem, text: &str) -> Failure {
        let excerpt = problem
            .position
            .and_then(|position| excerpt(text, position));
        Failure::Refused(Box::new(Refusal {
            name: self.to_string(),
            problem,
            excerpt,
        }))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Stdin => f.write_str("standard input"),
            Source::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Lines of a stream, one at a time, none of them larger than [`INPUT_BYTES_MAX`].
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R) -> Lines<R> {
        Lines {
            reader: BufReader::with_capacity(64 * 1024, reader),
            line: Vec::new(),
            number: 0,
        }
    }

    /// The next line that is not blank, with its number from 1; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Result<&str, Problem>)>> {
        loop {
            self.line.clear();
            let Some(fits) = self.read_line()? else {
                return Ok(None);
            };
            self.number += 1;
            if !fits {
                return Ok(Some((self.number, Err(too_long("line")))));
            }
            if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let text = std::str::from_utf8(&self.line);
        Ok(Some((
            self.number,
            text.map_err(|error| not_utf8(error.valid_up_to())),
        )))
    }

    /// Whether the next line has been read already, so that it can be answered without waiting.
    pub(crate) fn has_line_ready(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }

    /// Reads up to the end of the line or of the stream. The rest of a line that is too long is
    /// skipped without keeping it. `None` when nothing is left.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        let (mut fits, mut is_end) = (true, true);
        loop {
            let chunk = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                return Ok((!is_end).then_some(fits));
            }
            is_end = false;
            let newline = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..newline.unwrap_or(chunk.len())];
            fits &= self.line.len() + part.len() <= INPUT_BYTES_MAX;
            if fits {
                self.line.extend_from_slice(part);
            }
            let taken = newline.map_or(chunk.len(), |at| at + 1);
            self.reader.consume(taken);
            if newline.is_some() {
                return Ok(Some(fits));
            }
        }
    }
}

fn too_long(what: &str) -> Problem {
    Problem::new(
        "too-long",
        format!("a {what} has at most {INPUT_BYTES_MAX} bytes"),
    )
}

fn not_utf8(valid_up_to: usize) -> Problem {
    Problem::new("not-utf8", format!("not UTF-8 after {valid_up_to} bytes"))
}

/// The line of a position with a caret under its column; of a long line, what is around it.
fn excerpt(text: &str, position: Position) -> Option<String> {
    const AROUND: usize = 50;
    let line = text.lines().nth(position.line.checked_sub(1)?)?;
    let bytes = position.column.saturating_sub(1).min(line.len());
    // The column counts bytes.
    let column = line
        .char_indices()
        .take_while(|(at, _)| *at < bytes)
        .count();
    let from = column.saturating_sub(AROUND);
    let clean = |each: char| if each.is_control() { ' ' } else { each };
    let part: String = line
        .chars()
        .skip(from)
        .take(2 * AROUND)
        .map(clean)
        .collect();
    let number = position.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(column - from);
    Some(format!(
        "{margin} |\n{number} | {part}\n{margin} | {indent}^"
    ))
}
