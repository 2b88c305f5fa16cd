//! The question: what is asked, of whom, and what is already taken.

mod claim;
mod resource;
mod service;

use std::num::NonZeroU32;

use chrono::{DateTime, Utc, Weekday};
use serde::{Deserialize, Serialize};

pub use claim::{Absence, BookedSpan, Busy, Claim, Travel};
pub use resource::{BufferRule, CapacityWindow, Resource, ServiceSchedule};
pub use service::{Align, BuffersInsideHours, Service};

use crate::id::{BookingId, PlaceId, ResourceId};
use crate::schedule::Schedule;
use crate::time::{Window, Zone, text::serde_form};

/// A question for bookable starts, with everything that the answer depends on.
///
/// Nothing else is read: no clock (`now` is a field), no zone database but the compiled-in one, no
/// storage. The same query gives the same answer, byte for byte, on every platform. The JSON form
/// of a query is therefore also the form of a reproducible report.
///
/// [`Query::new`] fills everything that has a default.
///
/// # Example
///
/// ```
/// use quando::availability::Query;
///
/// let query: Query = serde_json::from_str(r#"{
///   "window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"},
///   "now": "2026-03-01T12:00:00Z",
///   "zone": "America/New_York",
///   "service": {"durationMinutes": 60},
///   "resources": [{"id": "ana", "schedule": {
///     "zone": "America/New_York", "weekly": {"mon": [{"from": "09:00", "to": "12:00"}]}}}]
/// }"#)?;
/// let answer = quando::slots(&query)?;
/// let starts: Vec<String> = answer.slots().map(|slot| slot.start().to_rfc3339()).collect();
/// assert_eq!(starts, [
///     "2026-03-02T14:00:00+00:00", "2026-03-02T15:00:00+00:00", "2026-03-02T16:00:00+00:00",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    /// Starts are asked for in `[from, to)`; a slot's end may lie past `to`.
    pub window: Window,
    /// The instant of the question.
    #[serde(with = "serde_form::instant")]
    pub now: DateTime<Utc>,
    /// The business's zone: grids, horizons and limits are read on its wall clock. Never the
    /// viewer's.
    pub zone: Zone,
    /// What is to be booked.
    pub service: Service,
    /// Which resources it takes; may be left out when there is one resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<Vec<Role>>,
    /// The resources that the roles name, with their time.
    pub resources: Vec<Resource>,
    /// Hours of the business, the location or anything else that all resources are bound to: one
    /// schedule or a list of them. Absent, nothing is constrained; a schedule without a window
    /// closes all.
    #[serde(default, skip_serializing_if = "SharedHours::is_unconstrained")]
    pub hours: SharedHours,
    /// How many people or units the booking is for.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub party: NonZeroU32,
    /// First day of a week, for limits by week.
    #[serde(
        default = "monday",
        with = "weekday_form",
        skip_serializing_if = "is_monday"
    )]
    pub week_start: Weekday,
    /// Whether to say why the other starts are refused. Never show that to the public: it reveals
    /// who is busy.
    #[serde(default, skip_serializing_if = "is_false")]
    pub explain: bool,
    /// At most so many slots; the next page begins one second after the last start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<NonZeroU32>,
    /// Where the booking takes place, for travel times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceId>,
    /// Travel times between places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub travel: Vec<Travel>,
    /// Limits of a wider owner: a team, a location, a customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<SharedLimit>,
    /// Set when an existing booking looks for a new time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reschedule: Option<Reschedule>,
    /// The booking that asks: its own claims are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingId>,
}

impl Query {
    /// A query with defaults for all that may be left out.
    pub fn new(window: Window, now: DateTime<Utc>, zone: Zone, service: Service) -> Query {
        Query {
            window,
            now,
            zone,
            service,
            need: None,
            resources: Vec::new(),
            hours: SharedHours::default(),
            party: NonZeroU32::MIN,
            week_start: Weekday::Mon,
            explain: false,
            limit: None,
            place: None,
            travel: Vec::new(),
            limits: Vec::new(),
            reschedule: None,
            booking: None,
        }
    }
}

/// A part of a need: `count` different resources out of a list of candidates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Who can fill the role, in order of preference.
    pub any_of: Vec<ResourceId>,
    /// How many of them it takes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: NonZeroU32,
}

/// Schedules that every resource is bound to, beside its own; all of them must be open.
///
/// No schedule is *no rule*. That is not a schedule without a window, which closes everything.
/// JSON form: `null` or absent, one schedule, or a list of at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedHours(Vec<Schedule>);

