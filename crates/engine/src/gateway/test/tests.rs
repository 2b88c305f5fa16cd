use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use quando::money::Currency;

use super::*;

fn at(day: i64, hour: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
    start + TimeDelta::days(day) + TimeDelta::hours(hour)
}

fn dollars(cents: i64) -> Money {
    Money::new(cents, Currency::new("USD").unwrap()).unwrap()
}

fn booking() -> BookingId {
    BookingId::new("b1").unwrap()
}

fn ask(id: &str, cents: i64) -> Instruction {
    Instruction {
        booking: booking(),
        instruction: id.to_owned().try_into().unwrap(),
        amount: dollars(cents),
    }
}

fn send(
    gateway: &TestGateway,
    asked: &Instruction,
    now: DateTime<Utc>,
) -> Result<Sent, GatewayError> {
    let key = asked.key();
    let mut sending = pin!(gateway.send(asked, &key, now));
    match sending
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(sent) => sent,
        Poll::Pending => panic!("the test processor answers without waiting"),
    }
}

fn quiet() -> TestGateway {
    TestGateway::new(Chances::default())
}

/// Authorised, reserved, captured, refunded, paid out and disputed, in cents.
fn check(gateway: &TestGateway, expected: [i64; 6]) {
    let books = gateway.books(&booking()).unwrap();
    let found = [
        books.authorised,
        books.reserved,
        books.captured,
        books.refunded,
        books.paid_out,
        books.disputed,
    ];
    assert_eq!(found.map(Money::minor), expected);
}

fn is_refused(result: &Result<Sent, GatewayError>) -> bool {
    matches!(result, Err(GatewayError::Refused { .. }))
}

fn is_failed(result: &Result<Sent, GatewayError>) -> bool {
    matches!(result, Ok(Sent::Answered(Answer::Failed { .. })))
}

#[test]
fn money_goes_its_way() {
    let gateway = quiet();
    assert_eq!(gateway.books(&booking()), None);
    let authorise = ask("authorise/1/1", 10_000);
    let authorised = Answer::Authorised {
        instruction: authorise.instruction,
        until: Some(at(7, 0)),
    };
    assert_eq!(
        send(&gateway, &authorise, at(0, 0)),
        Ok(Sent::Answered(authorised))
    );
    check(&gateway, [10_000, 10_000, 0, 0, 0, 0]);
    let capture = ask("capture/1/1", 10_000);
    let captured = Answer::Captured {
        instruction: capture.instruction,
        amount: dollars(10_000),
        processor_fee: None,
    };
    assert_eq!(
        send(&gateway, &capture, at(0, 1)),
        Ok(Sent::Answered(captured.clone()))
    );
    check(&gateway, [10_000, 0, 10_000, 0, 0, 0]);
    assert_eq!(gateway.look_up("b1/capture/1/1"), Some(captured));
    assert_eq!(gateway.look_up("b1/capture/1/2"), None);
    let refund = ask("refund/1/1", 3_000);
    let refunded = Answer::Refunded {
        instruction: refund.instruction,
    };
    assert_eq!(
        send(&gateway, &refund, at(0, 2)),
        Ok(Sent::Answered(refunded))
    );
    let payout = ask("payout/1/1", 6_000);
    let paid_out = Answer::PaidOut {
        instruction: payout.instruction,
    };
    assert_eq!(
        send(&gateway, &payout, at(0, 3)),
        Ok(Sent::Answered(paid_out))
    );
    check(&gateway, [10_000, 0, 10_000, 3_000, 6_000, 0]);
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let gateway = quiet();
    let sent = |id, cents| send(&gateway, &ask(id, cents), at(0, 0));
    assert!(is_refused(&sent("refund/1/1", 1)));
    assert!(is_refused(&sent("payout/1/1", 1)));
    assert!(is_refused(&sent("authorise/1/1", 0)));
    assert!(is_refused(&sent("authorise/1/1", -1)));
    assert!(is_failed(&sent("capture/1/1", 100)));
    sent("authorise/1/1", 100).unwrap();
    assert!(is_refused(&sent("capture/1/2", 101)));
    sent("capture/1/3", 100).unwrap();
    assert!(is_failed(&sent("capture/1/4", 100)));
    assert!(is_failed(&sent("void/1/1", 100)));
    assert!(is_refused(&sent("refund/1/2", 101)));
    sent("refund/1/3", 60).unwrap();
    assert!(is_refused(&sent("refund/2/1", 41)));
    sent("payout/1/2", 100).unwrap();
    assert!(is_refused(&sent("payout/2/1", 1)));
    let euros = Money::new(1, Currency::new("EUR").unwrap()).unwrap();
    let other = Instruction {
        amount: euros,
        ..ask("authorise/2/1", 1)
    };
    assert!(is_refused(&send(&gateway, &other, at(0, 0))));
    check(&gateway, [100, 0, 100, 60, 100, 0]);
    // The same key names one instruction.
    assert!(is_refused(&sent("refund/1/3", 40)));
    check(&gateway, [100, 0, 100, 60, 100, 0]);
}

