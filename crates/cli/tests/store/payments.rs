//! Money that operators move by hand: up-front payments, refunds, disputes, payouts.

use serde_json::{Value, json};

use super::{Folder, text_of};

const START: &str = "2026-03-02T09:00:00Z";
const END: &str = "2026-03-02T10:00:00Z";

/// A shop whose haircut is paid when it is booked.
fn up_front() -> Folder {
    let shop = Folder::with_ana();
    shop.json(&["service", "put", "ana", "cut", "--payment", "up-front"]);
    shop
}

/// Instructions that nobody has answered.
fn asked(shop: &Folder) -> Vec<Value> {
    let lines = shop.lines(&["pay"]);
    lines
        .into_iter()
        .map(|line| line["instruction"].clone())
        .collect()
}

/// A booking that is paid, done and open to complaints.
fn done(shop: &Folder) -> String {
    let id = shop.booked("cut", START);
    shop.json(&["pay", &id, "authorise/1/1", "done"]);
    shop.json(&["pay", &id, "capture/1/1", "done"]);
    shop.json_at(START, &["booking", "check-in", &id]);
    shop.json_at(END, &["booking", "complete", &id]);
    id
}

#[test]
fn a_booking_is_confirmed_when_it_is_paid() {
    let shop = up_front();
    let id = shop.booked("cut", START);
    assert_eq!(
        shop.json(&["booking", "show", &id])["awaiting"]["payment"],
        true
    );
    assert_eq!(asked(&shop), ["authorise/1/1"]);
    let line = format!("{id}  authorise/1/1  40.00 EUR\n");
    assert_eq!(shop.text(&["pay"]), line);
    let authorised = shop.json(&["pay", &id, "authorise/1/1", "done"]);
    assert_eq!(authorised["status"], "confirmed");
    assert_eq!(asked(&shop), ["capture/1/1"]);
    let captured = shop.json(&["pay", &id, "capture/1/1", "done"]);
    assert_eq!(captured["payment"]["balances"]["held"]["amount"], "40.00");
    assert_eq!(asked(&shop), Vec::<Value>::new());
    assert_eq!(shop.text(&["pay"]), "no payment is asked for\n");
}

#[test]
fn a_payment_that_failed_is_asked_for_again() {
    let shop = up_front();
    let id = shop.booked("cut", START);
    let failed = [
        "pay",
        &id,
        "authorise/1/1",
        "failed",
        "--reason",
        "the card is blocked",
    ];
    let booking = shop.json(&failed);
    assert_eq!(booking["status"], "pending");
    let again = shop.json(&["booking", "collect-payment", &id, "--as", "customer"]);
    assert_eq!(again["status"], "pending");
    assert_eq!(asked(&shop), ["authorise/2/1"]);
    shop.refused(
        &["pay", &id, "refund/1/1", "done"],
        "there is no such instruction (not-found)",
    );
    shop.refused(
        &["pay", "b1", "refund/1/1", "done"],
        "there is no such booking (not-found)",
    );
    shop.wrong(&["pay", &id], "required");
    shop.wrong(&["pay", &id, "refund", "done"], "INSTRUCTION");
    shop.wrong(
        &["pay", &id, "refund/1/1", "maybe"],
        "possible values: done, failed",
    );
}

#[test]
fn an_answer_of_a_processor_is_taken_in_as_json() {
    let shop = up_front();
    let id = shop.booked("cut", START);
    let answer = r#"{"outcome":"authorised","instruction":"authorise/1/1"}"#;
    let booking = shop.json(&["booking", "confirm-payment", &id, answer]);
    assert_eq!(booking["status"], "confirmed");
    shop.wrong(&["booking", "confirm-payment", &id, "{}"], "outcome");
}

#[test]
fn a_refund_that_failed_is_sent_once_more() {
    let shop = up_front();
    let id = done(&shop);
    let refund = [
        "booking", "refund", &id, "--amount", "5.00 EUR", "--reason", "late",
    ];
    let refunded = shop.json_at(END, &refund);
    assert_eq!(
        refunded["payment"]["refunds"][0]["amount"]["amount"],
        "5.00"
    );
    shop.json_at(END, &["pay", &id, "refund/1/1", "failed"]);
    let retry = [
        "booking",
        "retry-payment",
        &id,
        "--instruction",
        "refund/1/1",
    ];
    shop.json_at(END, &retry);
    let back = shop.json_at(END, &["pay", &id, "refund/1/2", "done"]);
    assert_eq!(back["payment"]["balances"]["refunded"]["amount"], "5.00");
    shop.wrong(
        &["booking", "refund", &id, "--amount", "5"],
        "an amount and a currency",
    );
}

#[test]
fn a_complaint_freezes_the_money_until_it_is_decided() {
    let shop = up_front();
    let id = done(&shop);
    let dispute = [
        "booking",
        "dispute",
        &id,
        "--as",
        "customer",
        "--reason",
        "half the time",
    ];
    let disputed = shop.json_at(END, &dispute);
    let which = text_of(&disputed, "/payment/disputes/0/id");
    let release = ["booking", "release-funds", &id];
    let frozen = shop.at("2026-03-10T00:00:00Z", &release);
    assert_eq!(frozen.status, 1, "{}", frozen.stdout);
    let resolve = [
        "booking",
        "resolve",
        &id,
        "--dispute",
        &which,
        "--refund",
        "20.00 EUR",
    ];
    let resolved = shop.json_at(END, &resolve);
    assert_eq!(
        resolved["payment"]["refunds"][0]["amount"]["amount"],
        "20.00"
    );
}

#[test]
fn held_money_is_passed_on() {
    let shop = up_front();
    let id = done(&shop);
    // Complaints are possible for 48 hours.
    let released = shop.json_at("2026-03-04T10:00:00Z", &["booking", "release-funds", &id]);
    assert_eq!(released["payment"]["released"], true);
    // Seven per cent of 40.00 are 2.80, which stay with the platform.
    let owed = json!({"amount": "37.20", "currency": "EUR"});
    assert_eq!(released["payment"]["balances"]["providerPayable"], owed);
}
