//! The feature contract of money, row by row, and where each cent is.

use std::collections::BTreeMap;

use quando::booking::{DeadlineKind, Decision, Rejection, Status};
use quando::ledger::Account;
use quando::payment::MoneyState;
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, dollars, iso, usd};
use crate::support::{instant, short};

fn code(result: Result<Decision, Rejection>) -> &'static str {
    result.map_or_else(
        |rejection| rejection.code(),
        |decision| decision.booking.status.name(),
    )
}

/// The balances that are not zero, in the order of the accounts.
fn books(shop: &Shop) -> String {
    let books = &shop.booking("b1").payment.balances;
    let open = Account::ALL
        .into_iter()
        .filter(|account| !books.of(*account).is_zero());
    let texts: Vec<String> = open
        .map(|account| format!("{account} {}", dollars(books.of(account))))
        .collect();
    texts.join(", ")
}

fn plain(what: &str, actor: &str) -> Value {
    command(what, actor, json!({}))
}

fn approve() -> Value {
    command("approve", "provider", json!({"codeSeed": "00000001"}))
}

fn move_to(start: &str, actor: &str) -> Value {
    command("reschedule", actor, json!({"start": iso(start)}))
}

/// A booking of 4 March, 10 o'clock, made on 1 March, that is paid.
fn paid(rules: Value) -> Shop {
    let mut shop = Shop::paid(rules);
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    shop.answer("b1", "captured", "capture/1/1", "01T00:06");
    shop
}

/// The same, and the service is done.
fn done() -> Shop {
    let mut shop = paid(json!({}));
    shop.act("b1", plain("complete", "system"), "04T11:00")
        .unwrap();
    shop
}

