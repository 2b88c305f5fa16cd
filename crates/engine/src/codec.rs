//! Bookings and events as they are stored: their JSON, with the terms, which many of them share,
//! replaced by their hash.
//!
//! A service's terms are the larger part of a booking's JSON and of its first event's. They are
//! stored once for each provider, under the hash of their own JSON. In the text `"terms":{…}`
//! becomes `"terms":"#<hash>"`; no text of a user can look like that, for its quotes are escaped.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use quando::booking::{Booking, Event, Terms};
use quando::id::ProviderId;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::audit::Hash;
use crate::limits::{HINTS_MAX, TERMS_REMEMBERED_MAX};
use crate::refusal::Refusal;

const FIELD: &str = "\"terms\":";
const REFERENCE: &str = "\"terms\":\"#";
const HASH_DIGITS: usize = 64;

/// Terms by their hash, as far as they were seen.
#[derive(Debug, Default)]
pub(crate) struct TermsMemory {
    inner: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    texts: HashMap<Hash, Arc<str>>,
    /// Texts of terms that are in memory, by where they lie; each is held, so that it stays there.
    by_place: HashMap<usize, (Arc<Terms>, TermsText)>,
    /// Which provider's store is known to have which.
    stored: HashMap<(ProviderId, Hash), ()>,
}

/// Terms with their text and its hash.
#[derive(Clone, Debug)]
pub(crate) struct TermsText {
    pub(crate) hash: Hash,
    pub(crate) text: Arc<str>,
}

impl TermsText {
    pub(crate) fn of(terms: &Terms) -> TermsText {
        let text = serde_json::to_string(terms).expect("terms have a JSON form");
        TermsText {
            hash: Hash(Sha256::digest(text.as_bytes()).into()),
            text: text.into(),
        }
    }
}

impl TermsMemory {
    /// Remembers a text.
    pub(crate) fn remember(&self, terms: &TermsText) {
        let mut inner = self.lock();
        if inner.texts.len() >= TERMS_REMEMBERED_MAX {
            inner.texts.clear();
        }
        inner.texts.insert(terms.hash, Arc::clone(&terms.text));
    }

    /// The text of terms; remembered, for the same ones come with every booking of a service.
    pub(crate) fn text_of(&self, terms: &Arc<Terms>) -> TermsText {
        let place = Arc::as_ptr(terms).addr();
        if let Some((_, text)) = self.lock().by_place.get(&place) {
            return text.clone();
        }
        let text = TermsText::of(terms);
        self.remember(&text);
        let mut inner = self.lock();
        if inner.by_place.len() >= TERMS_REMEMBERED_MAX {
            inner.by_place.clear();
        }
        inner
            .by_place
            .insert(place, (Arc::clone(terms), text.clone()));
        text
    }

    /// Whether a provider's terms are known to be stored.
    pub(crate) fn is_stored(&self, provider: &ProviderId, hash: Hash) -> bool {
        let key = (provider.clone(), hash);
        self.lock().stored.contains_key(&key)
    }

    /// Notes that they are.
    pub(crate) fn mark_stored(&self, provider: &ProviderId, hash: Hash) {
        let mut inner = self.lock();
        if inner.stored.len() >= HINTS_MAX {
            inner.stored.clear();
        }
        inner.stored.insert((provider.clone(), hash), ());
    }

