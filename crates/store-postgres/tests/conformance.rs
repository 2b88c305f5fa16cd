//! The suite for stores, on PostgreSQL: each case in a database of its own.

use std::future::Future;
use std::sync::Arc;

use quando_engine::testkit::{Built, BuiltBy, FailAfter, Reopen, StoreBuilder};
use quando_store_postgres::{Migrator, Options, PostgresStore, fingerprint};
use quando_testbed::Database;
use tokio::runtime::{Builder, Runtime};

struct PostgresBuilder {
    runtime: Runtime,
}

impl PostgresBuilder {
    fn new() -> PostgresBuilder {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("there are threads for a runtime");
        PostgresBuilder { runtime }
    }
}

fn options(url: &str) -> Options {
    let mut options = Options::new(url);
    // The clusters of tests are quick, and lose what they have when they are killed.
    options.allow_unsafe_durability = true;
    options.max_connections = 8;
    options
}

async fn migrate(url: String) -> Result<(), quando_engine::store::StoreError> {
    Migrator::connect(&options(&url)).await?.up(None).await?;
    Ok(())
}

async fn open(database: &Database) -> Arc<PostgresStore> {
    let store = PostgresStore::connect(&options(database.url())).await;
    Arc::new(store.expect("the database has the tables"))
}

impl StoreBuilder for PostgresBuilder {
    type Store = PostgresStore;
    type Handle = Database;

    async fn build(&self) -> Built<PostgresStore, Database> {
        let made = || Database::from_template("store", &fingerprint(), migrate);
        let handle = tokio::task::block_in_place(made).expect("a cluster makes databases");
        Built {
            store: open(&handle).await,
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
            store: open(&handle).await,
            handle,
        }
    }
}

impl FailAfter for PostgresBuilder {
    fn fail_after(&self, built: &BuiltBy<Self>, statements: Option<u32>) {
        built.store.fail_after(statements);
    }
}

quando_engine::store_suite!(PostgresBuilder::new());
quando_engine::store_suite_reopen!(PostgresBuilder::new());
quando_engine::store_suite_fail_after!(PostgresBuilder::new());
