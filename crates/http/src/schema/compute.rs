//! Questions to the core, which bring along everything they are about.

use serde_json::{Value, json};

use super::form::{items, may, must, open, saying};
use super::operation::Operation;
use super::problems::{self, Refusal};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    // Their fields are those of docs/json.md, which is the same for all entry points.
    let whole = |says: &str| saying(json!({"type": "object"}), says);
    let answer = |says: &str| {
        saying(
            json!({"type": "object", "additionalProperties": true}),
            says,
        )
    };
    let tzdb = || {
        must(
            "tzdb",
            json!({"type": "string"}),
            "The version of the zone database.",
        )
    };
    let mut slots = open([
        must(
            "slots",
            items(json!({"type": "object", "additionalProperties": true})),
            "",
        ),
        may(
            "refused",
            items(json!({"type": "object", "additionalProperties": true})),
            "",
        ),
        may("truncated", json!({"type": "boolean"}), ""),
        tzdb(),
    ]);
    slots["additionalProperties"] = json!(true);
    let expanded = open([must("occurrences", items(json!({})), ""), tzdb()]);
    vec![
        ("Question", whole("A query: docs/json.md has its fields.")),
        (
            "Recurrence",
            whole("A recurrence and a window: docs/json.md has its fields."),
        ),
        (
            "PriceQuestion",
            whole("`price`, `fee` and `request`: docs/json.md has their fields."),
        ),
        (
            "RefundQuestion",
            whole("A policy and a case, or refunds: docs/json.md has their fields."),
        ),
        ("ComputedSlots", slots),
        (
            "ComputedVerdict",
            answer("`slot`, or `reasons` against it, and `tzdb`."),
        ),
        ("ComputedOccurrences", expanded),
        (
            "ComputedQuote",
            answer("The lines with their sums, and `tzdb`."),
        ),
        ("ComputedRefund", answer("What is given back, and by whom.")),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let slot = json!({
        "start": "2026-03-02T14:00:00Z", "end": "2026-03-02T15:00:00Z", "resources": [["ana"]],
        "seatsLeft": 1,
    });
    let slots = json!({"slots": [slot], "tzdb": "2026a"});
    let euros = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let price = json!({
        "price": {"base": {"kind": "perBooking", "price": euros("80.00")}},
        "request": {"start": "2026-03-02T14:00:00Z", "zone": "UTC", "durationMinutes": 60},
    });
    let refund = json!({
        "tiers": [{"hoursBefore": 24, "refund": "0.50"}],
        "case": {
            "captured": euros("100.00"), "fee": euros("7.00"), "start": "2026-03-04T10:00:00Z",
            "at": "2026-03-03T08:00:00Z", "by": "customer",
        },
    });
    let rule = json!({
        "rrule": "FREQ=DAILY;COUNT=2", "start": "2026-03-02T09:00:00", "zone": "UTC",
        "window": {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"},
    });
    let occurrences = json!({
        "occurrences": ["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"], "tzdb": "2026a",
    });
    let verdict = json!({"slot": slot, "tzdb": "2026a"});
    vec![
        asked(
            "computeSlots",
            ("Question", query()),
            ("ComputedSlots", slots.clone()),
        ),
        asked(
            "computeExplain",
            ("Question", query()),
            ("ComputedSlots", slots.clone()),
        ),
        asked(
            "computeCheck",
            ("Question", query()),
            ("ComputedVerdict", verdict),
        )
        .asked_with(&[("start", "2026-03-02T14:00:00Z")])
        .refuses(&[problems::QUERY]),
        asked(
            "computeNext",
            ("Question", query()),
            ("ComputedSlots", slots),
        )
        .refuses(&[problems::QUERY]),
        asked(
            "computeExpand",
            ("Recurrence", rule),
            ("ComputedOccurrences", occurrences),
        ),
        asked(
            "computeQuote",
            ("PriceQuestion", price),
            ("ComputedQuote", json!({"lines": []})),
        ),
        asked(
            "computeRefund",
            ("RefundQuestion", refund),
            ("ComputedRefund", json!({})),
        ),
    ]
}

/// A question about slots.
fn query() -> Value {
    json!({
        "window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"},
        "now": "2026-03-01T12:00:00Z", "zone": "America/New_York",
        "service": {"durationMinutes": 60},
        "resources": [{"id": "ana", "schedule": {
            "zone": "America/New_York", "weekly": {"mon": [{"from": "09:00", "to": "10:00"}]}}}],
    })
}

fn asked(
    id: &'static str,
    (takes, question): (&str, Value),
    (gives, answer): (&str, Value),
) -> Operation {
    Operation::new(id)
        .without_store()
        .takes(takes, question)
        .gives(200, gives, answer)
        .refuses(&[problems::SIGNED_IN, QUESTIONS, MONEY])
}

