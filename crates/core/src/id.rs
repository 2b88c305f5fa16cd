//! Names of things that the host owns: opaque, compared byte for byte.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::limits::ID_BYTES_MAX;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// An id has at least one character.
    #[error("an id is not empty")]
    Empty,
    /// An id has at most [`ID_BYTES_MAX`] bytes.
    #[error("an id has at most {ID_BYTES_MAX} bytes (limit `ID_BYTES_MAX`)")]
    TooLong,
    /// Control characters, NUL among them, cannot be stored everywhere.
    #[error("an id has no control characters")]
    Control,
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// 1 to 200 bytes of UTF-8 without control characters, shared by its copies; JSON form: a
        /// string.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text as an id.
            ///
            /// # Errors
            ///
            /// [`IdError`] when the text is empty, too long or has control characters.
            pub fn new(text: impl Into<String>) -> Result<$name, IdError> {
                checked(text.into()).map($name)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<$name, IdError> {
                checked(text).map($name)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdError;

            fn try_from(text: &str) -> Result<$name, IdError> {
                checked(text.to_owned()).map($name)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

id! {
    /// A resource: a person, room, device or seat pool that can be booked.
    ResourceId
}

id! {
    /// A service: what is booked, such as a haircut or a class.
    ServiceId
}

id! {
    /// A place that travel times lead between.
    PlaceId
}

id! {
    /// A provider: a person or a business that offers services and owns resources.
    ProviderId
}

id! {
    /// A customer: whoever books; of a guest, an id that the host makes up.
    CustomerId
}

id! {
    /// A booking, from its hold to its end.
    BookingId
}

id! {
    /// A dispute about a booking's money.
    DisputeId
}

id! {
    /// Who acted: the host's name for a person or a program.
    ActorId
}

id! {
    /// A series of bookings that were made together.
    SeriesId
}

id! {
    /// An entry of a waitlist.
    WaitlistEntryId
}

fn checked(text: String) -> Result<Arc<str>, IdError> {
    if text.is_empty() {
        Err(IdError::Empty)
    } else if text.len() > ID_BYTES_MAX {
        Err(IdError::TooLong)
    } else if text.chars().any(char::is_control) {
        Err(IdError::Control)
    } else {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_not_empty_not_endless_and_printable() {
        assert_eq!(ResourceId::new(""), Err(IdError::Empty));
        assert_eq!(ResourceId::new("é".repeat(101)), Err(IdError::TooLong));
        assert_eq!(ResourceId::new("a\0b"), Err(IdError::Control));
        assert_eq!(
            ResourceId::new("é".repeat(100)).unwrap().as_str().len(),
            200
        );
        assert!(serde_json::from_str::<ServiceId>("\"\"").is_err());
        assert_eq!(
            serde_json::from_str::<ServiceId>("\"cut\"")
                .unwrap()
                .as_str(),
            "cut"
        );
    }
}
