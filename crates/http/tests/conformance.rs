//! The conformance vectors of `conformance/v1` over a real socket. The format is described in the
//! README beside them.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Host;

#[tokio::test]
async fn vectors_have_the_same_answers_over_http() {
    let host = Host::start().await;
    let files = [
        "time",
        "recurrence",
        "hours",
        "slots",
        "check",
        "explain",
        "next",
        "invalid",
        "quotes",
        "refunds",
    ];
    let mut failures = Vec::new();
    for file in files {
        failures.extend(run(&host, file).await);
    }
    assert!(
        failures.is_empty(),
        "{} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    host.stop().await;
}

async fn run(host: &Host, file: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/v1");
    let text = std::fs::read_to_string(folder.join(file).with_extension("jsonl")).unwrap();
    let vectors = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    // There is no route for a booking that exists already and brings its resources along.
    let vectors: Vec<Value> = vectors
        .filter(|each| each.get("recheck").is_none())
        .collect();
    assert!(
        vectors.len() > 5,
        "{file}.jsonl has {} vectors",
        vectors.len()
    );
    let mut failures = Vec::new();
    for vector in vectors {
        let (path, question) = question(&vector);
        let answer = host
            .post(&host.customer("cem"), (&path, ""), question)
            .await;
        let expected = settled(vector["expected"].clone());
        let actual = settled(shaped_like(&expected, answer.json()));
        if actual != expected {
            let name = &vector["name"];
            failures.push(format!(
                "{name}\n  expected {expected}\n  actual   {actual}"
            ));
        }
    }
    failures
}

/// The path and the body that ask what a vector asks.
fn question(vector: &Value) -> (String, Value) {
    if let Some(question) = vector.get("question") {
        let what = if question.get("request").is_some() {
            "quote"
        } else {
            "refund"
        };
        return (format!("/api/compute/{what}"), question.clone());
    }
    if let Some(request) = vector.get("request") {
        return ("/api/compute/expand".to_owned(), request.clone());
    }
    let path = match (vector.get("start"), vector.get("count")) {
        (Some(start), _) => {
            let start = start.as_str().unwrap().replace('+', "%2B");
            format!("/api/compute/check?start={start}")
        }
        (None, Some(count)) => format!("/api/compute/next?count={count}"),
        (None, None) => "/api/compute/slots".to_owned(),
    };
    (path, vector["query"].clone())
}

/// An answer, reduced to what a vector says about it.
fn shaped_like(expected: &Value, mut answer: Value) -> Value {
    if let Some(code) = answer.get("code") {
        return match expected.get("error") {
            Some(_) => json!({"error": code}),
            None => {
                let pointer = answer.get("pointer").cloned();
                json!({"code": code, "pointer": pointer.unwrap_or_else(|| json!(""))})
            }
        };
    }
    let fields = answer.as_object_mut().unwrap();
    fields.remove("tzdb");
    if expected.get("starts").is_some()
        && let Some(Value::Array(slots)) = fields.remove("slots")
    {
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
