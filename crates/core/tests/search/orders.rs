//! Total orders, what a hit tells, and the earliest start of a page.

use quando::availability::{Availability, Query};
use quando::search::{Candidate, SearchQuery, rank};
use serde_json::{Value, json};

use crate::support::{any_time, five, ids, query, salon};

#[test]
fn g4_every_order_is_total_and_what_is_missing_comes_last() {
    let check = |sort: Value, expected: &str| {
        let mut form = json!({
            "origin": {"lat": 0, "lng": 0}, "currency": "EUR", "text": "cut", "sort": sort,
        });
        if sort["by"] == "earliest" {
            form["filter"] = json!({"available": any_time()});
        }
        let page = rank(&query(form), &five()).unwrap();
        assert_eq!(ids(&page).concat(), expected, "{sort}");
        assert_eq!(page.next, None);
    };
    let descending = |by: &str| json!({"by": by, "order": "descending"});
    let ascending = |by: &str| json!({"by": by, "order": "ascending"});
    check(json!({"by": "id"}), "abcde");
    check(descending("id"), "edcba");
    check(json!({"by": "distance"}), "bdace");
    check(descending("distance"), "acdbe");
    check(json!({"by": "rating"}), "acbde");
    check(ascending("rating"), "bdcae");
    check(json!({"by": "price"}), "bdcae");
    check(descending("price"), "acbde");
    check(json!({"by": "earliest"}), "bcda");
    check(descending("earliest"), "adbc");
    // A whole word of the name, a beginning of it, and a word of the text.
    check(json!({"by": "relevance"}), "adbce");
    check(ascending("relevance"), "cebad");
    check(json!({"by": "price", "order": null}), "bdcae");
}

#[test]
fn g4_a_range_of_prices_brings_the_currency_to_sort_by() {
    let mut candidates = five();
    candidates.push(salon(
        "f",
        &json!({"price": {"amount": "15.00", "currency": "USD"}}),
    ));
    let through = json!({"amount": "20.00", "currency": "EUR"});
    for order in [("ascending", "bdc"), ("descending", "cbd")] {
        let form = json!({
            "filter": {"price": {"through": through}},
            "sort": {"by": "price", "order": order.0},
        });
        let page = rank(&query(form), &candidates).unwrap();
        assert_eq!(ids(&page).concat(), order.1);
    }
}

#[test]
fn a_hit_tells_distance_and_start() {
    let form = json!({
        "origin": {"lat": 0, "lng": 0}, "limit": 2,
        "filter": {"available": any_time()},
        "sort": {"by": "earliest"},
    });
    let mut page = serde_json::to_value(rank(&query(form), &five()).unwrap()).unwrap();
    assert!(page["next"].take().is_string());
    let hits = json!([
        {"id": "b", "distanceMeters": 1_112, "start": "2026-03-02T10:00:00Z"},
        {"id": "c", "distanceMeters": 3_336, "start": "2026-03-02T10:00:00Z"},
    ]);
    assert_eq!(page["hits"], hits);
    // Of several openings that fit, the earliest, wherever it is in the list.
    let form = json!({"filter": {"available": any_time()}});
    let page = rank(&query(form), &[salon("a", &json!({}))]).unwrap();
    let start = page.hits[0].start.unwrap();
    assert_eq!(start.to_rfc3339(), "2026-03-02T09:00:00+00:00");
    let bare = rank(&SearchQuery::default(), &[salon("a", &json!({}))]).unwrap();
    assert_eq!(
        serde_json::to_value(bare).unwrap(),
        json!({"hits": [{"id": "a"}]})
    );
}

/// What the engine says of the first free start of a provider, for the search to go by.
fn confirmed(query: &Query) -> Value {
    let availability = Availability::new(query).unwrap();
    let slot = availability.next_slots().next().unwrap().unwrap();
    json!([{"start": slot.start.to_rfc3339(), "end": slot.end.to_rfc3339()}])
}

/// The summary of openings knows no notice and no grid. A host confirms the page with the engine and
/// ranks again, until everybody on the page is confirmed; since the engine only ever names later
/// starts than the summary, nobody who was left out can be earlier.
#[test]
fn g3_the_earliest_start_is_exact_for_the_page_that_is_returned() {
    let engine = |id: &str, from: &str, notice: u32| -> Query {
        serde_json::from_value(json!({
            "window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"},
            "now": "2026-03-02T08:00:00Z",
            "zone": "UTC",
            "service": {"durationMinutes": 60, "stepMinutes": 60, "minNoticeMinutes": notice},
            "resources": [{"id": id, "schedule": {
                "zone": "UTC", "weekly": {"mon": [{"from": from, "to": "20:00"}]},
            }}],
        }))
        .unwrap()
    };
    // The summaries say 08:10, 08:20, 08:30 and 12:00; in truth it is 13:00, 09:00, 10:00, 12:00.
    let providers = [
        ("a", engine("a", "08:10", 300), "08:10"),
        ("b", engine("b", "08:20", 0), "08:20"),
        ("c", engine("c", "08:30", 61), "08:30"),
        ("d", engine("d", "12:00", 0), "12:00"),
    ];
    let mut candidates: Vec<Candidate> = providers
        .iter()
        .map(|(id, _, from)| {
            let start = format!("2026-03-02T{from}:00Z");
            salon(
                id,
                &json!({"openings": [{"start": start, "end": "2026-03-02T20:00:00Z"}]}),
            )
        })
        .collect();
    let form = json!({
        "filter": {"available": any_time()}, "sort": {"by": "earliest"}, "limit": 2,
    });
    let search = query(form);
    let mut known: Vec<String> = Vec::new();
    let page = loop {
        let page = rank(&search, &candidates).unwrap();
        let found = ids(&page)
            .into_iter()
            .find(|id| !known.iter().any(|each| each == id));
        let Some(unknown) = found.map(str::to_owned) else {
            break page;
        };
        let at = providers
            .iter()
            .position(|(id, _, _)| *id == unknown)
            .unwrap();
        candidates[at] = salon(&unknown, &json!({"openings": confirmed(&providers[at].1)}));
        known.push(unknown);
    };
    let starts: Vec<_> = page
        .hits
        .iter()
        .map(|hit| (hit.id.as_str(), hit.start.unwrap().to_rfc3339()))
        .collect();
    let expected = [
        ("b", "2026-03-02T09:00:00+00:00"),
        ("c", "2026-03-02T10:00:00+00:00"),
    ];
    assert_eq!(starts, expected.map(|(id, start)| (id, start.to_owned())));
    assert!(!known.contains(&"d".to_owned()));
}
