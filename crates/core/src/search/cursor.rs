use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SearchError;
use super::order::{Key, Value};
use super::query::SearchQuery;
use crate::limits::ID_BYTES_MAX;

/// Where a page of a search ended, as a text to hand back for the next one. JSON form: a string.
///
/// It holds the place of the last hit in the order (its id and what it was ordered by), and a check
/// that binds it to the search: its text, origin, currency, filter and sort, but not the length of
/// its pages. The check keeps honest callers from mixing up searches. It is no secret: whoever makes
/// a cursor up gets another page of what they may see anyway.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(Box<[u8]>);

const FORMAT: u8 = 1;
const CHECK_BYTES: usize = 8;
/// The format, whether there is a value, its two numbers, and the check; the id is between.
const FIXED_BYTES: usize = 1 + 1 + 16 + CHECK_BYTES;

impl Cursor {
    /// Reads a cursor that a page came with.
    ///
    /// # Errors
    ///
    /// [`SearchError::CursorForm`] for any other text. Whether it belongs to a search turns out when
    /// that is run.
    pub fn new(text: &str) -> Result<Cursor, SearchError> {
        let error = SearchError::CursorForm;
        let digits = text.as_bytes();
        if !digits.len().is_multiple_of(2) || digits.len() / 2 > FIXED_BYTES + ID_BYTES_MAX {
            return Err(error);
        }
        let bytes: Option<Box<[u8]>> = digits
            .chunks_exact(2)
            .map(|pair| Some(16 * digit(pair[0])? + digit(pair[1])?))
            .collect();
        let bytes = bytes.ok_or(error.clone())?;
        let well_formed = bytes.len() > FIXED_BYTES && bytes[0] == FORMAT && bytes[1] < 2;
        if !well_formed || std::str::from_utf8(&bytes[18..bytes.len() - CHECK_BYTES]).is_err() {
            return Err(error);
        }
        Ok(Cursor(bytes))
    }

    pub(super) fn after(key: &Key<'_>, query: &SearchQuery) -> Cursor {
        let mut bytes = vec![FORMAT, u8::from(key.value.is_some())];
        let numbers = key.value.map_or([0, 0], Value::to_numbers);
        bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        bytes.extend(key.id.as_bytes());
        bytes.extend(check(&bytes, query));
        Cursor(bytes.into())
    }

    /// The mean of ratings of the last hit before it, rounded down to millionths of a star: where to
    /// go on reading candidates that are kept in the order of their ratings. None of a search by
    /// something else, and after a hit without ratings.
    ///
    /// # Errors
    ///
    /// [`SearchError::CursorOfOther`] when it belongs to another search.
    pub fn rating_micros(&self, query: &SearchQuery) -> Result<Option<u64>, SearchError> {
        let value = self.key(query)?.value;
        Ok(match value {
            Some(Value::Rating(mean)) => {
                let micros = u128::from(mean.sum()) * 1_000_000 / u128::from(mean.count());
                u64::try_from(micros).ok()
            }
            _ => None,
        })
    }

    /// The place that it stands for, in the order of a search.
    pub(super) fn key(&self, query: &SearchQuery) -> Result<Key<'_>, SearchError> {
        let (content, own_check) = self.0.split_at(self.0.len() - CHECK_BYTES);
        if check(content, query) != own_check {
            return Err(SearchError::CursorOfOther);
        }
        let number = |at: usize| {
            let bytes = content[at..at + 8].try_into();
            u64::from_be_bytes(bytes.expect("the slice has eight bytes"))
        };
        let numbers = [number(2), number(10)];
        let value = match content[1] {
            0 if numbers == [0, 0] => None,
            1 => Some(
                Value::from_numbers(query.sort.by, numbers).ok_or(SearchError::CursorOfOther)?,
            ),
            _ => return Err(SearchError::CursorOfOther),
        };
        let id = std::str::from_utf8(&content[18..]).expect("checked when the cursor was made");
        Ok(Key { value, id })
    }
}

/// What binds the content of a cursor to a search.
fn check(content: &[u8], query: &SearchQuery) -> [u8; CHECK_BYTES] {
    let SearchQuery {
        text,
        origin,
        currency,
        filter,
        sort,
        limit: _,
        after: _,
    } = query;
    let search = serde_json::to_vec(&(text, origin, currency, filter, sort))
        .expect("a query has string keys and no failing parts");
    let mut digest = Sha256::new();
    digest.update(b"quando search 1");
    digest.update(content);
    digest.update(search);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest.finalize()[..CHECK_BYTES]);
    check
}

/// A hexadecimal digit, in lower case only: a cursor has one text.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}

impl TryFrom<String> for Cursor {
    type Error = SearchError;

    fn try_from(text: String) -> Result<Cursor, SearchError> {
        Cursor::new(&text)
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> String {
        cursor.to_string()
    }
}
