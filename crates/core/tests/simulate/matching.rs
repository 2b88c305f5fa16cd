//! Compares an answer with what is expected of it: only what is named is compared.

use std::collections::BTreeSet;

use serde_json::Value;

/// Every place at which an answer is not as expected.
///
/// Of an object the named fields are compared, and one that is `null` is absent; `balances` are
/// compared whole. Lists have equal length; postings come in any order.
pub(crate) fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(expected, actual, "", &mut found);
    found
}

fn compare(expected: &Value, actual: &Value, path: &str, found: &mut Vec<String>) {
    let name = path.rsplit('/').next().unwrap_or_default();
    match (expected, actual) {
        (Value::Object(fields), Value::Object(actual)) => {
            if name == "balances" {
                let names = |map: &serde_json::Map<String, Value>| {
                    map.keys().cloned().collect::<BTreeSet<_>>()
                };
                if names(fields) != names(actual) {
                    found.push(format!("{path}: other accounts in {actual:?}"));
                    return;
                }
            }
            for (field, expected) in fields {
                let path = format!("{path}/{field}");
                match (expected, actual.get(field)) {
                    (Value::Null, None) => {}
                    (_, Some(actual)) => compare(expected, actual, &path, found),
                    (_, None) => found.push(format!("{path}: absent, not {expected}")),
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            let (expected, actual) = match name {
                "postings" => (by_account(expected), by_account(actual)),
                _ => (expected.iter().collect(), actual.iter().collect()),
            };
            for (index, (expected, actual)) in expected.into_iter().zip(actual).enumerate() {
                compare(expected, actual, &format!("{path}/{index}"), found);
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{path}: {actual}, not {expected}")),
    }
}

fn by_account(postings: &[Value]) -> Vec<&Value> {
    let mut postings: Vec<&Value> = postings.iter().collect();
    postings.sort_by_key(|posting| posting["account"].as_str().map(str::to_owned));
    postings
}

#[test]
fn a_comparison_finds_what_differs_and_nothing_else() {
    use serde_json::json;
    let actual = json!({
        "status": "held",
        "list": [{"a": 1, "b": 2}, 3],
        "balances": {"held": 1},
        "postings": [{"account": "x", "n": 1}, {"account": "a", "n": 2}],
    });
    let rows = [
        (json!({}), 0),
        (
            json!({"status": "held", "list": [{"a": 1}, 3], "gone": null}),
            0,
        ),
        (
            json!({"postings": [{"account": "a", "n": 2}, {"account": "x"}]}),
            0,
        ),
        (json!({"balances": {"held": 1}}), 0),
        (json!({"status": "pending"}), 1),
        (json!({"status": null}), 1),
        (json!({"gone": 1}), 1),
        (json!({"list": [{"a": 1}]}), 1),
        (json!({"list": [{"a": 2}, 4]}), 2),
        (json!({"balances": {}}), 1),
        (json!({"balances": {"held": 2}}), 1),
        (
            json!({"postings": [{"account": "a", "n": 1}, {"account": "x"}]}),
            1,
        ),
    ];
    for (expected, count) in rows {
        let found = differences(&expected, &actual);
        assert_eq!(found.len(), count, "{expected}: {found:?}");
    }
}
