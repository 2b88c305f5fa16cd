//! Which days of a month a rule allows, as one bit a day.

use super::rule::{Frequency, RuleParts};
use crate::time::civil::{civil_from_days, days_from_civil, weekday};
use crate::time::text::month_length;

/// `BYMONTH`, `BYMONTHDAY`, `BYYEARDAY` and `BYDAY` together; what is absent allows every day.
#[derive(Clone, Debug)]
pub(super) struct DayFilter {
    /// Bit 1 is January.
    pub(super) months: u16,
    pub(super) month_days: Option<MonthDays>,
    pub(super) year_days: Option<Box<YearDays>>,
    pub(super) weekdays: Option<Weekdays>,
}

/// Days of the month from its beginning (bit 0 is the 1st) and from its end (bit 0 is the last).
#[derive(Clone, Copy, Debug)]
pub(super) struct MonthDays {
    pub(super) front: u32,
    pub(super) back: u32,
}

/// Days of the year from its beginning and from its end, bit 0 being the first and the last.
#[derive(Clone, Debug)]
pub(super) struct YearDays {
    front: [u64; 6],
    back: [u64; 6],
}

/// Plain and numbered weekdays, united.
#[derive(Clone, Debug)]
pub(super) struct Weekdays {
    /// Bit 0 is Monday.
    pub(super) plain: u8,
    numbered: Option<Box<Numbered>>,
}

/// Numbers by weekday, bit 0 being the first or the last of the month or year.
#[derive(Clone, Debug)]
struct Numbered {
    in_year: bool,
    front: [u64; 7],
    back: [u64; 7],
}

/// A month and its allowed days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Month {
    /// Days since 1970 of its first day.
    pub(super) first: i64,
    pub(super) length: u32,
    /// Bit 0 is the 1st.
    pub(super) mask: u32,
}

pub(super) const ALL_MONTHS: u16 = 0b1_1111_1111_1110;

impl DayFilter {
    /// The filter of what a rule says, before anything is taken from the start.
    pub(super) fn new(parts: &RuleParts) -> DayFilter {
        let months = parts
            .by_month
            .iter()
            .fold(0, |months, month| months | 1 << month);
        DayFilter {
            months: if months == 0 { ALL_MONTHS } else { months },
            month_days: (!parts.by_month_day.is_empty()).then(|| MonthDays::new(parts)),
            year_days: (!parts.by_year_day.is_empty()).then(|| Box::new(YearDays::new(parts))),
            weekdays: (!parts.by_day.is_empty()).then(|| Weekdays::new(parts)),
        }
    }

    /// Whether every day passes.
    pub(super) fn is_open(&self) -> bool {
        self.months == ALL_MONTHS
            && self.month_days.is_none()
            && self.year_days.is_none()
            && self.weekdays.is_none()
    }

    /// Whether no day can ever pass, going by months and the days that they have.
    pub(super) fn is_empty(&self) -> bool {
        let Some(days) = self.month_days else {
            return false;
        };
        // The year 2000 has a leap day: months are as long as they get.
        (1..=12)
            .filter(|month| self.allows_month(*month))
            .all(|month| days.mask(month_length(2_000, month)) == 0)
    }

    pub(super) fn allows_month(&self, month: u32) -> bool {
        self.months & 1 << month != 0
    }

    pub(super) fn month(&self, year: i64, month: u32) -> Month {
        let first = days_from_civil(year, month, 1);
        let length = month_length(year, month);
        if !self.allows_month(month) {
            return Month {
                first,
                length,
                mask: 0,
            };
        }
        let mut mask = u32::MAX >> (32 - length);
        if let Some(days) = self.month_days {
            mask &= days.mask(length);
        }
        if let Some(weekdays) = &self.weekdays {
            mask &= weekdays.mask(year, first, length);
        }
        if let Some(days) = &self.year_days {
            mask = keep(mask, |bit| {
                days.contains(place_in_year(year, first + i64::from(bit)))
            });
        }
        Month {
            first,
            length,
            mask,
        }
    }

    pub(super) fn month_of(&self, day: i64) -> Month {
        let (year, month, _) = civil_from_days(day);
        self.month(year, month)
    }
}

impl Month {
    pub(super) fn contains(&self, day: i64) -> bool {
        day >= self.first && day < self.end()
    }

    /// The first day after it.
    pub(super) fn end(&self) -> i64 {
        self.first + i64::from(self.length)
    }
}

