use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use zeroize::{Zeroize, Zeroizing};

/// Why a text about a person is not accepted. It never tells the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PersonalTextError {
    /// There is nothing but white space in it.
    #[error("a {what} is not blank")]
    Blank {
        /// What it was to be.
        what: &'static str,
    },
    /// It is too long.
    #[error("a {what} has at most {max} {unit}")]
    TooLong {
        /// What it was to be.
        what: &'static str,
        /// How long it may be.
        max: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// Control characters, NUL among them, cannot be stored and shown everywhere.
    #[error("a {what} has no control characters")]
    Control {
        /// What it was to be.
        what: &'static str,
    },
    /// The text has not the form of an address.
    #[error("an e-mail address has one `@`, something on both sides of it, and no spaces")]
    Email,
}

impl PersonalTextError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            PersonalTextError::Blank { .. } => "personal-text-blank",
            PersonalTextError::TooLong { .. } => "personal-text-too-long",
            PersonalTextError::Control { .. } => "personal-text-control",
            PersonalTextError::Email => "personal-email",
        }
    }
}

macro_rules! personal_text {
    ($(#[$meta:meta])* $name:ident, $check:expr) => {
        $(#[$meta])*
        ///
        /// Kept as it was given. JSON form: a string. Its memory is wiped when it is dropped, and
        /// its `Debug` form says nothing.
        #[derive(Clone, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes a text.
            ///
            /// # Errors
            ///
            /// [`PersonalTextError`] when the text is blank, too long or of another form.
            pub fn new(text: impl Into<String>) -> Result<$name, PersonalTextError> {
                let text = Zeroizing::new(text.into());
                let check: fn(&str) -> Result<(), PersonalTextError> = $check;
                check(&text)?;
                Ok($name(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = PersonalTextError;

            fn try_from(text: String) -> Result<$name, PersonalTextError> {
                $name::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = PersonalTextError;

            fn try_from(text: &str) -> Result<$name, PersonalTextError> {
                $name::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl Zeroize for $name {
            fn zeroize(&mut self) {
                self.0.zeroize();
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

personal_text! {
    /// A person's name: at most 200 bytes, without control characters.
    PersonName, |text| line(text, "name", 200)
}

personal_text! {
    /// An e-mail address: at most 254 bytes, with one `@` and no spaces.
    ///
    /// Whether mail arrives there is found out by sending some; the form is checked no further.
    EmailAddress, |text| {
        line(text, "mail address", 254)?;
        let mut parts = text.split('@');
        let whole = parts.by_ref().take(2).filter(|part| !part.is_empty()).count() == 2;
        if whole && parts.next().is_none() && !text.contains(char::is_whitespace) {
            Ok(())
        } else {
            Err(PersonalTextError::Email)
        }
    }
}

personal_text! {
    /// A telephone number: at most 40 bytes, without control characters.
    PhoneNumber, |text| line(text, "phone number", 40)
}

personal_text! {
    /// Notes about a person: at most 2,000 characters, without control characters but line breaks.
    PersonNotes, |text| {
        let what = "note about a person";
        let max = 2_000;
        if text.chars().count() > max {
            return Err(PersonalTextError::TooLong { what, max, unit: "characters" });
        }
        readable(text, what, |c| c == '\n')
    }
}

fn line(text: &str, what: &'static str, max: usize) -> Result<(), PersonalTextError> {
    if text.len() > max {
        let unit = "bytes";
        return Err(PersonalTextError::TooLong { what, max, unit });
    }
    readable(text, what, |_| false)
}

fn readable(
    text: &str,
    what: &'static str,
    allowed: fn(char) -> bool,
) -> Result<(), PersonalTextError> {
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        Err(PersonalTextError::Control { what })
    } else if text.trim().is_empty() {
        Err(PersonalTextError::Blank { what })
    } else {
        Ok(())
    }
}
