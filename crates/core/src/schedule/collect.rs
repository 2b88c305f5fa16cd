//! The windows of a schedule, date by date, cut by overrides and closures.

use chrono::NaiveDate;

use super::open_hours::{OpenBudget, OpenHoursError};
use super::{Hours, OpenRule, Override, OverrideMode, Schedule};
use crate::recurrence::{Budget, Pattern};
use crate::time::civil::{DAY, date_to_days, local_from_civil, weekday};
use crate::time::offsets::OffsetCursor;
use crate::time::{Interval, IntervalSet};

/// Walks over the civil dates whose windows can have a part in a range.
pub(super) struct Windows<'s> {
    schedule: &'s Schedule,
    offsets: OffsetCursor<'s>,
    first_day: i64,
    last_day: i64,
    /// Overrides that replace a date of the walk, by date.
    replaced: Vec<(i64, &'s Override)>,
    /// Closed dates, as sorted ranges `[first, after)` of days.
    closed: Vec<(i64, i64)>,
    /// Days that other dates' windows are cleared from: sorted, disjoint, in local seconds.
    cleared: Vec<(i64, i64)>,
    /// Civil starts and lengths of the rules' windows, by start.
    recurring: Vec<(i64, i64)>,
    pieces: Vec<Interval>,
}

impl Schedule {
    /// No window of the schedule is longer, in seconds of civil time.
    pub(crate) fn longest_window(&self) -> i64 {
        let rules = self
            .rules
            .iter()
            .map(|rule| rule.duration_minutes.seconds());
        rules.fold(DAY, i64::max)
    }
}

