//! A database with the tables, for one test.

use std::time::Duration;

use quando_engine::store::StoreError;
use quando_store_postgres::{Migrator, Options, fingerprint};
use quando_testbed::Database;

/// How tests use a server.
pub(crate) fn options(url: &str) -> Options {
    let mut options = Options::new(url);
    // The clusters of tests are quick, and lose what they have when they are killed.
    options.allow_unsafe_durability = true;
    options.max_connections = 8;
    // No case is about a machine that is slow because other tests run on it.
    let patient = Duration::from_secs(60);
    options.connection_wait = patient;
    options.statement_timeout = patient;
    options.lock_timeout = patient;
    options
}

async fn migrate(url: String) -> Result<(), StoreError> {
    Migrator::connect(&options(&url)).await?.up(None).await?;
    Ok(())
}

/// A database with the tables.
pub(crate) fn database() -> Database {
    let made = || Database::from_template("store", &fingerprint(), migrate);
    tokio::task::block_in_place(made).expect("a cluster makes databases")
}
