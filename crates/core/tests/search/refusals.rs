//! What is wrong with a search, with its code and its place.

use quando::money::{Currency, Money};
use quando::search::{Candidate, PriceRange, SearchQuery, SearchRequest, rank};
use serde_json::{Value, json};

use crate::support::{any_time, query, salon};

fn euros(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// That a search is refused with a code and a pointer.
fn check(form: &Value, candidates: &[Candidate], code: &str, pointer: &str) {
    let error = rank(&query(form.clone()), candidates).unwrap_err();
    let found = (error.code(), error.pointer());
    assert_eq!(found, (code, pointer.to_owned()), "{form}");
}

#[test]
fn a_search_that_lacks_what_it_needs_is_refused() {
    let twice = [
        salon("a", &json!({})),
        salon("b", &json!({})),
        salon("a", &json!({"text": null})),
    ];
    for (form, candidates, code, pointer) in [
        (
            json!({"sort": {"by": "distance"}}),
            &[][..],
            "search-no-origin",
            "/query/sort",
        ),
        (
            json!({"filter": {"radiusMeters": 9}}),
            &[],
            "search-no-origin",
            "/query/filter/radiusMeters",
        ),
        (
            json!({"sort": {"by": "relevance"}}),
            &[],
            "search-no-text",
            "/query/sort",
        ),
        (
            json!({"sort": {"by": "earliest"}}),
            &[],
            "search-no-window",
            "/query/sort",
        ),
        (
            json!({"filter": {"available": {"window": any_time()["window"], "durationMinutes": 0}}}),
            &[],
            "search-no-duration",
            "/query/filter/available/durationMinutes",
        ),
        (json!({}), &twice, "search-duplicate", "/candidates/2/id"),
        (
            json!({"limit": 1_001}),
            &[],
            "search-over-limit",
            "/query/limit",
        ),
        (
            json!({"filter": {"categories": vec!["x"; 101]}}),
            &[],
            "search-over-limit",
            "/query/filter/categories",
        ),
    ] {
        check(&form, candidates, code, pointer);
    }
}

#[test]
fn prices_that_do_not_compare_or_are_negative_are_refused() {
    check(
        &json!({"sort": {"by": "price"}}),
        &[],
        "search-no-currency",
        "/query/sort",
    );
    check(
        &json!({"currency": "USD", "filter": {"price": {"from": euros("0.01")}}}),
        &[],
        "search-currency-differs",
        "/query/currency",
    );
    // Whatever the currency that prices are compared in.
    let debt = json!({"amount": "-0.01", "currency": "USD"});
    let owing = [
        salon("a", &json!({"price": euros("0.00")})),
        salon("b", &json!({"price": debt})),
    ];
    check(
        &json!({"currency": "EUR"}),
        &owing,
        "search-price-negative",
        "/candidates/1/price",
    );
}

#[test]
fn a_range_of_prices_has_an_end_an_order_one_currency_and_no_debts() {
    let money = |text: &str| {
        let (amount, currency) = text.split_once(' ').unwrap();
        Money::parse(amount, Currency::new(currency).unwrap()).unwrap()
    };
    for (from, through, expected) in [
        (Some("1.00 EUR"), Some("1.00 EUR"), Ok("EUR")),
        (None, Some("0 JPY"), Ok("JPY")),
        (Some("0.000 KWD"), None, Ok("KWD")),
        (None, None, Err("price-range")),
        (Some("1.01 EUR"), Some("1.00 EUR"), Err("price-range")),
        (Some("1 EUR"), Some("2 USD"), Err("price-range-currencies")),
        (Some("2 EUR"), Some("1 USD"), Err("price-range-currencies")),
        (Some("-0.01 EUR"), None, Err("price-range-negative")),
        (None, Some("-1 JPY"), Err("price-range-negative")),
        (Some("-2 EUR"), Some("1 EUR"), Err("price-range-negative")),
    ] {
        let range = PriceRange::new(from.map(money), through.map(money));
        let found = range.map(|range| range.currency().code());
        assert_eq!(
            found.map_err(|error| error.code()),
            expected,
            "{from:?} {through:?}"
        );
    }
}

#[test]
fn a_search_that_is_too_large_is_refused() {
    let many = |count: usize| vec![salon("a", &json!({})); count];
    let error = rank(&SearchQuery::default(), &many(100_001)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "candidates: at most 100000 (limit `SEARCH_CANDIDATES_MAX`)"
    );
    let opening = json!([{"start": "2026-03-02T15:00:00Z", "end": "2026-03-02T17:00:00Z"}]);
    let mut busy = salon("a", &json!({"openings": opening}));
    busy.openings = vec![busy.openings[0]; 2_000_000];
    let error = rank(&SearchQuery::default(), &[busy]).unwrap_err();
    assert!(error.to_string().contains("SEARCH_PARTS_MAX"), "{error}");
    let mut talkative = salon("a", &json!({}));
    talkative.text = "x".repeat(64 * 1024 * 1024);
    let error = rank(&SearchQuery::default(), &[talkative]).unwrap_err();
    assert!(error.to_string().contains("SEARCH_BYTES_MAX"), "{error}");
}

/// That the JSON form of a query is refused at a pointer.
fn check_form(query: &Value, pointer: &str) {
    let request = json!({"query": query, "candidates": []});
    let error = quando::json::parse::<SearchRequest>(&request.to_string()).unwrap_err();
    assert_eq!(error.pointer, pointer, "{query}");
}

#[test]
fn the_json_form_refuses_prices_that_are_no_range_of_money() {
    let check = |range: Value, pointer: &str| {
        let pointer = format!("/query/filter/price{pointer}");
        check_form(&json!({"filter": {"price": range}}), &pointer);
    };
    check(json!({}), "");
    check(json!({"fromMinor": 2}), "/fromMinor");
    check(json!({"from": 2}), "/from");
    check(json!({"from": euros("0.02"), "through": euros("0.01")}), "");
    check(json!({"through": euros("-0.01")}), "");
    check(json!({"from": euros("0.001")}), "/from");
    let gold = json!({"amount": "1", "currency": "XAU"});
    check(json!({"through": gold}), "/through/currency");
    let dollars = json!({"amount": "1.00", "currency": "USD"});
    check(json!({"from": euros("0.01"), "through": dollars}), "");
}

#[test]
fn the_json_form_refuses_what_it_does_not_know() {
    for (query, pointer) in [
        (json!({"radius": 3}), "/query/radius"),
        (json!({"text": "?"}), "/query/text"),
        (json!({"limit": 0}), "/query/limit"),
        (json!({"currency": "eur"}), "/query/currency"),
        (json!({"sort": {"by": "fame"}}), "/query/sort/by"),
        (json!({"origin": {"lat": 91, "lng": 0}}), "/query/origin"),
        (
            json!({"filter": {"radiusMeters": -1}}),
            "/query/filter/radiusMeters",
        ),
        (
            json!({"filter": {"languages": ["de", "d_e"]}}),
            "/query/filter/languages/1",
        ),
        (
            json!({"filter": {"categories": [""]}}),
            "/query/filter/categories/0",
        ),
        (
            json!({"filter": {"ratingAtLeast": "5.01"}}),
            "/query/filter/ratingAtLeast",
        ),
        (json!({"after": "0"}), "/query/after"),
    ] {
        check_form(&query, pointer);
    }
    for text in [
        "0.99", "5.01", "6", "", ".5", "4.", "4.123", "+4", "4,5", "٤", "04",
    ] {
        let filter = json!({"filter": {"ratingAtLeast": text}});
        assert!(
            serde_json::from_value::<SearchQuery>(filter).is_err(),
            "{text}"
        );
    }
    let full = json!({
        "query": {
            "text": "Hair cut", "origin": {"lat": 52.5, "lng": 13.4}, "currency": "EUR",
            "filter": {
                "radiusMeters": 500,
                "inside": {"south": 1.0, "west": 2.0, "north": 3.0, "east": 4.0},
                "serves": {"lat": 52.5, "lng": 13.4},
                "categories": ["hair"], "languages": ["de"], "attributes": ["parking"],
                "price": {"from": euros("0.00"), "through": euros("5.00")}, "ratingAtLeast": "4.50", "verified": true,
                "available": {"window": any_time()["window"], "durationMinutes": 60, "party": 2},
            },
            "sort": {"by": "price", "order": "descending"},
            "limit": 7,
        },
        "candidates": [serde_json::to_value(salon("a", &json!({}))).unwrap()],
    });
    let read: SearchRequest = serde_json::from_value(full.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), full);
    assert_eq!(read.rank().unwrap().hits, []);
    let bare: SearchRequest =
        serde_json::from_value(json!({"query": {}, "candidates": [{"id": "a"}]})).unwrap();
    assert_eq!(
        serde_json::to_value(&bare).unwrap(),
        json!({"query": {"limit": 20}, "candidates": [{"id": "a"}]})
    );
}