    fn text(&self, hash: Hash) -> Option<Arc<str>> {
        self.lock().texts.get(&hash).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        // What is remembered stays whole when a thread panics: each change is one insertion.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A text with all of its terms written out.
    ///
    /// # Errors
    ///
    /// [`Refusal::TermsUnknown`] when some have not been seen yet.
    pub(crate) fn expand(&self, stored: &[u8]) -> Result<String, Refusal> {
        let text = std::str::from_utf8(stored).map_err(|_| corrupt("a text is not UTF-8"))?;
        let mut expanded = String::with_capacity(text.len() + 2_048);
        let mut rest = text;
        while let Some(at) = rest.find(REFERENCE) {
            let digits = rest.get(at + REFERENCE.len()..at + REFERENCE.len() + HASH_DIGITS);
            let hash = digits
                .and_then(parse_hash)
                .ok_or_else(|| corrupt("a reference to terms has no hash"))?;
            let terms = self.text(hash).ok_or(Refusal::TermsUnknown(hash))?;
            expanded.push_str(&rest[..at]);
            expanded.push_str(FIELD);
            expanded.push_str(&terms);
            // The closing quote goes with the digits.
            rest = rest
                .get(at + REFERENCE.len() + HASH_DIGITS + 1..)
                .unwrap_or_default();
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    /// Reads a stored booking.
    pub(crate) fn booking(&self, stored: &[u8]) -> Result<Booking, Refusal> {
        self.read(stored)
    }

    /// Reads stored events.
    pub(crate) fn read<T: DeserializeOwned>(&self, stored: &[u8]) -> Result<T, Refusal> {
        let text = self.expand(stored)?;
        serde_json::from_str(&text).map_err(|error| corrupt(&error.to_string()))
    }
}

/// A booking as it is stored.
pub(crate) fn store_booking(booking: &Booking, terms: &TermsText) -> Bytes {
    let text = serde_json::to_string(booking).expect("a booking has a JSON form");
    intern(text, terms)
}

/// Events as they are stored.
pub(crate) fn store_events(body: &JournalBody<'_>, terms: &TermsText) -> Bytes {
    let text = serde_json::to_string(body).expect("events have a JSON form");
    intern(text, terms)
}

/// What the journal says of a booking's change.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalBody<'a> {
    pub(crate) events: &'a [Event],
    /// Ratings of the provider that are seen with this change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ratings: Vec<quando::review::Rating>,
}

/// The same, read.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookingEvents {
    /// What happened.
    pub events: Vec<Event>,
    /// Ratings of the provider that are seen with this change.
    #[serde(default)]
    pub ratings: Vec<quando::review::Rating>,
}

/// The text with the terms replaced by their hash, wherever they stand.
fn intern(text: String, terms: &TermsText) -> Bytes {
    let mut stored = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(FIELD) {
        let (before, field) = rest.split_at(at);
        stored.push_str(before);
        match field[FIELD.len()..].strip_prefix(&*terms.text) {
            Some(after) => {
                write!(stored, "{REFERENCE}{}\"", terms.hash).expect("writing to a string");
                rest = after;
            }
            None => {
                stored.push_str(FIELD);
                rest = &field[FIELD.len()..];
            }
        }
    }
    if stored.is_empty() {
        return text.into();
    }
    stored.push_str(rest);
    stored.into()
}

fn parse_hash(digits: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(Hash(bytes))
}

pub(crate) fn corrupt(what: &str) -> Refusal {
    Refusal::Corrupt(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> TermsText {
        TermsText {
            hash: Hash(Sha256::digest(text.as_bytes()).into()),
            text: text.into(),
        }
    }

    #[test]
    fn terms_go_and_come_back_byte_for_byte() {
        let memory = TermsMemory::default();
        let terms = terms(r#"{"price":1}"#);
        memory.remember(&terms);
        let check = |text: &str, references: usize| {
            let stored = intern(text.to_owned(), &terms);
            let found = std::str::from_utf8(&stored).unwrap();
            assert_eq!(found.matches(REFERENCE).count(), references, "{found}");
            assert_eq!(memory.expand(&stored).unwrap(), text);
        };
        check(r#"{"id":"b","terms":{"price":1},"x":2}"#, 1);
        check(r#"[{"terms":{"price":1}},{"terms":{"price":1}}]"#, 2);
        check(r#"{"terms":{"price":2}}"#, 0);
        check(r#"{"terms":{"price":1},"terms":{"price":2}}"#, 1);
        check(r#"{"id":"without"}"#, 0);
        check("", 0);
    }

    #[test]
    fn what_people_write_is_no_reference() {
        let memory = TermsMemory::default();
        let hash = Hash([7; 32]);
        let note = format!("\"terms\":\"#{hash}\"");
        let text = serde_json::to_string(&serde_json::json!({ "notes": note })).unwrap();
        assert_eq!(memory.expand(text.as_bytes()).unwrap(), text);
    }

    #[test]
    fn terms_that_are_not_known_are_asked_for() {
        let memory = TermsMemory::default();
        let terms = terms("{}");
        let stored = intern(r#"{"terms":{}}"#.to_owned(), &terms);
        let refusal = memory.expand(&stored).unwrap_err();
        assert!(matches!(refusal, Refusal::TermsUnknown(hash) if hash == terms.hash));
    }

    #[test]
    fn what_is_no_text_of_ours_is_told_and_does_no_harm() {
        let memory = TermsMemory::default();
        let check = |stored: &[u8]| {
            assert!(matches!(memory.expand(stored), Err(Refusal::Corrupt(_))));
        };
        check(br##"{"terms":"#"##);
        check(b"{\"terms\":\"#zz\"}");
        check(format!("{{\"terms\":\"#{}\"}}", "é".repeat(32)).as_bytes());
        check(&[0xff, 0xfe]);
    }
}