/// What is wrong with a question about time.
const QUESTIONS: &[Refusal] = &[
    (422, "zero", "a number is 0 where at least 1 is needed"),
    (
        422,
        "empty-list",
        "a list is empty that needs at least one entry",
    ),
    (
        422,
        "need-missing",
        "there are several resources and no `need` says which of them are taken",
    ),
    (
        422,
        "unknown-resource",
        "an id names no resource of the query",
    ),
    (
        422,
        "duplicate",
        "an id, a date or a service is there twice where it may be once",
    ),
    (422, "dates-reversed", "the last date is before the first"),
    (
        422,
        "limit-of-nothing",
        "a limit has neither `maxBookings` nor `maxMinutes`",
    ),
    (
        422,
        "max-needs-capacity-one",
        "the buffer rule `max` on a resource of several units",
    ),
    (
        422,
        "service-id-missing",
        "a class, or a service with limits, has no `id`",
    ),
    (
        422,
        "session-without-service",
        "a claim of a session names no service",
    ),
    (
        422,
        "with-without-session",
        "a claim names another primary resource and is no session",
    ),
    (
        422,
        "not-a-duration-choice",
        "the duration is none of the service's choices, or not its own when it has none",
    ),
    (
        422,
        "offset-needs-clock",
        "an offset of the grid with a grid that is not the wall clock's",
    ),
    (
        422,
        "capacity-window-too-large",
        "a capacity window has more units than its resource",
    ),
    (
        422,
        "travel-missing",
        "the travel table lacks a pair of places that is needed",
    ),
    (
        422,
        "travel-needs-capacity-one",
        "a claim with a place on a resource of several units, in a query with a place",
    ),
    (
        422,
        "travel-to-itself",
        "the travel table has a way from a place to itself",
    ),
    (
        422,
        "roles-differ",
        "a list of chosen or current resources does not have one entry for each role",
    ),
    (422, "open-hours", "the opening hours run into a limit"),
    (
        422,
        "over-limit",
        "the query is larger than one answer may be",
    ),
    (
        422,
        "expand-occurrences",
        "the window has more than `EXPAND_OCCURRENCES_MAX` occurrences",
    ),
    (
        422,
        "expand-steps",
        "finding them takes more than `EXPAND_STEPS_MAX` steps",
    ),
];

/// What is wrong with a question about money.
const MONEY: &[Refusal] = &[
    (
        422,
        "negative-amount",
        "an amount is below zero that must not be",
    ),
    (
        422,
        "minimum-over-maximum",
        "the least fee is more than the most",
    ),
    (
        422,
        "share-without-split",
        "a `customerShare` without the side `split`",
    ),
    (
        422,
        "split-without-share",
        "the side `split` without a `customerShare`",
    ),
    (
        422,
        "repeated-item",
        "two add-ons, surcharges or discounts of one id, or two prices of one duration",
    ),
    (
        422,
        "too-many-items",
        "a list of a price policy or of a request is over `PRICE_ITEMS_MAX`",
    ),
    (
        422,
        "no-durations",
        "a table of prices by duration has none",
    ),
    (
        422,
        "no-minutes",
        "a price for no time, or a request for no time",
    ),
    (
        422,
        "no-condition",
        "a surcharge has neither weekdays nor hours nor dates",
    ),
    (
        422,
        "surcharge-dates-reversed",
        "the last date of a surcharge is before the first",
    ),
    (
        422,
        "rate-or-amount",
        "an item has neither `rate` nor `amount`, or both",
    ),
    (422, "empty-party", "the party is 0"),
    (
        422,
        "unpriced-duration",
        "the table of prices has no entry for the duration",
    ),
    (422, "unknown-add-on", "the price policy has no such add-on"),
    (422, "repeated-add-on", "the request names an add-on twice"),
    (
        422,
        "unknown-discount",
        "the price policy has no such discount",
    ),
    (
        422,
        "fee-currency",
        "the fee policy has amounts in another currency than the price",
    ),
    (
        422,
        "tips-currency",
        "the tips are in another currency than the price",
    ),
    (
        422,
        "booking-too-long",
        "the add-ons make the booking longer than `MINUTES_MAX`",
    ),
    (
        422,
        "quote-sum",
        "a frozen quote, or a fee, does not add up",
    ),
    (
        422,
        "tiers-equal-hours",
        "two refund tiers have the same hours",
    ),
    (
        422,
        "tiers-more-for-later",
        "a refund tier gives back more than one for an earlier cancellation",
    ),
    (
        422,
        "too-many-tiers",
        "there are more than `REFUND_TIERS_MAX` tiers",
    ),
    (
        422,
        "refund-negative-amount",
        "an amount is below zero that must not be",
    ),
    (
        422,
        "fee-over-captured",
        "the platform fee is more than what was captured",
    ),
    (
        422,
        "captured-over-total",
        "more was captured than the booking costs",
    ),
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
    (
        422,
        "refund-account-disagrees",
        "the fee given back, as it was kept, is not in proportion to what was refunded",
    ),
    (
        422,
        "unknown-currency",
        "iSO 4217 has no currency of this code",
    ),
    (
        422,
        "no-minor-unit",
        "the code stands for something that has no minor unit, such as gold",
    ),
    (422, "amount-form", "an amount is not a plain decimal"),
    (
        422,
        "amount-too-precise",
        "an amount has more digits after the point than its currency",
    ),
    (
        422,
        "amount-out-of-range",
        "an amount, or the result of a computation, is over `MONEY_MINOR_MAX`",
    ),
    (
        422,
        "currencies-differ",
        "two amounts of different currencies where they have to be of one",
    ),
    (
        422,
        "rate-form",
        "a rate is not a plain decimal, or negative",
    ),
    (
        422,
        "rate-too-precise",
        "a rate has more than `RATE_DIGITS_MAX` digits after the point",
    ),
    (422, "rate-out-of-range", "a rate is over `RATE_MAX`"),
    (
        422,
        "share-over-one",
        "a share of something is more than all of it",
    ),
    (
        422,
        "whole-not-positive",
        "a proportion of a whole that is zero or negative",
    ),
    (422, "no-weights", "a split without any weight above zero"),
];
