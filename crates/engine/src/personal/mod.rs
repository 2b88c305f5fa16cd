//! Personal data, sealed with a key for each person.
//!
//! A person's data is sealed with that person's [`DataKey`], and the data key is wrapped by a master
//! key of the operator into a [`SealedKey`]. Stores keep sealed texts and sealed keys only.
//! To erase a person is to delete the one sealed key: from then on nothing that was sealed with it
//! can be opened, in no table, log or backup that lacks the key.
//!
//! Everything here takes values and returns values; random bytes come from [`crate::Entropy`].
//!
//! # Example
//!
//! ```
//! use quando_engine::SystemEntropy;
//! use quando_engine::personal::{DataKey, MasterKeys, PersonId, PersonalData};
//!
//! let text = format!("2026-11:{},index:{}", "0f".repeat(16) + &"a1".repeat(16), "5b7e".repeat(16));
//! let keys = MasterKeys::parse(&text)?;
//! let person = PersonId::new("customer-17")?;
//! let key = DataKey::new(person.clone(), &SystemEntropy);
//! let data = PersonalData {
//!     name: Some("Ada".try_into()?),
//!     ..PersonalData::default()
//! };
//! let sealed = key.seal_profile(&data, &SystemEntropy);
//! let sealed_key = keys.wrap(&key, &SystemEntropy);
//!
//! let key = keys.unwrap(&person, &sealed_key)?;
//! assert_eq!(key.open_profile(&sealed)?, data);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod index;
mod master;
mod person;
mod seal;
#[cfg(test)]
mod tests;
mod text;

pub use index::BlindIndex;
pub use master::{MasterKeys, MasterKeysError};
pub use person::{PersonId, PersonalData};
pub use seal::{DataKey, Purpose, SealError, Sealed, SealedKey};
pub use text::{EmailAddress, PersonName, PersonNotes, PersonalTextError, PhoneNumber};
