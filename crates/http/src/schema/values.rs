//! Values that occur everywhere: ids, times, amounts.

use quando::limits::{ID_BYTES_MAX, LABEL_BYTES_MAX, MINUTES_MAX, NOTE_BYTES_MAX};
use serde_json::{Value, json};

use super::form::{any_of, closed, list, must, of, pattern, saying, text, whole};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Id", saying(text(1, ID_BYTES_MAX, ""), ID)),
        (
            "Label",
            saying(text(1, LABEL_BYTES_MAX, ""), "At most 200 bytes."),
        ),
        ("Note", saying(text(0, NOTE_BYTES_MAX, r"\n\r\t"), NOTE)),
        ("Instant", instant()),
        ("Date", date()),
        ("CivilTime", pattern(CIVIL)),
        (
            "TimeOfDay",
            pattern("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
        ),
        ("Zone", zone()),
        ("Minutes", whole(0, MINUTES_MAX.into())),
        ("Money", money(AMOUNT_FORM)),
        ("Price", money(PRICE_FORM)),
        (
            "Currency",
            saying(
                pattern("^[A-Z]{3}$"),
                "A code of ISO 4217 that has minor units.",
            ),
        ),
        (
            "Rate",
            saying(
                pattern(r"^[0-9]{1,16}(\.[0-9]{1,12})?$"),
                "An exact decimal from 0 to 1000.",
            ),
        ),
        (
            "Share",
            saying(
                pattern(r"^0*[01](\.[0-9]{1,12})?$"),
                "An exact decimal from 0 to 1.",
            ),
        ),
        ("Rounding", any_of(["halfAwayFromZero", "halfEven"])),
        (
            "Weekday",
            any_of(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
        ),
        (
            "Actor",
            any_of(["customer", "provider", "operator", "system"]),
        ),
        ("ResourceChoice", choice()),
        ("ConfirmationCode", pattern("^[A-HJ-NP-Z2-9]{6}$")),
        (
            "HoldToken",
            saying(pattern("^[0-9a-f]{64}$"), "What only the holder knows."),
        ),
    ]
}

fn instant() -> Value {
    let mut instant = saying(pattern(INSTANT), INSTANT_SAYS);
    instant["format"] = json!("date-time");
    instant
}

fn date() -> Value {
    let mut date = pattern("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$");
    date["format"] = json!("date");
    date
}

fn zone() -> Value {
    let mut zone = saying(
        text(1, 64, ""),
        "A zone of the IANA database, in its own letter case.",
    );
    zone["examples"] = json!(["Europe/Berlin"]);
    zone
}

fn money(form: &str) -> Value {
    let amount = saying(pattern(form), AMOUNT);
    let mut money = closed([
        must("amount", amount, ""),
        must("currency", of("Currency"), ""),
    ]);
    money["examples"] = json!([{"amount": "80.00", "currency": "EUR"}]);
    money
}

/// Ids by role.
fn choice() -> Value {
    let role = list(of("Id"), 0, 1_000);
    saying(list(role, 0, 1_000), "Resources, by role of the service.")
}

const ID: &str = "Compared byte for byte; 1 to 200 bytes of UTF-8 without control characters.";
const NOTE: &str = "At most 2,000 bytes; line breaks and tabs are the only control characters.";
const AMOUNT: &str = "A decimal with at most as many digits after the point as the currency has; \
    answers have exactly as many.";
const INSTANT_SAYS: &str = "RFC 3339 with whole seconds, in the years 1 to 9999; any offset is \
    read, and answers are in UTC.";
const INSTANT: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
const CIVIL: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$";
const AMOUNT_FORM: &str = r"^-?[0-9]{1,17}(\.[0-9]{1,4})?$";
const PRICE_FORM: &str = r"^[0-9]{1,17}(\.[0-9]{1,4})?$";
