//! Doing something once, however often it is asked: keys that clients send with a request, and the
//! judgement whether a request is new, a repetition, or another request under a used key.
//!
//! The host keeps a [`Record`] for each key, writes it in the transaction of the decision, and
//! keeps the answer beside it: a repetition gets the stored answer, byte for byte.

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::limits::IDEMPOTENCY_KEY_BYTES_MAX;

/// What a client names a request by: 1 to 255 printable ASCII characters. JSON form: a string.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(Box<str>);

/// The SHA-256 hash of a request's canonical JSON. JSON form: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestHash([u8; 32]);

/// What is kept of a request under its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// What was asked.
    pub hash: RequestHash,
    /// Whether it has been answered; while it has not, nobody knows how it ended.
    pub answered: bool,
}

/// What a request is to the record of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// Nobody has asked under this key: decide, and keep record and answer.
    New,
    /// The same was asked and answered: give the stored answer.
    Replay,
}

/// Why a request is not answered, or what is wrong with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdempotencyError {
    /// The text is no key.
    #[error("a key has 1 to {IDEMPOTENCY_KEY_BYTES_MAX} printable ASCII characters")]
    KeyMalformed,
    /// The text is no hash.
    #[error("a hash has 64 lower-case hexadecimal digits")]
    HashMalformed,
    /// Something else was asked under this key; nothing happens.
    #[error("another request was made with this key")]
    Mismatch,
    /// The same was asked under this key, and is not answered yet; ask again later.
    #[error("a request with this key is being answered")]
    InFlight,
}

impl IdempotencyError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            IdempotencyError::KeyMalformed => "idempotency-key",
            IdempotencyError::HashMalformed => "idempotency-hash",
            IdempotencyError::Mismatch => "idempotency-mismatch",
            IdempotencyError::InFlight => "idempotency-in-flight",
        }
    }
}

/// What a request is to the record of its key.
///
/// # Errors
///
/// [`IdempotencyError::Mismatch`] for another request under the same key, and
/// [`IdempotencyError::InFlight`] while the first has no answer. Neither changes anything.
///
/// # Example
///
/// ```
/// use quando::idempotency::{IdempotencyError, Judgement, Record, RequestHash, judge};
///
/// let hash = RequestHash::of(&("cancel", "b1"));
/// assert_eq!(judge(None, hash), Ok(Judgement::New));
/// let record = Record { hash, answered: true };
/// assert_eq!(judge(Some(&record), hash), Ok(Judgement::Replay));
/// let other = RequestHash::of(&("cancel", "b2"));
/// assert_eq!(judge(Some(&record), other), Err(IdempotencyError::Mismatch));
/// ```
pub fn judge(record: Option<&Record>, hash: RequestHash) -> Result<Judgement, IdempotencyError> {
    match record {
        None => Ok(Judgement::New),
        Some(record) if record.hash != hash => Err(IdempotencyError::Mismatch),
        Some(record) if !record.answered => Err(IdempotencyError::InFlight),
        Some(_) => Ok(Judgement::Replay),
    }
}

