//! Codes and tokens, made from random bytes that the host supplies.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a customer reads out at the door: six capital letters and digits, none of which looks like
/// another (no `I`, `O`, `0` or `1`). JSON form: a string.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConfirmationCode([u8; 6]);

/// 32 characters, so that five random bits choose one of them evenly.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The text is no confirmation code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a confirmation code has six characters of A-Z and 2-9 without I and O")]
pub struct ConfirmationCodeError;

impl ConfirmationCodeError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        "confirmation-code"
    }
}

impl ConfirmationCode {
    /// The code that random bytes stand for; all 2^30 codes are equally likely.
    ///
    /// # Example
    ///
    /// ```
    /// use quando::booking::ConfirmationCode;
    ///
    /// assert_eq!(ConfirmationCode::from_seed([0, 0, 0, 1]).to_string(), "AAAAAB");
    /// ```
    pub fn from_seed(seed: [u8; 4]) -> ConfirmationCode {
        let bits = u32::from_be_bytes(seed);
        let character = |place: u32| ALPHABET[(bits >> (5 * place)) as usize % ALPHABET.len()];
        ConfirmationCode([5, 4, 3, 2, 1, 0].map(character))
    }

    /// Reads a code.
    ///
    /// # Errors
    ///
    /// [`ConfirmationCodeError`] when the text is none.
    pub fn parse(text: &str) -> Result<ConfirmationCode, ConfirmationCodeError> {
        let bytes: [u8; 6] = text
            .as_bytes()
            .try_into()
            .map_err(|_| ConfirmationCodeError)?;
        if bytes.iter().all(|byte| ALPHABET.contains(byte)) {
            Ok(ConfirmationCode(bytes))
        } else {
            Err(ConfirmationCodeError)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }
}

impl fmt::Display for ConfirmationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ConfirmationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl TryFrom<String> for ConfirmationCode {
    type Error = ConfirmationCodeError;

    fn try_from(text: String) -> Result<ConfirmationCode, ConfirmationCodeError> {
        ConfirmationCode::parse(&text)
    }
}

impl From<ConfirmationCode> for String {
    fn from(code: ConfirmationCode) -> String {
        code.as_str().to_owned()
    }
}

/// The secret that makes a hold its holder's: 32 random bytes of the host. JSON form: 64 lower-case
/// hexadecimal digits. Only a hash of it is kept.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HoldToken([u8; 32]);

/// The text is no token of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token has 64 lower-case hexadecimal digits")]
pub struct HoldTokenError;

impl HoldTokenError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        "hold-token"
    }
}

impl HoldToken {
    /// A token of random bytes.
    pub fn new(bytes: [u8; 32]) -> HoldToken {
        HoldToken(bytes)
    }

    /// What is kept of it.
    pub fn hash(&self) -> HoldTokenHash {
        HoldTokenHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for HoldToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HoldToken(..)")
    }
}

impl TryFrom<String> for HoldToken {
    type Error = HoldTokenError;

    fn try_from(text: String) -> Result<HoldToken, HoldTokenError> {
        from_hex(&text).map(HoldToken).ok_or(HoldTokenError)
    }
}

impl From<HoldToken> for String {
    fn from(token: HoldToken) -> String {
        to_hex(&token.0)
    }
}

/// The SHA-256 hash of a [`HoldToken`]. JSON form: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HoldTokenHash([u8; 32]);

impl fmt::Debug for HoldTokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl TryFrom<String> for HoldTokenHash {
    type Error = HoldTokenError;

    fn try_from(text: String) -> Result<HoldTokenHash, HoldTokenError> {
        from_hex(&text).map(HoldTokenHash).ok_or(HoldTokenError)
    }
}

impl From<HoldTokenHash> for String {
    fn from(hash: HoldTokenHash) -> String {
        to_hex(&hash.0)
    }
}

fn to_hex(bytes: &[u8; 32]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string does not fail");
            text
        })
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: Vec<u8> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |sum, d| sum * 16 + d))
        .collect();
    (digits.len() == 64).then_some(())?;
    bytes.try_into().ok()
}
