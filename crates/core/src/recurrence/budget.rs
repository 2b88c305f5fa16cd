//! What one expansion may cost.

use crate::limits::{EXPAND_OCCURRENCES_MAX, EXPAND_STEPS_MAX};

/// Why an expansion was given up; never is an answer cut short silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpandError {
    /// The window has more occurrences than [`EXPAND_OCCURRENCES_MAX`]; split it.
    #[error(
        "more than {EXPAND_OCCURRENCES_MAX} occurrences in the window \
         (limit `EXPAND_OCCURRENCES_MAX`)"
    )]
    Occurrences,
    /// The rule occurs so rarely, or counts from so far away, that finding its occurrences takes
    /// more than [`EXPAND_STEPS_MAX`] steps.
    #[error("the rule takes more than {EXPAND_STEPS_MAX} steps (limit `EXPAND_STEPS_MAX`)")]
    Steps,
}

impl ExpandError {
    /// A stable code for machines: `expand-occurrences` or `expand-steps`.
    pub fn code(self) -> &'static str {
        match self {
            ExpandError::Occurrences => "expand-occurrences",
            ExpandError::Steps => "expand-steps",
        }
    }

    /// The name of the limit in [`limits`](crate::limits).
    pub fn limit(self) -> &'static str {
        match self {
            ExpandError::Occurrences => "EXPAND_OCCURRENCES_MAX",
            ExpandError::Steps => "EXPAND_STEPS_MAX",
        }
    }
}

/// What is left to spend; one budget may serve several rules of the same request.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    occurrences: u32,
    steps: u32,
}

impl Budget {
    pub(crate) fn new() -> Budget {
        Budget {
            occurrences: EXPAND_OCCURRENCES_MAX,
            steps: EXPAND_STEPS_MAX,
        }
    }

    pub(super) fn spend_occurrence(&mut self) -> Result<(), ExpandError> {
        self.occurrences = self
            .occurrences
            .checked_sub(1)
            .ok_or(ExpandError::Occurrences)?;
        Ok(())
    }

    pub(super) fn spend_steps(&mut self, steps: u32) -> Result<(), ExpandError> {
        self.steps = self.steps.checked_sub(steps).ok_or(ExpandError::Steps)?;
        Ok(())
    }

    /// How many steps were spent.
    pub(crate) fn steps_spent(&self) -> u32 {
        EXPAND_STEPS_MAX - self.steps
    }
}
