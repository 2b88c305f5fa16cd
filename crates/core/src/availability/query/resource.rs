use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{Absence, Busy, Claim, Limit, is_one, one};
use crate::id::{ResourceId, ServiceId};
use crate::schedule::Schedule;
use crate::time::{Interval, Minutes};

/// What can be booked: a person, a room, a device, a pool of seats. The resource owns its time,
/// whatever service takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// Its id, unique in the query.
    pub id: ResourceId,
    /// Interchangeable units.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub capacity: NonZeroU32,
    /// How the buffers of neighbours combine.
    #[serde(default, skip_serializing_if = "is_sum")]
    pub buffer_rule: BufferRule,
    /// When it is open.
    pub schedule: Schedule,
    /// Schedules that take the place of the resource's own for single services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_schedules: Vec<ServiceSchedule>,
    /// This resource's own buffer before, in place of the service's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffer_before_minutes: Option<Minutes>,
    /// This resource's own buffer after, in place of the service's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffer_after_minutes: Option<Minutes>,
    /// External busy time; it has no buffers of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub busy: Vec<Busy>,
    /// Time away, by instants or by civil dates of the schedule's zone; it blocks like busy time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// Bookings and live holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Times at which fewer units are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capacity_windows: Vec<CapacityWindow>,
    /// Limits that count all claims and bind the resource in any role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
}

impl Resource {
    /// A resource of one unit that nothing is taken of.
    pub fn new(id: ResourceId, schedule: Schedule) -> Resource {
        Resource {
            id,
            capacity: NonZeroU32::MIN,
            buffer_rule: BufferRule::Sum,
            schedule,
            service_schedules: Vec::new(),
            buffer_before_minutes: None,
            buffer_after_minutes: None,
            busy: Vec::new(),
            absences: Vec::new(),
            claims: Vec::new(),
            capacity_windows: Vec::new(),
            limits: Vec::new(),
        }
    }
}

/// How the facing buffers of two neighbours combine to the gap between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BufferRule {
    /// The gap is at least the sum: padded intervals may touch and not meet.
    #[default]
    Sum,
    /// The gap is at least the larger of the two. Needs a capacity of 1.
    Max,
}

/// The hours of a resource for one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceSchedule {
    /// Which service.
    pub service: ServiceId,
    /// When the resource is open for it.
    pub schedule: Schedule,
}

/// A time at which a resource has fewer units than its capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CapacityWindowFields", into = "CapacityWindowFields")]
pub struct CapacityWindow {
    /// When.
    pub interval: Interval,
    /// Units that are there, at most the resource's capacity; may be 0.
    pub capacity: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CapacityWindowFields {
    #[serde(with = "crate::time::text::serde_form::instant")]
    start: chrono::DateTime<chrono::Utc>,
    #[serde(with = "crate::time::text::serde_form::instant")]
    end: chrono::DateTime<chrono::Utc>,
    capacity: u32,
}

impl TryFrom<CapacityWindowFields> for CapacityWindow {
    type Error = crate::time::IntervalError;

    fn try_from(fields: CapacityWindowFields) -> Result<CapacityWindow, Self::Error> {
        let interval = Interval::new(fields.start, fields.end)?;
        Ok(CapacityWindow {
            interval,
            capacity: fields.capacity,
        })
    }
}

impl From<CapacityWindow> for CapacityWindowFields {
    fn from(window: CapacityWindow) -> CapacityWindowFields {
        let (start, end) = (window.interval.start(), window.interval.end());
        CapacityWindowFields {
            start,
            end,
            capacity: window.capacity,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_sum(rule: &BufferRule) -> bool {
    *rule == BufferRule::Sum
}
