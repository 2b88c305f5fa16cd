//! Whatever is done in whatever order, the books balance and history makes the booking.
//!
//! The shop checks every decision; here it is led astray.

use chrono::{SecondsFormat, TimeDelta};
use quando::booking::{Command, Status};
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, dollars, hold, iso, token_text, usd};
use crate::support::instant;

/// A reproducible stream of numbers (a 64-bit linear congruential generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

const ACTORS: [&str; 4] = ["customer", "provider", "operator", "system"];

fn some_command(dice: &mut Dice, shop: &Shop) -> Value {
    let actor = dice.one(&ACTORS);
    let amount = dice.one(&["0.01", "10.00", "33.33", "50.00", "100.00"]);
    let start = dice.one(&["04T11:00", "05T10:00", "07T10:00", "08T12:00"]);
    let booked = shop.bookings().first().cloned();
    match dice.roll(18) {
        0 => command("approve", actor, json!({"codeSeed": "00000001"})),
        1 => command("decline", actor, json!({})),
        2 => command("cancel", actor, json!({})),
        3 | 4 => command("reschedule", actor, json!({"start": iso(start)})),
        5 => command("checkIn", actor, json!({})),
        6 => command("complete", actor, json!({})),
        7 => command(
            "markNoShow",
            actor,
            json!({"whose": dice.one(&["customer", "provider"])}),
        ),
        8 => command("undoNoShow", actor, json!({})),
        9 => command("collectPayment", actor, json!({})),
        10 => command("refund", actor, json!({"amount": usd(amount)})),
        11 => command("dispute", actor, json!({"dispute": "d1", "reason": "bad"})),
        12 => command(
            "resolveDispute",
            actor,
            json!({"dispute": "d1", "refund": usd(amount)}),
        ),
        13 => command("releaseFunds", actor, json!({})),
        14 => chargeback(dice, amount),
        15 => command(
            "create",
            "customer",
            json!({"token": token_text(1), "codeSeed": "00000001"}),
        ),
        // What falls due.
        _ => booked
            .and_then(|booking| booking.deadlines().first()?.kind.command(&booking))
            .map_or(command("expire", "system", json!({})), |fired: Command| {
                json!(fired)
            }),
    }
}

fn chargeback(dice: &mut Dice, amount: &str) -> Value {
    let mut answer = json!({"outcome": dice.one(&["disputeOpened", "disputeWon", "disputeLost"]),
        "dispute": dice.one(&["c1", "c2"])});
    if answer["outcome"] == "disputeOpened" {
        answer["amount"] = usd(amount);
    }
    command(
        "confirmPayment",
        "system",
        json!({"answer": answer, "codeSeed": "00000001"}),
    )
}

/// An answer to anything that was asked, or a retry of it.
fn some_answer(dice: &mut Dice, shop: &Shop) -> Option<Value> {
    let asked = shop
        .instructions
        .get(dice.roll(shop.instructions.len().max(1)))?;
    let instruction = asked.instruction.to_string();
    if dice.roll(6) == 0 {
        return Some(command(
            "retryPayment",
            "operator",
            json!({"instruction": instruction}),
        ));
    }
    let done = match asked.instruction.kind.name() {
        "authorise" => dice.one(&["authorised", "authorised", "captured"]),
        "capture" => "captured",
        "void" => "voided",
        "refund" => "refunded",
        _ => "paidOut",
    };
    let outcome = if dice.roll(5) == 0 { "failed" } else { done };
    let mut form = shop.answered("b1", outcome, &instruction);
    if outcome == "captured" && dice.roll(2) == 0 {
        form["answer"]["processorFee"] = usd("3.20");
    }
    Some(form)
}

