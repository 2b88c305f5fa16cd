//! Filling several roles with different resources.

/// A part of a need at one start: `count` of the resources in `candidates`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    pub(super) count: usize,
    /// Resources, as indexes below the number given to [`fill`].
    pub(super) candidates: Vec<usize>,
}

const NOBODY: usize = usize::MAX;

/// A way to fill every demand with different resources, and what else could stand in it.
#[derive(Debug)]
pub(super) struct Filled {
    /// Which demand each resource fills.
    owner: Vec<usize>,
    /// By demand: the demands whose resources it can reach by swapping, as bits; one bit above
    /// them stands for a resource that fills none.
    reach: Vec<u64>,
}

/// Fills all demands, each resource at most once; `None` when that cannot be done.
///
/// The work is at most the number of units times the number of candidates, over all demands.
pub(super) fn fill(demands: &[Demand], resources: usize) -> Option<Filled> {
    let mut owner = vec![NOBODY; resources];
    for (demand, each) in demands.iter().enumerate() {
        for _ in 0..each.count {
            if !augment(demands, demand, &mut owner) {
                return None;
            }
        }
    }
    let reach = reachable(demands, &owner);
    Some(Filled { owner, reach })
}

impl Filled {
    /// Whether some way to fill all demands has this candidate of a demand in it.
    pub(super) fn admits(&self, demand: usize, resource: usize) -> bool {
        match self.owner[resource] {
            NOBODY => true,
            owner if owner == demand => true,
            // The demand gives up one of its own; the owner needs another, through swaps.
            owner => self.reach[owner] & (1 << demand | 1 << self.reach.len()) != 0,
        }
    }
}

/// Gives a demand one more resource, if need be by a chain of swaps: the shortest one, found
/// demand by demand.
fn augment(demands: &[Demand], demand: usize, owner: &mut [usize]) -> bool {
    // For each demand that was reached: who takes which of its resources.
    let mut taken_by: Vec<Option<(usize, usize)>> = vec![None; demands.len()];
    let mut queue = vec![demand];
    let mut next = 0;
    while let Some(&taker) = queue.get(next) {
        next += 1;
        for &resource in &demands[taker].candidates {
            let holder = owner[resource];
            if holder == NOBODY {
                swap_along(demand, taker, resource, &taken_by, owner);
                return true;
            }
            if holder != demand && holder != taker && taken_by[holder].is_none() {
                taken_by[holder] = Some((taker, resource));
                queue.push(holder);
            }
        }
    }
    false
}

/// Hands a free resource to its taker, and back along the chain each demand's own to the one
/// before it.
fn swap_along(
    demand: usize,
    taker: usize,
    resource: usize,
    taken_by: &[Option<(usize, usize)>],
    owner: &mut [usize],
) {
    let (mut taker, mut resource) = (taker, resource);
    loop {
        owner[resource] = taker;
        match taken_by[taker] {
            Some((before, given_up)) if taker != demand => (taker, resource) = (before, given_up),
            _ => return,
        }
    }
}

fn reachable(demands: &[Demand], owner: &[usize]) -> Vec<u64> {
    let free = demands.len();
    let mut reach: Vec<u64> = demands
        .iter()
        .map(|demand| {
            let bit = |resource: &usize| match owner[*resource] {
                NOBODY => 1 << free,
                owner => 1 << owner,
            };
            demand
                .candidates
                .iter()
                .map(bit)
                .fold(0, |bits: u64, bit: u64| bits | bit)
        })
        .collect();
    for through in 0..demands.len() {
        for from in 0..demands.len() {
            if reach[from] >> through & 1 == 1 {
                reach[from] |= reach[through];
            }
        }
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All sets of choices, by trying every assignment.
    fn admitted(demands: &[Demand], resources: usize) -> Option<Vec<Vec<bool>>> {
        fn walk(
            units: &[(usize, &Demand)],
            taken: &mut Vec<(usize, usize)>,
            out: &mut Vec<Vec<(usize, usize)>>,
        ) {
            let Some((demand, each)) = units.first() else {
                return out.push(taken.clone());
            };
            for resource in &each.candidates {
                if taken.iter().all(|(_, other)| other != resource) {
                    taken.push((*demand, *resource));
                    walk(&units[1..], taken, out);
                    taken.pop();
                }
            }
        }
        let units: Vec<(usize, &Demand)> = demands
            .iter()
            .enumerate()
            .flat_map(|(at, each)| std::iter::repeat_n((at, each), each.count))
            .collect();
        let mut choices = Vec::new();
        walk(&units, &mut Vec::new(), &mut choices);
        let mut found = vec![vec![false; resources]; demands.len()];
        choices
            .iter()
            .flatten()
            .for_each(|(demand, resource)| found[*demand][*resource] = true);
        (!choices.is_empty()).then_some(found)
    }

    proptest! {
        #[test]
        fn agrees_with_trying_everything(
            raw in prop::collection::vec((1_usize..3, 0_u32..64), 1..4)
        ) {
            let demands: Vec<Demand> = raw
                .iter()
                .map(|(count, mask)| Demand {
                    count: *count,
                    candidates: (0..6).filter(|at| mask >> at & 1 == 1).collect(),
                })
                .collect();
            let filled = fill(&demands, 6);
            let expected = admitted(&demands, 6);
            prop_assert_eq!(filled.is_some(), expected.is_some());
            if let (Some(filled), Some(expected)) = (filled, expected) {
                for (at, demand) in demands.iter().enumerate() {
                    for resource in &demand.candidates {
                        prop_assert_eq!(filled.admits(at, *resource), expected[at][*resource]);
                    }
                }
            }
        }
    }
}
