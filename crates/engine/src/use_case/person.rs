//! What is known of persons: sealed with a key of each, which is destroyed to erase one.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::booking::{By, Note};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::audit::{Account, Hash, JournalEntry, document_subject};
use crate::codec::corrupt;
use crate::limits::SCOPES_MAX;
use crate::personal::{
    BlindIndex, DataKey, EmailAddress, PersonId, PersonalData, Purpose, SealError, Sealed,
    SealedKey,
};
use crate::store::{
    Change, Document, DocumentKey, DocumentKind, Idempotency, Item, List, Scope, Snapshot, Store,
    Write, WriteRequest,
};
use crate::use_case::BookingKey;
use crate::{Context, Done, Engine, Error, Refusal};

/// What begins a note that stands sealed in a document of its own.
pub(crate) const SEALED: &str = "sealed:";

/// A person as it is stored: its own key, wrapped, and what was sealed with it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPerson {
    #[serde(with = "hex_form")]
    key: Vec<u8>,
    #[serde(with = "hex_form")]
    profile: Vec<u8>,
}

/// That something was done to a person; what is known of it is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonChanged {
    /// Who.
    pub person: String,
    /// Grows by one with each change.
    pub version: u64,
}

impl<S: Store> Engine<S> {
    /// Keeps what is known of a person, sealed. What was known before is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Personal`] when the person's key cannot be opened with the master keys.
    pub async fn put_person(
        &self,
        context: Context,
        person: PersonId,
        data: PersonalData,
    ) -> Result<Done<PersonChanged>, Error> {
        let idempotency = self.secret_idempotency(&context, "put-person", &(&person, &data));
        let index = data
            .email
            .as_ref()
            .map(|email| self.shared.keys.blind_index(email.as_str()));
        for _ in 0..SCOPES_MAX {
            let (seen, stored) = self.read_person(&person).await?;
            let entropy = self.shared.entropy();
            let key = match &stored {
                Some(stored) => self.open_key(&person, stored)?,
                None => DataKey::new(person.clone(), entropy),
            };
            let next = NextPerson {
                body: StoredPerson {
                    key: self.shared.keys.wrap(&key, entropy).to_bytes(),
                    profile: key.seal_profile(&data, entropy).to_bytes(),
                }
                .body(),
                index,
                ..NextPerson::new("putPerson", &person, (&context, self.now()))
            };
            match self
                .write_person(next.over(seen), idempotency.clone())
                .await
            {
                Err(Error::VersionConflict { .. }) => {}
                answer => return answer,
            }
        }
        Err(Refusal::Stale.into())
    }

    /// What is known of a person; nothing of one that is unknown or was erased.
    ///
    /// # Errors
    ///
    /// [`Error::Personal`].
    pub async fn person(&self, person: &PersonId) -> Result<Option<PersonalData>, Error> {
        let Some(stored) = self.stored_person(person).await? else {
            return Ok(None);
        };
        let key = self.open_key(person, &stored)?;
        if stored.profile.is_empty() {
            return Ok(Some(PersonalData::default()));
        }
        let profile = Sealed::try_from(stored.profile.as_slice())?;
        Ok(Some(key.open_profile(&profile)?))
    }

