//! Nothing is stuck: when everybody falls silent, deadlines alone lead every booking to its end and
//! every cent to its place.

use chrono::{DateTime, SecondsFormat, Utc};
use quando::booking::{Booking, Status};
use quando::ledger::Account;
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, hold, patched, token_text, usd};
use crate::support::instant;

/// A processor that does all that it is asked for, at once.
struct Processor {
    answered: usize,
}

impl Processor {
    fn answer_all(&mut self, shop: &mut Shop, at: &str) {
        while let Some(next) = shop.instructions.get(self.answered).cloned() {
            self.answered += 1;
            let outcome = match next.instruction.kind.name() {
                "authorise" => "authorised",
                "capture" => "captured",
                "void" => "voided",
                "refund" => "refunded",
                _ => "paidOut",
            };
            shop.answer("b1", outcome, &next.instruction.to_string(), at);
        }
    }
}

/// Fires what falls due, one deadline after the other, until nothing is left.
fn drain(shop: &mut Shop, from: &str) {
    let mut processor = Processor {
        answered: shop.instructions.len(),
    };
    let mut now = instant(from);
    for _ in 0..20 {
        let booking = shop.booking("b1");
        let Some(deadline) = booking.deadlines().first().copied() else {
            return;
        };
        now = now.max(deadline.due_at);
        let fire = deadline.kind.command(booking).unwrap();
        let at = text(now);
        let fired = shop.run("b1", &fire, &at);
        let decision = fired.unwrap_or_else(|error| panic!("{deadline:?}: {error}"));
        assert!(!decision.is_unchanged(), "{deadline:?} would fire for ever");
        processor.answer_all(shop, &at);
    }
    panic!("there is no end: {:?}", shop.booking("b1").deadlines());
}

fn text(at: DateTime<Utc>) -> String {
    let text = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    text.strip_suffix(":00Z").unwrap().to_owned()
}

/// Where it ended, and the balances that are not zero.
fn end(shop: &Shop) -> String {
    let booking: &Booking = shop.booking("b1");
    assert!(booking.status.is_terminal(), "{}", booking.status);
    assert!(booking.payment.is_settled(), "{:?}", booking.payment);
    let books = &booking.payment.balances;
    let open = Account::ALL
        .into_iter()
        .filter(|account| !books.of(*account).is_zero());
    let texts: Vec<String> = open
        .map(|account| format!(" {account} {}", crate::shop::dollars(books.of(account))))
        .collect();
    format!("{}:{}", booking.status, texts.join(","))
}

fn steps(offer: Value, steps: &[(Value, &str)]) -> String {
    let mut shop = Shop::new(json!({}), offer);
    let mut processor = Processor { answered: 0 };
    let mut last = "01T00:00";
    for (form, at) in steps {
        shop.act("b1", form.clone(), at).unwrap();
        processor.answer_all(&mut shop, at);
        last = at;
    }
    let live = shop.booking("b1");
    assert!(
        live.status.is_terminal() || !live.deadlines().is_empty(),
        "{} has a deadline",
        live.status
    );
    drain(&mut shop, last);
    end(&shop)
}

fn upfront(rules: Value) -> Value {
    json!({"terms": {"rules": patched(json!({"payment": "upFront"}), rules)}})
}

fn book() -> (Value, &'static str) {
    (create("b1", "04T10:00", json!({})), "01T00:00")
}

fn act(what: &str, actor: &str, fields: Value) -> Value {
    command(what, actor, fields)
}

#[test]
fn every_state_ends_by_itself_with_no_money_left_behind() {
    let all = "completed: captured 100.00, platformFee 7.00, paidOut 93.00";
    let held = (hold("b1", "04T10:00", 7), "01T00:00");
    let token = json!({"token": token_text(7), "codeSeed": "00000001"});
    let convert = (act("create", "customer", token), "01T00:05");
    assert_eq!(
        steps(upfront(json!({})), std::slice::from_ref(&held)),
        "expired:"
    );
    assert_eq!(steps(upfront(json!({})), &[held, convert]), all);
    assert_eq!(steps(upfront(json!({})), &[book()]), all);
    assert_eq!(
        steps(upfront(json!({"approval": true})), &[book()]),
        "expired:"
    );
    let check_in = (act("checkIn", "customer", json!({})), "04T09:30");
    assert_eq!(steps(upfront(json!({})), &[book(), check_in]), all);
    let free = json!({"terms": {"rules": {}}});
    assert_eq!(steps(free, &[book()]), "completed:");
}

