use serde_json::{Value, json};

use super::super::*;
use super::{dollars, euros, read, usd};

#[test]
fn a_surcharge_is_due_by_the_civil_start() {
    let check = |when: &Value, start: &str, is_due: bool| {
        let price: PricePolicy = read(json!({
            "base": {"kind": "perBooking", "price": dollars("10.00")},
            "surcharges": [{"id": "s", "when": when, "amount": dollars("1.00")}]}));
        let request = json!({"start": start, "zone": "America/New_York", "durationMinutes": 60});
        let quote = quote(&price, &FeePolicy::default(), &read(request)).unwrap();
        let expected = if is_due { "11.00" } else { "10.00" };
        assert_eq!(quote.total(), usd(expected), "{when} {start}");
    };
    // New York is five hours behind in winter; 7 March 2026 is a Saturday.
    let saturday = json!({"weekdays": ["sat"]});
    check(&saturday, "2026-03-07T04:59:59Z", false);
    check(&saturday, "2026-03-07T05:00:00Z", true);
    check(&saturday, "2026-03-08T04:59:59Z", true);
    check(&saturday, "2026-03-08T05:00:00Z", false);
    let evening = json!({"hours": {"from": "18:00", "to": "20:00"}});
    check(&evening, "2026-03-06T22:59:59Z", false);
    check(&evening, "2026-03-06T23:00:00Z", true);
    check(&evening, "2026-03-07T00:59:59Z", true);
    check(&evening, "2026-03-07T01:00:00Z", false);
    // Clocks go forward on 8 March: six in the evening is an hour earlier in UTC.
    check(&evening, "2026-03-08T21:59:59Z", false);
    check(&evening, "2026-03-08T22:00:00Z", true);
    let friday_night = json!({"weekdays": ["fri"], "hours": {"from": "22:00", "to": "02:00"}});
    check(&friday_night, "2026-03-07T03:00:00Z", true);
    check(&friday_night, "2026-03-07T06:59:59Z", true);
    check(&friday_night, "2026-03-07T07:00:00Z", false);
    check(&friday_night, "2026-03-06T06:00:00Z", false);
    check(&friday_night, "2026-03-08T03:00:00Z", false);
    let around_the_clock = json!({"weekdays": ["fri"], "hours": {"from": "09:00", "to": "09:00"}});
    check(&around_the_clock, "2026-03-06T13:59:59Z", false);
    check(&around_the_clock, "2026-03-06T14:00:00Z", true);
    check(&around_the_clock, "2026-03-07T13:59:59Z", true);
    check(&around_the_clock, "2026-03-07T14:00:00Z", false);
    let dates = json!({"dates": {"from": "2026-03-06", "through": "2026-03-07"}});
    check(&dates, "2026-03-06T04:59:59Z", false);
    check(&dates, "2026-03-06T05:00:00Z", true);
    check(&dates, "2026-03-08T04:59:59Z", true);
    check(&dates, "2026-03-08T05:00:00Z", false);
    let saturdays_of_these =
        json!({"weekdays": ["sat"], "dates": {"from": "2026-03-06", "through": "2026-03-07"}});
    check(&saturdays_of_these, "2026-03-06T15:00:00Z", false);
    check(&saturdays_of_these, "2026-03-07T15:00:00Z", true);
    check(&saturdays_of_these, "2026-03-14T15:00:00Z", false);
}

#[test]
fn a_request_that_cannot_be_priced_says_where() {
    let question = json!({
        "price": {
            "base": {"kind": "byDuration", "prices": [{"minutes": 60, "price": dollars("10.00")}]},
            "addOns": [{"id": "long", "price": dollars("1.00"), "minutes": 527_040}, {"id": "b", "price": dollars("1.00")}]},
        "request": {"start": "2026-03-02T09:00:00Z", "zone": "UTC", "durationMinutes": 60}});
    let check = |field: &str, value: Value, code: &str, pointer: &str| {
        let mut question = question.clone();
        question["request"][field] = value;
        let error = read::<QuoteQuestion>(question).quote().unwrap_err();
        assert_eq!(
            (error.code(), error.pointer().as_str()),
            (code, pointer),
            "{error}"
        );
    };
    check("party", json!(0), "empty-party", "/request/party");
    check(
        "durationMinutes",
        json!(0),
        "no-minutes",
        "/request/durationMinutes",
    );
    check(
        "durationMinutes",
        json!(61),
        "unpriced-duration",
        "/request/durationMinutes",
    );
    check(
        "addOns",
        json!(["b", "c"]),
        "unknown-add-on",
        "/request/addOns/1",
    );
    check(
        "addOns",
        json!(["b", "b"]),
        "repeated-add-on",
        "/request/addOns/1",
    );
    check(
        "addOns",
        json!(vec!["b"; 1_001]),
        "too-many-items",
        "/request/addOns",
    );
    check(
        "addOns",
        json!(["long"]),
        "booking-too-long",
        "/request/addOns",
    );
    check(
        "discount",
        json!("d"),
        "unknown-discount",
        "/request/discount",
    );
    check("tips", dollars("-0.01"), "negative-amount", "/request/tips");
    check("tips", euros("1.00"), "tips-currency", "/request/tips");
    let mut other = question.clone();
    other["fee"] = json!({"fixed": euros("1.00")});
    let error = read::<QuoteQuestion>(other).quote().unwrap_err();
    assert_eq!(
        (error.code(), error.pointer().as_str()),
        ("fee-currency", "/fee")
    );
}

