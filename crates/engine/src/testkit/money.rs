//! Money: what is asked of the processor, what it answers, and the books.

use chrono::{DateTime, Utc};
use quando::booking::{Actor, Booking, Status};
use quando::payment::{Answer as PaymentAnswer, Instruction, MoneyState};
use serde_json::{Value, json};

use super::StoreBuilder;
use super::shop::{Answer, Shop, at, id, instant, on, wanted};
use crate::gateway::{Gateway, GatewayError, ManualGateway, Outcome, Sent};
use crate::store::{Change, InstructionRow, Item, List, PostingRow, Store};
use crate::{BookingKey, Engine};

/// What the processor is to be asked, as `capture/1/1 100.00`.
fn asked<B: StoreBuilder>(shop: &Shop<'_, B>) -> Vec<String> {
    let rows = instructions(shop).into_iter().map(|row| {
        let instruction = row.instruction;
        format!(
            "{} {}",
            instruction.instruction,
            instruction.amount.amount_text()
        )
    });
    let mut texts: Vec<String> = rows.collect();
    texts.sort_unstable();
    texts
}

fn instructions<B: StoreBuilder>(shop: &Shop<'_, B>) -> Vec<InstructionRow> {
    let list = List::Instructions {
        due: None,
        limit: 1_000,
    };
    let items = shop.list(list).into_iter().map(|item| match item {
        Item::Instruction(row) => *row,
        item => panic!("{item:?}"),
    });
    items.collect()
}

/// Postings as `1 captured 100.00`, in order; each entry of the ledger balances.
fn books<B: StoreBuilder>(shop: &Shop<'_, B>, booking: &Booking) -> Vec<String> {
    let list = List::Postings {
        provider: Some(booking.provider.clone()),
        booking: Some(booking.id.clone()),
        after: None,
        limit: 1_000,
    };
    let rows = shop.list(list).into_iter().map(|item| match item {
        Item::Posting(row) => *row,
        item => panic!("{item:?}"),
    });
    let rows: Vec<PostingRow> = rows.collect();
    for row in &rows {
        let entry = rows
            .iter()
            .filter(|each| (each.version, each.entry) == (row.version, row.entry));
        let sum: i64 = entry.map(|each| each.posting.amount.minor()).sum();
        assert_eq!(sum, 0, "an entry balances: {row:?}");
    }
    let text = |row: &PostingRow| {
        let (account, amount) = (row.posting.account, row.posting.amount.amount_text());
        format!("{} {account} {amount}", row.version)
    };
    rows.iter().map(text).collect()
}

fn answer<B: StoreBuilder>(
    shop: &Shop<'_, B>,
    booking: &Booking,
    outcome: &str,
    instruction: &str,
) -> Answer<Booking> {
    let mut answer = json!({"outcome": outcome, "instruction": instruction});
    if outcome == "captured" {
        answer["amount"] = euros("100.00");
    }
    tell(shop, booking, answer)
}

fn tell<B: StoreBuilder>(shop: &Shop<'_, B>, booking: &Booking, answer: Value) -> Answer<Booking> {
    let act = json!({"do": "confirmPayment", "answer": answer});
    shop.do_to(Actor::System, booking, act)
}