#[test]
fn what_is_called_off_ends_with_the_money_where_the_terms_say() {
    let off = |at| (act("cancel", "customer", json!({})), at);
    assert_eq!(
        steps(upfront(json!({})), &[book(), off("02T10:00")]),
        "cancelled: captured 100.00, refunded 100.00"
    );
    assert_eq!(
        steps(upfront(json!({})), &[book(), off("03T10:00")]),
        "cancelled: captured 100.00, refunded 50.00, platformFee 3.50, paidOut 46.50"
    );
    assert_eq!(
        steps(upfront(json!({})), &[book(), off("04T09:59")]),
        "cancelled: captured 100.00, platformFee 7.00, paidOut 93.00"
    );
    let missing = |whose: &str| {
        (
            act("markNoShow", "operator", json!({"whose": whose})),
            "04T10:15",
        )
    };
    assert_eq!(
        steps(upfront(json!({})), &[book(), missing("customer")]),
        "noShow: captured 100.00, platformFee 7.00, paidOut 93.00"
    );
    assert_eq!(
        steps(upfront(json!({})), &[book(), missing("provider")]),
        "noShow: captured 100.00, refunded 100.00"
    );
}

#[test]
fn a_complaint_that_nobody_decides_ends_when_money_may_not_be_held_any_longer() {
    let complete = || (act("complete", "provider", json!({})), "04T11:00");
    let dispute = || {
        let fields = json!({"dispute": "d1", "reason": "too short"});
        (act("dispute", "customer", fields), "05T11:00")
    };
    assert_eq!(
        steps(upfront(json!({})), &[book(), complete(), dispute()]),
        "completed: captured 100.00, refunded 100.00"
    );
    assert_eq!(
        steps(
            upfront(json!({"atHoldLimit": "release"})),
            &[book(), complete(), dispute()]
        ),
        "completed: captured 100.00, platformFee 7.00, paidOut 93.00"
    );
    let goodwill = (
        act("refund", "provider", json!({"amount": usd("33.33")})),
        "04T12:00",
    );
    // A third of the fee, 2.33, goes back with the third of the price.
    assert_eq!(
        steps(
            upfront(json!({"atHoldLimit": "release"})),
            &[book(), complete(), goodwill, dispute()]
        ),
        "completed: captured 100.00, refunded 33.33, platformFee 4.67, paidOut 62.00"
    );
}

#[test]
fn a_balance_that_is_due_is_asked_for_and_passed_on_with_the_rest() {
    let offer = || {
        let mut offer = upfront(json!({"balanceMinutesBefore": 1440}));
        offer["terms"]["price"] = json!({"deposit": {"rate": "0.3"}});
        offer
    };
    assert_eq!(
        steps(offer(), &[book()]),
        "completed: captured 100.00, platformFee 7.00, paidOut 93.00"
    );
    // Called off before the balance was paid: half of the deposit goes back.
    let off = (act("cancel", "customer", json!({})), "02T11:00");
    assert_eq!(
        steps(offer(), &[book(), off]),
        "cancelled: captured 30.00, refunded 15.00, platformFee 1.05, paidOut 13.95"
    );
    // Done before it was due, it is asked for all the same.
    let early = (act("complete", "provider", json!({})), "04T10:00");
    let late = patched(
        offer(),
        json!({"terms": {"rules": {"balanceMinutesBefore": 0}}}),
    );
    assert_eq!(
        steps(late, &[book(), early]),
        "completed: captured 100.00, platformFee 7.00, paidOut 93.00"
    );
}

#[test]
fn a_hold_or_a_pending_booking_is_over_at_its_deadline_whoever_looks() {
    let mut shop = Shop::paid(json!({}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    let booking = shop.booking("b1");
    assert_eq!(booking.status_at(instant("01T00:29")), Status::Pending);
    assert_eq!(booking.status_at(instant("01T00:30")), Status::Expired);
    assert_eq!(booking.due(instant("01T00:29")).count(), 0);
    assert_eq!(booking.due(instant("01T00:30")).count(), 1);
}
