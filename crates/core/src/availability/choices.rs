//! The choices that an accepted start leaves, for whoever assigns resources.

use super::bits::Bits;
use super::check::{Verdict, checked_start};
use super::choice::Chooser;
use super::error::QueryError;
use super::evaluate::Candidates;
use super::options::Options;
use super::plan::Availability;
use super::view::View;
use crate::time::Interval;
use chrono::{DateTime, Utc};

/// What can be chosen at one start.
#[derive(Debug)]
pub(crate) struct Choices {
    /// Whether the start is offered at all, and why not.
    pub(crate) verdict: Verdict,
    /// The sessions to join, fullest first, then a booking of its own.
    pub(crate) options: Vec<(Joined, Options)>,
}

/// Whether a choice joins a session that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    Session,
    Nothing,
}

impl<'q> Availability<'q> {
    pub(crate) fn choices_at(&self, start: DateTime<Utc>) -> Result<Choices, QueryError> {
        let start = checked_start(start)?;
        let view = View::new(self, Interval::from_seconds(start, start + 1))?;
        let verdict = self.verdict_on_new(&view, start);
        let bits = |on: bool| if on { Bits::all(1) } else { Bits::none(1) };
        let primaries = &self.roles[0].any_of;
        let on_grid = primaries
            .iter()
            .map(|at| bits(view.has_on_grid(*at, start)))
            .collect();
        let candidates = Candidates {
            starts: vec![start],
            on_grid: Some(on_grid),
            ..Candidates::default()
        };
        let feasible: Vec<Bits> = view
            .members
            .iter()
            .map(|each| bits(each.feasible.contains_second(start)))
            .collect();
        let chooser = Chooser::new(&view, &candidates, &feasible);
        let mut sessions = if self.query.service.is_class() {
            chooser.joinable(0, start)
        } else {
            Vec::new()
        };
        sessions.sort_by_key(|(taken, _)| std::cmp::Reverse(*taken));
        let sessions = sessions
            .into_iter()
            .map(|(_, options)| (Joined::Session, options));
        let own = (Joined::Nothing, chooser.own_options(0));
        let complete = |(_, options): &(Joined, Options)| {
            options.leaves_complete_choice(self, &vec![Vec::new(); self.roles.len()])
        };
        let options = sessions.chain([own]).filter(complete).collect();
        Ok(Choices { verdict, options })
    }

    pub(crate) fn role_count(&self, role: usize) -> usize {
        self.roles[role].count
    }

    pub(crate) fn roles_len(&self) -> usize {
        self.roles.len()
    }

    pub(crate) fn resource_at(&self, role: usize, place: usize) -> &'q super::Resource {
        self.members[self.roles[role].any_of[place]].resource
    }
}
