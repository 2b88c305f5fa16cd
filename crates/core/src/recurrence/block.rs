//! Recurrence sets as lines of iCalendar text.

use std::{
    fmt::{self, Display},
    str::FromStr,
};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::parse::{RuleError, read_compact_civil, read_compact_days};
use super::print::CompactCivil;
use super::rule::Rule;
use super::set::Recurrence;
use crate::limits::RECURRENCE_TEXT_BYTES_MAX;
use crate::time::civil::{DAY, civil_from_local, local_from_civil};
use crate::time::{Zone, ZoneError};

/// Why a text is no [`Recurrence`]. Lines are counted from 1, folded ones by where they begin;
/// values from the text are shortened to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecurrenceTextError {
    /// The text is longer than [`RECURRENCE_TEXT_BYTES_MAX`].
    #[error(
        "a recurrence has at most {RECURRENCE_TEXT_BYTES_MAX} bytes of text \
         (limit `RECURRENCE_TEXT_BYTES_MAX`)"
    )]
    TooLong,
    /// A line is not `NAME:VALUE` or `NAME;PARAMETER=VALUE:VALUE`.
    #[error("line {line}: expected a line such as `RRULE:FREQ=DAILY`, found `{text}`")]
    LineForm {
        /// The line.
        line: usize,
        /// What was found.
        text: String,
    },
    /// Only `DTSTART`, `RRULE`, `EXDATE` and `RDATE` say how something recurs.
    #[error("line {line}: expected `DTSTART`, `RRULE`, `EXDATE` or `RDATE`, found `{name}`")]
    UnknownProperty {
        /// The line.
        line: usize,
        /// What was found.
        name: String,
    },
    /// A parameter other than `TZID`, `VALUE=DATE` and `VALUE=DATE-TIME`, or one that does not fit.
    #[error("line {line}: parameter `{text}` is not supported")]
    Parameter {
        /// The line.
        line: usize,
        /// What was found.
        text: String,
    },
    /// A second `DTSTART` or `RRULE`.
    #[error("line {line}: `{name}` occurs twice")]
    Duplicate {
        /// The line.
        line: usize,
        /// The property.
        name: &'static str,
    },
    /// A date or time cannot be read, or is a date where `DTSTART` has a time or the reverse.
    #[error("line {line}: expected a date or time in the form of `DTSTART`, found `{text}`")]
    Time {
        /// The line.
        line: usize,
        /// What was found.
        text: String,
    },
    /// An instant is the second pass of a civil time in the start's zone, which has no civil form.
    #[error("line {line}: `{text}` has no civil time of its own in the zone of `DTSTART`")]
    NoCivilTime {
        /// The line.
        line: usize,
        /// What was found.
        text: String,
    },
    /// The rule is wrong; its error's offset counts within the value of `RRULE`.
    #[error("line {line}: {error}")]
    Rule {
        /// The line.
        line: usize,
        /// What is wrong.
        #[source]
        error: RuleError,
    },
    /// A `TZID` is no zone of the database.
    #[error("line {line}: {error}")]
    Zone {
        /// The line.
        line: usize,
        /// What is wrong.
        #[source]
        error: ZoneError,
    },
    /// There is no `DTSTART`.
    #[error("a recurrence needs `DTSTART`")]
    NoStart,
    /// `DTSTART` has neither `TZID` nor `Z` and no zone was given for that case.
    #[error("`DTSTART` has no time zone")]
    NoZone,
}

impl RecurrenceTextError {
    /// A stable code for machines, such as `recurrence-no-start`; that of a wrong rule is the
    /// rule's ([`RuleError::code`]).
    pub fn code(&self) -> &'static str {
        match self {
            RecurrenceTextError::TooLong => "recurrence-too-long",
            RecurrenceTextError::LineForm { .. } => "recurrence-line-form",
            RecurrenceTextError::UnknownProperty { .. } => "recurrence-unknown-property",
            RecurrenceTextError::Parameter { .. } => "recurrence-parameter",
            RecurrenceTextError::Duplicate { .. } => "recurrence-duplicate",
            RecurrenceTextError::Time { .. } => "recurrence-time",
            RecurrenceTextError::NoCivilTime { .. } => "recurrence-no-civil-time",
            RecurrenceTextError::Rule { error, .. } => error.code(),
            RecurrenceTextError::Zone { .. } => "recurrence-zone",
            RecurrenceTextError::NoStart => "recurrence-no-start",
            RecurrenceTextError::NoZone => "recurrence-no-zone",
        }
    }
}

