use std::sync::Arc;

use quando::idempotency::IdempotencyError;

use crate::refusal::Refusal;

/// A fault of the store, named by what it means for the caller.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached now; nothing was written. Ask again later.
    #[error("the store cannot be reached")]
    Unavailable(#[source] ErrorSource),
    /// It has more to do than it takes on; nothing was written. Ask again later.
    #[error("the store is overloaded")]
    Overloaded,
    /// Others wrote in between more often than it was tried; nothing was written.
    #[error("others were quicker {attempts} times")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// It took too long, and was given up; nothing was written.
    #[error("the store took too long")]
    TimedOut(#[source] ErrorSource),
    /// The connection was lost while the write was becoming durable: it was written, or not. Asking
    /// again with the same idempotency key settles it.
    #[error("nobody knows whether it was written: ask again with the same idempotency key")]
    Unknown(#[source] ErrorSource),
    /// There is no space left; nothing was written.
    #[error("the store is full")]
    Full(#[source] ErrorSource),
    /// It may only be read; nothing was written.
    #[error("the store may only be read")]
    ReadOnly(#[source] ErrorSource),
    /// Its tables are not those of this program.
    #[error("the store has version {found} of its tables, and version {needed} is needed")]
    Schema {
        /// What it has.
        found: u32,
        /// What the program needs.
        needed: u32,
    },
    /// What is stored cannot be read.
    #[error("what is stored cannot be read: {what}")]
    Corrupt {
        /// What, and where.
        what: Box<str>,
    },
    /// It has been closed.
    #[error("the store is closed")]
    Closed,
    /// Something that should not happen; nothing was written.
    #[error("the store failed")]
    Failed(#[source] ErrorSource),
}

/// The error of a driver.
pub type ErrorSource = Arc<dyn std::error::Error + Send + Sync>;

impl StoreError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Unavailable(_) => "store-unavailable",
            StoreError::Overloaded => "store-overloaded",
            StoreError::Contended { .. } => "store-contended",
            StoreError::TimedOut(_) => "store-timed-out",
            StoreError::Unknown(_) => "store-unknown",
            StoreError::Full(_) => "store-full",
            StoreError::ReadOnly(_) => "store-read-only",
            StoreError::Schema { .. } => "store-schema",
            StoreError::Corrupt { .. } => "store-corrupt",
            StoreError::Closed => "store-closed",
            StoreError::Failed(_) => "store-failed",
        }
    }

    /// Whether asking again later may help, with the same idempotency key if it was a write.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            StoreError::Unavailable(_)
                | StoreError::Overloaded
                | StoreError::Contended { .. }
                | StoreError::TimedOut(_)
                | StoreError::Unknown(_)
                | StoreError::Full(_)
        )
    }
}

/// Why a write came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactError {
    /// The decision was no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key was used for something else, or is being used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
