//! What may truly be said against a start.

use std::collections::BTreeSet;

use quando::availability::{Align, ReasonCode};

use super::hours::contains;
use super::{Oracle, Truth};

impl Oracle<'_> {
    /// The starts that an explanation answers for, with what may truly be said about each.
    pub(crate) fn refused(&self) -> Vec<(i64, BTreeSet<Truth>)> {
        let explained = |start: &i64| {
            let on = |at: &usize| self.is_explained(*at, *start);
            self.roles[0].0.iter().any(on) && self.slot(*start).is_none()
        };
        self.minutes()
            .filter(explained)
            .map(|start| (start, self.truths(start)))
            .collect()
    }

    fn is_explained(&self, at: usize, start: i64) -> bool {
        let openings = &self.known[at].openings;
        let opening = openings.iter().rfind(|opening| **opening <= start);
        contains(&self.known[at].open, start)
            && match self.query.service.align {
                Align::Clock => self.is_on_grid(at, start),
                Align::Opening | Align::Packed => {
                    opening.is_some_and(|opening| (start - opening) % self.step() == 0)
                }
            }
    }

    /// What truly speaks against a start. Nothing of a role that can be filled does.
    pub(crate) fn truths(&self, start: i64) -> BTreeSet<Truth> {
        let mut truths: BTreeSet<Truth> = self
            .timely(start)
            .into_iter()
            .map(|code| (code, None))
            .collect();
        let party = self.query.party.get();
        let id = |at: usize| Some(self.query.resources[at].id.clone());
        let mut fillable = true;
        for (role, (any_of, count)) in self.roles.iter().enumerate() {
            let primaries: Vec<Option<usize>> = if role == 0 {
                vec![None]
            } else {
                self.roles[0].0.iter().copied().map(Some).collect()
            };
            let refusals = |at: usize| -> Vec<Vec<ReasonCode>> {
                primaries
                    .iter()
                    .map(|with| self.refusals(at, (role, *with), start, party))
                    .collect()
            };
            let fits = |at: &&usize| refusals(**at).iter().any(Vec::is_empty);
            let codes = |at: &usize| {
                let at = *at;
                refusals(at)
                    .into_iter()
                    .flatten()
                    .map(move |code| (code, id(at)))
            };
            let on_grid = |at: &&usize| self.is_on_grid(**at, start);
            if any_of.iter().filter(fits).count() < *count {
                fillable = false;
                truths.extend(any_of.iter().flat_map(codes));
            } else if role == 0 && !any_of.iter().filter(fits).any(|at| on_grid(&at)) {
                // Nobody who could come has the start on the grid: nobody replaces those who do.
                truths.extend(any_of.iter().filter(on_grid).flat_map(codes));
            }
        }
        let complete = if self.is_on_a_grid(start) {
            self.choices_on_grid(start, party)
        } else {
            self.choices(start, party)
        };
        if fillable && complete.is_empty() {
            truths.insert((ReasonCode::NoResource, None));
        }
        if self.query.service.align == Align::Clock && !self.is_on_a_grid(start) {
            truths.insert((ReasonCode::OffGrid, None));
        } else if self.query.service.align != Align::Clock {
            let off = |at: &&usize| {
                contains(&self.known[**at].open, start) && !self.is_on_grid(**at, start)
            };
            let off = self.roles[0].0.iter().filter(off);
            truths.extend(off.map(|at| (ReasonCode::OffGrid, id(*at))));
        }
        truths
    }
}
