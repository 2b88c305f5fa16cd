//! A rule together with its start, prepared for expansion.

use super::budget::{Budget, ExpandError};
use super::days::{ALL_MONTHS, DayFilter, MonthDays, Weekdays, rotate_week};
use super::expand::{Calendar, Cycle, SetPositions};
use super::grid::Grid;
use super::rule::{Frequency, Rule, RuleEnd, RuleParts, Until};
use super::times::{Sink, Times};
use crate::limits::{INSTANT_MAX, INSTANT_MIN};
use crate::time::civil::{
    DAY, HOUR, MINUTE, civil_from_days, date_to_days, local_from_civil, weekday,
};
use crate::time::offsets::OffsetCursor;

/// A compiled rule: yields civil occurrences in any window, without `EXDATE` and `RDATE`.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    start: i64,
    shape: Shape,
    end: End,
}

#[derive(Clone, Debug)]
enum Shape {
    /// A rule that no date or time satisfies.
    Never,
    /// No rule: the start alone.
    Once,
    /// `YEARLY`, `MONTHLY` and `WEEKLY`.
    Calendar(Box<Calendar>),
    /// `DAILY` and below.
    Grid(Box<Grid>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Never,
    /// So many occurrences, counted from the beginning of the start's period: `COUNT` and those of
    /// the period that precede the start.
    Count(u64),
    /// The last local second that counts.
    Local(i64),
    /// The last instant that counts.
    Instant(i64),
}

impl Pattern {
    /// Prepares a rule whose start lies at `start` local seconds.
    pub(crate) fn new(start: i64, rule: Option<&Rule>) -> Pattern {
        let Some(rule) = rule else {
            return Pattern {
                start,
                shape: Shape::Once,
                end: End::Local(start),
            };
        };
        let parts = rule.parts();
        let shape = Shape::new(start, parts);
        let end = match parts.end {
            RuleEnd::Never => End::Never,
            RuleEnd::Count(count) => {
                End::Count(u64::from(count.get()) + shape.precede_start(start))
            }
            RuleEnd::Until(Until::Utc(instant)) => End::Instant(instant.timestamp()),
            RuleEnd::Until(Until::Civil(civil)) => End::Local(local_from_civil(civil)),
            RuleEnd::Until(Until::Date(date)) => End::Local((date_to_days(date) + 1) * DAY - 1),
        };
        Pattern { start, shape, end }
    }

    /// Appends the occurrences at local seconds in `[from, to)`, ascending and without duplicates.
    ///
    /// `offsets` covers the window; it matters only where `UNTIL` is an instant.
    #[expect(
        clippy::too_many_arguments,
        reason = "a window, its offsets, a budget and a place"
    )]
    pub(crate) fn local_between(
        &self,
        from: i64,
        to: i64,
        offsets: &mut OffsetCursor<'_>,
        budget: &mut Budget,
        out: &mut Vec<i64>,
    ) -> Result<(), ExpandError> {
        let until = match self.end {
            End::Never | End::Count(_) => i64::MAX,
            End::Local(until) => until,
            End::Instant(until) => latest_local(until, offsets),
        };
        // No window of instants reaches further than this.
        let lower = from.max(self.start).max(INSTANT_MIN - 2 * DAY);
        let to = to.min(until.saturating_add(1)).min(INSTANT_MAX + 2 * DAY);
        if lower >= to {
            return Ok(());
        }
        let begin = out.len();
        let left = match self.end {
            End::Count(left) => left,
            End::Never | End::Local(_) | End::Instant(_) => u64::MAX,
        };
        let mut sink = Sink {
            lower,
            to,
            left,
            budget,
            out,
        };
        self.shape.expand(&mut sink)?;
        if let End::Instant(until) = self.end {
            // Instants hardly ever run backwards and then by minutes, so only the tail can be late.
            let sure = begin + out[begin..].partition_point(|local| *local < until - 2 * DAY);
            let mut kept = sure;
            for index in sure..out.len() {
                if offsets.occurrence(out[index]) <= until {
                    out[kept] = out[index];
                    kept += 1;
                }
            }
            out.truncate(kept);
        }
        Ok(())
    }
}

/// No civil time later than this happens at or before `until`.
fn latest_local(until: i64, offsets: &OffsetCursor<'_>) -> i64 {
    let easternmost = offsets
        .segments()
        .iter()
        .map(|segment| segment.offset)
        .max();
    until + easternmost.unwrap_or(DAY)
}

