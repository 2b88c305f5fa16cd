//! Every state, action and actor against a table that is written down here by hand.

use std::collections::BTreeMap;

use quando::booking::{Action, Actor, Command, Refusal, Rejection, Status, transition};
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, hold, patched, token_text, usd};

/// Who may do what in which state, and where it leads. Actors are customer, provider, operator and
/// system; a state that is not listed refuses.
///
/// The law names states, what enters them and by whom; what it says in sentences is a line here.
const LAW: &str = "
hold            cpo  none>held
extendHold      cpo  held>held
create          cpo  none>pending,confirmed held>pending,confirmed
approve         po   pending>pending,confirmed
decline         po   pending>declined
cancel          cpos held>cancelled pending>cancelled confirmed>cancelled
reschedule      cpo  pending>pending confirmed>confirmed
reassign        po   pending>pending confirmed>confirmed
checkIn         cpo  confirmed>inProgress
complete        cpos confirmed>completed inProgress>completed
markNoShow      cpo  confirmed>noShow
undoNoShow      po   noShow>confirmed
settleNoShow    os   noShow>noShow
expire          s    held>expired pending>expired
confirmPayment  os   pending>pending,confirmed,cancelled confirmed>confirmed inProgress>inProgress completed>completed declined>declined expired>expired cancelled>cancelled noShow>noShow
collectPayment  cos  pending>pending confirmed>confirmed inProgress>inProgress completed>completed
retryPayment    os   confirmed>confirmed inProgress>inProgress completed>completed declined>declined expired>expired cancelled>cancelled noShow>noShow
refund          po   confirmed>confirmed inProgress>inProgress completed>completed cancelled>cancelled noShow>noShow
dispute         cpo  completed>completed cancelled>cancelled noShow>noShow
resolveDispute  os   completed>completed cancelled>cancelled noShow>noShow
releaseFunds    os   completed>completed cancelled>cancelled noShow>noShow
review          cp   completed>completed
publishReviews  s    completed>completed
";

