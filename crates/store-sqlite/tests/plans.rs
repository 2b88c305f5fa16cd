//! How the database goes about what it is asked: never through all rows of a table.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use quando::availability::Busy;
use quando::booking::{Actor, Status};
use quando::id::{BookingId, CustomerId, ProviderId, ResourceId};
use quando::time::Interval;
use quando_engine::audit::Hash;
use quando_engine::store::{
    BookingRow, Change, ClaimRow, DocumentKey, DocumentKind, List, Owner, Partition, Position,
    ResourceScope, Scope, Snapshot, Store, Write, WriteRequest,
};
use quando_engine::wait;
use quando_store_sqlite::{Options, SqliteError, SqliteStore};
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tempfile::TempDir;

/// All statements that were run while they were listened to.
static HEARD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn hear(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(statement, _) = event {
        HEARD.lock().unwrap().insert(statement.sql().to_string());
    }
}

fn listen(connection: &Connection) -> Result<(), SqliteError> {
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(hear));
    Ok(())
}

fn id<T: TryFrom<&'static str, Error: std::fmt::Debug>>(text: &'static str) -> T {
    T::try_from(text).unwrap()
}

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(hour * 3_600, 0).unwrap()
}

fn hours(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn open(folder: &TempDir) -> SqliteStore {
    let mut options = Options::new(folder.path().join("quando.db"));
    // One thread, so that one connection hears all reads.
    options.readers = 1;
    SqliteStore::open(options, DateTime::UNIX_EPOCH).unwrap()
}

fn claim(owner: &'static str, unit: Option<i64>, span: Interval) -> ClaimRow {
    ClaimRow {
        resource: id("r"),
        owner: Owner::Booking(id(owner)),
        number: 0,
        unit,
        span,
        claim: None,
        decided_at: at(0),
    }
}

fn lay(owner: &'static str, rows: Vec<ClaimRow>) -> Change {
    Change::ReplaceClaims {
        provider: id("p"),
        owner: Owner::Booking(id(owner)),
        had: true,
        rows,
    }
}

fn write(store: &SqliteStore, changes: Vec<Change>) {
    let request = WriteRequest {
        scope: everything(hours(0, 1)),
        by: Actor::System.into(),
        now: at(0),
        idempotency: None,
    };
    let write = Write {
        changes,
        relied: Vec::new(),
        reply: "{}".into(),
    };
    wait(store.transact(request, move |_| Ok(write.clone()))).unwrap();
}

fn everything(span: Interval) -> Scope {
    let mut scope = Scope::new(id::<ProviderId>("p")).booking(id("b"));
    scope.service = Some(id("s"));
    scope.services = true;
    scope.resources = ResourceScope::Named(vec![id("r")]);
    scope.span = Some(span);
    scope.customer = Some(id("c"));
    scope
}

fn booking() -> Change {
    Change::PutBooking {
        row: Box::new(BookingRow {
            provider: id("p"),
            id: id("b"),
            version: 1,
            status: Status::Confirmed,
            customer: id("c"),
            service: id("s"),
            slot: hours(1, 2),
            expires_at: None,
            next_due: Some(at(1)),
            active_slot: Some(0),
            hold_slot: None,
            head: Hash::START,
            created_at: at(0),
            body: "{}".into(),
        }),
        previous: 0,
    }
}

fn busy(intervals: Vec<Busy>) -> Change {
    Change::ReplaceBusy {
        provider: id("p"),
        resource: id("r"),
        source: "home".into(),
        busy: intervals,
    }
}

/// Lists of each kind: from the beginning and after a place, of one provider and of all.
fn lists() -> Vec<List> {
    let limit = 10;
    let mut lists = vec![
        List::Booking(id("b")),
        List::Due { now: at(9), limit },
        List::Feed { after: 0, limit },
        List::Cursor("mail".into()),
        List::Outbox { limit },
        List::Statistics(id("p")),
    ];
    for due in [None, Some(at(9))] {
        lists.push(List::Instructions { due, limit });
    }
    for cells in [None, Some(vec![1, 2])] {
        lists.push(List::Listings {
            category: "hair".into(),
            cells,
            words: Vec::new(),
            after: Some((1, id("p"))),
            limit,
        });
    }
    lists.extend(lists_of_documents(limit));
    lists.extend(lists_of_bookings(limit));
    lists.extend(lists_of_rows(limit));
    lists
}

fn lists_of_documents(limit: u32) -> Vec<List> {
    let mut lists = Vec::new();
    let key = DocumentKey::of(&id::<ProviderId>("p"), DocumentKind::Note, "n");
    for after in [None, Some(key)] {
        for partition in [None, Some(Partition::Provider(id("p")))] {
            lists.push(List::Documents {
                kind: DocumentKind::Note,
                partition,
                after: after.clone(),
                limit,
            });
        }
        lists.push(List::DocumentsByIndex {
            kind: DocumentKind::Note,
            index: Box::new([1]),
            after,
            limit,
        });
    }
    lists
}

fn lists_of_bookings(limit: u32) -> Vec<List> {
    let mut lists = Vec::new();
    for after in [None, Some(id::<BookingId>("b"))] {
        for status in [None, Some(Status::Confirmed)] {
            lists.push(List::Bookings {
                provider: id("p"),
                status,
                after: after.clone(),
                limit,
            });
        }
        lists.push(List::CustomerBookings {
            customer: id::<CustomerId>("c"),
            after: after.clone(),
            limit,
        });
        let after = after.map(|booking| (id("p"), booking));
        lists.push(List::AllBookings { after, limit });
    }
    lists
}

fn lists_of_rows(limit: u32) -> Vec<List> {
    let mut lists = Vec::new();
    let place = Position {
        partition: Partition::Provider(id("p")),
        subject: "booking/b".into(),
        version: 1,
    };
    let row = Box::new(claim("b", Some(0), hours(1, 2)));
    for subject in [None, Some("booking/b".into())] {
        for after in [None, Some(place.clone())] {
            lists.push(List::Journal {
                partition: Some(place.partition.clone()),
                subject: subject.clone(),
                after,
                limit,
            });
        }
    }
    lists.push(List::Journal {
        partition: None,
        subject: None,
        after: Some(place),
        limit,
    });
    for provider in [None, Some(id::<ProviderId>("p"))] {
        lists.push(List::Claims {
            provider: provider.clone(),
            after: Some((id("p"), row.clone())),
            limit,
        });
        lists.push(List::Postings {
            provider,
            booking: None,
            after: None,
            limit,
        });
    }
    lists
}

/// The plan of a statement, one step a line.
fn plan(connection: &Connection, statement: &str) -> Vec<String> {
    let mut explained = connection
        .prepare(&format!("explain query plan {statement}"))
        .unwrap();
    let count = explained.parameter_count();
    let steps = explained.query_map(rusqlite::params_from_iter(vec![0; count]), |row| row.get(3));
    steps.unwrap().collect::<Result<_, _>>().unwrap()
}

/// A step that goes through all rows of a table, but for one page of them in the order of an index.
fn is_scan(step: &str, statement: &str) -> bool {
    let constant = step.contains("VALUES CLAUSE") || step.contains("CONSTANT ROW");
    let page = statement.contains("limit ?") || statement.contains("limit 1");
    step.starts_with("SCAN") && !constant && !page
}

/// Whether a page begins where the one before ended, and a calendar where its span begins, rather
/// than at the first row of a provider.
fn begins_at_its_place(steps: &[String], statement: &str) -> bool {
    let step = |bound: &str| steps.iter().any(|step| step.contains(bound));
    if statement.contains("column1") {
        return step("starts_at>? AND starts_at<?");
    }
    !statement.contains(") > (") || step(">(?") || step(">?")
}

#[test]
fn nothing_goes_through_all_rows_or_sorts_them() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    store.database().read_blocking(listen).unwrap();
    store.database().write_blocking(listen).unwrap();
    write(
        &store,
        vec![
            booking(),
            lay("b", vec![claim("b", Some(0), hours(1, 2))]),
            busy(vec![hours(3, 4).into()]),
        ],
    );
    wait(store.read(everything(hours(0, 9)))).unwrap();
    for list in lists() {
        wait(store.list(list)).unwrap();
    }
    wait(store.relay(10, |_| Vec::new())).unwrap();
    let connection = Connection::open(folder.path().join("quando.db")).unwrap();
    let heard = HEARD.lock().unwrap().clone();
    let words = ["select", "insert", "update", "delete"];
    let queries = heard.iter().filter(|statement| {
        let known = words.iter().any(|word| statement.starts_with(word));
        known && !statement.starts_with("--")
    });
    let queries: Vec<&String> = queries.collect();
    assert!(queries.len() > 40, "only {} were heard", queries.len());
    let mut wrong = Vec::new();
    for statement in queries {
        let steps = plan(&connection, statement);
        let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
        // What meets a span, and what lies in some cells, is put in order afterwards.
        let few = statement.contains("column1") || statement.contains("listing_by_cell");
        let scans = steps.iter().any(|step| is_scan(step, statement));
        if scans || (sorts && !few) || !begins_at_its_place(&steps, statement) {
            wrong.push(format!("{statement}\n    {steps:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let usage = heard.iter().find(|each| each.contains("and customer = ?"));
    let steps = plan(&connection, usage.expect("the customer's places were read"));
    assert!(steps[0].contains("booking_active_slot"), "{steps:?}");
}

/// Which claims and how much busy time meet a span.
fn met(snapshot: &Snapshot) -> (Vec<String>, usize) {
    let owners = snapshot.claims.iter().map(|row| row.owner.to_string());
    (owners.collect(), snapshot.busy.len())
}

/// Rows of each length, at both ends of each reach, are found by spans that they just meet, and by
/// none that they just touch.
#[test]
fn what_lasts_long_is_found_like_what_does_not() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    let day = 24;
    for days in [1, 32, 1_024, 40_000] {
        for length in [days * day - 1, days * day, days * day + 1] {
            let span = hours(100, 100 + length);
            let rows = vec![claim("b", Some(0), span)];
            write(&store, vec![lay("b", rows), busy(vec![span.into()])]);
            let end = 100 + length;
            for (asked, meets) in [
                (hours(99, 100), false),
                (hours(99, 101), true),
                (hours(100 + length / 2, 101 + length / 2), true),
                (hours(end - 1, end), true),
                (hours(end, end + 1), false),
                (hours(0, end + 1_000), true),
            ] {
                let snapshot = wait(store.read(everything(asked))).unwrap();
                let expected = if meets {
                    (vec!["booking/b".to_owned()], 1)
                } else {
                    (Vec::new(), 0)
                };
                assert_eq!(met(&snapshot), expected, "{length} hours, {asked:?}");
            }
        }
    }
}

#[test]
fn resources_have_calendars_of_their_own() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    write(&store, vec![lay("b", vec![claim("b", None, hours(1, 2))])]);
    let mut scope = everything(hours(0, 9));
    scope.resources = ResourceScope::Named(vec![id::<ResourceId>("other")]);
    assert_eq!(met(&wait(store.read(scope)).unwrap()), (Vec::new(), 0));
}
