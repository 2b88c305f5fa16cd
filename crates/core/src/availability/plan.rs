//! A query made ready to be answered for any window.

use chrono::{DateTime, Utc};

use super::check::checked_start;
use super::error::QueryError;
use super::evaluate::check_cells;
use super::occupancy::{Footprint, Occupancy};
use super::query::{Align, Claim, Query, Resource};
use super::roles::{RolePlan, resolve_roles};
use super::validate::{validate, validate_claims};
use crate::id::BookingId;
use crate::sabotage::sabotaged;
use crate::schedule::Schedule;

/// A query that has been checked and prepared once, to be asked for many windows and starts.
///
/// Preparing sorts and merges all claims and busy time; asking looks only at what lies near the
/// window. [`slots`](super::slots), [`check`](super::check) and [`next`](super::next) prepare and
/// ask in one go.
#[derive(Clone, Debug)]
pub struct Availability<'q> {
    pub(super) query: &'q Query,
    pub(super) moment: Moment<'q>,
    pub(super) roles: Vec<Role>,
    pub(super) members: Vec<Member<'q>>,
    /// Whether no resource stands in two roles.
    pub(super) disjoint: bool,
}

/// When a query is asked, and for which starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment<'q> {
    /// The instant of the question, in seconds since 1970.
    pub(super) now: i64,
    /// The booking that asks: its own claims are left out.
    pub(super) own: Option<&'q BookingId>,
    /// Elapsed time that a start is at least after `now`, in seconds.
    pub(super) notice: i64,
    /// The only start that will be asked for: what cannot reach it needs no preparing.
    pub(super) only: Option<i64>,
}

/// One start that somebody asks for, in place of what the query says of now and of who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneStart<'q> {
    /// The booking that asks: its own claims are left out.
    pub(crate) booking: &'q BookingId,
    pub(crate) start: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) notice: NoticeRule,
}

/// Whether the service's notice binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoticeRule {
    Binding,
    /// It binds customers, and not whoever offers the service.
    Exempt,
}

impl Moment<'_> {
    /// Whether a claim takes time: a lapsed hold blocks nobody, and a booking never stands in its
    /// own way.
    pub(super) fn counts(self, claim: &Claim) -> bool {
        if let Some(counts) = self.counts_in_error(claim) {
            return counts;
        }
        claim.expires_at.is_none_or(|at| at.timestamp() > self.now)
            && (self.own.is_none() || claim.booking.as_ref() != self.own)
    }

    /// What a planted bug says.
    fn counts_in_error(self, claim: &Claim) -> Option<bool> {
        let lives = claim.expires_at.is_none_or(|at| at.timestamp() > self.now);
        let own = self.own.is_some() && claim.booking.as_ref() == self.own;
        if sabotaged!(HoldsBlockNobody) {
            return Some(claim.expires_at.is_none() && !own);
        }
        if sabotaged!(ClaimsBlockNobody) {
            return Some(false);
        }
        if sabotaged!(LapsedBlocks) {
            return Some(!own);
        }
        if sabotaged!(OwnClaimsBlock) {
            return Some(lives);
        }
        if sabotaged!(OtherClaimsIgnored) {
            return Some(lives && self.own.is_none());
        }
        None
    }
}

/// A role with its candidates as indexes into the members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) any_of: Vec<usize>,
    pub(super) count: usize,
}

/// A resource in the first role or in the others; one that stands in both is two members, for the
/// booking takes more of it, and binds it to the service's limits, in the first.
#[derive(Clone, Debug)]
pub(super) struct Member<'q> {
    pub(super) resource: &'q Resource,
    /// Its place in the query's list.
    pub(super) index: usize,
    pub(super) primary: bool,
    pub(super) footprint: Footprint,
    pub(super) occupancy: Occupancy<'q>,
    pub(super) schedule: &'q Schedule,
    pub(super) schedule_source: ScheduleSource,
}

/// Which schedule a resource's hours were taken from: the most specific that there is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum ScheduleSource {
    /// The service's own schedule, for all who render it.
    Service,
    /// The resource's schedule for this service.
    ResourceForService,
    /// The resource's schedule.
    Resource,
}

