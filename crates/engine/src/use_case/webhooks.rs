//! Endpoints that are told what happens. They are kept here; who delivers reads the feed.

use quando::id::ProviderId;
use serde::{Deserialize, Serialize};

use super::catalogue::{Deleted, Expected, Put};
use crate::limits::PAGE_MAX;
use crate::record::{RecordError, Versioned};
use crate::store::{
    DocumentKey, DocumentKind, List, Partition, Scope, Snapshot, Store, Write, WriteRequest,
};
use crate::{Context, Done, Engine, Error, Refusal};

/// Longest URL of an endpoint, in bytes: what browsers and servers take.
const URL_BYTES_MAX: usize = 2_048;
/// Most kinds of events that an endpoint names.
const EVENTS_MAX: usize = 64;

/// An endpoint that is told what happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where it is: `https`, or `http` on this machine.
    pub url: String,
    /// Of which kinds of events; of all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Of which provider; of everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// Whether it is told anything at present.
    pub active: bool,
}

/// An endpoint that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWebhook {
    /// Where it is.
    pub url: String,
    /// Of which kinds of events; of all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Of which provider; of everybody when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
}

impl<S: Store> Engine<S> {
    /// Makes an endpoint. Its secret, which messages are signed with, follows from its id
    /// ([`Engine::webhook_secret`]) and is stored nowhere.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a URL that is none, or not encrypted.
    pub async fn create_webhook(
        &self,
        context: Context,
        new: NewWebhook,
    ) -> Result<Done<Versioned<Webhook>>, Error> {
        check(&new)?;
        let idempotency = Self::idempotency(&context, "create-webhook", &new);
        let webhook = Webhook {
            id: self.new_id(),
            url: new.url,
            events: new.events,
            provider: new.provider,
            active: true,
        };
        let key = key(&webhook.id);
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
            let reply = put.write(snapshot, (&webhook, Vec::new()), &mut changes)?;
            Ok(written(changes, &reply))
        };
        let written = self.transact(request, decide).await?;
        self.done(&written)
    }

    /// The secret of an endpoint: 32 bytes that the receiver checks signatures with.
    pub fn webhook_secret(&self, id: &str) -> [u8; 32] {
        self.shared.keys.derive("webhook", id)
    }

    /// All endpoints, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn webhooks(&self) -> Result<Vec<Versioned<Webhook>>, Error> {
        let list = List::Documents {
            kind: DocumentKind::Webhook,
            partition: Some(Partition::Platform),
            after: None,
            limit: PAGE_MAX,
        };
        self.versioned_list(list).await
    }

    /// Deletes an endpoint.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::VersionConflict`].
    pub async fn delete_webhook(
        &self,
        context: Context,
        id: &str,
        expected: Expected,
    ) -> Result<Done<Deleted>, Error> {
        let idempotency = Self::idempotency(&context, "delete-webhook", &(id, expected));
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
                return Err(Refusal::NotFound { what: "webhook" });
            }
            let mut changes = Vec::new();
            let reply = put.delete(snapshot, &mut changes)?;
            Ok(written(changes, &reply))
        };
        let written = self.transact(request, decide).await?;
        self.done(&written)
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
        kind: DocumentKind::Webhook,
        id: id.into(),
    }
}

fn check(new: &NewWebhook) -> Result<(), RecordError> {
    let NewWebhook { url, events, .. } = new;
    let printable = url
        .bytes()
        .all(|byte| (b'!'..=b'~').contains(&byte) && byte != b'\\');
    let host = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => has_host(rest, |_| true),
        (_, Some(rest)) => has_host(rest, |host| LOCAL.contains(&host)),
        _ => false,
    };
    if !host || !printable || url.len() > URL_BYTES_MAX {
        return Err(RecordError::Url);
    }
    if events.len() > EVENTS_MAX {
        let (field, most) = ("events", EVENTS_MAX);
        return Err(RecordError::TooMany { field, most });
    }
    Ok(())
}

/// Names of this machine, where a message need not be encrypted.
const LOCAL: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Whether a URL goes on with a host that fits, and perhaps a port. A name and password before the
/// host are refused: what seems to be the host there is not.
fn has_host(rest: &str, fits: impl Fn(&str) -> bool) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // The address in brackets has colons of its own.
    let from = authority.rfind(']').unwrap_or(0);
    let (host, port) = match authority[from..].find(':') {
        Some(at) => (&authority[..from + at], Some(&authority[from + at + 1..])),
        None => (authority, None),
    };
    let port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    !host.is_empty() && !authority.contains('@') && port && fits(host)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{World, now, operator};
    use super::*;

    #[test]
    fn endpoints_are_made_listed_and_deleted() {
        let world = World::new();
        let new = |url: &str| NewWebhook {
            url: url.to_owned(),
            events: vec!["booked".to_owned()],
            provider: None,
        };
        let made = now(world
            .engine
            .create_webhook(operator(), new("https://example.com/hook")));
        let made = made.unwrap().value;
        let id = made.value.id.clone();
        assert_eq!(now(world.engine.webhooks()).unwrap(), [made]);
        let secret = world.engine.webhook_secret(&id);
        assert_eq!(secret, world.engine.webhook_secret(&id));
        assert_ne!(secret, world.engine.webhook_secret("other"));
        now(world
            .engine
            .delete_webhook(operator(), &id, Expected::Version(1)))
        .unwrap();
        assert!(now(world.engine.webhooks()).unwrap().is_empty());
        let again = now(world.engine.delete_webhook(operator(), &id, Expected::Any));
        assert_eq!(again.unwrap_err().code(), "not-found");
    }

    #[test]
    fn only_encrypted_or_local_urls_are_taken() {
        let fits = |url: &str| {
            let new = NewWebhook {
                url: url.to_owned(),
                events: Vec::new(),
                provider: None,
            };
            check(&new).is_ok()
        };
        assert!(fits("https://example.com/hook?x=1"));
        assert!(fits("http://127.0.0.1:8080/hook"));
        assert!(fits("http://localhost"));
        assert!(fits("http://[::1]:8080"));
        assert!(fits("https://[2001:db8::1]/hook"));
        for url in [
            "",
            "example.com",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://127.0.0.1.example.com/",
            "https://",
            "https:///path",
            "https://exa mple.com/",
            "ftp://example.com/",
            "http://localhost:@example.com/",
            "http://localhost:80@example.com/",
            "https://name:secret@example.com/",
            "http://localhost:port/",
            "https://example.com:0/",
            "https://?x",
            "http://localhost\\.example.com/",
        ] {
            assert!(!fits(url), "{url}");
        }
    }
}
