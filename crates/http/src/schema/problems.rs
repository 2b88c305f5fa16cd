//! What is answered in place of what was asked for: which codes, with which status.

use serde_json::{Map, Value, json};

use super::form::{may, must, of, open, pattern};

/// A code with its status, and what the answer says, for instance.
pub(super) type Refusal = (u16, &'static str, &'static str);

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let problem = open([
        must(
            "type",
            pattern("^urn:quando:problem:[a-z0-9-]+$"),
            "The code, as a URN.",
        ),
        must("title", json!({"type": "string"}), "Of the status."),
        must(
            "status",
            json!({"type": "integer", "minimum": 400, "maximum": 599}),
            "",
        ),
        must(
            "code",
            pattern("^[a-z0-9]+(-[a-z0-9]+)*$"),
            "For programs; it never changes.",
        ),
        must("detail", json!({"type": "string"}), "For people."),
        may(
            "pointer",
            json!({"type": "string"}),
            "To the field that is wrong (RFC 6901).",
        ),
        may(
            "reasons",
            json!({"type": "array", "items": of("Reason")}),
            REASONS,
        ),
        must(
            "requestId",
            json!({"type": "string"}),
            "As in `X-Request-Id`.",
        ),
    ]);
    vec![("Problem", problem)]
}

/// An example of each code.
pub(super) fn examples(all: &[Refusal]) -> Map<String, Value> {
    let example = |(status, code, detail): &Refusal| {
        let value = json!({
            "type": format!("urn:quando:problem:{code}"),
            "title": title(*status),
            "status": status,
            "code": code,
            "detail": detail,
            "requestId": "0b6fb5a6-5c0f-4a3a-9f0e-1f1d8a1b9c11",
        });
        (example_name(*status, code), json!({"value": value}))
    };
    all.iter().map(example).collect()
}

/// Some codes have more than one status.
pub(super) fn example_name(status: u16, code: &str) -> String {
    format!("{code}.{status}")
}

pub(super) fn title(status: u16) -> &'static str {
    let status = axum::http::StatusCode::from_u16(status);
    status
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("problem")
}

const REASONS: &str = "Why the slot is not free; for providers and operators.";

/// What everything can answer.
pub(super) const ALWAYS: &[Refusal] = &[
    (500, "server-failed", "the server failed"),
    (
        429,
        "rate-limited",
        "that is more than may be asked for in a minute",
    ),
    (
        503,
        "deadline",
        "the answer was not ready in time; what was asked for may still happen",
    ),
    (503, "server-busy", "too many requests are being answered"),
];

/// What everything can answer that asks the store.
pub(super) const STORED: &[Refusal] = &[
    (500, "store-corrupt", "the server failed"),
    (500, "store-failed", "the server failed"),
    (500, "store-read-only", "the server failed"),
    (500, "store-schema", "the server failed"),
    (503, "store-closed", "the store has been closed"),
    (503, "store-contended", "others were quicker too often"),
    (503, "store-full", "there is no space left"),
    (
        503,
        "store-overloaded",
        "the store has more to do than it takes on",
    ),
    (503, "store-timed-out", "it took too long"),
    (503, "store-unavailable", "the store cannot be reached"),
    (503, "store-unknown", "nobody knows whether it was written"),
];

/// Where a token is looked at.
pub(super) const TOKEN: &[Refusal] = &[(
    401,
    "bearer-token",
    "the bearer token is not accepted: it has expired",
)];

/// Where a token is needed.
pub(super) const SIGNED_IN: &[Refusal] = &[
    TOKEN[0],
    (
        401,
        "action-token",
        "the action token is not accepted: it has expired",
    ),
    (401, "unauthenticated", "the request needs a bearer token"),
    // Of an action token that is for something else.
    ALLOWED[0],
];

pub(super) const ALLOWED: &[Refusal] = &[(
    403,
    "not-allowed",
    "that is for the provider and for operators",
)];

pub(super) const NOT_FOUND: &[Refusal] = &[(404, "not-found", "there is no such provider")];

pub(super) const QUERY: &[Refusal] = &[
    (400, "parameter", "`limit` is 1 to 100"),
    (422, "parameter-range", "a window has at most 92 days"),
];

pub(super) const BODY: &[Refusal] = &[
    (400, "body-cut", "the body was cut off"),
    (400, "body-not-utf8", "the body is not UTF-8"),
    (400, "json-shape", "lists and objects are nested too deeply"),
    (400, "malformed", "expected value at line 1 column 1"),
    (408, "body-timeout", "the body did not arrive in time"),
    (413, "body-too-large", "a body has at most 262144 bytes"),
    (415, "content-encoding", "compressed bodies are not taken"),
    (415, "content-type", "the body has to be application/json"),
    (422, "malformed", "unknown field `nmae`"),
];

pub(super) const FIELD: &[Refusal] = &[(422, "field", "the address says another id")];

