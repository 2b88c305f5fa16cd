//! Writes by hand, of the kind that most bookings are.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::{Actor, By, Status};
use quando::id::ProviderId;
use quando::idempotency::{IdempotencyKey, RequestHash};
use quando::time::Interval;
use quando_engine::audit::{Hash, JournalEntry};
use quando_engine::store::{
    BookingRow, Change, ClaimRow, Idempotency, List, Owner, Partition, Scope, Store, TransactError,
    Write, WriteRequest, Written,
};
use quando_store_postgres::PostgresStore;
use tokio_postgres::NoTls;

/// Any id.
pub(crate) fn id<T: TryFrom<String>>(text: &str) -> T {
    match T::try_from(text.to_owned()) {
        Ok(id) => id,
        Err(_) => panic!("`{text}` is no id"),
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().expect("an instant")
}

/// The hour with that number after now.
pub(crate) fn hour(number: i64) -> Interval {
    let start = now() + TimeDelta::hours(number);
    Interval::new(start, start + TimeDelta::hours(1)).expect("an hour")
}

/// A customer's booking of an hour, as rows.
pub(crate) fn booking(customer: &str, name: &str, slot: Interval) -> Write {
    let provider: ProviderId = id("ana");
    let row = BookingRow {
        provider: provider.clone(),
        id: id(name),
        version: 1,
        status: Status::Confirmed,
        customer: id(customer),
        service: id("cut"),
        slot,
        expires_at: None,
        next_due: None,
        active_slot: None,
        hold_slot: None,
        head: Hash([1; 32]),
        created_at: now(),
        body: Bytes::from_static(b"{}"),
    };
    let claim = ClaimRow {
        resource: id("chair"),
        owner: Owner::Booking(row.id.clone()),
        number: 0,
        unit: Some(0),
        span: slot,
        claim: None,
        decided_at: now(),
    };
    let entry = entry(&provider, name, 1);
    let owner = claim.owner.clone();
    Write {
        changes: vec![
            Change::PutBooking {
                row: Box::new(row),
                previous: 0,
            },
            Change::ReplaceClaims {
                provider,
                owner,
                had: false,
                rows: vec![claim],
            },
            Change::Record(Box::new(entry)),
        ],
        relied: Vec::new(),
        reply: Bytes::from(format!("\"{name}\"")),
    }
}

pub(crate) fn entry(provider: &ProviderId, name: &str, version: u64) -> JournalEntry {
    JournalEntry {
        partition: Partition::from(provider.clone()),
        subject: format!("booking/{name}").into(),
        version,
        at: now(),
        by: By::from(Actor::Operator),
        action: "create".into(),
        events: Bytes::from_static(b"[]"),
        previous: Hash([0; 32]),
        hash: Hash([1; 32]),
    }
}

/// The same with something that makes the store take the general way: another claim.
pub(crate) fn with_two_claims(mut write: Write) -> Write {
    for change in &mut write.changes {
        if let Change::ReplaceClaims { rows, .. } = change {
            let mut second = rows.first().expect("a claim").clone();
            second.number = 1;
            second.resource = id("room");
            rows.push(second);
        }
    }
    write
}

pub(crate) async fn transact(
    store: &PostgresStore,
    key: Option<&str>,
    write: Write,
) -> Result<Written, TransactError> {
    let idempotency = key.map(|key| Idempotency {
        principal: "p".into(),
        route: "create",
        key: IdempotencyKey::try_from(key.to_owned()).expect("a key"),
        hash: RequestHash::try_from("5".repeat(64)).expect("a hash"),
    });
    let provider: ProviderId = id("ana");
    let request = WriteRequest {
        scope: Scope::new(provider),
        by: By::from(Actor::Operator),
        now: now(),
        idempotency,
    };
    store.transact(request, move |_| Ok(write.clone())).await
}

/// How many bookings there are.
pub(crate) async fn bookings(store: &PostgresStore) -> usize {
    let list = List::AllBookings {
        after: None,
        limit: 1_000,
    };
    store.list(list).await.expect("a list").len()
}

/// A connection of the test's own.
pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a server");
    tokio::spawn(connection);
    client
}