fn walk(seed: u64) -> (Shop, usize) {
    let mut dice = Dice(seed);
    let rules = json!({"payment": "upFront", "approval": dice.roll(2) == 0,
        "atHoldLimit": dice.one(&["refund", "release"])});
    let deposit = [Value::Null, json!({"rate": "0.3"})][dice.roll(2)].clone();
    let dearer = json!([{"id": "sat", "when": {"weekdays": ["sat"]}, "rate": "0.2"}]);
    let terms = json!({"rules": rules, "price": {"deposit": deposit, "surcharges": dearer}});
    let mut shop = Shop::new(json!({}), json!({"terms": terms}));
    let first = if dice.roll(4) == 0 {
        hold("b1", "04T10:00", 1)
    } else {
        create("b1", "04T10:00", json!({}))
    };
    let mut now = instant("01T00:00");
    shop.act("b1", first, "01T00:00").unwrap();
    let mut changes = 0;
    for _ in 0..60 {
        let form = match dice.roll(2) {
            0 => some_answer(&mut dice, &shop),
            _ => None,
        };
        let form = form.unwrap_or_else(|| some_command(&mut dice, &shop));
        now += TimeDelta::minutes([0, 1, 5, 120, 1440][dice.roll(5)]);
        let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        match shop.act("b1", form.clone(), at.strip_suffix(":00Z").unwrap()) {
            Ok(decision) => changes += usize::from(!decision.is_unchanged()),
            Err(rejection) => {
                let broken = [
                    "account-overdrawn",
                    "money-not-conserved",
                    "entry-unbalanced",
                    "event-out-of-order",
                    "too-many-payment-steps",
                ];
                let code = rejection.code();
                assert!(!broken.contains(&code), "seed {seed}: {form}: {code}");
            }
        }
    }
    (shop, changes)
}

#[test]
fn no_walk_breaks_the_books() {
    let (mut changes, mut ends) = (0, std::collections::BTreeSet::new());
    for seed in 0..300 {
        let (shop, changed) = walk(seed);
        changes += changed;
        let booking = shop.booking("b1");
        ends.insert((booking.status, booking.money_state()));
        if booking.status == Status::Expired {
            let held = booking
                .payment
                .balances
                .held
                .checked_sub(booking.payment.refunds_pending().unwrap());
            let open = booking.payment.has_open_dispute() || booking.payment.has_failed();
            assert!(
                open || held.unwrap().is_zero(),
                "seed {seed}: {:?}",
                booking.payment
            );
        }
        let sum = booking
            .payment
            .refunds
            .iter()
            .filter(|each| !each.dropped)
            .map(|each| each.amount.minor())
            .sum::<i64>();
        let captured = booking.payment.balances.captured;
        assert!(
            sum <= captured.minor(),
            "seed {seed}: {}",
            dollars(captured)
        );
    }
    // The walks get somewhere.
    assert!(changes > 2_000, "{changes}");
    assert!(ends.len() > 15, "{ends:?}");
}

/// Everything works again: the processor does what it is asked for, what failed is sent once more,
/// the bank decides, and what falls due is fired.
fn settle(shop: &mut Shop, seed: u64) {
    let mut now = instant("2026-04-20T00:00");
    for _ in 0..40 {
        let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let at = at.strip_suffix(":00Z").unwrap();
        let mut forms: Vec<Value> = Vec::new();
        for asked in shop.instructions.clone() {
            let instruction = asked.instruction.to_string();
            let done = match asked.instruction.kind.name() {
                "authorise" => "authorised",
                "capture" => "captured",
                "void" => "voided",
                "refund" => "refunded",
                _ => "paidOut",
            };
            forms.push(json!({"do": "retryPayment", "by": {"actor": "operator"},
                "instruction": instruction}));
            forms.push(shop.answered("b1", done, &instruction));
        }
        for bank in ["c1", "c2"] {
            let answer = json!({"outcome": "disputeLost", "dispute": bank});
            let form = json!({"answer": answer, "codeSeed": "00000001"});
            forms.push(command("confirmPayment", "system", form));
        }
        let booking = shop.booking("b1");
        if let Some(next) = booking.deadlines().first() {
            now = now.max(next.due_at);
            forms.push(json!(next.kind.command(booking).unwrap()));
        } else if booking.payment.is_settled() {
            return;
        }
        let later = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let at = at.max(later.strip_suffix(":00Z").unwrap()).to_owned();
        for form in forms {
            // What is known, or cannot be sent again, is refused, and that is no matter here.
            drop(shop.act("b1", form, &at));
        }
    }
    let booking = shop.booking("b1");
    panic!(
        "seed {seed} does not settle: {} {:?} {:?}",
        booking.status,
        booking.deadlines(),
        booking.payment
    );
}

#[test]
fn once_everything_works_again_every_walk_settles() {
    for seed in 0..100 {
        let (mut shop, _) = walk(seed);
        settle(&mut shop, seed);
        let booking = shop.booking("b1");
        assert!(
            booking.status.is_terminal(),
            "seed {seed}: {}",
            booking.status
        );
        assert!(booking.payment.balances.held.is_zero(), "seed {seed}");
    }
}
