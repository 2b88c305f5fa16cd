use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{is_false, is_one, one, service::is_zero};
use crate::calendar::BusyStatus;
use crate::id::{BookingId, PlaceId, ResourceId, ServiceId};
use crate::time::{Interval, IntervalError, Minutes, text::serde_form};

/// Time of a resource that a booking or a live hold takes, with the buffers stored when it was
/// made.
///
/// JSON form: `{"service":"cut","start":"…Z","end":"…Z","bufferAfterMinutes":10,"units":1}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ClaimFields", into = "ClaimFields")]
pub struct Claim {
    /// When, without buffers.
    pub interval: Interval,
    /// What was booked; without it the claim joins no session and no service's limit.
    pub service: Option<ServiceId>,
    /// Time kept free before.
    pub buffer_before_minutes: Minutes,
    /// Time kept free after.
    pub buffer_after_minutes: Minutes,
    /// Units of the resource; of a session, seats taken on its primary resource.
    pub units: NonZeroU32,
    /// Whether it is part of a session: claims of one service with equal start, end and primary
    /// resource are one session, which takes one unit.
    pub session: bool,
    /// The session's primary resource, when that is another one.
    pub with: Option<ResourceId>,
    /// Where it takes place, for travel times.
    pub place: Option<PlaceId>,
    /// Whose claim it is; a query of that same booking leaves it out.
    pub booking: Option<BookingId>,
    /// Whether its booking is over: then it counts for limits, and takes no time.
    pub done: bool,
    /// Of a hold: the instant at which it lapses, and from which it blocks nobody.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Claim {
    /// A claim of one unit without buffers.
    pub fn new(interval: Interval) -> Claim {
        Claim {
            interval,
            service: None,
            buffer_before_minutes: Minutes::ZERO,
            buffer_after_minutes: Minutes::ZERO,
            units: NonZeroU32::MIN,
            session: false,
            with: None,
            place: None,
            booking: None,
            done: false,
            expires_at: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<ServiceId>,
    #[serde(with = "serde_form::instant")]
    start: DateTime<Utc>,
    #[serde(with = "serde_form::instant")]
    end: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "is_zero")]
    buffer_before_minutes: Minutes,
    #[serde(default, skip_serializing_if = "is_zero")]
    buffer_after_minutes: Minutes,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    units: NonZeroU32,
    #[serde(default, skip_serializing_if = "is_false")]
    session: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    with: Option<ResourceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<PlaceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    booking: Option<BookingId>,
    #[serde(default, skip_serializing_if = "is_false")]
    done: bool,
    #[serde(
        default,
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    expires_at: Option<DateTime<Utc>>,
}

impl TryFrom<ClaimFields> for Claim {
    type Error = IntervalError;

    fn try_from(fields: ClaimFields) -> Result<Claim, IntervalError> {
        Ok(Claim {
            interval: Interval::new(fields.start, fields.end)?,
            service: fields.service,
            buffer_before_minutes: fields.buffer_before_minutes,
            buffer_after_minutes: fields.buffer_after_minutes,
            units: fields.units,
            session: fields.session,
            with: fields.with,
            place: fields.place,
            booking: fields.booking,
            done: fields.done,
            expires_at: fields.expires_at,
        })
    }
}

impl From<Claim> for ClaimFields {
    fn from(claim: Claim) -> ClaimFields {
        ClaimFields {
            service: claim.service,
            start: claim.interval.start(),
            end: claim.interval.end(),
            buffer_before_minutes: claim.buffer_before_minutes,
            buffer_after_minutes: claim.buffer_after_minutes,
            units: claim.units,
            session: claim.session,
            with: claim.with,
            place: claim.place,
            booking: claim.booking,
            done: claim.done,
            expires_at: claim.expires_at,
        }
    }
}

/// External busy time: `{"start":"…Z","end":"…Z"}`, with an optional `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BusyFields", into = "BusyFields")]
pub struct Busy {
    /// When.
    pub interval: Interval,
    /// What the source says of it. Free time does not block; all else does.
    pub status: BusyStatus,
}

impl From<Interval> for Busy {
    fn from(interval: Interval) -> Busy {
        Busy {
            interval,
            status: BusyStatus::Busy,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BusyFields {
    #[serde(
        deserialize_with = "serde_form::instant::seconds",
        serialize_with = "print_seconds"
    )]
    start: i64,
    #[serde(
        deserialize_with = "serde_form::instant::seconds",
        serialize_with = "print_seconds"
    )]
    end: i64,
    #[serde(default, skip_serializing_if = "is_busy")]
    status: BusyStatus,
}

