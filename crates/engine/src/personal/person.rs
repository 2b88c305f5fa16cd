use std::fmt;

use quando::id::{ActorId, CustomerId, IdError};
use serde::{Deserialize, Serialize};

use super::{EmailAddress, PersonName, PersonNotes, PhoneNumber};

/// Whose data it is: of a customer, the text of its [`CustomerId`].
///
/// 1 to 200 bytes of UTF-8 without control characters; JSON form: a string. It stays in bookings and
/// books after the person was erased, so it should say nothing about the person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(ActorId);

impl PersonId {
    /// Takes a text as an id.
    ///
    /// # Errors
    ///
    /// [`IdError`] when the text is empty, too long or has control characters.
    pub fn new(text: impl Into<String>) -> Result<PersonId, IdError> {
        ActorId::new(text).map(PersonId)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<&CustomerId> for PersonId {
    fn from(customer: &CustomerId) -> PersonId {
        PersonId::new(customer.as_str()).expect("all ids have the same form")
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What is known of a person. Everything may be missing.
///
/// Its memory is wiped when it is dropped, and its `Debug` form says nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalData {
    /// How the person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Where mail goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// Where calls go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// What else is good to know, such as an allergy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<PersonNotes>,
}

impl PersonalData {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == PersonalData::default()
    }
}

impl fmt::Debug for PersonalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalData(..)")
    }
}
