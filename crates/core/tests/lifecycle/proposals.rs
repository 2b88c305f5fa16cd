//! Other times that a provider proposes (E15).

use quando::booking::proposal::{
    Pick, Proposal, ProposalError, Propose, Step, pick, propose, release,
};
use quando::booking::{Booking, Command, Status};
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, dollars, iso, patched, token_text};
use crate::support::{instant, short};

const NOW: &str = "02T08:00";

fn times(starts: &[&str]) -> Propose {
    let time = |(at, start): (usize, &&str)| json!({"hold": format!("h{}", at + 1), "start": iso(start), "token": token_text(9)});
    let times: Vec<Value> = starts.iter().enumerate().map(time).collect();
    let form = json!({"by": {"actor": "provider"}, "minutes": 60, "times": times});
    serde_json::from_value(form).unwrap()
}

fn pending(rules: Value) -> Shop {
    let mut shop = Shop::with_rules(patched(json!({"approval": true}), rules));
    shop.act("b1", create("b1", "04T10:00", json!({})), "02T07:00")
        .unwrap();
    shop
}

/// Proposes, and decides all holds.
fn proposed(shop: &mut Shop, command: &Propose) -> Proposal {
    let booking = shop.booking("b1").clone();
    let made = propose(&booking, command, instant(NOW)).unwrap();
    let usual = shop.offer.clone();
    shop.offer = made.proposal.offer(&booking, &usual);
    for hold in made.holds {
        let id = hold.wanted.booking.to_string();
        shop.run(&id, &Command::from(hold), NOW).unwrap();
    }
    shop.offer = usual;
    made.proposal
}

fn picked(hold: &str, actor: &str) -> Pick {
    let form = json!({"by": {"actor": actor}, "hold": hold, "codeSeed": "00000003"});
    serde_json::from_value(form).unwrap()
}

fn holds(shop: &Shop) -> Vec<Booking> {
    shop.bookings()
        .into_iter()
        .filter(|each| each.id.as_str() != "b1")
        .collect()
}

fn answer(
    shop: &Shop,
    proposal: &Proposal,
    picked: &Pick,
    at: &str,
) -> Result<Vec<Step>, ProposalError> {
    pick(
        proposal,
        shop.booking("b1"),
        &holds(shop),
        picked,
        instant(at),
    )
}

fn run(shop: &mut Shop, steps: Vec<Step>, at: &str) {
    for step in steps {
        shop.run(step.booking.as_str(), &step.command, at).unwrap();
    }
}

#[test]
fn e15_the_time_that_is_picked_becomes_the_bookings_and_the_others_are_free() {
    let mut shop = pending(json!({}));
    let proposal = proposed(&mut shop, &times(&["04T12:00", "05T12:00"]));
    assert_eq!(proposal.expires_at, instant("02T09:00"));
    assert!(
        holds(&shop).iter().all(|hold| {
            hold.status == Status::Held && hold.due_at == Some(instant("02T09:00"))
        })
    );
    let steps = answer(&shop, &proposal, &picked("h2", "customer"), "02T08:59").unwrap();
    run(&mut shop, steps, "02T08:59");
    let booking = shop.booking("b1");
    // Moved, and confirmed, for the provider has said yes by proposing.
    assert_eq!(
        (booking.status, short(booking.slot.start())),
        (Status::Confirmed, "05T12:00".into())
    );
    assert_eq!(booking.sequence, 1);
    assert_eq!(shop.history("b1"), "booked rescheduled confirmed");
    assert_eq!(
        [shop.status("h1"), shop.status("h2")],
        [Status::Cancelled; 2]
    );
    for start in ["04T10:00", "04T12:00"] {
        shop.act(
            start,
            create(start, start, json!({"customer": "dan"})),
            "02T09:00",
        )
        .unwrap();
    }
}

#[test]
fn e15_a_confirmed_booking_is_moved_at_the_providers_cost() {
    let notice = json!([{"action": "reschedule", "actor": "customer", "minutes": 10080}]);
    let mut shop = Shop::paid(json!({"notice": notice}));
    shop.act("b1", create("b1", "04T09:00", json!({})), "01T00:00")
        .unwrap();
    shop.answer("b1", "authorised", "authorise/1/1", "01T00:05");
    shop.answer("b1", "captured", "capture/1/1", "01T00:05");
    let proposal = proposed(&mut shop, &times(&["06T09:00"]));
    let steps = answer(&shop, &proposal, &picked("h1", "customer"), "02T08:30").unwrap();
    // The customer's notice for moving does not bind what the provider proposed.
    run(&mut shop, steps, "02T08:30");
    assert_eq!(shop.asked("b1"), "authorise/1/1 100.00, capture/1/1 100.00");
    // And the move does not cap a later refund: at 49 hours before the old start it was all, and at
    // 48 before the new one it still is.
    let preview = shop.booking("b1");
    let preview =
        preview.cancellation_preview(quando::booking::Actor::Customer, instant("04T09:00"));
    assert_eq!(dollars(preview.unwrap().refund), "100.00");
}

