//! Runs the conformance vectors of `conformance/v1` through the program, each file as questions on
//! lines. The format is described in the README beside them.

use serde_json::{Value, json};

use crate::common::{quando, root};

#[test]
fn slots_time_hours_and_explanations() {
    for file in ["time", "hours", "slots", "explain"] {
        check_file(file);
    }
}

#[test]
fn recurrence() {
    check_file("recurrence");
}

#[test]
fn checks() {
    check_file("check");
}

#[test]
fn next() {
    check_file("next");
}

#[test]
fn invalid() {
    check_file("invalid");
}

#[test]
fn money() {
    for file in ["fees", "quotes", "refunds"] {
        check_file(file);
    }
}

/// A vector, the command that answers it, and the question as that command takes it.
struct Case {
    vector: Value,
    command: &'static str,
    question: Value,
}

fn check_file(file: &str) {
    let path = root()
        .join("conformance/v1")
        .join(file)
        .with_extension("jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let cases: Vec<Case> = text.lines().filter_map(case).collect();
    assert!(!cases.is_empty(), "{file}.jsonl has no vectors");
    let mut failures = Vec::new();
    for command in ["slots", "check", "next", "expand", "quote", "refund"] {
        let cases: Vec<&Case> = cases
            .iter()
            .filter(|case| case.command == command)
            .collect();
        failures.extend(run_cases(command, &cases));
    }
    let (failed, all) = (failures.len(), cases.len());
    assert!(
        failures.is_empty(),
        "{file}: {failed} of {all} failed:\n{}",
        failures.join("\n")
    );
}

fn case(line: &str) -> Option<Case> {
    let vector: Value = serde_json::from_str(line).unwrap();
    if let Some(question) = vector.get("question") {
        let is_answered = vector["expected"].get("total").is_some();
        let (command, question) = money_question(question, is_answered)?;
        return Some(Case {
            vector,
            command,
            question,
        });
    }
    let (command, extra) = match &vector {
        // The command line has no command for a booking that exists already.
        each if each.get("recheck").is_some() => return None,
        each if each.get("request").is_some() => ("expand", None),
        each if each.get("start").is_some() => ("check", Some("start")),
        each if each.get("count").is_some() => ("next", Some("count")),
        _ => ("slots", None),
    };
    let mut question = vector
        .get("query")
        .or(vector.get("request"))
        .unwrap()
        .clone();
    if let Some(extra) = extra {
        question[extra] = vector[extra].clone();
    }
    Some(Case {
        vector,
        command,
        question,
    })
}

/// The question of a vector about money, for the command that answers it.
fn money_question(question: &Value, is_answered: bool) -> Option<(&'static str, Value)> {
    let has = |field: &str| question.get(field).is_some();
    if has("request") {
        return Some(("quote", question.clone()));
    }
    if !has("net") {
        return Some(("refund", question.clone()));
    }
    // A fee by itself is asked for as the quote of a booking at that price, where tax is a rate. What
    // is refused is pointed at elsewhere in there, and is left to the library's own run.
    (!has("tax") && is_answered).then(|| {
        let quote = json!({
            "price": {"base": {"kind": "perBooking", "price": question["net"]}},
            "fee": question["policy"],
            "request": {"start": "2026-03-02T09:00:00Z", "zone": "UTC", "durationMinutes": 60}});
        ("quote", quote)
    })
}

fn run_cases(command: &str, cases: &[&Case]) -> Vec<String> {
    let lines: Vec<String> = cases.iter().map(|case| case.question.to_string()).collect();
    let ran = quando(&[command, "--jsonl"], lines.join("\n"));
    let answers = ran.json_lines();
    assert_eq!((answers.len(), ran.stderr.as_str()), (cases.len(), ""));
    let mut failures = Vec::new();
    for (case, answer) in cases.iter().zip(answers) {
        let expected = settled(case.vector["expected"].clone());
        let actual = settled(shaped_like(&expected, answer));
        if expected != actual {
            let name = &case.vector["name"];
            failures.push(format!(
                "{name}\n  expected {expected}\n  actual   {actual}"
            ));
        }
    }
    failures
}

/// An answer, reduced to what a vector says about it.
fn shaped_like(expected: &Value, mut answer: Value) -> Value {
    if let Some(error) = answer.get("error") {
        return match expected.get("error") {
            Some(_) => json!({"error": error["code"]}),
            None => json!({"code": error["code"], "pointer": error["pointer"]}),
        };
    }
    let fields = answer.as_object_mut().unwrap();
    let is_refund = fields.contains_key("kept");
    assert_eq!(
        fields.remove("tzdb"),
        (!is_refund).then(|| json!(quando::time::tzdb_version()))
    );
    // A vector about a fee alone knows nothing of the rest of its quote.
    if expected.get("provider").is_some() {
        return answer["fee"].clone();
    }
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
