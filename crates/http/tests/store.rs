//! The store behind the server: one of both, by the test program.

use chrono::{DateTime, Utc};
use quando_engine::Refusal;
use quando_engine::store::{
    FeedEntry, Item, List, Projection, Scope, Snapshot, Store, StoreError, TransactError, Write,
    WriteRequest, Written,
};
use quando_store_postgres::{Migrator, PostgresStore, fingerprint};
use quando_store_sqlite::{Missing, SqliteStore};
use quando_testbed::Database;
use tempfile::TempDir;

/// Which store a test program is for.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "each test program is for one of them")]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// An open store.
#[derive(Debug)]
pub(crate) enum TestStore {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Where a store is; gone when it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "what is kept for its end alone")]
pub(crate) enum Place {
    Folder(TempDir),
    Database(Database),
}

impl TestStore {
    /// An empty one.
    pub(crate) async fn open(kind: Kind, now: DateTime<Utc>) -> (TestStore, Place) {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("quando.db");
                let mut options = quando_store_sqlite::Options::new(path);
                options.missing = Missing::Create;
                let store = SqliteStore::open(options, now).unwrap();
                (TestStore::Sqlite(store), Place::Folder(folder))
            }
            Kind::Postgres => {
                let make = || Database::from_template("store", &fingerprint(), migrate);
                let made = tokio::task::spawn_blocking(make).await.unwrap();
                let database = made.expect("a cluster makes databases");
                let options = options(database.url());
                let store = PostgresStore::connect(&options).await.unwrap();
                (TestStore::Postgres(store), Place::Database(database))
            }
        }
    }
}

async fn migrate(url: String) -> Result<(), StoreError> {
    Migrator::connect(&options(&url)).await?.up(None).await?;
    Ok(())
}

fn options(url: &str) -> quando_store_postgres::Options {
    let mut options = quando_store_postgres::Options::new(url);
    // The clusters of tests are quick, and lose what they have when they are killed.
    options.allow_unsafe_durability = true;
    options.max_connections = 8;
    // No test is about a machine that is slow because others run on it.
    let patient = std::time::Duration::from_secs(60);
    options.connection_wait = patient;
    options.statement_timeout = patient;
    options.lock_timeout = patient;
    options
}

macro_rules! on_each {
    ($store:expr, $name:ident => $answer:expr) => {
        match $store {
            TestStore::Sqlite($name) => $answer.await,
            TestStore::Postgres($name) => $answer.await,
        }
    };
}

impl Store for TestStore {
    async fn read(&self, scope: Scope) -> Result<Snapshot, StoreError> {
        on_each!(self, store => store.read(scope))
    }

    async fn transact<D>(&self, request: WriteRequest, decide: D) -> Result<Written, TransactError>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        on_each!(self, store => store.transact(request, decide))
    }

    async fn list(&self, list: List) -> Result<Vec<Item>, StoreError> {
        on_each!(self, store => store.list(list))
    }

    async fn relay<P>(&self, limit: u32, project: P) -> Result<Vec<FeedEntry>, StoreError>
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        on_each!(self, store => store.relay(limit, project))
    }
}
