//! Choosing who serves an accepted slot.
//!
//! [`assign`] is a pure function of the query, the ledger of past assignments, a policy and a
//! seed. Candidates are filtered first, by the same rules that offered the slot, and only then
//! ranked; role by role in the order of the need, the best candidate is taken that still leaves a
//! complete choice. For a class the fullest session that fits comes first. Ties break by the
//! order in `anyOf`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::availability::{
    Availability, Choices, Joined, Options, Period, Query, QueryError, Reason, Resource,
    booked_seconds,
};
use crate::id::ResourceId;
use crate::time::text::serde_form;

/// What an assignment depends on beside the query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignRules {
    /// How to choose among those who are free.
    #[serde(default)]
    pub policy: AssignPolicy,
    /// What was assigned before, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<PastAssignment>,
    /// Where randomness comes from; only the `weighted` policy uses it.
    #[serde(default)]
    pub seed: u64,
}

/// How to choose among those who are free.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum AssignPolicy {
    /// Whoever's last assigned slot starts earliest.
    #[default]
    LeastRecent,
    /// Whoever has the fewest assignments in the slot's period.
    LeastOften {
        /// The civil period, in the business's zone.
        per: Period,
    },
    /// Whoever has the fewest minutes of claims in the slot's period.
    LeastBusy {
        /// The civil period, in the business's zone.
        per: Period,
    },
    /// By chance, in proportion to integer weights; who has no weight here has 1, and 0 is never
    /// chosen.
    Weighted {
        /// Weights by resource.
        weights: Vec<Weight>,
    },
    /// The lowest number; who has none comes last.
    Priority {
        /// Numbers by resource.
        ranks: Vec<Rank>,
    },
    /// Exactly these, per role in the order of the need; refused when one is not free.
    Chosen {
        /// The resources of each role.
        resources: Vec<Vec<ResourceId>>,
    },
}

/// A resource's share of the assignments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// Whose.
    pub resource: ResourceId,
    /// The share, relative to the others'.
    pub weight: u32,
}

/// A resource's place in the order of preference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// Whose.
    pub resource: ResourceId,
    /// Lower goes first.
    pub rank: u32,
}

/// A slot that a resource was assigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PastAssignment {
    /// Who.
    pub resource: ResourceId,
    /// When the slot starts.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// Whether the booking was cancelled, declined or expired: it does not count then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// Who serves a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assignment {
    /// Per role in the order of the need, in the order of `anyOf`.
    pub resources: Vec<Vec<ResourceId>>,
    /// Whether the slot joins a session that is there.
    pub joins_session: bool,
}

/// Why nobody was assigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssignError {
    /// The query is not valid.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The start is not offered.
    #[error("the start is not offered")]
    NotOffered {
        /// Why not.
        reasons: Vec<Reason>,
    },
    /// The chosen resources are not free together, or there are too few or too many of them.
    #[error("the chosen resources are not free for the slot")]
    ChosenNotFree,
    /// All who are free have the weight 0.
    #[error("nobody who is free has a weight above 0")]
    NobodyWeighted,
}

impl AssignError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            AssignError::Query(error) => error.fault.code(),
            AssignError::NotOffered { .. } => "not-offered",
            AssignError::ChosenNotFree => "chosen-not-free",
            AssignError::NobodyWeighted => "nobody-weighted",
        }
    }
}

/// Picks the resources for a slot that starts at `start`.
///
/// # Errors
///
/// [`AssignError`] when the query is invalid, the start is not offered, or the policy leaves
/// nobody.
///
/// # Example
///
/// ```
/// use quando::assign::{AssignRules, assign};
///
/// let query = quando::json::parse_query(r#"{
///   "window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"},
///   "now": "2026-03-01T12:00:00Z", "zone": "UTC", "service": {"durationMinutes": 60},
///   "need": [{"anyOf": ["ana", "ben"]}],
///   "resources": [
///     {"id": "ana", "schedule": {"zone": "UTC", "weekly": {"mon": [{"from": "09:00", "to": "12:00"}]}}},
///     {"id": "ben", "schedule": {"zone": "UTC", "weekly": {"mon": [{"from": "09:00", "to": "12:00"}]}}}]
/// }"#)?;
/// let rules: AssignRules = serde_json::from_str(r#"{"ledger": [
///     {"resource": "ana", "start": "2026-02-27T09:00:00Z"},
///     {"resource": "ben", "start": "2026-02-26T09:00:00Z"}]}"#)?;
/// let assignment = assign(&query, "2026-03-02T09:00:00Z".parse()?, &rules)?;
/// assert_eq!(assignment.resources[0][0].as_str(), "ben");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn assign(
    query: &Query,
    start: DateTime<Utc>,
    rules: &AssignRules,
) -> Result<Assignment, AssignError> {
    assign_in(&Availability::new(query)?, start, rules)
}

