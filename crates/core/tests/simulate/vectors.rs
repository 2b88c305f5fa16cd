//! Runs the stories of `conformance/v1` through the crate: lives of bookings, and where their money
//! is. The format is described in the README beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use quando::booking::{Action, Booking, Status, TABLE};
use quando::id::BookingId;
use quando::ledger::{Account, Balances, Entry, LedgerError};
use quando::money::{Currency, Money};
use quando::simulate::{Line, Told, World};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::matching::differences;

/// One line of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) name: String,
    #[expect(dead_code, reason = "for readers and for other runners")]
    rule: String,
    pub(crate) story: Option<Vec<Value>>,
    entries: Option<Vec<Value>>,
    expected: Value,
}

#[test]
fn lifecycle() {
    check_file("lifecycle", 60);
}

#[test]
fn ledgers() {
    check_file("ledgers", 40);
}

/// What happened in a story, folded from nothing, is what the world keeps.
#[test]
fn the_events_of_every_story_rebuild_its_bookings() {
    let mut bookings = 0;
    for vector in vectors() {
        let Some(story) = &vector.story else { continue };
        let mut world = World::default();
        for line in story {
            world.answer(&line.to_string()).unwrap();
        }
        let mut rebuilt: BTreeMap<BookingId, Booking> = BTreeMap::new();
        for event in world.events() {
            let before = rebuilt.remove(&event.booking);
            let after = Booking::apply(before, event).unwrap();
            rebuilt.insert(event.booking.clone(), after);
        }
        let kept: Vec<&Booking> = world.bookings().collect();
        bookings += kept.len();
        assert_eq!(
            rebuilt.values().collect::<Vec<_>>(),
            kept,
            "{}",
            vector.name
        );
    }
    assert!(bookings > 100, "only {bookings} bookings");
}

#[test]
fn every_way_through_the_table_is_in_a_story() {
    let mut walked = BTreeSet::new();
    for vector in vectors() {
        walk(&vector, |from, action, to| {
            walked.insert((from, action, to));
        });
    }
    let ways = TABLE
        .iter()
        .flat_map(|row| row.to.iter().map(|to| (row.from, row.action, *to)));
    let missing: Vec<_> = ways.filter(|way| !walked.contains(way)).collect();
    assert!(missing.is_empty(), "no story has {missing:?}");
}

/// Codes that no story can have: the world puts its snapshots together right.
const UNREACHABLE: &[&str] = &[
    // The world asks the question that the command is about, and keeps events in order.
    "event-out-of-order",
    "snapshot-differs",
    "time-out-of-range",
];

#[test]
fn every_rejection_is_in_a_story() {
    let mut told = BTreeSet::new();
    for vector in vectors() {
        collect_codes(&vector.expected, &mut told);
    }
    let sources = [
        "booking/rejection.rs",
        "payment/error.rs",
        "ledger/balances.rs",
        "idempotency.rs",
    ];
    let mut missing = Vec::new();
    let mut count = 0;
    for code in sources.iter().flat_map(|path| codes(path)) {
        count += 1;
        let form = [
            "idempotency-key",
            "idempotency-hash",
            "idempotency-in-flight",
        ];
        if !told.contains(&code) && !form.contains(&code.as_str()) {
            missing.push(code);
        }
    }
    missing.retain(|code| !UNREACHABLE.contains(&code.as_str()));
    assert!(count > 40, "only {count} codes found");
    assert!(missing.is_empty(), "no story has {missing:?}");
}

fn check_file(file: &str, least: usize) {
    let vectors = read_file(file);
    assert!(vectors.len() >= least, "{file}: {}", vectors.len());
    let mut names = BTreeSet::new();
    let mut failures = Vec::new();
    for vector in &vectors {
        assert!(names.insert(&vector.name), "{} is there twice", vector.name);
        let actual = match (&vector.story, &vector.entries) {
            (Some(story), None) => tell(story, &vector.name),
            (None, Some(entries)) => add_up(entries),
            _ => panic!("{}: either `story` or `entries`", vector.name),
        };
        for difference in differences(&vector.expected, &actual) {
            failures.push(format!("{}\n  {difference}", vector.name));
        }
    }
    assert!(failures.is_empty(), "{file}:\n{}", failures.join("\n"));
}

