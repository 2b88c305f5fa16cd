//! What a filter leaves out.

use quando::search::rank;
use serde_json::{Value, json};

use crate::support::{query, salon};

/// Whether the salon is found, with changes, by a query in JSON.
fn check(form: &str, changes: &str, expected: bool) {
    let form: Value = serde_json::from_str(form).unwrap();
    let changes: Value = serde_json::from_str(changes).unwrap();
    let page = rank(&query(form.clone()), &[salon("a", &changes)]).unwrap();
    assert_eq!(!page.hits.is_empty(), expected, "{form} {changes}");
}

/// [`check`] with this filter alone.
fn check_filter(filter: &str, changes: &str, expected: bool) {
    check(&format!(r#"{{"filter": {filter}}}"#), changes, expected);
}

#[test]
fn g1_by_radius_and_box() {
    let within = |meters: u32, changes: &str, expected: bool| {
        let origin = r#"{"lat": 52.53, "lng": 13.405}"#;
        let form = format!(r#"{{"origin": {origin}, "filter": {{"radiusMeters": {meters}}}}}"#);
        check(&form, changes, expected);
    };
    // A hundredth of a degree is 1,112 m.
    within(1_112, "{}", true);
    within(1_111, "{}", false);
    within(u32::MAX, "{}", true);
    within(u32::MAX, r#"{"location": null}"#, false);
    let berlin = r#"{"inside": {"south": 52, "west": 13, "north": 53, "east": 14}}"#;
    check_filter(berlin, "{}", true);
    check_filter(berlin, r#"{"location": null}"#, false);
    let elsewhere = r#"{"inside": {"south": 52, "west": 14, "north": 53, "east": 13}}"#;
    check_filter(elsewhere, "{}", false);
}

#[test]
fn g5_by_the_area_that_is_served() {
    check_filter(r#"{"serves": {"lat": 52.53, "lng": 13.405}}"#, "{}", true);
    check_filter(r#"{"serves": {"lat": 52.6, "lng": 13.405}}"#, "{}", false);
    // Who travels need not have a place, and who has one need not travel.
    let here = r#"{"serves": {"lat": 52.52, "lng": 13.405}}"#;
    check_filter(here, r#"{"location": null}"#, true);
    check_filter(here, r#"{"serviceArea": null}"#, false);
    let corners = r#"[{"lat": 0, "lng": -60}, {"lat": 0, "lng": 60}, {"lat": 60, "lng": 13}]"#;
    check_filter(
        here,
        &format!(r#"{{"serviceArea": {{"polygon": {corners}}}}}"#),
        true,
    );
}

#[test]
fn g4_by_categories_languages_and_attributes() {
    check("{}", "{}", true);
    check_filter(r#"{"categories": []}"#, "{}", true);
    check_filter(r#"{"categories": ["nails", "beard"]}"#, "{}", true);
    check_filter(r#"{"categories": ["nails", "Hair"]}"#, "{}", false);
    check_filter(
        r#"{"categories": ["hair"]}"#,
        r#"{"categories": null}"#,
        false,
    );
    check_filter(r#"{"languages": ["fr", "EN"]}"#, "{}", true);
    check_filter(r#"{"languages": ["en-GB"]}"#, "{}", true);
    check_filter(r#"{"languages": ["en-US", "de-AT"]}"#, "{}", false);
    check_filter(r#"{"languages": ["de"]}"#, r#"{"languages": null}"#, false);
    check_filter(r#"{"attributes": ["stepFree", "parking"]}"#, "{}", true);
    check_filter(r#"{"attributes": ["stepFree", "wifi"]}"#, "{}", false);
}

#[test]
fn g4_by_price_in_one_currency() {
    let within = |from: Option<&str>, through: Option<&str>, changes: &str, expected: bool| {
        let end = |text: Option<&str>| {
            text.and_then(|text| text.split_once(' '))
                .map(|(amount, currency)| json!({"amount": amount, "currency": currency}))
        };
        let filter = json!({"price": {"from": end(from), "through": end(through)}});
        check(&json!({"filter": filter}).to_string(), changes, expected);
        // The currency may be stated beside the range, which makes no difference.
        let currency = from.or(through).and_then(|text| text.split_once(' '));
        let form = json!({"currency": currency.unwrap().1, "filter": filter});
        check(&form.to_string(), changes, expected);
    };
    within(Some("45.00 EUR"), Some("45.00 EUR"), "{}", true);
    within(Some("45 EUR"), None, "{}", true);
    within(Some("45.01 EUR"), None, "{}", false);
    within(None, Some("44.99 EUR"), "{}", false);
    within(None, Some("99.99 EUR"), r#"{"price": null}"#, false);
    within(None, Some("99.99 USD"), "{}", false);
    within(Some("0 USD"), None, "{}", false);
    // What is free has a price: none at all.
    let free = r#"{"price": {"amount": "0.00", "currency": "EUR"}}"#;
    within(Some("0 EUR"), Some("0.00 EUR"), free, true);
    within(Some("0.01 EUR"), None, free, false);
    // As many minor units of a currency with other digits.
    let yen = r#"{"price": {"amount": "4500", "currency": "JPY"}}"#;
    within(Some("4500 JPY"), Some("4500 JPY"), yen, true);
    within(Some("45.00 EUR"), Some("45.00 EUR"), yen, false);
}

#[test]
fn g4_by_rating_and_verification() {
    check_filter(r#"{"ratingAtLeast": "4.5"}"#, "{}", true);
    check_filter(r#"{"ratingAtLeast": "4.51"}"#, "{}", false);
    check_filter(r#"{"ratingAtLeast": "1"}"#, r#"{"ratings": null}"#, false);
    // 4.496, which prints as 4.50.
    let almost = r#"{"ratings": {"counts": [0, 0, 0, 126, 124]}}"#;
    check_filter(r#"{"ratingAtLeast": "4.5"}"#, almost, false);
    check_filter(r#"{"ratingAtLeast": "4.49"}"#, almost, true);
    check_filter(r#"{"verified": true}"#, "{}", true);
    check_filter(r#"{"verified": true}"#, r#"{"verified": null}"#, false);
    check_filter(r#"{"verified": false}"#, r#"{"verified": null}"#, true);
}

#[test]
fn g4_by_words() {
    check(r#"{"text": "SALON beard"}"#, "{}", true);
    check(r#"{"text": "salon nails"}"#, "{}", false);
    check(r#"{"text": "salon"}"#, r#"{"name": null}"#, false);
}

#[test]
fn g2_by_free_time_with_length_and_seats() {
    // Two seats from 9 to 10, one from 15 to 17.
    let free = |from: &str, to: &str, minutes: u32, party: u32, expected: bool| {
        let at = |time: &str| format!("2026-03-02T{time}Z");
        let form = json!({"filter": {"available": {
            "window": {"from": at(from), "to": at(to)},
            "durationMinutes": minutes,
            "party": party,
        }}});
        check(&form.to_string(), "{}", expected);
    };
    free("09:00:00", "09:00:01", 60, 2, true);
    free("09:00:01", "15:00:00", 60, 1, false);
    free("09:00:01", "15:00:01", 60, 1, true);
    free("09:00:00", "15:00:00", 61, 1, false);
    free("00:00:00", "23:00:00", 120, 1, true);
    free("00:00:00", "23:00:00", 121, 1, false);
    free("00:00:00", "23:00:00", 61, 2, false);
    free("00:00:00", "23:00:00", 60, 3, false);
    free("08:00:00", "09:00:00", 60, 1, false);
    // The booking may end after the window, and not after the opening.
    free("16:00:00", "16:00:01", 60, 1, true);
    free("16:00:01", "20:00:00", 60, 1, false);
}
