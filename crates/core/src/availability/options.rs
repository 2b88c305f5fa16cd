//! Who could stand in each role at one start, and whether a choice among them is complete.

use super::matching::{Demand, fill};
use super::plan::{Availability, Role};

/// Candidates of each role at one start, as places in the role's `anyOf`, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(super) roles: Vec<Vec<usize>>,
    /// Which places of the primary role have the start on their grid, ascending.
    pub(super) on_grid: Vec<usize>,
    /// The place that must stand in the primary role.
    pub(super) leader: Option<usize>,
}

impl Options {
    /// The roles as demands: the leader of a session must be in, and somebody of the primary role
    /// has the start on its grid.
    pub(super) fn demands(&self, roles: &[Role]) -> Vec<(usize, Demand)> {
        self.remaining(roles, &vec![Vec::new(); roles.len()])
    }

    /// Places that a role's candidates have, in the order of `anyOf`.
    pub(crate) fn of_role(&self, role: usize) -> &[usize] {
        &self.roles[role]
    }

    /// Whether the places chosen so far, by role, leave a complete choice.
    pub(crate) fn leaves_complete_choice(
        &self,
        plan: &Availability<'_>,
        chosen: &[Vec<usize>],
    ) -> bool {
        let resource = |role: usize, at: usize| plan.members[plan.roles[role].any_of[at]].index;
        let taken: Vec<usize> = chosen
            .iter()
            .enumerate()
            .flat_map(|(role, places)| places.iter().map(move |at| resource(role, *at)))
            .collect();
        let demands: Vec<Demand> = self
            .remaining(&plan.roles, chosen)
            .into_iter()
            .map(|(role, demand)| Demand {
                count: demand.count,
                candidates: demand
                    .candidates
                    .into_iter()
                    .map(|at| resource(role, at))
                    .filter(|index| !taken.contains(index))
                    .collect(),
            })
            .collect();
        fill(&demands, plan.query.resources.len()).is_some()
    }

    /// What is still to be filled beside the places chosen so far.
    fn remaining(&self, roles: &[Role], chosen: &[Vec<usize>]) -> Vec<(usize, Demand)> {
        let mut demands = Vec::new();
        for (number, (candidates, role)) in self.roles.iter().zip(roles).enumerate() {
            let mut count = role.count.saturating_sub(chosen[number].len());
            if number == 0 {
                let mut single = self.singled_out(candidates, &chosen[0]);
                if single.len() > count {
                    // The leader is off the grid and stands alone: nobody can be on it.
                    single = vec![Vec::new()];
                }
                count = count.saturating_sub(single.len());
                let single = single.into_iter().map(|candidates| Demand {
                    count: 1,
                    candidates,
                });
                demands.extend(single.map(|demand| (number, demand)));
            }
            if count > 0 {
                demands.push((
                    number,
                    Demand {
                        count,
                        candidates: candidates.clone(),
                    },
                ));
            }
        }
        demands
    }

    /// The primary role's demands for one particular person each.
    fn singled_out(&self, candidates: &[usize], chosen: &[usize]) -> Vec<Vec<usize>> {
        let on_grid = |at: &usize| self.on_grid.binary_search(at).is_ok();
        let mut single = Vec::new();
        let leader = self.leader.filter(|at| !chosen.contains(at));
        single.extend(leader.map(|at| vec![at]));
        let somebody_is_on_it = chosen.iter().chain(&self.leader).any(on_grid);
        if !somebody_is_on_it && !candidates.iter().all(on_grid) {
            single.push(
                candidates
                    .iter()
                    .copied()
                    .filter(|at| on_grid(at))
                    .collect(),
            );
        }
        single
    }
}