#[test]
fn a_reservation_ends_by_itself_or_is_let_go() {
    let gateway = quiet();
    let sent = |id, now| send(&gateway, &ask(id, 100), now);
    sent("authorise/1/1", at(0, 0)).unwrap();
    sent("authorise/2/1", at(0, 0)).unwrap();
    sent("authorise/3/1", at(0, 0)).unwrap();
    sent("void/1/1", at(0, 1)).unwrap();
    check(&gateway, [300, 200, 0, 0, 0, 0]);
    assert!(is_failed(&sent("capture/1/1", at(0, 1))));
    // One second before the end of the seventh day, and at its end.
    let last = at(7, 0) - TimeDelta::seconds(1);
    assert!(!is_failed(&sent("capture/2/1", last)));
    check(&gateway, [300, 100, 100, 0, 0, 0]);
    assert!(is_failed(&sent("capture/3/1", at(7, 0))));
    check(&gateway, [300, 0, 100, 0, 0, 0]);
    sent("void/3/1", at(7, 0)).unwrap();
    // Let go before it was asked for.
    sent("void/4/1", at(7, 0)).unwrap();
    assert!(is_failed(&sent("authorise/4/1", at(7, 0))));
    check(&gateway, [300, 0, 100, 0, 0, 0]);
}

#[test]
fn a_lost_request_or_reply_is_made_good_by_the_same_key() {
    let asked = ask("authorise/1/1", 100);
    for (behaviour, effects) in [(Behaviour::DropRequest, 0), (Behaviour::DropReply, 1)] {
        let gateway = quiet();
        gateway.behave(&asked.key(), behaviour);
        assert_eq!(
            send(&gateway, &asked, at(0, 0)),
            Err(GatewayError::Unavailable)
        );
        assert_eq!(gateway.effects(&asked.key()), effects);
        assert_eq!(gateway.look_up(&asked.key()).is_some(), effects == 1);
        let again = send(&gateway, &asked, at(0, 20));
        assert!(matches!(
            again,
            Ok(Sent::Answered(Answer::Authorised { .. }))
        ));
        assert_eq!(send(&gateway, &asked, at(0, 21)), again);
        assert_eq!(gateway.effects(&asked.key()), 1);
        check(&gateway, [100, 100, 0, 0, 0, 0]);
    }
}

#[test]
fn what_failed_stays_failed_under_its_key_only() {
    let gateway = quiet();
    let asked = ask("authorise/1/1", 100);
    gateway.behave(&asked.key(), Behaviour::Fail);
    assert!(is_failed(&send(&gateway, &asked, at(0, 0))));
    assert!(is_failed(&send(&gateway, &asked, at(0, 1))));
    assert_eq!(gateway.effects(&asked.key()), 0);
    assert!(!is_failed(&send(
        &gateway,
        &ask("authorise/1/2", 100),
        at(0, 2)
    )));
    check(&gateway, [100, 100, 0, 0, 0, 0]);
}

#[test]
fn a_key_is_forgotten_after_a_day_and_then_sending_is_not_safe() {
    let gateway = quiet();
    let asked = ask("authorise/1/1", 100);
    gateway.behave(&asked.key(), Behaviour::DropReply);
    send(&gateway, &asked, at(0, 0)).unwrap_err();
    send(&gateway, &asked, at(1, 0) - TimeDelta::seconds(1)).unwrap();
    assert_eq!(gateway.effects(&asked.key()), 1);
    assert!(gateway.look_up(&asked.key()).is_some());
    send(&gateway, &asked, at(1, 0)).unwrap();
    assert_eq!(gateway.effects(&asked.key()), 2);
    check(&gateway, [200, 200, 0, 0, 0, 0]);
}

