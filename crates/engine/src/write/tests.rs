//! Units: whatever the core lets through can be laid, and nothing is laid twice.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use quando::availability::{Claim, Resource};
use quando::id::{BookingId, ProviderId, ResourceId};
use quando::schedule::Schedule;
use quando::time::{Interval, Zone};

use super::claims::Claims;
use crate::store::{ClaimRow, Owner};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn pool(capacity: u32) -> Resource {
    let zone = Zone::new("UTC").unwrap();
    let mut resource = Resource::new(ResourceId::new("pool").unwrap(), Schedule::new(zone));
    resource.capacity = capacity.try_into().unwrap();
    resource
}

fn span(start: i64, end: i64) -> Interval {
    Interval::from_timestamps(start, end).unwrap()
}

fn rows(owner: &str, pieces: &[(i64, Interval)]) -> Vec<ClaimRow> {
    let row = |(number, (unit, span)): (u32, &(i64, Interval))| ClaimRow {
        resource: ResourceId::new("pool").unwrap(),
        owner: Owner::Booking(BookingId::new(owner).unwrap()),
        number,
        unit: Some(*unit),
        span: *span,
        claim: Some(Claim::new(*span)),
        decided_at: NOW,
    };
    (0..).zip(pieces).map(row).collect()
}

/// Most units that are taken at one instant within a span.
fn peak(rows: &[ClaimRow], within: Interval) -> usize {
    let instants = rows.iter().map(|row| row.span.start());
    let instants = instants.chain([within.start()]);
    instants
        .filter(|at| within.contains(*at))
        .map(|at| rows.iter().filter(|row| row.span.contains(at)).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn a_claim_takes_one_unit_after_the_other_when_none_is_free_throughout() {
    let provider = ProviderId::new("p").unwrap();
    let resources = [pool(2)];
    let mut taken = rows("a", &[(0, span(0, 60))]);
    taken.extend(rows("b", &[(1, span(60, 120))]));
    let claims = Claims::new(&provider, &resources, (&taken, 0), NOW);
    let id = ResourceId::new("pool").unwrap();
    let pieces = claims.units(&id, span(0, 120), (1, &[])).unwrap();
    assert_eq!(pieces, [(1, span(0, 60)), (0, span(60, 120))]);
    assert!(claims.units(&id, span(0, 120), (2, &[])).is_err());
}

#[test]
fn a_lapsed_hold_takes_no_unit() {
    let provider = ProviderId::new("p").unwrap();
    let resources = [pool(2)];
    let mut taken = rows("a", &[(0, span(0, 60)), (1, span(0, 60))]);
    let id = ResourceId::new("pool").unwrap();
    let free = |taken: &[ClaimRow]| {
        let claims = Claims::new(&provider, &resources, (taken, 0), NOW);
        claims.units(&id, span(0, 60), (2, &[])).is_ok()
    };
    assert!(!free(&taken));
    // One row of it says when it lapses; the others belong to the same booking.
    taken[0].claim.as_mut().unwrap().expires_at = Some(NOW);
    taken[1].claim = None;
    assert!(free(&taken));
}

#[test]
fn a_group_takes_several_units_at_once() {
    let provider = ProviderId::new("p").unwrap();
    let resources = [pool(3)];
    let taken = rows("a", &[(1, span(0, 60))]);
    let claims = Claims::new(&provider, &resources, (&taken, 1), NOW);
    let id = ResourceId::new("pool").unwrap();
    let pieces = claims.units(&id, span(30, 90), (2, &[])).unwrap();
    let mut all = taken.clone();
    all.extend(rows("b", &pieces));
    let twice = all.iter().enumerate().any(|(at, row)| {
        let others = &all[..at];
        others
            .iter()
            .any(|other| other.unit == row.unit && other.span.overlaps(row.span))
    });
    assert!(!twice, "{pieces:?}");
    assert_eq!(peak(&all, span(30, 60)), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// As long as the peak allows it a claim finds its units, wherever the search begins; beyond
    /// that it finds none; and no unit is taken twice. (The one unit of a resource is not looked
    /// for: the decision found it free, and the store guards it.)
    #[test]
    fn units_are_found_exactly_as_long_as_the_peak_allows(
        capacity in 2_u32..5,
        seed: u64,
        wanted in prop::collection::vec((0_i64..20, 1_i64..8, 1_u32..4), 1..20),
    ) {
        let provider = ProviderId::new("p").unwrap();
        let resources = [pool(capacity)];
        let id = ResourceId::new("pool").unwrap();
        let mut taken: Vec<ClaimRow> = Vec::new();
        for (at, (start, length, count)) in wanted.into_iter().enumerate() {
            let slot = span(start, start + length);
            let claims = Claims::new(&provider, &resources, (&taken, seed), NOW);
            let found = claims.units(&id, slot, (count, &[]));
            let fits = peak(&taken, slot) + count as usize <= capacity as usize;
            prop_assert_eq!(found.is_ok(), fits);
            let Ok(pieces) = found else { continue };
            let total: i64 = pieces
                .iter()
                .map(|(_, span)| span.end_timestamp() - span.start_timestamp())
                .sum();
            prop_assert_eq!(total, length * i64::from(count));
            for (unit, piece) in &pieces {
                prop_assert!((0..i64::from(capacity)).contains(unit));
                let other = |row: &ClaimRow| row.unit == Some(*unit) && row.span.overlaps(*piece);
                prop_assert!(!taken.iter().any(other));
            }
            taken.extend(rows(&format!("b{at}"), &pieces));
        }
    }
}