fn tell(story: &[Value], name: &str) -> Value {
    let mut world = World::default();
    let answer = |line: &Value| {
        let answer = world.answer(&line.to_string());
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {line}: {error}"));
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    story.iter().map(answer).collect()
}

/// The balances after entries, or the code of the first that is refused.
fn add_up(entries: &[Value]) -> Value {
    let mut balances = Balances::zero(Currency::new("USD").unwrap());
    for entry in entries {
        match post(balances, entry) {
            Ok(after) => balances = after,
            Err(error) => return json!({"error": error.code()}),
        }
    }
    let told = Account::ALL
        .iter()
        .filter(|account| !balances.of(**account).is_zero());
    let told: Map<String, Value> = told
        .map(|account| (account.name().to_owned(), json!(balances.of(*account))))
        .collect();
    json!({"balances": told})
}

fn post(balances: Balances, entry: &Value) -> Result<Balances, LedgerError> {
    let reason = serde_json::from_value(entry["reason"].clone()).unwrap();
    let postings = serde_json::from_value(entry["postings"].clone()).unwrap();
    balances.post(&Entry::new(reason, postings)?)
}

/// Passes each step of a story that was done: state before, action, state after.
fn walk(vector: &Vector, mut step: impl FnMut(Option<Status>, Action, Status)) {
    let mut world = World::default();
    for line in vector.story.iter().flatten() {
        let line: Line = serde_json::from_value(line.clone()).unwrap();
        let mut before: BTreeMap<BookingId, Booking> = BTreeMap::new();
        before.extend(world.bookings().map(|each| (each.id.clone(), each.clone())));
        let fired = match world.take_in(line).unwrap().told {
            Told::Ticked(ticked) => ticked.fired,
            told => vec![told],
        };
        for told in fired {
            let Told::Decided(decided) = told else {
                continue;
            };
            let from = before
                .get(&decided.booking)
                .map(|booking| match decided.action {
                    Action::Expire => booking.status,
                    _ => booking.status_at(decided.at),
                });
            step(from, decided.action, decided.status);
            // What is fired at one instant goes on from there.
            if let Some(booking) = before.get_mut(&decided.booking) {
                booking.status = decided.status;
                booking.due_at = None;
            }
        }
    }
}

fn collect_codes(expected: &Value, told: &mut BTreeSet<String>) {
    match expected {
        Value::Object(fields) => {
            for name in ["code", "error"] {
                told.extend(fields.get(name).and_then(Value::as_str).map(str::to_owned));
            }
            fields.values().for_each(|field| collect_codes(field, told));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_codes(item, told)),
        _ => {}
    }
}

/// The codes of an error, as its source names them.
fn codes(path: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
    let text = std::fs::read_to_string(&path).unwrap();
    let arms = text.lines().filter_map(|line| line.split_once("=> \""));
    arms.filter_map(|(_, code)| code.strip_suffix("\","))
        .filter(|code| {
            code.bytes()
                .all(|byte| byte == b'-' || byte.is_ascii_lowercase())
        })
        .map(str::to_owned)
        .collect()
}

fn vectors() -> Vec<Vector> {
    let mut vectors = read_file("lifecycle");
    vectors.extend(read_file("ledgers"));
    vectors
}

pub(crate) fn read_file(file: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/v1");
    let path = path.join(file).with_extension("jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{file}.jsonl line {}: {error}", index + 1))
    };
    text.lines().enumerate().map(parse).collect()
}

/// A vector's amounts are money of the engine, so that no expectation is one that nothing can be.
#[test]
fn the_amounts_of_the_vectors_are_money() {
    fn check(value: &Value, count: &mut usize) {
        match value {
            Value::Object(fields) if fields.contains_key("currency") => {
                let money: Money = serde_json::from_value(value.clone()).unwrap();
                assert_eq!(&json!(money), value);
                *count += 1;
            }
            Value::Object(fields) => fields.values().for_each(|each| check(each, count)),
            Value::Array(items) => items.iter().for_each(|each| check(each, count)),
            _ => {}
        }
    }
    let mut count = 0;
    for vector in vectors() {
        check(&vector.expected, &mut count);
    }
    assert!(count > 500, "only {count} amounts");
}
