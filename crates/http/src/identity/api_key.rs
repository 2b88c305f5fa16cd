//! API keys: `qk_<id>_<secret>`, where the secret is 32 random bytes in base64url.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quando::id::ActorId;
use quando_engine::store::Store;
use quando_engine::{Engine, KnownApiKey};
use tokio::time::Instant;

use super::{Identity, Standing};
use crate::problem::{Fault, Problem};

/// What begins a key.
const PREFIX: &str = "qk_";
/// Bytes of an id: a UUID.
const ID_BYTES: usize = 36;
/// How long a key is taken for what it was: a deleted one is refused by other servers after that.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Most keys that are remembered, those that are not there among them.
const REMEMBERED_MAX: usize = 10_000;
/// What begins the name of whoever acts with a key.
const ACTOR: &str = "api-key/";

/// What was found of keys a moment ago.
#[derive(Debug, Default)]
pub(crate) struct ApiKeys(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    known: HashMap<String, (Option<KnownApiKey>, Instant)>,
    /// Grows with each deletion: what was read before one is not remembered after it.
    deletions: u64,
}

/// The text of a key, which is told once.
pub(crate) fn text(id: &str, secret: &[u8; 32]) -> String {
    format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(secret))
}

/// Whether a bearer token is an API key.
pub(crate) fn is_key(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// Whether somebody is a program with a key.
pub(crate) fn is_program(identity: &Identity) -> bool {
    identity.subject.as_str().starts_with(ACTOR)
}

/// Whether a text has the form of the id of a key.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    text.len() == ID_BYTES && text.bytes().all(fits)
}

impl ApiKeys {
    /// Who a key is of.
    pub(crate) async fn check<S: Store>(
        &self,
        engine: &Engine<S>,
        token: &str,
    ) -> Result<Identity, Problem> {
        let wrong = || Problem::from(Fault::BadToken("it is no API key that is accepted"));
        let rest = token.strip_prefix(PREFIX).ok_or_else(wrong)?;
        let (id, secret) = rest.split_once('_').ok_or_else(wrong)?;
        if !is_id(id) {
            return Err(wrong());
        }
        let secret = URL_SAFE_NO_PAD.decode(secret).map_err(|_| wrong())?;
        let known = self.find(engine, id).await?.ok_or_else(wrong)?;
        if !known.opens(&secret) {
            return Err(wrong());
        }
        let expires_at = known.key.expires_at;
        if expires_at.is_some_and(|expires_at| expires_at <= engine.now()) {
            return Err(Fault::BadToken("it has expired").into());
        }
        Ok(Identity {
            subject: ActorId::new(format!("{ACTOR}{id}")).expect("an id in an id is one"),
            standing: known
                .key
                .provider
                .map_or(Standing::Operator, Standing::Provider),
        })
    }

    async fn find<S: Store>(
        &self,
        engine: &Engine<S>,
        id: &str,
    ) -> Result<Option<KnownApiKey>, Problem> {
        let now = Instant::now();
        let deletions = {
            let memory = self.lock();
            if let Some((known, until)) = memory.known.get(id)
                && *until > now
            {
                return Ok(known.clone());
            }
            memory.deletions
        };
        let known = engine.api_key(id).await?;
        let mut memory = self.lock();
        if memory.deletions == deletions {
            if memory.known.len() >= REMEMBERED_MAX {
                memory.known.retain(|_, (_, until)| *until > now);
            }
            if memory.known.len() >= REMEMBERED_MAX {
                memory.known.clear();
            }
            let until = now + REMEMBERED;
            memory.known.insert(id.to_owned(), (known.clone(), until));
        }
        Ok(known)
    }

    /// That a key was deleted: it is not taken for what it was any more.
    pub(crate) fn forget(&self, id: &str) {
        let mut memory = self.lock();
        memory.deletions += 1;
        memory.known.remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // What is remembered is whole after each statement.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
