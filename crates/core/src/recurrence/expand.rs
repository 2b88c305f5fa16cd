//! Expansion by weeks, months and years: one set of days a period, as bits.

use super::budget::ExpandError;
use super::days::{ALL_MONTHS, DayFilter, Month};
use super::times::{Sink, Times};
use crate::time::civil::{DAY, civil_from_days, days_from_civil, weekday};

/// A compiled rule of `FREQ=YEARLY`, `MONTHLY` or `WEEKLY`.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    pub(super) cycle: Cycle,
    /// The number of the start's period.
    pub(super) origin: i64,
    pub(super) interval: i64,
    pub(super) filter: DayFilter,
    /// The plain weekdays, bit 0 being the week's first day.
    pub(super) week: u8,
    /// 0 is Monday.
    pub(super) week_start: u8,
    /// `BYWEEKNO` from the year's beginning and from its end.
    pub(super) weeks: (u64, u64),
    pub(super) times: Times,
    pub(super) set_positions: Option<SetPositions>,
    /// No period has more occurrences, before set positions.
    pub(super) occurrences_max: u64,
}

/// What a period is, and with it what its number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cycle {
    /// Weeks that begin on the week's first day.
    Week,
    /// `year * 12 + month - 1`.
    Month,
    /// Calendar years.
    Year,
    /// Years that own whole weeks: the first has its 4 January in it.
    WeekYear,
}

/// `BYSETPOS`: which occurrences of a period's set remain.
#[derive(Clone, Debug)]
pub(super) struct SetPositions {
    /// Positions from the front, from 0, ascending.
    front: Vec<u64>,
    /// Positions from the back, 1 being the last, descending.
    back: Vec<u64>,
}

/// Up to 31 days, bit 0 being `base`.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    base: i64,
    mask: u32,
}

/// Buffers that an expansion uses over and over.
#[derive(Debug, Default)]
struct Scratch {
    chunks: Vec<Chunk>,
    picks: Vec<u64>,
    /// The month that the latest week lay in.
    month: Option<Month>,
}

impl Calendar {
    pub(super) fn expand(&self, sink: &mut Sink<'_>) -> Result<(), ExpandError> {
        let mut scratch = Scratch::default();
        let mut turn = self.turn_from(sink.lower);
        if sink.left < u64::MAX {
            self.count_turns(turn, sink, &mut scratch)?;
        }
        while sink.left > 0 {
            let period = self.origin + turn * self.interval;
            if self.first_day(period) * DAY >= sink.to {
                break;
            }
            if !self.emit(period, sink, &mut scratch)? {
                break;
            }
            turn += 1;
        }
        Ok(())
    }

    /// Gives the start's own period to the sink.
    pub(super) fn emit_first(&self, sink: &mut Sink<'_>) -> Result<bool, ExpandError> {
        self.emit(self.origin, sink, &mut Scratch::default())
    }

    /// The first turn of the rule whose period can reach `local` or later.
    fn turn_from(&self, local: i64) -> i64 {
        let periods = self.period_of(local.div_euclid(DAY)) - self.origin;
        (periods + self.interval - 1)
            .div_euclid(self.interval)
            .max(0)
    }

    /// Counts the occurrences of the turns before `turn`.
    fn count_turns(
        &self,
        turn: i64,
        sink: &mut Sink<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), ExpandError> {
        let most = match &self.set_positions {
            Some(positions) => positions.len().min(self.occurrences_max),
            None => self.occurrences_max,
        };
        let turns = u64::try_from(self.turn_from(sink.to) + 1).unwrap_or(0);
        if sink.left >= turns.saturating_mul(most) {
            // COUNT lies beyond the window, however many there are.
            sink.left = u64::MAX;
            return Ok(());
        }
        let turns = u64::try_from(turn).unwrap_or(0);
        if self.cycle == Cycle::Week && self.filter.months == ALL_MONTHS {
            let each = self.count(self.origin, scratch);
            sink.skip(each.saturating_mul(turns));
            return Ok(());
        }
        let mut period = self.origin;
        for _ in 0..turns {
            sink.budget.spend_steps(self.cost())?;
            if !sink.skip(self.count(period, scratch)) {
                break;
            }
            period += self.interval;
        }
        Ok(())
    }