/// As [`assign`], with a query that is prepared already.
pub(crate) fn assign_in(
    plan: &Availability<'_>,
    start: DateTime<Utc>,
    rules: &AssignRules,
) -> Result<Assignment, AssignError> {
    let Choices { verdict, options } = plan.choices_at(start)?;
    if !verdict.is_offered() {
        return Err(AssignError::NotOffered {
            reasons: verdict.reasons,
        });
    }
    let mut refusal = AssignError::NotOffered {
        reasons: verdict.reasons,
    };
    for (joined, options) in &options {
        let pick = Pick {
            plan,
            query: plan.query(),
            start,
            rules,
            options,
        };
        match pick.resources() {
            Ok(chosen) => return Ok(pick.assignment(chosen, *joined)),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// One way to serve the slot, from which resources are picked.
#[derive(Clone, Copy)]
struct Pick<'a, 'q> {
    plan: &'a Availability<'q>,
    query: &'q Query,
    start: DateTime<Utc>,
    rules: &'a AssignRules,
    options: &'a Options,
}

impl Pick<'_, '_> {
    /// Places in `anyOf`, by role.
    fn resources(self) -> Result<Vec<Vec<usize>>, AssignError> {
        if let AssignPolicy::Chosen { resources } = &self.rules.policy {
            return self.exactly(resources);
        }
        let mut chosen = vec![Vec::new(); self.plan.roles_len()];
        for role in 0..self.plan.roles_len() {
            let mut seed = Seed(self.rules.seed.wrapping_add(role as u64));
            while chosen[role].len() < self.plan.role_count(role) {
                let ranked = self.ranked(role, &chosen[role], &mut seed);
                let fits = |place: &usize| {
                    let mut attempt = chosen.clone();
                    attempt[role].push(*place);
                    self.options.leaves_complete_choice(self.plan, &attempt)
                        && self.is_new(&chosen, role, *place)
                };
                let best = ranked
                    .into_iter()
                    .find(fits)
                    .ok_or(AssignError::NobodyWeighted)?;
                chosen[role].push(best);
            }
        }
        Ok(chosen)
    }

    /// Whether a resource stands in no role yet.
    fn is_new(self, chosen: &[Vec<usize>], role: usize, place: usize) -> bool {
        let id = &self.plan.resource_at(role, place).id;
        chosen.iter().enumerate().all(|(other, places)| {
            places
                .iter()
                .all(|at| self.plan.resource_at(other, *at).id != *id)
        })
    }

    /// The role's remaining candidates, best first.
    fn ranked(self, role: usize, taken: &[usize], seed: &mut Seed) -> Vec<usize> {
        let candidates = self.options.of_role(role).iter().copied();
        let mut places: Vec<usize> = candidates.filter(|at| !taken.contains(at)).collect();
        let resource = |place: usize| self.plan.resource_at(role, place);
        match &self.rules.policy {
            AssignPolicy::LeastRecent => {
                let last = |place: usize| self.past(resource(place)).map(|each| each.start).max();
                sort_by_past(&mut places, last);
            }
            AssignPolicy::LeastOften { per } => {
                let often = |place: usize| self.assignments(resource(place), *per);
                sort_by_past(&mut places, often);
            }
            AssignPolicy::LeastBusy { per } => {
                let busy = |place: usize| self.claimed_seconds(resource(place), *per);
                sort_by_past(&mut places, busy);
            }
            AssignPolicy::Weighted { weights } => {
                let weight = |place: usize| {
                    let id = &resource(place).id;
                    weights
                        .iter()
                        .find(|each| each.resource == *id)
                        .map_or(1, |each| each.weight)
                };
                places = seed.shuffle(&places, weight);
            }
            AssignPolicy::Priority { ranks } => places.sort_by_key(|place| {
                let id = &resource(*place).id;
                let rank = ranks.iter().find(|each| each.resource == *id);
                rank.map_or((true, 0), |each| (false, each.rank))
            }),
            AssignPolicy::Chosen { .. } => {}
        }
        places
    }

    fn past<'r>(self, resource: &'r Resource) -> impl Iterator<Item = &'r PastAssignment>
    where
        Self: 'r,
    {
        let counts = |each: &&PastAssignment| !each.withdrawn && each.resource == resource.id;
        self.rules.ledger.iter().filter(counts)
    }

    /// Assignments in the slot's period; none for a newcomer.
    fn assignments(self, resource: &Resource, per: Period) -> Option<i64> {
        self.past(resource).next()?;
        let starts = self.past(resource).map(|each| (each.start.timestamp(), 1));
        Some(booked_seconds(
            self.query,
            per,
            self.start.timestamp(),
            starts,
        ))
    }

    /// Seconds of claims in the slot's period; none for a newcomer.
    fn claimed_seconds(self, resource: &Resource, per: Period) -> Option<i64> {
        let counting = || {
            resource
                .claims
                .iter()
                .filter(|claim| self.plan.counts(claim))
        };
        if self.past(resource).next().is_none() && counting().next().is_none() {
            return None;
        }
        let claims = counting().map(|claim| {
            (
                claim.interval.start_timestamp(),
                claim.interval.duration().num_seconds(),
            )
        });
        Some(booked_seconds(
            self.query,
            per,
            self.start.timestamp(),
            claims,
        ))
    }

    fn exactly(self, resources: &[Vec<ResourceId>]) -> Result<Vec<Vec<usize>>, AssignError> {
        if resources.len() != self.plan.roles_len() {
            return Err(AssignError::ChosenNotFree);
        }
        let mut chosen = Vec::with_capacity(resources.len());
        for (role, ids) in resources.iter().enumerate() {
            let place = |id: &ResourceId| {
                let candidates = self.options.of_role(role).iter().copied();
                candidates
                    .into_iter()
                    .find(|at| self.plan.resource_at(role, *at).id == *id)
            };
            let places: Option<Vec<usize>> = ids.iter().map(place).collect();
            let places = places.filter(|places| places.len() == self.plan.role_count(role));
            chosen.push(places.ok_or(AssignError::ChosenNotFree)?);
        }
        let named: Vec<&ResourceId> = resources.iter().flatten().collect();
        let twice = named
            .iter()
            .enumerate()
            .any(|(at, id)| named[..at].contains(id));
        if twice || !self.options.leaves_complete_choice(self.plan, &chosen) {
            return Err(AssignError::ChosenNotFree);
        }
        Ok(chosen)
    }

    fn assignment(self, mut chosen: Vec<Vec<usize>>, joined: Joined) -> Assignment {
        let resources = chosen.iter_mut().enumerate().map(|(role, places)| {
            places.sort_unstable();
            places
                .iter()
                .map(|at| self.plan.resource_at(role, *at).id.clone())
                .collect()
        });
        Assignment {
            resources: resources.collect(),
            joins_session: joined == Joined::Session,
        }
    }
}

/// Sorts by what is known of the past; a newcomer starts at the group's minimum, so that it gets
/// its turn, and not every turn.
fn sort_by_past<K: Ord + Copy>(places: &mut [usize], past: impl Fn(usize) -> Option<K>) {
    let minimum = places.iter().filter_map(|place| past(*place)).min();
    places.sort_by_key(|place| past(*place).or(minimum));
}

/// A reproducible stream of numbers (SplitMix64).
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A random order in which each next place is drawn in proportion to its weight.
    fn shuffle(&mut self, places: &[usize], weight: impl Fn(usize) -> u32) -> Vec<usize> {
        let mut rest: Vec<(usize, u64)> = places
            .iter()
            .map(|place| (*place, u64::from(weight(*place))))
            .collect();
        rest.retain(|(_, weight)| *weight > 0);
        let mut order = Vec::with_capacity(rest.len());
        while !rest.is_empty() {
            let total: u64 = rest.iter().map(|(_, weight)| weight).sum();
            let mut drawn = u64::try_from((u128::from(self.next()) * u128::from(total)) >> 64)
                .expect("the high half of the product is below the total");
            let at = rest.iter().position(|(_, weight)| {
                let here = drawn < *weight;
                drawn = drawn.saturating_sub(*weight);
                here
            });
            order.push(rest.remove(at.unwrap_or(0)).0);
        }
        order
    }
}

#[cfg(test)]
mod tests;
