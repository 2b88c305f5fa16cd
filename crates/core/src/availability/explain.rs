//! Why a start is not offered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::occupancy::{Session, absence_span};
use super::query::{Align, Query};
use super::view::{Timely, View};
use crate::id::ResourceId;
use crate::time::civil::{DAY, date_to_days, instant_from_seconds};
use crate::time::text::serde_form;

/// A start that is on the grid and in open hours, and yet not offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refused {
    /// The start.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// Why; at least one reason.
    pub reasons: Vec<Reason>,
}

/// A rule that refuses a start. Reveals who is busy: for providers and operators only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    /// Which rule.
    pub code: ReasonCode,
    /// On which resource, when the rule is one of a resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// Whose limit, when it is not one of a resource or service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ResourceId>,
    /// Who takes over, when an absence or closure of the resource says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_to: Option<ResourceId>,
}

/// The rules that refuse a start. The codes are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReasonCode {
    /// Before `now` plus the notice.
    Notice,
    /// After the last bookable date.
    Horizon,
    /// Not on the grid.
    OffGrid,
    /// The slot does not lie in open hours.
    OutsideHours,
    /// External busy time or an absence meets the padded slot.
    Busy,
    /// A claim on a resource of one unit meets the padded slot.
    Claim,
    /// Too few units are free.
    Capacity,
    /// The session has too few seats for the party.
    SessionFull,
    /// The bookings or minutes of a period are used up.
    Limit,
    /// Each role could be filled, but not all of them at once.
    NoResource,
}

impl ReasonCode {
    /// All codes.
    pub const ALL: [ReasonCode; 10] = [
        ReasonCode::Notice,
        ReasonCode::Horizon,
        ReasonCode::OffGrid,
        ReasonCode::OutsideHours,
        ReasonCode::Busy,
        ReasonCode::Claim,
        ReasonCode::Capacity,
        ReasonCode::SessionFull,
        ReasonCode::Limit,
        ReasonCode::NoResource,
    ];

    /// The code as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            ReasonCode::Notice => "notice",
            ReasonCode::Horizon => "horizon",
            ReasonCode::OffGrid => "off-grid",
            ReasonCode::OutsideHours => "outside-hours",
            ReasonCode::Busy => "busy",
            ReasonCode::Claim => "claim",
            ReasonCode::Capacity => "capacity",
            ReasonCode::SessionFull => "session-full",
            ReasonCode::Limit => "limit",
            ReasonCode::NoResource => "no-resource",
        }
    }
}

impl Refused {
    pub(super) fn new(start: i64, reasons: Vec<Reason>) -> Refused {
        Refused {
            start: instant_from_seconds(start),
            reasons,
        }
    }
}

impl Reason {
    fn general(code: ReasonCode) -> Reason {
        Reason {
            code,
            resource: None,
            scope: None,
            redirect_to: None,
        }
    }

    fn of(code: ReasonCode, resource: &ResourceId) -> Reason {
        Reason {
            resource: Some(resource.clone()),
            ..Reason::general(code)
        }
    }
}

/// The reasons against a start that was found not to be offered.
pub(super) fn explain(view: &View<'_, '_>, timely: &Timely, start: i64) -> Vec<Reason> {
    let mut reasons = untimely(view.plan.query, timely, start);
    for (number, role) in view.plan.roles.iter().enumerate() {
        let can_fill = |member: &&usize| fills(view, **member, start);
        let available = role.any_of.iter().filter(can_fill).count();
        if available < role.count {
            let lacking = role.any_of.iter().filter(|member| !can_fill(member));
            lacking.for_each(|member| against(view, *member, start, &mut reasons));
        } else if number == 0 {
            off_grid(view, start, &mut reasons);
        }
    }
    if reasons.is_empty() {
        reasons.push(Reason::general(ReasonCode::NoResource));
    }
    let mut unique: Vec<Reason> = Vec::with_capacity(reasons.len());
    for reason in reasons {
        if !unique.contains(&reason) {
            unique.push(reason);
        }
    }
    unique
}

fn untimely(query: &Query, timely: &Timely, start: i64) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if start < timely.first {
        reasons.push(Reason::general(ReasonCode::Notice));
    }
    if timely
        .horizon
        .as_ref()
        .is_some_and(|horizon| !horizon.contains_second(start))
    {
        reasons.push(Reason::general(ReasonCode::Horizon));
    }
    for (limit, full) in query.limits.iter().zip(&timely.shared_full) {
        if full.contains_second(start) {
            let scope = Some(limit.scope.clone());
            reasons.push(Reason {
                scope,
                ..Reason::general(ReasonCode::Limit)
            });
        }
    }
    reasons
}

