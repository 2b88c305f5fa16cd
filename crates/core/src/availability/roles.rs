//! Roles of the need, resolved from ids to places in the list of resources.

use super::error::{QueryError, QueryFault};
use super::query::{Query, ReschedulePolicy, Resource, Role};
use super::validate::check_count;
use crate::id::ResourceId;
use crate::limits::ROLES_MAX;

/// A role with its candidates as indexes into the query's resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RolePlan {
    pub(super) any_of: Vec<usize>,
    pub(super) count: usize,
}

/// Finds the candidates of every role; refuses unknown and repeated ids.
pub(super) fn resolve_roles(query: &Query) -> Result<Vec<RolePlan>, QueryError> {
    let index = ResourceIndex::new(&query.resources)?;
    let mut plans = match &query.need {
        None if query.resources.len() == 1 => vec![RolePlan {
            any_of: vec![0],
            count: 1,
        }],
        None => return Err(QueryFault::NeedMissing.at("/need")),
        Some(roles) if roles.is_empty() => return Err(QueryFault::EmptyList.at("/need")),
        Some(roles) => {
            check_count(roles.len(), "roles", "ROLES_MAX", ROLES_MAX)
                .map_err(|fault| fault.at("/need"))?;
            let resolve = |(place, role)| index.resolve(role, place);
            roles
                .iter()
                .enumerate()
                .map(resolve)
                .collect::<Result<_, _>>()?
        }
    };
    if let Some(reschedule) = &query.reschedule {
        for (role, (plan, current)) in plans.iter_mut().zip(&reschedule.current).enumerate() {
            let pointer = || format!("/reschedule/current/{role}");
            let current = index.find_all(current, pointer)?;
            if reschedule.policy == ReschedulePolicy::Same {
                plan.any_of.retain(|candidate| current.contains(candidate));
            }
        }
    }
    Ok(plans)
}

/// Resources by id.
struct ResourceIndex<'q> {
    resources: &'q [Resource],
    /// Indexes in the order of the ids.
    sorted: Vec<usize>,
}

impl<'q> ResourceIndex<'q> {
    fn new(resources: &'q [Resource]) -> Result<ResourceIndex<'q>, QueryError> {
        let mut sorted: Vec<usize> = (0..resources.len()).collect();
        sorted.sort_by(|a, b| resources[*a].id.cmp(&resources[*b].id));
        let twice = sorted
            .windows(2)
            .find(|pair| resources[pair[0]].id == resources[pair[1]].id);
        match twice {
            Some(pair) => {
                let fault = QueryFault::Duplicate(resources[pair[1]].id.to_string());
                Err(fault.at(format!("/resources/{}/id", pair[1])))
            }
            None => Ok(ResourceIndex { resources, sorted }),
        }
    }

    fn resolve(&self, role: &Role, place: usize) -> Result<RolePlan, QueryError> {
        let pointer = || format!("/need/{place}/anyOf");
        if role.any_of.is_empty() {
            return Err(QueryFault::EmptyList.at(pointer()));
        }
        let any_of = self.find_all(&role.any_of, pointer)?;
        Ok(RolePlan {
            any_of,
            count: usize::try_from(role.count.get()).unwrap_or(usize::MAX),
        })
    }

    fn find_all(
        &self,
        ids: &[ResourceId],
        pointer: impl Fn() -> String,
    ) -> Result<Vec<usize>, QueryError> {
        let mut found = Vec::with_capacity(ids.len());
        let mut taken = vec![false; self.resources.len()];
        for (place, id) in ids.iter().enumerate() {
            // Ids mostly come in the order of the resources.
            let guess = found.last().map_or(0, |last| last + 1);
            let index = match self.resources.get(guess) {
                Some(resource) if resource.id == *id => Some(guess),
                _ => self.find(id),
            };
            let Some(index) = index else {
                let fault = QueryFault::UnknownResource(id.clone());
                return Err(fault.at(format!("{}/{place}", pointer())));
            };
            if std::mem::replace(&mut taken[index], true) {
                let fault = QueryFault::Duplicate(id.to_string());
                return Err(fault.at(format!("{}/{place}", pointer())));
            }
            found.push(index);
        }
        Ok(found)
    }

    fn find(&self, id: &ResourceId) -> Option<usize> {
        let place = self
            .sorted
            .binary_search_by(|at| self.resources[*at].id.cmp(id))
            .ok()?;
        Some(self.sorted[place])
    }
}
