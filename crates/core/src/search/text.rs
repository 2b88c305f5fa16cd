use std::fmt;

use serde::{Deserialize, Serialize};

use super::SearchError;
use crate::limits::SEARCH_TEXT_BYTES_MAX;

/// What a customer types to search for: one word at least. JSON form: a string.
///
/// A word is a run of letters and digits. Case makes no difference (`STRASSE` is `straße`); accents
/// do, and texts are not normalised. Each word has to be the beginning of a word in a candidate's
/// name or text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchText {
    text: Box<str>,
    words: Box<[Box<str>]>,
}

/// How much a match counts: a whole word before a beginning, the name before the text.
const WHOLE_IN_NAME: u32 = 4;
const BEGINNING_IN_NAME: u32 = 3;
const WHOLE_IN_TEXT: u32 = 2;
const BEGINNING_IN_TEXT: u32 = 1;

impl SearchText {
    /// Takes what was typed.
    ///
    /// # Errors
    ///
    /// [`SearchError::TextTooLong`] and [`SearchError::NoWord`].
    pub fn new(text: impl Into<String>) -> Result<SearchText, SearchError> {
        let text = text.into();
        if text.len() > SEARCH_TEXT_BYTES_MAX {
            return Err(SearchError::TextTooLong);
        }
        let mut words = Vec::new();
        each_word(&text, |word| words.push(word.into()));
        words.sort_unstable();
        words.dedup();
        if words.is_empty() {
            return Err(SearchError::NoWord);
        }
        Ok(SearchText {
            text: text.into(),
            words: words.into(),
        })
    }

    /// What was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How well a name and a text match, or nothing when a word is in neither.
    pub(super) fn score(&self, name: &str, text: &str) -> Option<u32> {
        let mut best = vec![0; self.words.len()];
        let mut weigh = |source: &str, whole: u32, beginning: u32| {
            each_word(source, |word| {
                for (wanted, best) in self.words.iter().zip(&mut best) {
                    if let Some(rest) = word.strip_prefix(&**wanted) {
                        let score = if rest.is_empty() { whole } else { beginning };
                        *best = score.max(*best);
                    }
                }
            });
        };
        weigh(name, WHOLE_IN_NAME, BEGINNING_IN_NAME);
        weigh(text, WHOLE_IN_TEXT, BEGINNING_IN_TEXT);
        (!best.contains(&0)).then(|| best.iter().sum())
    }
}

/// Calls `take` with each word of a text, in one case.
fn each_word(text: &str, mut take: impl FnMut(&str)) {
    let mut folded = String::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        folded.clear();
        // There and back again, for letters that differ in one case only: `ß` and `ss`, `ς` and `σ`.
        let upper = word.chars().flat_map(char::to_uppercase);
        folded.extend(upper.flat_map(char::to_lowercase));
        if !folded.is_empty() {
            take(&folded);
        }
    }
}

impl TryFrom<String> for SearchText {
    type Error = SearchError;

    fn try_from(text: String) -> Result<SearchText, SearchError> {
        SearchText::new(text)
    }
}

impl From<SearchText> for String {
    fn from(text: SearchText) -> String {
        text.text.into()
    }
}

impl fmt::Debug for SearchText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_by_their_beginnings_in_any_case() {
        let check = |wanted: &str, name: &str, text: &str, expected: Option<u32>| {
            let wanted = SearchText::new(wanted).unwrap();
            assert_eq!(wanted.score(name, text), expected, "{wanted:?}");
        };
        check("cut", "Cut & Go", "", Some(4));
        check("cut", "Cutting", "a cut", Some(3));
        check("cut", "Ana", "Haircut, cut", Some(2));
        check("cut", "Ana", "cutting hair", Some(1));
        check("cut", "Ana", "Haircut", None);
        check("cut hair", "Hair", "cutting", Some(5));
        check("cut hair", "Hair", "dressing", None);
        // A word that is typed twice counts once.
        check("hair, HAIR!", "hair", "hair", Some(4));
        check("STRASSE", "straße", "", Some(4));
        check("ΟΔΟΣ", "οδος", "", Some(4));
        check("cafe", "Café", "", None);
        check("2", "Studio 21", "", Some(3));
        // What was typed is a word only as a whole: `go` and `d` both match, `god` does not.
        check("go-d", "Goal", "Design", Some(4));
    }

    #[test]
    fn a_text_without_words_or_without_end_is_refused() {
        for text in ["", " ", "?!", "—"] {
            assert_eq!(SearchText::new(text), Err(SearchError::NoWord), "{text}");
        }
        let long = "a".repeat(SEARCH_TEXT_BYTES_MAX);
        assert!(SearchText::new(long.as_str()).is_ok());
        assert_eq!(SearchText::new(long + "a"), Err(SearchError::TextTooLong));
    }
}
