//! Everything that a store is asked for, in each form that has a statement of its own.

use futures_util::future::join_all;
use quando::booking::{Actor, By, Status};
use quando::id::BookingId;
use quando::idempotency::{IdempotencyKey, RequestHash};
use quando_engine::statistics::StatisticsDelta;
use quando_engine::store::{
    Change, ClaimRow, DocumentKind, Idempotency, List, Owner, Partition, Position, Projection,
    ResourceScope, Scope, Snapshot, Store, Write, WriteRequest, Written,
};
use quando_store_postgres::PostgresStore;

use crate::shop::{self, hour, id, key, now, provider};

const LIMIT: u32 = 10;

/// What is written, and what it rests on.
pub(crate) async fn write(
    store: &PostgresStore,
    scope: Scope,
    asked: Option<&str>,
    changes: Vec<Change>,
) -> Written {
    let idempotency = asked.map(|key| Idempotency {
        principal: "eva".into(),
        route: "create",
        key: IdempotencyKey::try_from(key.to_owned()).unwrap(),
        hash: RequestHash::try_from("5".repeat(64)).unwrap(),
    });
    let request = WriteRequest {
        scope,
        by: By::from(Actor::Operator),
        now: now(),
        idempotency,
    };
    let decide = move |seen: &Snapshot| {
        let guards = seen.documents.iter().filter(|document| {
            let kind = document.key.kind;
            [
                DocumentKind::Provider,
                DocumentKind::Resource,
                DocumentKind::Service,
            ]
            .contains(&kind)
        });
        Ok(Write {
            changes: changes.clone(),
            relied: guards
                .map(|document| (document.key.clone(), document.guard))
                .collect(),
            reply: "{}".into(),
        })
    };
    store.transact(request, decide).await.unwrap()
}

/// A service with its calendar.
fn of_service() -> Scope {
    let mut scope = Scope::new(provider());
    scope.service = Some(id("cut"));
    scope.resources = ResourceScope::OfService;
    scope.span = Some(hour(0));
    scope.customer = Some(id("eva"));
    scope
}

/// The kinds of resources that can be asked for.
fn resources() -> [ResourceScope; 4] {
    [
        ResourceScope::None,
        ResourceScope::OfService,
        ResourceScope::Named(vec![id("chair"), id("room")]),
        ResourceScope::All,
    ]
}

/// All that can be read.
async fn read(store: &PostgresStore) {
    // The second time the documents are remembered.
    store.read(of_service()).await.unwrap();
    store.read(of_service()).await.unwrap();
    for resources in resources() {
        for services in [false, true] {
            let mut scope = of_service().booking(id("first"));
            scope.resources = resources.clone();
            scope.services = services;
            store.read(scope).await.unwrap();
        }
    }
    for kind in DocumentKind::ALL {
        let scope = Scope::new(shop::partition(kind)).document(key(kind, "first"));
        store.read(scope).await.unwrap();
    }
}

/// A booking of the usual kind.
fn create(name: &str, number: i64) -> Vec<Change> {
    let slot = hour(number);
    vec![
        shop::booking(name, name, slot, 0),
        shop::claims(name, &["chair"], slot, false),
        shop::record(name, 1),
    ]
}

/// New bookings alone, together, and asked for again.
async fn creations(store: &PostgresStore, start: i64) {
    let name = |number: i64| format!("created {start} {number}");
    let new = |number: i64| {
        let (name, slot) = (name(number), start + number);
        async move { write(store, of_service(), Some(&name), create(&name, slot)).await }
    };
    assert!(!new(0).await.replayed);
    join_all((1..9).map(new)).await;
    assert!(new(0).await.replayed);
    // What is no look at a service looks for the key by itself.
    let scope = of_service().booking(id("first"));
    let again = write(store, scope, Some(&name(0)), Vec::new()).await;
    assert!(again.replayed);
}

/// All that can be changed.
async fn changes(store: &PostgresStore, start: i64) {
    let name = format!("changed {start}");
    let (slot, later) = (hour(start + 20), hour(start + 21));
    let made = vec![
        shop::booking(&name, &name, slot, 0),
        shop::claims(&name, &["chair", "room"], slot, false),
        shop::record(&name, 1),
        Change::Post(vec![shop::posting(&name)]),
        shop::instruction(&name),
        shop::busy(later),
        shop::listings(),
        shop::cursor(),
    ];
    let scope = || of_service().booking(id(&name));
    write(store, scope(), Some(&name), made).await;
    let moved = vec![
        shop::booking(&name, &name, later, 1),
        shop::claims(&name, &["chair", "room"], later, true),
        shop::record(&name, 2),
        Change::DropInstruction {
            provider: provider(),
            booking: id(&name),
            instruction: "capture/1/1".to_owned().try_into().unwrap(),
        },
    ];
    write(store, scope(), None, moved).await;
    for kind in DocumentKind::ALL {
        let scope = || Scope::new(shop::partition(kind));
        if !matches!(kind, DocumentKind::Provider | DocumentKind::Person) {
            let new = vec![shop::document(kind, &name, 0)];
            write(store, scope(), None, new).await;
            if kind != DocumentKind::Terms {
                let edited = vec![shop::document(kind, &name, 1)];
                write(store, scope(), None, edited).await;
            }
            if kind == DocumentKind::Delivery {
                let dropped = vec![Change::DropDocument(key(kind, &name))];
                write(store, scope(), None, dropped).await;
            }
        }
    }
}

