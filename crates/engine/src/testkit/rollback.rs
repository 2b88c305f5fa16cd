//! All of a write, or nothing.

use quando::booking::Status;

use super::StoreBuilder;
use super::fixture::provider;
use super::shop::{
    Shop, at, booking_id, everything, id, instant, keyed, operator, request, wanted, write,
};
use crate::Refusal;
use crate::store::{Change, ClaimRow, ListingRow, Owner, Store, TransactError};

/// A change of nearly every kind.
fn everything_at_once() -> Vec<Change> {
    let owner = Owner::Booking(booking_id("b"));
    let now = instant(super::shop::NOW);
    let span = quando::time::Interval::new(at("09:00"), at("10:00")).unwrap();
    vec![
        Change::ReplaceBusy {
            provider: id("ana"),
            resource: id("ana"),
            source: "home".into(),
            busy: vec![span.into()],
        },
        Change::ReplaceClaims {
            provider: id("ana"),
            owner: owner.clone(),
            had: false,
            rows: vec![ClaimRow {
                resource: id("ana"),
                owner,
                number: 0,
                unit: Some(0),
                span,
                claim: None,
                decided_at: now,
            }],
        },
        Change::ReplaceListings {
            provider: id("ana"),
            rows: vec![ListingRow {
                provider: id("ana"),
                category: "".into(),
                cell: None,
                point: None,
                words: vec!["ana".into()],
                body: "{}".into(),
                rating_micros: 0,
                ratings: [0; 5],
            }],
        },
        Change::PutCursor {
            consumer: "mail".into(),
            position: 7,
            at: now,
        },
    ]
}

pub(super) fn what_a_decision_refuses_is_not_written<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    for refusal in [
        Refusal::NotFound { what: "test" },
        Refusal::Stale,
        Refusal::Corrupt("test".into()),
    ] {
        let told = refusal.to_string();
        let answer = shop.unchanged(|| {
            let refusal = refusal.clone();
            shop.transact(request(everything(&id("ana"))), move |_| {
                Err(refusal.clone())
            })
        });
        match answer {
            Err(TransactError::Refused(refusal)) => assert_eq!(refusal.to_string(), told),
            answer => panic!("{answer:?}"),
        }
    }
    // What is written afterwards is written.
    let before = shop.dump();
    shop.write("ana", everything_at_once()).unwrap();
    assert!(shop.dump().difference(&before).is_some());
}

/// The last change of many cannot be written: none of them is.
pub(super) fn what_a_store_refuses_is_not_written<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    shop.put_provider(provider("ben"));
    let booked = shop.book(wanted("ana", "cut", "c1", at("12:00"))).unwrap();
    let row = shop.run(shop.built.store.read({
        let mut scope = everything(&id("ana"));
        scope.booking = Some(booked.id.clone());
        scope
    }));
    let row = row.unwrap().booking.expect("the booking is there");
    let stale = Change::PutBooking {
        row: Box::new(row),
        previous: 0,
    };
    let mut changes = everything_at_once();
    changes.push(stale);
    let answer = shop.unchanged(|| shop.write("ana", changes.clone()));
    assert!(matches!(answer, Err(TransactError::Store(_))), "{answer:?}");
    // The key of a failed request is free.
    let mut asked = request(everything(&id("ana")));
    asked.idempotency = Some(crate::store::Idempotency {
        principal: "operator/".into(),
        route: "test",
        key: quando::idempotency::IdempotencyKey::new("k").unwrap(),
        hash: quando::idempotency::RequestHash::of(&1),
    });
    let again = asked.clone();
    shop.unchanged(|| {
        let failed = shop.transact(asked, move |_| Ok(write(changes.clone())));
        assert!(failed.is_err());
    });
    let done = shop.transact(again, |_| Ok(write(everything_at_once())));
    assert!(!done.unwrap().replayed);
    assert_eq!(shop.show(&booked).status, Status::Confirmed);
}

/// A panic in a decision reaches the caller, or comes back as an error; nothing is written, and
/// the store works on.
pub(super) fn a_panic_writes_nothing<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let before = shop.dump();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        shop.transact(request(everything(&id("ana"))), |_| {
            panic!("a planned panic")
        })
    }));
    assert!(caught.map_or(true, |answer| answer.is_err()));
    shop.dump().expect_equal(&before);
    let done = shop.create(
        keyed(operator(), "k"),
        wanted("ana", "cut", "c1", at("09:00")),
    );
    done.unwrap();
}