impl IdempotencyKey {
    /// Takes a text as a key.
    ///
    /// # Errors
    ///
    /// [`IdempotencyError::KeyMalformed`] when the text is empty, too long, or has a character that
    /// is not printable ASCII.
    pub fn new(text: impl Into<String>) -> Result<IdempotencyKey, IdempotencyError> {
        let text = text.into();
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if printable && (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len()) {
            Ok(IdempotencyKey(text.into_boxed_str()))
        } else {
            Err(IdempotencyError::KeyMalformed)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = IdempotencyError;

    fn try_from(text: String) -> Result<IdempotencyKey, IdempotencyError> {
        IdempotencyKey::new(text)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> String {
        key.0.into()
    }
}

impl RequestHash {
    /// The hash of a request, whatever the order of its fields and the space between them were.
    ///
    /// # Panics
    ///
    /// When the request has no JSON form, as maps with other keys than strings have none.
    pub fn of(request: &impl Serialize) -> RequestHash {
        let value = serde_json::to_value(request).expect("requests have a JSON form");
        let mut text = String::new();
        write_canonical(&mut text, &value);
        RequestHash(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Display for RequestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RequestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for RequestHash {
    type Error = IdempotencyError;

    fn try_from(text: String) -> Result<RequestHash, IdempotencyError> {
        let wrong = IdempotencyError::HashMalformed;
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(wrong),
        };
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| wrong)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? * 16 + digit(pair[1])?;
        }
        Ok(RequestHash(bytes))
    }
}

impl From<RequestHash> for String {
    fn from(hash: RequestHash) -> String {
        hash.to_string()
    }
}

/// JSON without space, the fields of each object in the order of their names (RFC 8785, of which
/// fractions play no part here: no request has any).
fn write_canonical(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write_canonical(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (place, (name, field)) in fields.into_iter().enumerate() {
                let comma = if place > 0 { "," } else { "" };
                let name = Value::String(name.clone());
                write!(out, "{comma}{name}:").expect("writing to a string does not fail");
                write_canonical(out, field);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            write!(out, "{value}").expect("writing to a string does not fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_short_and_printable() {
        let check = |text: &str, fits: bool| {
            assert_eq!(IdempotencyKey::new(text).is_ok(), fits, "{text:?}");
        };
        check("", false);
        check("a", true);
        check("order 17/retry~", true);
        check(&"k".repeat(255), true);
        check(&"k".repeat(256), false);
        check("a\nb", false);
        check("\u{7f}", false);
        check("schlüssel", false);
    }

    #[test]
    fn a_hash_is_that_of_the_canonical_text() {
        // printf '{"a":[1,{"b":"x"}],"c":null}' | sha256sum
        let expected = "7b4f4fff1587ebd9222c9f12e13581b6ecbdfdaa4897b294aea278f660c4b057";
        let one = json!({"c": null, "a": [1, {"b": "x"}]});
        let text = "{ \"a\": [1, {\"b\": \"x\"}], \"c\": null }";
        let other: Value = serde_json::from_str(text).unwrap();
        assert_eq!(RequestHash::of(&one), RequestHash::of(&other));
        assert_eq!(RequestHash::of(&one).to_string(), expected);
    }

    #[test]
    fn other_requests_have_other_hashes() {
        let requests = [
            json!({"a": 1}),
            json!({"a": "1"}),
            json!({"a": null}),
            json!({}),
            json!([{"a": 1}]),
            json!({"a": 1, "b": []}),
        ];
        for (place, one) in requests.iter().enumerate() {
            for other in &requests[..place] {
                assert_ne!(RequestHash::of(one), RequestHash::of(other));
            }
        }
    }

    #[test]
    fn a_request_is_answered_once() {
        let (hash, other) = (RequestHash::of(&1), RequestHash::of(&2));
        let record = |answered: bool| Record { hash, answered };
        let rows = [
            (None, hash, Ok(Judgement::New)),
            (Some(record(true)), hash, Ok(Judgement::Replay)),
            (Some(record(false)), hash, Err(IdempotencyError::InFlight)),
            (Some(record(true)), other, Err(IdempotencyError::Mismatch)),
            (Some(record(false)), other, Err(IdempotencyError::Mismatch)),
        ];
        for (record, asked, expected) in rows {
            assert_eq!(judge(record.as_ref(), asked), expected, "{record:?}");
        }
    }

    #[test]
    fn a_hash_reads_back() {
        let hash = RequestHash::of(&"x");
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<RequestHash>(&text).unwrap(), hash);
        let upper = text.to_uppercase();
        assert!(serde_json::from_str::<RequestHash>(&upper).is_err());
        assert!(serde_json::from_str::<RequestHash>("\"00\"").is_err());
    }
}
