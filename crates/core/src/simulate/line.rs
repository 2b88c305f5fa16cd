use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Setting;
use crate::booking::{Actor, Command};
use crate::id::BookingId;
use crate::idempotency::IdempotencyKey;
use crate::time::text::serde_form;

/// One line of a story.
///
/// JSON form: exactly one of `note`, `set`, `command`, `tick`, `show` and `preview`; all but the
/// first two with the instant `at`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "LineFields")]
#[non_exhaustive]
pub enum Line {
    /// Words for whoever reads the story.
    Note(String),
    /// What there is: new parts, and others in the place of those of the same name.
    Set(Box<Setting>),
    /// Somebody wants something of a booking.
    Command {
        /// When.
        at: DateTime<Utc>,
        /// Of which booking.
        booking: BookingId,
        /// What.
        command: Box<Command>,
        /// The request's key, for requests that may be repeated.
        key: Option<IdempotencyKey>,
    },
    /// Time has passed: everything that is due by now is fired.
    Tick {
        /// What time it is.
        at: DateTime<Utc>,
    },
    /// How does a booking stand?
    Show {
        /// When.
        at: DateTime<Utc>,
        /// Which booking.
        booking: BookingId,
    },
    /// What would a cancellation give back?
    Preview {
        /// When.
        at: DateTime<Utc>,
        /// Of which booking.
        booking: BookingId,
        /// By whom.
        by: Actor,
    },
}

/// Why fields make no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// A line does one thing.
    #[error("a line has one of `note`, `set`, `command`, `tick`, `show` and `preview`")]
    NotOneThing,
    /// Only what happens has an instant.
    #[error("`at` is missing")]
    AtMissing,
    /// A field that belongs to other lines.
    #[error("`{0}` does not belong to this line")]
    Misplaced(&'static str),
    /// A command is about a booking.
    #[error("`booking` is missing")]
    BookingMissing,
    /// A preview is somebody's.
    #[error("`by` is missing")]
    ByMissing,
    /// Time passes or is not spoken of.
    #[error("`tick` is `true`")]
    NoTick,
    /// The booking of the line and that of its command are the same.
    #[error("`booking` and `command.wanted.booking` differ")]
    BookingsDiffer,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct LineFields {
    note: Option<String>,
    #[serde(with = "serde_form::optional_instant")]
    at: Option<DateTime<Utc>>,
    set: Option<Box<Setting>>,
    booking: Option<BookingId>,
    command: Option<Box<Command>>,
    key: Option<IdempotencyKey>,
    tick: Option<bool>,
    show: Option<BookingId>,
    preview: Option<BookingId>,
    by: Option<Actor>,
}

impl TryFrom<LineFields> for Line {
    type Error = LineError;

    fn try_from(fields: LineFields) -> Result<Line, LineError> {
        fields.check_places()?;
        let at = fields.at;
        let when = || at.ok_or(LineError::AtMissing);
        if let Some(note) = fields.note {
            return Ok(Line::Note(note));
        }
        if let Some(setting) = fields.set {
            return Ok(Line::Set(setting));
        }
        match (fields.command, fields.tick, fields.show, fields.preview) {
            (Some(command), ..) => {
                let booking = fields.booking.ok_or(LineError::BookingMissing)?;
                if wanted(&command).is_some_and(|wanted| *wanted != booking) {
                    return Err(LineError::BookingsDiffer);
                }
                Ok(Line::Command {
                    at: when()?,
                    booking,
                    command,
                    key: fields.key,
                })
            }
            (_, Some(tick), ..) => {
                let at = when()?;
                tick.then_some(Line::Tick { at }).ok_or(LineError::NoTick)
            }
            (.., Some(booking), _) => {
                let at = when()?;
                Ok(Line::Show { at, booking })
            }
            (.., Some(booking)) => {
                let (at, by) = (when()?, fields.by.ok_or(LineError::ByMissing)?);
                Ok(Line::Preview { at, booking, by })
            }
            (None, None, None, None) => Err(LineError::NotOneThing),
        }
    }
}

impl LineFields {
    fn check_places(&self) -> Result<(), LineError> {
        let things = [
            self.note.is_some(),
            self.set.is_some(),
            self.command.is_some(),
            self.tick.is_some(),
            self.show.is_some(),
            self.preview.is_some(),
        ];
        if things.into_iter().filter(|there| *there).count() != 1 {
            return Err(LineError::NotOneThing);
        }
        if self.at.is_some() && (self.note.is_some() || self.set.is_some()) {
            return Err(LineError::Misplaced("at"));
        }
        let commands = self.command.is_some();
        if self.booking.is_some() && !commands {
            return Err(LineError::Misplaced("booking"));
        }
        if self.key.is_some() && !commands {
            return Err(LineError::Misplaced("key"));
        }
        if self.by.is_some() && self.preview.is_none() {
            return Err(LineError::Misplaced("by"));
        }
        Ok(())
    }
}

/// The booking that a command is to begin.
fn wanted(command: &Command) -> Option<&BookingId> {
    match command {
        Command::Hold(command) => Some(&command.wanted.booking),
        Command::Create(command) => command.wanted.as_ref().map(|wanted| &wanted.booking),
        _ => None,
    }
}
