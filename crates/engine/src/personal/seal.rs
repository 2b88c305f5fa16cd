use std::fmt;

use quando::id::BookingId;
use zeroize::Zeroizing;

use super::bytes::{KeyBytes, NONCE_BYTES, TAG_BYTES, decrypt, encrypt, joined};
use super::{PersonId, PersonalData};
use crate::Entropy;

/// Why something sealed cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The data key is wrapped by a master key that is not in the ring.
    #[error("the master key `{name}` is not configured")]
    KeyUnknown {
        /// The master key's name.
        name: String,
    },
    /// The bytes are not those that were sealed, or belong to another person, purpose or key.
    #[error("the sealed bytes were changed, moved, or sealed with another key")]
    Tampered,
    /// The bytes have not the form of anything sealed, or hold something else than was looked for.
    #[error("the bytes are not of a sealed form")]
    Malformed,
    /// The bytes were written in a form that this version does not know.
    #[error("the sealed bytes have the form {found}, which this version does not know")]
    Version {
        /// The form's number.
        found: u8,
    },
}

impl SealError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            SealError::KeyUnknown { .. } => "master-key-unknown",
            SealError::Tampered => "sealed-tampered",
            SealError::Malformed => "sealed-malformed",
            SealError::Version { .. } => "sealed-version",
        }
    }
}

/// What a sealed text is for, such as `profile` or `note/booking-7/1`: a text that was sealed for one
/// purpose cannot be opened for another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purpose(String);

impl Purpose {
    /// The person's [`PersonalData`].
    pub fn profile() -> Purpose {
        Purpose("profile".to_owned())
    }

