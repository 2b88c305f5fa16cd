//! Places, candidates and queries for the tests of search.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};
use quando::search::{Candidate, Page, Point, SearchQuery};
use serde_json::{Value, json};

pub(crate) fn point(lat: f64, lng: f64) -> Point {
    Point::new(lat, lng).unwrap()
}

pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

/// Points all over the globe, and many at its edges and close to others.
pub(crate) fn points() -> impl Strategy<Value = Point> {
    let lat = prop_oneof![
        -90_000_000..=90_000_000_i32,
        prop::sample::select(vec![-90_000_000, -89_999_999, 0, 1, 89_999_999, 90_000_000]),
    ];
    let lng = prop_oneof![
        -180_000_000..=180_000_000_i32,
        prop::sample::select(vec![
            -180_000_000,
            -179_999_999,
            -1,
            0,
            179_999_999,
            180_000_000
        ]),
    ];
    (lat, lng).prop_map(|(lat, lng)| Point::from_micro_degrees(lat, lng).unwrap())
}

/// A place at most some metres to kilometres off.
pub(crate) fn near(from: Point, north: i32, east: i32) -> Point {
    let lat = (from.lat_micro_degrees() + north).clamp(-90_000_000, 90_000_000);
    let mut lng = from.lng_micro_degrees() + east;
    if lng.abs() > 180_000_000 {
        lng -= lng.signum() * 360_000_000;
    }
    Point::from_micro_degrees(lat, lng).unwrap()
}

/// A salon in Berlin that has everything, with changes; a null takes something away.
pub(crate) fn salon(id: &str, patch: &Value) -> Candidate {
    let mut form = json!({
        "id": id,
        "name": "Salon Ana",
        "text": "Haircuts, colour and beards",
        "location": {"lat": 52.52, "lng": 13.405},
        "serviceArea": {"radius": {"center": {"lat": 52.52, "lng": 13.405}, "meters": 5_000}},
        "categories": ["hair", "beard"],
        "languages": ["de", "en-GB"],
        "attributes": ["parking", "stepFree"],
        "price": {"amount": "45.00", "currency": "EUR"},
        "ratings": {"counts": [0, 0, 0, 1, 1]},
        "verified": true,
        "openings": [
            {"start": "2026-03-02T15:00:00Z", "end": "2026-03-02T17:00:00Z"},
            {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z", "seats": 2},
        ],
    });
    for (name, value) in patch.as_object().unwrap() {
        if value.is_null() {
            form.as_object_mut().unwrap().remove(name);
        } else {
            form[name] = value.clone();
        }
    }
    serde_json::from_value(form).unwrap()
}

pub(crate) fn query(form: Value) -> SearchQuery {
    serde_json::from_value(form).unwrap()
}

pub(crate) fn ids(page: &Page) -> Vec<&str> {
    page.hits.iter().map(|hit| hit.id.as_str()).collect()
}

/// Five candidates that have everything in another order, `e` lacks all of it.
pub(crate) fn five() -> Vec<Candidate> {
    let rows = [
        ("a", 3, [0, 0, 0, 0, 1], "30.00", 12, "cut"),
        ("b", 1, [0, 0, 0, 1, 1], "10.00", 10, "cutting"),
        ("c", 3, [0, 0, 0, 2, 2], "20.00", 10, "salon"),
        ("d", 2, [0, 0, 0, 1, 1], "10.00", 11, "cut"),
    ];
    let mut list: Vec<Candidate> = rows
        .into_iter()
        .map(|(id, far, counts, amount, hour, name)| {
            salon(id, &json!({
                "location": {"lat": f64::from(far) / 100.0, "lng": 0},
                "ratings": {"counts": counts},
                "price": {"amount": amount, "currency": "EUR"},
                "openings": [{"start": format!("2026-03-02T{hour}:00:00Z"), "end": "2026-03-02T20:00:00Z"}],
                "name": name,
                "text": "cut",
            }))
        })
        .collect();
    list.push(salon(
        "e",
        &json!({
            "location": null, "ratings": null, "openings": null, "name": null, "text": "cut",
            "price": {"amount": "0.01", "currency": "USD"},
        }),
    ));
    list.reverse();
    list
}

pub(crate) fn any_time() -> Value {
    json!({"window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}, "durationMinutes": 60})
}
