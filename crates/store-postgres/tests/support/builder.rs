//! Stores for the suite, each in a database of its own.

use std::future::Future;
use std::sync::Arc;

use crate::database::{database, options};
use quando_engine::testkit::{Built, BuiltBy, FailAfter, Reopen, StoreBuilder};
use quando_store_postgres::PostgresStore;
use quando_testbed::Database;
use tokio::runtime::{Builder, Runtime};

pub(crate) struct PostgresBuilder {
    runtime: Runtime,
    group_commit: bool,
}

impl PostgresBuilder {
    pub(crate) fn new(group_commit: bool) -> PostgresBuilder {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("there are threads for a runtime");
        PostgresBuilder {
            runtime,
            group_commit,
        }
    }
}

async fn open(database: &Database, group_commit: bool) -> Arc<PostgresStore> {
    let mut options = options(database.url());
    options.group_commit = group_commit;
    let store = PostgresStore::connect(&options).await;
    Arc::new(store.expect("the database has the tables"))
}

impl StoreBuilder for PostgresBuilder {
    type Store = PostgresStore;
    type Handle = Database;

    async fn build(&self) -> Built<PostgresStore, Database> {
        let handle = database();
        Built {
            store: open(&handle, self.group_commit).await,
            handle,
        }
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

impl Reopen for PostgresBuilder {
    async fn reopen(&self, built: BuiltBy<Self>) -> BuiltBy<Self> {
        let Built { store, handle } = built;
        drop(store);
        Built {
            store: open(&handle, self.group_commit).await,
            handle,
        }
    }
}

impl FailAfter for PostgresBuilder {
    fn fail_after(&self, built: &BuiltBy<Self>, statements: Option<u32>) {
        built.store.fail_after(statements);
    }
}
