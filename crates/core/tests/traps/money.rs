//! T43, T44 and what goes wrong with money.

use quando::booking::{Decision, Status};
use quando::payment::{IntentStatus, MoneyState};
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, dollars, patched, usd};

fn plain(what: &str, actor: &str) -> Value {
    command(what, actor, json!({}))
}

/// A booking of 4 March, 10 o'clock, made and paid on 1 March, under these terms.
fn paid(terms: Value) -> Shop {
    let terms = patched(json!({"rules": {"payment": "upFront"}}), terms);
    let mut shop = Shop::new(json!({}), json!({"terms": terms}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    shop.answer("b1", "captured", "capture/1/1", "01T00:06");
    shop
}

fn postings(decision: &Decision) -> Vec<Value> {
    let accounts = decision.entries().flat_map(|entry| entry.postings());
    accounts.map(|posting| json!(posting.account)).collect()
}

#[test]
fn t44_a_refund_without_a_fee_moves_no_fee() {
    let mut shop = paid(json!({"fee": {"rate": "0"}}));
    let decision = shop
        .act("b1", plain("cancel", "customer"), "01T01:00")
        .unwrap();
    assert_eq!(
        shop.asked("b1"),
        "authorise/1/1 100.00, capture/1/1 100.00, refund/1/1 100.00"
    );
    assert!(
        decision.entries().next().is_none(),
        "money moves when the processor says so"
    );
    let form = shop.answered("b1", "refunded", "refund/1/1");
    let decision = shop.act("b1", form, "01T02:00").unwrap();
    assert_eq!(postings(&decision), [json!("held"), json!("refunded")]);
    assert_eq!(shop.money("b1"), MoneyState::Refunded);
}

#[test]
fn t44_where_nothing_is_given_back_nothing_is_asked_for() {
    // Twelve hours before the start.
    let mut shop = paid(json!({}));
    shop.act("b1", plain("cancel", "customer"), "03T22:00")
        .unwrap();
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00, capture/1/1 100.00");
    assert_eq!(shop.status("b1"), Status::Cancelled);
    // What is kept is the provider's, with the platform's fee on it, after the time for complaints.
    shop.act("b1", plain("releaseFunds", "system"), "05T22:00")
        .unwrap();
    let books = &shop.booking("b1").payment.balances;
    assert_eq!(
        (dollars(books.platform_fee), dollars(books.provider_payable)),
        ("7.00".into(), "93.00".into())
    );
    // A free booking has no money at all.
    let free = json!({"price": {"base": {"kind": "perBooking", "price": usd("0.00")}}});
    let terms = patched(json!({"rules": {"payment": "upFront"}}), free);
    let mut shop = Shop::new(json!({}), json!({"terms": terms}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    assert_eq!(shop.status("b1"), Status::Confirmed, "nothing is awaited");
    shop.act("b1", plain("cancel", "customer"), "01T01:00")
        .unwrap();
    assert_eq!(
        (shop.asked("b1"), shop.money("b1")),
        (String::new(), MoneyState::None)
    );
}

#[test]
fn t43_a_refund_follows_from_every_way_to_call_a_booking_off() {
    let off = |form: Value, at: &str| {
        let mut shop = paid(json!({}));
        shop.act("b1", form, at).unwrap();
        let refunds = &shop.booking("b1").payment.refunds;
        refunds
            .iter()
            .map(|each| dollars(each.amount))
            .collect::<Vec<String>>()
            .join(" ")
    };
    // The instant counts, and the boundary with it.
    assert_eq!(off(plain("cancel", "customer"), "02T10:00"), "100.00");
    assert_eq!(off(plain("cancel", "customer"), "02T10:01"), "50.00");
    assert_eq!(off(plain("cancel", "customer"), "03T10:00"), "50.00");
    assert_eq!(off(plain("cancel", "customer"), "03T10:01"), "");
    for actor in ["provider", "operator", "system"] {
        assert_eq!(off(plain("cancel", actor), "04T09:59"), "100.00", "{actor}");
    }
}

#[test]
fn a_refund_that_fails_stays_visible_and_is_sent_again_under_another_key() {
    let mut shop = paid(json!({}));
    shop.act("b1", plain("cancel", "customer"), "01T01:00")
        .unwrap();
    shop.answer("b1", "failed", "refund/1/1", "01T02:00");
    assert_eq!(
        (shop.status("b1"), shop.money("b1")),
        (Status::Cancelled, MoneyState::Failed)
    );
    let retry = |what: &str| command("retryPayment", "operator", json!({"instruction": what}));
    let too_many = shop.act("b1", retry("refund/1/2"), "01T03:00").unwrap_err();
    assert_eq!(too_many.code(), "nothing-failed");
    shop.act("b1", retry("refund/1/1"), "01T03:00").unwrap();
    assert!(
        shop.asked("b1")
            .ends_with("refund/1/1 100.00, refund/1/2 100.00")
    );
    shop.answer("b1", "refunded", "refund/1/2", "01T04:00");
    assert_eq!(shop.money("b1"), MoneyState::Refunded);
    assert!(shop.booking("b1").payment.is_settled());
}

#[test]
fn a_refund_cannot_be_given_twice_by_asking_twice() {
    let mut shop = paid(json!({}));
    let goodwill = |amount: &str| command("refund", "provider", json!({"amount": usd(amount)}));
    shop.act("b1", goodwill("60.00"), "01T01:00").unwrap();
    // What is on its way is spoken for.
    let over = shop.act("b1", goodwill("60.00"), "01T01:00").unwrap_err();
    assert_eq!(over.code(), "refund-over-captured");
    shop.act("b1", goodwill("40.00"), "01T01:00").unwrap();
    // And what the terms would give is given already.
    shop.act("b1", plain("cancel", "customer"), "01T02:00")
        .unwrap();
    assert_eq!(
        shop.asked("b1"),
        "authorise/1/1 100.00, capture/1/1 100.00, refund/1/1 60.00, refund/2/1 40.00"
    );
}

#[test]
fn answers_in_any_order_and_number_end_in_the_same_state() {
    let story = [
        ("authorised", "authorise/1/1"),
        ("captured", "capture/1/1"),
        ("refunded", "refund/1/1"),
    ];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let mut ends = Vec::new();
    for order in orders {
        let mut shop = Shop::paid(json!({}));
        shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
            .unwrap();
        // The customer calls it off before any answer has come.
        shop.act("b1", plain("cancel", "customer"), "01T00:01")
            .unwrap();
        for at in order.into_iter().chain(order) {
            let (outcome, instruction) = story[at];
            // A processor that had collected the money before it was told to let it go.
            let mut answer = json!({"outcome": outcome, "instruction": instruction});
            if outcome == "captured" {
                answer = json!({"outcome": outcome, "instruction": "authorise/1/1", "amount": usd("100.00")});
            }
            let form = json!({"answer": answer, "codeSeed": "00000001"});
            shop.act("b1", command("confirmPayment", "system", form), "01T00:05")
                .unwrap();
        }
        let payment = &shop.booking("b1").payment;
        assert_eq!(payment.intents[0].status(), IntentStatus::Captured);
        assert!(payment.is_settled(), "{order:?}: {payment:?}");
        ends.push(
            json!({"status": shop.status("b1"), "balances": payment.balances,
            "refunds": payment.refunds, "intents": payment.intents}),
        );
    }
    assert!(ends.iter().all(|end| *end == ends[0]));
    assert_eq!(ends[0]["balances"]["refunded"], usd("100.00"));
    assert_eq!(ends[0]["balances"]["held"], usd("0.00"));
}

#[test]
fn a_payment_for_a_slot_that_is_gone_goes_back() {
    let mut shop = Shop::paid(json!({}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    // Ana falls ill while Cara types in her card.
    let away = json!([{"from": "2026-03-04", "through": "2026-03-04"}]);
    shop.question.resources[0].absences = serde_json::from_value(away).unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    assert_eq!(shop.status("b1"), Status::Cancelled);
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00, void/1/1 100.00");
    let cancellation = json!(shop.booking("b1").cancellation);
    assert_eq!(cancellation["by"], json!({"actor": "system"}));
}

#[test]
fn a_payment_of_another_amount_is_refused() {
    let mut shop = Shop::paid(json!({}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    let before = shop.bookings();
    for (outcome, instruction, amount, code) in [
        ("captured", "authorise/1/1", "99.99", "amount-differs"),
        ("captured", "refund/1/1", "100.00", "answer-differs"),
    ] {
        let answer = json!({"outcome": outcome, "instruction": instruction, "amount": usd(amount)});
        let form = json!({"answer": answer, "codeSeed": "00000001"});
        let refused = shop.act("b1", command("confirmPayment", "system", form), "01T00:05");
        assert_eq!(refused.unwrap_err().code(), code, "{instruction} {amount}");
    }
    assert_eq!(shop.bookings(), before);
}
