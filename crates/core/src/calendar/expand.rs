//! The one place where calendars meet recurrence rules.

use super::problem::{CalendarError, limit};
use crate::limits::{
    CALENDAR_EXPANSIONS_MAX, CALENDAR_OCCURRENCES_MAX, CALENDAR_STEPS_MAX, INSTANT_MAX, INSTANT_MIN,
};
use crate::recurrence::{Budget, ExpandError, Recurrence, Rule};
use crate::time::{Interval, Zone, civil::civil_from_local};

/// What the expansions of one text have cost.
#[derive(Debug, Default)]
pub(super) struct Cost {
    expansions: usize,
    occurrences: usize,
    steps: u32,
}

/// The civil start of a rule, in local seconds, and its zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start<'a> {
    pub(super) local: i64,
    pub(super) zone: &'a Zone,
}

impl Cost {
    /// The instants in the window at which a rule occurs, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The inner one when the rule costs too much, the outer one when all of them together do; the
    /// component that begins in `line` is then named.
    pub(super) fn expand(
        &mut self,
        rule: &Rule,
        start: Start<'_>,
        window: Interval,
        line: u32,
    ) -> Result<Result<Vec<i64>, ExpandError>, CalendarError> {
        let mut recurrence = Recurrence::new(civil_from_local(start.local), start.zone.clone());
        recurrence.rule = Some(rule.clone());
        let (mut budget, mut instants) = (Budget::new(), Vec::new());
        let result = recurrence
            .compile()
            .expand_within(window, &mut budget, &mut instants);
        self.expansions += 1;
        self.occurrences += instants.len();
        self.steps = self.steps.saturating_add(budget.steps_spent());
        if self.expansions > CALENDAR_EXPANSIONS_MAX {
            return Err(limit!(CALENDAR_EXPANSIONS_MAX, Some(line)));
        }
        if self.occurrences > CALENDAR_OCCURRENCES_MAX {
            return Err(limit!(CALENDAR_OCCURRENCES_MAX, Some(line)));
        }
        if self.steps > CALENDAR_STEPS_MAX {
            return Err(limit!(CALENDAR_STEPS_MAX, Some(line)));
        }
        Ok(result.map(|()| instants))
    }
}

/// The window between two seconds, cut to what instants can be.
pub(super) fn window(from: i64, to: i64) -> Option<Interval> {
    Interval::from_timestamps(from.max(INSTANT_MIN), to.min(INSTANT_MAX)).ok()
}