    /// The steps of one period.
    fn cost(&self) -> u32 {
        let days = match self.cycle {
            Cycle::Week | Cycle::Month => 1,
            Cycle::Year => 12,
            Cycle::WeekYear => 53,
        };
        let positions = self
            .set_positions
            .as_ref()
            .map_or(0, |positions| positions.len() / 8);
        days + u32::try_from(positions).expect("a rule has at most 732 set positions")
    }

    fn count(&self, period: i64, scratch: &mut Scratch) -> u64 {
        self.fill(period, scratch);
        let total = count_days(&scratch.chunks) * self.times.len();
        match &self.set_positions {
            None => total,
            Some(positions) => {
                positions.pick(total, &mut scratch.picks);
                scratch.picks.len() as u64
            }
        }
    }

    fn emit(
        &self,
        period: i64,
        sink: &mut Sink<'_>,
        scratch: &mut Scratch,
    ) -> Result<bool, ExpandError> {
        sink.budget.spend_steps(self.cost())?;
        self.fill(period, scratch);
        let Some(positions) = &self.set_positions else {
            return self.emit_all(&scratch.chunks, sink);
        };
        positions.pick(
            count_days(&scratch.chunks) * self.times.len(),
            &mut scratch.picks,
        );
        self.emit_picks(scratch, sink)
    }

