//! Parameters and headers by their names, with the forms that they have.

use quando::limits::{ID_BYTES_MAX, MINUTES_MAX, SEARCH_TEXT_BYTES_MAX};
use serde_json::{Map, Value, json};

use super::form::{any_of, of, or, pattern, text, whole};
use super::operation::Need;

const NUMBER: u64 = 4_294_967_295;

/// The schema of a parameter of the path or the query string.
pub(super) fn schema(operation: &str, name: &str) -> Option<Value> {
    let schema = match (operation, name) {
        (_, "source") => {
            let mut source = text(1, ID_BYTES_MAX, "");
            source["pattern"] = json!(r"^[^/\x00-\x1f\x7f-\x9f]+$");
            source
        }
        ("listProviders", "limit") => or(whole(1, 100), 20),
        ("listProviders", "page") => or(whole(1, 1_000), 1),
        (_, "limit") => or(whole(1, 200), 50),
        (_, "sort") => pattern("^(id|distance|rating|price|earliest|relevance)(:(asc|desc))?$"),
        (_, "filter") => pattern(FILTER),
        (_, "q") => {
            json!({"type": "string", "minLength": 1, "maxLength": SEARCH_TEXT_BYTES_MAX})
        }
        (_, "near") => pattern(NEAR),
        (_, "radiusKm") => json!({"type": "number", "minimum": 0, "maximum": 20_100}),
        (_, "currency") => of("Currency"),
        ("listProviders", "cursor") => pattern("^([0-9a-f]{2}){1,300}$"),
        (_, "from" | "to" | "availableFrom" | "availableTo") => of("Instant"),
        (_, "party") => whole(1, NUMBER),
        (_, "duration") => whole(0, MINUTES_MAX.into()),
        (_, "addOns") => pattern(r"^[^\x00-\x1f\x7f-\x9f]*$"),
        ("listBookings", "status") => any_of(STATUSES),
        ("listDeliveries", "status") => any_of(super::told::STATUSES),
        ("computeNext", "count") => or(whole(1, 1_000), 1),
        (_, "count") => or(whole(1, 50), 1),
        ("computeCheck", "start") => of("Instant"),
        (_, "serviceId" | "customerId" | "providerId" | "booking" | "cursor") => of("Id"),
        (_, "provider" | "service" | "resource" | "hold" | "webhook" | "dispute") => of("Id"),
        (_, "request" | "key" | "link" | "delivery") => of("Id"),
        _ => return None,
    };
    Some(schema)
}

/// An example of a parameter, as the number that it is, or as a text.
pub(super) fn example(schema: &Value, text: &str) -> Value {
    match schema["type"].as_str() {
        Some("integer") => text
            .parse::<u64>()
            .map_or(json!(text), |number| json!(number)),
        _ => json!(text),
    }
}

pub(super) fn path_example(name: &str) -> &'static str {
    match name {
        "provider" | "resource" => "ana",
        "service" => "repair",
        "source" => "google",
        _ => "019cad5e-6c00-7a3f-9f0e-1f1d8a1b9c11",
    }
}

/// The headers of requests under a key and over a version.
pub(super) fn headers(key: Need, version: Need) -> Vec<Value> {
    let mut headers = Vec::new();
    let header = |name: &str, need: Need, schema: Value, says: &str| {
        json!({
            "name": name, "in": "header", "required": need == Need::Must,
            "schema": schema, "description": says,
        })
    };
    if key != Need::No {
        let mut schema = pattern("^[!-~]([ -~]{0,253}[!-~])?$");
        schema["minLength"] = json!(1);
        schema["maxLength"] = json!(255);
        headers.push(header("Idempotency-Key", key, schema, KEY));
    }
    if version != Need::No {
        let tag = pattern(r#"^"[0-9]{1,19}"$"#);
        let schema = json!({"anyOf": [any_of(["*"]), tag]});
        headers.push(header("If-Match", version, schema, VERSION));
    }
    headers
}

pub(super) fn hold_token() -> Value {
    json!({
        "name": "Hold-Token", "in": "header", "required": false, "schema": of("HoldToken"),
        "description": "The secret of the holder; not needed by who manages the provider.",
    })
}

/// The token of a customer without an account; for what only reads, also in a link.
pub(super) fn action_token(only_reads: bool) -> Vec<Value> {
    let token = |name: &str, place: &str| {
        json!({
            "name": name, "in": place, "required": false, "schema": {"type": "string"},
            "description": "In place of a bearer token: one of `actions` of the booking.",
        })
    };
    let mut all = vec![token("Action-Token", "header")];
    if only_reads {
        all.push(token("token", "query"));
    }
    all
}

pub(super) fn if_none_match() -> Value {
    json!({
        "name": "If-None-Match", "in": "header", "required": false,
        "schema": {"type": "string"},
        "description": "Entity tags that the caller has, or `*`.",
    })
}

/// The headers of an answer: the id of the request, and those named.
pub(super) fn answered(names: &[&str]) -> Value {
    let header = |name: &str| {
        let (schema, says) = match name {
            "ETag" => (pattern("^\"[!#-~]+\"$"), "The version, for `If-Match`."),
            "Location" => (pattern("^/api/"), "Where it is."),
            "Retry-After" => (whole(0, NUMBER), "After how many seconds to ask again."),
            "WWW-Authenticate" => (pattern("^Bearer"), "How to say who asks."),
            "Idempotent-Replayed" => (pattern("^true$"), "It was done before, under this key."),
            _ => (
                pattern("^[A-Za-z0-9._-]{1,128}$"),
                "That of the request, or a new one.",
            ),
        };
        (
            name.to_owned(),
            json!({"schema": schema, "description": says}),
        )
    };
    let names = ["X-Request-Id"].into_iter().chain(names.iter().copied());
    let headers: Map<String, Value> = names.map(header).collect();
    Value::Object(headers)
}

pub(super) const STATUSES: [&str; 9] = [
    "held",
    "pending",
    "confirmed",
    "inProgress",
    "completed",
    "declined",
    "expired",
    "cancelled",
    "noShow",
];

const FILTER: &str = r"^$|^(category|attribute|language|rating|verified):[^,\x00-\x1f\x7f-\x9f]+(,(category|attribute|language|rating|verified):[^,\x00-\x1f\x7f-\x9f]+)*$";
const NEAR: &str = r"^-?[0-9]{1,3}(\.[0-9]{1,9})?,-?[0-9]{1,3}(\.[0-9]{1,9})?$";
const KEY: &str = "Names the request: sent again with the same key, it is answered again and not \
    done again. 1 to 255 printable characters of ASCII.";
const VERSION: &str = "The version that it is done to, as in `ETag`; `*` for any.";