#[test]
fn prices_beyond_the_limit_are_refused() {
    let check = |price: &str, party: u64, expected: Result<&str, &str>| {
        let question = json!({
            "price": {"base": {"kind": "perBooking", "price": dollars(price)}, "perSeat": true},
            "fee": {"rate": "0"},
            "request": {"start": "2026-03-02T09:00:00Z", "zone": "UTC", "durationMinutes": 60, "party": party}});
        let quote = read::<QuoteQuestion>(question).quote();
        let found = quote.map(|quote| quote.total().amount_text());
        let found = found.as_deref().map_err(|error| error.code());
        assert_eq!(found, expected, "{price} {party}");
    };
    check("25000000000000.00", 4, Ok("100000000000000.00"));
    check("25000000000000.01", 4, Err("amount-out-of-range"));
    check(
        "100000000000000.00",
        u64::from(u32::MAX),
        Err("amount-out-of-range"),
    );
}

/// A quote of 100.00 and 19.00 tax, with tips and a fee on both sides.
fn frozen() -> Value {
    json!({
        "lines": [
            {"kind": "base", "amount": dollars("90.00")},
            {"kind": "addOn", "id": "oil", "label": "Oil", "amount": dollars("20.00")},
            {"kind": "discount", "id": "TEN", "amount": dollars("-10.00")},
            {"kind": "tax", "amount": dollars("19.00")},
            {"kind": "tips", "amount": dollars("5.00")},
            {"kind": "fee", "amount": dollars("3.50")}],
        "net": dollars("100.00"), "tax": dollars("19.00"), "tips": dollars("5.00"),
        "total": dollars("127.50"),
        "fee": {"total": dollars("7.00"), "customer": dollars("3.50"), "provider": dollars("3.50")},
        "providerGets": dollars("120.50"), "dueNow": dollars("20.00"),
        "durationMinutes": 70, "tzdb": "2026f"})
}

#[test]
fn a_frozen_quote_that_does_not_add_up_is_refused() {
    let quote: Quote = read(frozen());
    assert_eq!(json!(quote), frozen());
    assert_eq!(quote.balance(), usd("107.50"));
    let check = |pointer: &str, value: Value| {
        let mut changed = frozen();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(
            serde_json::from_value::<Quote>(changed).is_err(),
            "{pointer}"
        );
    };
    for pointer in [
        "/lines/0/amount",
        "/lines/1/amount",
        "/lines/2/amount",
        "/lines/3/amount",
        "/lines/4/amount",
        "/lines/5/amount",
        "/net",
        "/tax",
        "/tips",
        "/total",
        "/fee/total",
        "/fee/customer",
        "/fee/provider",
        "/providerGets",
    ] {
        check(pointer, dollars("1.23"));
    }
    check("/lines/3/kind", json!("tips"));
    check("/lines/0/kind", json!("addOn2"));
    check("/lines/0/amount", euros("90.00"));
    check("/dueNow", dollars("127.51"));
    check("/dueNow", dollars("-0.01"));
    check("/dueNow", euros("20.00"));
    let mut shuffled = frozen();
    shuffled["lines"].as_array_mut().unwrap().swap(0, 1);
    assert!(
        serde_json::from_value::<Quote>(shuffled).is_err(),
        "lines have an order"
    );
}

#[test]
fn a_frozen_quote_has_no_fee_over_its_base() {
    let quote = json!({
        "lines": [
            {"kind": "base", "amount": dollars("1.00")},
            {"kind": "tips", "amount": dollars("5.00")}],
        "net": dollars("1.00"), "tax": dollars("0.00"), "tips": dollars("5.00"),
        "total": dollars("6.00"),
        "fee": {"total": dollars("1.00"), "customer": dollars("0.00"), "provider": dollars("1.00")},
        "providerGets": dollars("5.00"), "dueNow": dollars("6.00"),
        "durationMinutes": 60, "tzdb": "2026f"});
    assert!(serde_json::from_value::<Quote>(quote.clone()).is_ok());
    let mut over = quote;
    over["fee"] =
        json!({"total": dollars("1.01"), "customer": dollars("0.00"), "provider": dollars("1.01")});
    over["providerGets"] = dollars("4.99");
    let error = serde_json::from_value::<Quote>(over).unwrap_err();
    assert!(
        error.to_string().contains("no more than net and tax"),
        "{error}"
    );
}
