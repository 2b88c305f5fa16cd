use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::bytes::KeyBytes;

/// What a person is looked up by in place of the e-mail address: 16 bytes that only the holder of
/// the index key can compute from the address, and nobody the other way.
///
/// Equal addresses have equal indexes, so an index tells that two people share an address; it goes
/// when the person is erased.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlindIndex([u8; 16]);

impl BlindIndex {
    /// Takes bytes that a store kept.
    pub fn new(bytes: [u8; 16]) -> BlindIndex {
        BlindIndex(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(..)")
    }
}

/// The key for indexes of e-mail addresses. The configured key makes no index itself, so that it
/// can give keys for other indexes later.
pub(super) fn email_index_key(index_key: &KeyBytes) -> KeyBytes {
    key_for(index_key, b"quando blind index e-mail 1")
}

/// The key for secrets that are derived.
pub(super) fn derivation_key(index_key: &KeyBytes) -> KeyBytes {
    key_for(index_key, b"quando derived secrets 1")
}

fn key_for(index_key: &KeyBytes, label: &[u8]) -> KeyBytes {
    let derived = mac(index_key, label);
    let mut key = Box::new(Zeroizing::new([0; 32]));
    key.copy_from_slice(&derived[..]);
    key
}

/// A secret for a purpose and a text; the length keeps the two apart.
pub(super) fn derived(key: &KeyBytes, purpose: &str, text: &str) -> [u8; 32] {
    let message = format!("{}/{purpose}/{text}", purpose.len());
    *mac(key, message.as_bytes())
}

/// The index of an address: trimmed, in lower case as a whole, otherwise Unicode as it is.
pub(super) fn email_index(key: &KeyBytes, email: &str) -> BlindIndex {
    let normal = Zeroizing::new(email.trim().to_lowercase());
    let code = mac(key, normal.as_bytes());
    let (start, _) = code
        .split_first_chunk::<16>()
        .expect("the code has 32 bytes");
    BlindIndex(*start)
}

fn mac(key: &KeyBytes, text: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut code =
        <Hmac<Sha256> as Mac>::new_from_slice(&key[..]).expect("a key of any length is accepted");
    code.update(text);
    Zeroizing::new(code.finalize().into_bytes().into())
}