impl<'s> Windows<'s> {
    pub(super) fn new(schedule: &'s Schedule, range: Interval) -> Windows<'s> {
        // A window that touches one with a part in the range may begin two lengths before it.
        let back = 2 * schedule.longest_window();
        let (from, to) = (range.start_timestamp() - back, range.end_timestamp());
        let mut offsets = schedule.zone.offsets(from, to);
        let first_day = offsets.local(from).div_euclid(DAY) - 1;
        let last_day = offsets.local(to).div_euclid(DAY) + 1;
        Windows {
            schedule,
            offsets,
            first_day,
            last_day,
            replaced: Vec::new(),
            closed: Vec::new(),
            cleared: Vec::new(),
            recurring: Vec::new(),
            pieces: Vec::new(),
        }
    }

    pub(super) fn collect(
        mut self,
        budget: &mut OpenBudget,
    ) -> Result<Vec<Interval>, OpenHoursError> {
        let days = usize::try_from(self.last_day - self.first_day).unwrap_or(usize::MAX);
        budget.spend(days)?;
        self.find_exceptions();
        for (index, rule) in self.schedule.rules.iter().enumerate() {
            self.find_recurring(index, rule, budget)?;
        }
        self.recurring.sort_unstable();
        self.pieces.reserve(days + self.recurring.len());
        self.walk(budget)?;
        self.subtract(budget)?;
        Ok(self.pieces)
    }

    fn find_exceptions(&mut self) {
        let range = self.first_day..=self.last_day;
        for each in &self.schedule.overrides {
            let day = date_to_days(each.date);
            if each.mode == OverrideMode::Replace && range.contains(&day) {
                self.replaced.push((day, each));
                self.cleared.push((day * DAY, (day + 1) * DAY));
            }
        }
        for closure in &self.schedule.closures {
            let first = date_to_days(closure.from).max(self.first_day);
            let after = (date_to_days(closure.through) + 1).min(self.last_day + 1);
            if first < after {
                self.closed.push((first, after));
                self.cleared.push((first * DAY, after * DAY));
            }
        }
        self.replaced.sort_unstable_by_key(|(day, _)| *day);
        merge(&mut self.closed);
        merge(&mut self.cleared);
    }

    fn find_recurring(
        &mut self,
        index: usize,
        rule: &OpenRule,
        budget: &mut OpenBudget,
    ) -> Result<(), OpenHoursError> {
        let (from, to) = (self.first_day * DAY, (self.last_day + 1) * DAY);
        let mut starts = Vec::new();
        let mut expansion = Budget::new();
        Pattern::new(local_from_civil(rule.start), rule.rrule.as_ref())
            .local_between(from, to, &mut self.offsets, &mut expansion, &mut starts)
            .map_err(|source| OpenHoursError::Rule { index, source })?;
        budget.spend_steps(expansion.steps_spent())?;
        budget.spend(starts.len())?;
        let extra = rule.rdates.iter().map(|civil| local_from_civil(*civil));
        starts.extend(extra.filter(|local| (from..to).contains(local)));
        if !rule.exdates.is_empty() {
            let mut excluded: Vec<i64> = rule
                .exdates
                .iter()
                .map(|civil| local_from_civil(*civil))
                .collect();
            excluded.sort_unstable();
            starts.retain(|local| excluded.binary_search(local).is_err());
        }
        let length = rule.duration_minutes.seconds();
        self.recurring
            .extend(starts.into_iter().map(|local| (local, length)));
        Ok(())
    }

    fn walk(&mut self, budget: &mut OpenBudget) -> Result<(), OpenHoursError> {
        let first_valid = self.schedule.valid_from.map_or(i64::MIN, date_to_days);
        let last_valid = self.schedule.valid_through.map_or(i64::MAX, date_to_days);
        let added = added_hours(self.schedule);
        let weekly = self.schedule.weekly.days();
        let (mut replaced, mut closed, mut recurring) = (0, 0, 0);
        for day in self.first_day..=self.last_day {
            let midnight = day * DAY;
            while self
                .closed
                .get(closed)
                .is_some_and(|(_, after)| *after <= day)
            {
                closed += 1;
            }
            while self
                .replaced
                .get(replaced)
                .is_some_and(|(date, _)| *date < day)
            {
                replaced += 1;
            }
            let rules_from = recurring;
            while self
                .recurring
                .get(recurring)
                .is_some_and(|(at, _)| *at < midnight + DAY)
            {
                recurring += 1;
            }
            let is_closed = self
                .closed
                .get(closed)
                .is_some_and(|(first, _)| *first <= day);
            if is_closed || day < first_valid || day > last_valid {
                continue;
            }
            let before = self.pieces.len();
            match self.replaced.get(replaced) {
                Some((date, each)) if *date == day => self.open_all(midnight, &each.hours),
                _ => {
                    self.open_all(midnight, weekly[usize::from(weekday(day))]);
                    for at in rules_from..recurring {
                        let (start, length) = self.recurring[at];
                        self.open(midnight, start, start + length);
                    }
                }
            }
            for (_, each) in added.iter().filter(|(date, _)| *date == day) {
                self.open_all(midnight, &each.hours);
            }
            budget.spend(self.pieces.len() - before)?;
        }
        Ok(())
    }

    fn open_all(&mut self, midnight: i64, hours: &[Hours]) {
        for each in hours {
            self.open(
                midnight,
                midnight + each.start_second(),
                midnight + each.end_second(),
            );
        }
    }

    /// Adds the window of the date that begins at `midnight`, without its cleared parts.
    fn open(&mut self, midnight: i64, start: i64, end: i64) {
        let tomorrow = midnight + DAY;
        if end <= tomorrow || self.cleared.is_empty() {
            return self.push(start, end);
        }
        let mut start = start;
        let from = self.cleared.partition_point(|(_, to)| *to <= tomorrow);
        for at in from..self.cleared.len() {
            let (cleared_from, cleared_to) = self.cleared[at];
            if cleared_from >= end {
                break;
            }
            // A window's own date never cuts it: that date's override is where it comes from.
            self.push(start, cleared_from.max(tomorrow));
            start = cleared_to;
        }
        self.push(start, end);
    }

    fn push(&mut self, start: i64, end: i64) {
        let (start, end) = (self.offsets.wall(start), self.offsets.wall(end));
        if start < end {
            self.pieces.push(Interval::from_seconds(start, end));
        }
    }

    fn subtract(&mut self, budget: &mut OpenBudget) -> Result<(), OpenHoursError> {
        let mut removed = Vec::new();
        for each in &self.schedule.overrides {
            let midnight = date_to_days(each.date) * DAY;
            let range = self.first_day * DAY..=self.last_day * DAY;
            if each.mode != OverrideMode::Subtract || !range.contains(&midnight) {
                continue;
            }
            for hours in &each.hours {
                let start = self.offsets.wall(midnight + hours.start_second());
                let end = self.offsets.wall(midnight + hours.end_second());
                removed.extend((start < end).then(|| Interval::from_seconds(start, end)));
            }
        }
        if removed.is_empty() {
            return Ok(());
        }
        let removed: IntervalSet = removed.into_iter().collect();
        let pieces = std::mem::take(&mut self.pieces);
        for piece in pieces {
            self.pieces
                .extend(IntervalSet::from(piece).subtract(&removed).iter());
            budget.spend(0)?;
        }
        budget.spend(self.pieces.len())
    }
}

fn added_hours(schedule: &Schedule) -> Vec<(i64, &Override)> {
    schedule
        .overrides
        .iter()
        .filter(|each| each.mode == OverrideMode::Add)
        .map(|each| (date_to_days(each.date), each))
        .collect()
}

/// Sorts ranges and joins those that meet or touch.
fn merge(ranges: &mut Vec<(i64, i64)>) {
    ranges.sort_unstable();
    ranges.dedup_by(|later, kept| {
        let merges = later.0 <= kept.1;
        if merges {
            kept.1 = kept.1.max(later.1);
        }
        merges
    });
}

/// Dates that a schedule names more than once for one purpose, for the checks of a query.
pub(crate) fn repeated_override(schedule: &Schedule) -> Option<(usize, NaiveDate)> {
    let mut named: Vec<(NaiveDate, OverrideMode, usize)> = schedule
        .overrides
        .iter()
        .enumerate()
        .map(|(index, each)| (each.date, each.mode, index))
        .collect();
    named.sort_unstable();
    let pair = named
        .windows(2)
        .find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1))?;
    Some((pair[1].2, pair[1].0))
}
