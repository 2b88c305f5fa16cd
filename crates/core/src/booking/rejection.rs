use chrono::{DateTime, Utc};

use super::{Action, Actor, Refusal, Status};
use crate::assign::AssignError;
use crate::availability::{QueryError, Reason};
use crate::fees::{FeesError, RefundError};
use crate::id::BookingId;
use crate::money::MoneyError;
use crate::payment::PaymentError;
use crate::review::ReviewError;

/// Why a command is refused. Nothing has happened then, and nothing is to be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// There is no such booking.
    #[error("there is no such booking")]
    NotFound,
    /// There is a booking of that id already.
    #[error("there is a booking of that id already")]
    Exists,
    /// This actor may not do that in this state.
    #[error("`{action}` is not for the {actor}")]
    ActorNotAllowed {
        /// What was to be done.
        action: Action,
        /// By whom.
        actor: Actor,
    },
    /// The action belongs to another state.
    #[error("`{action}` does not go with a booking that is {status}")]
    WrongState {
        /// What was to be done.
        action: Action,
        /// Where the booking stands.
        status: Status,
    },
    /// The booking has come to its end.
    #[error("the booking has ended: it is {status}")]
    Ended {
        /// How it ended.
        status: Status,
    },
    /// The hold or the pending booking has lapsed.
    #[error("the hold or the booking has expired")]
    HoldExpired,
    /// The command was made for another version of the booking.
    #[error("the booking has version {current}, and the command is for version {expected}")]
    VersionConflict {
        /// Of the command.
        expected: u64,
        /// Of the booking.
        current: u64,
    },
    /// The secret is not the holder's.
    #[error("this is not the token of the hold")]
    NotTheHolder,
    /// The customer holds as many slots as it may.
    #[error("a customer may hold {most} slots at a time")]
    HoldQuota {
        /// Most live holds.
        most: u32,
    },
    /// The customer has as many holds and active bookings as it may.
    #[error("a customer may have {most} holds and active bookings")]
    BookingQuota {
        /// Most holds and bookings.
        most: u32,
    },
    /// The hold has lasted as long as it may.
    #[error("a hold cannot be extended any further")]
    HoldTooLong,
    /// The slot is not offered, or not free any more.
    #[error("the slot is not free")]
    SlotNotFree {
        /// Why; reveals who is busy, and is for providers and operators only.
        reasons: Vec<Reason>,
    },
    /// It is too late for this actor to do that.
    #[error("that was possible until {until}")]
    TooLate {
        /// The last instant at which it was possible.
        until: DateTime<Utc>,
    },
    /// It is too early.
    #[error("that is possible from {from} on")]
    TooEarly {
        /// The first instant at which it is possible.
        from: DateTime<Utc>,
    },
    /// This actor has to say why.
    #[error("the {actor} has to give a reason")]
    ReasonMissing {
        /// Who.
        actor: Actor,
    },
    /// Whoever did not come is the customer or the provider, and nobody marks itself.
    #[error("the {whose} cannot be marked as not there by the {by}")]
    NoShowOfOther {
        /// Who is to be marked.
        whose: Actor,
        /// By whom.
        by: Actor,
    },
    /// Captured money would be held for longer than it may be.
    #[error("the money would be held for more than {days} days")]
    HeldTooLong {
        /// The most days.
        days: u32,
    },
    /// Already as often as it may be.
    #[error("a booking can be moved {most} times (limit `RESCHEDULES_MAX`)")]
    TooManyReschedules {
        /// The most.
        most: usize,
    },
    /// The new time is the one that it has.
    #[error("the booking has that time already")]
    SameTime,
    /// An override names the resources that it takes.
    #[error("an override names the resources, by role, and each once")]
    OverrideNeedsResources,
    /// The payment belongs to the booking that took this one's place.
    #[error("the payment belongs to the booking `{to}`")]
    PassedOn {
        /// That booking.
        to: BookingId,
    },
    /// The snapshot lacks what the decision rests on.
    #[error("the snapshot has no `{part}`")]
    SnapshotIncomplete {
        /// What is missing.
        part: &'static str,
    },
    /// The snapshot's question is not about what the command wants.
    #[error("the snapshot's question is about another `{part}`")]
    SnapshotDiffers {
        /// What differs.
        part: &'static str,
    },
    /// The event is not the next one of the booking.
    #[error("the event does not follow on the booking")]
    EventOutOfOrder,
    /// An instant beyond the years that the engine knows.
    #[error("the time is out of range")]
    TimeOutOfRange,
    /// The question for the slot is not valid.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Nobody can be assigned.
    #[error(transparent)]
    Assign(AssignError),
    /// The price cannot be computed.
    #[error(transparent)]
    Fees(#[from] FeesError),
    /// The refund cannot be computed.
    #[error(transparent)]
    Refund(#[from] RefundError),
    /// The money cannot go on like this.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The review is not taken.
    #[error(transparent)]
    Review(#[from] ReviewError),
}

impl Rejection {
    /// What the table of transitions says, with its circumstances.
    pub(super) fn of_table(
        refusal: Refusal,
        status: Option<Status>,
        action: Action,
        actor: Actor,
    ) -> Rejection {
        match (refusal, status) {
            (Refusal::ActorNotAllowed, _) => Rejection::ActorNotAllowed { action, actor },
            (Refusal::Exists, _) => Rejection::Exists,
            (Refusal::WrongState, Some(status)) => Rejection::WrongState { action, status },
            (Refusal::Ended, Some(status)) => Rejection::Ended { status },
            (Refusal::NotFound | Refusal::WrongState | Refusal::Ended, _) => Rejection::NotFound,
        }
    }

    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::NotFound => "booking-not-found",
            Rejection::Exists => "booking-exists",
            Rejection::ActorNotAllowed { .. } => "actor-not-allowed",
            Rejection::WrongState { .. } => "wrong-state",
            Rejection::Ended { .. } => "booking-ended",
            Rejection::HoldExpired => "hold-expired",
            Rejection::VersionConflict { .. } => "version-conflict",
            Rejection::NotTheHolder => "not-the-holder",
            Rejection::HoldQuota { .. } => "hold-quota",
            Rejection::BookingQuota { .. } => "booking-quota",
            Rejection::HoldTooLong => "hold-too-long",
            Rejection::SlotNotFree { .. } => "slot-not-free",
            Rejection::TooLate { .. } => "too-late",
            Rejection::TooEarly { .. } => "too-early",
            Rejection::ReasonMissing { .. } => "reason-missing",
            Rejection::NoShowOfOther { .. } => "no-show-of-other",
            Rejection::HeldTooLong { .. } => "held-too-long",
            Rejection::TooManyReschedules { .. } => "too-many-reschedules",
            Rejection::SameTime => "same-time",
            Rejection::OverrideNeedsResources => "override-needs-resources",
            Rejection::PassedOn { .. } => "payment-passed-on",
            Rejection::SnapshotIncomplete { .. } => "snapshot-incomplete",
            Rejection::SnapshotDiffers { .. } => "snapshot-differs",
            Rejection::EventOutOfOrder => "event-out-of-order",
            Rejection::TimeOutOfRange => "time-out-of-range",
            Rejection::Query(error) => error.fault.code(),
            Rejection::Assign(error) => error.code(),
            Rejection::Fees(error) => error.code(),
            Rejection::Refund(error) => error.code(),
            Rejection::Payment(error) => error.code(),
            Rejection::Review(error) => error.code(),
        }
    }
}

impl From<MoneyError> for Rejection {
    fn from(error: MoneyError) -> Rejection {
        Rejection::Payment(error.into())
    }
}

impl From<AssignError> for Rejection {
    fn from(error: AssignError) -> Rejection {
        match error {
            AssignError::NotOffered { reasons } => Rejection::SlotNotFree { reasons },
            AssignError::Query(error) => Rejection::Query(error),
            AssignError::ChosenNotFree => Rejection::SlotNotFree {
                reasons: Vec::new(),
            },
            other => Rejection::Assign(other),
        }
    }
}