/// Writes under each kind of lock.
async fn locked(store: &PostgresStore, start: i64) {
    for (number, resources) in (0..).zip(resources()) {
        let name = format!("locked {start} {number}");
        let mut scope = of_service();
        scope.services = resources == ResourceScope::None;
        scope.resources = resources;
        scope.lock = true;
        write(
            store,
            scope,
            Some(&name),
            create(&name, start + 30 + number),
        )
        .await;
    }
}

/// What follows from what was written, of a customer and of a rating.
pub(crate) async fn relay(store: &PostgresStore, name: &str) {
    let booking: BookingId = id(name);
    let project = move |_: &[_]| {
        let mut delta = StatisticsDelta::default();
        delta.ratings[4] = 1;
        vec![
            Projection::CustomerBooking {
                customer: id("eva"),
                provider: provider(),
                booking: booking.clone(),
                at: now(),
            },
            Projection::Statistics {
                provider: provider(),
                delta: Box::new(delta),
            },
        ]
    };
    let relayed = store.relay(LIMIT, project).await.unwrap();
    assert!(!relayed.is_empty());
}

/// Everything but searches for words. Bookings are laid from the hour with the number `start` on.
pub(crate) async fn all(store: &PostgresStore, start: i64) {
    read(store).await;
    creations(store, start).await;
    changes(store, start).await;
    locked(store, start).await;
    relay(store, &format!("relayed {start}")).await;
    for list in lists() {
        store.list(list).await.unwrap();
    }
}

/// Searches for words, which are planned for just them whenever they are made: for one that all
/// listings have, and for one that few have.
pub(crate) async fn search(store: &PostgresStore) {
    for words in [vec!["studio".into()], vec!["stu".into(), "word77".into()]] {
        let mut all = Vec::new();
        listings(&words, &mut all);
        for list in all {
            store.list(list).await.unwrap();
        }
    }
}

fn lists() -> Vec<List> {
    let (limit, consumer) = (LIMIT, "mail".into());
    let mut all = vec![
        List::Booking(id("first")),
        List::Due { now: now(), limit },
        List::Feed { after: 1, limit },
        List::Cursor(consumer),
        List::Outbox { limit },
        List::Statistics(provider()),
    ];
    for due in [None, Some(now())] {
        all.push(List::Instructions { due, limit });
    }
    documents(&mut all);
    bookings(&mut all);
    journal(&mut all);
    claims_and_postings(&mut all);
    listings(&[], &mut all);
    all
}

fn documents(all: &mut Vec<List>) {
    let limit = LIMIT;
    for kind in DocumentKind::ALL {
        for after in [None, Some(key(kind, "first"))] {
            for partition in [None, Some(shop::partition(kind))] {
                all.push(List::Documents {
                    kind,
                    partition,
                    after: after.clone(),
                    limit,
                });
            }
            all.push(List::DocumentsByIndex {
                kind,
                index: Box::new([1; 32]),
                after,
                limit,
            });
        }
    }
}

fn bookings(all: &mut Vec<List>) {
    let limit = LIMIT;
    for after in [None, Some(id::<BookingId>("first"))] {
        for status in [None, Some(Status::Confirmed)] {
            all.push(List::Bookings {
                provider: provider(),
                status,
                after: after.clone(),
                limit,
            });
        }
        all.push(List::CustomerBookings {
            customer: id("eva"),
            after: after.clone(),
            limit,
        });
        let after = after.map(|booking| (provider(), booking));
        all.push(List::AllBookings { after, limit });
    }
}

/// Nobody asks for a subject or a booking without saying whose.
fn journal(all: &mut Vec<List>) {
    let place = Position {
        partition: provider().into(),
        subject: "booking/first".into(),
        version: 1,
    };
    let of = || Some(Partition::from(provider()));
    let subject = || Some("booking/first".into());
    for after in [None, Some(place)] {
        for (partition, subject) in [(None, None), (of(), None), (of(), subject())] {
            all.push(List::Journal {
                partition,
                subject,
                after: after.clone(),
                limit: LIMIT,
            });
        }
    }
}

fn claims_and_postings(all: &mut Vec<List>) {
    let limit = LIMIT;
    let row = Box::new(ClaimRow {
        resource: id("chair"),
        owner: Owner::Booking(id("first")),
        number: 0,
        unit: Some(0),
        span: hour(0),
        claim: None,
        decided_at: now(),
    });
    let of = || Some(provider());
    for (claim, posting) in [
        (None, None),
        (
            Some((provider(), row)),
            Some(Box::new(shop::posting("first"))),
        ),
    ] {
        for provider in [None, of()] {
            let after = claim.clone();
            all.push(List::Claims {
                provider,
                after,
                limit,
            });
        }
        for (provider, booking) in [(None, None), (of(), None), (of(), Some(id("first")))] {
            all.push(List::Postings {
                provider,
                booking,
                after: posting.clone(),
                limit,
            });
        }
    }
}

fn listings(words: &[Box<str>], all: &mut Vec<List>) {
    for cells in [None, Some(vec![7, 8])] {
        for after in [None, Some((500_000, provider()))] {
            all.push(List::Listings {
                category: "hair".into(),
                cells: cells.clone(),
                words: words.to_vec(),
                after,
                limit: LIMIT,
            });
        }
    }
}
