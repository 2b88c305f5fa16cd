//! Expansion by days, hours, minutes and seconds: a grid of equal steps, most of which may be
//! blocked, entered and left by arithmetic.

use super::budget::ExpandError;
use super::compile::{day_times, seconds_of, seconds_of_seconds};
use super::days::{DayFilter, Month};
use super::expand::SetPositions;
use super::rule::{Frequency, RuleParts};
use super::times::{Sink, Times};
use crate::time::civil::{DAY, HOUR, MINUTE};

/// A compiled rule of `FREQ=DAILY` or shorter.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// Local second at which the start's day, hour, minute or second begins.
    origin: i64,
    /// Seconds from one turn of the rule to the next.
    step: i64,
    /// The days that are open, if not all.
    days: Option<DayFilter>,
    /// The hours of a day, minutes of an hour and seconds of a minute that are open.
    hours: Level,
    minutes: Level,
    seconds: Level,
    /// The occurrences of an open turn.
    times: Times,
}

/// Open values of a clock part as bits.
#[derive(Clone, Copy, Debug)]
struct Level {
    bits: u64,
    /// Seconds of one value.
    unit: i64,
    /// Seconds after which the values repeat.
    cycle: i64,
}

/// Whether the grid is open at some point, and the first local second at which that may change.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    open: bool,
    until: i64,
}

/// Turns of the rule that are all open.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: i64,
    turns: i64,
}

impl Grid {
    /// `None` when no turn ever has an occurrence.
    pub(super) fn new(start: i64, parts: &RuleParts) -> Option<Grid> {
        let second = start.rem_euclid(MINUTE);
        let minutes = || seconds_of(&parts.by_minute, start.rem_euclid(HOUR) / MINUTE, MINUTE);
        let times = match parts.frequency {
            Frequency::Secondly => Times::list(1, vec![0]),
            Frequency::Minutely => Times::list(MINUTE, seconds_of_seconds(parts, second)),
            Frequency::Hourly => Times {
                span: HOUR,
                hours: vec![0],
                minutes: minutes(),
                seconds: seconds_of_seconds(parts, second),
            },
            _ => day_times(start, parts),
        };
        let times = select_times(times, &parts.by_set_position);
        let unit = times.span;
        let filter = DayFilter::new(parts);
        let empty = filter.is_empty();
        let mut grid = Grid {
            origin: start.div_euclid(unit) * unit,
            step: unit * i64::from(parts.interval.get()),
            days: (!filter.is_open()).then_some(filter),
            hours: Level::new(if unit < DAY { &parts.by_hour } else { &[] }, HOUR, DAY),
            minutes: Level::new(
                if unit < HOUR { &parts.by_minute } else { &[] },
                MINUTE,
                HOUR,
            ),
            seconds: Level::new(
                if unit < MINUTE { &parts.by_second } else { &[] },
                1,
                MINUTE,
            ),
            times,
        };
        let (origin, step) = (grid.origin, grid.step);
        let reachable = [&mut grid.hours, &mut grid.minutes, &mut grid.seconds]
            .into_iter()
            .all(|level| level.keep_reachable(origin, step));
        (reachable && !empty && grid.times.len() > 0).then_some(grid)
    }

    pub(super) fn expand(&self, sink: &mut Sink<'_>) -> Result<(), ExpandError> {
        let mut month = None;
        // A turn that began less than its span ago can still have occurrences.
        let from = self.turn_from(sink.lower - self.times.span + 1);
        if sink.left < u64::MAX {
            self.count_turns(from, sink, &mut month)?;
        }
        let mut at = from;
        while sink.left > 0 {
            let Some(run) = self.next_run(at, sink.to, sink, &mut month)? else {
                break;
            };
            for turn in 0..run.turns {
                if !self.times.emit(run.first + turn * self.step, sink)? {
                    return Ok(());
                }
            }
            at = run.first + run.turns * self.step;
        }
        Ok(())
    }

    /// Gives the start's own turn to the sink.
    pub(super) fn emit_first(&self, sink: &mut Sink<'_>) -> Result<bool, ExpandError> {
        if self.stretch(self.origin, &mut None).open {
            return self.times.emit(self.origin, sink);
        }
        Ok(true)
    }