impl MonthDays {
    fn new(parts: &RuleParts) -> MonthDays {
        let bits = |sign: i8| {
            parts
                .by_month_day
                .iter()
                .filter(|day| day.signum() == sign)
                .fold(0, |bits, day| bits | 1 << (day.unsigned_abs() - 1))
        };
        MonthDays {
            front: bits(1),
            back: bits(-1),
        }
    }

    fn mask(self, length: u32) -> u32 {
        (self.front | self.back.reverse_bits() >> (32 - length)) & u32::MAX >> (32 - length)
    }
}

impl YearDays {
    fn new(parts: &RuleParts) -> YearDays {
        let mut days = YearDays {
            front: [0; 6],
            back: [0; 6],
        };
        for day in &parts.by_year_day {
            let bit = usize::from(day.unsigned_abs() - 1);
            let words = if *day > 0 {
                &mut days.front
            } else {
                &mut days.back
            };
            words[bit / 64] |= 1 << (bit % 64);
        }
        days
    }

    fn contains(&self, (front, back): (usize, usize)) -> bool {
        (self.front[front / 64] >> (front % 64) | self.back[back / 64] >> (back % 64)) & 1 == 1
    }
}

impl Weekdays {
    fn new(parts: &RuleParts) -> Weekdays {
        let in_year = parts.frequency == Frequency::Yearly && parts.by_month.is_empty();
        let mut plain = 0;
        let mut numbered = Numbered {
            in_year,
            front: [0; 7],
            back: [0; 7],
        };
        for day in &parts.by_day {
            let weekday = usize::from(day.weekday as u8);
            match day.ordinal {
                None => plain |= 1 << weekday,
                Some(ordinal) => {
                    let side = if ordinal > 0 {
                        &mut numbered.front
                    } else {
                        &mut numbered.back
                    };
                    side[weekday] |= 1 << (ordinal.unsigned_abs() - 1);
                }
            }
        }
        let any = parts.by_day.iter().any(|day| day.ordinal.is_some());
        Weekdays {
            plain,
            numbered: any.then(|| Box::new(numbered)),
        }
    }

    pub(super) fn only(weekday: u8) -> Weekdays {
        Weekdays {
            plain: 1 << weekday,
            numbered: None,
        }
    }

    fn mask(&self, year: i64, first: i64, length: u32) -> u32 {
        let plain = spread_week(rotate_week(self.plain, weekday(first)));
        let Some(numbered) = &self.numbered else {
            return plain;
        };
        plain | numbered.mask(year, first, length)
    }
}

impl Numbered {
    fn mask(&self, year: i64, first: i64, length: u32) -> u32 {
        let first_weekday = u32::from(weekday(first));
        let mut mask = 0;
        for ((front, back), weekday) in self.front.iter().zip(&self.back).zip(0..) {
            if front | back == 0 {
                continue;
            }
            let mut bit = (weekday + 7 - first_weekday) % 7;
            while bit < length {
                let (before, after) = if self.in_year {
                    place_in_year(year, first + i64::from(bit))
                } else {
                    (bit as usize, (length - 1 - bit) as usize)
                };
                if (front >> (before / 7) | back >> (after / 7)) & 1 == 1 {
                    mask |= 1 << bit;
                }
                bit += 7;
            }
        }
        mask
    }
}

/// How many days of its year lie before and after a day.
fn place_in_year(year: i64, day: i64) -> (usize, usize) {
    let before = day - days_from_civil(year, 1, 1);
    let after = days_from_civil(year + 1, 1, 1) - 1 - day;
    let small = |days| usize::try_from(days).expect("the day lies in the year");
    (small(before), small(after))
}

/// A week's bits (bit 0 is Monday) with bit 0 on another weekday.
pub(super) fn rotate_week(week: u8, first: u8) -> u8 {
    (week >> first | week << (7 - first)) & 0x7f
}

/// A week's bits repeated over a month.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the fifth week is cut off on purpose"
)]
fn spread_week(week: u8) -> u32 {
    (u64::from(week) * 0b1_0000001_0000001_0000001_0000001) as u32
}

/// The bits of a mask that pass a test.
fn keep(mask: u32, test: impl Fn(u32) -> bool) -> u32 {
    let mut kept = 0;
    let mut rest = mask;
    while rest != 0 {
        let bit = rest.trailing_zeros();
        rest &= rest - 1;
        if test(bit) {
            kept |= 1 << bit;
        }
    }
    kept
}
