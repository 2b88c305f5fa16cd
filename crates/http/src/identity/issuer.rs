//! Tokens of another issuer, checked with the public keys that it publishes (JWKS, RFC 7517).

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use quando::id::{ActorId, ProviderId};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Identity, Role, SKEW, standing};
use crate::outbound::Outbound;
use crate::problem::Fault;

/// How long keys are taken as they were read.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long nobody looks again for a key that was not there: tokens can name any.
const PAUSE: Duration = Duration::from_secs(10);
/// Most keys of an issuer.
const KEYS_MAX: usize = 64;

/// Where the keys of an issuer are.
pub trait KeySource: Send + Sync {
    /// A JWKS document, or why there is none.
    fn read(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>>;
}

/// Keys in a file, which may be replaced while the server runs.
#[derive(Clone, Debug)]
pub struct KeyFile(pub PathBuf);

impl KeySource for KeyFile {
    fn read(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        let text = std::fs::read_to_string(&self.0);
        let text = text.map_err(|error| format!("{}: {error}", self.0.display()));
        Box::pin(std::future::ready(text))
    }
}

/// Most bytes of a document with keys.
const KEYS_BYTES_MAX: usize = 256 * 1024;

/// Keys at an address, which the issuer replaces.
#[derive(Debug)]
pub struct KeyUrl {
    url: String,
    outbound: Outbound,
}

impl KeyUrl {
    /// Keys at an address, also of a server in the own network; nothing when it is not `https`, for
    /// whoever is in between could set keys of its own.
    pub fn new(url: impl Into<String>) -> Option<KeyUrl> {
        let url = url.into();
        url.starts_with("https://").then(|| KeyUrl {
            url,
            outbound: Outbound::new(true),
        })
    }

    async fn fetch(&self) -> Result<String, String> {
        let asked = self
            .outbound
            .get(&self.url, HeaderMap::new(), KEYS_BYTES_MAX);
        let answer = asked.await.map_err(|error| error.to_string())?;
        if answer.status != StatusCode::OK {
            return Err(format!("the answer of the issuer is {}", answer.status));
        }
        let text = String::from_utf8(answer.body.to_vec());
        text.map_err(|_| "the answer of the issuer is no text".to_owned())
    }
}

impl KeySource for KeyUrl {
    fn read(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        Box::pin(self.fetch())
    }
}

/// What tokens of an issuer say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerSettings {
    /// By whom they are issued: the claim `iss`.
    pub issuer: String,
    /// For whom they are: the claim `aud`.
    pub audience: String,
    /// In which claim the role is: a text or a list of texts, one of which is a role.
    pub role_claim: String,
    /// In which claim the provider is, in the role of one.
    pub provider_claim: String,
}

/// Another issuer of tokens.
pub struct Issuer {
    settings: IssuerSettings,
    source: Box<dyn KeySource>,
    keys: RwLock<Keys>,
    reading: Mutex<()>,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Issuer");
        shown
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The keys as they were read.
#[derive(Default)]
struct Keys {
    by_id: HashMap<String, (Algorithm, DecodingKey)>,
    read_at: Option<Instant>,
    tried_at: Option<Instant>,
}

/// Why keys are not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// They cannot be read.
    #[error("cannot read the keys of the issuer: {0}")]
    Unreadable(String),
    /// The document is no JWKS, or has no key that tokens can be checked with.
    #[error("the keys of the issuer are no JWKS with keys for RS256, ES256 or EdDSA")]
    NoKeys,
}

impl Issuer {
    /// An issuer whose keys are read when the first token comes, or by [`Issuer::refresh`].
    pub fn new(settings: IssuerSettings, source: impl KeySource + 'static) -> Issuer {
        Issuer {
            settings,
            source: Box::new(source),
            keys: RwLock::default(),
            reading: Mutex::default(),
        }
    }

    /// Reads the keys. The old ones stay if that fails.
    ///
    /// # Errors
    ///
    /// [`IssuerError`].
    pub async fn refresh(&self) -> Result<(), IssuerError> {
        let read = self.source.read().await.map_err(IssuerError::Unreadable);
        let parsed = read.and_then(|text| parse(&text));
        let now = Instant::now();
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.tried_at = Some(now);
        keys.by_id = parsed?;
        keys.read_at = Some(now);
        Ok(())
    }

