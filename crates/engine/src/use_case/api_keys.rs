//! Keys that programs sign in with. A hash of each is stored; the key itself is told once.

use chrono::{DateTime, Utc};
use quando::id::ProviderId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::catalogue::{Deleted, Expected, Put};
use crate::limits::PAGE_MAX;
use crate::record::{Versioned, check_name};
use crate::store::{
    DocumentKey, DocumentKind, List, Partition, Scope, Snapshot, Store, Write, WriteRequest,
};
use crate::{Context, Done, Engine, Error, Refusal};

/// A key that a program signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id, which is not secret.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// For which provider its holder acts; as an operator when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// Until when it is accepted; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: String,
    /// For which provider its holder acts; as an operator when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// Until when it is accepted; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key with what it is recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownApiKey {
    /// The key.
    pub key: ApiKey,
    hash: [u8; 32],
}

impl KnownApiKey {
    /// Whether a secret is that of the key. Takes as long for a wrong one as for a nearly right one.
    pub fn opens(&self, secret: &[u8]) -> bool {
        hash(secret).ct_eq(&self.hash).into()
    }
}

/// A key as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredApiKey {
    #[serde(flatten)]
    key: ApiKey,
    /// Of the secret, in hexadecimal digits.
    hash: String,
}

impl<S: Store> Engine<S> {
    /// Makes a key, and tells its secret: this once, and not when the request is repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a name that is none.
    pub async fn create_api_key(
        &self,
        context: Context,
        new: NewApiKey,
    ) -> Result<(Done<Versioned<ApiKey>>, Option<[u8; 32]>), Error> {
        check_name("name", &new.name)?;
        let idempotency = Self::idempotency(&context, "create-api-key", &new);
        let mut secret = [0; 32];
        self.shared.entropy().fill(&mut secret);
        let new = ApiKey {
            id: self.new_id(),
            name: new.name,
            provider: new.provider,
            expires_at: new.expires_at,
        };
        let key = key(&new.id);
        let stored = StoredApiKey {
            hash: hash(&secret)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            key: new,
        };
        let (by, now) = (context.by, self.now());
        let put = Put::new(key.clone(), Expected::New, (&by, now));
        let request = WriteRequest {
            scope: Scope::new(Partition::Platform).document(key),
            by,
            now,
            idempotency,
        };
        let decide = move |snapshot: &Snapshot| {
            let mut changes = Vec::new();
            let put = put.write(snapshot, (&stored, Vec::new()), &mut changes)?;
            Ok(written(changes, &shown(put)))
        };
        let written = self.transact(request, decide).await?;
        let done: Done<Versioned<ApiKey>> = self.done(&written)?;
        let secret = (!done.replayed).then_some(secret);
        Ok((done, secret))
    }

    /// A key that is there, to compare a secret with; whether it has expired is for the caller.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn api_key(&self, id: &str) -> Result<Option<KnownApiKey>, Error> {
        let key = key(id);
        let scope = Scope::new(Partition::Platform).document(key.clone());
        let snapshot = self.store.read(scope).await?;
        let document = snapshot.document(&key);
        let Some(document) = document.filter(|document| !document.body.is_empty()) else {
            return Ok(None);
        };
        let stored: StoredApiKey = crate::question::body(document)?;
        let hash = from_hex(&stored.hash);
        let hash = hash.ok_or_else(|| crate::codec::corrupt("the hash of an API key"))?;
        Ok(Some(KnownApiKey {
            key: stored.key,
            hash,
        }))
    }

    /// All keys, by id, without their secrets.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn api_keys(&self) -> Result<Vec<Versioned<ApiKey>>, Error> {
        let list = List::Documents {
            kind: DocumentKind::ApiKey,
            partition: Some(Partition::Platform),
            after: None,
            limit: PAGE_MAX,
        };
        let all: Vec<Versioned<StoredApiKey>> = self.versioned_list(list).await?;
        Ok(all.into_iter().map(shown).collect())
    }

    /// Deletes a key: nobody signs in with it any more.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::VersionConflict`].
    pub async fn delete_api_key(
        &self,
        context: Context,
        id: &str,
        expected: Expected,
    ) -> Result<Done<Deleted>, Error> {
        let idempotency = Self::idempotency(&context, "delete-api-key", &(id, expected));
        let key = key(id);
        let (by, now) = (context.by, self.now());
        let put = Put::new(key.clone(), expected, (&by, now));
        let request = WriteRequest {
            scope: Scope::new(Partition::Platform).document(key.clone()),
            by,
            now,
            idempotency,
        };
        let decide = move |snapshot: &Snapshot| {
            let known = snapshot.document(&key);
            if known.is_none_or(|known| known.body.is_empty()) {
                return Err(Refusal::NotFound { what: "api_key" });
            }
            let mut changes = Vec::new();
            let reply = put.delete(snapshot, &mut changes)?;
            Ok(written(changes, &reply))
        };
        let written = self.transact(request, decide).await?;
        self.done(&written)
    }
}

/// What is told of a key.
fn shown(stored: Versioned<StoredApiKey>) -> Versioned<ApiKey> {
    Versioned {
        version: stored.version,
        updated_at: stored.updated_at,
        value: stored.value.key,
    }
}

fn written(changes: Vec<crate::store::Change>, reply: &impl Serialize) -> Write {
    Write {
        changes,
        relied: Vec::new(),
        reply: serde_json::to_vec(reply)
            .expect("a reply has a JSON form")
            .into(),
    }
}

fn key(id: &str) -> DocumentKey {
    DocumentKey {
        partition: Partition::Platform,
        kind: DocumentKind::ApiKey,
        id: id.into(),
    }
}

fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{World, now, operator};
    use super::*;

    fn new(name: &str) -> NewApiKey {
        NewApiKey {
            name: name.to_owned(),
            provider: Some("ana".to_owned().try_into().unwrap()),
            expires_at: None,
        }
    }

    #[test]
    fn a_key_is_told_once_and_recognised_until_it_is_deleted() {
        let world = World::new();
        let context = || operator().with_key("k".to_owned().try_into().unwrap());
        let (made, secret) = now(world.engine.create_api_key(context(), new("till"))).unwrap();
        let (id, secret) = (made.value.value.id.clone(), secret.unwrap());
        let (again, none) = now(world.engine.create_api_key(context(), new("till"))).unwrap();
        assert_eq!((&again.value, none), (&made.value, None));
        let known = now(world.engine.api_key(&id)).unwrap().unwrap();
        assert!(known.opens(&secret));
        assert!(!known.opens(&[0; 32]));
        assert!(!known.opens(&secret[..31]));
        let text = String::from_utf8(made.json.to_vec()).unwrap();
        assert!(!text.contains("hash"), "{text}");
        assert_eq!(now(world.engine.api_keys()).unwrap(), [made.value]);
        now(world.engine.delete_api_key(operator(), &id, Expected::Any)).unwrap();
        assert_eq!(now(world.engine.api_key(&id)).unwrap(), None);
        assert!(now(world.engine.api_keys()).unwrap().is_empty());
        let again = now(world.engine.delete_api_key(operator(), &id, Expected::Any));
        assert_eq!(again.unwrap_err().code(), "not-found");
    }

    #[test]
    fn a_key_has_a_name() {
        let world = World::new();
        for name in ["", "a\u{0}b"] {
            let refused = now(world.engine.create_api_key(operator(), new(name)));
            assert_eq!(refused.unwrap_err().code(), "record-name", "{name:?}");
        }
    }
}
