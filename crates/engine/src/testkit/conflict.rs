//! What a store keeps by itself, whatever was decided: seen through direct writes, with decisions
//! that are wrong on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use quando::booking::Status;
use quando::id::ProviderId;
use quando::time::Interval;
use serde_json::json;

use super::StoreBuilder;
use super::fixture::{provider, resource};
use super::shop::{Shop, at, booking_id, everything, id, instant, request, span, wanted, write};
use crate::audit::Hash;
use crate::limits::DECISIONS_MAX;
use crate::store::{
    BookingRow, Change, ClaimRow, Document, DocumentKey, DocumentKind, Owner, Scope, Snapshot,
    Store, StoreError, TransactError, Write, Written,
};

fn between(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn claim(resource: &str, owner: &str, unit: Option<i64>, span: Interval) -> ClaimRow {
    ClaimRow {
        resource: id(resource),
        owner: Owner::Booking(booking_id(owner)),
        number: 0,
        unit,
        span,
        claim: None,
        decided_at: instant(super::shop::NOW),
    }
}

fn lay(provider: &str, owner: &str, rows: Vec<ClaimRow>) -> Change {
    Change::ReplaceClaims {
        provider: id(provider),
        owner: Owner::Booking(booking_id(owner)),
        had: true,
        rows,
    }
}

fn is_contended(answer: &Result<Written, TransactError>) -> bool {
    let contended = StoreError::Contended {
        attempts: DECISIONS_MAX,
    };
    matches!(answer, Err(TransactError::Store(error)) if error.code() == contended.code())
}

/// Writes the same again and again; how often it was decided, and what came of it.
fn decided<B: StoreBuilder>(
    shop: &Shop<'_, B>,
    provider: &str,
    decide: impl Fn(u32, &Snapshot) -> Write + Send + 'static,
) -> (u32, Result<Written, TransactError>) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    let provider: ProviderId = id(provider);
    let answer = shop.transact(request(everything(&provider)), move |snapshot| {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        Ok(decide(number, snapshot))
    });
    (count.load(Ordering::SeqCst), answer)
}

pub(super) fn equal_units_never_meet<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    for name in ["a", "b"] {
        shop.put_provider(provider(name));
        shop.put_resource(name, resource("r", json!({})));
    }
    let first = claim("r", "first", Some(0), between("09:00", "10:00"));
    shop.write("a", vec![lay("a", "first", vec![first])])
        .unwrap();
    let try_to = |of: &str, row: ClaimRow| {
        let change = lay(of, "second", vec![row]);
        decided(&shop, of, move |_, _| write(vec![change.clone()]))
    };
    for (start, end) in [
        ("09:00", "10:00"),
        ("09:59", "11:00"),
        ("08:00", "09:01"),
        ("09:10", "09:20"),
        ("08:00", "12:00"),
    ] {
        let row = claim("r", "second", Some(0), between(start, end));
        let (count, answer) = shop.unchanged(|| try_to("a", row));
        assert!(is_contended(&answer), "{start} to {end}: {answer:?}");
        assert_eq!(count, DECISIONS_MAX, "{start} to {end}");
    }
    let same = between("09:00", "10:00");
    for (of, row) in [
        (
            "a",
            claim("r", "second", Some(0), between("10:00", "11:00")),
        ),
        (
            "a",
            claim("r", "second", Some(0), between("08:00", "09:00")),
        ),
        ("a", claim("r", "second", Some(1), same)),
        ("a", claim("r", "second", None, same)),
        ("a", claim("other", "second", Some(0), same)),
        ("b", claim("r", "second", Some(0), same)),
    ] {
        let (count, answer) = try_to(of, row.clone());
        assert!(answer.is_ok(), "{of}: {row:?}: {answer:?}");
        assert_eq!(count, 1);
    }
    // Two rows of one write must not meet either.
    let twice = [0, 1].map(|number| ClaimRow {
        number,
        ..claim("r", "third", Some(4), same)
    });
    let change = lay("a", "third", twice.into());
    let (_, answer) =
        shop.unchanged(|| decided(&shop, "a", move |_, _| write(vec![change.clone()])));
    assert!(is_contended(&answer), "{answer:?}");
}

pub(super) fn replaced_claims_are_gone<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    shop.put_provider(provider("a"));
    shop.put_resource("a", resource("r", json!({})));
    let lay_at = |owner: &str, had: bool, times: &[(&str, &str)]| {
        let rows = (0..).zip(times).map(|(number, (start, end))| ClaimRow {
            number,
            ..claim("r", owner, Some(0), between(start, end))
        });
        let mut change = lay("a", owner, rows.collect());
        if let Change::ReplaceClaims { had: flag, .. } = &mut change {
            *flag = had;
        }
        change
    };
    let two = [("09:00", "10:00"), ("11:00", "12:00")];
    shop.write("a", vec![lay_at("x", false, &two)]).unwrap();
    // It may move to where it was itself, and another one to where it has left.
    shop.write("a", vec![lay_at("x", true, &[("09:30", "10:30")])])
        .unwrap();
    shop.write("a", vec![lay_at("y", false, &[("11:00", "12:00")])])
        .unwrap();
    let swap = vec![
        lay_at("x", true, &[]),
        lay_at("y", true, &[("09:00", "12:00")]),
    ];
    shop.write("a", swap).unwrap();
    let snapshot = shop
        .run(shop.built.store.read(everything(&id("a"))))
        .unwrap();
    let claims: Vec<Owner> = snapshot.claims.into_iter().map(|row| row.owner).collect();
    assert_eq!(claims, [Owner::Booking(booking_id("y"))]);
}

