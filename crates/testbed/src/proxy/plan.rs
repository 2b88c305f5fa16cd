//! When to cut.

use super::frontend::Point;
use super::{Counters, State};

/// Where a connection is cut, on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// Instead of sending the group with the `COMMIT`: nothing is committed.
    BeforeCommit,
    /// After the server has carried out the `COMMIT`: its answers to the whole group are lost.
    AfterCommit,
    /// Instead of sending a group that writes without a transaction: nothing is written.
    BeforeSync,
    /// After the server has written and committed it: its answers to the whole group are lost.
    AfterSync,
}

/// Which of the moments for a cut are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    cut: Cut,
    skip: u64,
    when: When,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    Next(u64),
    Chance { per_thousand: u16, seed: u64 },
}

impl Plan {
    /// Cuts the next `count` times.
    pub fn next(cut: Cut, count: u64) -> Plan {
        Plan {
            cut,
            skip: 0,
            when: When::Next(count),
        }
    }

    /// Cuts in so many of a thousand cases, in an order that the seed fixes; until the proxy is
    /// healed.
    pub fn chance(cut: Cut, per_thousand: u16, seed: u64) -> Plan {
        Plan {
            cut,
            skip: 0,
            when: When::Chance { per_thousand, seed },
        }
    }

    /// Lets so many through before.
    #[must_use]
    pub fn after(self, skip: u64) -> Plan {
        Plan { skip, ..self }
    }

    /// Asked at each moment that this plan is about.
    fn wants(&mut self, point: Point) -> bool {
        if self.cut.point() != point {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.when {
            When::Next(0) => false,
            When::Next(left) => {
                *left -= 1;
                true
            }
            When::Chance { per_thousand, seed } => draw(seed) % 1000 < u64::from(*per_thousand),
        }
    }
}

impl Cut {
    fn point(self) -> Point {
        match self {
            Cut::BeforeCommit | Cut::AfterCommit => Point::Commit,
            Cut::BeforeSync | Cut::AfterSync => Point::Write,
        }
    }
}

impl State {
    /// Counts the moment, and the cut if there is one.
    pub(super) fn judge(&mut self, point: Point) -> Option<Cut> {
        match point {
            Point::Commit => self.counters.commits += 1,
            Point::Write => self.counters.writes += 1,
        }
        let plan = self
            .plans
            .iter_mut()
            .find_map(|plan| plan.wants(point).then_some(plan.cut))?;
        *self.counters.of(plan) += 1;
        Some(plan)
    }
}

impl Counters {
    fn of(&mut self, cut: Cut) -> &mut u64 {
        match cut {
            Cut::BeforeCommit => &mut self.cut_before_commit,
            Cut::AfterCommit => &mut self.cut_after_commit,
            Cut::BeforeSync => &mut self.cut_before_sync,
            Cut::AfterSync => &mut self.cut_after_sync,
        }
    }
}

/// The next number of the sequence that Steele and others call SplitMix64.
fn draw(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // The first three numbers for the seed 1234567 of the reference implementation.
        let mut seed = 1_234_567;
        let drawn = [draw(&mut seed), draw(&mut seed), draw(&mut seed)];
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn plans_take_the_moments_they_name() {
        let plans = vec![
            Plan::next(Cut::BeforeCommit, 1).after(1),
            Plan::next(Cut::AfterSync, 2),
        ];
        let mut state = State {
            plans,
            ..State::default()
        };
        let commits: Vec<_> = (0..3).map(|_| state.judge(Point::Commit)).collect();
        assert_eq!(commits, [None, Some(Cut::BeforeCommit), None]);
        let writes: Vec<_> = (0..3).map(|_| state.judge(Point::Write)).collect();
        assert_eq!(writes, [Some(Cut::AfterSync), Some(Cut::AfterSync), None]);
        let expected = Counters {
            commits: 3,
            writes: 3,
            cut_before_commit: 1,
            cut_after_sync: 2,
            ..Counters::default()
        };
        assert_eq!(state.counters, expected);
    }

    #[test]
    fn chances_repeat_with_their_seed_and_keep_their_rate() {
        let cuts = |per_thousand, seed| {
            let mut plan = Plan::chance(Cut::AfterCommit, per_thousand, seed);
            (0..10_000)
                .map(|_| plan.wants(Point::Commit))
                .collect::<Vec<_>>()
        };
        let count = |cuts: &[bool]| cuts.iter().filter(|cut| **cut).count();
        assert_eq!(cuts(300, 1), cuts(300, 1));
        assert_ne!(cuts(300, 1), cuts(300, 2));
        assert!((2_700..3_300).contains(&count(&cuts(300, 1))));
        assert_eq!((count(&cuts(0, 1)), count(&cuts(1000, 1))), (0, 10_000));
    }
}
