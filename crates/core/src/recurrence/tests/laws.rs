use std::num::NonZeroU32;

use chrono::{NaiveDateTime, TimeDelta, Weekday};
use proptest::prelude::*;

use super::*;
use crate::time::civil::{DAY, HOUR, MINUTE, civil_from_local, local_from_civil};

/// Draws the parts of random rules; a small generator keeps the many draws readable.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number from 0 to below `sides` (splitmix64).
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.roll(u64::try_from(high - low + 1).unwrap())).unwrap()
    }

    /// In one of `rarity` cases a list, mostly a short one.
    fn list<T: TryFrom<i64>>(&mut self, rarity: u64, (low, high): (i64, i64)) -> Vec<T> {
        if self.roll(rarity) != 0 {
            return Vec::new();
        }
        let length = [1, 1, 2, 3, 5, 9][usize::try_from(self.roll(6)).unwrap()];
        (0..length)
            .map(|_| self.between(low, high))
            .filter(|number| *number != 0 || low == 0)
            .filter_map(|number| T::try_from(number).ok())
            .collect()
    }

    fn weekday(&mut self) -> Weekday {
        Weekday::try_from(u8::try_from(self.roll(7)).unwrap()).unwrap()
    }

    fn days(&mut self, frequency: Frequency, weeks: bool) -> Vec<WeekdayNumber> {
        let numbers = if frequency == Frequency::Yearly {
            53
        } else {
            6
        };
        let numbered = frequency >= Frequency::Monthly && !weeks && self.roll(2) == 0;
        let length = [0, 0, 1, 2, 5][usize::try_from(self.roll(5)).unwrap()];
        (0..length)
            .map(|_| {
                let number = self.between(-numbers, numbers);
                let number = if numbered && number != 0 {
                    i8::try_from(number).ok()
                } else {
                    None
                };
                WeekdayNumber {
                    ordinal: number,
                    weekday: self.weekday(),
                }
            })
            .collect()
    }

    pub(super) fn parts(&mut self) -> RuleParts {
        use Frequency::{Daily, Hourly, Minutely, Monthly, Secondly, Weekly, Yearly};

        let all = [Yearly, Monthly, Weekly, Daily, Hourly, Minutely, Secondly];
        let frequency = all[usize::try_from(self.roll(7)).unwrap()];
        let mut parts = RuleParts::new(frequency);
        let interval = [1, 1, 1, 2, 3, 7, 1 + self.roll(90)];
        let interval = interval[usize::try_from(self.roll(7)).unwrap()];
        parts.interval = NonZeroU32::new(u32::try_from(interval).unwrap()).unwrap();
        parts.by_month = self.list(4, (1, 12));
        if frequency == Yearly {
            parts.by_week_number = self.list(4, (-53, 53));
        }
        if !matches!(frequency, Daily | Weekly | Monthly) {
            parts.by_year_day = self.list(6, (-366, 366));
        }
        if frequency != Weekly {
            parts.by_month_day = self.list(4, (-31, 31));
        }
        parts.by_day = self.days(frequency, !parts.by_week_number.is_empty());
        parts.by_hour = self.list(3, (0, 23));
        parts.by_minute = self.list(4, (0, 59));
        parts.by_second = self.list(5, (0, 60));
        parts.by_set_position = match self.roll(3) {
            0 => self.list(1, (-366, 366)),
            1 => self.list(1, (-4, 4)),
            _ => Vec::new(),
        };
        parts.week_start = self.weekday();
        if Rule::new(parts.clone()).is_err() {
            // Nothing else was there for positions to choose from.
            parts.by_set_position.clear();
        }
        parts
    }

    pub(super) fn start(&mut self) -> NaiveDateTime {
        let day = self.between(10_000, 22_000);
        let second = self.between(0, 23) * HOUR + self.between(0, 3) * 15 * MINUTE;
        let odd = if self.roll(4) == 0 {
            self.between(0, 59)
        } else {
            0
        };
        civil_from_local(day * DAY + second + odd)
    }

    /// A window that a plain reader can get through.
    pub(super) fn window(
        &mut self,
        start: NaiveDateTime,
        frequency: Frequency,
    ) -> (NaiveDateTime, NaiveDateTime) {
        let (ahead, length) = match frequency {
            Frequency::Yearly => (3_000, 3_000),
            Frequency::Monthly => (1_000, 900),
            Frequency::Weekly | Frequency::Daily => (400, 300),
            Frequency::Hourly => (60, 20),
            Frequency::Minutely => (8, 2),
            Frequency::Secondly => (2, 1),
        };
        let from = start + TimeDelta::seconds(self.between(-DAY, ahead * DAY));
        (
            from,
            from + TimeDelta::seconds(self.between(1, length * DAY)),
        )
    }

    fn end(&mut self, to: NaiveDateTime) -> RuleEnd {
        let until = to - TimeDelta::seconds(self.between(0, 40 * DAY));
        match self.roll(6) {
            0 => {
                RuleEnd::Count(NonZeroU32::new(u32::try_from(1 + self.roll(40)).unwrap()).unwrap())
            }
            1 => RuleEnd::Count(
                NonZeroU32::new(u32::try_from(1 + self.roll(3_000)).unwrap()).unwrap(),
            ),
            2 => RuleEnd::Until(Until::Civil(until)),
            3 => RuleEnd::Until(Until::Date(until.date())),
            4 => RuleEnd::Until(Until::Utc(until.and_utc())),
            _ => RuleEnd::Never,
        }
    }

    pub(super) fn rule(&mut self, to: NaiveDateTime, mut parts: RuleParts) -> Rule {
        parts.end = self.end(to);
        Rule::new(parts).unwrap()
    }
}

