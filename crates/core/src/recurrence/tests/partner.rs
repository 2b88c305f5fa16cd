//! Comparison with the `rrule` crate in UTC, for the shapes that it gets right.

use proptest::prelude::*;
use rrule::RRuleSet;

use super::laws::{Dice, pattern_between};
use super::*;
use crate::time::civil::{civil_from_local, local_from_civil};

/// Left out: sub-daily rules (with intervals or filters it leaves their grid), `BYSETPOS` (it
/// numbers a first period that it has cut off), `BYWEEKNO` (it reads other days and years into it),
/// mixed numbered and plain days (it intersects them), and whatever it refuses.
fn is_shared(rule: &Rule) -> bool {
    let parts = rule.parts();
    let numbered = parts
        .by_day
        .iter()
        .filter(|day| day.ordinal.is_some())
        .count();
    parts.frequency >= Frequency::Daily
        && parts.by_week_number.is_empty()
        && (numbered == 0 || (numbered == parts.by_day.len() && parts.by_month_day.is_empty()))
        && parts.by_set_position.is_empty()
        && !parts.by_second.contains(&60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_its_partner(seed: u64) {
        let mut dice = Dice(seed);
        let parts = dice.parts();
        let start = dice.start();
        let window = dice.window(start, parts.frequency);
        let mut parts = parts;
        parts.by_set_position.clear();
        let rule = Rule::new(parts).unwrap();
        if !is_shared(&rule) {
            return Ok(());
        }
        let mut recurrence = Recurrence::new(start, Zone::utc());
        recurrence.rule = Some(rule.clone());
        let Ok(partner) = recurrence.to_string().parse::<RRuleSet>() else {
            return Ok(());
        };
        let expected: Vec<_> =
            partner.into_iter().take(60).map(|time| time.naive_utc()).collect();
        let Some(last) = expected.last() else {
            return Ok(());
        };
        let to = civil_from_local(local_from_civil(*last) + 1);
        let (found, _) = pattern_between(start, &rule, (start.min(window.0), to)).unwrap();
        prop_assert_eq!(found, expected, "{} from {}", rule, start);
    }
}