impl Recurrence {
    /// Reads `DTSTART`, `RRULE`, `EXDATE` and `RDATE` lines (RFC 5545 section 3.8.5).
    ///
    /// Lines end in LF or CRLF, may be folded, and come in any order. A `DTSTART` without `TZID`
    /// and `Z` floats: it is read in the zone `floating`. Dates (`VALUE=DATE`) are midnights.
    /// `EXDATE`s and `RDATE`s of another zone become civil times of the start's zone.
    ///
    /// # Errors
    ///
    /// [`RecurrenceTextError`] with the line that is wrong.
    ///
    /// # Example
    ///
    /// ```
    /// use quando::recurrence::Recurrence;
    /// use quando::time::Zone;
    ///
    /// let text = "DTSTART;VALUE=DATE:20240301\r\nRRULE:FREQ=DAILY;COUNT=5\r\n";
    /// let recurrence = Recurrence::parse(text, Some(&Zone::new("Europe/Paris")?))?;
    /// assert_eq!(
    ///     recurrence.to_string(),
    ///     "DTSTART;TZID=Europe/Paris:20240301T000000\nRRULE:FREQ=DAILY;COUNT=5"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str, floating: Option<&Zone>) -> Result<Recurrence, RecurrenceTextError> {
        if text.len() > RECURRENCE_TEXT_BYTES_MAX {
            return Err(RecurrenceTextError::TooLong);
        }
        let mut reader = Reader::default();
        for (line, text) in unfold(text) {
            reader.read_line(line, &text)?;
        }
        reader.finish(floating)
    }
}

impl FromStr for Recurrence {
    type Err = RecurrenceTextError;

    /// As [`Recurrence::parse`], refusing a `DTSTART` without a zone.
    fn from_str(text: &str) -> Result<Recurrence, RecurrenceTextError> {
        Recurrence::parse(text, None)
    }
}

impl Display for Recurrence {
    /// Lines of iCalendar text, separated by LF and not folded, that read back to the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.whole_start();
        self.write_times(f, "DTSTART", &[start])?;
        if let Some(rule) = &self.rule {
            write!(f, "\nRRULE:{rule}")?;
        }
        if !self.exdates.is_empty() {
            self.write_times(f, "\nEXDATE", &self.exdates)?;
        }
        if !self.rdates.is_empty() {
            self.write_times(f, "\nRDATE", &self.rdates)?;
        }
        Ok(())
    }
}

impl Recurrence {
    fn write_times(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        times: &[NaiveDateTime],
    ) -> fmt::Result {
        let in_utc = self.zone.name() == "UTC";
        f.write_str(name)?;
        if !in_utc {
            write!(f, ";TZID={}", self.zone)?;
        }
        let mut separator = ':';
        for time in times {
            write!(f, "{separator}{}", CompactCivil(*time))?;
            if in_utc {
                f.write_str("Z")?;
            }
            separator = ',';
        }
        Ok(())
    }
}

/// Joins folded lines (RFC 5545 section 3.1) and leaves out empty ones.
fn unfold(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, folded))) => folded.push_str(rest),
            _ if line.is_empty() => {}
            _ => lines.push((index + 1, line.to_owned())),
        }
    }
    lines
}

#[derive(Default)]
struct Reader {
    start: Option<Stamp>,
    rule: Option<Rule>,
    exdates: Vec<Stamp>,
    rdates: Vec<Stamp>,
}

/// A date or time with the zone that it was written in.
#[derive(Clone)]
struct Stamp {
    line: usize,
    civil: NaiveDateTime,
    is_date: bool,
    zone: Option<Zone>,
    text: String,
}

impl Reader {
    fn read_line(&mut self, line: usize, text: &str) -> Result<(), RecurrenceTextError> {
        // The value of `TZID` may be quoted, but no zone has a colon in its name.
        let Some((head, value)) = text.split_once(':') else {
            return Err(RecurrenceTextError::LineForm {
                line,
                text: shorten(text),
            });
        };
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        match name.to_ascii_uppercase().as_str() {
            "DTSTART" => {
                let stamps = read_stamps(line, parameters, value)?;
                let [stamp] = stamps.as_slice() else {
                    return Err(RecurrenceTextError::Time {
                        line,
                        text: shorten(value),
                    });
                };
                set_once(&mut self.start, stamp.clone(), (line, "DTSTART"))
            }
            "RRULE" if parameters.is_empty() => {
                let rule = value
                    .parse()
                    .map_err(|error| RecurrenceTextError::Rule { line, error })?;
                set_once(&mut self.rule, rule, (line, "RRULE"))
            }
            "RRULE" => Err(RecurrenceTextError::Parameter {
                line,
                text: shorten(parameters),
            }),
            "EXDATE" => {
                self.exdates.extend(read_stamps(line, parameters, value)?);
                Ok(())
            }
            "RDATE" => {
                self.rdates.extend(read_stamps(line, parameters, value)?);
                Ok(())
            }
            _ => Err(RecurrenceTextError::UnknownProperty {
                line,
                name: shorten(name),
            }),
        }
    }

