use serde_json::{Value, json};

use super::super::*;
use super::{dollars, euros, read, usd};
use crate::money::Money;

#[test]
fn a_fee_policy_that_contradicts_itself_is_refused() {
    let check = |terms: Value, code: &str| {
        let found = FeePolicy::new(read(terms.clone())).map_err(|error| error.code());
        assert_eq!(found.err().unwrap_or("fine"), code, "{terms}");
        let from_json = serde_json::from_value::<FeePolicy>(terms.clone());
        assert_eq!(from_json.is_ok(), code == "fine", "{terms}");
    };
    check(json!({}), "fine");
    check(
        json!({"minimum": dollars("1.00"), "maximum": dollars("1.00")}),
        "fine",
    );
    check(
        json!({"minimum": dollars("1.01"), "maximum": dollars("1.00")}),
        "minimum-over-maximum",
    );
    check(
        json!({"minimum": dollars("1.00"), "maximum": euros("2.00")}),
        "currencies-differ",
    );
    check(
        json!({"fixed": dollars("1.00"), "maximum": euros("2.00")}),
        "currencies-differ",
    );
    check(json!({"fixed": dollars("-0.01")}), "negative-amount");
    check(json!({"minimum": dollars("-0.01")}), "negative-amount");
    check(json!({"maximum": dollars("-0.01")}), "negative-amount");
    check(json!({"maximum": dollars("0.00")}), "fine");
    check(json!({"side": "split", "customerShare": "0"}), "fine");
    check(json!({"side": "split"}), "split-without-share");
    check(
        json!({"side": "customer", "customerShare": "1"}),
        "share-without-split",
    );
    check(json!({"customerShare": "0.5"}), "share-without-split");
}

#[test]
fn fee_terms_are_read_strictly_and_printed_as_short_as_they_can_be() {
    for terms in [
        json!({"rate": "-0.07"}),
        json!({"rate": 0.07}),
        json!({"rate": null}),
        json!({"percent": "7"}),
        json!({"side": "host"}),
        json!({"rounding": "up"}),
        json!({"side": "split", "customerShare": "1.1"}),
    ] {
        assert!(
            serde_json::from_value::<FeePolicy>(terms.clone()).is_err(),
            "{terms}"
        );
    }
    assert_eq!(json!(FeePolicy::default()), json!({"rate": "0.07"}));
    let all = json!({
        "rate": "0.10", "fixed": dollars("0.30"), "minimum": dollars("1.00"),
        "maximum": dollars("50.00"), "rounding": "halfEven", "side": "split",
        "customerShare": "0.25", "feeBase": "gross"});
    assert_eq!(json!(read::<FeePolicy>(all.clone())), all);
}

#[test]
fn a_fee_needs_amounts_of_one_currency_that_are_not_negative() {
    let policy: FeePolicy = read(json!({"fixed": euros("0.30")}));
    let code = |net, tax| policy.fee(net, tax).map_err(|error| error.code());
    assert_eq!(code(usd("1.00"), usd("0.00")), Err("fee-currency"));
    let euro = read::<Money>(euros("1.00"));
    assert_eq!(code(usd("1.00"), euro), Err("currencies-differ"));
    assert_eq!(code(usd("-0.01"), usd("0.00")), Err("negative-amount"));
    assert_eq!(code(usd("1.00"), usd("-0.01")), Err("negative-amount"));
    assert!(code(euro, read(euros("0.00"))).is_ok());
}

/// What is wrong with the terms of a price policy, from Rust and from JSON.
fn check_price(terms: &Value, code: &str) {
    let found = PricePolicy::new(read(terms.clone())).map_err(|error| error.code());
    assert_eq!(found.err().unwrap_or("fine"), code, "{terms}");
    let from_json = serde_json::from_value::<PricePolicy>(terms.clone());
    assert_eq!(from_json.is_ok(), code == "fine", "{terms}");
}

/// The same of a price of 10.00 with something more.
fn check_with(field: &str, value: Value, code: &str) {
    let base = json!({"kind": "perBooking", "price": dollars("10.00")});
    let mut terms = json!({"base": base});
    terms[field] = value;
    check_price(&terms, code);
}

#[test]
fn a_base_price_that_contradicts_itself_is_refused() {
    let per_booking = |price: Value| json!({"base": {"kind": "perBooking", "price": price}});
    check_price(&per_booking(dollars("0.00")), "fine");
    check_price(&per_booking(dollars("-0.01")), "negative-amount");
    let per_minutes = |minutes: u32| json!({"base": {"kind": "perMinutes", "minutes": minutes, "price": dollars("1.00")}});
    check_price(&per_minutes(1), "fine");
    check_price(&per_minutes(0), "no-minutes");
    let table = |prices: Value| json!({"base": {"kind": "byDuration", "prices": prices}});
    let entry = |minutes: u32, price: Value| json!({"minutes": minutes, "price": price});
    check_price(&table(json!([])), "no-durations");
    check_price(
        &table(json!([
            entry(30, dollars("1.00")),
            entry(60, dollars("2.00"))
        ])),
        "fine",
    );
    check_price(
        &table(json!([
            entry(30, dollars("1.00")),
            entry(30, dollars("1.00"))
        ])),
        "repeated-item",
    );
    check_price(
        &table(json!([
            entry(30, dollars("1.00")),
            entry(60, euros("2.00"))
        ])),
        "currencies-differ",
    );
    check_price(&table(json!([entry(0, dollars("1.00"))])), "no-minutes");
    check_price(
        &table(json!([entry(30, dollars("-1.00"))])),
        "negative-amount",
    );
    let many: Vec<Value> = (1..=1_001)
        .map(|each| entry(each, dollars("1.00")))
        .collect();
    check_price(&table(json!(many[..1_000])), "fine");
    check_price(&table(json!(many)), "too-many-items");
}