/// Whether a member could stand in its role at a start, by itself or in a session.
fn fills(view: &View<'_, '_>, at: usize, start: i64) -> bool {
    let member = &view.plan.members[at];
    if member.primary && !view.party_fits() {
        return false;
    }
    if view.members[at].feasible.contains_second(start) {
        return true;
    }
    member.occupancy.sessions_at(start).iter().any(|session| {
        if member.primary {
            view.can_lead(at, session)
        } else {
            session.leader.is_some() && view.can_join(at, session)
        }
    })
}

/// The rules that a member breaks at a start.
fn against(view: &View<'_, '_>, at: usize, start: i64, reasons: &mut Vec<Reason>) {
    let (member, rules) = (&view.plan.members[at], &view.members[at]);
    let id = &member.resource.id;
    if !rules.inside_hours.contains_second(start) {
        let redirect_to = closure_redirect(view, at, start);
        reasons.push(Reason {
            redirect_to,
            ..Reason::of(ReasonCode::OutsideHours, id)
        });
    }
    if member.occupancy.busy.contains_second(start) {
        let redirect_to = absence_redirect(view, at, start);
        reasons.push(Reason {
            redirect_to,
            ..Reason::of(ReasonCode::Busy, id)
        });
    }
    if let Some(code) = taken(view, at, start) {
        reasons.push(Reason::of(code, id));
    }
    if rules.full.contains_second(start) {
        reasons.push(Reason::of(ReasonCode::Limit, id));
    }
}

/// What claims have to say against a member at a start.
fn taken(view: &View<'_, '_>, at: usize, start: i64) -> Option<ReasonCode> {
    let (query, member) = (view.plan.query, &view.plan.members[at]);
    let sessions = member.occupancy.sessions_at(start);
    let led = sessions.iter().find(|session| session.leader.is_none());
    if query.service.is_class() && member.primary {
        let left = query
            .service
            .seats
            .get()
            .saturating_sub(led.map_or(0, |led| led.taken));
        if query.party.get() > left {
            return Some(ReasonCode::SessionFull);
        }
    }
    let joins = |session: &Session<'_>| {
        member
            .occupancy
            .leaves_room_beside(session, member.footprint)
            && session.leader.is_none() == member.primary
    };
    let occupancy = &member.occupancy;
    let refuses =
        occupancy.claimed.contains_second(start) || occupancy.short.contains_second(start);
    if !refuses || sessions.iter().any(joins) {
        return None;
    }
    let single = member.resource.capacity.get() == 1;
    let own = u32::from(member.primary && led.is_some());
    let meets = single && occupancy.claims_meeting(start) > own;
    Some(if meets {
        ReasonCode::Claim
    } else {
        ReasonCode::Capacity
    })
}

/// The primary role has enough people, but a start needs one of them to have it on the grid. On a
/// `packed` grid it is they who are off it; on another, those who have the start on their grid and
/// cannot take it are not replaced.
fn off_grid(view: &View<'_, '_>, start: i64, reasons: &mut Vec<Reason>) {
    if view.plan.query.service.align == Align::Clock {
        return;
    }
    let role = &view.plan.roles[0];
    let available = || role.any_of.iter().filter(|at| fills(view, **at, start));
    if available().any(|at| view.has_on_grid(*at, start)) {
        return;
    }
    if view.is_packed() {
        let ids = available().map(|at| &view.plan.members[*at].resource.id);
        reasons.extend(ids.map(|id| Reason::of(ReasonCode::OffGrid, id)));
        return;
    }
    let lacking = role.any_of.iter().filter(|at| !fills(view, **at, start));
    let on_grid = lacking.filter(|at| view.has_on_grid(**at, start));
    on_grid.for_each(|at| against(view, *at, start, reasons));
}

fn closure_redirect(view: &View<'_, '_>, at: usize, start: i64) -> Option<ResourceId> {
    let schedule = view.plan.members[at].schedule;
    let day = schedule
        .zone
        .offsets(start, start)
        .local(start)
        .div_euclid(DAY);
    let closed = schedule
        .closures
        .iter()
        .find(|each| (date_to_days(each.from)..=date_to_days(each.through)).contains(&day))?;
    closed.redirect_to.clone()
}

fn absence_redirect(view: &View<'_, '_>, at: usize, start: i64) -> Option<ResourceId> {
    let member = &view.plan.members[at];
    let (from, to) = member.footprint.padded(start);
    let meets = |span: (i64, i64)| span.0 < to && from < span.1;
    let absence = member
        .resource
        .absences
        .iter()
        .find(|absence| absence_span(member.resource, absence).is_some_and(meets))?;
    absence.redirect_to().cloned()
}
