//! Headers that say under which key, over which version and as which type.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use quando::booking::HoldToken;
use quando::idempotency::IdempotencyKey;
use quando_engine::Expected;

use crate::problem::{Fault, Problem};

const KEY: &str = "idempotency-key";
const HOLD_TOKEN: &str = "hold-token";

/// The key of a request that must have one: it books or moves money.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) IdempotencyKey);

/// The key of a request that may have one.
#[derive(Debug)]
pub(crate) struct KeyIfAny(pub(crate) Option<IdempotencyKey>);

/// Over which version something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Option<Expected>);

/// What the holder of a hold knows.
#[derive(Debug)]
pub(crate) struct HoldSecret(pub(crate) Option<HoldToken>);

impl<S: Send + Sync> FromRequestParts<S> for KeyIfAny {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<KeyIfAny, Problem> {
        let Some(text) = one(&parts.headers, KEY, KEY)? else {
            return Ok(KeyIfAny(None));
        };
        let key = IdempotencyKey::new(text);
        let key = key.map_err(|error| Problem::from(quando_engine::Error::from(error)))?;
        Ok(KeyIfAny(Some(key)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Key, Problem> {
        let KeyIfAny(key) = KeyIfAny::from_request_parts(parts, state).await?;
        key.map(Key).ok_or_else(|| Fault::KeyMissing.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<IfMatch, Problem> {
        let headers = &parts.headers;
        if let Some(text) = one(headers, header::IF_NONE_MATCH.as_str(), "If-None-Match")? {
            return match text {
                "*" => Ok(IfMatch(Some(Expected::New))),
                _ => Err(header_fault(
                    "If-None-Match",
                    "is `*` where it is taken at all",
                )),
            };
        }
        let Some(text) = one(headers, header::IF_MATCH.as_str(), "If-Match")? else {
            return Ok(IfMatch(None));
        };
        version(text).map(|expected| IfMatch(Some(expected)))
    }
}

impl IfMatch {
    /// The version, for what is never written without one.
    pub(crate) fn required(self) -> Result<Expected, Problem> {
        self.0.ok_or_else(|| Fault::PreconditionMissing.into())
    }

    /// The version, or any.
    pub(crate) fn or_any(self) -> Expected {
        self.0.unwrap_or_default()
    }

    /// The number, for bookings, which are never made by such a request.
    pub(crate) fn number(self) -> Result<Option<u64>, Problem> {
        match self.0 {
            None | Some(Expected::Any) => Ok(None),
            Some(Expected::Version(version)) => Ok(Some(version)),
            Some(Expected::New) => Err(Fault::PreconditionFailed.into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for HoldSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<HoldSecret, Problem> {
        let text = one(&parts.headers, HOLD_TOKEN, HOLD_TOKEN)?;
        let token = text.map(|text| HoldToken::try_from(text.to_owned()));
        let token = token.transpose();
        let wrong = "has 64 lower-case hexadecimal digits";
        token
            .map(HoldSecret)
            .map_err(|_| header_fault("Hold-Token", wrong))
    }
}

/// The entity tag of a version.
pub(crate) fn etag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits are printable")
}

/// Whether a body says that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).eq_ignore_ascii_case("application/json")
}

/// The media type of a body, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    text.split(';').next().unwrap_or("").trim()
}

/// `"3"` or `*`. A weak tag never matches (RFC 9110 section 13.1.1), and neither does what is no
/// version of ours.
fn version(text: &str) -> Result<Expected, Problem> {
    if text == "*" {
        return Ok(Expected::Any);
    }
    let digits = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    match digits {
        Some(digits) => match digits.parse() {
            Ok(version) if !digits.starts_with('+') => Ok(Expected::Version(version)),
            _ => Err(Fault::PreconditionFailed.into()),
        },
        None if text.starts_with("W/") => Err(Fault::PreconditionFailed.into()),
        None => Err(header_fault("If-Match", "is one entity tag, or `*`")),
    }
}

/// The one value of a header; two of them contradict each other.
fn one<'a>(
    headers: &'a HeaderMap,
    name: &str,
    shown: &'static str,
) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(header_fault(shown, "may be there once"));
    }
    let text = value.to_str();
    text.map(Some)
        .map_err(|_| header_fault(shown, "has printable ASCII characters"))
}

fn header_fault(name: &'static str, problem: &'static str) -> Problem {
    Fault::Header { name, problem }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_strong_tag() {
        let check = |text: &str, expected: Result<Expected, u16>| {
            let found = version(text).map_err(|problem| problem.status.as_u16());
            assert_eq!(found, expected, "{text}");
        };
        check("\"3\"", Ok(Expected::Version(3)));
        check("*", Ok(Expected::Any));
        check("W/\"3\"", Err(412));
        check("\"x\"", Err(412));
        check("\"+3\"", Err(412));
        check("\"\"", Err(412));
        check("3", Err(400));
        check("\"3\", \"4\"", Err(412));
    }
}