#[test]
fn e15_at_the_deadline_the_holds_lapse_and_nothing_has_changed() {
    let mut shop = pending(json!({}));
    let before = shop.booking("b1").clone();
    let proposal = proposed(&mut shop, &times(&["04T12:00", "05T12:00"]));
    let late = answer(&shop, &proposal, &picked("h1", "customer"), "02T09:00").unwrap_err();
    assert_eq!(late.code(), "proposal-lapsed");
    assert_eq!(release(&proposal, &holds(&shop), instant("02T09:00")), []);
    assert_eq!(shop.booking("b1"), &before);
    shop.act(
        "x",
        create("x", "04T12:00", json!({"customer": "dan"})),
        "02T09:00",
    )
    .unwrap();
}

#[test]
fn e15_a_proposal_that_is_turned_down_frees_its_times() {
    let mut shop = pending(json!({}));
    let proposal = proposed(&mut shop, &times(&["04T12:00", "05T12:00"]));
    let steps = release(&proposal, &holds(&shop), instant("02T08:10"));
    assert_eq!(steps.len(), 2);
    run(&mut shop, steps, "02T08:10");
    assert!(
        holds(&shop)
            .iter()
            .all(|hold| hold.status == Status::Cancelled)
    );
    assert_eq!(shop.status("b1"), Status::Pending);
}

#[test]
fn e15_a_proposal_never_outlasts_what_it_is_for() {
    // The booking awaits approval for 70 minutes from 07:00 on, which is ten more.
    let mut shop = pending(json!({"approvalMinutes": 70}));
    let proposal = proposed(&mut shop, &times(&["04T12:00"]));
    assert_eq!(proposal.expires_at, instant("02T08:10"));
    assert_eq!(shop.booking("h1").due_at, Some(instant("02T08:10")));
    let shop = pending(json!({"approvalMinutes": 60}));
    let late = propose(
        shop.booking("b1"),
        &times(&["04T12:00"]),
        instant("02T07:59"),
    );
    assert_eq!(late.unwrap().proposal.minutes.get(), 1);
    let late = propose(
        shop.booking("b1"),
        &times(&["04T12:00"]),
        instant("02T08:00"),
    );
    assert_eq!(
        late.unwrap_err().code(),
        "proposal-state",
        "the booking has lapsed"
    );
}

#[test]
fn e15_a_proposal_says_why_it_refuses() {
    let mut shop = pending(json!({}));
    let refused = |shop: &Shop, command: &Propose| {
        propose(shop.booking("b1"), command, instant(NOW))
            .unwrap_err()
            .code()
    };
    let twenty_one: Vec<String> = (1..=21)
        .map(|day| format!("2026-04-{day:02}T10:00"))
        .collect();
    let twenty_one: Vec<&str> = twenty_one.iter().map(String::as_str).collect();
    for starts in [
        &[][..],
        &["04T10:00"],
        &["02T08:00"],
        &["05T10:00", "05T10:00"],
        &twenty_one,
    ] {
        assert_eq!(
            refused(&shop, &times(starts)),
            "proposal-times",
            "{starts:?}"
        );
    }
    let mut by_customer = times(&["05T10:00"]);
    by_customer.by = quando::booking::Actor::Customer.into();
    assert_eq!(refused(&shop, &by_customer), "proposal-actor");
    let mut no_time = times(&["05T10:00"]);
    no_time.minutes = quando::time::Minutes::ZERO;
    assert_eq!(refused(&shop, &no_time), "proposal-too-late");

    let proposal = proposed(&mut shop, &times(&["05T10:00"]));
    let code = |shop: &Shop, hold: &str, actor: &str| {
        answer(shop, &proposal, &picked(hold, actor), NOW)
            .unwrap_err()
            .code()
    };
    assert_eq!(code(&shop, "h1", "provider"), "proposal-actor");
    assert_eq!(code(&shop, "h2", "customer"), "proposal-unknown");
    let moved = command("reschedule", "customer", json!({"start": iso("04T15:00")}));
    shop.act("b1", moved, NOW).unwrap();
    assert_eq!(code(&shop, "h1", "customer"), "proposal-outdated");
    shop.act("b1", command("cancel", "customer", json!({})), NOW)
        .unwrap();
    assert_eq!(code(&shop, "h1", "customer"), "proposal-state");
    assert_eq!(refused(&shop, &times(&["06T10:00"])), "proposal-state");
}
