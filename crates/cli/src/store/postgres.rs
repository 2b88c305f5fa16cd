//! A database of PostgreSQL, and the runtime that its driver needs.

use std::time::Duration;

use quando_engine::store::StoreError;
use quando_store_postgres::{Options, PostgresStore};
use tokio::runtime::{Builder, Runtime};

use crate::input::Problem;
use crate::output::{Failure, problem_of};

/// Longest wait for a connection: an import asks for many at the same time.
const CONNECTION_WAIT: Duration = Duration::from_secs(10);

/// How a server is used by one command.
pub(crate) fn options(url: &str, allow_unsafe_durability: bool) -> Options {
    let mut options = Options::new(url);
    options.connection_wait = CONNECTION_WAIT;
    options.allow_unsafe_durability = allow_unsafe_durability;
    options
}

/// A runtime on the thread of the command, which waits for one thing after the other.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|source| Failure::Unreadable {
        name: "the network".to_owned(),
        source,
    })
}

pub(super) fn connect(runtime: &Runtime, options: &Options) -> Result<PostgresStore, Failure> {
    let store = runtime.block_on(PostgresStore::connect(options));
    store.map_err(|error| refused(&error))
}

/// What a server says no to, and what helps.
pub(crate) fn refused(error: &StoreError) -> Failure {
    Failure::Declined(Box::new(problem(error)))
}

fn problem(error: &StoreError) -> Problem {
    let mut problem = problem_of(error.code(), error);
    match error {
        StoreError::Schema { found, needed } if found < needed => {
            problem.message += "; `quando migrate up` brings them up to date";
        }
        StoreError::Schema { .. } => problem.message += "; this program is too old for it",
        _ => {}
    }
    problem
}
