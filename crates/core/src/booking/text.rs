//! Short texts that people write: reasons and notes.

use serde::{Deserialize, Serialize};

use crate::limits::NOTE_BYTES_MAX;

/// A reason or a note: at most [`NOTE_BYTES_MAX`] bytes, without control characters but line breaks
/// and tabs.
///
/// JSON form: a string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Note(Box<str>);

/// Why a text is no [`Note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is longer than a note may be.
    #[error("a note has at most {NOTE_BYTES_MAX} bytes (limit `NOTE_BYTES_MAX`)")]
    TooLong,
    /// Control characters, NUL among them, cannot be stored everywhere.
    #[error("a note has no control characters but line breaks and tabs")]
    Control,
}

impl NoteError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            NoteError::TooLong => "note-too-long",
            NoteError::Control => "note-control",
        }
    }
}

impl Note {
    /// Takes a text as a note.
    ///
    /// # Errors
    ///
    /// [`NoteError`] when the text is too long or has control characters.
    pub fn new(text: impl Into<String>) -> Result<Note, NoteError> {
        let text = text.into();
        if text.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.chars().any(control) {
            return Err(NoteError::Control);
        }
        Ok(Note(text.into_boxed_str()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing but white space in it.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl TryFrom<String> for Note {
    type Error = NoteError;

    fn try_from(text: String) -> Result<Note, NoteError> {
        Note::new(text)
    }
}

impl From<Note> for String {
    fn from(note: Note) -> String {
        note.0.into()
    }
}