pub(super) fn snapshots_hold_what_meets<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    shop.put_provider(provider("a"));
    for name in ["r", "s"] {
        shop.put_resource("a", resource(name, json!({})));
    }
    let rows = [
        ("08:00", "09:00"),
        ("08:30", "09:01"),
        ("09:10", "09:20"),
        ("08:00", "12:00"),
        ("09:59", "11:00"),
        ("10:00", "11:00"),
    ];
    let mut changes = Vec::new();
    for (number, (start, end)) in (0_i64..).zip(rows) {
        for resource in ["r", "s"] {
            let owner = format!("{resource}{number}");
            let row = claim(resource, &owner, Some(number), between(start, end));
            changes.push(lay("a", &owner, vec![row]));
        }
    }
    changes.push(Change::ReplaceBusy {
        provider: id("a"),
        resource: id("r"),
        source: "home".into(),
        busy: rows
            .iter()
            .map(|(start, end)| between(start, end).into())
            .collect(),
    });
    shop.write("a", changes).unwrap();
    let mut scope = Scope::new(id::<ProviderId>("a"));
    scope.resources = crate::store::ResourceScope::Named(vec![id("r"), id("nobody")]);
    let without = shop.run(shop.built.store.read(scope.clone())).unwrap();
    assert_eq!((without.claims.len(), without.busy.len()), (0, 0));
    assert_eq!(without.documents.len(), 1, "what is not there is absent");
    scope.span = Some(between("09:00", "10:00"));
    let snapshot = shop.run(shop.built.store.read(scope)).unwrap();
    let met: Vec<String> = snapshot
        .claims
        .iter()
        .map(|row| format!("{} {}", row.resource, row.unit.unwrap_or(-1)))
        .collect();
    assert_eq!(
        met,
        ["r 3", "r 1", "r 2", "r 4"],
        "in the order of their spans"
    );
    assert_eq!(snapshot.busy.len(), 4);
    let (start, end) = ("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z");
    let mut scope = everything(&id("a"));
    scope.span = Some(span(start, end));
    let snapshot = shop.run(shop.built.store.read(scope)).unwrap();
    assert_eq!((snapshot.claims.len(), snapshot.busy.len()), (0, 0));
}

fn note(version: u64, body: &'static [u8]) -> Box<Document> {
    Box::new(Document {
        key: DocumentKey::of(&id("a"), DocumentKind::Note, "n"),
        version,
        guard: 1,
        head: Hash::START,
        body: Bytes::from_static(body),
        index: None,
        resources: Vec::new(),
        updated_at: instant(super::shop::NOW),
    })
}

pub(super) fn a_stale_document_is_decided_again<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let put = |previous, body| Change::PutDocument {
        document: note(previous + 1, body),
        previous,
    };
    shop.write("a", vec![put(0, b"one")]).unwrap();
    for previous in [0, 2, 7] {
        let (count, answer) =
            shop.unchanged(|| decided(&shop, "a", move |_, _| write(vec![put(previous, b"two")])));
        assert!(is_contended(&answer), "over version {previous}: {answer:?}");
        assert_eq!(count, DECISIONS_MAX);
    }
    let (count, answer) = decided(&shop, "a", move |number, _| {
        write(vec![put(u64::from(number), b"two")])
    });
    answer.unwrap();
    assert_eq!(count, 2, "the second time it was right");
    let scope = || Scope::new(id::<ProviderId>("a")).document(note(1, b"").key);
    let read = || shop.run(shop.built.store.read(scope())).unwrap().documents;
    assert_eq!((read()[0].version, read()[0].guard), (2, 2));
    assert_eq!(read()[0].body, Bytes::from_static(b"two"));
    // A deleted one keeps its version.
    shop.write("a", vec![put(2, b"")]).unwrap();
    let (_, answer) =
        shop.unchanged(|| decided(&shop, "a", move |_, _| write(vec![put(0, b"again")])));
    assert!(is_contended(&answer), "{answer:?}");
    shop.write("a", vec![put(3, b"again")]).unwrap();
    assert_eq!((read()[0].version, read()[0].guard), (4, 4));
    // Terms are written once, and again without effect.
    let terms = |body| {
        let mut document = note(1, body);
        document.key = DocumentKey::of(&id("a"), DocumentKind::Terms, "t");
        let previous = 0;
        Change::PutDocument { document, previous }
    };
    shop.write("a", vec![terms(b"first")]).unwrap();
    shop.unchanged(|| shop.write("a", vec![terms(b"first")]).unwrap());
}

