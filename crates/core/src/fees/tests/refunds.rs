use serde_json::{Value, json};

use super::super::*;
use super::{dollars, euros, read, usd};
use crate::money::{Money, Rounding};
use crate::time::parse_instant;

#[test]
fn tiers_are_checked_and_printed_with_hours_falling() {
    let check = |tiers: Value, error: &str| {
        let tiers: Vec<RefundTier> = read(tiers);
        let found = RefundTiers::new(tiers.clone()).map_err(|error| error.code());
        assert_eq!(found.err().unwrap_or("fine"), error, "{tiers:?}");
    };
    let tier = |hours: u32, refund: &str| json!({"hoursBefore": hours, "refund": refund});
    check(json!([]), "fine");
    check(json!([tier(24, "0.5"), tier(48, "1")]), "fine");
    check(json!([tier(48, "0.50"), tier(24, "0.5")]), "fine");
    check(
        json!([tier(24, "0.5"), tier(24, "0.5")]),
        "tiers-equal-hours",
    );
    check(
        json!([tier(24, "0.51"), tier(48, "0.5")]),
        "tiers-more-for-later",
    );
    let many: Vec<Value> = (0..65).map(|hours| tier(hours, "0.5")).collect();
    check(json!(many[1..]), "fine");
    check(json!(many), "too-many-tiers");
    let tiers: RefundTiers = read(json!([tier(0, "0.1"), tier(48, "1.00"), tier(24, "0.50")]));
    assert_eq!(
        json!(tiers),
        json!([tier(48, "1.00"), tier(24, "0.50"), tier(0, "0.1")])
    );
    for wrong in [
        json!([{"hoursBefore": -1, "refund": "1"}]),
        json!([{"hoursBefore": 1.5, "refund": "1"}]),
        json!([{"hoursBefore": 1, "refund": "1.1"}]),
        json!([{"hoursBefore": 1, "refund": "-0.1"}]),
        json!([{"hoursBefore": 1}]),
    ] {
        assert!(
            serde_json::from_value::<RefundTiers>(wrong.clone()).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn fractions_of_a_second_that_rust_has_count_too() {
    let tiers: RefundTiers = read(json!([{"hoursBefore": 24, "refund": "1"}]));
    let start = parse_instant("2026-03-04T10:00:00Z").unwrap();
    let boundary = parse_instant("2026-03-03T10:00:00Z").unwrap();
    let later = boundary + chrono::TimeDelta::nanoseconds(1);
    assert_eq!(tiers.share_at(start, boundary).to_string(), "1");
    assert_eq!(tiers.share_at(start, later).to_string(), "0");
    let last_hour: RefundTiers = read(json!([{"hoursBefore": u32::MAX, "refund": "1"}]));
    assert_eq!(last_hour.share_at(start, boundary).to_string(), "0");
}

#[test]
fn a_refund_policy_that_contradicts_itself_is_refused() {
    let check = |terms: Value, code: &str| {
        let found = RefundPolicy::new(read(terms.clone())).map_err(|error| error.code());
        assert_eq!(found.err().unwrap_or("fine"), code, "{terms}");
    };
    check(json!({}), "fine");
    check(
        json!({"cancellationFee": {"rate": "1"}, "noShowFee": {"rate": "0.5"}}),
        "fine",
    );
    check(
        json!({"cancellationFee": {"rate": "1.1"}}),
        "share-over-one",
    );
    check(
        json!({"noShowFee": {"amount": dollars("-1.00")}}),
        "refund-negative-amount",
    );
    let mixed = json!({"cancellationFee": {"amount": dollars("1.00")}, "noShowFee": {"amount": euros("1.00")}});
    check(mixed, "currencies-differ");
}

#[test]
fn an_account_is_resumed_where_it_was() {
    let mut account = RefundAccount::new(usd("100.00"), usd("7.00"), Rounding::default()).unwrap();
    account.refund(usd("33.33")).unwrap();
    let kept = json!({
        "captured": dollars("100.00"), "fee": dollars("7.00"),
        "refunded": dollars("33.33"), "feeReversed": dollars("2.33")});
    assert_eq!(json!(account), kept);
    assert_eq!(read::<RefundAccount>(kept.clone()), account);
    for (field, value) in [
        ("feeReversed", dollars("2.34")),
        ("refunded", dollars("100.01")),
        ("refunded", dollars("-0.01")),
        ("fee", dollars("100.01")),
        ("fee", euros("7.00")),
        ("captured", dollars("-1.00")),
    ] {
        let mut changed = kept.clone();
        changed[field] = value;
        assert!(
            serde_json::from_value::<RefundAccount>(changed).is_err(),
            "{field}"
        );
    }
}

#[test]
fn a_refused_refund_changes_nothing() {
    let mut account = RefundAccount::new(usd("10.00"), usd("0.70"), Rounding::default()).unwrap();
    account.refund(usd("4.00")).unwrap();
    let before = account;
    let euro: Money = read(euros("1.00"));
    for (amount, code) in [
        (usd("0.00"), "refund-not-positive"),
        (usd("-1.00"), "refund-not-positive"),
        (usd("6.01"), "refund-over-captured"),
        (euro, "currencies-differ"),
    ] {
        assert_eq!(account.refund(amount).unwrap_err().code(), code, "{amount}");
        assert_eq!(account, before);
    }
    account.refund(usd("6.00")).unwrap();
    assert_eq!(
        (account.kept(), account.fee_kept()),
        (usd("0.00"), usd("0.00"))
    );
    assert_eq!(
        account.refund(usd("0.01")).unwrap_err().code(),
        "refund-over-captured"
    );
}

#[test]
fn the_fee_on_a_part_is_in_proportion() {
    let check = |fee: &str, captured: &str, total: &str, expected: Result<&str, &str>| {
        let found = fee_on(usd(fee), usd(captured), usd(total), Rounding::default());
        let found = found.map(|fee| fee.amount_text());
        let found = found.as_deref().map_err(|error| error.code());
        assert_eq!(found, expected, "{fee} {captured}/{total}");
    };
    check("7.00", "20.00", "100.00", Ok("1.40"));
    check("7.00", "100.00", "100.00", Ok("7.00"));
    check("7.00", "0.00", "100.00", Ok("0.00"));
    check("0.33", "0.50", "1.00", Ok("0.17"));
    check("0.00", "0.00", "0.00", Ok("0.00"));
    check("7.00", "100.01", "100.00", Err("captured-over-total"));
    check("7.00", "-0.01", "100.00", Err("refund-negative-amount"));
    check("100.01", "1.00", "100.00", Err("fee-over-captured"));
}

#[test]
fn a_question_about_refunds_has_one_of_two_shapes() {
    let case = json!({
        "captured": dollars("10.00"), "fee": dollars("0.70"), "by": "customer",
        "start": "2026-03-04T10:00:00Z", "at": "2026-03-03T08:00:00Z"});
    for (question, is_fine) in [
        (json!({"tiers": [], "case": case}), true),
        (json!({"policy": {}, "case": case}), true),
        (
            json!({"captured": dollars("1.00"), "fee": dollars("0.00"), "refunds": []}),
            true,
        ),
        (json!({"case": case}), false),
        (json!({"policy": {}, "tiers": [], "case": case}), false),
        (json!({"tiers": [], "case": case, "refunds": []}), false),
        (json!({"captured": dollars("1.00"), "refunds": []}), false),
        (
            json!({"captured": dollars("1.00"), "fee": dollars("1.01"), "refunds": []}),
            false,
        ),
        (json!({}), false),
    ] {
        let read = serde_json::from_value::<RefundQuestion>(question.clone());
        assert_eq!(read.is_ok(), is_fine, "{question}");
        if let Ok(read) = read {
            assert_eq!(
                serde_json::from_value::<RefundQuestion>(json!(read)).unwrap(),
                read
            );
        }
    }
}
