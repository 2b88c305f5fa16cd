//! The judgement of a run: everything that was told, against everything that is stored.

mod acknowledged;
mod occupancy;
mod refusals;
mod states;

use std::collections::BTreeMap;
use std::fmt;

use crate::history::{Asked, Kind};
use crate::tables::Tables;

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// More is booked at an instant than there is.
    Overbooked,
    /// More is booked on a day than may be.
    OverLimit,
    /// A customer holds more than it may.
    OverQuota,
    /// What was acknowledged is not there.
    Lost,
    /// Something is there that nobody asked for.
    Ghost,
    /// One request had two effects.
    Duplicate,
    /// The same request was answered in two ways.
    ReplayDiffers,
    /// "Not free", and it was free all the time.
    Unjustified,
    /// A hold or a pending booking came to life after its deadline.
    TooLate,
    /// A change was made over a version that it was not asked for.
    StaleVersion,
    /// Tables contradict each other.
    Torn,
    /// A request was never settled, or answered by what belongs to no such request.
    Protocol,
}

/// A rule that was broken, and how.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    pub(crate) what: String,
}

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) violations: Vec<Violation>,
    /// What really happened.
    pub(crate) counts: Counts,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Sendings of requests that ask for time.
    pub(crate) attempts: usize,
    /// Of those, the ones refused because it was taken.
    pub(crate) taken: usize,
    /// Rounds with two requests for the same time in flight together.
    pub(crate) colliding_rounds: usize,
    pub(crate) rounds: usize,
    pub(crate) replays: usize,
    pub(crate) unknown: usize,
    pub(crate) in_flight: usize,
    pub(crate) contended: usize,
    pub(crate) unavailable: usize,
    /// Refusals of any kind, and acknowledgements by kind.
    pub(crate) by_code: BTreeMap<String, usize>,
    pub(crate) done: BTreeMap<Kind, usize>,
}

/// Judges a run.
pub(crate) fn check(asked: &[Asked], tables: &Tables) -> Report {
    let mut report = Report {
        counts: counts(asked),
        ..Report::default()
    };
    let lives = states::fold(&tables.log, &mut report);
    acknowledged::check(asked, tables, &lives, &mut report);
    occupancy::check(tables, &mut report);
    refusals::check(asked, &lives, &mut report);
    report
}

impl Report {
    pub(crate) fn add(&mut self, rule: Rule, what: impl fmt::Display) {
        self.violations.push(Violation {
            rule,
            what: what.to_string(),
        });
    }

    pub(crate) fn broken(&self, rule: Rule) -> usize {
        let broken = self.violations.iter().filter(|each| each.rule == rule);
        broken.count()
    }

    pub(crate) fn assert_clean(&self) {
        let shown: Vec<String> = self
            .violations
            .iter()
            .take(10)
            .map(|each| format!("{:?}: {}", each.rule, each.what))
            .collect();
        let count = self.violations.len();
        assert!(count == 0, "{count} violations:\n{}", shown.join("\n"));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            attempts,
            taken,
            colliding_rounds,
            rounds,
            replays,
            unknown,
            in_flight,
            contended,
            unavailable,
            by_code,
            done,
        } = &self.counts;
        let mut broken: BTreeMap<Rule, usize> = BTreeMap::new();
        for each in &self.violations {
            *broken.entry(each.rule).or_default() += 1;
        }
        write!(
            f,
            "attempts {attempts}, taken {taken}, rounds {rounds} ({colliding_rounds} colliding), \
             replays {replays}, unknown {unknown}, in flight {in_flight}, contended {contended}, \
             unavailable {unavailable}, done {done:?}, refused {by_code:?}, broken {broken:?}"
        )
    }
}

fn counts(asked: &[Asked]) -> Counts {
    let mut counts = Counts::default();
    for each in asked {
        for attempt in &each.attempts {
            let code = attempt.refusal();
            counts.attempts += usize::from(each.kind.books());
            counts.taken += usize::from(code == Some("slot-not-free"));
            counts.unknown += usize::from(attempt.is_unknown());
            counts.in_flight += usize::from(code == Some("idempotency-in-flight"));
            counts.contended += usize::from(code == Some("store-contended"));
            counts.unavailable += usize::from(code == Some("store-unavailable"));
            if let Some(code) = code {
                *counts.by_code.entry(code.to_owned()).or_default() += 1;
            }
            if let crate::history::Outcome::Done { replayed, .. } = attempt.outcome {
                counts.replays += usize::from(replayed);
                *counts.done.entry(each.kind).or_default() += usize::from(!replayed);
            }
        }
    }
    let mut rounds: BTreeMap<usize, Vec<&Asked>> = BTreeMap::new();
    for each in asked {
        rounds.entry(each.round).or_default().push(each);
    }
    counts.rounds = rounds.len();
    let colliding = rounds.values().filter(|round| refusals::collide(round));
    counts.colliding_rounds = colliding.count();
    counts
}