fn row(name: &str, version: u64) -> Box<BookingRow> {
    Box::new(BookingRow {
        provider: id("a"),
        id: id(name),
        version,
        status: Status::Confirmed,
        customer: id("c1"),
        service: id("s"),
        slot: between("09:00", "10:00"),
        expires_at: None,
        next_due: None,
        active_slot: None,
        hold_slot: None,
        head: Hash::START,
        created_at: instant(super::shop::NOW),
        body: Bytes::from_static(b"{}"),
    })
}

pub(super) fn a_stale_booking_is_decided_again<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let put = |previous| Change::PutBooking {
        row: row("b", previous + 1),
        previous,
    };
    shop.write("a", vec![put(0)]).unwrap();
    for previous in [0, 2, 7] {
        let (count, answer) =
            shop.unchanged(|| decided(&shop, "a", move |_, _| write(vec![put(previous)])));
        assert!(is_contended(&answer), "over version {previous}: {answer:?}");
        assert_eq!(count, DECISIONS_MAX);
    }
    let (count, answer) = decided(&shop, "a", move |number, _| {
        write(vec![put(u64::from(number))])
    });
    answer.unwrap();
    assert_eq!(count, 2);
}

pub(super) fn a_changed_guard_is_decided_again<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    shop.put_provider(provider("a"));
    let relied = |key: DocumentKey, guard| {
        decided(&shop, "a", move |_, _| Write {
            relied: vec![(key.clone(), guard)],
            ..write(vec![Change::PutBooking {
                row: row("b", 1),
                previous: 0,
            }])
        })
    };
    let own = || DocumentKey::provider(&id("a"));
    for (key, guard) in [
        (own(), 0),
        (own(), 2),
        (DocumentKey::resource(&id("a"), &id("nobody")), 1),
    ] {
        let (count, answer) = shop.unchanged(|| relied(key, guard));
        assert!(is_contended(&answer), "{answer:?}");
        assert_eq!(count, DECISIONS_MAX);
    }
    let (count, answer) = relied(own(), 1);
    answer.unwrap();
    assert_eq!(count, 1);
}

/// A booking that was decided on old busy time is decided again: the decision that saw none writes
/// nothing once there is some.
pub(super) fn busy_time_changes_what_was_relied_on<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let key = DocumentKey::resource(&id("ana"), &id("ana"));
    let snapshot = shop
        .run(shop.built.store.read(everything(&id("ana"))))
        .unwrap();
    let seen = snapshot.document(&key).unwrap().guard;
    let busy = vec![between("09:00", "10:00").into()];
    let replace = shop.engine.replace_busy(
        super::shop::operator(),
        (id("ana"), id("ana")),
        "home",
        crate::BusyTime { busy },
    );
    shop.run(replace).unwrap();
    let (count, answer) = shop.unchanged(|| {
        decided(&shop, "ana", move |_, snapshot| {
            assert_eq!(
                snapshot.busy.len(),
                1,
                "each decision sees what is there now"
            );
            Write {
                relied: vec![(key.clone(), seen)],
                ..write(Vec::new())
            }
        })
    });
    assert!(is_contended(&answer), "{answer:?}");
    assert_eq!(count, DECISIONS_MAX);
    let late = shop.book(wanted("ana", "cut", "c1", at("09:00")));
    assert_eq!(late.unwrap_err(), "slot-not-free");
}

pub(super) fn places_of_a_customer_are_unique<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let put =
        |name: &str, customer: &str, active: Option<u32>, held: Option<u32>| Change::PutBooking {
            row: Box::new(BookingRow {
                customer: id(customer),
                active_slot: active,
                hold_slot: held,
                ..*row(name, 1)
            }),
            previous: 0,
        };
    shop.write("a", vec![put("x", "c1", Some(0), Some(0))])
        .unwrap();
    for (active, held) in [(Some(0), None), (Some(1), Some(0))] {
        let change = put("y", "c1", active, held);
        let (count, answer) =
            shop.unchanged(|| decided(&shop, "a", move |_, _| write(vec![change.clone()])));
        assert!(is_contended(&answer), "{active:?} {held:?}: {answer:?}");
        assert_eq!(count, DECISIONS_MAX);
    }
    for (name, customer, active, held) in [
        ("u", "c2", Some(0), Some(0)),
        ("v", "c1", Some(1), Some(1)),
        ("w", "c1", None, None),
        ("z", "c1", None, None),
    ] {
        shop.write("a", vec![put(name, customer, active, held)])
            .unwrap();
    }
    let mut scope = Scope::new(id::<ProviderId>("a"));
    scope.customer = Some(id("c1"));
    let usage = shop.run(shop.built.store.read(scope)).unwrap().usage;
    let mut places: Vec<_> = usage
        .iter()
        .map(|row| (row.active_slot, row.hold_slot))
        .collect();
    places.sort_unstable();
    assert_eq!(places, [(Some(0), Some(0)), (Some(1), Some(1))]);
}