/// The engine's civil occurrences, with UTC as the zone of a window.
pub(super) fn pattern_between(
    start: NaiveDateTime,
    rule: &Rule,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<(Vec<NaiveDateTime>, u32), ExpandError> {
    let (from, to) = (local_from_civil(from), local_from_civil(to));
    let zone = Zone::utc();
    let mut budget = Budget::new();
    let mut found = Vec::new();
    Pattern::new(local_from_civil(start), Some(rule)).local_between(
        from,
        to,
        &mut zone.offsets(from, to),
        &mut budget,
        &mut found,
    )?;
    Ok((
        found.into_iter().map(civil_from_local).collect(),
        budget.steps_spent(),
    ))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_a_plain_reader(seed: u64) {
        let mut dice = Dice(seed);
        let parts = dice.parts();
        let start = dice.start();
        let window = dice.window(start, parts.frequency);
        let rule = dice.rule(window.1, parts);
        // A second's rule can have more occurrences in a day than one expansion may.
        if let Ok((found, _)) = pattern_between(start, &rule, window) {
            let expected = naive::expand(start, rule.parts(), window);
            prop_assert_eq!(found, expected, "{} from {} in {:?}", rule, start, window);
        }
    }

    #[test]
    fn printing_and_reading_gives_the_same_rule(seed: u64) {
        let mut dice = Dice(seed);
        let parts = dice.parts();
        let start = dice.start();
        let rule = dice.rule(start, parts);
        let text = rule.to_string();
        let read: Rule = text.parse().unwrap();
        prop_assert_eq!(&read, &rule);
        prop_assert_eq!(read.to_string(), text);
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule);
    }

    #[test]
    fn splitting_a_window_changes_nothing(seed: u64) {
        let mut dice = Dice(seed);
        let parts = dice.parts();
        let start = dice.start();
        let (from, to) = dice.window(start, parts.frequency);
        let rule = dice.rule(to, parts);
        let zones = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca"];
        let zone = Zone::new(zones[usize::try_from(dice.roll(4)).unwrap()]).unwrap();
        let mut recurrence = Recurrence::new(start, zone);
        recurrence.rule = Some(rule);
        recurrence.rdates = vec![start, from];
        let compiled = recurrence.compile();
        let (from, to) = (local_from_civil(from), local_from_civil(to) + 1);
        let middle = from + 1 + i64::try_from(dice.roll(u64::try_from(to - from - 1).unwrap())).unwrap();
        let part = |from, to| compiled.expand(Interval::from_timestamps(from, to).unwrap());
        if let (Ok(whole), Ok(mut first), Ok(second)) = (part(from, to), part(from, middle), part(middle, to)) {
            first.extend(second);
            prop_assert_eq!(whole, first);
        }
    }

    #[test]
    fn reading_never_panics(text in "(RRULE:)?(FREQ|BYDAY|COUNT|UNTIL|BYSETPOS|€)=[A-Z0-9,+\\-€;=]{0,40}") {
        let _ = text.parse::<Rule>();
        let _ = text.parse::<Recurrence>();
    }
}