pub(super) const KEY: &[Refusal] = &[
    (
        400,
        "header",
        "the header `idempotency-key` may be there once",
    ),
    (
        400,
        "idempotency-key",
        "a key has 1 to 255 printable characters",
    ),
    (
        409,
        "idempotency-in-flight",
        "the same was asked with this key, and is being answered",
    ),
    (
        422,
        "idempotency-mismatch",
        "something else was asked with this key",
    ),
];

pub(super) const KEY_MISSING: &[Refusal] = &[(
    400,
    "idempotency-key-missing",
    "the request needs an `Idempotency-Key` header",
)];

pub(super) const VERSION: &[Refusal] = &[
    (
        400,
        "header",
        "the header `If-Match` is one entity tag, or `*`",
    ),
    (412, "precondition-failed", "the version has changed"),
];

pub(super) const VERSION_MISSING: &[Refusal] = &[(
    428,
    "precondition-missing",
    "the request needs an `If-Match` header with the version that it replaces",
)];

/// Of records that are written over a version.
pub(super) const RECORD: &[Refusal] = &[
    (
        412,
        "record-version-conflict",
        "the provider has version 2, and the request is for version 1",
    ),
    (
        422,
        "record-description",
        "a description has at most 10000 bytes",
    ),
    (
        422,
        "record-name",
        "`name` has 1 to 200 bytes without control characters",
    ),
    (422, "record-too-many", "`categories` has at most 32 items"),
    (
        422,
        "record-question",
        "`/schedule/overrides/1`: 2026-12-24 is there twice",
    ),
];

pub(super) const EVENT: &[Refusal] = &[(
    422,
    "record-event-unknown",
    "there is no kind of event `booked`",
)];

pub(super) const EXISTS: &[Refusal] = &[(
    409,
    "already-exists",
    "there is a provider of that id already",
)];

pub(super) const OF_SERVICE: &[Refusal] = &[
    (
        422,
        "record-other-service",
        "`timing.id` is `cut`, and the service is `repair`",
    ),
    (422, "record-unknown-resource", "there is no resource `ben`"),
];

pub(super) const OF_RESOURCE: &[Refusal] = &[(
    422,
    "record-kept-apart",
    "`busy` of a resource is kept apart from it",
)];

pub(super) const BOOKED: &[Refusal] = &[(409, "record-booked", "2 bookings are still to come")];

pub(super) const IN_USE: &[Refusal] = &[(
    409,
    "record-in-use",
    "the service `repair` needs the resource",
)];

pub(super) const URL: &[Refusal] = &[(422, "record-url", "a URL begins with `https://`")];

pub(super) const CALENDAR: &[Refusal] = &[
    (422, "calendar-limit", "more than 100000 components"),
    (
        422,
        "not-calendar",
        "not an iCalendar text: no line `BEGIN:VCALENDAR`",
    ),
];

/// What is wrong with a question for slots.
pub(super) const SLOTS: &[Refusal] = &[
    (
        422,
        "booking-too-long",
        "the add-ons make the booking longer than it may be",
    ),
    (
        422,
        "not-a-duration-choice",
        "the service is not booked for 45 minutes",
    ),
    (422, "open-hours", "more than 2000000 opening windows"),
    (422, "over-limit", "more than 1000000 starts"),
    (422, "repeated-add-on", "the add-on `oil` is there twice"),
    (
        422,
        "time-out-of-range",
        "the time is beyond the years that the engine knows",
    ),
    (422, "unknown-add-on", "there is no add-on `oil`"),
    (422, "zero", "at least 1 is needed"),
];

/// What is wrong with what is to be priced.
pub(super) const PRICE: &[Refusal] = &[
    (
        422,
        "amount-out-of-range",
        "the total is larger than amounts may be",
    ),
    (
        422,
        "fee-currency",
        "the fee is in another currency than the price",
    ),
    (422, "negative-amount", "the tips are below zero"),
    (
        422,
        "tips-currency",
        "the tips are in another currency than the price",
    ),
    (422, "unknown-discount", "there is no discount `TEN`"),
    (422, "unpriced-duration", "there is no price for 45 minutes"),
];

/// What is wrong with a search.
pub(super) const SEARCH: &[Refusal] = &[
    (422, "cursor-malformed", "the text is no cursor"),
    (
        422,
        "cursor-mismatch",
        "the cursor belongs to another search",
    ),
    (
        422,
        "latitude-range",
        "a latitude is from -90 to 90 degrees",
    ),
    (
        422,
        "longitude-range",
        "a longitude is from -180 to 180 degrees",
    ),
    (
        422,
        "search-form",
        "a category has 1 to 200 bytes without control characters",
    ),
    (
        422,
        "search-no-currency",
        "an order by price needs a `currency`",
    ),
    (
        422,
        "search-no-duration",
        "the duration that is wanted is zero",
    ),
    (422, "search-no-origin", "a distance needs an origin"),
    (422, "search-no-text", "an order by relevance needs a text"),
    (
        422,
        "search-no-window",
        "an order by the earliest start needs a window",
    ),
    (422, "search-no-word", "the text has no letter and no digit"),
    (
        422,
        "search-over-limit",
        "the filter has more than 100 values",
    ),
    (
        422,
        "search-text-too-long",
        "the text has more than 500 bytes",
    ),
];

