//! Opening hours: weekly hours, rules, dated overrides, closures and seasons, in one civil zone.
//!
//! A [`Schedule`] says when a resource, or the whole business, is open. It is civil: `09:00` means
//! nine on the wall of the schedule's zone on every date, whatever the offset of that date is.
//!
//! A window belongs to the civil date on which it starts, its tail past midnight included. For each
//! date, in this order:
//!
//! 1. **base**: the weekly windows of its weekday and one for each occurrence of the rules;
//! 2. **overrides** of the date: replace, then add, then subtract ([`OverrideMode`]);
//! 3. **closures**: whole civil days that win over all of the above;
//! 4. **validity**: the first and last date whose windows count;
//! 5. every boundary becomes an instant through [`Zone::wall`](crate::time::Zone::wall).

mod collect;
mod hours;
mod open_hours;

pub(crate) use collect::repeated_override;
pub use hours::{Hours, HoursError, TimeOfDay};
pub use open_hours::OpenHoursError;
pub(crate) use open_hours::{OpenBudget, OpenHours};

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::id::ResourceId;
use crate::recurrence::Rule;
use crate::time::{Minutes, Zone, text::serde_form};

/// When somebody or something is open.
///
/// Only `zone` is required; a schedule without hours and rules is never open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// Whose wall clock the hours are read on.
    pub zone: Zone,
    /// Hours by weekday.
    #[serde(default, skip_serializing_if = "Weekly::is_empty")]
    pub weekly: Weekly,
    /// Hours by recurrence, beside the weekly ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<OpenRule>,
    /// Hours of single dates; at most one of each mode a date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// Whole civil days without hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closures: Vec<Closure>,
    /// First civil date whose windows count.
    #[serde(
        default,
        with = "serde_form::optional_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub valid_from: Option<NaiveDate>,
    /// Last civil date whose windows count.
    #[serde(
        default,
        with = "serde_form::optional_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub valid_through: Option<NaiveDate>,
}

impl Schedule {
    /// A schedule of a zone that is never open yet.
    pub fn new(zone: Zone) -> Schedule {
        Schedule {
            zone,
            weekly: Weekly::default(),
            rules: Vec::new(),
            overrides: Vec::new(),
            closures: Vec::new(),
            valid_from: None,
            valid_through: None,
        }
    }
}

/// Hours by weekday; a day that is not named has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weekly {
    /// Windows that start on a Monday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mon: Vec<Hours>,
    /// Windows that start on a Tuesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tue: Vec<Hours>,
    /// Windows that start on a Wednesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wed: Vec<Hours>,
    /// Windows that start on a Thursday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thu: Vec<Hours>,
    /// Windows that start on a Friday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fri: Vec<Hours>,
    /// Windows that start on a Saturday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sat: Vec<Hours>,
    /// Windows that start on a Sunday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sun: Vec<Hours>,
}

impl Weekly {
    /// The windows by weekday, Monday first.
    pub fn days(&self) -> [&[Hours]; 7] {
        [
            &self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun,
        ]
    }

    /// Whether no day has hours.
    pub fn is_empty(&self) -> bool {
        self.days().iter().all(|hours| hours.is_empty())
    }
}

/// Hours that recur by a rule of RFC 5545, in the schedule's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenRule {
    /// Civil start of the recurrence (`DTSTART`).
    #[serde(with = "serde_form::civil")]
    pub start: NaiveDateTime,
    /// How long each window lasts, in civil time.
    pub duration_minutes: Minutes,
    /// The recurrence; without one the start is the only window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<Rule>,
    /// Civil starts that do not take place.
    #[serde(
        default,
        with = "serde_form::civil_list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exdates: Vec<NaiveDateTime>,
    /// Further civil starts.
    #[serde(
        default,
        with = "serde_form::civil_list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub rdates: Vec<NaiveDateTime>,
}

/// What an [`Override`] does to its date.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum OverrideMode {
    /// The hours replace all windows of the date, and clear what other dates' windows have inside
    /// the date's civil day. No hours: closed.
    #[default]
    Replace,
    /// The hours are open in addition.
    Add,
    /// The hours are closed, whichever window they belong to.
    Subtract,
}

/// Hours of one civil date of the schedule's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Override {
    /// The civil date.
    #[serde(with = "serde_form::date")]
    pub date: NaiveDate,
    /// What the hours do; the default is to replace.
    #[serde(default, skip_serializing_if = "is_replace")]
    pub mode: OverrideMode,
    /// The hours, which may run past midnight.
    pub hours: Vec<Hours>,
}

/// Whole civil days without hours, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Closure {
    /// First closed date.
    #[serde(with = "serde_form::date")]
    pub from: NaiveDate,
    /// Last closed date.
    #[serde(with = "serde_form::date")]
    pub through: NaiveDate,
    /// Who takes over meanwhile: data that explanations carry, the engine does not act on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_to: Option<ResourceId>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_replace(mode: &OverrideMode) -> bool {
    *mode == OverrideMode::Replace
}