impl Shape {
    fn new(start: i64, parts: &RuleParts) -> Shape {
        match parts.frequency {
            Frequency::Yearly | Frequency::Monthly | Frequency::Weekly => {
                calendar(start, parts).map_or(Shape::Never, |it| Shape::Calendar(Box::new(it)))
            }
            Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                Grid::new(start, parts).map_or(Shape::Never, |it| Shape::Grid(Box::new(it)))
            }
        }
    }

    fn expand(&self, sink: &mut Sink<'_>) -> Result<(), ExpandError> {
        match self {
            Shape::Never => Ok(()),
            Shape::Once => sink.accept(sink.lower).map(drop),
            Shape::Calendar(calendar) => calendar.expand(sink),
            Shape::Grid(grid) => grid.expand(sink),
        }
    }

    /// How many occurrences the start's own period has before the start.
    fn precede_start(&self, start: i64) -> u64 {
        let mut budget = Budget::new();
        let mut out = Vec::new();
        let left = u64::MAX;
        let mut sink = Sink {
            lower: start,
            to: start,
            left,
            budget: &mut budget,
            out: &mut out,
        };
        let result = match self {
            Shape::Never | Shape::Once => Ok(false),
            Shape::Calendar(calendar) => calendar.emit_first(&mut sink),
            Shape::Grid(grid) => grid.emit_first(&mut sink),
        };
        debug_assert!(result.is_ok(), "one period never exhausts a budget");
        u64::MAX - sink.left
    }
}

fn calendar(start: i64, parts: &RuleParts) -> Option<Calendar> {
    let start_day = start.div_euclid(DAY);
    let mut filter = DayFilter::new(parts);
    fill_days(&mut filter, start_day, parts);
    if filter.is_empty() {
        return None;
    }
    let cycle = match parts.frequency {
        Frequency::Weekly => Cycle::Week,
        Frequency::Monthly => Cycle::Month,
        _ if parts.by_week_number.is_empty() => Cycle::Year,
        _ => Cycle::WeekYear,
    };
    let times = day_times(start, parts);
    let days_max = match cycle {
        Cycle::Week => 7,
        Cycle::Month => 31,
        Cycle::Year => 366,
        Cycle::WeekYear => 371,
    };
    let occurrences_max = days_max * times.len();
    let set_positions = if parts.by_set_position.is_empty() {
        None
    } else {
        let positions = SetPositions::new(&parts.by_set_position, occurrences_max);
        if positions.is_empty() {
            return None;
        }
        Some(positions)
    };
    let weekdays = filter
        .weekdays
        .as_ref()
        .map_or(0x7f, |weekdays| weekdays.plain);
    let week_start = parts.week_start as u8;
    let mut calendar = Calendar {
        cycle,
        origin: 0,
        interval: i64::from(parts.interval.get()),
        week: rotate_week(weekdays, week_start),
        week_start,
        weeks: week_bits(&parts.by_week_number),
        filter,
        times,
        set_positions,
        occurrences_max,
    };
    calendar.origin = calendar.period_of(start_day);
    (occurrences_max > 0).then_some(calendar)
}

/// Takes the days that a calendar rule leaves open from its start.
fn fill_days(filter: &mut DayFilter, start_day: i64, parts: &RuleParts) {
    let (_, month, day) = civil_from_days(start_day);
    let has_day =
        filter.weekdays.is_some() || filter.month_days.is_some() || filter.year_days.is_some();
    if has_day {
        return;
    }
    if parts.frequency == Frequency::Weekly || !parts.by_week_number.is_empty() {
        filter.weekdays = Some(Weekdays::only(weekday(start_day)));
        return;
    }
    filter.month_days = Some(MonthDays {
        front: 1 << (day - 1),
        back: 0,
    });
    if parts.frequency == Frequency::Yearly
        && filter.months == ALL_MONTHS
        && parts.by_month.is_empty()
    {
        filter.months = 1 << month;
    }
}

/// Bit 0 is week 1, and the last week of the year.
fn week_bits(weeks: &[i8]) -> (u64, u64) {
    let bits = |sign: i8| {
        weeks
            .iter()
            .filter(|week| week.signum() == sign)
            .fold(0, |bits, week| bits | 1 << (week.unsigned_abs() - 1))
    };
    (bits(1), bits(-1))
}

/// The times of day of a rule that repeats by days or longer periods.
pub(super) fn day_times(start: i64, parts: &RuleParts) -> Times {
    let second = start.rem_euclid(DAY);
    Times {
        span: DAY,
        hours: seconds_of(&parts.by_hour, second / HOUR, HOUR),
        minutes: seconds_of(&parts.by_minute, second % HOUR / MINUTE, MINUTE),
        seconds: seconds_of_seconds(parts, second % MINUTE),
    }
}

/// The values of a part, or the start's own, in seconds.
pub(super) fn seconds_of(values: &[u8], start: i64, unit: i64) -> Vec<i64> {
    if values.is_empty() {
        return vec![start * unit];
    }
    values
        .iter()
        .map(|value| i64::from(*value) * unit)
        .collect()
}

/// The leap second is left out: it never occurs.
pub(super) fn seconds_of_seconds(parts: &RuleParts, start: i64) -> Vec<i64> {
    let mut seconds = seconds_of(&parts.by_second, start, 1);
    seconds.retain(|second| *second < MINUTE);
    seconds
}
