//! Endpoints that are told what happens. They are kept here; who delivers reads the feed.

use std::net::Ipv6Addr;

use chrono::{DateTime, TimeDelta, Utc};
use quando::id::ProviderId;
use serde::{Deserialize, Serialize};

use super::catalogue::{Deleted, Expected, Put};
use super::deliveries::EVENT_TYPES;
use crate::limits::{PAGE_MAX, URL_BYTES_MAX};
use crate::question::body;
use crate::record::{RecordError, Versioned};
use crate::store::{
    DocumentKey, DocumentKind, List, Partition, Scope, Snapshot, Store, Write, WriteRequest,
};
use crate::{Context, Done, Engine, Error, Refusal};

/// Most kinds of events that an endpoint names.
const EVENTS_MAX: usize = 64;
/// How much of an unknown kind of event an error shows, in characters.
const EVENT_SHOWN_MAX: usize = 64;
/// For how long messages are signed with both secrets after one was replaced.
const SECRET_OVERLAP: TimeDelta = TimeDelta::hours(24);

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
    /// When it was made; it is told what happened from then on.
    #[serde(default)]
    pub created_at: DateTime<Utc>,
    /// Why it is not told anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<DisabledReason>,
    /// Since when nothing has arrived there, when that has been so for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// How often its secret was replaced.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub secret_number: u32,
    /// When its secret was replaced last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<DateTime<Utc>>,
}

/// Why an endpoint is not told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisabledReason {
    /// It answered that it is gone (410).
    Gone,
    /// Nothing arrived there for days.
    Failing,
}

/// What is done to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WebhookChange {
    /// It gets another secret; the one before is used beside it for a day.
    RotateSecret,
    /// It is told again what happens.
    Enable,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
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
            created_at: self.now(),
            disabled: None,
            failing_since: None,
            secret_number: 0,
            rotated_at: None,
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
    pub fn webhook_secret(&self, webhook: &Webhook) -> [u8; 32] {
        self.numbered_secret(webhook, webhook.secret_number)
    }

    /// The secrets that a message is signed with: its own, and for a day after it was replaced the
    /// one before.
    pub fn webhook_secrets(&self, webhook: &Webhook) -> Vec<[u8; 32]> {
        let mut secrets = vec![self.webhook_secret(webhook)];
        let rotated = webhook.rotated_at;
        let overlaps = rotated.is_some_and(|at| self.now() < at + SECRET_OVERLAP);
        if let Some(before) = webhook.secret_number.checked_sub(1).filter(|_| overlaps) {
            secrets.push(self.numbered_secret(webhook, before));
        }
        secrets
    }

    fn numbered_secret(&self, webhook: &Webhook, number: u32) -> [u8; 32] {
        let id = &webhook.id;
        match number {
            0 => self.shared.keys.derive("webhook", id),
            // Ids have no slashes.
            _ => self
                .shared
                .keys
                .derive("webhook", &format!("{id}/{number}")),
        }
    }

    /// All endpoints, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn webhooks(&self) -> Result<Vec<Versioned<Webhook>>, Error> {
        let mut all: Vec<Versioned<Webhook>> = Vec::new();
        loop {
            let list = List::Documents {
                kind: DocumentKind::Webhook,
                partition: Some(Partition::Platform),
                after: all.last().map(|last| key(&last.value.id)),
                limit: PAGE_MAX,
            };
            let page = self.versioned_list(list).await?;
            let is_last = page.len() < PAGE_MAX as usize;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// An endpoint.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn webhook(&self, id: &str) -> Result<Versioned<Webhook>, Error> {
        let key = key(id);
        let scope = Scope::new(Partition::Platform).document(key.clone());
        let snapshot = self.store.read(scope).await?;
        Ok(known(&snapshot, &key)?)
    }

    /// Replaces the secret of an endpoint, or has it told again what happens.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::VersionConflict`].
    pub async fn change_webhook(
        &self,
        context: Context,
        id: &str,
        (change, expected): (WebhookChange, Expected),
    ) -> Result<Done<Versioned<Webhook>>, Error> {
        let request = (id, change, expected);
        let idempotency = Self::idempotency(&context, "change-webhook", &request);
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
            let mut webhook = known(snapshot, &key)?.value;
            match change {
                WebhookChange::RotateSecret => {
                    webhook.secret_number = webhook.secret_number.saturating_add(1);
                    webhook.rotated_at = Some(now);
                }
                WebhookChange::Enable => {
                    webhook.active = true;
                    webhook.disabled = None;
                    webhook.failing_since = None;
                }
            }
            let mut changes = Vec::new();
            let reply = put.write(snapshot, (&webhook, Vec::new()), &mut changes)?;
            Ok(written(changes, &reply))
        };
        let written = self.transact(request, decide).await?;
        self.done(&written)
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

