//! Tokens of another issuer. The keys beside this file are for tests alone.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use quando_http::identity::{Issuer, IssuerSettings, KeyFile};
use quando_http::server::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Host, MONDAY};

const RSA: &[u8] = include_bytes!("keys/rsa.der");
const EC: &[u8] = include_bytes!("keys/ec.der");
const ED: &[u8] = include_bytes!("keys/ed.der");
const OTHER: &[u8] = include_bytes!("keys/other.der");

fn signing(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::RS256 | Algorithm::RS512 => EncodingKey::from_rsa_der(RSA),
        Algorithm::ES256 => EncodingKey::from_ec_der(EC),
        _ => EncodingKey::from_ed_der(ED),
    }
}

/// What the issuer publishes of a key.
fn public(id: &str, (key, algorithm): (&EncodingKey, Algorithm)) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).unwrap()
}

fn document() -> Value {
    let key = |id: &str, algorithm| public(id, (&signing(algorithm), algorithm));
    json!({"keys": [
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "alg": "HS256"},
        {"kty": "of the future", "kid": "new"},
        key("rsa", Algorithm::RS256),
        key("ec", Algorithm::ES256),
        key("ed", Algorithm::EdDSA),
    ]})
}

fn write(folder: &TempDir, document: &Value) {
    let path = folder.path().join("keys.json");
    std::fs::write(path, document.to_string()).unwrap();
}

async fn host() -> (Host, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &document());
    let settings = Settings {
        issuer: Some(Arc::new(issuer(&folder.path().join("keys.json")))),
        ..Settings::default()
    };
    (Host::with(settings).await, folder)
}

fn issuer(path: &Path) -> Issuer {
    let settings = IssuerSettings {
        issuer: "https://id.example.com".to_owned(),
        audience: "bookings".to_owned(),
        role_claim: "roles".to_owned(),
        provider_claim: "shop".to_owned(),
    };
    Issuer::new(settings, KeyFile(path.to_owned()))
}

