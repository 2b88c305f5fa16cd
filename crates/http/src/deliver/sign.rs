//! Signatures of Standard Webhooks: HMAC with SHA-256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// A secret in the form that receivers are given.
pub(crate) fn secret_text(secret: &[u8; 32]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

/// The headers of a message: signed with each secret, one signature after the other.
pub(super) fn headers(
    id: &str,
    now: DateTime<Utc>,
    (body, secrets): (&[u8], &[[u8; 32]]),
) -> HeaderMap {
    let at = now.timestamp();
    let each = secrets
        .iter()
        .map(|secret| signature(secret, (id, at), body));
    let signatures = each.collect::<Vec<_>>().join(" ");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(TIMESTAMP, at.into());
    for (name, text) in [(ID, id), (SIGNATURE, &signatures)] {
        let value = HeaderValue::from_str(text).expect("ids and base64 are printable");
        headers.insert(name, value);
    }
    headers
}

fn signature(secret: &[u8; 32], (id, at): (&str, i64), body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key may have any length");
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with Python's `hmac` module.
    #[test]
    fn a_signature_is_what_others_compute() {
        let secret = *b"0123456789abcdef0123456789abcdef";
        let body = br#"{"type":"ping"}"#;
        let now = DateTime::from_timestamp(1_772_366_400, 0).unwrap();
        let headers = headers("msg_17_0", now, (body, &[secret, [0; 32]]));
        assert_eq!(headers["webhook-id"], "msg_17_0");
        assert_eq!(headers["webhook-timestamp"], "1772366400");
        let signatures = headers["webhook-signature"].to_str().unwrap();
        let (first, second) = signatures.split_once(' ').unwrap();
        assert_eq!(first, "v1,gIwyoOwpGWWUi6GkVI09xD4Hh7oeSdX5oPj7drzHawU=");
        assert_eq!(second, "v1,b0ff0eYcaaPHrL66ZVDEiFbq4C2gvh7VupklEzHFJao=");
        assert_eq!(
            secret_text(&secret),
            "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        );
    }
}