fn euros(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

fn paid_for<B: StoreBuilder>(shop: &Shop<'_, B>) -> Booking {
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    assert_eq!(booked.status, Status::Pending);
    assert_eq!(asked(shop), ["authorise/1/1 100.00"]);
    let confirmed = answer(shop, &booked, "authorised", "authorise/1/1").unwrap();
    assert_eq!(confirmed.status, Status::Confirmed);
    assert_eq!(asked(shop), ["capture/1/1 100.00"]);
    answer(shop, &booked, "captured", "capture/1/1").unwrap()
}

pub(super) fn from_card_to_bank<B: StoreBuilder>(builder: &B) {
    let shop = Shop::paid(builder, json!({}));
    let booked = paid_for(&shop);
    assert_eq!(asked(&shop), Vec::<String>::new());
    assert_eq!(booked.money_state(), MoneyState::Captured);
    assert_eq!(
        books(&shop, &booked),
        ["3 captured 100.00", "3 held -100.00"]
    );
    // Said twice, nothing happens twice.
    shop.unchanged(|| answer(&shop, &booked, "captured", "capture/1/1").unwrap());
    shop.clock.set(at("10:00"));
    assert_eq!(shop.fire_deadlines(), 1);
    assert_eq!(shop.show(&booked).status, Status::Completed);
    shop.clock.set(on(4, "10:00"));
    assert_eq!(shop.fire_deadlines(), 1);
    assert_eq!(asked(&shop), ["payout/1/1 93.00"]);
    let done = answer(&shop, &booked, "paidOut", "payout/1/1").unwrap();
    assert_eq!(done.money_state(), MoneyState::Released);
    assert_eq!(asked(&shop), Vec::<String>::new());
    let paid_out = books(&shop, &booked);
    assert!(
        paid_out.iter().any(|text| text.ends_with("paidOut -93.00")),
        "{paid_out:?}"
    );
}

pub(super) fn a_cancellation_gives_back<B: StoreBuilder>(builder: &B) {
    let shop = Shop::paid(builder, json!({}));
    let booked = paid_for(&shop);
    let some = json!({"do": "refund", "amount": euros("30.00"), "reason": "late"});
    shop.do_to(Actor::Operator, &booked, some).unwrap();
    assert_eq!(asked(&shop), ["refund/1/1 30.00"]);
    answer(&shop, &booked, "refunded", "refund/1/1").unwrap();
    let cancelled = shop.cancel(&booked);
    assert_eq!(cancelled.status, Status::Cancelled);
    assert_eq!(asked(&shop), ["refund/2/1 70.00"]);
    let back = answer(&shop, &booked, "refunded", "refund/2/1").unwrap();
    assert_eq!(back.money_state(), MoneyState::Refunded);
    let all = books(&shop, &booked);
    let refunded: Vec<&String> = all
        .iter()
        .filter(|text| text.contains("refunded"))
        .collect();
    assert_eq!(refunded.len(), 2, "{all:?}");
    let more = json!({"do": "refund", "amount": euros("0.01")});
    let more = shop.unchanged(|| shop.do_to(Actor::Operator, &booked, more));
    assert_eq!(more.unwrap_err(), "refund-over-captured");
}

pub(super) fn a_failed_payment_is_tried_again<B: StoreBuilder>(builder: &B) {
    let shop = Shop::paid(builder, json!({}));
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    let failed = json!({"outcome": "failed", "instruction": "authorise/1/1", "reason": "no money"});
    tell(&shop, &booked, failed).unwrap();
    assert_eq!(asked(&shop), Vec::<String>::new());
    let again = json!({"do": "collectPayment"});
    shop.do_to(Actor::Customer, &booked, again).unwrap();
    assert_eq!(asked(&shop), ["authorise/2/1 100.00"]);
    answer(&shop, &booked, "authorised", "authorise/2/1").unwrap();
    assert_eq!(asked(&shop), ["capture/2/1 100.00"]);
}

pub(super) fn a_chargeback<B: StoreBuilder>(builder: &B) {
    let shop = Shop::paid(builder, json!({}));
    let booked = paid_for(&shop);
    let taken = json!({"outcome": "disputeOpened", "dispute": "bank-1", "amount": euros("100.00")});
    let disputed = tell(&shop, &booked, taken).unwrap();
    assert_eq!(disputed.payment.disputes.len(), 1);
    tell(
        &shop,
        &booked,
        json!({"outcome": "disputeWon", "dispute": "bank-1"}),
    )
    .unwrap();
    shop.clock.set(at("10:00"));
    shop.do_to(Actor::Provider, &booked, json!({"do": "complete"}))
        .unwrap();
    let complaint = json!({"do": "dispute", "reason": "too short"});
    let open = shop.do_to(Actor::Customer, &booked, complaint).unwrap();
    let dispute = open.payment.disputes.last().expect("a dispute").id.clone();
    let end = json!({"do": "resolveDispute", "dispute": dispute, "refund": euros("40.00")});
    shop.do_to(Actor::Operator, &booked, end).unwrap();
    assert_eq!(asked(&shop), ["refund/1/1 40.00"]);
    books(&shop, &booked);
}

/// The slot was let go, the money comes after all, and the slot is still free: a booking that
/// follows takes it, in the same write.
pub(super) fn a_late_payment_books_again<B: StoreBuilder>(builder: &B) {
    let shop = Shop::paid(builder, json!({"latePayment": "rebook"}));
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    shop.later(30);
    assert_eq!(shop.fire_deadlines(), 1);
    assert_eq!(shop.show(&booked).status, Status::Expired);
    answer(&shop, &booked, "authorised", "authorise/1/1").unwrap();
    let all = shop
        .run(shop.engine.bookings(&booked.provider, None, None, 10))
        .unwrap();
    assert_eq!(all.len(), 2);
    let next = all
        .iter()
        .find(|each| each.id != booked.id)
        .expect("the one that follows");
    assert_eq!(next.succeeds.as_ref(), Some(&booked.id));
    assert_eq!((next.status, next.slot), (Status::Confirmed, booked.slot));
    assert!(!shop.free("ana", "cut").contains(&"09:00".to_owned()));
    let due = List::Instructions {
        due: Some(instant(super::shop::NOW)),
        limit: 10,
    };
    assert_eq!(shop.list(due), [], "what was decided later is not due yet");
}

/// A processor whose answer has arrived by another way before its sender hears that it was taken.
struct Quick<S>(Engine<S>);

impl<S: Store> Gateway for Quick<S> {
    async fn send(
        &self,
        instruction: &Instruction,
        _: &str,
        _: DateTime<Utc>,
    ) -> Result<Sent, GatewayError> {
        let key = BookingKey {
            provider: id("ana"),
            booking: instruction.booking.clone(),
        };
        let answer = ManualGateway.answer(instruction, Outcome::Done);
        let answered = self.0.answer_instruction(key, answer).await;
        answered.expect("an answer to what was asked");
        Ok(Sent::Accepted)
    }

    async fn look_up(&self, _: &str) -> Result<Option<PaymentAnswer>, GatewayError> {
        Ok(None)
    }
}

pub(super) fn an_answer_that_overtakes_its_sending<B: StoreBuilder>(builder: &B) {
    let shop = Shop::paid(builder, json!({}));
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    let rows = instructions(&shop);
    let gateway = Quick(shop.engine.clone());
    let dispatch = || shop.run(shop.engine.dispatch_instructions(&gateway, 10));
    assert_eq!(dispatch().unwrap().accepted, 1);
    assert_eq!(asked(&shop), ["capture/1/1 100.00"]);
    assert_eq!(dispatch().unwrap().accepted, 1);
    assert_eq!(asked(&shop), Vec::<String>::new());
    let paid = shop.show(&booked);
    assert_eq!(paid.money_state(), MoneyState::Captured);
    // Whatever stayed open although it was answered is sent once more, and gone.
    let change = Change::PutInstruction(Box::new(rows[0].clone()));
    shop.write("ana", vec![change]).unwrap();
    assert_eq!(asked(&shop), ["authorise/1/1 100.00"]);
    assert_eq!(dispatch().unwrap().accepted, 1);
    assert_eq!(asked(&shop), Vec::<String>::new());
    assert_eq!(shop.show(&booked), paid);
    assert!(dispatch().unwrap().is_empty());
}