#[test]
fn an_answer_may_come_later_or_again() {
    let gateway = quiet();
    let later = ask("authorise/1/1", 100);
    let again = ask("authorise/2/1", 100);
    gateway.behave(&later.key(), Behaviour::AnswerLater);
    gateway.behave(&again.key(), Behaviour::AnswerAgain);
    assert_eq!(send(&gateway, &later, at(0, 0)), Ok(Sent::Accepted));
    assert_eq!(send(&gateway, &later, at(0, 0)), Ok(Sent::Accepted));
    let Ok(Sent::Answered(answer)) = send(&gateway, &again, at(0, 0)) else {
        panic!("it is answered at once");
    };
    let due = |now| {
        let due = gateway.answers_due(now).into_iter();
        due.map(|each| each.answer).collect::<Vec<_>>()
    };
    let first = gateway.look_up(&later.key()).unwrap();
    assert_eq!(due(at(0, 0)), []);
    assert_eq!(due(at(0, 1)), [answer.clone(), first]);
    assert_eq!(due(at(0, 1)), []);
    assert_eq!(due(at(2, 0)), [answer]);
    check(&gateway, [200, 200, 0, 0, 0, 0]);
}

#[test]
fn a_bank_takes_what_is_left_and_decides_either_way() {
    let mut outcomes = Vec::new();
    for seed in 0..20 {
        let gateway = TestGateway::new(Chances {
            seed,
            ..Chances::default()
        });
        gateway.behave("b1/capture/1/1", Behaviour::Dispute);
        send(&gateway, &ask("authorise/1/1", 100), at(0, 0)).unwrap();
        send(&gateway, &ask("capture/1/1", 100), at(0, 0)).unwrap();
        send(&gateway, &ask("refund/1/1", 30), at(1, 0)).unwrap();
        assert_eq!(gateway.answers_due(at(2, -1)), []);
        let dispute = DisputeId::new("dispute-1").unwrap();
        let opened = Answer::DisputeOpened {
            dispute: dispute.clone(),
            amount: dollars(70),
        };
        let opened = Due {
            booking: booking(),
            answer: opened,
        };
        assert_eq!(gateway.answers_due(at(2, 0)), [opened]);
        check(&gateway, [100, 0, 100, 30, 0, 70]);
        assert!(is_refused(&send(&gateway, &ask("refund/2/1", 1), at(2, 1))));
        let ended = gateway.answers_due(at(9, 0));
        let won = ended[0].answer
            == Answer::DisputeWon {
                dispute: dispute.clone(),
            };
        if !won {
            assert_eq!(ended[0].answer, Answer::DisputeLost { dispute });
        }
        assert_eq!(ended.len(), 1);
        check(&gateway, [100, 0, 100, 30, 0, if won { 0 } else { 70 }]);
        outcomes.push(won);
    }
    assert!(outcomes.contains(&true) && outcomes.contains(&false));
}

#[test]
fn all_given_back_leaves_nothing_to_dispute() {
    let gateway = quiet();
    gateway.behave("b1/capture/1/1", Behaviour::Dispute);
    send(&gateway, &ask("authorise/1/1", 100), at(0, 0)).unwrap();
    send(&gateway, &ask("capture/1/1", 100), at(0, 0)).unwrap();
    send(&gateway, &ask("refund/1/1", 100), at(1, 0)).unwrap();
    assert_eq!(gateway.answers_due(at(30, 0)), []);
    check(&gateway, [100, 0, 100, 100, 0, 0]);
}

