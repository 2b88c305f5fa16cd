//! Runs the conformance vectors of `conformance/v1` through the crate. The format is described in
//! the README beside them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use quando::availability::{Availability, Query};
use quando::id::ResourceId;
use quando::recurrence::ExpandRequest;
use quando::time::tzdb_version;
use serde::Deserialize;
use serde_json::{Value, json};

/// One line of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    #[expect(dead_code, reason = "for readers and for other runners")]
    rule: String,
    query: Option<Value>,
    request: Option<Value>,
    start: Option<String>,
    recheck: Option<Vec<Vec<ResourceId>>>,
    count: Option<usize>,
    expected: Value,
}

#[test]
fn time() {
    check_file("time");
}

#[test]
fn recurrence() {
    check_file("recurrence");
}

#[test]
fn hours() {
    check_file("hours");
}

#[test]
fn slots() {
    check_file("slots");
}

#[test]
fn check() {
    check_file("check");
}

#[test]
fn explain() {
    check_file("explain");
}

#[test]
fn next() {
    check_file("next");
}

#[test]
fn invalid() {
    check_file("invalid");
}

fn check_file(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/v1");
    let path = path.join(file).with_extension("jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let mut failures = Vec::new();
    let mut count = 0;
    for (index, line) in text.lines().enumerate() {
        let vector: Vector = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{file}.jsonl line {}: {error}", index + 1));
        count += 1;
        let expected = settled(vector.expected.clone());
        let actual = match answer(&vector) {
            Ok(answer) => settled(shaped_like(&expected, answer)),
            Err(refusal) => json!(refusal),
        };
        if expected != actual {
            let name = &vector.name;
            failures.push(format!(
                "{name}\n  expected {expected}\n  actual   {actual}"
            ));
        }
    }
    assert!(count > 0, "{file}.jsonl has no vectors");
    assert!(
        failures.is_empty(),
        "{} of {count} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The answer without the zone database, which is checked to be the compiled-in one.
fn answer(vector: &Vector) -> Result<Value, Value> {
    let mut answer = match (&vector.query, &vector.request) {
        (None, Some(request)) => expand(request),
        (Some(query), None) => ask(query, vector),
        _ => panic!("{}: needs either `query` or `request`", vector.name),
    }?;
    if let Some(tzdb) = answer
        .as_object_mut()
        .and_then(|answer| answer.remove("tzdb"))
    {
        assert_eq!(tzdb, tzdb_version(), "{}", vector.name);
    } else {
        assert!(
            vector.count.is_some(),
            "{}: the answer names no zone database",
            vector.name
        );
    }
    Ok(answer)
}

fn expand(request: &Value) -> Result<Value, Value> {
    let request: ExpandRequest = read(request)?;
    request
        .expand()
        .map(|answer| json!(answer))
        .map_err(|error| json!({"error": error.code()}))
}

fn ask(query: &Value, vector: &Vector) -> Result<Value, Value> {
    let query: Query = read(query)?;
    let refusal = |error: quando::availability::QueryError| json!({"code": error.fault.code(), "pointer": error.pointer});
    let availability = Availability::new(&query).map_err(refusal)?;
    let start = vector.start.as_ref().map(|start| start.parse().unwrap());
    let answer = match (start, &vector.recheck, vector.count) {
        (Some(start), Some(chosen), _) => {
            availability.recheck(start, chosen).map(|each| json!(each))
        }
        (Some(start), None, _) => availability.check(start).map(|each| json!(each)),
        (None, _, Some(count)) => {
            let slots: Result<Vec<_>, _> = availability.next_slots().take(count).collect();
            slots.map(|slots| json!({"slots": slots}))
        }
        (None, _, None) => availability.slots().map(|answer| json!(answer)),
    };
    answer.map_err(refusal)
}

/// Where only starts matter, a vector lists `starts` in place of `slots`.
fn shaped_like(expected: &Value, mut answer: Value) -> Value {
    if expected.get("starts").is_some()
        && let Some(slots) = answer
            .as_object_mut()
            .and_then(|answer| answer.remove("slots"))
    {
        let slots = slots.as_array().expect("`slots` is a list");
        answer["starts"] = slots.iter().map(|slot| slot["start"].clone()).collect();
    }
    answer
}

/// Reasons come in any order.
fn settled(mut value: Value) -> Value {
    sort_reasons(&mut value);
    if let Some(refused) = value.get_mut("refused").and_then(Value::as_array_mut) {
        refused.iter_mut().for_each(sort_reasons);
    }
    value
}

fn sort_reasons(value: &mut Value) {
    if let Some(reasons) = value.get_mut("reasons").and_then(Value::as_array_mut) {
        reasons.sort_by_key(Value::to_string);
    }
}

/// The one place that reads JSON and says what is malformed, and where.
fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, Value> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let steps = error.path().iter().map(|step| match step {
            serde_path_to_error::Segment::Map { key } => format!("/{key}"),
            serde_path_to_error::Segment::Seq { index } => format!("/{index}"),
            other => format!("/{other}"),
        });
        json!({"code": "malformed", "pointer": steps.collect::<String>()})
    })
}
