//! Why a decision is no, or has to be made again on other grounds.

use quando::booking::Rejection;
use quando::booking::series::SeriesError;
use quando::id::BookingId;
use quando::time::Interval;

use crate::audit::Hash;

/// Why nothing is written. To a store all of them are the same: it rolls back and hands it on.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The rules say no.
    #[error(transparent)]
    Rejected(#[from] Box<Rejection>),
    /// There is no series to try.
    #[error(transparent)]
    Series(Box<SeriesError>),
    /// Something that the request names is not there.
    #[error("there is no such {what}")]
    NotFound {
        /// What: `provider`, `resource`, `service`.
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
    #[error("{0}")]
    Invalid(Box<crate::record::RecordError>),
    /// What is stored cannot be read.
    #[error("what is stored cannot be read: {0}")]
    Corrupt(Box<str>),
    /// The decision needs to see more than the request's scope. The engine asks again.
    #[error("the decision needs to see more")]
    Widen(Box<Widen>),
    /// Holds or bookings that have lapsed are in the way. The engine lets them expire, and asks
    /// again.
    #[error("lapsed bookings are in the way")]
    Lapsed(Vec<BookingId>),
    /// Terms that have not been seen yet. The engine reads them, and asks again.
    #[error("terms are not known yet")]
    TermsUnknown(Hash),
    /// The decision needs to see the claims of others. The engine reads them, and asks again.
    #[error("the decision needs to see others")]
    Unseen,
    /// What the request's scope was made from has changed. The engine asks again.
    #[error("others were quicker")]
    Stale,
}

/// What a decision needs to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widen {
    /// Claims and busy time that meet this.
    pub span: Interval,
    /// Those of all resources of the provider.
    pub all_resources: bool,
    /// With nobody else deciding on them meanwhile.
    pub lock: bool,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Refusal {
        Refusal::Rejected(Box::new(rejection))
    }
}
