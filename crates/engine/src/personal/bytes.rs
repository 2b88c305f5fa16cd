//! The cipher, and the bytes that are sealed and stored.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::Entropy;

/// The bytes of a key. They live in one place of the heap, so that moving a key leaves no copies.
pub(super) type KeyBytes = Box<Zeroizing<[u8; 32]>>;

pub(super) const NONCE_BYTES: usize = 24;
pub(super) const TAG_BYTES: usize = 16;

/// XChaCha20-Poly1305 with a fresh nonce, which 24 random bytes are long enough for: the nonce,
/// then the text, then the tag.
pub(super) fn encrypt(
    key: &KeyBytes,
    bound_to: &[u8],
    plain: &[u8],
    entropy: &(impl Entropy + ?Sized),
) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    encrypt_with(key, nonce, bound_to, plain)
}

pub(super) fn encrypt_with(
    key: &KeyBytes,
    nonce: [u8; NONCE_BYTES],
    bound_to: &[u8],
    plain: &[u8],
) -> Vec<u8> {
    let payload = Payload {
        msg: plain,
        aad: bound_to,
    };
    let text = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .expect("the cipher takes 256 GiB, more than a text in memory has");
    [&nonce[..], &text].concat()
}

/// The text again, or nothing if a bit of it or of what it was bound to differs.
pub(super) fn decrypt(
    key: &KeyBytes,
    bound_to: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload {
        msg: text,
        aad: bound_to,
    };
    let plain = cipher(key).decrypt(&XNonce::from(*nonce), payload);
    plain.ok().map(Zeroizing::new)
}

fn cipher(key: &KeyBytes) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(<&Key>::from(&***key))
}

/// Parts one after the other, each after its length, so that no two lists give the same bytes.
pub(super) fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        let length = u64::try_from(part.len()).expect("a length has at most 64 bits");
        all.extend(length.to_be_bytes());
        all.extend(*part);
    }
    all
}

/// The key that 64 hexadecimal digits stand for.
pub(super) fn key_from_hex(text: &str) -> Option<KeyBytes> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut key = Box::new(Zeroizing::new([0; 32]));
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let value = digit(pair[0])? * 16 + digit(pair[1])?;
        *byte = u8::try_from(value).expect("two hexadecimal digits are one byte");
    }
    Some(key)
}
