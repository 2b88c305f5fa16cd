//! Tests of the recurrence engine: examples of the RFC, laws, traps, hostile rules and partners.

mod hostile;
mod laws;
mod naive;
mod partner;
mod rfc;
mod text;
mod traps;

use super::*;
use crate::time::text::{civil_text, parse_civil};
use crate::time::{Interval, Zone};

/// Expands a rule from a civil start in a zone; the answer is civil again, or in UTC with `Z`.
fn recurrence(start: &str, zone: &str, rule: &str) -> Recurrence {
    let mut recurrence = Recurrence::new(parse_civil(start).unwrap(), Zone::new(zone).unwrap());
    if !rule.is_empty() {
        recurrence.rule = Some(
            rule.parse()
                .unwrap_or_else(|error| panic!("{rule}: {error}")),
        );
    }
    recurrence
}

fn window(from: &str, to: &str) -> Interval {
    Interval::parse(&format!("{from}T00:00:00Z"), &format!("{to}T00:00:00Z")).unwrap()
}

fn in_utc(recurrence: &Recurrence, window: Interval) -> Vec<String> {
    let instants = recurrence.expand(window).unwrap();
    instants
        .iter()
        .map(|it| it.format("%Y-%m-%dT%H:%MZ").to_string())
        .collect()
}

fn in_civil(recurrence: &Recurrence, window: Interval) -> Vec<String> {
    let instants = recurrence.expand(window).unwrap();
    instants
        .iter()
        .map(|it| civil_text(recurrence.zone.civil(*it)))
        .collect()
}
