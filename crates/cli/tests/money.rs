//! `quando quote` and `quando refund`, as a user runs them.

use serde_json::{Value, json};

use crate::common::quando;

fn dollars(text: &str) -> Value {
    json!({"amount": text, "currency": "USD"})
}

/// An hour and a half at 80.00 an hour; the customer bears the fee.
fn question() -> Value {
    json!({
        "price": {"base": {"kind": "perHour", "price": dollars("80.00")}},
        "fee": {"rate": "0.07", "side": "customer"},
        "request": {"start": "2026-03-02T14:00:00Z", "zone": "America/New_York", "durationMinutes": 90}})
}

/// Half of 100.00 is given back.
fn refund_question() -> Value {
    json!({
        "tiers": [{"hoursBefore": 48, "refund": "1.00"}, {"hoursBefore": 24, "refund": "0.50"}],
        "case": {
            "captured": dollars("100.00"), "fee": dollars("7.00"), "by": "customer",
            "start": "2026-03-04T10:00:00Z", "at": "2026-03-03T08:00:00Z"}})
}

#[test]
fn a_quote_has_lines_that_sum_and_names_its_zone_database() {
    let answer = quando(&["quote"], question().to_string()).json();
    let expected = json!({
        "lines": [
            {"kind": "base", "amount": dollars("120.00")},
            {"kind": "fee", "amount": dollars("8.40")}],
        "net": dollars("120.00"), "tax": dollars("0.00"), "tips": dollars("0.00"),
        "total": dollars("128.40"),
        "fee": {"total": dollars("8.40"), "customer": dollars("8.40"), "provider": dollars("0.00")},
        "providerGets": dollars("120.00"), "dueNow": dollars("128.40"),
        "durationMinutes": 90, "tzdb": quando::time::tzdb_version()});
    assert_eq!(answer, expected);
}

#[test]
fn a_quote_without_a_fee_policy_has_the_default_fee() {
    let mut question = question();
    question.as_object_mut().unwrap().remove("fee");
    let answer = quando(&["quote", "-"], question.to_string()).json();
    assert_eq!(answer["fee"]["provider"], dollars("8.40"));
    assert_eq!(answer["total"], dollars("120.00"));
}

#[test]
fn a_cancellation_is_previewed() {
    let expected = json!({
        "share": "0.50", "charge": dollars("0.00"), "refund": dollars("50.00"),
        "feeReversed": dollars("3.50"), "fromProvider": dollars("46.50"),
        "kept": dollars("50.00"), "feeKept": dollars("3.50")});
    let answer = quando(&["refund"], refund_question().to_string()).json();
    assert_eq!(answer, expected);
    let mut with_policy = refund_question();
    let tiers = with_policy.as_object_mut().unwrap().remove("tiers");
    with_policy["policy"] = json!({"tiers": tiers});
    assert_eq!(
        quando(&["refund"], with_policy.to_string()).json(),
        expected
    );
}

#[test]
fn several_refunds_are_answered_one_by_one() {
    let yen = |text: &str| json!({"amount": text, "currency": "JPY"});
    let question = json!({
        "captured": yen("100"), "fee": yen("7"), "refunds": [yen("50"), yen("51"), yen("50")]});
    let expected = json!({
        "legs": [
            {"feeReversed": yen("4"), "fromProvider": yen("46")},
            {"error": "refund-over-captured"},
            {"feeReversed": yen("3"), "fromProvider": yen("47")}],
        "kept": yen("0"), "feeKept": yen("0")});
    assert_eq!(quando(&["refund"], question.to_string()).json(), expected);
}

#[test]
fn what_cannot_be_answered_is_pointed_at() {
    let check = |command: &str, question: &Value, parts: &[&str]| {
        let ran = quando(&[command], question.to_string());
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        for part in parts {
            assert!(
                ran.stderr.contains(part),
                "{part} is not in: {}",
                ran.stderr
            );
        }
    };
    let with = |mut question: Value, pointer: &str, value: Value| {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        question.pointer_mut(parent).unwrap()[field] = value;
        question
    };
    let add_ons = with(question(), "/request/addOns", json!(["cake"]));
    check(
        "quote",
        &add_ons,
        &["`/request/addOns/0`: ", "`cake`", "(unknown-add-on)"],
    );
    let amount = with(question(), "/price/base/price", dollars("80.005"));
    check(
        "quote",
        &amount,
        &["`/price/base`: ", "`80.005`", "(malformed)"],
    );
    let share = with(question(), "/fee/customerShare", json!("0.5"));
    check("quote", &share, &["`/fee`: ", "`split`", "(malformed)"]);
    let fee = with(refund_question(), "/case/fee", dollars("100.01"));
    check("refund", &fee, &["`/case/fee`: ", "(fee-over-captured)"]);
    let later = json!([{"hoursBefore": 2, "refund": "0"}, {"hoursBefore": 1, "refund": "0.1"}]);
    let tiers = with(refund_question(), "/tiers", later);
    check(
        "refund",
        &tiers,
        &["`/tiers`: ", "`hoursBefore` 1 ", "(malformed)"],
    );
    check("refund", &json!({}), &["`refunds`", "(malformed)"]);
}

#[test]
fn lines_are_answered_in_their_order() {
    let questions = format!("{}\n{{}}\n\n{}\n", question(), question());
    let ran = quando(&["quote", "--jsonl"], questions);
    let answers = ran.json_lines();
    assert_eq!((ran.status, answers.len()), (1, 3));
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[1]["error"]["code"], "malformed");
    assert_eq!(answers[1]["error"]["line"], 2);
    let questions = format!("{}\n{}\n", refund_question(), refund_question());
    assert_eq!(
        quando(&["refund", "--jsonl"], questions).json_lines().len(),
        2
    );
}

#[test]
fn the_help_has_examples_that_run() {
    for command in ["quote", "refund"] {
        let help = quando(&[command, "--help"], "").stdout;
        assert!(help.contains("Example:"), "{help}");
        let mut ran = 0;
        for part in help.split("echo '").skip(1) {
            let (question, rest) = part.split_once('\'').unwrap();
            assert!(
                rest.trim_start()
                    .starts_with(&format!("| quando {command}")),
                "{rest}"
            );
            quando(&[command], question).json();
            ran += 1;
        }
        assert!(ran > 0, "{help}");
        assert!(
            quando(&["--help"], "")
                .stdout
                .contains(&format!("  {command} "))
        );
    }
}
