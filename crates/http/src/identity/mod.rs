//! Who asks: bearer tokens (JWT, RFC 7519) of this server, signed with HS256, or of another issuer,
//! and API keys.

pub(crate) mod action;
pub(crate) mod api_key;
mod issuer;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use quando::booking::{Actor, By};
use quando::id::{ActorId, ProviderId};
use serde::{Deserialize, Serialize};

use crate::problem::Fault;

pub use issuer::{Issuer, IssuerError, IssuerSettings, KeyFile, KeySource, KeyUrl};

/// For whom tokens are: servers of quando.
const AUDIENCE: &str = "quando";
/// By whom they are issued.
const ISSUER: &str = "quando";
/// By how much the clocks of issuer and server may differ.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// Shortest secret, in bytes: as long as the hash (RFC 7518 section 3.2).
pub const SECRET_BYTES_MIN: usize = 32;

/// In which role somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Books for itself.
    Customer,
    /// Acts for one provider.
    Provider,
    /// The marketplace's staff.
    Operator,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who: a customer's id is this.
    pub sub: ActorId,
    /// In which role.
    pub role: Role,
    /// For which provider, in the role of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// Until when, in seconds since 1970.
    pub exp: i64,
    /// Since when, in seconds since 1970.
    #[serde(default)]
    pub iat: i64,
    /// By whom it was issued.
    pub iss: String,
    /// For whom it is.
    pub aud: String,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Somebody without a token.
    Anonymous,
    /// Somebody with one.
    Known(Identity),
}

/// Who somebody is, as its token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// By name.
    pub subject: ActorId,
    /// In which role.
    pub standing: Standing,
}

/// A role, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Books for itself.
    Customer,
    /// Acts for this provider.
    Provider(ProviderId),
    /// The marketplace's staff.
    Operator,
}

/// The secret that tokens are signed with.
pub struct Tokens {
    signing: EncodingKey,
    checking: DecodingKey,
    validation: Validation,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(..)")
    }
}

/// A secret that is too short to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret for tokens has at least {SECRET_BYTES_MIN} bytes")]
pub struct ShortSecretError;

impl Tokens {
    /// Signs and checks with a secret.
    ///
    /// # Errors
    ///
    /// [`ShortSecretError`] for less than [`SECRET_BYTES_MIN`] bytes.
    pub fn new(secret: &[u8]) -> Result<Tokens, ShortSecretError> {
        if secret.len() < SECRET_BYTES_MIN {
            return Err(ShortSecretError);
        }
        // One algorithm, whatever the header of a token asks for.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // Compared below with the clock of the engine, which tests can set.
        validation.validate_exp = false;
        Ok(Tokens {
            signing: EncodingKey::from_secret(secret),
            checking: DecodingKey::from_secret(secret),
            validation,
        })
    }

    /// A token for somebody, for some time from `now` on.
    ///
    /// # Panics
    ///
    /// Never: claims have a JSON form.
    pub fn mint(&self, identity: &Identity, now: DateTime<Utc>, lasts: TimeDelta) -> String {
        let (role, provider) = match &identity.standing {
            Standing::Customer => (Role::Customer, None),
            Standing::Provider(provider) => (Role::Provider, Some(provider.clone())),
            Standing::Operator => (Role::Operator, None),
        };
        let claims = Claims {
            sub: identity.subject.clone(),
            role,
            provider,
            exp: now.timestamp().saturating_add(lasts.num_seconds()),
            iat: now.timestamp(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
        };
        let header = Header::new(Algorithm::HS256);
        encode(&header, &claims, &self.signing).expect("claims have a JSON form")
    }

    /// Who a token is of.
    pub(crate) fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Identity, Fault> {
        let read = decode::<Claims>(token, &self.checking, &self.validation);
        let claims = read
            .map_err(|_| Fault::BadToken("signature or claims are not as they should be"))?
            .claims;
        let skew = SKEW.num_seconds();
        if claims.exp.saturating_add(skew) <= now.timestamp() {
            return Err(Fault::BadToken("it has expired"));
        }
        if claims.iat > now.timestamp().saturating_add(skew) {
            return Err(Fault::BadToken("it is from the future"));
        }
        Ok(Identity {
            subject: claims.sub,
            standing: standing(claims.role, claims.provider)?,
        })
    }
}

/// What a role and a provider come to.
fn standing(role: Role, provider: Option<ProviderId>) -> Result<Standing, Fault> {
    match (role, provider) {
        (Role::Customer, None) => Ok(Standing::Customer),
        (Role::Operator, None) => Ok(Standing::Operator),
        (Role::Provider, Some(provider)) => Ok(Standing::Provider(provider)),
        _ => Err(Fault::BadToken("role and provider do not go together")),
    }
}

/// Whether a token is one of another issuer: not signed with a secret.
pub(crate) fn is_of_issuer(token: &str) -> bool {
    let header = jsonwebtoken::decode_header(token);
    header.is_ok_and(|header| header.alg != Algorithm::HS256)
}

/// The token of a request, by its `Authorization` header; nobody becomes anonymous by a mistake.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Fault::BadToken("there are two"));
    }
    let text = value.to_str();
    let text = text.map_err(|_| Fault::BadToken("it is not ASCII"))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Fault::BadToken("the scheme is not Bearer"));
    }
    Ok(Some(token.trim()))
}

impl Identity {
    /// In which role, for the engine.
    pub fn actor(&self) -> Actor {
        match self.standing {
            Standing::Customer => Actor::Customer,
            Standing::Provider(_) => Actor::Provider,
            Standing::Operator => Actor::Operator,
        }
    }

    /// Who, for the journal.
    pub fn by(&self) -> By {
        By {
            actor: self.actor(),
            id: Some(self.subject.clone()),
        }
    }
}
