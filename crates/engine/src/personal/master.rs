use std::fmt;

use super::bytes::{KeyBytes, decrypt, encrypt, key_from_hex};
use super::index::{BlindIndex, derivation_key, derived, email_index, email_index_key};
use super::seal::is_master_key_name;
use super::{DataKey, PersonId, SealError, SealedKey};
use crate::Entropy;

/// Why the text of the master keys is not accepted. It never tells a key, nor what stands where a
/// name should: somebody may have swapped the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeysError {
    /// An entry is not a name, a colon and a key.
    #[error("entry {place} of the master keys is not of the form `name:key`")]
    Entry {
        /// Which one, from 1 on.
        place: usize,
    },
    /// A name is not 1 to 32 of `a-z`, `0-9` and `-`.
    #[error("entry {place} of the master keys has no name of 1 to 32 of `a-z`, `0-9` and `-`")]
    Name {
        /// Which one, from 1 on.
        place: usize,
    },
    /// A key is not 64 hexadecimal digits.
    #[error("entry {place} of the master keys has no key of 64 hexadecimal digits")]
    Key {
        /// Which one, from 1 on.
        place: usize,
    },
    /// A key is the same byte over and over, as in an example that was left in place.
    #[error("entry {place} of the master keys repeats one byte and is no key")]
    Placeholder {
        /// Which one, from 1 on.
        place: usize,
    },
    /// Two entries have the same name, or the same key.
    #[error("entries {first} and {second} of the master keys have the same name or key")]
    Twice {
        /// Which one, from 1 on.
        first: usize,
        /// Which other one.
        second: usize,
    },
    /// There is no entry `index`.
    #[error("the master keys lack an entry `index`")]
    IndexMissing,
    /// There is no entry but `index`.
    #[error("the master keys have no entry but `index`")]
    CurrentMissing,
    /// There are more entries than a rotation needs.
    #[error("there are at most {MASTER_KEYS_MAX} entries of master keys")]
    TooMany,
}

impl MasterKeysError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            MasterKeysError::Entry { .. } => "master-keys-entry",
            MasterKeysError::Name { .. } => "master-keys-name",
            MasterKeysError::Key { .. } => "master-keys-key",
            MasterKeysError::Placeholder { .. } => "master-keys-placeholder",
            MasterKeysError::Twice { .. } => "master-keys-twice",
            MasterKeysError::IndexMissing => "master-keys-index-missing",
            MasterKeysError::CurrentMissing => "master-keys-current-missing",
            MasterKeysError::TooMany => "master-keys-too-many",
        }
    }
}

/// The operator's master keys: the current one wraps and unwraps, the others only unwrap. With them
/// is the key of the [`BlindIndex`], which stays when master keys change.
///
/// Memory of the keys is wiped when it is dropped, and the `Debug` form tells names only.
pub struct MasterKeys {
    current: MasterKey,
    others: Vec<MasterKey>,
    email_index: KeyBytes,
    /// What secrets are derived from that need not be stored; it stays as well.
    derivation: KeyBytes,
}

struct MasterKey {
    name: String,
    bytes: KeyBytes,
}

impl MasterKeys {
    /// Reads the configuration's text: `name:key[,name:key…],index:key`, each key 64 hexadecimal
    /// digits. The first key is the current one; the entry `index` may stand anywhere.
    ///
    /// # Errors
    ///
    /// [`MasterKeysError`], which names the entry that is wrong.
    pub fn parse(text: &str) -> Result<MasterKeys, MasterKeysError> {
        let mut entries: Vec<MasterKey> = Vec::new();
        for (index, entry) in text.trim().split(',').enumerate() {
            let place = index + 1;
            if place > MASTER_KEYS_MAX {
                return Err(MasterKeysError::TooMany);
            }
            let entry = MasterKey::parse(entry.trim(), place)?;
            let same = |other: &MasterKey| other.name == entry.name || other.bytes == entry.bytes;
            if let Some(first) = entries.iter().position(same) {
                let (first, second) = (first + 1, place);
                return Err(MasterKeysError::Twice { first, second });
            }
            entries.push(entry);
        }
        let index = entries.iter().position(|entry| entry.name == INDEX);
        let index = entries.remove(index.ok_or(MasterKeysError::IndexMissing)?);
        if entries.is_empty() {
            return Err(MasterKeysError::CurrentMissing);
        }
        Ok(MasterKeys {
            current: entries.remove(0),
            others: entries,
            email_index: email_index_key(&index.bytes),
            derivation: derivation_key(&index.bytes),
        })
    }

