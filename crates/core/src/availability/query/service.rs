use std::fmt;
use std::num::NonZeroU32;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Limit, is_one, one};
use crate::availability::{QueryError, QueryFault};
use crate::id::ServiceId;
use crate::schedule::Schedule;
use crate::time::{Minutes, text::serde_form};

/// What is booked, and the rules that it brings along.
///
/// Only the duration is required: [`Service::new`] fills the rest with its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Required for a class and for a service with limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ServiceId>,
    /// Length of a slot in elapsed time, also across a change of clocks. At least 1.
    pub duration_minutes: Minutes,
    /// The durations that may be asked for; when given, `duration_minutes` must be one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_choices: Option<Vec<Minutes>>,
    /// Distance of the grid's starts, at least 1; the duration when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_minutes: Option<Minutes>,
    /// With the `clock` grid: shifts it, so that step 60 and offset 15 give a quarter past.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub step_offset_minutes: Minutes,
    /// Where the grid is anchored.
    #[serde(default, skip_serializing_if = "is_clock")]
    pub align: Align,
    /// Time kept free before a slot, stored with a booking when it is made.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub buffer_before_minutes: Minutes,
    /// Time kept free after a slot, stored with a booking when it is made.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub buffer_after_minutes: Minutes,
    /// Whether the buffers too must lie inside the open hours.
    #[serde(default, skip_serializing_if = "is_none_inside")]
    pub buffers_inside_hours: BuffersInsideHours,
    /// A start is at least so much elapsed time after `now`; 0 still refuses the past.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min_notice_minutes: Minutes,
    /// The last bookable civil date is so many days after today's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_days: Option<u32>,
    /// The last bookable civil date, included.
    #[serde(
        default,
        with = "serde_form::optional_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub bookable_through: Option<NaiveDate>,
    /// More than one makes a class: bookings of equal time share one session.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub seats: NonZeroU32,
    /// Limits that count the claims of this service on each primary resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
    /// Hours of the service itself: they take the place of every resource's own schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

impl Service {
    /// A service of a duration, with defaults for the rest.
    pub fn new(duration_minutes: Minutes) -> Service {
        Service {
            id: None,
            duration_minutes,
            duration_choices: None,
            step_minutes: None,
            step_offset_minutes: Minutes::ZERO,
            align: Align::Clock,
            buffer_before_minutes: Minutes::ZERO,
            buffer_after_minutes: Minutes::ZERO,
            buffers_inside_hours: BuffersInsideHours::Neither,
            min_notice_minutes: Minutes::ZERO,
            horizon_days: None,
            bookable_through: None,
            seats: NonZeroU32::MIN,
            limits: Vec::new(),
            schedule: None,
        }
    }

    /// Whether bookings of equal time share a session.
    pub fn is_class(&self) -> bool {
        self.seats.get() > 1
    }

    /// Whether a duration, add-ons not counted, may be asked for: each may be when there are no
    /// choices.
    ///
    /// # Errors
    ///
    /// [`QueryFault::NotADurationChoice`].
    pub fn check_choice(&self, duration: Minutes) -> Result<(), QueryError> {
        match &self.duration_choices {
            Some(choices) if !choices.contains(&duration) => {
                let minutes = duration.get();
                Err(QueryFault::NotADurationChoice { minutes }.at("/service/durationMinutes"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn step_seconds(&self) -> i64 {
        self.step_minutes.unwrap_or(self.duration_minutes).seconds()
    }
}

/// Where the grid of starts is anchored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Align {
    /// On the wall clock of the business: minutes since midnight are a multiple of the step.
    #[default]
    Clock,
    /// At the beginning of every window of the opening hours.
    Opening,
    /// As `Opening`, and again at the beginning of each interval of feasible starts, so that
    /// nothing is lost after a booking.
    Packed,
}

/// Which buffers must lie inside the open hours. JSON form: `false`, `"after"` or `true`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BuffersInsideHours {
    /// Buffers may lie outside.
    #[default]
    Neither,
    /// The buffer after must lie inside: the room is cleaned before closing time.
    After,
    /// Both must lie inside.
    Both,
}

impl Serialize for BuffersInsideHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            BuffersInsideHours::Neither => serializer.serialize_bool(false),
            BuffersInsideHours::After => serializer.serialize_str("after"),
            BuffersInsideHours::Both => serializer.serialize_bool(true),
        }
    }
}

impl<'de> Deserialize<'de> for BuffersInsideHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BuffersInsideHours, D::Error> {
        struct Form;

        impl de::Visitor<'_> for Form {
            type Value = BuffersInsideHours;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or \"after\"")
            }

            fn visit_bool<E: de::Error>(self, both: bool) -> Result<BuffersInsideHours, E> {
                Ok(if both {
                    BuffersInsideHours::Both
                } else {
                    BuffersInsideHours::Neither
                })
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<BuffersInsideHours, E> {
                match text {
                    "after" => Ok(BuffersInsideHours::After),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(Form)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
pub(super) fn is_zero(minutes: &Minutes) -> bool {
    *minutes == Minutes::ZERO
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_clock(align: &Align) -> bool {
    *align == Align::Clock
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_none_inside(inside: &BuffersInsideHours) -> bool {
    *inside == BuffersInsideHours::Neither
}
