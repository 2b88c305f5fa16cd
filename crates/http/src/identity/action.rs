//! Single-purpose tokens for a booking, for customers without an account. Nothing of them is stored:
//! what they say is signed with a key that follows from the engine's master keys.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{HeaderName, Method};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::{Booking, Status};
use quando::id::{BookingId, ProviderId};
use quando_engine::store::Store;
use quando_engine::{BookingKey, Engine};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::problem::Fault;

const PREFIX: &str = "qa_";
const HEADER: HeaderName = HeaderName::from_static("action-token");
/// Longest token, in bytes: two ids and a code.
const BYTES_MAX: usize = 2_048;
/// How long after its end a booking can be seen and reviewed with a token.
const AFTERWARDS: TimeDelta = TimeDelta::days(30);

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Purpose {
    /// To see the booking, and to be given the other tokens.
    View,
    /// To make a booking of a hold.
    Book,
    /// To call it off.
    Cancel,
    /// To move it.
    Reschedule,
    /// To say how it was.
    Review,
    /// To complain.
    Dispute,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) purpose: Purpose,
    provider: ProviderId,
    pub(crate) booking: BookingId,
    /// The version of the booking that it is for.
    pub(crate) version: u64,
    /// In seconds since 1970.
    expires: i64,
}

impl Grant {
    /// The booking.
    pub(crate) fn key(&self) -> BookingKey {
        BookingKey {
            provider: self.provider.clone(),
            booking: self.booking.clone(),
        }
    }
}

/// The token of a request: in a header, or for what only reads in the query string, as in a link.
pub(crate) fn token(parts: &Parts) -> Result<Option<String>, Fault> {
    let mut values = parts.headers.get_all(HEADER).iter();
    if let Some(value) = values.next() {
        let text = value.to_str().ok().filter(|_| values.next().is_none());
        let text = text.ok_or(Fault::ActionToken("it is there once, in ASCII"))?;
        return Ok(Some(text.trim().to_owned()));
    }
    if parts.method != Method::GET {
        return Ok(None);
    }
    let query = parts.uri.query().unwrap_or("");
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, value)| *name == "token" && value.starts_with(PREFIX));
    Ok(found.map(|(_, value)| value.to_owned()))
}

/// The tokens for what can be done to a booking, by purpose.
pub(crate) fn mint_all<S: Store>(
    engine: &Engine<S>,
    booking: &Booking,
    status: Status,
) -> BTreeMap<Purpose, String> {
    let purposes: &[Purpose] = match status {
        Status::Held => &[Purpose::View, Purpose::Book, Purpose::Cancel],
        Status::Pending | Status::Confirmed => {
            &[Purpose::View, Purpose::Cancel, Purpose::Reschedule]
        }
        Status::Completed => &[Purpose::View, Purpose::Review, Purpose::Dispute],
        _ => &[Purpose::View],
    };
    let all = purposes.iter();
    all.map(|purpose| (*purpose, mint(engine, *purpose, booking)))
        .collect()
}

fn mint<S: Store>(engine: &Engine<S>, purpose: Purpose, booking: &Booking) -> String {
    let grant = Grant {
        purpose,
        provider: booking.provider.clone(),
        booking: booking.id.clone(),
        version: booking.version,
        expires: (booking.slot.end() + AFTERWARDS).timestamp(),
    };
    let text = serde_json::to_string(&grant).expect("a grant has a JSON form");
    let code = URL_SAFE_NO_PAD.encode(engine.action_code(&text));
    format!("{PREFIX}{}.{code}", URL_SAFE_NO_PAD.encode(text))
}

/// What a token says, if it is one of this server's and has not expired.
pub(crate) fn read<S: Store>(
    engine: &Engine<S>,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Grant, Fault> {
    let wrong = || Fault::ActionToken("it is not as it should be");
    if token.len() > BYTES_MAX {
        return Err(wrong());
    }
    let rest = token.strip_prefix(PREFIX).ok_or_else(wrong)?;
    let (text, code) = rest.split_once('.').ok_or_else(wrong)?;
    let text = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
    let text = String::from_utf8(text).map_err(|_| wrong())?;
    let code = URL_SAFE_NO_PAD.decode(code).map_err(|_| wrong())?;
    let is_ours: bool = engine.action_code(&text).ct_eq(code.as_slice()).into();
    if !is_ours {
        return Err(wrong());
    }
    let grant: Grant = serde_json::from_str(&text).map_err(|_| wrong())?;
    if grant.expires <= now.timestamp() {
        return Err(Fault::ActionToken("it has expired"));
    }
    Ok(grant)
}