    /// A note on a booking, with its number there.
    pub fn note(booking: &BookingId, number: u32) -> Purpose {
        // The number has no stroke, so the last stroke ends the id, whatever is in it.
        Purpose(format!("note/{booking}/{number}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key that one person's data is sealed with: 32 random bytes.
///
/// Its memory is wiped when it is dropped. It is stored as a [`SealedKey`] only.
pub struct DataKey {
    person: PersonId,
    bytes: KeyBytes,
}

impl DataKey {
    /// A new key for a person.
    pub fn new(person: PersonId, entropy: &(impl Entropy + ?Sized)) -> DataKey {
        let mut bytes = Box::new(Zeroizing::new([0; 32]));
        entropy.fill(&mut bytes[..]);
        DataKey { person, bytes }
    }

    /// Whose data it seals.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// Seals a text, bound to the person and the purpose.
    pub fn seal(
        &self,
        purpose: &Purpose,
        plain: &[u8],
        entropy: &(impl Entropy + ?Sized),
    ) -> Sealed {
        Sealed(encrypt(
            &self.bytes,
            &self.bound_to(purpose),
            plain,
            entropy,
        ))
    }

    /// Opens a text that was sealed for the same person and purpose.
    ///
    /// # Errors
    ///
    /// [`SealError::Tampered`] when it was sealed for another one or with another key, or a bit of
    /// it differs.
    pub fn open(
        &self,
        purpose: &Purpose,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        decrypt(&self.bytes, &self.bound_to(purpose), &sealed.0).ok_or(SealError::Tampered)
    }

    /// Seals what is known of the person, for [`Purpose::profile`].
    pub fn seal_profile(&self, data: &PersonalData, entropy: &(impl Entropy + ?Sized)) -> Sealed {
        let mut text = Zeroizing::new(Vec::with_capacity(PROFILE_BYTES_MAX));
        serde_json::to_writer(&mut *text, data).expect("texts have a JSON form");
        self.seal(&Purpose::profile(), &text, entropy)
    }

    /// Opens what is known of the person.
    ///
    /// # Errors
    ///
    /// As [`DataKey::open`], and [`SealError::Malformed`] when something else is sealed there.
    pub fn open_profile(&self, sealed: &Sealed) -> Result<PersonalData, SealError> {
        let text = self.open(&Purpose::profile(), sealed)?;
        // The reader's words could quote the text, so they go no further.
        serde_json::from_slice(&text).map_err(|_| SealError::Malformed)
    }

    pub(super) fn from_bytes(person: PersonId, plain: &[u8]) -> Result<DataKey, SealError> {
        let mut bytes = Box::new(Zeroizing::new([0; 32]));
        if plain.len() != bytes.len() {
            return Err(SealError::Malformed);
        }
        bytes.copy_from_slice(plain);
        Ok(DataKey { person, bytes })
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    fn bound_to(&self, purpose: &Purpose) -> Vec<u8> {
        joined(&[
            b"quando sealed text",
            &[VERSION],
            self.person.as_str().as_bytes(),
            purpose.as_str().as_bytes(),
        ])
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// A sealed text: what a store keeps.
///
/// As bytes: the form's number 1, the nonce of 24 bytes, the text, and a tag of 16 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[VERSION], &self.0[..]].concat()
    }
}

impl TryFrom<&[u8]> for Sealed {
    type Error = SealError;

    fn try_from(bytes: &[u8]) -> Result<Sealed, SealError> {
        let rest = versioned(bytes)?;
        if rest.len() < NONCE_BYTES + TAG_BYTES {
            return Err(SealError::Malformed);
        }
        Ok(Sealed(rest.to_vec()))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A data key that a master key has wrapped: what a store keeps, and deletes to erase the person.
///
/// As bytes: the form's number 1, the length of the master key's name and the name, the nonce of
/// 24 bytes, the key, and a tag of 16 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey {
    pub(super) master: String,
    pub(super) sealed: Vec<u8>,
}

impl SealedKey {
    /// The name of the master key that wrapped it.
    pub fn master_key(&self) -> &str {
        &self.master
    }

    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = u8::try_from(self.master.len()).expect("a name is short");
        [&[VERSION, length], self.master.as_bytes(), &self.sealed].concat()
    }

    /// What a wrapped key is bound to.
    pub(super) fn bound_to(master: &str, person: &PersonId) -> Vec<u8> {
        joined(&[
            b"quando data key",
            &[VERSION],
            master.as_bytes(),
            person.as_str().as_bytes(),
        ])
    }
}

impl TryFrom<&[u8]> for SealedKey {
    type Error = SealError;

    fn try_from(bytes: &[u8]) -> Result<SealedKey, SealError> {
        let (&length, rest) = versioned(bytes)?
            .split_first()
            .ok_or(SealError::Malformed)?;
        let (name, sealed) = rest
            .split_at_checked(usize::from(length))
            .ok_or(SealError::Malformed)?;
        let name = str::from_utf8(name).map_err(|_| SealError::Malformed)?;
        if !is_master_key_name(name) || sealed.len() != NONCE_BYTES + 32 + TAG_BYTES {
            return Err(SealError::Malformed);
        }
        Ok(SealedKey {
            master: name.to_owned(),
            sealed: sealed.to_vec(),
        })
    }
}

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedKey(by `{}`)", self.master)
    }
}

/// Whether a text may name a master key: 1 to 32 of `a-z`, `0-9` and `-`.
pub(super) fn is_master_key_name(name: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=32).contains(&name.len()) && name.bytes().all(fits)
}

fn versioned(bytes: &[u8]) -> Result<&[u8], SealError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        Some((&found, _)) => Err(SealError::Version { found }),
        None => Err(SealError::Malformed),
    }
}

/// The form of what is sealed; also bound into it, so that a later form cannot be passed off as
/// this one.
const VERSION: u8 = 1;

/// More than the JSON form of the longest [`PersonalData`] has, so that writing it never leaves a
/// copy behind in a buffer that was too small: twice the 494 bytes of name, address and number, for
/// escapes, four for each of the 2,000 characters of the notes, and the names of the fields.
const PROFILE_BYTES_MAX: usize = 10_000;