impl<'q> Availability<'q> {
    /// Checks and prepares a query.
    ///
    /// # Errors
    ///
    /// [`QueryError`] with a pointer to what is empty, unknown, repeated, contradictory or larger
    /// than [`crate::limits`] allow.
    pub fn new(query: &'q Query) -> Result<Availability<'q>, QueryError> {
        let moment = Moment {
            now: query.now.timestamp(),
            own: query.booking.as_ref(),
            notice: query.service.min_notice_minutes.seconds(),
            only: None,
        };
        let plan = Availability::prepare(query, moment)?;
        query.service.check_choice(query.service.duration_minutes)?;
        Ok(plan)
    }

    /// Checks a query and prepares it for one start. Its duration need be no choice of the service:
    /// add-ons make a booking longer, and one that is there keeps its length.
    pub(crate) fn for_start(
        query: &'q Query,
        asked: OneStart<'q>,
    ) -> Result<Availability<'q>, QueryError> {
        let only = checked_start(asked.start)?;
        let notice = match asked.notice {
            NoticeRule::Binding => query.service.min_notice_minutes.seconds(),
            NoticeRule::Exempt => 0,
        };
        let moment = Moment {
            now: asked.now.timestamp(),
            own: Some(asked.booking),
            notice,
            // The packed grid depends on the claims since the beginning of the opening hours.
            only: (query.service.align != Align::Packed).then_some(only),
        };
        Availability::prepare(query, moment)
    }

    fn prepare(query: &'q Query, moment: Moment<'q>) -> Result<Availability<'q>, QueryError> {
        validate(query)?;
        if moment.only.is_none() {
            validate_claims(query)?;
        };
        let plans = resolve_roles(query)?;
        let plan = Availability::with_roles(query, moment, &plans)?;
        // What is too much for one start is refused whatever is asked.
        check_cells(&plan, 1, false)?;
        Ok(plan)
    }

    /// The query.
    pub fn query(&self) -> &'q Query {
        self.query
    }

    /// Whether a claim takes time as far as this question goes.
    pub(crate) fn counts(&self, claim: &Claim) -> bool {
        self.moment.counts(claim)
    }

    /// Which schedule each resource of the need is bound to, in the order of the need.
    pub fn schedule_sources(&self) -> impl Iterator<Item = (&'q Resource, ScheduleSource)> + '_ {
        self.members
            .iter()
            .map(|member| (member.resource, member.schedule_source))
    }

    pub(super) fn with_roles(
        query: &'q Query,
        moment: Moment<'q>,
        plans: &[RolePlan],
    ) -> Result<Availability<'q>, QueryError> {
        let mut members: Vec<Member<'q>> = Vec::new();
        let mut roles = Vec::with_capacity(plans.len());
        // The member of each resource, in the first role and in the others.
        let mut known = [
            vec![None; query.resources.len()],
            vec![None; query.resources.len()],
        ];
        let mut disjoint = true;
        for (place, plan) in plans.iter().enumerate() {
            let primary = place == 0;
            let mut any_of = Vec::with_capacity(plan.any_of.len());
            for &index in &plan.any_of {
                disjoint &= known[0][index].is_none() && known[1][index].is_none();
                let at = match known[usize::from(primary)][index] {
                    Some(at) => at,
                    None => {
                        members.push(Member::new(query, moment, index, primary)?);
                        members.len() - 1
                    }
                };
                known[usize::from(primary)][index] = Some(at);
                any_of.push(at);
            }
            roles.push(Role {
                any_of,
                count: plan.count,
            });
        }
        Ok(Availability {
            query,
            moment,
            roles,
            members,
            disjoint,
        })
    }

    /// Whether the only choice at a start is one resource of one role.
    pub(super) fn is_plain(&self) -> bool {
        self.disjoint
            && !self.query.service.is_class()
            && self.roles.iter().all(|role| role.count == 1)
    }
}

impl<'q> Member<'q> {
    fn new(
        query: &'q Query,
        moment: Moment<'q>,
        index: usize,
        primary: bool,
    ) -> Result<Member<'q>, QueryError> {
        let resource = &query.resources[index];
        let footprint = Footprint::new(query, resource);
        let units = if primary && !query.service.is_class() {
            query.party.get()
        } else {
            1
        };
        let (schedule, schedule_source) = schedule_of(query, resource);
        let mut occupancy = Occupancy::new(query, moment, (resource, index), (footprint, units))?;
        if primary {
            occupancy.close_led_sessions();
        }
        Ok(Member {
            resource,
            index,
            primary,
            footprint,
            occupancy,
            schedule,
            schedule_source,
        })
    }
}

/// The service's schedule goes before the resource's for the service, and that before its own.
fn schedule_of<'q>(query: &'q Query, resource: &'q Resource) -> (&'q Schedule, ScheduleSource) {
    if let Some(schedule) = &query.service.schedule {
        return (schedule, ScheduleSource::Service);
    }
    let for_service = resource
        .service_schedules
        .iter()
        .find(|each| query.service.id.as_ref() == Some(&each.service));
    match for_service {
        Some(each) => (&each.schedule, ScheduleSource::ResourceForService),
        None => (&resource.schedule, ScheduleSource::Resource),
    }
}
