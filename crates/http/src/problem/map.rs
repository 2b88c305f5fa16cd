//! Which status stands for which error of the engine.

use axum::http::StatusCode;
use quando::availability::{QueryError, QueryFault};
use quando::booking::Rejection;
use quando::fees::RefundError;
use quando::idempotency::IdempotencyError;
use quando::ledger::LedgerError;
use quando::payment::PaymentError;
use quando::review::ReviewError;
use quando_engine::Error;
use quando_engine::record::RecordError;
use quando_engine::store::StoreError;

use super::Problem;

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let status = status(&error);
        let mut problem = Problem::new(status, error.code(), error.to_string());
        match &error {
            Error::Rejected(rejection) => {
                if let Rejection::Query(query) = &**rejection {
                    problem.pointer.clone_from(&query.pointer);
                }
            }
            Error::Idempotency(IdempotencyError::InFlight) => problem.retry_after = Some(1),
            Error::Store(StoreError::Full(_)) => problem.retry_after = Some(30),
            Error::Store(_) if status == StatusCode::SERVICE_UNAVAILABLE => {
                problem.retry_after = Some(1);
            }
            _ => {}
        }
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            // What is stored, and where, is for the operator's log and not for the caller.
            log::error!("{}: {error}", error.code());
            "the server failed".clone_into(&mut problem.detail);
        }
        problem
    }
}

/// A document that is JSON, and not of its form.
impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Problem {
        let status = match error.fault {
            QueryFault::Malformed { .. } => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut problem = Problem::new(status, error.fault.code(), error.fault.to_string());
        problem.pointer = error.pointer;
        problem
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Rejected(rejection) => of_rejection(rejection),
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Exists { .. } => StatusCode::CONFLICT,
        Error::VersionConflict { .. } => StatusCode::PRECONDITION_FAILED,
        Error::Invalid(error) => match **error {
            RecordError::Booked { .. } | RecordError::InUse { .. } | RecordError::Decided => {
                StatusCode::CONFLICT
            }
            RecordError::SamePerson => StatusCode::FORBIDDEN,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        },
        Error::Idempotency(error) => match error {
            IdempotencyError::KeyMalformed => StatusCode::BAD_REQUEST,
            IdempotencyError::InFlight => StatusCode::CONFLICT,
            IdempotencyError::Mismatch => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        },
        Error::Series(_) | Error::Search(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Store(error) if error.is_transient() || matches!(error, StoreError::Closed) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A conflict is what another moment or another slot may change; what is invalid stays so.
fn of_rejection(rejection: &Rejection) -> StatusCode {
    match rejection {
        Rejection::NotFound => StatusCode::NOT_FOUND,
        // No state of a booking makes an amount one that is none.
        Rejection::Payment(
            PaymentError::Refund(RefundError::NotPositive)
            | PaymentError::Ledger(LedgerError::Money(_)),
        ) => StatusCode::UNPROCESSABLE_ENTITY,
        Rejection::ActorNotAllowed { .. } | Rejection::NotTheHolder => StatusCode::FORBIDDEN,
        Rejection::VersionConflict { .. } => StatusCode::PRECONDITION_FAILED,
        Rejection::Exists
        | Rejection::WrongState { .. }
        | Rejection::Ended { .. }
        | Rejection::HoldExpired
        | Rejection::HoldQuota { .. }
        | Rejection::BookingQuota { .. }
        | Rejection::HoldTooLong
        | Rejection::SlotNotFree { .. }
        | Rejection::TooLate { .. }
        | Rejection::TooEarly { .. }
        | Rejection::TooManyReschedules { .. }
        | Rejection::PassedOn { .. }
        | Rejection::Assign(_)
        | Rejection::Payment(_)
        | Rejection::Review(ReviewError::NotOpen | ReviewError::Closed | ReviewError::Twice) => {
            StatusCode::CONFLICT
        }
        Rejection::SnapshotIncomplete { .. }
        | Rejection::SnapshotDiffers { .. }
        | Rejection::EventOutOfOrder => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
