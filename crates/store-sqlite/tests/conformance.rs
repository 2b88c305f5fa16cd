//! The suite for stores, on SQLite: each case on a file of its own.

use std::future::Future;
use std::sync::Arc;

use chrono::DateTime;
use quando_engine::testkit::{Built, BuiltBy, FailAfter, Reopen, StoreBuilder};
use quando_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

struct SqliteBuilder;

fn open(folder: &TempDir) -> Arc<SqliteStore> {
    let options = Options::new(folder.path().join("quando.db"));
    let store = SqliteStore::open(options, DateTime::UNIX_EPOCH);
    Arc::new(store.expect("an empty folder takes a file"))
}

impl StoreBuilder for SqliteBuilder {
    type Store = SqliteStore;
    type Handle = TempDir;

    async fn build(&self) -> Built<SqliteStore, TempDir> {
        let handle = tempfile::tempdir().expect("there is room for a folder");
        Built {
            store: open(&handle),
            handle,
        }
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        quando_engine::wait(future)
    }
}

impl Reopen for SqliteBuilder {
    async fn reopen(&self, built: BuiltBy<Self>) -> BuiltBy<Self> {
        let Built { store, handle } = built;
        drop(store);
        Built {
            store: open(&handle),
            handle,
        }
    }
}

impl FailAfter for SqliteBuilder {
    fn fail_after(&self, built: &BuiltBy<Self>, statements: Option<u32>) {
        built.store.fail_after(statements);
    }
}

quando_engine::store_suite!(SqliteBuilder);
quando_engine::store_suite_reopen!(SqliteBuilder);
quando_engine::store_suite_fail_after!(SqliteBuilder);
