//! Runs the conformance vectors of `conformance/v1` through the crate. The format is described in
//! the README beside them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use quando::availability::{Availability, Query};
use quando::calendar::{
    Audience, CalendarEvent, CalendarWriteError, Feed, FreeBusy, Method, change_organizer,
    write_event, write_feed, write_free_busy,
};
use quando::fees::{FeePolicy, QuoteQuestion, RefundQuestion};
use quando::id::ResourceId;
use quando::money::Money;
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
    calendar: Option<CalendarRequest>,
    question: Option<Value>,
    start: Option<String>,
    recheck: Option<Vec<Vec<ResourceId>>>,
    count: Option<usize>,
    expected: Value,
}

/// A calendar to write.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CalendarRequest {
    method: Option<Method>,
    audience: Option<Audience>,
    event: Option<Value>,
    before: Option<Value>,
    after: Option<Value>,
    feed: Option<Value>,
    free_busy: Option<Value>,
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
fn calendars() {
    check_file("calendars");
}

#[test]
fn invalid() {
    check_file("invalid");
}

#[test]
fn fees() {
    check_money("fees", fee);
}

#[test]
fn quotes() {
    check_money("quotes", |question| {
        let question: QuoteQuestion = read(question)?;
        let quote = question.quote().map_err(|error| {
            let (code, pointer) = (error.code(), error.pointer());
            json!({"code": code, "pointer": pointer})
        })?;
        let mut answer = json!(quote);
        let tzdb = answer.as_object_mut().unwrap().remove("tzdb");
        assert_eq!(tzdb, Some(json!(tzdb_version())));
        Ok(answer)
    });
}

#[test]
fn refunds() {
    check_money("refunds", |question| {
        let question: RefundQuestion = read(question)?;
        let answer = question.answer().map_err(|error| {
            let (code, pointer) = (error.code(), error.pointer());
            json!({"code": code, "pointer": pointer})
        })?;
        Ok(json!(answer))
    });
}

/// A policy, a net amount and the tax on it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeeQuestion {
    policy: FeePolicy,
    net: Money,
    tax: Option<Money>,
}

fn fee(question: &Value) -> Result<Value, Value> {
    let FeeQuestion { policy, net, tax } = read(question)?;
    let tax = tax.unwrap_or(Money::zero(net.currency()));
    let fee = policy.fee(net, tax);
    fee.map(|fee| json!(fee))
        .map_err(|error| json!({"error": error.code()}))
}

/// Vectors about money carry a `question`, and answers are compared as they are.
fn check_money(file: &str, answer: fn(&Value) -> Result<Value, Value>) {
    check_each(file, |vector| {
        let question = vector.question.as_ref().expect("a question");
        answer(question).unwrap_or_else(|refusal| refusal)
    });
}

fn check_file(file: &str) {
    check_each(file, |vector| {
        let expected = settled(vector.expected.clone());
        match answer(vector) {
            Ok(answer) => settled(shaped_like(&expected, answer)),
            Err(refusal) => json!(refusal),
        }
    });
}

fn check_each(file: &str, answer: impl Fn(&Vector) -> Value) {
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
        let actual = answer(&vector);
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
    if let Some(request) = &vector.calendar {
        return write(request);
    }
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

/// What is written, as lists of lines without the one that names the product.
fn write(request: &CalendarRequest) -> Result<Value, Value> {
    let refusal = |error: CalendarWriteError| json!({"error": error.code()});
    let lines = |text: &str| -> Value {
        let lines = text.strip_suffix("\r\n").unwrap().split("\r\n");
        let lines = lines.filter(|line| !line.starts_with("PRODID:"));
        lines.collect()
    };
    let everyone = Audience::Everyone;
    let audience = request.audience.as_ref().unwrap_or(&everyone);
    if let (Some(before), Some(after)) = (&request.before, &request.after) {
        let (before, after): (CalendarEvent, CalendarEvent) = (read(before)?, read(after)?);
        let change = change_organizer(&before, &after, audience).map_err(refusal)?;
        return Ok(json!({"cancel": lines(&change.cancel), "request": lines(&change.request)}));
    }
    let text = match (&request.event, &request.feed, &request.free_busy) {
        (Some(event), None, None) => {
            let method = request.method.expect("an event has a method");
            write_event(method, &read(event)?, audience)
        }
        (None, Some(feed), None) => write_feed(&read::<Feed>(feed)?),
        (None, None, Some(time)) => write_free_busy(&read::<FreeBusy>(time)?),
        _ => panic!("{request:?} asks for nothing, or for several things"),
    };
    Ok(json!({"text": lines(&text.map_err(refusal)?)}))
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
