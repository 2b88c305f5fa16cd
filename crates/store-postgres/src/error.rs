//! Errors of the driver as what they mean for the caller.

use std::sync::Arc;

use deadpool_postgres::{PoolError, TimeoutType};
use quando_engine::limits::DECISIONS_MAX;
use quando_engine::store::{ErrorSource, StoreError, TransactError};
use tokio_postgres::error::SqlState;

/// What `quando_expect` raises.
const EXPECTED: &str = "QD001";

/// Why an attempt came to nothing.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Something is not as the decision saw it: decide again.
    Moved,
    /// The decision was no, or the key was used.
    Transact(TransactError),
    /// The store failed; nothing was written.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

impl From<Failure> for TransactError {
    fn from(failure: Failure) -> TransactError {
        match failure {
            Failure::Moved => contended().into(),
            Failure::Transact(error) => error,
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> StoreError {
        match failure {
            Failure::Store(error) => error,
            Failure::Moved => contended(),
            Failure::Transact(error) => corrupt_error(&error.to_string()),
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        let Some(state) = error.code().cloned() else {
            // A row that cannot be read is wrong; everything else is the connection.
            let source: ErrorSource = Arc::new(error);
            return if source.to_string().contains("deserializing") {
                Failure::Store(corrupt_error(&source.to_string()))
            } else {
                Failure::Store(StoreError::Unavailable(source))
            };
        };
        if state.code() == EXPECTED || is_retried(&state) {
            return Failure::Moved;
        }
        let source: ErrorSource = Arc::new(error);
        Failure::Store(match state {
            SqlState::DISK_FULL | SqlState::OUT_OF_MEMORY => StoreError::Full(source),
            SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly(source),
            SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => StoreError::TimedOut(source),
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::TOO_MANY_CONNECTIONS
            | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => StoreError::Unavailable(source),
            _ => StoreError::Failed(source),
        })
    }
}

/// States that another attempt may get past: others were in between.
fn is_retried(state: &SqlState) -> bool {
    *state == SqlState::UNIQUE_VIOLATION
        || *state == SqlState::EXCLUSION_VIOLATION
        || *state == SqlState::T_R_SERIALIZATION_FAILURE
        || *state == SqlState::T_R_DEADLOCK_DETECTED
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Failure {
        Failure::Store(match error {
            PoolError::Timeout(TimeoutType::Wait) => StoreError::Overloaded,
            PoolError::Closed => StoreError::Closed,
            other => StoreError::Unavailable(Arc::new(other)),
        })
    }
}

/// The error of a statement whose effect may last although its answer was lost.
pub(crate) fn maybe_written(error: tokio_postgres::Error) -> Failure {
    let ended = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
    // A server that ends may say so after it has committed, and before it has answered.
    if let Some(state) = error.code()
        && !ended.contains(state)
    {
        return error.into();
    }
    Failure::Store(StoreError::Unknown(Arc::new(error)))
}

pub(crate) fn corrupt(what: &str) -> Failure {
    Failure::Store(corrupt_error(what))
}

fn corrupt_error(what: &str) -> StoreError {
    StoreError::Corrupt { what: what.into() }
}

fn contended() -> StoreError {
    StoreError::Contended {
        attempts: DECISIONS_MAX,
    }
}
