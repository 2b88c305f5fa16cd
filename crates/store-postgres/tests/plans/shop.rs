//! A shop with a row of each kind, and ten thousand like each of them.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::Busy;
use quando::booking::{Actor, By, Status};
use quando::id::ProviderId;
use quando::ledger::{Account, EntryReason, Posting};
use quando::money::Money;
use quando::payment::{Instruction, InstructionId};
use quando::time::Interval;
use quando_engine::audit::{Hash, JournalEntry};
use quando_engine::personal::PersonId;
use quando_engine::store::{
    BookingRow, Change, ClaimRow, Document, DocumentKey, DocumentKind, InstructionRow, ListingRow,
    Owner, Partition, PostingRow,
};
use tokio_postgres::Client;

/// How many rows each table gets.
const ROWS: u32 = 10_000;

/// Any id.
pub(crate) fn id<T: TryFrom<String>>(text: &str) -> T {
    match T::try_from(text.to_owned()) {
        Ok(id) => id,
        Err(_) => panic!("`{text}` is no id"),
    }
}

pub(crate) fn provider() -> ProviderId {
    id("ana")
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// The hour with that number after now.
pub(crate) fn hour(number: i64) -> Interval {
    let start = now() + TimeDelta::hours(number);
    Interval::new(start, start + TimeDelta::hours(1)).unwrap()
}

/// Whose documents of a kind are.
pub(crate) fn partition(kind: DocumentKind) -> Partition {
    match kind {
        DocumentKind::Person => PersonId::new("eva").unwrap().into(),
        DocumentKind::Webhook | DocumentKind::ApiKey | DocumentKind::Delivery => {
            Partition::Platform
        }
        _ => provider().into(),
    }
}

/// The document of a kind and a name; of providers and persons the one of the partition.
pub(crate) fn key(kind: DocumentKind, name: &str) -> DocumentKey {
    let partition = partition(kind);
    let id = match kind {
        DocumentKind::Provider | DocumentKind::Person => partition.id().into(),
        _ => name.into(),
    };
    DocumentKey {
        partition,
        kind,
        id,
    }
}

pub(crate) fn document(kind: DocumentKind, name: &str, previous: u64) -> Change {
    Change::PutDocument {
        document: Box::new(Document {
            key: key(kind, name),
            version: previous + 1,
            guard: 0,
            head: Hash::START,
            body: Bytes::from_static(b"{}"),
            index: Some(Box::new([1; 32])),
            resources: match kind {
                DocumentKind::Service => vec![id("chair"), id("room")],
                _ => Vec::new(),
            },
            updated_at: now(),
        }),
        previous,
    }
}

/// A booking, with its place among those of its customer.
pub(crate) fn booking(name: &str, customer: &str, slot: Interval, previous: u64) -> Change {
    Change::PutBooking {
        row: Box::new(BookingRow {
            provider: provider(),
            id: id(name),
            version: previous + 1,
            status: Status::Confirmed,
            customer: id(customer),
            service: id("cut"),
            slot,
            expires_at: None,
            next_due: Some(slot.start()),
            active_slot: Some(0),
            hold_slot: None,
            head: Hash::START,
            created_at: now(),
            body: Bytes::from_static(b"{}"),
        }),
        previous,
    }
}

pub(crate) fn claims(name: &str, resources: &[&str], slot: Interval, had: bool) -> Change {
    let owner = Owner::Booking(id(name));
    let rows = (0..).zip(resources).map(|(number, resource)| ClaimRow {
        resource: id(resource),
        owner: owner.clone(),
        number,
        unit: Some(0),
        span: slot,
        claim: None,
        decided_at: now(),
    });
    Change::ReplaceClaims {
        provider: provider(),
        rows: rows.collect(),
        owner,
        had,
    }
}

pub(crate) fn record(name: &str, version: u64) -> Change {
    Change::Record(Box::new(JournalEntry {
        partition: provider().into(),
        subject: format!("booking/{name}").into(),
        version,
        at: now(),
        by: By::from(Actor::Operator),
        action: "create".into(),
        events: Bytes::from_static(b"[]"),
        previous: Hash::START,
        hash: Hash::START,
    }))
}

pub(crate) fn busy(slot: Interval) -> Change {
    Change::ReplaceBusy {
        provider: provider(),
        resource: id("chair"),
        source: "home".into(),
        busy: vec![Busy::from(slot)],
    }
}

fn money() -> Money {
    Money::new(1_000, "USD".parse().unwrap()).unwrap()
}

pub(crate) fn posting(name: &str) -> PostingRow {
    PostingRow {
        provider: provider(),
        booking: id(name),
        version: 1,
        entry: 0,
        number: 0,
        reason: EntryReason::Capture,
        posting: Posting {
            account: Account::Captured,
            amount: money(),
        },
        at: now(),
    }
}

pub(crate) fn instruction(name: &str) -> Change {
    Change::PutInstruction(Box::new(InstructionRow {
        provider: provider(),
        instruction: Instruction {
            booking: id(name),
            instruction: InstructionId::parse("capture/1/1").unwrap(),
            amount: money(),
        },
        at: now(),
        attempts: 0,
        next_at: Some(now()),
    }))
}

pub(crate) fn listings() -> Change {
    Change::ReplaceListings {
        provider: provider(),
        rows: vec![ListingRow {
            provider: provider(),
            category: "hair".into(),
            cell: Some(7),
            point: Some((0, 0)),
            words: vec!["ana".into(), "studio".into()],
            body: Bytes::from_static(b"{}"),
            rating_micros: 0,
            ratings: [0; 5],
        }],
    }
}

pub(crate) fn cursor() -> Change {
    Change::PutCursor {
        consumer: "mail".into(),
        position: 1,
        at: now(),
    }
}

/// A row of each kind.
pub(crate) fn first() -> Vec<Change> {
    let documents = DocumentKind::ALL.into_iter().map(|kind| match kind {
        DocumentKind::Resource => document(kind, "chair", 0),
        DocumentKind::Service => document(kind, "cut", 0),
        kind => document(kind, "first", 0),
    });
    let mut all: Vec<Change> = documents.collect();
    all.extend([
        booking("first", "eva", hour(0), 0),
        claims("first", &["chair"], hour(0), false),
        record("first", 1),
        busy(hour(2)),
        Change::Post(vec![posting("first")]),
        instruction("first"),
        listings(),
        cursor(),
    ]);
    all
}

/// One provider has the first fifty rows, and each of the others fifty.
const OWNER: (&str, &str) = (
    "provider_id",
    "case when n < 50 then provider_id else md5('provider ' || n / 50)::uuid end",
);
const OWNER_TEXT: (&str, &str) = ("provider_text", "case when n < 50 then provider_text end");
const PARTITION_TEXT: (&str, &str) = ("partition_text", "case when n < 50 then partition_text end");
const ID: (&str, &str) = ("id", "md5('document ' || n)::uuid");
const ID_TEXT: (&str, &str) = ("id_text", "null");
const INDEX: (&str, &str) = ("index_key", "sha256(n::text::bytea)");
const BOOKING: (&str, &str) = ("booking_id", "md5('booking ' || n)::uuid");
const BOOKING_TEXT: (&str, &str) = ("booking_text", "null");
const SUBJECT: (&str, &str) = ("subject", "'booking/' || n");
/// Each of them has one row.
const EACH: (&str, &str) = ("provider_id", "md5('document ' || n)::uuid");

/// A table, and what its other rows have where they are not like the first one.
type Others = (&'static str, Vec<(&'static str, &'static str)>);

const RESOURCE: (&str, &str) = (
    "resource_id",
    "case when n < 50 then resource_id else md5('document ' || n)::uuid end",
);
const SPAN: (&str, &str) = (
    "span",
    "tstzrange(lower(span) + (n % 50 + 1) * interval '100 days',
        upper(span) + (n % 50 + 1) * interval '100 days')",
);

fn documents() -> Vec<Others> {
    let of_provider = [
        "resource",
        "service",
        "busy_source",
        "terms",
        "note",
        "refund_request",
        "verification",
        "calendar_link",
        "subscription",
        "subscription_state",
    ];
    let of_provider =
        of_provider.map(|table| (table, vec![OWNER, PARTITION_TEXT, ID, ID_TEXT, INDEX]));
    let own = |partition| {
        vec![
            (partition, ID.1),
            ("partition_text", "null"),
            ID,
            ID_TEXT,
            INDEX,
        ]
    };
    let mut all = Vec::from(of_provider);
    all.push(("provider", own("provider_id")));
    all.push(("person", own("partition_id")));
    all.push(("webhook", vec![ID, ID_TEXT, INDEX]));
    all.push(("api_key", vec![ID, ID_TEXT, INDEX]));
    all.push(("delivery", vec![ID, ID_TEXT, INDEX]));
    all
}

fn bookings() -> Vec<Others> {
    let due = "case when n % 10 = 0 then next_due + n * interval '1 minute' end";
    let next = "case when n % 10 = 0 then next_at + n * interval '1 minute' end";
    let booking = vec![
        OWNER,
        OWNER_TEXT,
        BOOKING,
        BOOKING_TEXT,
        ("customer_id", "md5('customer ' || n)::uuid"),
        ("customer_text", "null"),
        ("next_due", due),
        ("active_slot", "case when n % 10 = 0 then 0 end"),
    ];
    let owner = ("owner_id", BOOKING.1);
    let customer = "case when n < 50 then customer_id else md5('customer ' || n / 50)::uuid end";
    let of_booking = || vec![OWNER, OWNER_TEXT, BOOKING, BOOKING_TEXT];
    let mut instruction = of_booking();
    instruction.push(("next_at", next));
    vec![
        ("booking", booking),
        (
            "claim",
            vec![
                OWNER,
                OWNER_TEXT,
                owner,
                ("owner_text", "null"),
                RESOURCE,
                SPAN,
            ],
        ),
        ("busy", vec![OWNER, RESOURCE, ("number", "n"), SPAN]),
        ("posting", of_booking()),
        ("instruction", instruction),
        (
            "customer_booking",
            vec![OWNER, BOOKING, ("customer_id", customer)],
        ),
    ]
}

fn rest() -> Vec<Others> {
    let listing = vec![
        EACH,
        ("provider", "n::text"),
        (
            "category",
            "case when n % 2 = 0 then 'hair' else 'nails' end",
        ),
        ("cell", "n % 1000"),
        ("words", "array['studio', 'kind' || n % 200, 'word' || n]"),
        ("rating_micros", "n * 100"),
    ];
    vec![
        ("journal", vec![OWNER, PARTITION_TEXT, SUBJECT]),
        ("outbox", vec![OWNER, SUBJECT]),
        ("idempotency", vec![OWNER, ("key", "n::text")]),
        ("statistics", vec![EACH, ("provider_text", "null")]),
        ("listing", listing),
        ("feed", vec![OWNER, SUBJECT, ("position", "position + n")]),
        ("cursor", vec![("consumer", "n::text")]),
    ]
}

/// Fills each table with rows like its first one.
pub(crate) async fn fill(client: &Client) {
    let all = documents().into_iter().chain(bookings()).chain(rest());
    for (table, others) in all {
        let sql = "select column_name::text from information_schema.columns
            where table_schema = current_schema() and table_name = $1 and is_identity = 'NO'
            order by ordinal_position";
        let rows = client.query(sql, &[&table]).await.unwrap();
        let columns: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let values: Vec<&str> = columns
            .iter()
            .map(|column| {
                let other = others.iter().find(|(of, _)| of == column);
                other.map_or(&**column, |(_, value)| value)
            })
            .collect();
        let insert = format!(
            "insert into {table} ({}) select {} from (select * from {table} limit 1) as first
            cross join generate_series(1, {ROWS}) as n",
            columns.join(", "),
            values.join(", "),
        );
        let filled = client.execute(&insert, &[]).await;
        assert_eq!(filled.expect(table), u64::from(ROWS), "{table}");
    }
    let end = "update feed_end set position = (select max(position) from feed)";
    client.batch_execute(end).await.unwrap();
    client.batch_execute("vacuum analyze").await.unwrap();
}
