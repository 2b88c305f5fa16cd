//! A schedule and a range of time to open intervals.

use super::Schedule;
use super::collect::Windows;
use crate::limits::{OPEN_STEPS_MAX, OPEN_WINDOWS_MAX};
use crate::recurrence::ExpandError;
use crate::time::{Interval, IntervalSet};

/// When a schedule is open around a range, and where its windows begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpenHours {
    /// Open time, windows merged.
    spans: IntervalSet,
    /// Where a window begins after overrides, closures and shared hours have cut it; sorted,
    /// unique. The `opening` grid restarts at each.
    beginnings: Vec<i64>,
}

/// Why open hours could not be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenHoursError {
    /// A rule yields too much.
    #[error("rule {index} of the schedule: {source}")]
    Rule {
        /// Which of the schedule's rules, counted from 0.
        index: usize,
        /// What it ran into.
        source: ExpandError,
    },
    /// The range has too many windows.
    #[error("more than {OPEN_WINDOWS_MAX} windows of opening hours (limit `OPEN_WINDOWS_MAX`)")]
    TooManyWindows,
    /// The rules of all schedules together take too long to expand.
    #[error("the rules take more than {OPEN_STEPS_MAX} steps (limit `OPEN_STEPS_MAX`)")]
    TooManySteps,
}

impl Schedule {
    /// When the schedule is open within `range`.
    ///
    /// # Errors
    ///
    /// [`OpenHoursError`] when a rule or the whole schedule yields more than the limits allow.
    ///
    /// # Example
    ///
    /// ```
    /// use quando::schedule::Schedule;
    /// use quando::time::Interval;
    ///
    /// // Clocks go forward at 02:00: the night shift of 7 March 2026 lasts one hour less.
    /// let schedule: Schedule = serde_json::from_str(r#"{
    ///   "zone": "America/New_York", "weekly": {"sat": [{"from": "22:00", "to": "06:00"}]}
    /// }"#)?;
    /// let open = schedule.open_hours(Interval::parse(
    ///     "2026-03-07T12:00:00Z", "2026-03-09T00:00:00Z")?)?;
    /// assert_eq!(open.as_slice(), [Interval::parse("2026-03-08T03:00:00Z", "2026-03-08T10:00:00Z")?]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_hours(&self, range: Interval) -> Result<IntervalSet, OpenHoursError> {
        let hours = OpenHours::new(self, &[], range, &mut OpenBudget::default())?;
        Ok(hours.spans.intersection(&range.into()))
    }
}

/// What one answer may spend on opening hours, over all its schedules.
#[derive(Debug, Default)]
pub(crate) struct OpenBudget {
    windows: usize,
    steps: u32,
}

impl OpenBudget {
    pub(super) fn spend(&mut self, windows: usize) -> Result<(), OpenHoursError> {
        self.windows += windows;
        if self.windows > OPEN_WINDOWS_MAX {
            Err(OpenHoursError::TooManyWindows)
        } else {
            Ok(())
        }
    }

    pub(super) fn spend_steps(&mut self, steps: u32) -> Result<(), OpenHoursError> {
        self.steps += steps;
        if self.steps > OPEN_STEPS_MAX {
            Err(OpenHoursError::TooManySteps)
        } else {
            Ok(())
        }
    }
}

impl OpenHours {
    /// All windows of a schedule with a part in `range`, whole; the shared hours count as open
    /// sets, so that of theirs only the edges of open time cut windows.
    pub(crate) fn new(
        schedule: &Schedule,
        shared: &[IntervalSet],
        range: Interval,
        budget: &mut OpenBudget,
    ) -> Result<OpenHours, OpenHoursError> {
        let mut pieces = Windows::new(schedule, range).collect(budget)?;
        for hours in shared {
            pieces = pieces
                .iter()
                .flat_map(|piece| hours.parts_of(*piece))
                .collect();
        }
        if !pieces.is_sorted() {
            pieces.sort_unstable();
        }
        let mut beginnings: Vec<i64> = pieces.iter().map(|piece| piece.start_timestamp()).collect();
        beginnings.dedup();
        Ok(OpenHours {
            spans: pieces.into_iter().collect(),
            beginnings,
        })
    }

    pub(crate) fn spans(&self) -> &IntervalSet {
        &self.spans
    }

    pub(crate) fn into_spans(self) -> IntervalSet {
        self.spans
    }

    pub(crate) fn beginnings(&self) -> &[i64] {
        &self.beginnings
    }
}
