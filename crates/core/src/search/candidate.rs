use std::fmt;
use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Point, SearchError, ServiceArea};
use crate::id::ProviderId;
use crate::limits::ID_BYTES_MAX;
use crate::money::Money;
use crate::review::RatingSummary;
use crate::time::text::serde_form;
use crate::time::{Interval, IntervalError};

/// A provider that a search may find, with everything that a search may ask for.
///
/// The JSON form has these fields in camelCase; only `id` is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Candidate {
    /// Who it is; no two candidates have the same id.
    pub id: ProviderId,
    /// What they are called; a word of it weighs more than one of `text`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What is written about them: descriptions, names of services, key words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Point>,
    /// Where they go; without it, nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_area: Option<ServiceArea>,
    /// What they do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Tag>,
    /// What they speak.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageTag>,
    /// What else they have: parking, a step-free entrance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Tag>,
    /// What they cost, or the least of it; not negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// How they were rated.
    #[serde(default, skip_serializing_if = "is_unrated")]
    pub ratings: RatingSummary,
    /// Whether the host has verified who they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// When they have time, in any order: what the host knows without asking the engine. One opening
    /// that begins with the first free start is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<Opening>,
}

impl Candidate {
    /// A candidate of whom nothing else is known.
    pub fn new(id: ProviderId) -> Candidate {
        Candidate {
            id,
            name: String::new(),
            text: String::new(),
            location: None,
            service_area: None,
            categories: Vec::new(),
            languages: Vec::new(),
            attributes: Vec::new(),
            price: None,
            ratings: RatingSummary::default(),
            verified: false,
            openings: Vec::new(),
        }
    }
}

/// Time that a provider has free without a break. JSON form: `{"start","end","seats":1}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OpeningFields", into = "OpeningFields")]
pub struct Opening {
    /// From when to when.
    pub interval: Interval,
    /// For how many throughout; 1 unless said otherwise.
    pub seats: NonZeroU32,
}

/// A category or an attribute: 1 to 200 bytes without control characters, compared byte for byte.
/// JSON form: a string.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(Box<str>);

/// A language by its tag (BCP 47), such as `en` or `pt-BR`. JSON form: a string.
///
/// Only the form is checked: parts of 1 to 8 letters or digits, joined by hyphens, 35 characters
/// at most. Case is kept and makes no difference.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(Box<str>);

impl Tag {
    /// Takes a text as a category or an attribute.
    ///
    /// # Errors
    ///
    /// [`SearchError::Form`].
    pub fn new(text: impl Into<String>) -> Result<Tag, SearchError> {
        let text = text.into();
        let fits = (1..=ID_BYTES_MAX).contains(&text.len());
        if !fits || text.chars().any(char::is_control) {
            return Err(SearchError::TAG);
        }
        Ok(Tag(text.into_boxed_str()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LanguageTag {
    /// Takes a tag.
    ///
    /// # Errors
    ///
    /// [`SearchError::Form`].
    pub fn new(tag: impl Into<String>) -> Result<LanguageTag, SearchError> {
        let tag = tag.into();
        let well_formed = tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if !well_formed || tag.len() > 35 {
            return Err(SearchError::LANGUAGE);
        }
        Ok(LanguageTag(tag.into_boxed_str()))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a language is this one or a variety of it (RFC 4647, basic filtering): `en` covers
    /// `en-GB`, and `en-GB` does not cover `en`.
    ///
    /// # Example
    ///
    /// ```
    /// use quando::search::LanguageTag;
    ///
    /// let english = LanguageTag::new("en")?;
    /// assert!(english.covers(&LanguageTag::new("EN-gb")?));
    /// assert!(!english.covers(&LanguageTag::new("enm")?));
    /// # Ok::<(), quando::search::SearchError>(())
    /// ```
    pub fn covers(&self, other: &LanguageTag) -> bool {
        let (range, tag) = (self.0.as_bytes(), other.0.as_bytes());
        let Some((start, rest)) = tag.split_at_checked(range.len()) else {
            return false;
        };
        start.eq_ignore_ascii_case(range) && matches!(rest.first(), None | Some(b'-'))
    }
}

fn is_unrated(ratings: &RatingSummary) -> bool {
    *ratings == RatingSummary::default()
}

macro_rules! text_form {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = SearchError;

            fn try_from(text: String) -> Result<$name, SearchError> {
                $name::new(&*text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }
    };
}

text_form!(Tag);
text_form!(LanguageTag);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpeningFields {
    #[serde(with = "serde_form::instant")]
    start: DateTime<Utc>,
    #[serde(with = "serde_form::instant")]
    end: DateTime<Utc>,
    #[serde(default = "one_seat", skip_serializing_if = "is_one_seat")]
    seats: NonZeroU32,
}

fn one_seat() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn is_one_seat(seats: &NonZeroU32) -> bool {
    *seats == NonZeroU32::MIN
}

impl TryFrom<OpeningFields> for Opening {
    type Error = IntervalError;

    fn try_from(fields: OpeningFields) -> Result<Opening, IntervalError> {
        Ok(Opening {
            interval: Interval::new(fields.start, fields.end)?,
            seats: fields.seats,
        })
    }
}

impl From<Opening> for OpeningFields {
    fn from(opening: Opening) -> OpeningFields {
        OpeningFields {
            start: opening.interval.start(),
            end: opening.interval.end(),
            seats: opening.seats,
        }
    }
}
