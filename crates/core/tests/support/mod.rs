//! Short questions and short answers for tests.

use chrono::{DateTime, SecondsFormat, Utc};
use quando::availability::{Availability, Query, ReasonCode};
use serde_json::{Value, json};

/// An hour with Ana, who is there on Mondays from 9 to 12 (UTC), on Monday 2 March 2026. The
/// patch is merged into that; lists are replaced.
pub(crate) fn query(patch: Value) -> Query {
    let mut form = json!({
        "window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"},
        "now": "2026-03-01T00:00:00Z",
        "zone": "UTC",
        "service": {"durationMinutes": 60},
        "resources": [ana(json!({}))],
    });
    merge(&mut form, patch);
    serde_json::from_value(form).unwrap()
}

/// Ana of [`query`], with changes.
pub(crate) fn ana(patch: Value) -> Value {
    let hours = json!({"zone": "UTC", "weekly": {"mon": [{"from": "09:00", "to": "12:00"}]}});
    let mut form = json!({"id": "ana", "schedule": hours});
    merge(&mut form, patch);
    form
}

/// The same hours every day.
pub(crate) fn daily(zone: &str, from: &str, to: &str) -> Value {
    let hours = json!([{"from": from, "to": to}]);
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let weekly: Value = days
        .iter()
        .map(|day| ((*day).to_owned(), hours.clone()))
        .collect();
    json!({"zone": zone, "weekly": weekly})
}

/// A window between two dates.
pub(crate) fn window(from: &str, to: &str) -> Value {
    json!({"from": format!("{from}T00:00:00Z"), "to": format!("{to}T00:00:00Z")})
}

/// A span of 2 March 2026 between two times of day.
pub(crate) fn span(from: &str, to: &str) -> Value {
    json!({"start": format!("2026-03-02T{from}:00Z"), "end": format!("2026-03-02T{to}:00Z")})
}

/// [`span`] with further fields.
pub(crate) fn claim(from: &str, to: &str, patch: Value) -> Value {
    let mut form = span(from, to);
    merge(&mut form, patch);
    form
}

/// The starts that are listed, in minutes: `02T09:00 02T10:00` are on 2 March 2026.
pub(crate) fn starts(query: &Query) -> String {
    let answer = quando::slots(query).unwrap();
    let texts: Vec<String> = answer.slots().map(|slot| short(slot.start())).collect();
    texts.join(" ")
}

/// An instant as [`starts`] has it.
pub(crate) fn short(instant: DateTime<Utc>) -> String {
    let text = instant.to_rfc3339_opts(SecondsFormat::Secs, true);
    let text = text.strip_suffix(":00Z").unwrap_or(&text);
    text.strip_prefix("2026-03-").unwrap_or(text).to_owned()
}

/// Why a start is refused; nothing when it is accepted.
pub(crate) fn reasons(query: &Query, start: &str) -> Vec<&'static str> {
    let verdict = Availability::new(query)
        .unwrap()
        .check(instant(start))
        .unwrap();
    assert_eq!(verdict.is_offered(), verdict.reasons.is_empty());
    verdict
        .reasons
        .iter()
        .map(|reason| ReasonCode::as_str(reason.code))
        .collect()
}

/// `02T09:00` is 9 o'clock UTC on 2 March 2026.
pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    let text = if text.len() == 8 {
        format!("2026-03-{text}")
    } else {
        text.to_owned()
    };
    format!("{text}:00Z").parse().unwrap()
}

/// Merges as RFC 7396 says.
pub(crate) fn merge(form: &mut Value, patch: Value) {
    match (form, patch) {
        (Value::Object(fields), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(fields.entry(key).or_insert(Value::Null), value);
            }
        }
        (form, patch) => *form = patch,
    }
}
