//! What is wrong with a query, and where.

use std::fmt;

use crate::id::{PlaceId, ResourceId};
use crate::recurrence::ExpandError;
use crate::schedule::OpenHoursError;

/// A query that cannot be answered: where the fault is, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", prefix(.pointer))]
pub struct QueryError {
    /// RFC 6901 pointer to the field, such as `/resources/0/claims/2`; empty for the whole query.
    pub pointer: String,
    /// What is wrong with it.
    pub fault: QueryFault,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryFault {
    /// The text is not JSON, or not JSON of this form.
    #[error("{message}")]
    Malformed {
        /// What the reader found.
        message: String,
        /// Line and column in the text, both from 1, when the fault has a place there.
        position: Option<(usize, usize)>,
    },
    /// A number is 0 where at least 1 is needed.
    #[error("must be at least 1")]
    Zero,
    /// A list is empty that needs at least one entry.
    #[error("must not be empty")]
    EmptyList,
    /// There are several resources and no need that says which of them it takes.
    #[error("must be given unless there is exactly one resource")]
    NeedMissing,
    /// An id names no resource of the query.
    #[error("no resource has the id `{0}`")]
    UnknownResource(ResourceId),
    /// Two entries are the same where each may occur once.
    #[error("`{0}` is there twice")]
    Duplicate(String),
    /// The last date is before the first.
    #[error("the last date is before the first")]
    DatesReversed,
    /// A limit restricts nothing.
    #[error("a limit needs `maxBookings` or `maxMinutes`")]
    LimitOfNothing,
    /// The `max` rule is defined between neighbours of one unit.
    #[error("the buffer rule `max` needs a capacity of 1")]
    MaxNeedsCapacityOne,
    /// A class, or a service with limits, counts claims by its id.
    #[error("a class or a service with limits needs an `id`")]
    ServiceIdMissing,
    /// A session is one of a service.
    #[error("a claim of a session needs a `service`")]
    SessionWithoutService,
    /// Only a session has another primary resource.
    #[error("`with` names the primary resource of a session; this claim is none")]
    WithoutSession,
    /// The duration is none of the choices.
    #[error("{minutes} minutes are none of the service's `durationChoices`")]
    NotADurationChoice {
        /// What was asked for.
        minutes: u32,
    },
    /// The grid's offset only has a meaning on the wall clock.
    #[error("`stepOffsetMinutes` needs `align` to be `clock`")]
    OffsetNeedsClock,
    /// More units than the resource has.
    #[error("a capacity window has at most the capacity of its resource")]
    CapacityWindowTooLarge,
    /// The travel table lacks a pair of places.
    #[error("no travel time between `{from}` and `{to}`")]
    TravelMissing {
        /// One place.
        from: PlaceId,
        /// The other.
        to: PlaceId,
    },
    /// A travel time between a place and itself.
    #[error("from `{0}` to itself there is no way")]
    TravelToItself(PlaceId),
    /// Travel is defined between neighbours of one unit.
    #[error("a claim with a `place` needs a resource with a capacity of 1")]
    TravelNeedsCapacityOne,
    /// `current` does not have one list for each role.
    #[error("must have one list of resources for each role")]
    RolesDiffer,
    /// Opening hours run into a limit.
    #[error(transparent)]
    OpenHours(#[from] OpenHoursError),
    /// A recurrence runs into a limit.
    #[error(transparent)]
    Expand(ExpandError),
    /// The query is larger than the engine answers in one go.
    #[error("{what}: at most {maximum} (limit `{limit}`)")]
    OverLimit {
        /// What there is too much of.
        what: &'static str,
        /// The name of the limit in [`crate::limits`].
        limit: &'static str,
        /// Its value.
        maximum: u64,
    },
}

impl QueryFault {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            QueryFault::Malformed { .. } => "malformed",
            QueryFault::Zero => "zero",
            QueryFault::EmptyList => "empty-list",
            QueryFault::NeedMissing => "need-missing",
            QueryFault::UnknownResource(_) => "unknown-resource",
            QueryFault::Duplicate(_) => "duplicate",
            QueryFault::DatesReversed => "dates-reversed",
            QueryFault::LimitOfNothing => "limit-of-nothing",
            QueryFault::MaxNeedsCapacityOne => "max-needs-capacity-one",
            QueryFault::ServiceIdMissing => "service-id-missing",
            QueryFault::SessionWithoutService => "session-without-service",
            QueryFault::WithoutSession => "with-without-session",
            QueryFault::NotADurationChoice { .. } => "not-a-duration-choice",
            QueryFault::OffsetNeedsClock => "offset-needs-clock",
            QueryFault::CapacityWindowTooLarge => "capacity-window-too-large",
            QueryFault::TravelMissing { .. } => "travel-missing",
            QueryFault::TravelToItself(_) => "travel-to-itself",
            QueryFault::TravelNeedsCapacityOne => "travel-needs-capacity-one",
            QueryFault::RolesDiffer => "roles-differ",
            QueryFault::OpenHours(_) => "open-hours",
            QueryFault::Expand(error) => error.code(),
            QueryFault::OverLimit { .. } => "over-limit",
        }
    }

    /// Whether a smaller question may be answered.
    pub(crate) fn is_limit(&self) -> bool {
        matches!(
            self,
            QueryFault::OverLimit { .. } | QueryFault::OpenHours(_)
        )
    }

    pub(crate) fn at(self, pointer: impl Into<String>) -> QueryError {
        QueryError {
            pointer: pointer.into(),
            fault: self,
        }
    }
}

fn prefix(pointer: &str) -> impl fmt::Display {
    if pointer.is_empty() {
        String::new()
    } else {
        format!("`{pointer}`: ")
    }
}