    /// The persons with an e-mail address.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn persons_by_email(&self, email: &EmailAddress) -> Result<Vec<PersonId>, Error> {
        let index = self.shared.keys.blind_index(email.as_str());
        let list = List::DocumentsByIndex {
            kind: DocumentKind::Person,
            index: index.as_bytes().as_slice().into(),
            after: None,
            limit: crate::limits::PAGE_MAX,
        };
        let found = self.store.list(list).await?.into_iter();
        let ids = found.filter_map(|item| match item {
            Item::Document(document) => PersonId::new(&*document.key.id).ok(),
            _ => None,
        });
        Ok(ids.collect())
    }

    /// Erases a person: its key is destroyed, so that nothing that was sealed with it can be opened
    /// any more. Bookings, ledger and journal stay, for they hold none of it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a person that nothing is known of.
    pub async fn erase_person(
        &self,
        context: Context,
        person: PersonId,
    ) -> Result<Done<PersonChanged>, Error> {
        let idempotency = Self::idempotency(&context, "erase-person", &person);
        let next = NextPerson::new("erasePerson", &person, (&context, self.now()));
        self.write_person(next, idempotency).await
    }

    /// Wraps the keys of up to `limit` persons after one again with the current master key. A person
    /// that somebody else changes or erases meanwhile is left to the next rotation.
    ///
    /// # Errors
    ///
    /// [`Error::Personal`] when a key was wrapped by a master key that is not there.
    pub async fn rotate_keys(
        &self,
        after: Option<DocumentKey>,
        limit: u32,
    ) -> Result<Rotated, Error> {
        let list = List::Documents {
            kind: DocumentKind::Person,
            partition: None,
            after,
            limit,
        };
        let mut rotated = Rotated::default();
        for item in self.store.list(list).await? {
            let Item::Document(document) = item else {
                continue;
            };
            rotated.seen += 1;
            rotated.last = Some(document.key.clone());
            let person =
                PersonId::new(&*document.key.id).map_err(|error| corrupt(&error.to_string()))?;
            let mut stored = parse(&document)?;
            let key = SealedKey::try_from(stored.key.as_slice())?;
            if self.shared.keys.is_current(&key) {
                continue;
            }
            let entropy = self.shared.entropy();
            stored.key = self.shared.keys.rewrap(&person, &key, entropy)?.to_bytes();
            let next = NextPerson {
                body: stored.body(),
                index: index_of(&document),
                ..NextPerson::new("rotateKey", &person, (&Context::system(), self.now()))
            };
            match self.write_person(next.over(document.version), None).await {
                Ok(_) => rotated.wrapped += 1,
                Err(Error::VersionConflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(rotated)
    }

    /// Opens a note of a booking; nothing once its person was erased.
    ///
    /// # Errors
    ///
    /// [`Error::Personal`].
    pub async fn read_note(
        &self,
        key: &BookingKey,
        person: &PersonId,
        note: &Note,
    ) -> Result<Option<String>, Error> {
        let Some(number) = note.as_str().strip_prefix(SEALED) else {
            return Ok(Some(note.as_str().to_owned()));
        };
        let number: u32 = number
            .parse()
            .map_err(|_| corrupt("a sealed note has no number"))?;
        let Some(stored) = self.stored_person(person).await? else {
            return Ok(None);
        };
        let document = note_key(key, number);
        let scope = Scope::new(key.provider.clone()).document(document.clone());
        let snapshot = self.store.read(scope).await?;
        let Some(document) = snapshot.document(&document) else {
            return Ok(None);
        };
        let data_key = self.open_key(person, &stored)?;
        let sealed = Sealed::try_from(document.body.as_ref())?;
        let plain = data_key.open(&Purpose::note(&key.booking, number), &sealed)?;
        let text = String::from_utf8(plain.to_vec());
        Ok(Some(text.map_err(|_| SealError::Malformed)?))
    }

    /// Seals a note of a booking that is there; what stands in its place says where it is.
    pub(crate) async fn seal_note(
        &self,
        key: &BookingKey,
        note: Option<Note>,
        sealed: &mut Vec<Change>,
    ) -> Result<Option<Note>, Error> {
        if note.is_none() {
            return Ok(None);
        }
        match self.booking(key).await? {
            Some(booking) => {
                let person = PersonId::from(&booking.customer);
                self.seal_note_of(key, &person, note, sealed).await
            }
            // The decision says that there is no such booking.
            None => Ok(note),
        }
    }

    pub(crate) async fn seal_note_of(
        &self,
        key: &BookingKey,
        person: &PersonId,
        note: Option<Note>,
        sealed: &mut Vec<Change>,
    ) -> Result<Option<Note>, Error> {
        let Some(note) = note else {
            return Ok(None);
        };
        // Whether there is anything in it is for the rules to see.
        if note.is_blank() {
            return Ok(Some(note));
        }
        let data_key = self.kept_key(person).await?;
        let number = u32::try_from(self.seed() >> 32).expect("the upper half has 32 bits");
        let purpose = Purpose::note(&key.booking, number);
        let body = data_key.seal(&purpose, note.as_str().as_bytes(), self.shared.entropy());
        sealed.push(Change::PutDocument {
            document: Box::new(Document {
                key: note_key(key, number),
                version: 1,
                guard: 1,
                head: Hash::START,
                body: body.to_bytes().into(),
                index: Some(person.as_str().as_bytes().into()),
                resources: Vec::new(),
                updated_at: self.now(),
            }),
            previous: 0,
        });
        let text = Note::new(format!("{SEALED}{number}"));
        Ok(Some(text.expect("a word and a number are a note")))
    }

    /// The key of a person, made and kept when there is none yet.
    async fn kept_key(&self, person: &PersonId) -> Result<DataKey, Error> {
        loop {
            let (seen, stored) = self.read_person(person).await?;
            if let Some(stored) = stored {
                return self.open_key(person, &stored);
            }
            let key = DataKey::new(person.clone(), self.shared.entropy());
            let stored = StoredPerson {
                key: self
                    .shared
                    .keys
                    .wrap(&key, self.shared.entropy())
                    .to_bytes(),
                profile: Vec::new(),
            };
            let next = NextPerson {
                body: stored.body(),
                ..NextPerson::new("newKey", person, (&Context::system(), self.now()))
            };
            match self.write_person(next.over(seen), None).await {
                // Read back: somebody else may have made one at the same time.
                Ok(_) | Err(Error::VersionConflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn open_key(&self, person: &PersonId, stored: &StoredPerson) -> Result<DataKey, Error> {
        let key = SealedKey::try_from(stored.key.as_slice())?;
        Ok(self.shared.keys.unwrap(person, &key)?)
    }

    async fn stored_person(&self, person: &PersonId) -> Result<Option<StoredPerson>, Error> {
        Ok(self.read_person(person).await?.1)
    }

    /// A person with the version of its document; 0 when there never was one.
    async fn read_person(&self, person: &PersonId) -> Result<(u64, Option<StoredPerson>), Error> {
        let key = DocumentKey::person(person);
        let scope = Scope::new(person.clone()).document(key.clone());
        let snapshot = self.store.read(scope).await?;
        let document = snapshot.document(&key);
        let version = document.map_or(0, |document| document.version);
        let live = document.filter(|document| !document.body.is_empty());
        Ok((version, live.map(parse).transpose()?))
    }

    /// The record of a request with personal data in it. A plain hash would let whoever reads the
    /// database check guesses, so that of a secret stands in its place.
    fn secret_idempotency(
        &self,
        context: &Context,
        route: &'static str,
        request: &impl Serialize,
    ) -> Option<Idempotency> {
        context.key.as_ref()?;
        let text = serde_json::to_string(request).expect("requests have a JSON form");
        let secret = self.shared.keys.derive(route, &Zeroizing::new(text));
        Self::idempotency(context, route, &secret)
    }

    async fn write_person(
        &self,
        next: NextPerson,
        idempotency: Option<Idempotency>,
    ) -> Result<Done<PersonChanged>, Error> {
        let request = WriteRequest {
            scope: Scope::new(next.key.partition.clone()).document(next.key.clone()),
            by: next.by.clone(),
            now: next.now,
            idempotency,
        };
        let written = self
            .transact(request, move |snapshot| next.write(snapshot))
            .await?;
        self.done(&written)
    }
}

impl StoredPerson {
    fn body(&self) -> Bytes {
        let body = serde_json::to_vec(self).expect("hexadecimal digits have a JSON form");
        body.into()
    }
}

/// A person that is to be written.
struct NextPerson {
    key: DocumentKey,
    /// The version that it was made from; any when absent.
    seen: Option<u64>,
    body: Bytes,
    index: Option<BlindIndex>,
    action: &'static str,
    by: By,
    now: DateTime<Utc>,
}

impl NextPerson {
    /// Nothing is known of the person any more.
    fn new(
        action: &'static str,
        person: &PersonId,
        (context, now): (&Context, DateTime<Utc>),
    ) -> NextPerson {
        NextPerson {
            key: DocumentKey::person(person),
            seen: None,
            body: Bytes::new(),
            index: None,
            action,
            by: context.by.clone(),
            now,
        }
    }

    /// Only over this version: what is sealed with a key that somebody replaced meanwhile could
    /// never be opened again, and whoever was erased meanwhile stays so.
    fn over(self, seen: u64) -> NextPerson {
        NextPerson {
            seen: Some(seen),
            ..self
        }
    }

    fn write(&self, snapshot: &Snapshot) -> Result<Write, Refusal> {
        let what = "person";
        let known = snapshot.document(&self.key);
        let previous = known.map_or(0, |document| document.version);
        if let Some(expected) = self.seen.filter(|seen| *seen != previous) {
            let current = previous;
            return Err(Refusal::VersionConflict {
                what,
                expected,
                current,
            });
        }
        if self.body.is_empty() && known.is_none_or(|document| document.body.is_empty()) {
            return Err(Refusal::NotFound { what });
        }
        let head = known.map_or(Hash::START, |document| document.head);
        let account = Account {
            at: self.now,
            by: &self.by,
            action: self.action,
            events: Bytes::from_static(b"{\"events\":[]}"),
        };
        let entry = JournalEntry::next(
            self.key.partition.clone(),
            document_subject(&self.key),
            (previous + 1, head),
            account,
        );
        let reply = PersonChanged {
            person: self.key.id.to_string(),
            version: previous + 1,
        };
        let document = Document {
            key: self.key.clone(),
            version: previous + 1,
            guard: 1,
            head: entry.hash,
            body: self.body.clone(),
            index: self.index.map(|index| index.as_bytes().as_slice().into()),
            resources: Vec::new(),
            updated_at: self.now,
        };
        Ok(Write {
            changes: vec![
                Change::PutDocument {
                    document: Box::new(document),
                    previous,
                },
                Change::Record(Box::new(entry)),
            ],
            relied: Vec::new(),
            reply: serde_json::to_vec(&reply)
                .expect("an id and a number have a JSON form")
                .into(),
        })
    }
}

/// How far a rotation of keys has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Persons that were looked at.
    pub seen: u64,
    /// Persons whose key was wrapped again.
    pub wrapped: u64,
    /// The last person, to go on after.
    pub last: Option<DocumentKey>,
}

fn note_key(key: &BookingKey, number: u32) -> DocumentKey {
    let id = format!("{}/{number}", key.booking);
    DocumentKey::of(&key.provider, DocumentKind::Note, id)
}

fn parse(document: &Document) -> Result<StoredPerson, Refusal> {
    serde_json::from_slice(&document.body).map_err(|error| corrupt(&error.to_string()))
}

fn index_of(document: &Document) -> Option<BlindIndex> {
    let bytes = document.index.as_deref()?;
    bytes.try_into().ok().map(BlindIndex::new)
}

mod hex_form {
    use std::fmt::Write;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            write!(text, "{byte:02x}").expect("writing to a string does not fail");
        }
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = digits.map(byte).collect();
        bytes.ok_or_else(|| D::Error::custom("hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use quando::idempotency::{IdempotencyKey, RequestHash};
    use serde_json::json;

    use super::super::fixture::{World, operator};
    use super::*;

    #[test]
    fn nobody_checks_guesses_by_the_hash_of_a_profile() {
        let world = World::new();
        let person = PersonId::new("p1").unwrap();
        let data: PersonalData = serde_json::from_value(json!({"name": "Ada"})).unwrap();
        let request = (&person, &data);
        let context = operator().with_key(IdempotencyKey::new("k").unwrap());
        let kept = || {
            let kept = world
                .engine
                .secret_idempotency(&context, "put-person", &request);
            kept.unwrap().hash
        };
        assert_eq!(kept(), kept());
        let text = serde_json::to_string(&request).unwrap();
        for guess in [RequestHash::of(&request), RequestHash::of(&text)] {
            assert_ne!(kept(), guess);
        }
        let none = world
            .engine
            .secret_idempotency(&operator(), "put-person", &request);
        assert_eq!(none, None);
    }
}