#[test]
fn f04_money_is_reserved_when_asked_and_collected_when_accepted() {
    let mut shop = Shop::paid(json!({"approval": true}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00");
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    // Pending: reserved, and nothing is collected.
    assert_eq!(
        (shop.status("b1"), shop.money("b1")),
        (Status::Pending, MoneyState::Authorised)
    );
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00");
    shop.act("b1", approve(), "01T01:00").unwrap();
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00, capture/1/1 100.00");
    shop.answer("b1", "captured", "capture/1/1", "01T01:05");
    assert_eq!(shop.money("b1"), MoneyState::Captured);
    assert_eq!(books(&shop), "captured 100.00, held 100.00");
    // Said twice, it is collected once.
    let again = shop.answered("b1", "captured", "capture/1/1");
    assert!(shop.act("b1", again, "01T01:06").unwrap().is_unchanged());
    assert_eq!(books(&shop), "captured 100.00, held 100.00");
}

#[test]
fn f04_what_was_reserved_is_let_go_when_the_provider_says_no() {
    for (end, at) in [
        (plain("decline", "provider"), "01T01:00"),
        (plain("cancel", "customer"), "01T01:00"),
        (plain("expire", "system"), "02T00:05"),
    ] {
        let mut shop = Shop::paid(json!({"approval": true}));
        shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
            .unwrap();
        shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
        shop.act("b1", end, at).unwrap();
        assert_eq!(shop.asked("b1"), "authorise/1/1 100.00, void/1/1 100.00");
        shop.answer("b1", "voided", "void/1/1", at);
        assert_eq!(
            (books(&shop), shop.money("b1")),
            (String::new(), MoneyState::None)
        );
        assert!(shop.booking("b1").payment.is_settled());
    }
}

#[test]
fn f05_the_approval_ends_before_the_authorisation_does() {
    let due = |until: Option<&str>| {
        let mut shop = Shop::paid(json!({"approval": true}));
        shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
            .unwrap();
        // The payment is awaited for half an hour.
        assert_eq!(shop.booking("b1").due_at, Some(instant("01T00:30")));
        let mut form = shop.answered("b1", "authorised", "authorise/1/1");
        form["answer"]["until"] = json!(until.map(iso));
        shop.act("b1", form, "01T00:10").unwrap();
        short(shop.booking("b1").due_at.unwrap())
    };
    assert_eq!(due(None), "02T00:10");
    assert_eq!(due(Some("08T00:00")), "02T00:10");
    assert_eq!(due(Some("01T12:00")), "01T11:00");
}

#[test]
fn f06_money_is_held_until_the_time_for_complaints_is_over() {
    let mut shop = done();
    assert_eq!(shop.money("b1"), MoneyState::Releasable);
    assert_eq!(
        shop.booking("b1").payment.release_at,
        Some(instant("06T11:00"))
    );
    let release = || plain("releaseFunds", "system");
    assert_eq!(code(shop.act("b1", release(), "06T10:59")), "too-early");
    shop.act("b1", release(), "06T11:00").unwrap();
    // 7 % of 100.00 is the platform's.
    assert_eq!(
        books(&shop),
        "captured 100.00, platformFee 7.00, providerPayable 93.00"
    );
    assert_eq!(
        shop.asked("b1"),
        "authorise/1/1 100.00, capture/1/1 100.00, payout/1/1 93.00"
    );
    assert_eq!(shop.money("b1"), MoneyState::Released);
    assert_eq!(code(shop.act("b1", release(), "06T11:05")), "nothing-due");
    shop.answer("b1", "paidOut", "payout/1/1", "06T12:00");
    assert_eq!(
        books(&shop),
        "captured 100.00, platformFee 7.00, paidOut 93.00"
    );
    assert!(shop.booking("b1").payment.is_settled());
    // Captured money is not held for longer than it may be: 10 days, from payment to release.
    let mut shop = Shop::paid(json!({"maxHoldDays": 10}));
    let far = |start: &str| create("b1", start, json!({}));
    assert_eq!(
        code(shop.act("b1", far("09T09:00"), "01T09:00")),
        "held-too-long"
    );
    assert_eq!(code(shop.act("b1", far("09T09:00"), "01T10:00")), "pending");
}

#[test]
fn f10_a_deposit_now_and_the_balance_later() {
    let offer = json!({"terms": {
        "rules": {"payment": "upFront", "balanceMinutesBefore": 1440},
        "price": {"deposit": {"rate": "0.3"}},
    }});
    let mut shop = Shop::new(json!({}), offer);
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    assert_eq!(shop.asked("b1"), "authorise/1/1 30.00");
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    shop.answer("b1", "captured", "capture/1/1", "01T00:06");
    assert_eq!(shop.status("b1"), Status::Confirmed);
    assert_eq!(books(&shop), "captured 30.00, held 30.00");
    let deadlines = json!(shop.booking("b1").deadlines());
    assert_eq!(
        deadlines[0],
        json!({"dueAt": iso("03T10:00"), "kind": "collectPayment"})
    );
    let collect = || plain("collectPayment", "system");
    assert_eq!(code(shop.act("b1", collect(), "03T09:59")), "too-early");
    shop.act("b1", collect(), "03T10:00").unwrap();
    assert_eq!(code(shop.act("b1", collect(), "03T10:00")), "nothing-due");
    shop.answer("b1", "authorised", "authorise/2/1", "03T10:05");
    shop.answer("b1", "captured", "capture/2/1", "03T10:06");
    assert_eq!(
        shop.asked("b1"),
        "authorise/1/1 30.00, capture/1/1 30.00, authorise/2/1 70.00, capture/2/1 70.00"
    );
    assert_eq!(books(&shop), "captured 100.00, held 100.00");
}

#[test]
fn f11_an_open_dispute_freezes_the_money_until_it_is_decided() {
    let mut shop = done();
    let dispute = json!({"dispute": "d1", "reason": "too short"});
    shop.act(
        "b1",
        command("dispute", "customer", dispute.clone()),
        "06T10:59",
    )
    .unwrap();
    assert_eq!(shop.money("b1"), MoneyState::Disputed);
    let release = || plain("releaseFunds", "system");
    assert_eq!(code(shop.act("b1", release(), "06T11:00")), "dispute-open");
    assert_eq!(
        code(shop.act("b1", release(), "2026-05-01T00:00")),
        "dispute-open"
    );
    let again = command("dispute", "customer", dispute.clone());
    assert_eq!(code(shop.act("b1", again, "06T10:59")), "dispute-exists");
    // Forty go back: 40 % of the fee with them.
    let decide = |refund: Value| {
        command(
            "resolveDispute",
            "operator",
            json!({"dispute": "d1", "refund": refund}),
        )
    };
    assert_eq!(
        code(shop.act("b1", decide(usd("100.01")), "07T09:00")),
        "refund-over-captured"
    );
    shop.act("b1", decide(usd("40.00")), "07T09:00").unwrap();
    assert_eq!(
        code(shop.act("b1", decide(usd("40.00")), "07T09:00")),
        "dispute-unknown"
    );
    shop.act("b1", release(), "07T09:05").unwrap();
    shop.answer("b1", "refunded", "refund/1/1", "07T09:10");
    assert_eq!(
        books(&shop),
        "captured 100.00, refunded 40.00, platformFee 4.20, providerPayable 55.80"
    );
    // Once the money is due to the provider it is too late.
    let mut late = done();
    let form = command("dispute", "customer", dispute);
    assert_eq!(code(late.act("b1", form, "06T11:00")), "too-late");
}

#[test]
fn f11_a_dispute_ends_when_money_may_not_be_held_any_longer() {
    let run = |rules: Value| {
        let mut shop = paid(rules);
        shop.act("b1", plain("complete", "system"), "04T11:00")
            .unwrap();
        let dispute = command(
            "dispute",
            "customer",
            json!({"dispute": "d1", "reason": "bad"}),
        );
        shop.act("b1", dispute, "04T12:00").unwrap();
        let mut deadlines = shop.booking("b1").deadlines().into_iter();
        let deadline = deadlines
            .find(|each| each.kind == DeadlineKind::HoldLimit)
            .unwrap();
        // 90 days from the payment on 1 March, six minutes past midnight.
        assert_eq!(deadline.due_at, instant("2026-05-30T00:06"));
        let fire = deadline.kind.command(shop.booking("b1")).unwrap();
        assert_eq!(code(shop.run("b1", &fire, "2026-05-30T00:05")), "too-early");
        shop.run("b1", &fire, "2026-05-30T00:06").unwrap();
        shop
    };
    let back = run(json!({}));
    assert!(
        back.asked("b1").ends_with("refund/1/1 100.00"),
        "{}",
        back.asked("b1")
    );
    let mut on = run(json!({"atHoldLimit": "release"}));
    on.act("b1", plain("releaseFunds", "system"), "2026-05-30T00:06")
        .unwrap();
    assert!(
        on.asked("b1").ends_with("payout/1/1 93.00"),
        "{}",
        on.asked("b1")
    );
}

/// Saturdays cost 20 % more; tiers give half back a day before, and all of it two days before.
fn saturdays(rules: Value, deposit: Value) -> Shop {
    let dearer = json!([{"id": "sat", "when": {"weekdays": ["sat"]}, "rate": "0.2"}]);
    let price = json!({"surcharges": dearer, "deposit": deposit});
    let mut shop = Shop::new(json!({}), json!({"terms": {"price": price}}));
    let rules = crate::shop::patched(json!({"payment": "upFront"}), rules);
    let mut terms = json!(shop.offer.terms);
    terms["rules"] = rules;
    shop.offer = serde_json::from_value(json!({"terms": terms})).unwrap();
    shop
}

#[test]
fn f12_a_move_takes_the_payment_along_and_charges_only_the_difference() {
    let mut shop = saturdays(json!({}), Value::Null);
    shop.act("b1", create("b1", "05T10:00", json!({})), "01T00:00")
        .unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    shop.answer("b1", "captured", "capture/1/1", "01T00:06");
    // The same price: nothing is asked for.
    shop.act("b1", move_to("05T11:00", "customer"), "01T01:00")
        .unwrap();
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00, capture/1/1 100.00");
    // Saturday: 20.00 more.
    shop.act("b1", move_to("07T11:00", "customer"), "01T02:00")
        .unwrap();
    shop.answer("b1", "authorised", "authorise/2/1", "01T02:05");
    shop.answer("b1", "captured", "capture/2/1", "01T02:06");
    assert_eq!(
        shop.asked("b1"),
        "authorise/1/1 100.00, capture/1/1 100.00, authorise/2/1 20.00, capture/2/1 20.00"
    );
    assert_eq!(books(&shop), "captured 120.00, held 120.00");
    // And back, more than 48 hours before: all 20.00 go back.
    shop.act("b1", move_to("06T11:00", "customer"), "05T10:59")
        .unwrap();
    assert!(
        shop.asked("b1")
            .ends_with("capture/2/1 20.00, refund/1/1 20.00")
    );
    shop.answer("b1", "refunded", "refund/1/1", "05T11:30");
    assert_eq!(books(&shop), "captured 120.00, refunded 20.00, held 100.00");
    // The fee is on what is kept: 7 % of 100.00.
    shop.act("b1", plain("complete", "system"), "06T12:00")
        .unwrap();
    shop.act("b1", plain("releaseFunds", "system"), "08T12:00")
        .unwrap();
    assert_eq!(
        books(&shop),
        "captured 120.00, refunded 20.00, platformFee 7.00, providerPayable 93.00"
    );
}

#[test]
fn f12_a_customer_gets_of_a_lower_price_what_cancelling_would_have_given() {
    let cheaper = |actor: &str, at: &str| {
        let mut shop = saturdays(json!({}), Value::Null);
        shop.act("b1", create("b1", "07T10:00", json!({})), "01T00:00")
            .unwrap();
        shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
        shop.answer("b1", "captured", "capture/1/1", "01T00:06");
        shop.act("b1", move_to("09T10:00", actor), at).unwrap();
        let refunds = &shop.booking("b1").payment.refunds;
        refunds.first().map(|each| dollars(each.amount))
    };
    assert_eq!(cheaper("customer", "05T10:00").as_deref(), Some("20.00"));
    assert_eq!(cheaper("customer", "05T10:01").as_deref(), Some("10.00"));
    assert_eq!(cheaper("customer", "06T10:01"), None);
    assert_eq!(cheaper("provider", "07T09:00").as_deref(), Some("20.00"));
}

#[test]
fn f12_a_deposit_that_is_awaited_grows_with_the_price() {
    let mut shop = saturdays(json!({}), json!({"rate": "0.3"}));
    shop.act("b1", create("b1", "05T10:00", json!({})), "01T00:00")
        .unwrap();
    shop.act("b1", move_to("07T10:00", "customer"), "01T00:05")
        .unwrap();
    // 30 % of 100.00, and of the 20.00 more.
    assert_eq!(shop.asked("b1"), "authorise/1/1 30.00, authorise/2/1 6.00");
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:06");
    assert_eq!(shop.status("b1"), Status::Pending);
    shop.answer("b1", "authorised", "authorise/2/1", "01T00:07");
    assert_eq!(shop.status("b1"), Status::Confirmed);
    // The balance is the rest of 120.00.
    shop.act("b1", plain("collectPayment", "customer"), "02T00:00")
        .unwrap();
    assert!(
        shop.asked("b1").ends_with("authorise/3/1 84.00"),
        "{}",
        shop.asked("b1")
    );
}

#[test]
fn f12_a_move_before_the_booking_is_confirmed_costs_nothing_later() {
    // Cancelling a pending booking gives everything back, so that moving it caps nothing.
    let mut shop = saturdays(json!({"approval": true}), Value::Null);
    shop.act("b1", create("b1", "07T10:00", json!({})), "06T16:00")
        .unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "06T16:05");
    shop.act("b1", move_to("20T10:00", "customer"), "06T16:10")
        .unwrap();
    shop.act("b1", approve(), "06T16:20").unwrap();
    shop.answer("b1", "captured", "capture/1/1", "06T16:25");
    // 120.00 were reserved, and 100.00 are owed.
    assert!(
        shop.asked("b1").ends_with("refund/1/1 20.00"),
        "{}",
        shop.asked("b1")
    );
    shop.answer("b1", "refunded", "refund/1/1", "06T16:30");
    let preview = shop.booking("b1");
    let preview =
        preview.cancellation_preview(quando::booking::Actor::Customer, instant("10T10:00"));
    assert_eq!(dollars(preview.unwrap().refund), "100.00");
}

#[test]
fn f15_the_journal_of_a_booking_balances_and_is_its_books() {
    let mut shop = done();
    let goodwill = command("refund", "provider", json!({"amount": usd("10.00")}));
    shop.act("b1", goodwill, "04T12:00").unwrap();
    shop.answer("b1", "refunded", "refund/1/1", "04T13:00");
    shop.act("b1", plain("releaseFunds", "system"), "06T11:00")
        .unwrap();
    shop.answer("b1", "paidOut", "payout/1/1", "06T12:00");
    // Ten of a hundred went back, and with them a tenth of the fee.
    assert_eq!(
        books(&shop),
        "captured 100.00, refunded 10.00, platformFee 6.30, paidOut 83.70"
    );
    let mut sums: BTreeMap<Account, i64> = BTreeMap::new();
    let journal = shop.journal("b1");
    for entry in &journal {
        let total: i64 = entry
            .postings()
            .iter()
            .map(|each| each.amount.minor())
            .sum();
        assert_eq!(total, 0, "{entry:?}");
        for posting in entry.postings() {
            *sums.entry(posting.account).or_default() += posting.amount.minor();
        }
    }
    let reasons: Vec<Value> = journal.iter().map(|entry| json!(entry.reason())).collect();
    assert_eq!(
        json!(reasons),
        json!(["capture", "refund", "release", "payout"])
    );
    // Debits are positive: what was captured, and credits are where it went.
    let expected = [
        (Account::Captured, 10_000),
        (Account::Refunded, -1_000),
        (Account::PlatformFee, -630),
        (Account::PaidOut, -8_370),
    ];
    sums.retain(|_, sum| *sum != 0);
    assert_eq!(sums, BTreeMap::from(expected));
}

#[test]
fn a_refund_of_money_that_was_passed_on_is_the_providers_debt() {
    let mut shop = done();
    shop.act("b1", plain("releaseFunds", "system"), "06T11:00")
        .unwrap();
    shop.answer("b1", "paidOut", "payout/1/1", "06T12:00");
    let goodwill = |amount: &str| command("refund", "operator", json!({"amount": usd(amount)}));
    shop.act("b1", goodwill("50.00"), "07T09:00").unwrap();
    shop.answer("b1", "refunded", "refund/1/1", "07T09:30");
    // Half the fee goes back, and the provider owes the rest.
    assert_eq!(
        books(&shop),
        "captured 100.00, refunded 50.00, platformFee 3.50, paidOut 93.00, providerReceivable 46.50"
    );
    assert_eq!(
        code(shop.act("b1", goodwill("50.01"), "07T10:00")),
        "refund-over-captured"
    );
    assert_eq!(
        code(shop.act("b1", goodwill("0.00"), "07T10:00")),
        "refund-not-positive"
    );
    assert_eq!(
        code(shop.act("b1", goodwill("-5.00"), "07T10:00")),
        "refund-not-positive"
    );
}

#[test]
fn a_no_show_is_settled_when_it_can_no_longer_be_undone() {
    let run = |refund: Value, whose: &str| {
        let mut shop = Shop::new(
            json!({}),
            json!({"terms": {"rules": {"payment": "upFront"}, "refund": refund}}),
        );
        shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
            .unwrap();
        shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
        shop.answer("b1", "captured", "capture/1/1", "01T00:06");
        let missing = command("markNoShow", "operator", json!({"whose": whose}));
        shop.act("b1", missing, "04T10:15").unwrap();
        let settle = || plain("settleNoShow", "system");
        assert_eq!(code(shop.act("b1", settle(), "05T10:14")), "too-early");
        assert!(
            shop.booking("b1").payment.refunds.is_empty(),
            "nothing before that"
        );
        shop.act("b1", settle(), "05T10:15").unwrap();
        assert_eq!(code(shop.act("b1", settle(), "05T10:15")), "wrong-state");
        let refunds = &shop.booking("b1").payment.refunds;
        refunds
            .first()
            .map_or("-".to_owned(), |each| dollars(each.amount))
    };
    assert_eq!(run(json!({}), "customer"), "-");
    assert_eq!(
        run(json!({"noShowFee": {"rate": "0.6"}}), "customer"),
        "40.00"
    );
    assert_eq!(
        run(json!({"noShowFee": {"rate": "0.6"}}), "provider"),
        "100.00"
    );
}
