//! A role with the grants of a server can do its work, and nothing that it must not.

use quando_engine::store::{Change, List, Store};
use quando_store_postgres::{Migrator, PostgresStore};

use crate::database::{database, options};
use crate::direct::{booking, connect, entry, hour, id, transact};

#[tokio::test(flavor = "multi_thread")]
async fn it_writes_and_cannot_change_what_is_written_once() {
    let database = database();
    let owner = connect(database.url()).await;
    let role = format!("server_{}", database.name());
    let make = format!("create role {role}");
    owner.batch_execute(&make).await.unwrap();
    let migrator = Migrator::connect(&options(database.url())).await.unwrap();
    migrator.grant_to(&role).await.unwrap();
    // As that role, whatever the URL says.
    let join = if database.url().contains('?') {
        '&'
    } else {
        '?'
    };
    let url = format!("{}{join}options=-c%20role%3D{role}", database.url());
    let store = PostgresStore::connect(&options(&url)).await.unwrap();
    let write = booking("c", "b", hour(0));
    transact(&store, Some("k"), write.clone()).await.unwrap();
    let mut cancel = write;
    cancel.changes = cancel.changes.into_iter().map(cancelled).collect();
    transact(&store, Some("c"), cancel).await.unwrap();
    assert_eq!(store.relay(10, |_| Vec::new()).await.unwrap().len(), 2);
    let list = List::Feed {
        after: 0,
        limit: 10,
    };
    assert_eq!(store.list(list).await.unwrap().len(), 2);

    let client = connect(&url).await;
    for refused in [
        "update journal set action = 'x'",
        "delete from journal",
        "truncate journal",
        "update posting set amount = 0",
        "delete from posting",
        "update feed set position = 0",
        "delete from feed",
        "delete from booking",
        "create table own (one integer)",
        "drop table busy",
        "alter table journal add column more text",
        "create function own() returns integer language sql return 1",
    ] {
        let error = client.batch_execute(refused).await.unwrap_err();
        let state = error.code().expect("an answer of the server").code();
        assert_eq!(state, "42501", "{refused}");
    }
    drop((client, store));
    let drop = format!("drop owned by {role}; drop role {role}");
    owner.batch_execute(&drop).await.unwrap();
}

/// The same change as a cancellation of it.
fn cancelled(change: Change) -> Change {
    match change {
        Change::PutBooking { mut row, .. } => {
            row.version = 2;
            Change::PutBooking { row, previous: 1 }
        }
        Change::ReplaceClaims {
            provider, owner, ..
        } => Change::ReplaceClaims {
            provider,
            owner,
            had: true,
            rows: Vec::new(),
        },
        Change::Record(_) => Change::Record(Box::new(entry(&id("ana"), "b", 2))),
        other => other,
    }
}