impl SharedHours {
    /// The schedules; none means that nothing is constrained.
    pub fn schedules(&self) -> &[Schedule] {
        &self.0
    }

    /// Whether there is no rule at all.
    pub fn is_unconstrained(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Schedule> for SharedHours {
    fn from(schedule: Schedule) -> SharedHours {
        SharedHours(vec![schedule])
    }
}

impl From<Vec<Schedule>> for SharedHours {
    fn from(schedules: Vec<Schedule>) -> SharedHours {
        SharedHours(schedules)
    }
}

/// The period that a limit counts in: civil, in the zone of the limit's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Period {
    /// A civil day.
    Day,
    /// Seven civil days from the query's first day of the week.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// At most so many bookings, or so many booked minutes, in a period.
///
/// A booking belongs to the period of its civil start and counts whole; the candidate counts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    /// What the limit counts in.
    pub per: Period,
    /// Most bookings; 0 allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bookings: Option<u32>,
    /// Most booked minutes, buffers not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<u32>,
}

/// A limit whose owner is wider than a resource: a team, a location, a customer.
///
/// The host supplies what the owner has booked in the whole period; the limit binds whichever
/// resources are chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SharedLimit {
    /// What the owner is, for explanations: `customer`, `team`, `location` or a word of the host's.
    pub scope: ResourceId,
    /// The zone of the owner; the business's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// What the limit counts in.
    pub per: Period,
    /// Most bookings; 0 allows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bookings: Option<u32>,
    /// Most booked minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_minutes: Option<u32>,
    /// What the owner has booked already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bookings: Vec<BookedSpan>,
}

impl SharedLimit {
    pub(crate) fn limit(&self) -> Limit {
        Limit {
            per: self.per,
            max_bookings: self.max_bookings,
            max_minutes: self.max_minutes,
        }
    }
}

/// How an existing booking looks for a new time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reschedule {
    /// Who may serve the new time.
    pub policy: ReschedulePolicy,
    /// The resources of the booking, per role in the order of the need.
    pub current: Vec<Vec<ResourceId>>,
}

/// Who may serve a rescheduled booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReschedulePolicy {
    /// The same resources; times of others are not shown.
    Same,
    /// Any candidate, assigned anew.
    Rotate,
    /// Any candidate that the customer chooses.
    Choose,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn monday() -> Weekday {
    Weekday::Mon
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_one(number: &NonZeroU32) -> bool {
    number.get() == 1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_monday(day: &Weekday) -> bool {
    *day == Weekday::Mon
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Weekdays as `mon` to `sun`.
mod weekday_form {
    use chrono::Weekday;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "Weekday", rename_all = "camelCase")]
    enum Name {
        Mon,
        Tue,
        Wed,
        Thu,
        Fri,
        Sat,
        Sun,
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that serde asks for"
    )]
    pub(super) fn serialize<S: Serializer>(
        day: &Weekday,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Name::serialize(day, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Weekday, D::Error> {
        Name::deserialize(deserializer)
    }
}

mod shared_hours_form {
    use std::fmt;

    use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::{Schedule, SharedHours};

    impl Serialize for SharedHours {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0.as_slice() {
                [] => serializer.serialize_none(),
                [one] => one.serialize(serializer),
                many => many.serialize(serializer),
            }
        }
    }

    impl<'de> Deserialize<'de> for SharedHours {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SharedHours, D::Error> {
            deserializer.deserialize_any(HoursVisitor)
        }
    }

    struct HoursVisitor;

    impl<'de> de::Visitor<'de> for HoursVisitor {
        type Value = SharedHours;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a schedule, or a list of schedules")
        }

        fn visit_unit<E: de::Error>(self) -> Result<SharedHours, E> {
            Ok(SharedHours::default())
        }

        fn visit_none<E: de::Error>(self) -> Result<SharedHours, E> {
            Ok(SharedHours::default())
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<SharedHours, A::Error> {
            Schedule::deserialize(MapAccessDeserializer::new(map)).map(SharedHours::from)
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<SharedHours, A::Error> {
            let schedules = Vec::<Schedule>::deserialize(SeqAccessDeserializer::new(seq))?;
            if schedules.is_empty() {
                return Err(de::Error::custom(
                    "an empty list of hours is ambiguous; leave `hours` out to constrain nothing",
                ));
            }
            Ok(SharedHours(schedules))
        }
    }
}
