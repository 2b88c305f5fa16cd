//! One start: offered or refused, and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::answer::Slot;
use super::bits::Bits;
use super::error::{QueryError, QueryFault};
use super::evaluate::{Candidates, offer};
use super::explain::{Reason, explain};
use super::grid::{ClockGrid, is_anchored};
use super::plan::Availability;
use super::query::Align;
use super::view::{Timely, View};
use crate::id::ResourceId;
use crate::limits::{INSTANT_MAX, INSTANT_MIN};
use crate::time::Interval;

/// What is to be said about one start. JSON form: `{"slot":{…},"tzdb":"2026f"}` or
/// `{"reasons":[…],"tzdb":"2026f"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verdict {
    /// The slot, when the start is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// Why not, when it is refused; for providers and operators only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The version of the zone database that was used.
    pub tzdb: String,
}

impl Verdict {
    /// Whether the start is offered.
    pub fn is_offered(&self) -> bool {
        self.slot.is_some()
    }
}

impl<'q> Availability<'q> {
    /// Whether a start is offered; a start inside the query's window is listed exactly when it is.
    ///
    /// The window itself binds nothing here: what is offered never depends on where it begins.
    ///
    /// # Errors
    ///
    /// [`QueryError`] when opening hours run into a limit.
    pub fn check(&self, start: DateTime<Utc>) -> Result<Verdict, QueryError> {
        let start = checked_start(start)?;
        let range = Interval::from_seconds(start, start + 1);
        let timely = Timely::new(self, range);
        self.verdict(start, &timely, GridRule::Binding)
    }

    fn verdict(&self, start: i64, timely: &Timely, grid: GridRule) -> Result<Verdict, QueryError> {
        let view = View::new(self, Interval::from_seconds(start, start + 1))?;
        Ok(self.verdict_in(&view, start, timely, grid))
    }

    /// The verdict on a new start, from a view that is there.
    pub(super) fn verdict_on_new(&self, view: &View<'_, 'q>, start: i64) -> Verdict {
        let timely = Timely::new(self, Interval::from_seconds(start, start + 1));
        self.verdict_in(view, start, &timely, GridRule::Binding)
    }

    fn verdict_in(
        &self,
        view: &View<'_, 'q>,
        start: i64,
        timely: &Timely,
        grid: GridRule,
    ) -> Verdict {
        let primaries = &self.roles[0].any_of;
        let on_grid: Vec<bool> = primaries
            .iter()
            .map(|member| grid == GridRule::Free || view.has_on_grid(*member, start))
            .collect();
        let bits = |on: &bool| if *on { Bits::all(1) } else { Bits::none(1) };
        let candidates = Candidates {
            starts: vec![start],
            on_grid: Some(on_grid.iter().map(bits).collect()),
            only_feasible_of: None,
            explained: None,
        };
        let timely_starts = timely.starts(Interval::from_seconds(start, start + 1));
        let answer = offer(view, &candidates, Some(&timely_starts));
        let slot = answer.slots().next().map(|slot| slot.to_slot());
        let mut reasons = Vec::new();
        if slot.is_none() {
            reasons = explain(view, timely, start);
            if !on_grid.contains(&true) && !view.is_packed() {
                add_off_grid(view, start, &mut reasons);
            }
        }
        Verdict {
            slot,
            reasons,
            tzdb: self.query.zone.version().to_owned(),
        }
    }

    /// Whether an existing booking still fits: its hours, conflicts, limits and resources, its own
    /// claims and bookings left out by the caller. Window, notice, horizon and grid bind new starts only.
    ///
    /// `chosen` is the booking's resources, per role in the order of the need.
    ///
    /// # Errors
    ///
    /// [`QueryError`] when `chosen` does not name candidates of every role, or when opening hours
    /// run into a limit.
    pub fn recheck(
        &self,
        start: DateTime<Utc>,
        chosen: &[Vec<ResourceId>],
    ) -> Result<Verdict, QueryError> {
        let start = checked_start(start)?;
        let restricted = self.restricted_to(chosen)?;
        let timely = Timely::of_existing(self, Interval::from_seconds(start, start + 1));
        restricted.verdict(start, &timely, GridRule::Free)
    }

    fn restricted_to(&self, chosen: &[Vec<ResourceId>]) -> Result<Self, QueryError> {
        if chosen.len() != self.roles.len() {
            return Err(QueryFault::RolesDiffer.at(""));
        }
        let mut restricted = self.clone();
        for (role, ids) in restricted.roles.iter_mut().zip(chosen) {
            for id in ids {
                let known = role
                    .any_of
                    .iter()
                    .any(|at| self.members[*at].resource.id == *id);
                if !known {
                    return Err(QueryFault::UnknownResource(id.clone()).at(""));
                }
            }
            role.any_of
                .retain(|at| ids.contains(&self.members[*at].resource.id));
        }
        Ok(restricted)
    }
}

/// Whether a start must be on the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GridRule {
    Binding,
    Free,
}

impl View<'_, '_> {
    pub(super) fn is_packed(&self) -> bool {
        self.plan.query.service.align == Align::Packed
    }

    /// Whether a start is on the grid of a primary member, which for grids that restart with the
    /// opening hours means that it is open, too.
    pub(super) fn has_on_grid(&self, member: usize, start: i64) -> bool {
        let query = self.plan.query;
        let service = &query.service;
        let step = service.step_seconds();
        match service.align {
            Align::Clock => {
                let grid = ClockGrid::new(step, service.step_offset_minutes.seconds());
                grid.contains(&mut query.zone.offsets(start, start), start)
            }
            Align::Opening | Align::Packed => {
                self.hours[self.members[member].hours]
                    .spans()
                    .contains_second(start)
                    && is_anchored(&self.anchors(member), step, start)
            }
        }
    }
}

/// The wall clock's grid is the business's; other grids are of those who are open at the start.
fn add_off_grid(view: &View<'_, '_>, start: i64, reasons: &mut Vec<Reason>) {
    use super::explain::ReasonCode::{NoResource, OffGrid};
    let plan = view.plan;
    let mut found: Vec<Reason> = Vec::new();
    if plan.query.service.align == Align::Clock {
        found.push(Reason {
            code: OffGrid,
            resource: None,
            scope: None,
            redirect_to: None,
        });
    } else {
        let open = plan.roles[0].any_of.iter().filter(|at| {
            view.hours[view.members[**at].hours]
                .spans()
                .contains_second(start)
        });
        found.extend(open.map(|at| Reason {
            code: OffGrid,
            resource: Some(plan.members[*at].resource.id.clone()),
            scope: None,
            redirect_to: None,
        }));
    }
    if !found.is_empty() {
        reasons.retain(|reason| reason.code != NoResource);
        reasons.extend(found);
    }
}

pub(super) fn checked_start(start: DateTime<Utc>) -> Result<i64, QueryError> {
    let second = start.timestamp();
    if start.timestamp_subsec_nanos() != 0 || !(INSTANT_MIN..INSTANT_MAX).contains(&second) {
        let message = "an instant of whole seconds in the years 1 to 9999 is needed".to_owned();
        return Err(QueryFault::Malformed {
            message,
            position: None,
        }
        .at("/start"));
    }
    Ok(second)
}
