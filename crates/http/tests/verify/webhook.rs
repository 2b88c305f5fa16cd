use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Whether a message was signed with a secret, not more than five minutes from `now`.
pub(crate) fn verify(
    secret: &str,
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now: i64,
) -> bool {
    let key = secret
        .strip_prefix("whsec_")
        .and_then(|text| STANDARD.decode(text).ok());
    let (Some(key), Ok(at)) = (key, timestamp.parse::<i64>()) else {
        return false;
    };
    if (now - at).abs() > 300 {
        return false;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key may have any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    signatures.split(' ').any(|each| {
        let given = each
            .strip_prefix("v1,")
            .and_then(|text| STANDARD.decode(text).ok());
        // Compares in constant time.
        given.is_some_and(|given| mac.clone().verify_slice(&given).is_ok())
    })
}
