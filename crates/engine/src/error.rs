use quando::booking::Rejection;
use quando::booking::series::SeriesError;
use quando::idempotency::IdempotencyError;

use crate::record::RecordError;
use crate::refusal::Refusal;
use crate::store::{StoreError, TransactError};

/// Why a use case came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules say no; a normal answer.
    #[error(transparent)]
    Rejected(#[from] Box<Rejection>),
    /// There is no series to try.
    #[error(transparent)]
    Series(#[from] Box<SeriesError>),
    /// Something that the request names is not there.
    #[error("there is no such {what}")]
    NotFound {
        /// What.
        what: &'static str,
    },
    /// Something of that id is there already.
    #[error("there is a {what} of that id already")]
    Exists {
        /// What.
        what: &'static str,
    },
    /// The request was made for another version.
    #[error("the {what} has version {current}, and the request is for version {expected}")]
    VersionConflict {
        /// Of what.
        what: &'static str,
        /// Of the request.
        expected: u64,
        /// Of what is there.
        current: u64,
    },
    /// What is to be stored contradicts itself or what is there.
    #[error(transparent)]
    Invalid(#[from] Box<RecordError>),
    /// The key was used for something else, or is being used.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The search is not one.
    #[error(transparent)]
    Search(#[from] quando::search::SearchError),
    /// Personal data cannot be sealed or opened.
    #[error(transparent)]
    Personal(#[from] crate::personal::SealError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Rejected(rejection) => rejection.code(),
            Error::Series(error) => error.code(),
            Error::NotFound { .. } => "not-found",
            Error::Exists { .. } => "already-exists",
            Error::VersionConflict { .. } => "record-version-conflict",
            Error::Invalid(error) => error.code(),
            Error::Idempotency(error) => error.code(),
            Error::Search(error) => error.code(),
            Error::Personal(error) => error.code(),
            Error::Store(error) => error.code(),
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Error {
        Error::Rejected(Box::new(rejection))
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Error {
        Error::Invalid(Box::new(error))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal {
            Refusal::Rejected(rejection) => Error::Rejected(rejection),
            Refusal::Series(error) => Error::Series(error),
            Refusal::NotFound { what } => Error::NotFound { what },
            Refusal::Exists { what } => Error::Exists { what },
            Refusal::VersionConflict {
                what,
                expected,
                current,
            } => Error::VersionConflict {
                what,
                expected,
                current,
            },
            Refusal::Invalid(error) => Error::Invalid(error),
            Refusal::Corrupt(what) => StoreError::Corrupt { what }.into(),
            Refusal::Widen(_)
            | Refusal::Lapsed(_)
            | Refusal::TermsUnknown(_)
            | Refusal::Unseen
            | Refusal::Stale => StoreError::Contended {
                attempts: crate::limits::SCOPES_MAX,
            }
            .into(),
        }
    }
}

impl From<TransactError> for Error {
    fn from(error: TransactError) -> Error {
        match error {
            TransactError::Refused(refusal) => refusal.into(),
            TransactError::Idempotency(error) => error.into(),
            TransactError::Store(error) => error.into(),
        }
    }
}