#[test]
fn add_ons_that_contradict_the_price_are_refused() {
    let add_on = |id: &str, price: Value| json!({"id": id, "price": price});
    check_with("addOns", json!([add_on("a", dollars("0.00"))]), "fine");
    check_with(
        "addOns",
        json!([add_on("a", euros("0.00"))]),
        "currencies-differ",
    );
    check_with(
        "addOns",
        json!([add_on("a", dollars("-0.01"))]),
        "negative-amount",
    );
    let twice = json!([add_on("a", dollars("1.00")), add_on("a", dollars("2.00"))]);
    check_with("addOns", twice, "repeated-item");
}

#[test]
fn surcharges_that_contradict_themselves_or_the_price_are_refused() {
    let due = |when: Value| json!([{"id": "s", "when": when, "rate": "0.1"}]);
    check_with(
        "surcharges",
        due(json!({"weekdays": ["sat", "sun"]})),
        "fine",
    );
    check_with("surcharges", due(json!({})), "no-condition");
    check_with("surcharges", due(json!({"weekdays": []})), "no-condition");
    let dates =
        |from: &str, through: &str| due(json!({"dates": {"from": from, "through": through}}));
    check_with("surcharges", dates("2026-03-02", "2026-03-02"), "fine");
    check_with(
        "surcharges",
        dates("2026-03-02", "2026-03-01"),
        "surcharge-dates-reversed",
    );
    let amount =
        |value: Value| json!([{"id": "s", "when": {"weekdays": ["sat"]}, "amount": value}]);
    check_with("surcharges", amount(dollars("-1.00")), "negative-amount");
    check_with("surcharges", amount(euros("1.00")), "currencies-differ");
}

#[test]
fn discounts_and_deposits_are_no_more_than_everything() {
    check_with("discounts", json!([{"id": "d", "rate": "1"}]), "fine");
    check_with(
        "discounts",
        json!([{"id": "d", "rate": "1.01"}]),
        "share-over-one",
    );
    check_with(
        "discounts",
        json!([{"id": "d", "amount": euros("1.00")}]),
        "currencies-differ",
    );
    check_with("deposit", json!({"rate": "1"}), "fine");
    check_with("deposit", json!({"rate": "1.01"}), "share-over-one");
    check_with(
        "deposit",
        json!({"amount": dollars("-1.00")}),
        "negative-amount",
    );
}

#[test]
fn items_have_a_rate_or_an_amount() {
    let when = json!({"weekdays": ["sat"]});
    for item in [
        json!({"id": "s", "when": when}),
        json!({"id": "s", "when": when, "rate": "0.1", "amount": dollars("1.00")}),
    ] {
        let error = serde_json::from_value::<Surcharge>(item.clone()).unwrap_err();
        let message = "exactly one of `rate` and `amount` is needed";
        assert_eq!(error.to_string(), message, "{item}");
    }
    for item in [
        json!({"id": "d"}),
        json!({"id": "d", "rate": "0.1", "amount": dollars("1.00")}),
    ] {
        assert!(
            serde_json::from_value::<Discount>(item.clone()).is_err(),
            "{item}"
        );
    }
    for deposit in [json!({}), json!({"rate": "0.1", "amount": dollars("1.00")})] {
        assert!(
            serde_json::from_value::<Charge>(deposit.clone()).is_err(),
            "{deposit}"
        );
    }
}

#[test]
fn a_price_policy_is_printed_as_it_was_read() {
    let terms = json!({
        "base": {"kind": "byDuration", "prices": [
            {"minutes": 30, "price": dollars("40.00")}, {"minutes": 60, "price": dollars("70.00")}]},
        "perSeat": true,
        "addOns": [{"id": "oil", "label": "Warm oil", "price": dollars("5.00"), "minutes": 10, "perSeat": true}],
        "surcharges": [
            {"id": "late", "label": "Late", "rate": "0.25", "when": {
                "weekdays": ["fri", "sat"], "hours": {"from": "22:00", "to": "02:00"},
                "dates": {"from": "2026-06-01", "through": "2026-08-31"}}},
            {"id": "sun", "amount": dollars("3.00"), "when": {"weekdays": ["sun"]}}],
        "discounts": [{"id": "TEN", "rate": "0.10"}, {"id": "five", "label": "Five off", "amount": dollars("5.00")}],
        "tax": {"rate": "0.19", "mode": "inclusive"},
        "deposit": {"rate": "0.20"},
        "rounding": "halfEven"});
    assert_eq!(json!(read::<PricePolicy>(terms.clone())), terms);
    for (field, value) in [("surcharge", json!([])), ("tax", json!({"rate": "0.19"}))] {
        let mut other = terms.clone();
        other[field] = value;
        assert!(
            serde_json::from_value::<PricePolicy>(other).is_err(),
            "{field}"
        );
    }
}