    /// Who a token is of.
    pub(crate) async fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, Fault> {
        let wrong = |_| Fault::BadToken("signature or claims are not as they should be");
        let header = decode_header(token).map_err(wrong)?;
        let kid = header.kid.ok_or(Fault::BadToken("it names no key"))?;
        let found = self.key(&kid).await;
        let (algorithm, key) = found.ok_or(Fault::BadToken("its key is not known"))?;
        // The key says which algorithm it is for, not the token.
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // Compared below with the clock of the engine.
        validation.validate_exp = false;
        let claims = decode::<Map<String, Value>>(token, &key, &validation);
        let claims = claims.map_err(wrong)?.claims;
        check_times(&claims, now.timestamp())?;
        self.identity(&claims)
    }

    fn identity(&self, claims: &Map<String, Value>) -> Result<Identity, Fault> {
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or("");
        let subject = ActorId::new(subject).map_err(|_| Fault::BadToken("`sub` is no id"))?;
        let role = role(claims.get(&self.settings.role_claim))?;
        let provider = match claims.get(&self.settings.provider_claim) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let id = value.as_str().and_then(|text| ProviderId::new(text).ok());
                Some(id.ok_or(Fault::BadToken("the provider is no id"))?)
            }
        };
        Ok(Identity {
            subject,
            standing: standing(role, provider)?,
        })
    }

    async fn key(&self, id: &str) -> Option<(Algorithm, DecodingKey)> {
        if self.is_due(id) {
            // One reads; whoever waited looks again.
            let _guard = self.reading.lock().await;
            if self.is_due(id)
                && let Err(error) = self.refresh().await
            {
                log::warn!("{error}");
            }
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.by_id.get(id).cloned()
    }

    /// Whether the keys are old, or lack one; and it was not tried a moment ago.
    fn is_due(&self, id: &str) -> bool {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let is_old = |at: Option<Instant>, most| at.is_none_or(|at| at.elapsed() >= most);
        let is_wanted = is_old(keys.read_at, FRESH) || !keys.by_id.contains_key(id);
        is_wanted && is_old(keys.tried_at, PAUSE)
    }
}

/// What the keys of a document are for; those that are for something else are left out.
fn parse(text: &str) -> Result<HashMap<String, (Algorithm, DecodingKey)>, IssuerError> {
    #[derive(Deserialize)]
    struct Document {
        keys: Vec<Value>,
    }
    let document: Document = serde_json::from_str(text).map_err(|_| IssuerError::NoKeys)?;
    let mut keys = HashMap::new();
    for value in document.keys.into_iter().take(KEYS_MAX) {
        let Ok(jwk) = serde_json::from_value::<Jwk>(value) else {
            continue;
        };
        let (Some(id), Some(algorithm)) = (jwk.common.key_id.clone(), algorithm(&jwk)) else {
            continue;
        };
        if let Ok(key) = DecodingKey::from_jwk(&jwk) {
            keys.insert(id, (algorithm, key));
        }
    }
    if keys.is_empty() {
        return Err(IssuerError::NoKeys);
    }
    Ok(keys)
}

/// What a key is for, by what it is; never a secret, for what is published is none.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let is_named = jwk.common.key_algorithm.is_none_or(|each| each == named);
    let signs = |each: &PublicKeyUse| *each == PublicKeyUse::Signature;
    let is_for_signatures = jwk.common.public_key_use.as_ref().is_none_or(signs);
    (is_named && is_for_signatures).then_some(algorithm)
}

/// The role in a claim. Whoever has none is a customer; in a list, what is no role of ours is for
/// others.
fn role(claim: Option<&Value>) -> Result<Role, Fault> {
    let read = |value: &Value| serde_json::from_value::<Role>(value.clone()).ok();
    match claim {
        None | Some(Value::Null) => Ok(Role::Customer),
        Some(Value::Array(values)) => {
            let mut roles: Vec<Role> = values.iter().filter_map(read).collect();
            roles.dedup();
            match roles.as_slice() {
                [] => Ok(Role::Customer),
                [role] => Ok(*role),
                _ => Err(Fault::BadToken("it has more than one role")),
            }
        }
        Some(value) => read(value).ok_or(Fault::BadToken("its role is not known")),
    }
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), Fault> {
    // Dates may have fractions of a second (RFC 7519 section 2); half a second more is no matter.
    let date = |name: &str| {
        let value = claims.get(name)?;
        value
            .as_i64()
            .or_else(|| value.to_string().split('.').next()?.parse().ok())
    };
    let skew = SKEW.num_seconds();
    match date("exp") {
        Some(exp) if exp.saturating_add(skew) > now => {}
        Some(_) => return Err(Fault::BadToken("it has expired")),
        None => return Err(Fault::BadToken("it does not say until when")),
    }
    let is_later = |name| date(name).is_some_and(|at: i64| at > now.saturating_add(skew));
    if is_later("nbf") || is_later("iat") {
        return Err(Fault::BadToken("it is from the future"));
    }
    Ok(())
}
