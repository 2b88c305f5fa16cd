//! What is known of persons: sealed with a key of each, which is destroyed to erase one.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::booking::Note;
use serde::{Deserialize, Serialize};

use crate::audit::{Account, Hash, JournalEntry, document_subject};
use crate::codec::corrupt;
use crate::personal::{
    BlindIndex, DataKey, EmailAddress, PersonId, PersonalData, Purpose, SealError, Sealed,
    SealedKey,
};
use crate::store::{
    Change, Document, DocumentKey, DocumentKind, Item, List, Scope, Store, Write, WriteRequest,
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
        let key = self.data_key(&person).await?;
        let entropy = self.shared.entropy();
        let profile = key.seal_profile(&data, entropy).to_bytes();
        let sealed_key = self.shared.keys.wrap(&key, entropy).to_bytes();
        let index = data
            .email
            .as_ref()
            .map(|email| self.shared.keys.blind_index(email.as_str()));
        let stored = StoredPerson {
            key: sealed_key,
            profile,
        };
        let body = serde_json::to_vec(&stored).expect("hexadecimal digits have a JSON form");
        self.write_person(context, "putPerson", &person, (body.into(), index))
            .await
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
        if self.stored_person(&person).await?.is_none() {
            return Err(Error::NotFound { what: "person" });
        }
        self.write_person(context, "erasePerson", &person, (Bytes::new(), None))
            .await
    }

    /// Wraps the keys of up to `limit` persons after one again with the current master key.
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
            let body = serde_json::to_vec(&stored).expect("hexadecimal digits have a JSON form");
            let index = index_of(&document);
            self.write_person(
                Context::system(),
                "rotateKey",
                &person,
                (body.into(), index),
            )
            .await?;
            rotated.wrapped += 1;
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
            if let Some(stored) = self.stored_person(person).await? {
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
            let body = serde_json::to_vec(&stored).expect("hexadecimal digits have a JSON form");
            let written = self
                .write_person(Context::system(), "newKey", person, (body.into(), None))
                .await;
            match written {
                // Read back: somebody else may have made one at the same time.
                Ok(_) | Err(Error::VersionConflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The key of a person, or a new one that is not kept yet.
    async fn data_key(&self, person: &PersonId) -> Result<DataKey, Error> {
        match self.stored_person(person).await? {
            Some(stored) => self.open_key(person, &stored),
            None => Ok(DataKey::new(person.clone(), self.shared.entropy())),
        }
    }

    fn open_key(&self, person: &PersonId, stored: &StoredPerson) -> Result<DataKey, Error> {
        let key = SealedKey::try_from(stored.key.as_slice())?;
        Ok(self.shared.keys.unwrap(person, &key)?)
    }

    async fn stored_person(&self, person: &PersonId) -> Result<Option<StoredPerson>, Error> {
        let key = DocumentKey::person(person);
        let scope = Scope::new(person.clone()).document(key.clone());
        let snapshot = self.store.read(scope).await?;
        let document = snapshot.document(&key);
        let document = document.filter(|document| !document.body.is_empty());
        Ok(document.map(parse).transpose()?)
    }

    async fn write_person(
        &self,
        context: Context,
        action: &'static str,
        person: &PersonId,
        (body, index): (Bytes, Option<BlindIndex>),
    ) -> Result<Done<PersonChanged>, Error> {
        let key = DocumentKey::person(person);
        let now = self.now();
        let request = WriteRequest {
            scope: Scope::new(person.clone()).document(key.clone()),
            by: context.by.clone(),
            now,
            idempotency: None,
        };
        let next = NextPerson {
            key,
            body,
            index,
            action,
            context,
            now,
        };
        let written = self
            .transact(request, move |snapshot| next.write(snapshot))
            .await?;
        self.done(&written)
    }
}

/// A person that is to be written.
struct NextPerson {
    key: DocumentKey,
    body: Bytes,
    index: Option<BlindIndex>,
    action: &'static str,
    context: Context,
    now: DateTime<Utc>,
}

impl NextPerson {
    fn write(&self, snapshot: &crate::store::Snapshot) -> Result<Write, Refusal> {
        let known = snapshot.document(&self.key);
        let previous = known.map_or(0, |document| document.version);
        let live = known.is_some_and(|document| !document.body.is_empty());
        if self.action == "newKey" && live {
            return Err(Refusal::VersionConflict {
                what: "person",
                expected: 0,
                current: previous,
            });
        }
        let head = known.map_or(Hash::START, |document| document.head);
        let account = Account {
            at: self.now,
            by: &self.context.by,
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
