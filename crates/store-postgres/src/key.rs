//! Ids as keys: a UUID is itself, any other text the hash of it.

use quando_engine::personal::PersonId;
use quando_engine::store::{DocumentKind, Partition};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::error::{Failure, corrupt};

/// The key of an id.
pub(crate) fn key(text: &str) -> Uuid {
    uuid_of(text).unwrap_or_else(|| {
        let mut digest = Sha256::new();
        digest.update(b"quando id 1");
        digest.update(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.finalize()[..16]);
        // RFC 9562 section 5.8: version 8 is for hashes of one's own.
        Builder::from_custom_bytes(bytes).into_uuid()
    })
}

/// What stands beside a key: the id's text, unless the key says it.
pub(crate) fn beside(text: &str) -> Option<&str> {
    uuid_of(text).is_none().then_some(text)
}

/// The text of an id by its key and what stands beside it.
pub(crate) fn text(key: Uuid, beside: Option<String>) -> String {
    beside.unwrap_or_else(|| key.to_string())
}

/// The id by its key and what stands beside it.
pub(crate) fn id<T: TryFrom<String>>(key: Uuid, beside: Option<String>) -> Result<T, Failure> {
    let text = text(key, beside);
    T::try_from(text).map_err(|_| corrupt("an id"))
}

/// Only the canonical form is the UUID itself, so that an id has one text.
fn uuid_of(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    let mut buffer = Uuid::encode_buffer();
    (uuid.hyphenated().encode_lower(&mut buffer) == text).then_some(uuid)
}

/// The number of a kind of partition.
pub(crate) fn space(partition: &Partition) -> i16 {
    match partition {
        Partition::Provider(_) => 0,
        Partition::Person(_) => 1,
        Partition::Platform => 2,
    }
}

/// The key of a partition.
pub(crate) fn partition_key(partition: &Partition) -> Uuid {
    match partition {
        Partition::Platform => Uuid::nil(),
        other => key(other.id()),
    }
}

/// What stands beside the key of a partition.
pub(crate) fn partition_beside(partition: &Partition) -> Option<&str> {
    match partition {
        Partition::Platform => None,
        other => beside(other.id()),
    }
}

/// A partition by its number, its key and what stands beside it.
pub(crate) fn partition(
    space: i16,
    key: Uuid,
    beside: Option<String>,
) -> Result<Partition, Failure> {
    match space {
        0 => Ok(Partition::Provider(id(key, beside)?)),
        1 => {
            let person = PersonId::new(text(key, beside)).map_err(|_| corrupt("a person's id"))?;
            Ok(Partition::Person(person))
        }
        2 => Ok(Partition::Platform),
        _ => Err(corrupt("a kind of partition")),
    }
}

/// The table of a kind of documents.
pub(crate) fn table(kind: DocumentKind) -> &'static str {
    kind.name()
}

/// The column that a table's partition stands in.
pub(crate) fn partition_column(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Person
        | DocumentKind::Webhook
        | DocumentKind::ApiKey
        | DocumentKind::Delivery => "partition_id",
        DocumentKind::Provider
        | DocumentKind::Resource
        | DocumentKind::Service
        | DocumentKind::BusySource
        | DocumentKind::Terms
        | DocumentKind::Note
        | DocumentKind::RefundRequest
        | DocumentKind::Verification
        | DocumentKind::CalendarLink
        | DocumentKind::Subscription
        | DocumentKind::SubscriptionState => "provider_id",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_it_went() {
        let check = |text: &str, own: bool| {
            assert_eq!(beside(text).is_none(), own, "{text}");
            assert_eq!(
                super::text(key(text), beside(text).map(str::to_owned)),
                text
            );
        };
        check("019ca945-0a00-7659-8ce6-5af39af629ba", true);
        check("019CA945-0A00-7659-8CE6-5AF39AF629BA", false);
        check("019ca9450a0076598ce65af39af629ba", false);
        check("{019ca945-0a00-7659-8ce6-5af39af629ba}", false);
        check("ana", false);
        check("žluťoučký", false);
    }

    #[test]
    fn a_hash_is_that_of_the_text() {
        // printf 'quando id 1ana' | sha256sum, with version 8 and the variant put in.
        let uuid = key("ana");
        assert_eq!(uuid.get_version_num(), 8);
        assert_ne!(uuid, key("anb"));
        assert_eq!(uuid, key("ana"));
    }
}
