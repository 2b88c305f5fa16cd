//! The examples of docs/search.md, and the vectors of conformance/v1/search.jsonl.

use std::path::Path;

use quando::reminder::ReminderPolicy;
use quando::review::Reviews;
use quando::search::{Cursor, SearchRequest};
use quando::time::{Anchor, Zone, parse_instant};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// Reads a form, and checks that it is written as it was read.
fn round_trip<T: DeserializeOwned + Serialize>(json: &str) -> T {
    let value: T = serde_json::from_str(json).unwrap();
    let written = serde_json::to_value(&value).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(json).unwrap());
    value
}

#[test]
fn documented_forms_mean_what_is_said() {
    let text = read("docs/search.md");
    let blocks = text.split("```json\n").skip(1);
    let examples: Vec<&str> = blocks
        .map(|rest| rest.split_once("```").expect("every block has an end").0)
        .collect();
    let &[request, answer, reviews, policy, anchor] = examples.as_slice() else {
        panic!("docs/search.md has {} examples", examples.len());
    };
    let request: SearchRequest = serde_json::from_str(request).unwrap();
    let found = serde_json::to_value(request.rank().unwrap()).unwrap();
    assert_eq!(found, serde_json::from_str::<Value>(answer).unwrap());
    let reviews: Reviews = round_trip(reviews);
    assert_eq!(
        reviews
            .visible(parse_instant("2026-03-16T14:59:59Z").unwrap())
            .count(),
        0
    );
    let policy: ReminderPolicy = round_trip(policy);
    assert_eq!(policy.before_start_minutes().len(), 2);
    let anchor: Anchor = round_trip(anchor);
    let zone = Zone::new(anchor.zone_name()).unwrap();
    let moved = parse_instant("2026-12-01T16:00:00Z").unwrap();
    assert_eq!(anchor.instant_under(&zone), moved);
}

/// The answer to a vector: all pages, turned over by their cursors, or the error.
fn answer(request: &Value) -> Value {
    let error = |code: &str, pointer: &str| json!({"error": {"code": code, "pointer": pointer}});
    let mut request: SearchRequest = match quando::json::parse(&request.to_string()) {
        Ok(request) => request,
        Err(fault) => return error(fault.fault.code(), &fault.pointer),
    };
    let mut pages = Vec::new();
    loop {
        let page = match request.rank() {
            Ok(page) => page,
            Err(refused) => return error(refused.code(), &refused.pointer()),
        };
        pages.push(json!(page.hits));
        match page.next {
            Some(next) => request.query.after = Some(Cursor::new(&next.to_string()).unwrap()),
            None => return json!({"pages": pages}),
        }
        assert!(pages.len() <= request.candidates.len(), "pages without end");
    }
}

#[test]
fn the_vectors_are_answered() {
    let text = read("conformance/v1/search.jsonl");
    let mut failures = Vec::new();
    let mut names = Vec::new();
    for line in text.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let found = answer(&vector["request"]);
        if found != vector["expected"] {
            failures.push(format!(
                "{}\n  {found}\n  {}",
                vector["name"], vector["expected"]
            ));
        }
        names.push(vector["name"].to_string());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(names.len() > 30, "only {} vectors", names.len());
    names.sort_unstable();
    assert!(
        names.windows(2).all(|pair| pair[0] != pair[1]),
        "a name is there twice"
    );
}