    fn finish(self, floating: Option<&Zone>) -> Result<Recurrence, RecurrenceTextError> {
        let start = self.start.ok_or(RecurrenceTextError::NoStart)?;
        let zone = start
            .zone
            .as_ref()
            .or(floating)
            .ok_or(RecurrenceTextError::NoZone)?
            .clone();
        let place = |stamps: &[Stamp]| {
            stamps
                .iter()
                .map(|stamp| stamp.place(&zone, start.is_date))
                .collect::<Result<_, _>>()
        };
        let (exdates, rdates) = (place(&self.exdates)?, place(&self.rdates)?);
        Ok(Recurrence {
            start: start.civil,
            zone,
            rule: self.rule,
            exdates,
            rdates,
        })
    }
}

impl Stamp {
    /// The civil time in the start's zone.
    fn place(&self, zone: &Zone, is_date: bool) -> Result<NaiveDateTime, RecurrenceTextError> {
        let line = self.line;
        if self.is_date != is_date {
            return Err(RecurrenceTextError::Time {
                line,
                text: shorten(&self.text),
            });
        }
        let Some(own) = self.zone.as_ref().filter(|own| *own != zone) else {
            return Ok(self.civil);
        };
        let instant: DateTime<Utc> = own.occurrence(self.civil);
        let civil = zone.civil(instant);
        if zone.occurrence(civil) == instant {
            Ok(civil)
        } else {
            Err(RecurrenceTextError::NoCivilTime {
                line,
                text: shorten(&self.text),
            })
        }
    }
}

fn set_once<T>(
    slot: &mut Option<T>,
    value: T,
    (line, name): (usize, &'static str),
) -> Result<(), RecurrenceTextError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(RecurrenceTextError::Duplicate { line, name }),
    }
}

fn read_stamps(
    line: usize,
    parameters: &str,
    value: &str,
) -> Result<Vec<Stamp>, RecurrenceTextError> {
    let mut zone = None;
    let mut date = None;
    for text in parameters.split(';').filter(|text| !text.is_empty()) {
        let refused = || RecurrenceTextError::Parameter {
            line,
            text: shorten(text),
        };
        let (name, value) = text.split_once('=').ok_or_else(refused)?;
        let value = value
            .strip_prefix('"')
            .and_then(|it| it.strip_suffix('"'))
            .unwrap_or(value);
        match (
            name.to_ascii_uppercase().as_str(),
            value.to_ascii_uppercase().as_str(),
        ) {
            ("TZID", _) if zone.is_none() => {
                let named = Zone::new(value);
                zone = Some(named.map_err(|error| RecurrenceTextError::Zone { line, error })?);
            }
            ("VALUE", "DATE") if date.is_none() => date = Some(true),
            ("VALUE", "DATE-TIME") if date.is_none() => date = Some(false),
            _ => return Err(refused()),
        }
    }
    let is_date = date.unwrap_or(false);
    value
        .split(',')
        .map(|text| read_stamp(line, text, (zone.clone(), is_date)))
        .collect()
}

fn read_stamp(
    line: usize,
    text: &str,
    (zone, is_date): (Option<Zone>, bool),
) -> Result<Stamp, RecurrenceTextError> {
    let refused = || RecurrenceTextError::Time {
        line,
        text: shorten(text),
    };
    let bytes = text.as_bytes();
    let (civil, zone) = match bytes {
        _ if is_date => {
            let days = read_compact_days(bytes).ok_or_else(refused)?;
            (civil_from_local(days * DAY), zone)
        }
        [civil @ .., b'Z' | b'z'] => {
            let civil = read_compact_civil(civil).ok_or_else(refused)?;
            if zone.is_some() {
                return Err(refused());
            }
            (civil, Some(Zone::utc()))
        }
        civil => (read_compact_civil(civil).ok_or_else(refused)?, zone),
    };
    debug_assert_eq!(
        civil_from_local(local_from_civil(civil)),
        civil,
        "whole seconds were read"
    );
    Ok(Stamp {
        line,
        civil,
        is_date,
        zone,
        text: shorten(text),
    })
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}
