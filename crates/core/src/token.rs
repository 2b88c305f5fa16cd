//! Opaque tokens for offered slots.
//!
//! A host that lists slots can hand a token with each; when the customer comes back with it, the
//! host learns in constant time, without computing availability, that this very slot was offered,
//! and from which version of its data. A token is no promise: the start is checked when it is
//! booked. It says early that the list is out of date, or was tampered with.

use std::fmt;
use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::id::ServiceId;
use crate::time::Minutes;

/// The host's secret of 32 random bytes, supplied by the host.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey([u8; 32]);

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotOffer {
    /// The version of the data that the slot was computed from; the host's own count.
    pub version: u64,
    /// What was offered.
    pub service: Option<ServiceId>,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// How long it lasts.
    pub duration: Minutes,
    /// For how many.
    pub party: NonZeroU32,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The text is no token.
    #[error("the text is no slot token")]
    Malformed,
    /// The token was issued from another version of the data; ask for the slots again.
    #[error("the token was issued for version {issued}, and the data is at {current}")]
    Stale {
        /// The version in the token.
        issued: u64,
        /// The version it was held against.
        current: u64,
    },
    /// The token is for another slot, or was not issued with this key.
    #[error("the token is not one for this slot")]
    Mismatch,
}

impl TokenError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            TokenError::Malformed => "token-malformed",
            TokenError::Stale { .. } => "token-stale",
            TokenError::Mismatch => "token-mismatch",
        }
    }
}

const VERSION_DIGITS: usize = 16;
const CODE_BYTES: usize = 16;

impl TokenKey {
    /// Takes the secret.
    pub fn new(secret: [u8; 32]) -> TokenKey {
        TokenKey(secret)
    }

    /// Issues the token of an offer: 48 hexadecimal digits.
    ///
    /// # Example
    ///
    /// ```
    /// use quando::token::{SlotOffer, TokenError, TokenKey};
    /// use quando::time::Minutes;
    ///
    /// let key = TokenKey::new([7; 32]);
    /// let offer = SlotOffer {
    ///     version: 41,
    ///     service: None,
    ///     start: "2026-03-02T14:00:00Z".parse()?,
    ///     duration: Minutes::new(30)?,
    ///     party: 1.try_into()?,
    /// };
    /// let token = key.issue(&offer);
    /// assert_eq!(key.verify(&token, &offer), Ok(()));
    /// let later = SlotOffer { version: 42, ..offer };
    /// assert_eq!(key.verify(&token, &later), Err(TokenError::Stale { issued: 41, current: 42 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn issue(&self, offer: &SlotOffer) -> String {
        let code = self.code(offer).finalize().into_bytes();
        let digits = code[..CODE_BYTES].iter().map(|byte| format!("{byte:02x}"));
        format!("{:016x}", offer.version) + &digits.collect::<String>()
    }

    /// Whether a token was issued for an offer, in time that does not depend on the data.
    ///
    /// # Errors
    ///
    /// [`TokenError::Malformed`], [`TokenError::Mismatch`] for another slot or key, and
    /// [`TokenError::Stale`] for the same slot of another version.
    pub fn verify(&self, token: &str, offer: &SlotOffer) -> Result<(), TokenError> {
        if token.len() != VERSION_DIGITS + 2 * CODE_BYTES || !token.is_ascii() {
            return Err(TokenError::Malformed);
        }
        let hex = |text: &str| u64::from_str_radix(text, 16).map_err(|_| TokenError::Malformed);
        let issued = hex(&token[..VERSION_DIGITS])?;
        let mut code = Vec::with_capacity(CODE_BYTES);
        for half in [&token[VERSION_DIGITS..32], &token[32..]] {
            code.extend(hex(half)?.to_be_bytes());
        }
        let as_issued = SlotOffer {
            version: issued,
            ..offer.clone()
        };
        self.code(&as_issued)
            .verify_truncated_left(&code)
            .map_err(|_| TokenError::Mismatch)?;
        if issued == offer.version {
            Ok(())
        } else {
            Err(TokenError::Stale {
                issued,
                current: offer.version,
            })
        }
    }

    fn code(&self, offer: &SlotOffer) -> Hmac<Sha256> {
        let mut code = <Hmac<Sha256> as Mac>::new_from_slice(&self.0)
            .expect("a key of any length is accepted");
        code.update(b"quando slot 1");
        code.update(&offer.version.to_be_bytes());
        code.update(&offer.start.timestamp().to_be_bytes());
        code.update(&offer.duration.get().to_be_bytes());
        code.update(&offer.party.get().to_be_bytes());
        code.update(
            offer
                .service
                .as_ref()
                .map_or("", ServiceId::as_str)
                .as_bytes(),
        );
        code
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b13_a_token_is_bound_to_slot_version_and_key() {
        let offer = SlotOffer {
            version: u64::MAX,
            service: Some("cut".try_into().unwrap()),
            start: "2026-03-02T14:00:00Z".parse().unwrap(),
            duration: Minutes::new(30).unwrap(),
            party: NonZeroU32::MIN,
        };
        let key = TokenKey::new([1; 32]);
        let token = key.issue(&offer);
        assert_eq!(key.verify(&token, &offer), Ok(()));
        let other = SlotOffer {
            party: 2.try_into().unwrap(),
            ..offer.clone()
        };
        assert_eq!(key.verify(&token, &other), Err(TokenError::Mismatch));
        let other = SlotOffer {
            service: None,
            version: 3,
            ..offer.clone()
        };
        assert_eq!(key.verify(&token, &other), Err(TokenError::Mismatch));
        assert_eq!(
            TokenKey::new([2; 32]).verify(&token, &offer),
            Err(TokenError::Mismatch)
        );
        let stale = SlotOffer {
            version: 5,
            ..offer.clone()
        };
        let error = TokenError::Stale {
            issued: u64::MAX,
            current: 5,
        };
        assert_eq!(key.verify(&token, &stale), Err(error));
        for bad in [
            "",
            "zz",
            &token[1..],
            &"é".repeat(24),
            &token.replace(&token[47..], "g"),
        ] {
            assert_eq!(key.verify(bad, &offer), Err(TokenError::Malformed), "{bad}");
        }
        assert_eq!(format!("{key:?}"), "TokenKey(..)");
    }
}
