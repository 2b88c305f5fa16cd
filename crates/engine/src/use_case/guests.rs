//! Customers without an account: who they are, and what proves that a request comes from them.

use quando::id::{CustomerId, ProviderId};
use quando::idempotency::IdempotencyKey;

use crate::Engine;
use crate::personal::EmailAddress;
use crate::store::Store;

/// What begins the id of a customer without an account.
const PREFIX: &str = "guest-";
/// Bytes of a guest's id: as many as of a UUID.
const ID_BYTES: usize = 16;

impl<S: Store> Engine<S> {
    /// A customer of its own for one booking without an account. It follows from the request, so
    /// that a request which is repeated comes from the same customer, and tells nothing of it.
    pub fn guest(
        &self,
        provider: &ProviderId,
        key: &IdempotencyKey,
        email: &EmailAddress,
    ) -> CustomerId {
        let request = (provider, key.as_str(), email.as_str().trim().to_lowercase());
        let text = serde_json::to_string(&request).expect("texts have a JSON form");
        let code = self.shared.keys.derive("guest", &text);
        let digits: String = code[..ID_BYTES]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        CustomerId::new(format!("{PREFIX}{digits}")).expect("letters and digits are an id")
    }

    /// A code for a text that only this engine, with these master keys, can make.
    pub fn action_code(&self, text: &str) -> [u8; 32] {
        self.shared.keys.derive("action", text)
    }
}

/// Whether an id is that of a customer without an account.
pub fn is_guest(id: &str) -> bool {
    id.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::*;

    #[test]
    fn a_guest_follows_from_the_request() {
        let world = World::new();
        let guest = |provider: &str, key: &str, email: &str| {
            let provider = ProviderId::new(provider).unwrap();
            let key = IdempotencyKey::new(key).unwrap();
            let email = EmailAddress::new(email).unwrap();
            world.engine.guest(&provider, &key, &email)
        };
        let eva = guest("ana", "k", "eva@example.com");
        assert_eq!(eva, guest("ana", "k", "Eva@Example.com"));
        assert!(is_guest(eva.as_str()) && eva.as_str().len() == 38, "{eva}");
        for other in [
            guest("ben", "k", "eva@example.com"),
            guest("ana", "l", "eva@example.com"),
            guest("ana", "k", "cem@example.com"),
        ] {
            assert_ne!(eva, other);
        }
        assert!(!is_guest("eva"));
    }
}