/// Why a slot is not taken.
pub(super) const TAKE: &[Refusal] = &[
    (403, "actor-not-allowed", "a customer may not do that"),
    (
        409,
        "booking-quota",
        "the customer has 20 bookings, and may have no more",
    ),
    (
        409,
        "chosen-not-free",
        "the chosen resources are not free together",
    ),
    (
        409,
        "hold-quota",
        "the customer has 3 holds, and may have no more",
    ),
    (409, "nobody-weighted", "all who are free have the weight 0"),
    (409, "slot-not-free", "the slot is not free"),
    (
        422,
        "override-needs-resources",
        "an override names its resources",
    ),
    (
        422,
        "held-too-long",
        "money would be held for longer than it may be",
    ),
    (422, "roles-differ", "there is not one entry for each role"),
    (422, "unknown-resource", "there is no resource `ben`"),
];

/// Why a hold does not become a booking.
pub(super) const HELD: &[Refusal] = &[
    (
        403,
        "not-the-holder",
        "the token is not the one of the hold",
    ),
    (409, "hold-expired", "the hold has lapsed"),
    (409, "wrong-state", "the booking is confirmed"),
    (409, "booking-ended", "the booking is cancelled"),
];

/// Why nothing is done to a booking.
pub(super) const ACT: &[Refusal] = &[
    (403, "actor-not-allowed", "a customer may not do that"),
    (409, "booking-ended", "the booking is cancelled"),
    (409, "hold-expired", "the hold has lapsed"),
    (409, "wrong-state", "the booking is confirmed"),
    (
        412,
        "version-conflict",
        "the booking has version 2, and the command is for version 1",
    ),
];

pub(super) const IN_TIME: &[Refusal] = &[
    (
        409,
        "too-early",
        "it is possible from 2026-03-02T08:00:00Z on",
    ),
    (
        409,
        "too-late",
        "it was possible until 2026-03-01T08:00:00Z",
    ),
];

pub(super) const REASON: &[Refusal] = &[(422, "reason-missing", "a provider has to say why")];

/// Why no money is moved.
pub(super) const MONEY: &[Refusal] = &[
    (
        409,
        "dispute-exists",
        "there is a dispute of that name already",
    ),
    (409, "dispute-open", "an open dispute freezes the money"),
    (409, "nothing-due", "there is no money for it"),
    (
        409,
        "too-many-payment-steps",
        "the booking has had 64 payments",
    ),
];

pub(super) const MOVE: &[Refusal] = &[
    (
        409,
        "too-many-reschedules",
        "the booking was moved 100 times",
    ),
    (
        422,
        "same-time",
        "the new time is the one that the booking has",
    ),
];

pub(super) const NO_SHOW: &[Refusal] = &[(
    422,
    "no-show-of-other",
    "whoever did not come is the customer or the provider, and nobody marks itself",
)];

pub(super) const REVIEW: &[Refusal] = &[
    (409, "review-closed", "the period for reviews has ended"),
    (409, "review-not-open", "the booking was not completed yet"),
    (
        409,
        "review-twice",
        "this party has reviewed the booking already",
    ),
];

/// Why what the processor said does not count.
pub(super) const PROCESSOR: &[Refusal] = &[
    (
        409,
        "amount-differs",
        "the processor collected another amount than it was asked for",
    ),
    (
        409,
        "answer-differs",
        "the answer is not one to this kind of instruction",
    ),
    (
        409,
        "chargeback-not-positive",
        "a chargeback is about nothing, or less",
    ),
    (
        409,
        "dispute-unknown",
        "there is no open dispute of that name",
    ),
    (
        409,
        "nothing-failed",
        "no instruction has failed that could be sent again",
    ),
    (
        409,
        "payment-passed-on",
        "another booking has taken the payment over",
    ),
    (
        409,
        "refund-given-up",
        "the refund was given up, and was made after all",
    ),
    (
        409,
        "too-many-parked-answers",
        "more than 32 answers wait for instructions",
    ),
];

/// Why that much is not given back.
pub(super) const GIVE_BACK: &[Refusal] = &[
    (409, "currencies-differ", "EUR and USD cannot be added"),
    (
        409,
        "refund-not-positive",
        "a refund of nothing, or of less",
    ),
    (
        409,
        "refund-over-captured",
        "the refunds would be more than what was captured",
    ),
    (422, "currencies-differ", "EUR and USD cannot be added"),
    (
        422,
        "refund-not-positive",
        "a refund of nothing, or of less",
    ),
    (
        422,
        "refund-over-captured",
        "the refunds would be more than what was captured",
    ),
];

pub(super) const DECIDED: &[Refusal] = &[
    (
        403,
        "record-same-person",
        "somebody else, known by name, has to decide it",
    ),
    (409, "record-decided", "it has been decided already"),
];

pub(super) const PROOF: &[Refusal] = &[(
    422,
    "record-reference",
    "a reference has 1 to 2048 bytes without control characters",
)];
