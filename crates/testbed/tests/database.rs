//! Databases of one test each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use quando_testbed::{Database, TestbedError};
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn count(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

const TABLES: &str = "select count(*) from pg_tables where schemaname = 'public'";

/// Of this run, so that a server that outlives it does not have the template already.
fn hash(kind: &str) -> String {
    format!("{kind}{}", std::process::id())
}

#[tokio::test]
async fn a_fresh_database_is_empty_and_gone_afterwards() {
    let kept = Database::fresh().unwrap();
    let database = Database::fresh().unwrap();
    assert_ne!(database.name(), kept.name());
    let client = connect(database.url()).await;
    client
        .batch_execute("create table a (b int)")
        .await
        .unwrap();
    let other = connect(kept.url()).await;
    assert_eq!(count(&other, TABLES).await, 0);
    let name = database.name().to_owned();
    // With the connection still open.
    drop(database);
    let left = format!("select count(*) from pg_database where datname = '{name}'");
    assert_eq!(count(&other, &left).await, 0);
}

#[tokio::test]
async fn a_template_is_prepared_once_and_copied() {
    static PREPARED: AtomicU32 = AtomicU32::new(0);
    let copy = || {
        Database::from_template("shop", &hash("once"), |url| async move {
            PREPARED.fetch_add(1, Ordering::SeqCst);
            connect(&url)
                .await
                .batch_execute("create table a (b int)")
                .await
        })
    };
    let copies: Vec<_> = (0..4).map(|_| tokio::task::spawn_blocking(copy)).collect();
    for each in copies {
        let database = each.await.unwrap().unwrap();
        let client = connect(database.url()).await;
        assert_eq!(count(&client, "select count(*) from a").await, 0);
        client
            .batch_execute("insert into a values (1)")
            .await
            .unwrap();
    }
    assert_eq!(PREPARED.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_hash_gets_another_template() {
    let copy = |kind, table: &'static str| {
        let prepare =
            move |url: String| async move { connect(&url).await.batch_execute(table).await };
        Database::from_template("shop", &hash(kind), prepare).unwrap()
    };
    let (old, new) = (
        copy("old", "create table a ()"),
        copy("new", "create table a (); create table b ()"),
    );
    assert_eq!(count(&connect(old.url()).await, TABLES).await, 1);
    assert_eq!(count(&connect(new.url()).await, TABLES).await, 2);
}

#[tokio::test]
async fn a_template_that_failed_is_prepared_again() {
    let hash = hash("fails");
    let refused = Database::from_template("shop", &hash, |_| async {
        Err(io::Error::other("no migrations"))
    });
    let error = refused.unwrap_err();
    assert!(matches!(error, TestbedError::Prepare { .. }), "{error}");
    assert!(error.to_string().ends_with("no migrations"), "{error}");
    let prepare = |_| async { Ok::<(), io::Error>(()) };
    assert!(Database::from_template("shop", &hash, prepare).is_ok());
}