/// What the law says of one triple.
#[derive(Debug, PartialEq)]
enum Said {
    Leads(Vec<&'static str>),
    Refused(&'static str),
}

fn said(from: Option<Status>, action: Action, actor: Actor) -> Said {
    let line = LAW
        .lines()
        .find(|line| line.split(' ').next() == Some(action.name()));
    let mut words = line.unwrap().split_whitespace().skip(1);
    let actors = words.next().unwrap();
    let state = from.map_or("none", Status::name);
    let to = words.find_map(|word| word.strip_prefix(state)?.strip_prefix('>'));
    match (to, from) {
        (Some(to), _) if actors.contains(&actor.name()[..1]) => {
            Said::Leads(to.split(',').collect())
        }
        (Some(_), _) => Said::Refused("actor-not-allowed"),
        (None, None) => Said::Refused("booking-not-found"),
        (None, Some(_)) if action == Action::Hold => Said::Refused("booking-exists"),
        (None, Some(Status::Held | Status::Pending | Status::Confirmed | Status::InProgress)) => {
            Said::Refused("wrong-state")
        }
        (None, Some(_)) => Said::Refused("booking-ended"),
    }
}

fn states() -> impl Iterator<Item = Option<Status>> {
    [None].into_iter().chain(Status::ALL.map(Some))
}

fn triples() -> Vec<(Option<Status>, Action, Actor)> {
    let mut all = Vec::new();
    for state in states() {
        for action in Action::ALL {
            all.extend(Actor::ALL.map(|actor| (state, action, actor)));
        }
    }
    assert_eq!(all.len(), 10 * 23 * 4);
    all
}

#[test]
fn the_table_of_transitions_is_the_one_written_here() {
    for (from, action, actor) in triples() {
        let found = match transition(from, action, actor) {
            Ok(to) => Said::Leads(to.iter().map(|status| status.name()).collect()),
            Err(Refusal::NotFound) => Said::Refused("booking-not-found"),
            Err(Refusal::Exists) => Said::Refused("booking-exists"),
            Err(Refusal::ActorNotAllowed) => Said::Refused("actor-not-allowed"),
            Err(Refusal::WrongState) => Said::Refused("wrong-state"),
            Err(Refusal::Ended) => Said::Refused("booking-ended"),
        };
        assert_eq!(
            found,
            said(from, action, actor),
            "{from:?} {action} {actor}"
        );
    }
}

#[test]
fn what_the_table_refuses_is_refused_with_its_code_and_changes_nothing() {
    let mut refused = 0;
    let mut shops = BTreeMap::new();
    for (from, action, actor) in triples() {
        let Said::Refused(code) = said(from, action, actor) else {
            continue;
        };
        let shop = shops.entry(from).or_insert_with(|| in_state(from).0);
        let before = shop.bookings();
        let mut form = fields(from, action, actor);
        form["by"] = json!({"actor": actor.name()});
        // In time for whatever the state still waits for.
        let result = shop.act("b1", form, in_state(from).1);
        let rejection = result.expect_err("the law refuses it");
        assert_eq!(
            rejection.code(),
            code,
            "{from:?} {action} {actor}: {rejection}"
        );
        assert_eq!(shop.bookings(), before, "{from:?} {action} {actor}");
        refused += 1;
    }
    // Counted in the table above: 134 triples lead somewhere.
    assert_eq!(refused, 920 - 134);
}

#[test]
fn what_the_table_allows_is_decided_and_leads_where_it_says() {
    let mut allowed = 0;
    for (from, action, actor) in triples() {
        let Said::Leads(to) = said(from, action, actor) else {
            continue;
        };
        let (mut shop, at) = ready(from, action, actor);
        assert_eq!(
            shop.bookings().first().map(|booking| booking.status),
            from,
            "the stage of {from:?} {action}"
        );
        let mut form = fields(from, action, actor);
        form["by"] = json!({"actor": actor.name()});
        let decision = shop.act("b1", form, at);
        let decision =
            decision.unwrap_or_else(|error| panic!("{from:?} {action} {actor}: {error}"));
        assert!(!decision.is_unchanged(), "{from:?} {action} {actor}");
        let status = decision.booking.status.name();
        assert!(to.contains(&status), "{from:?} {action} {actor}: {status}");
        allowed += 1;
    }
    assert_eq!(allowed, 134);
}

#[test]
fn every_command_says_its_action() {
    for action in Action::ALL {
        let form = fields(Some(Status::Confirmed), action, Actor::Operator);
        let command: Command = serde_json::from_value(form).unwrap();
        assert_eq!(command.action(), action);
        assert_eq!(command.by().actor, Actor::Operator);
    }
}

/// A command that says all that its action needs.
fn fields(from: Option<Status>, action: Action, actor: Actor) -> Value {
    let resolved = if actor == Actor::System {
        Value::Null
    } else {
        usd("10.00")
    };
    let whose = if actor == Actor::Customer {
        "provider"
    } else {
        "customer"
    };
    let note = json!({"reason": "it rains"});
    let fields = match action {
        Action::Hold => hold("b1", START, 7),
        Action::Create if from.is_none() => create("b1", START, json!({})),
        Action::Create => json!({"token": token_text(7), "codeSeed": "00000001"}),
        Action::ExtendHold => json!({"token": token_text(7)}),
        Action::Approve => json!({"codeSeed": "00000001"}),
        Action::ConfirmPayment => json!({"codeSeed": "00000001", "answer": answer(from)}),
        Action::Cancel if from == Some(Status::Held) => json!({"token": token_text(7)}),
        Action::Decline | Action::Cancel => note,
        Action::Reschedule => json!({"start": "2026-03-05T11:00:00Z"}),
        Action::Reassign => json!({"resources": [["ben"]]}),
        Action::MarkNoShow => json!({"whose": whose}),
        Action::Dispute => json!({"dispute": "d1", "reason": "too short"}),
        Action::ResolveDispute => json!({"dispute": "d1", "refund": resolved}),
        Action::Refund => json!({"amount": usd("10.00"), "reason": "sorry"}),
        Action::RetryPayment => json!({"instruction": failing(from)}),
        Action::Review => json!({"rating": 5, "text": "fine"}),
        _ => json!({}),
    };
    let named = json!({"do": action.name(), "by": {"actor": actor.name()}});
    patched(fields, named)
}

/// What the processor is last asked for on the way to a state.
fn failing(from: Option<Status>) -> &'static str {
    match from {
        Some(Status::Declined | Status::Expired | Status::Cancelled) => "void/1/1",
        _ => "capture/1/1",
    }
}

fn answer(from: Option<Status>) -> Value {
    match from {
        Some(Status::Declined | Status::Expired | Status::Cancelled) => {
            json!({"outcome": "voided", "instruction": "void/1/1"})
        }
        Some(Status::Pending) => json!({"outcome": "authorised", "instruction": "authorise/1/1"}),
        _ => json!({"outcome": "captured", "instruction": "capture/1/1", "amount": usd("100.00")}),
    }
}

const START: &str = "04T10:00";
const BOOKED: &str = "02T10:00";
const DONE: &str = "04T11:00";

/// A shop with a booking in a state, and an instant at which it still is in it.
fn in_state(from: Option<Status>) -> (Shop, &'static str) {
    arrive(from, json!({}), "captured")
}

/// A shop in which an action can be done in a state, and when.
fn ready(from: Option<Status>, action: Action, actor: Actor) -> (Shop, &'static str) {
    let capture = match action {
        Action::ConfirmPayment => "nothing",
        Action::RetryPayment => "failed",
        _ => "captured",
    };
    let rules = match action {
        Action::CollectPayment => json!({"payment": "upFront", "balanceMinutesBefore": 10_080}),
        _ => json!({}),
    };
    let (mut shop, at) = arrive(from, rules, capture);
    let whose = |whose: &str| command("markNoShow", "operator", json!({"whose": whose}));
    let settle = command("settleNoShow", "system", json!({}));
    let dispute = fields(from, Action::Dispute, Actor::Operator);
    let half = command("cancel", "customer", json!({}));
    match (from, action) {
        (Some(Status::Held | Status::Pending), Action::Expire) => return (shop, START),
        (Some(Status::Pending), Action::CollectPayment) => {
            shop = pending(json!({"balanceMinutesBefore": 10_080, "approval": false}));
            shop.answer("b1", "failed", "authorise/1/1", BOOKED);
        }
        (Some(_), Action::CollectPayment) => return (with_deposit(from), DONE),
        (Some(Status::Confirmed), Action::CheckIn) => return (shop, "04T09:30"),
        (Some(Status::Confirmed), Action::MarkNoShow) => return (shop, "04T10:15"),
        (Some(Status::Confirmed | Status::InProgress), Action::Complete) => return (shop, DONE),
        (Some(Status::Completed), Action::PublishReviews) => return (shop, "2026-06-01T10:00"),
        (Some(Status::Cancelled), Action::ConfirmPayment | Action::RetryPayment) => {}
        (Some(Status::Cancelled), _) => {
            // A day before the start half of it goes back, and half of it is kept.
            shop = confirmed("captured");
            shop.act("b1", half, "03T09:00").unwrap();
        }
        (Some(Status::NoShow), Action::SettleNoShow) => return (shop, "05T10:15"),
        (Some(Status::NoShow), Action::UndoNoShow) if actor == Actor::Provider => {
            shop = confirmed("captured");
            shop.act("b1", whose("customer"), "04T10:15").unwrap();
        }
        (
            Some(Status::NoShow),
            Action::Dispute | Action::ResolveDispute | Action::Refund | Action::ReleaseFunds,
        ) => {
            shop.act("b1", settle, "05T10:15").unwrap();
        }
        _ => {}
    }
    match action {
        Action::ResolveDispute => {
            let opened = if from == Some(Status::Cancelled) {
                "03T10:00"
            } else {
                "05T10:20"
            };
            shop.act("b1", dispute, opened).unwrap();
            // The system may decide only when the money may not be held any longer.
            (
                shop,
                if actor == Actor::System {
                    "2026-05-31T10:00"
                } else {
                    "06T10:00"
                },
            )
        }
        Action::Dispute | Action::Refund if from == Some(Status::NoShow) => (shop, "05T10:20"),
        Action::ReleaseFunds => (shop, "08T12:00"),
        _ => (shop, at),
    }
}

/// Leads a booking to a state, with what the processor said of the capture before.
fn arrive(from: Option<Status>, rules: Value, capture: &str) -> (Shop, &'static str) {
    let mut shop = pending(rules);
    let check_in = command("checkIn", "customer", json!({}));
    let complete = command("complete", "system", json!({}));
    let missing = command("markNoShow", "operator", json!({"whose": "customer"}));
    let ends = |mut shop: Shop, form: Value, at: &str| {
        shop.act("b1", form, at).unwrap();
        if capture == "failed" {
            shop.answer("b1", "failed", "void/1/1", at);
        }
        shop
    };
    let at = match from {
        None => {
            shop = empty(json!({}));
            BOOKED
        }
        Some(Status::Held) => {
            shop = empty(json!({}));
            shop.act("b1", hold("b1", START, 7), BOOKED).unwrap();
            "02T10:05"
        }
        Some(Status::Pending) => "02T10:05",
        Some(Status::Confirmed) => {
            shop = confirmed(capture);
            "02T10:10"
        }
        Some(Status::InProgress) => {
            shop = confirmed(capture);
            shop.act("b1", check_in, "04T09:50").unwrap();
            "04T10:00"
        }
        Some(Status::Completed) => {
            shop = confirmed(capture);
            shop.act("b1", complete, DONE).unwrap();
            "04T11:30"
        }
        Some(Status::NoShow) => {
            shop = confirmed(capture);
            shop.act("b1", missing, "04T10:15").unwrap();
            "04T10:20"
        }
        Some(Status::Declined) => {
            shop = ends(
                shop,
                fields(from, Action::Decline, Actor::Provider),
                "02T10:05",
            );
            "02T10:10"
        }
        Some(Status::Expired) => {
            shop = ends(shop, command("expire", "system", json!({})), START);
            "04T10:05"
        }
        Some(Status::Cancelled) => {
            shop = ends(shop, command("cancel", "customer", json!({})), "02T10:05");
            "02T10:10"
        }
    };
    (shop, at)
}

/// An empty shop that is paid by card and approves each booking; Ben can stand in for Ana.
fn empty(rules: Value) -> Shop {
    let rules = patched(json!({"payment": "upFront", "approval": true}), rules);
    let need = json!({"need": [{"anyOf": ["ana", "ben"]}]});
    Shop::new(need, json!({"terms": {"rules": rules}}))
}

/// Booked, and the customer was asked to pay.
fn pending(rules: Value) -> Shop {
    let mut shop = empty(rules);
    shop.act("b1", create("b1", START, json!({})), BOOKED)
        .unwrap();
    shop
}

/// Paid and approved, with this answer to the capture.
fn confirmed(capture: &str) -> Shop {
    let mut shop = pending(json!({}));
    shop.answer("b1", "authorised", "authorise/1/1", BOOKED);
    shop.act("b1", fields(None, Action::Approve, Actor::Provider), BOOKED)
        .unwrap();
    if capture != "nothing" {
        shop.answer("b1", capture, "capture/1/1", BOOKED);
    }
    shop
}

/// A booking with a deposit, whose balance is to be paid.
fn with_deposit(from: Option<Status>) -> Shop {
    let offer = json!({"terms": {
        "rules": {"payment": "upFront"}, "price": {"deposit": {"rate": "0.3"}},
    }});
    let mut shop = Shop::new(json!({}), offer);
    shop.act("b1", create("b1", START, json!({})), BOOKED)
        .unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", BOOKED);
    if from == Some(Status::InProgress) {
        shop.act("b1", command("checkIn", "customer", json!({})), "04T09:50")
            .unwrap();
    }
    if from == Some(Status::Completed) {
        shop.act("b1", command("complete", "system", json!({})), DONE)
            .unwrap();
    }
    shop
}

#[test]
fn what_lapsed_is_refused_as_expired_before_anybody_noticed() {
    for (status, expected) in [
        (Status::Held, "hold-expired"),
        (Status::Pending, "hold-expired"),
    ] {
        let (mut shop, _) = in_state(Some(status));
        for action in [
            Action::Cancel,
            Action::Create,
            Action::Approve,
            Action::Reschedule,
        ] {
            let form = fields(Some(status), action, Actor::Provider);
            let rejection: Rejection = shop.act("b1", form, START).unwrap_err();
            assert_eq!(rejection.code(), expected, "{status} {action}");
        }
    }
}