/// An endpoint that was read.
pub(super) fn known(snapshot: &Snapshot, key: &DocumentKey) -> Result<Versioned<Webhook>, Refusal> {
    let document = snapshot.document(key);
    let document = document.filter(|document| !document.body.is_empty());
    let document = document.ok_or(Refusal::NotFound { what: "webhook" })?;
    Ok(Versioned {
        version: document.version,
        updated_at: document.updated_at,
        value: body(document)?,
    })
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

pub(super) fn key(id: &str) -> DocumentKey {
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
    let unknown = |name: &&String| !EVENT_TYPES.contains(&name.as_str());
    if let Some(name) = events.iter().find(unknown) {
        let name = name.chars().take(EVENT_SHOWN_MAX).collect();
        return Err(RecordError::UnknownEvent { name });
    }
    Ok(())
}

/// Names of this machine, where a message need not be encrypted.
const LOCAL: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Whether a URL goes on with a host that fits, and perhaps a port. A name and password before the
/// host are refused: what seems to be the host there is not.
pub(super) fn has_host(rest: &str, fits: impl Fn(&str) -> bool) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // The address in brackets has colons of its own.
    let from = authority.rfind(']').unwrap_or(0);
    let (host, port) = match authority[from..].find(':') {
        Some(at) => (&authority[..from + at], Some(&authority[from + at + 1..])),
        None => (authority, None),
    };
    let port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_name = match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => !host.is_empty(),
    };
    is_name && !authority.contains('@') && port && fits(host)
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
            events: vec!["booking.booked".to_owned()],
            provider: None,
        };
        let made = now(world
            .engine
            .create_webhook(operator(), new("https://example.com/hook")));
        let made = made.unwrap().value;
        let id = made.value.id.clone();
        assert_eq!(
            now(world.engine.webhooks()).unwrap(),
            std::slice::from_ref(&made)
        );
        assert_eq!(now(world.engine.webhook(&id)).unwrap(), made);
        let other = now(world
            .engine
            .create_webhook(operator(), new("https://example.com/other")));
        let other = other.unwrap().value.value;
        let secret = world.engine.webhook_secret(&made.value);
        assert_eq!(secret, world.engine.webhook_secret(&made.value));
        assert_ne!(secret, world.engine.webhook_secret(&other));
        now(world
            .engine
            .delete_webhook(operator(), &other.id, Expected::Any))
        .unwrap();
        now(world
            .engine
            .delete_webhook(operator(), &id, Expected::Version(1)))
        .unwrap();
        assert!(now(world.engine.webhooks()).unwrap().is_empty());
        let again = now(world.engine.delete_webhook(operator(), &id, Expected::Any));
        assert_eq!(again.unwrap_err().code(), "not-found");
    }

    #[test]
    fn kinds_of_events_that_nobody_knows_are_refused() {
        let new = NewWebhook {
            url: "https://example.com/hook".to_owned(),
            events: vec!["booking.boked".to_owned()],
            provider: None,
        };
        assert_eq!(check(&new).unwrap_err().code(), "record-event-unknown");
    }

    #[test]
    fn both_secrets_sign_for_a_day_after_one_was_replaced() {
        let world = World::new();
        let new = NewWebhook {
            url: "https://example.com/hook".to_owned(),
            events: Vec::new(),
            provider: None,
        };
        let made = now(world.engine.create_webhook(operator(), new)).unwrap();
        let first = world.engine.webhook_secret(&made.value.value);
        let rotate = (WebhookChange::RotateSecret, Expected::Any);
        let id = made.value.value.id;
        let rotated = now(world.engine.change_webhook(operator(), &id, rotate));
        let rotated = rotated.unwrap().value.value;
        let second = world.engine.webhook_secret(&rotated);
        assert_ne!(first, second);
        world.at("2026-03-02T11:59:59Z");
        assert_eq!(world.engine.webhook_secrets(&rotated), [second, first]);
        world.at("2026-03-02T12:00:00Z");
        assert_eq!(world.engine.webhook_secrets(&rotated), [second]);
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