impl TryFrom<BusyFields> for Busy {
    type Error = IntervalError;

    fn try_from(fields: BusyFields) -> Result<Busy, IntervalError> {
        let interval = Interval::from_timestamps(fields.start, fields.end)?;
        Ok(Busy {
            interval,
            status: fields.status,
        })
    }
}

impl From<Busy> for BusyFields {
    fn from(busy: Busy) -> BusyFields {
        let (start, end) = (
            busy.interval.start_timestamp(),
            busy.interval.end_timestamp(),
        );
        BusyFields {
            start,
            end,
            status: busy.status,
        }
    }
}

/// Time away: half-open instants `{"start","end"}`, or whole civil days of the schedule's zone
/// `{"from","through"}`, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AbsenceFields", into = "AbsenceFields")]
pub enum Absence {
    /// Parts of days.
    Span {
        /// When.
        interval: Interval,
        /// Who takes over meanwhile: data that explanations carry, the engine does not act on it.
        redirect_to: Option<ResourceId>,
    },
    /// Whole civil days, both ends included.
    Days {
        /// First day away.
        from: NaiveDate,
        /// Last day away.
        through: NaiveDate,
        /// Who takes over meanwhile.
        redirect_to: Option<ResourceId>,
    },
}

impl Absence {
    /// Who takes over meanwhile.
    pub fn redirect_to(&self) -> Option<&ResourceId> {
        match self {
            Absence::Span { redirect_to, .. } | Absence::Days { redirect_to, .. } => {
                redirect_to.as_ref()
            }
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AbsenceFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<InstantField>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<InstantField>,
    #[serde(
        default,
        with = "serde_form::optional_date",
        skip_serializing_if = "Option::is_none"
    )]
    from: Option<NaiveDate>,
    #[serde(
        default,
        with = "serde_form::optional_date",
        skip_serializing_if = "Option::is_none"
    )]
    through: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redirect_to: Option<ResourceId>,
}

#[derive(Serialize, Deserialize)]
struct InstantField(#[serde(with = "serde_form::instant")] DateTime<Utc>);

/// Why an absence could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum AbsenceError {
    #[error("an absence has either `start` and `end`, or `from` and `through`")]
    Form,
    #[error("empty absence: `through` is before `from`")]
    Empty,
    #[error(transparent)]
    Interval(#[from] IntervalError),
}

impl TryFrom<AbsenceFields> for Absence {
    type Error = AbsenceError;

    fn try_from(fields: AbsenceFields) -> Result<Absence, AbsenceError> {
        let redirect_to = fields.redirect_to;
        match (fields.start, fields.end, fields.from, fields.through) {
            (Some(start), Some(end), None, None) => Ok(Absence::Span {
                interval: Interval::new(start.0, end.0)?,
                redirect_to,
            }),
            (None, None, Some(from), Some(through)) if from <= through => Ok(Absence::Days {
                from,
                through,
                redirect_to,
            }),
            (None, None, Some(_), Some(_)) => Err(AbsenceError::Empty),
            _ => Err(AbsenceError::Form),
        }
    }
}

impl From<Absence> for AbsenceFields {
    fn from(absence: Absence) -> AbsenceFields {
        match absence {
            Absence::Span {
                interval,
                redirect_to,
            } => AbsenceFields {
                start: Some(InstantField(interval.start())),
                end: Some(InstantField(interval.end())),
                redirect_to,
                ..AbsenceFields::default()
            },
            Absence::Days {
                from,
                through,
                redirect_to,
            } => AbsenceFields {
                from: Some(from),
                through: Some(through),
                redirect_to,
                ..AbsenceFields::default()
            },
        }
    }
}

/// A span that the owner of a shared limit has booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookedSpan(pub Interval);

/// How long it takes from one place to another.
///
/// An entry holds in both directions unless the table has one of its own for the way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Travel {
    /// Where it starts.
    pub from: PlaceId,
    /// Where it ends.
    pub to: PlaceId,
    /// How long it takes.
    pub minutes: Minutes,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn print_seconds<S: serde::Serializer>(seconds: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(crate::time::text::InstantText::new(*seconds).as_str())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_busy(status: &BusyStatus) -> bool {
    *status == BusyStatus::Busy
}