fn claims(change: &Value) -> Value {
    let now: DateTime<Utc> = MONDAY.parse().unwrap();
    let mut claims = json!({
        "sub": "cem", "iss": "https://id.example.com", "aud": ["bookings", "other"],
        "exp": now.timestamp() + 600, "iat": now.timestamp(),
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn token(kid: &str, algorithm: Algorithm, claims: &Value) -> String {
    signed((kid, algorithm), &signing(algorithm), claims)
}

fn signed((kid, algorithm): (&str, Algorithm), key: &EncodingKey, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = Some(kid.to_owned());
    encode(&header, claims, key).unwrap()
}

async fn status(host: &Host, token: &str, path: &str) -> u16 {
    host.get(token, path).await.status.as_u16()
}

#[tokio::test]
async fn three_algorithms_are_accepted_and_roles_come_from_a_claim() {
    let (host, _folder) = host().await;
    host.with_ana().await;
    let mine = "/api/bookings";
    for (kid, algorithm) in [
        ("rsa", Algorithm::RS256),
        ("ec", Algorithm::ES256),
        ("ed", Algorithm::EdDSA),
    ] {
        let good = token(kid, algorithm, &claims(&json!({})));
        assert_eq!(status(&host, &good, mine).await, 200, "{kid}");
    }
    let of = |change: Value| token("ed", Algorithm::EdDSA, &claims(&change));
    let hidden = "/api/providers/ana/resources/ana/schedule";
    let all = async |change: Value| {
        let token = of(change);
        (
            status(&host, &token, mine).await,
            status(&host, &token, hidden).await,
        )
    };
    assert_eq!(
        all(json!({"roles": "provider", "shop": "ana"})).await,
        (200, 200)
    );
    assert_eq!(
        all(json!({"roles": ["staff", "provider"], "shop": "ana"})).await,
        (200, 200)
    );
    assert_eq!(
        all(json!({"roles": ["provider"], "shop": "ben"})).await,
        (200, 403)
    );
    // Operators say whose bookings they want.
    assert_eq!(all(json!({"roles": ["operator"]})).await, (422, 200));
    assert_eq!(all(json!({"roles": ["staff"]})).await, (200, 403));
    // What contradicts itself, or is not known, is refused.
    assert_eq!(all(json!({"roles": "staff"})).await, (401, 401));
    assert_eq!(
        all(json!({"roles": ["operator", "customer"]})).await,
        (401, 401)
    );
    assert_eq!(all(json!({"roles": "provider"})).await, (401, 401));
    assert_eq!(
        all(json!({"roles": "customer", "shop": "ana"})).await,
        (401, 401)
    );
    // The server's own tokens go on.
    assert_eq!(status(&host, &host.customer("cem"), mine).await, 200);
}

#[tokio::test]
async fn what_is_not_the_issuers_is_refused() {
    let (host, _folder) = host().await;
    let now: DateTime<Utc> = MONDAY.parse().unwrap();
    let now = now.timestamp();
    let check = async |token: &str, expected: u16, what: &str| {
        assert_eq!(
            status(&host, token, "/api/bookings").await,
            expected,
            "{what}"
        );
    };
    for (change, expected) in [
        (json!({}), 200),
        // One minute of skew, and not a second more.
        (json!({"exp": now - 59}), 200),
        (json!({"exp": now - 60}), 401),
        (json!({"exp": null}), 401),
        (json!({"exp": "soon"}), 401),
        (json!({"nbf": now + 60}), 200),
        (json!({"nbf": now + 61}), 401),
        (json!({"iat": now + 61}), 401),
        (json!({"aud": "other"}), 401),
        (json!({"aud": null}), 401),
        (json!({"iss": "https://id.example.org"}), 401),
        (json!({"iss": null}), 401),
        (json!({"sub": null}), 401),
        (json!({"sub": ""}), 401),
        (json!({"sub": "a\u{0}b"}), 401),
    ] {
        let of = token("ed", Algorithm::EdDSA, &claims(&change));
        check(&of, expected, &change.to_string()).await;
    }
    let good = claims(&json!({}));
    check(
        &token("nobody", Algorithm::EdDSA, &good),
        401,
        "unknown key",
    )
    .await;
    check(&token("ec", Algorithm::EdDSA, &good), 401, "another key").await;
    check(
        &token("rsa", Algorithm::RS512, &good),
        401,
        "another algorithm",
    )
    .await;
    let other = EncodingKey::from_ed_der(OTHER);
    check(
        &signed(("ed", Algorithm::EdDSA), &other, &good),
        401,
        "forged",
    )
    .await;
    let unnamed = encode(
        &Header::new(Algorithm::EdDSA),
        &good,
        &signing(Algorithm::EdDSA),
    );
    check(&unnamed.unwrap(), 401, "no key named").await;
    // {"alg":"none","kid":"ed"}, and the claims of a good one.
    let of = token("ed", Algorithm::EdDSA, &good);
    let body = of.split('.').nth(1).unwrap();
    let none = "eyJhbGciOiJub25lIiwia2lkIjoiZWQifQ";
    check(&format!("{none}.{body}."), 401, "unsigned").await;
    check(&of[..of.len() - 4], 401, "cut").await;
}

#[tokio::test]
async fn a_published_key_is_no_secret() {
    let (host, _folder) = host().await;
    let good = claims(&json!({"roles": ["operator"]}));
    let published = document();
    // Whatever text of the key somebody signs with, and also the secret that was published.
    let rsa = &published["keys"][2];
    let texts = [
        rsa["n"].as_str().unwrap().to_owned(),
        rsa.to_string(),
        "secretsecretsecretsecretsecret".to_owned(),
        published.to_string(),
    ];
    for text in texts {
        for kid in ["rsa", "shared"] {
            let key = EncodingKey::from_secret(text.as_bytes());
            let forged = signed((kid, Algorithm::HS256), &key, &good);
            assert_eq!(status(&host, &forged, "/api/bookings").await, 401);
        }
    }
}

#[tokio::test]
async fn a_new_key_is_found_and_a_broken_file_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, &document());
    let issuer = issuer(&folder.path().join("keys.json"));
    issuer.refresh().await.unwrap();
    let next = EncodingKey::from_ed_der(OTHER);
    write(
        &folder,
        &json!({"keys": [public("next", (&next, Algorithm::EdDSA))]}),
    );
    issuer.refresh().await.unwrap();
    std::fs::write(folder.path().join("keys.json"), "{").unwrap();
    assert!(issuer.refresh().await.is_err());
    write(
        &folder,
        &json!({"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}),
    );
    assert!(issuer.refresh().await.is_err());
    let settings = Settings {
        issuer: Some(Arc::new(issuer)),
        ..Settings::default()
    };
    let host = Host::with(settings).await;
    let of_next = signed(("next", Algorithm::EdDSA), &next, &claims(&json!({})));
    assert_eq!(status(&host, &of_next, "/api/bookings").await, 200);
    let old = token("ed", Algorithm::EdDSA, &claims(&json!({})));
    assert_eq!(status(&host, &old, "/api/bookings").await, 401);
}
