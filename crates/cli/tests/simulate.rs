//! `quando simulate`: the conformance stories, broken lines, and what people are shown.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::common::{TestFile, quando, root};

#[test]
fn the_conformance_stories_have_the_expected_answers() {
    for (file, least) in [("lifecycle", 60), ("ledgers", 40)] {
        let path = root()
            .join("conformance/v1")
            .join(file)
            .with_extension("jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let vectors = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let stories: Vec<Value> = vectors
            .filter(|vector| vector.get("story").is_some())
            .collect();
        assert!(stories.len() >= least, "{file}: {}", stories.len());
        for vector in stories {
            check(&vector);
        }
    }
}

fn check(vector: &Value) {
    let name = vector["name"].as_str().unwrap();
    let lines: Vec<String> = vector["story"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    let ran = quando(&["simulate"], lines.join("\n"));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{name}");
    let answers = ran.json_lines();
    assert_eq!(answers.len(), lines.len(), "{name}");
    let expected = vector["expected"].as_array().unwrap();
    for ((line, expected), answer) in lines.iter().zip(expected).zip(&answers) {
        assert!(
            matches(expected, answer, ""),
            "{name}\n  {line}\n  expected {expected}\n  actual   {answer}"
        );
    }
}

/// As the README of the vectors says.
fn matches(expected: &Value, actual: &Value, name: &str) -> bool {
    match (expected, actual) {
        (Value::Object(fields), Value::Object(actual)) => {
            let names = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
            let whole = name != "balances" || names(fields) == names(actual);
            let field = |(name, expected): (&String, &Value)| match actual.get(name) {
                None => expected.is_null(),
                Some(actual) => matches(expected, actual, name),
            };
            whole && fields.iter().all(field)
        }
        (Value::Array(expected), Value::Array(actual)) => {
            let (mut expected, mut actual) = (expected.clone(), actual.clone());
            if name == "postings" {
                expected.sort_by_key(|posting| posting["account"].to_string());
                actual.sort_by_key(|posting| posting["account"].to_string());
            }
            let pairs = || expected.iter().zip(&actual);
            expected.len() == actual.len() && pairs().all(|(e, a)| matches(e, a, ""))
        }
        _ => expected == actual,
    }
}

fn shop() -> Value {
    json!({"set": {
        "zone": "America/New_York",
        "resources": [{"id": "ana", "schedule": {"zone": "America/New_York",
            "weekly": {"wed": [{"from": "09:00", "to": "17:00"}]}}}],
        "services": {"cut": {"service": {"durationMinutes": 60}, "offer": {"terms": {
            "price": {"base": {"kind": "perBooking",
                "price": {"amount": "100.00", "currency": "USD"}}},
            "rules": {"payment": "upFront"},
        }}}},
    }})
}

fn create(at: &str) -> Value {
    json!({"at": at, "booking": "b1", "key": "k", "command": {
        "do": "create", "by": {"actor": "customer"}, "codeSeed": "00000001",
        "wanted": {"booking": "b1", "provider": "studio", "customer": "carla", "service": "cut",
            "start": "2026-03-04T15:00:00Z"},
    }})
}

fn captured(instruction: &str) -> Value {
    json!({"at": "2026-03-01T12:01:00Z", "booking": "b1", "command": {
        "do": "confirmPayment", "by": {"actor": "system"}, "codeSeed": "00000001",
        "answer": {"outcome": "captured", "instruction": instruction,
            "amount": {"amount": "100.00", "currency": "USD"}},
    }})
}

fn lines(lines: &[Value]) -> String {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_repeated_request_has_the_same_answer_byte_for_byte() {
    let story = lines(&[
        shop(),
        create("2026-03-01T12:00:00Z"),
        captured("authorise/1/1"),
        create("2026-03-01T12:05:00Z"),
    ]);
    let ran = quando(&["simulate", "-"], story);
    let answers: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[1], answers[3]);
    assert!(
        answers[1].contains("\"status\":\"pending\""),
        "{}",
        answers[1]
    );
}

#[test]
fn a_line_that_is_none_ends_the_story_with_its_place() {
    let rows = [
        ("{\"at\": \"now\", \"tick\": true}", "`/at`", "malformed"),
        ("{\"tick\": true}", "`at` is missing", "malformed"),
        (
            "{\"at\": \"2026-03-01T12:00:00Z\"}",
            "has one of",
            "malformed",
        ),
        ("{\"note\": \"a\", \"set\": {}}", "has one of", "malformed"),
        (
            "{\"note\": \"a\", \"key\": \"k\"}",
            "`key` does not belong",
            "malformed",
        ),
        (
            "{\"set\": {\"zone\": \"Mars/Base\"}}",
            "`/set/zone`",
            "malformed",
        ),
        ("{\"set\": {\"sone\": \"UTC\"}}", "`/set/sone`", "malformed"),
        ("not JSON", "", "malformed"),
    ];
    for (line, part, code) in rows {
        let story = format!("{{\"note\": \"before\"}}\n\n{line}\n{{\"note\": \"after\"}}\n");
        let file = TestFile::new("story.jsonl", story);
        let ran = quando(&["simulate", file.path()], "");
        assert_eq!(ran.status, 1, "{line}");
        assert_eq!(ran.stdout, "{\"ok\":true}\n", "{line}");
        let place = format!("{}:3:", file.path());
        for part in [place.as_str(), part, code] {
            assert!(ran.stderr.contains(part), "{part} is not in {}", ran.stderr);
        }
    }
}

#[test]
fn a_refusal_is_an_answer_and_the_story_goes_on() {
    let cancel = json!({"at": "2026-03-01T12:00:00Z", "booking": "b1",
        "command": {"do": "cancel", "by": {"actor": "customer"}}});
    let ran = quando(&["simulate"], lines(&[cancel, json!({"note": "on"})]));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let answers = ran.json_lines();
    assert_eq!(
        (&answers[0]["ok"], &answers[0]["code"]),
        (&json!(false), &json!("booking-not-found"))
    );
    assert_eq!(answers[1], json!({"ok": true}));
}

#[test]
fn people_are_shown_a_statement() {
    let story = lines(&[
        json!({"note": "A haircut"}),
        shop(),
        create("2026-03-01T12:00:00Z"),
        captured("authorise/1/1"),
        create("2026-03-01T12:05:00Z"),
        json!({"at": "2026-03-01T12:06:00Z", "booking": "b1", "command": {
            "do": "approve", "by": {"actor": "provider"}, "codeSeed": "00000001"}}),
        json!({"at": "2026-03-01T12:07:00Z", "preview": "b1", "by": "provider"}),
        json!({"at": "2026-03-04T16:00:00Z", "tick": true}),
    ]);
    let ran = quando(&["simulate", "--human"], story);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let expected = "\
# A haircut

2026-03-01 12:00:00  b1  create
  pending, money none
  please          authorise/1/1 of 100.00 USD
  next            2026-03-01 12:30:00 expires

2026-03-01 12:01:00  b1  confirmPayment
  confirmed, money captured
  capture         captured                100.00 USD
                  held                                  100.00 USD
  balances        captured 100.00 USD, held 100.00 USD
  next            2026-03-04 16:00:00 counts as done

2026-03-01 12:00:00  b1  create
  pending, money none, answered before

2026-03-01 12:06:00  b1  approve
  refused: `approve` does not go with a booking that is confirmed (wrong-state)

2026-03-01 12:07:00  b1  preview
  100.00 USD would go back, 0.00 USD would be kept, 0.00 USD of it as platform fee

2026-03-04 16:00:00  b1  complete
  completed, money releasable
  next            2026-03-06 16:00:00 held money is passed on

In the end
  b1  completed, money releasable: captured 100.00 USD, held 100.00 USD
";
    assert_eq!(ran.stdout, expected);
}