#[test]
fn chances_are_kept_and_all_behaviours_happen() {
    let chances = Chances {
        seed: 7,
        fail: 10,
        drop_request: 10,
        drop_reply: 10,
        answer_later: 10,
        answer_again: 10,
        dispute: 10,
    };
    let mut counts = std::collections::HashMap::new();
    for number in 0..10_000 {
        let behaviour = chances.choose(&format!("b{number}/capture/1/1"), 0);
        *counts.entry(behaviour).or_insert(0) += 1;
    }
    // A tenth of 10,000, give or take five standard deviations of 30; and 4,000 of 49.
    assert_eq!(counts.len(), 7);
    for (behaviour, count) in counts {
        let (expected, wide) = match behaviour {
            Behaviour::Succeed => (4_000_i32, 245),
            _ => (1_000, 150),
        };
        assert!((expected - count).abs() < wide, "{behaviour:?}: {count}");
    }
    let always = Chances {
        drop_request: 100,
        ..Chances::default()
    };
    assert_eq!(always.choose("any", 3), Behaviour::DropRequest);
}

/// A sending: which instruction, for how many cents, and how many minutes after the one before.
fn sending() -> impl Strategy<Value = (&'static str, u32, u32, i64, i64)> {
    let kinds = prop::sample::select(vec!["authorise", "capture", "void", "refund", "payout"]);
    (kinds, 1..4_u32, 1..3_u32, 1..200_i64, 0..30_i64)
}

fn chances() -> impl Strategy<Value = Chances> {
    let chance = || 0..17_u8;
    let parts = (
        any::<u64>(),
        chance(),
        chance(),
        chance(),
        chance(),
        chance(),
        chance(),
    );
    parts.prop_map(
        |(seed, fail, drop_request, drop_reply, answer_later, answer_again, dispute)| Chances {
            seed,
            fail,
            drop_request,
            drop_reply,
            answer_later,
            answer_again,
            dispute,
        },
    )
}

fn assert_sound(gateway: &TestGateway) {
    let Some(books) = gateway.books(&booking()) else {
        return;
    };
    let Books {
        authorised,
        reserved,
        captured,
        refunded,
        paid_out,
        disputed,
    } = books;
    let all = [authorised, reserved, captured, refunded, paid_out, disputed];
    assert!(all.iter().all(|each| !each.is_negative()), "{books:?}");
    let [authorised, reserved, captured, refunded, paid_out, disputed] = all.map(Money::minor);
    assert!(refunded + disputed <= captured, "{books:?}");
    assert!(captured + reserved <= authorised, "{books:?}");
    assert!(paid_out <= captured, "{books:?}");
}

proptest! {
    #[test]
    fn each_key_has_one_effect_and_books_stay_sound(
        chances in chances(),
        sendings in prop::collection::vec(sending(), 1..40),
    ) {
        // 40 steps of at most 30 minutes are less than the 24 hours that keys are remembered.
        let gateway = TestGateway::new(chances);
        let twin = TestGateway::new(chances);
        let mut now = at(0, 0);
        let mut amounts = BTreeMap::new();
        for (kind, number, attempt, cents, minutes) in sendings {
            now += TimeDelta::minutes(minutes);
            let id = format!("{kind}/{number}/{attempt}");
            let asked = ask(&id, *amounts.entry(id.clone()).or_insert(cents));
            let before = gateway.effects(&asked.key());
            let sent = send(&gateway, &asked, now);
            prop_assert_eq!(&send(&twin, &asked, now), &sent);
            let after = gateway.effects(&asked.key());
            prop_assert!(after <= 1 && before <= after);
            prop_assert_eq!(gateway.look_up(&asked.key()).is_some(), after == 1);
            assert_sound(&gateway);
            if let Ok(reply) = sent {
                prop_assert_eq!(send(&gateway, &asked, now), Ok(reply));
                send(&twin, &asked, now).unwrap();
            }
        }
        let due = gateway.answers_due(now + TimeDelta::days(30));
        prop_assert_eq!(twin.answers_due(now + TimeDelta::days(30)), due);
        assert_sound(&gateway);
        // If every request was lost there are no books.
        let reserved = gateway.books(&booking()).map(|books| books.reserved);
        prop_assert!(reserved.is_none_or(Money::is_zero));
    }

    #[test]
    fn books_stay_sound_when_keys_are_forgotten(
        chances in chances(),
        sendings in prop::collection::vec(sending(), 1..60),
    ) {
        let gateway = TestGateway::new(chances);
        let mut now = at(0, 0);
        for (kind, number, attempt, cents, hours) in sendings {
            now += TimeDelta::hours(hours);
            let _ = send(&gateway, &ask(&format!("{kind}/{number}/{attempt}"), cents), now);
            assert_sound(&gateway);
        }
    }
}
