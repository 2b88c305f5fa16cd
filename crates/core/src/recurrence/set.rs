use chrono::{DateTime, NaiveDateTime, Utc};

use super::budget::{Budget, ExpandError};
use super::compile::Pattern;
use super::rule::Rule;
use crate::time::civil::{civil_from_local, instant_from_seconds, local_from_civil};
use crate::time::offsets::OffsetCursor;
use crate::time::{Interval, Zone};

/// A recurrence set: a civil start, its zone, a rule, and dates taken out and put in.
///
/// Everything civil is read on the wall clock of `zone`, in whole seconds (fractions are dropped).
/// It is read from and printed as lines of iCalendar text, see [`Recurrence::parse`].
///
/// # Example
///
/// The clocks of New York change on 10 March 2024; the meeting stays at 09:00.
///
/// ```
/// use quando::recurrence::Recurrence;
/// use quando::time::Interval;
///
/// let text = "DTSTART;TZID=America/New_York:20240301T090000\nRRULE:FREQ=WEEKLY;COUNT=3";
/// let recurrence: Recurrence = text.parse()?;
/// let window = Interval::parse("2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z")?;
/// let starts: Vec<String> =
///     recurrence.expand(window)?.iter().map(|start| start.to_rfc3339()).collect();
/// assert_eq!(
///     starts,
///     ["2024-03-01T14:00:00+00:00", "2024-03-08T14:00:00+00:00", "2024-03-15T13:00:00+00:00"]
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// Civil start (`DTSTART`): an occurrence only if the rule yields it.
    pub start: NaiveDateTime,
    /// The zone of all civil times here.
    pub zone: Zone,
    /// The rule; without one the start is the one occurrence.
    pub rule: Option<Rule>,
    /// Civil times that do not take place (`EXDATE`); they win over `rdates`.
    pub exdates: Vec<NaiveDateTime>,
    /// Further civil times (`RDATE`), which `COUNT` does not count.
    pub rdates: Vec<NaiveDateTime>,
}

/// A [`Recurrence`] prepared for expansion; keep it when several windows are asked for.
#[derive(Clone, Debug)]
pub struct CompiledRecurrence {
    zone: Zone,
    pattern: Pattern,
    /// Instants in seconds, sorted.
    exdates: Vec<i64>,
    rdates: Vec<i64>,
}

impl Recurrence {
    /// The start alone, to which a rule and dates can be added.
    pub fn new(start: NaiveDateTime, zone: Zone) -> Recurrence {
        Recurrence {
            start,
            zone,
            rule: None,
            exdates: Vec::new(),
            rdates: Vec::new(),
        }
    }

    /// The instants of all occurrences in a window, ascending and without duplicates.
    ///
    /// Splitting a window anywhere does not change what is found. See the
    /// [module](crate::recurrence) for how the rules are read.
    ///
    /// # Errors
    ///
    /// [`ExpandError`] when there are too many occurrences, or finding them would take too long.
    pub fn expand(&self, window: Interval) -> Result<Vec<DateTime<Utc>>, ExpandError> {
        self.compile().expand(window)
    }

    /// Does once what every expansion needs.
    pub fn compile(&self) -> CompiledRecurrence {
        let instants = |civil: &[NaiveDateTime]| {
            let mut instants: Vec<i64> = civil
                .iter()
                .map(|civil| self.zone.occurrence(*civil).timestamp())
                .collect();
            instants.sort_unstable();
            instants.dedup();
            instants
        };
        CompiledRecurrence {
            zone: self.zone.clone(),
            pattern: Pattern::new(local_from_civil(self.start), self.rule.as_ref()),
            exdates: instants(&self.exdates),
            rdates: instants(&self.rdates),
        }
    }

    /// Whole seconds only, as everything is computed.
    pub(super) fn whole_start(&self) -> NaiveDateTime {
        civil_from_local(local_from_civil(self.start))
    }
}

impl CompiledRecurrence {
    /// As [`Recurrence::expand`].
    ///
    /// # Errors
    ///
    /// As [`Recurrence::expand`].
    pub fn expand(&self, window: Interval) -> Result<Vec<DateTime<Utc>>, ExpandError> {
        let mut instants = Vec::new();
        self.expand_into(window, &mut instants)?;
        Ok(instants.into_iter().map(instant_from_seconds).collect())
    }

    /// As [`Recurrence::expand`], appending seconds since 1970-01-01T00:00:00Z to a vector that the
    /// caller may use again.
    ///
    /// # Errors
    ///
    /// As [`Recurrence::expand`]; what was appended is then removed.
    pub fn expand_into(
        &self,
        window: Interval,
        instants: &mut Vec<i64>,
    ) -> Result<(), ExpandError> {
        let begin = instants.len();
        let result = self.expand_within(window, &mut Budget::new(), instants);
        if result.is_err() {
            instants.truncate(begin);
        }
        result
    }

    /// The same within a budget that other expansions share.
    pub(crate) fn expand_within(
        &self,
        window: Interval,
        budget: &mut Budget,
        instants: &mut Vec<i64>,
    ) -> Result<(), ExpandError> {
        let (from, to) = (window.start_timestamp(), window.end_timestamp());
        let mut offsets = self.zone.offsets(from, to);
        let (west, east) = offset_range(&offsets);
        let begin = instants.len();
        self.pattern
            .local_between(from + west, to + east, &mut offsets, budget, instants)?;
        for instant in &mut instants[begin..] {
            *instant = offsets.occurrence(*instant);
        }
        let rdates = between(&self.rdates, from, to);
        for rdate in rdates {
            budget.spend_occurrence()?;
            instants.push(*rdate);
        }
        settle(instants, begin, (from, to));
        remove(instants, begin, between(&self.exdates, from, to));
        Ok(())
    }
}

/// The smallest and largest offset in use around the window.
///
/// An event's instant is its civil time less the offset of a segment that is nearby, so that these
/// bound the civil times whose instants can lie in the window.
fn offset_range(offsets: &OffsetCursor<'_>) -> (i64, i64) {
    offsets
        .segments()
        .iter()
        .fold((i64::MAX, i64::MIN), |(west, east), segment| {
            (west.min(segment.offset), east.max(segment.offset))
        })
}

fn between(sorted: &[i64], from: i64, to: i64) -> &[i64] {
    let first = sorted.partition_point(|instant| *instant < from);
    let count = sorted[first..].partition_point(|instant| *instant < to);
    &sorted[first..first + count]
}

/// Sorts what lies behind `begin`, drops duplicates and what lies outside the window.
///
/// Without `RDATE`s it is sorted but for the hour after a gap.
fn settle(instants: &mut Vec<i64>, begin: usize, (from, to): (i64, i64)) {
    if !instants[begin..].is_sorted() {
        instants[begin..].sort_unstable();
    }
    let mut kept = begin;
    for index in begin..instants.len() {
        let instant = instants[index];
        let duplicate = kept > begin && instants[kept - 1] == instant;
        if instant >= from && instant < to && !duplicate {
            instants[kept] = instant;
            kept += 1;
        }
    }
    instants.truncate(kept);
}

/// Removes sorted instants from the sorted instants behind `begin`.
fn remove(instants: &mut Vec<i64>, begin: usize, removed: &[i64]) {
    let mut removed = removed.iter().peekable();
    if removed.peek().is_none() {
        return;
    }
    let mut kept = begin;
    for index in begin..instants.len() {
        let instant = instants[index];
        while removed.next_if(|removed| **removed < instant).is_some() {}
        if removed.peek() != Some(&&instant) {
            instants[kept] = instant;
            kept += 1;
        }
    }
    instants.truncate(kept);
}