    /// Counts the occurrences of the turns before `to`.
    fn count_turns(
        &self,
        to: i64,
        sink: &mut Sink<'_>,
        month: &mut Option<Month>,
    ) -> Result<(), ExpandError> {
        let turns = u64::try_from((sink.to - self.origin) / self.step + 1).unwrap_or(0);
        if sink.left >= turns.saturating_mul(self.times.len()) {
            // COUNT lies beyond the window, however many there are.
            sink.left = u64::MAX;
            return Ok(());
        }
        let mut at = self.origin;
        while let Some(run) = self.next_run(at, to, sink, month)? {
            let turns = u64::try_from(run.turns).unwrap_or(0);
            if !sink.skip(turns.saturating_mul(self.times.len())) {
                break;
            }
            at = run.first + run.turns * self.step;
        }
        Ok(())
    }

    /// The first open turns at or after `at`, which is a point of the grid, and before `to`.
    fn next_run(
        &self,
        mut at: i64,
        to: i64,
        sink: &mut Sink<'_>,
        month: &mut Option<Month>,
    ) -> Result<Option<Run>, ExpandError> {
        while at < to {
            sink.budget.spend_steps(1)?;
            let stretch = self.stretch(at, month);
            if stretch.open {
                let turns = (stretch.until.min(to) - at + self.step - 1) / self.step;
                return Ok(Some(Run { first: at, turns }));
            }
            at = self.turn_from(stretch.until);
        }
        Ok(None)
    }

    /// The first point of the grid at or after `local`.
    fn turn_from(&self, local: i64) -> i64 {
        let turns = (local - self.origin + self.step - 1).div_euclid(self.step);
        self.origin + turns.max(0) * self.step
    }

    /// Goes from days to seconds; the finest part that is restricted decides how far it reaches.
    fn stretch(&self, at: i64, month: &mut Option<Month>) -> Stretch {
        let mut open_until = i64::MAX;
        if let Some(days) = &self.days {
            let stretch = day_stretch(days, at.div_euclid(DAY), month);
            if !stretch.open {
                return stretch;
            }
            open_until = stretch.until;
        }
        for level in [self.hours, self.minutes, self.seconds] {
            if !level.is_full() {
                let stretch = level.stretch(at);
                if !stretch.open {
                    return stretch;
                }
                open_until = stretch.until;
            }
        }
        Stretch {
            open: true,
            until: open_until,
        }
    }
}

/// `BYSETPOS` of a rule whose turns all have the same times.
fn select_times(times: Times, positions: &[i16]) -> Times {
    if positions.is_empty() {
        return times;
    }
    let mut picks = Vec::new();
    SetPositions::new(positions, times.len()).pick(times.len(), &mut picks);
    Times::list(
        times.span,
        picks.into_iter().map(|pick| times.at(pick)).collect(),
    )
}

/// `month` is the last one looked at.
fn day_stretch(filter: &DayFilter, day: i64, month: &mut Option<Month>) -> Stretch {
    let month = match month {
        Some(month) if month.contains(day) => month,
        _ => month.insert(filter.month_of(day)),
    };
    let rest = month.mask >> (day - month.first);
    let open = rest & 1 == 1;
    let days = if open {
        rest.trailing_ones()
    } else {
        rest.trailing_zeros()
    };
    let until = if rest == 0 {
        month.end()
    } else {
        day + i64::from(days)
    };
    Stretch {
        open,
        until: until * DAY,
    }
}

impl Level {
    /// No values leave all open.
    fn new(values: &[u8], unit: i64, cycle: i64) -> Level {
        let full = u64::MAX >> (64 - cycle / unit);
        // The leap second, bit 60, never occurs.
        let bits = values.iter().fold(0, |bits, value| bits | 1 << value) & full;
        Level {
            bits: if values.is_empty() { full } else { bits },
            unit,
            cycle,
        }
    }

    fn is_full(self) -> bool {
        self.bits == u64::MAX >> (64 - self.cycle / self.unit)
    }

    fn stretch(self, at: i64) -> Stretch {
        let begin = at.div_euclid(self.cycle) * self.cycle;
        let value = (at - begin) / self.unit;
        let rest = self.bits >> value;
        let open = rest & 1 == 1;
        let values = if open {
            rest.trailing_ones()
        } else {
            rest.trailing_zeros()
        };
        let until = if rest == 0 {
            begin + self.cycle
        } else {
            begin + (value + i64::from(values)) * self.unit
        };
        Stretch { open, until }
    }

    /// Drops values that no point of the grid falls into; `false` when none is left.
    fn keep_reachable(&mut self, origin: i64, step: i64) -> bool {
        if self.is_full() {
            return true;
        }
        let common = greatest_common_divisor(step, self.cycle);
        for value in 0..self.cycle / self.unit {
            let begin = value * self.unit;
            if (origin - begin).rem_euclid(common) >= self.unit {
                self.bits &= !(1 << value);
            }
        }
        self.bits != 0
    }
}

fn greatest_common_divisor(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}