    fn emit_all(&self, chunks: &[Chunk], sink: &mut Sink<'_>) -> Result<bool, ExpandError> {
        for chunk in chunks {
            let mut mask = chunk.mask;
            while mask != 0 {
                let day = chunk.base + i64::from(mask.trailing_zeros());
                mask &= mask - 1;
                if !self.times.emit(day * DAY, sink)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn emit_picks(&self, scratch: &Scratch, sink: &mut Sink<'_>) -> Result<bool, ExpandError> {
        let mut chunks = scratch.chunks.iter();
        let mut chunk = Chunk { base: 0, mask: 0 };
        let mut days_before = 0;
        for pick in &scratch.picks {
            let day = pick / self.times.len();
            while days_before + u64::from(chunk.mask.count_ones()) <= day {
                days_before += u64::from(chunk.mask.count_ones());
                chunk = *chunks.next().expect("picks lie within the counted days");
            }
            let mut mask = chunk.mask;
            for _ in days_before..day {
                mask &= mask - 1;
            }
            let day = chunk.base + i64::from(mask.trailing_zeros());
            if !sink.accept(day * DAY + self.times.at(pick % self.times.len()))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The number of the period that contains a day.
    pub(super) fn period_of(&self, day: i64) -> i64 {
        if self.cycle == Cycle::Week {
            return (day + 3 - i64::from(self.week_start)).div_euclid(7);
        }
        let (year, month, _) = civil_from_days(day);
        match self.cycle {
            Cycle::Month => year * 12 + i64::from(month) - 1,
            Cycle::WeekYear if day < self.week_one(year) => year - 1,
            Cycle::WeekYear if day >= self.week_one(year + 1) => year + 1,
            Cycle::Week | Cycle::Year | Cycle::WeekYear => year,
        }
    }

    fn first_day(&self, period: i64) -> i64 {
        match self.cycle {
            Cycle::Week => period * 7 - 3 + i64::from(self.week_start),
            Cycle::Month => {
                let month = u32::try_from(period.rem_euclid(12)).expect("a remainder of twelve");
                days_from_civil(period.div_euclid(12), month + 1, 1)
            }
            Cycle::Year => days_from_civil(period, 1, 1),
            Cycle::WeekYear => self.week_one(period),
        }
    }

    /// The first day of a year's first week, the one with 4 January in it.
    fn week_one(&self, year: i64) -> i64 {
        let fourth = days_from_civil(year, 1, 4);
        fourth - i64::from((weekday(fourth) + 7 - self.week_start) % 7)
    }

    /// The days of a period, ascending.
    fn fill(&self, period: i64, scratch: &mut Scratch) {
        let Scratch { chunks, month, .. } = scratch;
        chunks.clear();
        match self.cycle {
            Cycle::Week => chunks.push(self.limit_week(self.first_day(period), month)),
            Cycle::Month => {
                let number = u32::try_from(period.rem_euclid(12)).expect("a remainder of twelve");
                self.push_month(period.div_euclid(12), number + 1, chunks);
            }
            Cycle::Year => {
                let mut months = self.filter.months;
                while months != 0 {
                    self.push_month(period, months.trailing_zeros(), chunks);
                    months &= months - 1;
                }
            }
            Cycle::WeekYear => self.push_weeks(period, scratch),
        }
    }

    fn push_month(&self, year: i64, month: u32, chunks: &mut Vec<Chunk>) {
        let Month { first, mask, .. } = self.filter.month(year, month);
        chunks.push(Chunk { base: first, mask });
    }

    fn push_weeks(&self, year: i64, scratch: &mut Scratch) {
        let mut base = self.week_one(year);
        let end = self.week_one(year + 1);
        let (mut front, back) = self.weeks;
        while base < end {
            let weeks_after = (end - base) / 7 - 1;
            if (front | back >> weeks_after) & 1 == 1 {
                scratch
                    .chunks
                    .push(self.limit_week(base, &mut scratch.month));
            }
            front >>= 1;
            base += 7;
        }
    }

    /// The days of a week that the other parts leave; `month` is the last one looked at.
    fn limit_week(&self, base: i64, month: &mut Option<Month>) -> Chunk {
        let week = u32::from(self.week);
        let filter = &self.filter;
        let plain = filter.months == ALL_MONTHS
            && filter.month_days.is_none()
            && filter.year_days.is_none();
        if plain {
            return Chunk { base, mask: week };
        }
        let month = match month {
            Some(month) if month.contains(base) => month,
            _ => month.insert(filter.month_of(base)),
        };
        let mut mask = month.mask >> (base - month.first);
        if base + 7 > month.end() {
            let rest = month.end() - base;
            *month = filter.month_of(month.end());
            mask |= month.mask << rest;
        }
        Chunk {
            base,
            mask: mask & week,
        }
    }
}

fn count_days(chunks: &[Chunk]) -> u64 {
    chunks
        .iter()
        .map(|chunk| u64::from(chunk.mask.count_ones()))
        .sum()
}

impl SetPositions {
    /// Positions that no set of `len_max` can have are left out.
    pub(super) fn new(positions: &[i16], len_max: u64) -> SetPositions {
        let side = |sign: i16| {
            positions
                .iter()
                .filter(move |position| position.signum() == sign)
                .map(|position| u64::from(position.unsigned_abs()))
                .filter(move |position| *position <= len_max)
        };
        // Sorted lists stay sorted: -3, -1 has the back positions 3, 1.
        SetPositions {
            front: side(1).map(|position| position - 1).collect(),
            back: side(-1).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> u64 {
        (self.front.len() + self.back.len()) as u64
    }

    /// The indices that remain of a set of `total`, ascending and without duplicates.
    pub(super) fn pick(&self, total: u64, picks: &mut Vec<u64>) {
        picks.clear();
        let mut front = self
            .front
            .iter()
            .copied()
            .take_while(|index| *index < total)
            .peekable();
        for back in self.back.iter().filter(|back| **back <= total) {
            let index = total - back;
            while let Some(earlier) = front.next_if(|front| *front <= index) {
                picks.push(earlier);
            }
            if picks.last() != Some(&index) {
                picks.push(index);
            }
        }
        picks.extend(front);
    }
}
