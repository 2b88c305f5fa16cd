//! Answers: the slots of a window, and one slot by itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq, ser::SerializeStruct};

use super::bits::Bits;
use super::explain::Refused;
use super::plan::{Availability, Member, ScheduleSource};
use crate::id::ResourceId;
use crate::time::civil::instant_from_seconds;
use crate::time::text::{InstantText, serde_form};

/// The bookable starts of a window, in order, without duplicates.
///
/// The slots are kept in columns, one bit for a start and a candidate, and are seen through
/// [`Answer::slots`]. JSON form: `{"slots":[…],"refused":[…],"tzdb":"2026f"}`.
#[derive(Clone, Debug)]
pub struct Answer<'q> {
    pub(super) slots: Vec<Found>,
    pub(super) duration: i64,
    pub(super) columns: Vec<Vec<Column<'q>>>,
    pub(super) refused: Option<Vec<Refused>>,
    pub(super) sources: Vec<UsedSchedule>,
    pub(super) tzdb: &'q str,
}

/// A candidate of a role, with the candidate starts at which it is in some complete choice.
#[derive(Clone, Debug)]
pub(super) struct Column<'q> {
    pub(super) resource: &'q ResourceId,
    pub(super) starts: Bits,
}

/// A start that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: i64,
    /// Its place among the candidate starts.
    pub(super) place: u32,
    pub(super) seats_left: u32,
}

/// That a resource's hours were not its own schedule's, but a more specific one's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsedSchedule {
    /// Whose hours.
    pub resource: ResourceId,
    /// Where they come from.
    pub used: ScheduleSource,
}

impl<'q> Answer<'q> {
    /// The slots, by start.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = SlotView<'_>> + '_ {
        self.slots.iter().map(|found| SlotView {
            answer: self,
            found: *found,
        })
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no slot.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Why the other starts are refused; only of a query with `explain`.
    pub fn refused(&self) -> Option<&[Refused]> {
        self.refused.as_deref()
    }

    /// Resources whose hours come from a more specific schedule than their own.
    pub fn schedules(&self) -> &[UsedSchedule] {
        &self.sources
    }

    /// The version of the zone database that was used, such as `2026f`.
    pub fn tzdb(&self) -> &'q str {
        self.tzdb
    }

    pub(super) fn nothing(plan: &Availability<'q>) -> Answer<'q> {
        Answer {
            slots: Vec::new(),
            duration: plan.query.service.duration_minutes.seconds(),
            columns: Vec::new(),
            refused: None,
            sources: used_schedules(plan),
            tzdb: plan.query.zone.version(),
        }
    }
}

/// Each resource once, also when it stands in several roles.
pub(super) fn used_schedules(plan: &Availability<'_>) -> Vec<UsedSchedule> {
    // A resource is a member twice when it stands in the first role and in another.
    let is_second = |member: &&Member<'_>| {
        let same = |other: &Member<'_>| other.primary && other.index == member.index;
        !plan.disjoint && !member.primary && plan.members.iter().any(same)
    };
    plan.members
        .iter()
        .filter(|member| member.schedule_source != ScheduleSource::Resource)
        .filter(|member| !is_second(member))
        .map(|member| UsedSchedule {
            resource: member.resource.id.clone(),
            used: member.schedule_source,
        })
        .collect()
}

/// A slot of an [`Answer`].
#[derive(Clone, Copy, Debug)]
pub struct SlotView<'a> {
    answer: &'a Answer<'a>,
    found: Found,
}

impl<'a> SlotView<'a> {
    /// When it starts.
    pub fn start(self) -> DateTime<Utc> {
        instant_from_seconds(self.found.start)
    }

    /// When it ends.
    pub fn end(self) -> DateTime<Utc> {
        instant_from_seconds(self.found.start + self.answer.duration)
    }

    /// When it starts, in seconds since 1970-01-01T00:00:00Z.
    pub fn start_timestamp(self) -> i64 {
        self.found.start
    }

    /// When it ends, in seconds since 1970-01-01T00:00:00Z.
    pub fn end_timestamp(self) -> i64 {
        self.found.start + self.answer.duration
    }

    /// The largest party that one choice of resources still takes.
    pub fn seats_left(self) -> u32 {
        self.found.seats_left
    }

    /// Per role, the resources that are in some complete choice, in the order of `anyOf`.
    pub fn resources(self) -> impl ExactSizeIterator<Item = impl Iterator<Item = &'a ResourceId>> {
        let place = self.found.place as usize;
        self.answer.columns.iter().map(move |role| {
            let here = move |column: &&Column<'_>| column.starts.get(place);
            role.iter().filter(here).map(|column| column.resource)
        })
    }

    /// The slot by itself.
    pub fn to_slot(self) -> Slot {
        Slot {
            start: self.start(),
            end: self.end(),
            resources: self
                .resources()
                .map(|role| role.cloned().collect())
                .collect(),
            seats_left: self.seats_left(),
        }
    }
}

/// A start and an end that a customer may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slot {
    /// When it starts.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// When it ends.
    #[serde(with = "serde_form::instant")]
    pub end: DateTime<Utc>,
    /// Per role, the resources that are in some complete choice, in the order of `anyOf`.
    pub resources: Vec<Vec<ResourceId>>,
    /// The largest party that one choice of resources still takes.
    pub seats_left: u32,
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Answer", 4)?;
        fields.serialize_field("slots", &Slots(self))?;
        if let Some(refused) = &self.refused {
            fields.serialize_field("refused", refused)?;
        }
        if !self.sources.is_empty() {
            fields.serialize_field("schedules", &self.sources)?;
        }
        fields.serialize_field("tzdb", self.tzdb)?;
        fields.end()
    }
}

struct Slots<'a>(&'a Answer<'a>);

impl Serialize for Slots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.slots())
    }
}

impl Serialize for SlotView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Slot", 4)?;
        fields.serialize_field("start", InstantText::new(self.start_timestamp()).as_str())?;
        fields.serialize_field("end", InstantText::new(self.end_timestamp()).as_str())?;
        fields.serialize_field("resources", &Choices(*self))?;
        fields.serialize_field("seatsLeft", &self.seats_left())?;
        fields.end()
    }
}

struct Choices<'a>(SlotView<'a>);

impl Serialize for Choices<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let roles = self.0.resources();
        let mut list = serializer.serialize_seq(Some(roles.len()))?;
        for role in roles {
            list.serialize_element(&Candidates(std::cell::RefCell::new(Some(role))))?;
        }
        list.end()
    }
}

/// Serializes an iterator once, without collecting it.
struct Candidates<I>(std::cell::RefCell<Option<I>>);

impl<'a, I: Iterator<Item = &'a ResourceId>> Serialize for Candidates<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ids = self.0.borrow_mut().take();
        serializer.collect_seq(ids.into_iter().flatten().map(ResourceId::as_str))
    }
}
