//! Choosing resources for a start when roles compete, need several, or share a session.

use super::answer::Column;
use super::bits::Bits;
use super::evaluate::Candidates;
use super::matching::{Demand, fill};
use super::occupancy::Session;
use super::options::Options;
use super::view::View;
use crate::id::ResourceId;

/// Finds, start by start, whether there is a complete choice, and who is in one.
#[derive(Debug)]
pub(super) struct Chooser<'a, 'q> {
    view: &'a View<'a, 'q>,
    candidates: &'a Candidates,
    feasible: &'a [Bits],
    columns: Vec<Vec<Column<'q>>>,
}

impl<'a, 'q> Chooser<'a, 'q> {
    pub(super) fn new(
        view: &'a View<'a, 'q>,
        candidates: &'a Candidates,
        feasible: &'a [Bits],
    ) -> Chooser<'a, 'q> {
        let column = |at: &usize| Column {
            resource: &view.plan.members[*at].resource.id,
            starts: Bits::none(candidates.starts.len()),
        };
        let roles = view.plan.roles.iter();
        let columns = roles
            .map(|role| role.any_of.iter().map(column).collect())
            .collect();
        Chooser {
            view,
            candidates,
            feasible,
            columns,
        }
    }

    /// The columns as far as they were filled by [`Chooser::choose`].
    pub(super) fn into_columns(self) -> Vec<Vec<Column<'q>>> {
        self.columns
    }

    /// Marks who is in a complete choice at a start; the largest party one of them takes, or
    /// `None` when there is no complete choice.
    pub(super) fn choose(&mut self, place: usize, start: i64) -> Option<u32> {
        let query = self.view.plan.query;
        let own = self.own_options(place);
        if !query.service.is_class() {
            self.mark(place, &own)?;
            return Some(self.largest_party(&own, start));
        }
        let opened = self.mark(place, &own).map(|()| query.service.seats.get());
        let joined = self
            .joinable(place, start)
            .into_iter()
            .filter_map(|(taken, options)| {
                self.mark(place, &options)?;
                Some(query.service.seats.get() - taken)
            });
        joined.max().max(opened)
    }

    /// The sessions of a class that a slot can join, as seats taken and those who take part.
    pub(super) fn joinable(&self, place: usize, start: i64) -> Vec<(u32, Options)> {
        let led = |(at, member): (usize, &usize)| {
            let session = self.led_session(*member, start)?;
            Some((session.taken, self.joining_options(place, at, &session)))
        };
        self.view.plan.roles[0]
            .any_of
            .iter()
            .enumerate()
            .filter_map(led)
            .collect()
    }

    /// Everybody who can take a booking of its own.
    pub(super) fn own_options(&self, place: usize) -> Options {
        let roles = self.view.plan.roles.iter().map(|role| {
            let can = |at: &usize| self.feasible[role.any_of[*at]].get(place);
            (0..role.any_of.len()).filter(can).collect()
        });
        Options {
            roles: roles.collect(),
            on_grid: self.on_grid(place),
            leader: None,
        }
    }

    fn on_grid(&self, place: usize) -> Vec<usize> {
        let primaries = 0..self.view.plan.roles[0].any_of.len();
        match &self.candidates.on_grid {
            None => primaries.collect(),
            Some(bits) => primaries.filter(|at| bits[*at].get(place)).collect(),
        }
    }

    /// The session at a start that a member leads and that has seats and room for the party.
    fn led_session(&self, member: usize, start: i64) -> Option<Session<'q>> {
        let sessions = self.view.plan.members[member].occupancy.sessions_at(start);
        sessions
            .iter()
            .copied()
            .find(|session| self.view.can_lead(member, session))
    }

    /// Everybody who is part of the session that a place of the primary role leads.
    fn joining_options(&self, place: usize, leader: usize, session: &Session<'_>) -> Options {
        let plan = self.view.plan;
        let led_by = &plan.members[plan.roles[0].any_of[leader]].resource.id;
        let roles = plan.roles.iter().enumerate().map(|(number, role)| {
            let takes_part = |at: &usize| {
                (number == 0 && *at == leader)
                    || self.takes_part(role.any_of[*at], session.start, led_by)
            };
            (0..role.any_of.len()).filter(takes_part).collect()
        });
        Options {
            roles: roles.collect(),
            on_grid: self.on_grid(place),
            leader: Some(leader),
        }
    }

    fn takes_part(&self, member: usize, start: i64, led_by: &ResourceId) -> bool {
        let sessions = self.view.plan.members[member].occupancy.sessions_at(start);
        sessions
            .iter()
            .any(|each| each.leader == Some(led_by) && self.view.can_join(member, each))
    }

    /// Marks everybody who is in some complete choice of the options.
    fn mark(&mut self, place: usize, options: &Options) -> Option<()> {
        let plan = self.view.plan;
        let demands = options.demands(&plan.roles);
        if plan.disjoint && demands.len() == plan.roles.len() {
            // Nobody competes, and the primary role is a single demand.
            if demands
                .iter()
                .any(|(_, demand)| demand.count > demand.candidates.len())
            {
                return None;
            }
            for (role, demand) in &demands {
                for &at in &demand.candidates {
                    self.columns[*role][at].starts.set(place);
                }
            }
            return Some(());
        }
        let resource = |role: usize, at: &usize| plan.members[plan.roles[role].any_of[*at]].index;
        let by_resource: Vec<Demand> = demands
            .iter()
            .map(|(role, demand)| Demand {
                count: demand.count,
                candidates: demand
                    .candidates
                    .iter()
                    .map(|at| resource(*role, at))
                    .collect(),
            })
            .collect();
        let filled = fill(&by_resource, plan.query.resources.len())?;
        for (number, (role, demand)) in demands.iter().enumerate() {
            for at in &demand.candidates {
                if filled.admits(number, resource(*role, at)) {
                    self.columns[*role][*at].starts.set(place);
                }
            }
        }
        Some(())
    }

    /// The largest party for which the primary resources with that many free units complete a
    /// choice. Only called when some party does.
    fn largest_party(&self, options: &Options, start: i64) -> u32 {
        let plan = self.view.plan;
        let free = |at: &usize| {
            let member = &plan.members[plan.roles[0].any_of[*at]];
            member.occupancy.free_units(start, member.footprint)
        };
        let free_units: Vec<(usize, u32)> =
            options.roles[0].iter().map(|at| (*at, free(at))).collect();
        let mut parties: Vec<u32> = free_units.iter().map(|(_, units)| *units).collect();
        parties.sort_unstable_by(|a, b| b.cmp(a));
        parties.dedup();
        let party = plan.query.party.get();
        parties.retain(|units| *units > party);
        let completes = |units: &u32| {
            let enough = free_units
                .iter()
                .filter(|(_, free)| free >= units)
                .map(|(at, _)| *at);
            let mut roles = options.roles.clone();
            roles[0] = enough.collect();
            let restricted = Options {
                roles,
                on_grid: options.on_grid.clone(),
                leader: None,
            };
            let demands = restricted.demands(&plan.roles);
            let by_resource: Vec<Demand> = demands
                .into_iter()
                .map(|(role, demand)| Demand {
                    count: demand.count,
                    candidates: demand
                        .candidates
                        .iter()
                        .map(|at| plan.members[plan.roles[role].any_of[*at]].index)
                        .collect(),
                })
                .collect();
            fill(&by_resource, plan.query.resources.len()).is_some()
        };
        parties.into_iter().find(completes).unwrap_or(party)
    }
}
