//! The examples of docs/json.md: what is asked there is answered so.

use quando::availability::Query;
use quando::recurrence::ExpandRequest;
use serde_json::Value;

use crate::tree::read;

#[test]
fn documented_questions_have_the_documented_answers() {
    let text = read("docs/json.md");
    let blocks = text.split("```json\n").skip(1);
    let examples: Vec<&str> = blocks
        .map(|rest| rest.split_once("```").expect("every block has an end").0)
        .collect();
    // What comes after them belongs to stories, which have a test of their own.
    let &[query, answer, expansion, occurrences, ..] = examples.as_slice() else {
        panic!("docs/json.md has {} examples", examples.len());
    };
    let query: Query = serde_json::from_str(query).unwrap();
    let found = serde_json::to_value(quando::slots(&query).unwrap()).unwrap();
    assert_eq!(found, serde_json::from_str::<Value>(answer).unwrap());
    let request: ExpandRequest = serde_json::from_str(expansion).unwrap();
    let found = serde_json::to_value(request.expand().unwrap()).unwrap();
    assert_eq!(found, serde_json::from_str::<Value>(occurrences).unwrap());
}