    /// The name of the key that wraps.
    pub fn current(&self) -> &str {
        &self.current.name
    }

    /// Wraps a person's data key with the current master key.
    pub fn wrap(&self, key: &DataKey, entropy: &(impl Entropy + ?Sized)) -> SealedKey {
        let MasterKey { name, bytes } = &self.current;
        let bound_to = SealedKey::bound_to(name, key.person());
        SealedKey {
            master: name.clone(),
            sealed: encrypt(bytes, &bound_to, key.bytes(), entropy),
        }
    }

    /// Unwraps a person's data key, with whichever master key wrapped it.
    ///
    /// # Errors
    ///
    /// [`SealError::KeyUnknown`] when that key is not in the ring, and [`SealError::Tampered`] when
    /// the sealed key is another person's or a bit of it differs.
    pub fn unwrap(&self, person: &PersonId, key: &SealedKey) -> Result<DataKey, SealError> {
        let mut ring = std::iter::once(&self.current).chain(&self.others);
        let master = ring.find(|each| each.name == key.master);
        let master = master.ok_or_else(|| SealError::KeyUnknown {
            name: key.master.clone(),
        })?;
        let bound_to = SealedKey::bound_to(&master.name, person);
        let plain = decrypt(&master.bytes, &bound_to, &key.sealed).ok_or(SealError::Tampered)?;
        DataKey::from_bytes(person.clone(), &plain)
    }

    /// Whether the current master key wrapped it: if not, it is due to be wrapped again.
    pub fn is_current(&self, key: &SealedKey) -> bool {
        key.master == self.current.name
    }

    /// Wraps a sealed key again with the current master key. The data key in it stays as it is, and
    /// so does everything that was sealed with it.
    ///
    /// # Errors
    ///
    /// As [`MasterKeys::unwrap`].
    pub fn rewrap(
        &self,
        person: &PersonId,
        key: &SealedKey,
        entropy: &(impl Entropy + ?Sized),
    ) -> Result<SealedKey, SealError> {
        Ok(self.wrap(&self.unwrap(person, key)?, entropy))
    }

    /// What a person with this e-mail address is looked up by. White space around it and capital
    /// letters make no difference.
    pub fn blind_index(&self, email: &str) -> BlindIndex {
        email_index(&self.email_index, email)
    }

    /// A secret that follows from a purpose and a text, such as the token of a hold from its id:
    /// who asks again gets the same, and it is stored nowhere. It outlives changes of the master
    /// keys.
    pub fn derive(&self, purpose: &str, text: &str) -> [u8; 32] {
        derived(&self.derivation, purpose, text)
    }
}

impl MasterKey {
    fn parse(entry: &str, place: usize) -> Result<MasterKey, MasterKeysError> {
        let (name, key) = entry
            .split_once(':')
            .ok_or(MasterKeysError::Entry { place })?;
        if !is_master_key_name(name) {
            return Err(MasterKeysError::Name { place });
        }
        let bytes = key_from_hex(key).ok_or(MasterKeysError::Key { place })?;
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(MasterKeysError::Placeholder { place });
        }
        Ok(MasterKey {
            name: name.to_owned(),
            bytes,
        })
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.others.iter().map(|each| each.name.as_str());
        f.debug_struct("MasterKeys")
            .field("current", &self.current.name)
            .field("others", &others.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The name of the entry that is no master key.
const INDEX: &str = "index";

/// Most entries: two are needed while keys are rotated, and the index's.
const MASTER_KEYS_MAX: usize = 16;
