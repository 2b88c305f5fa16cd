//! Laws of interval sets, against a bit for each second.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};
use quando::time::{Interval, IntervalSet};

const SECONDS: i64 = 48;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 4_000,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

fn interval() -> impl Strategy<Value = Interval> {
    (0..SECONDS - 1).prop_flat_map(|start| {
        let end = start + 1..=(start + 12).min(SECONDS);
        end.prop_map(move |end| Interval::from_timestamps(start, end).expect("an interval"))
    })
}

fn intervals() -> impl Strategy<Value = Vec<Interval>> {
    prop::collection::vec(interval(), 0..7)
}

fn bits<'a>(intervals: impl IntoIterator<Item = &'a Interval>) -> BTreeSet<i64> {
    let seconds = |each: &Interval| each.start_timestamp()..each.end_timestamp();
    intervals.into_iter().flat_map(seconds).collect()
}

/// Sorted, disjoint, and a second or more between neighbours.
fn is_normal(set: &IntervalSet) -> bool {
    set.as_slice()
        .windows(2)
        .all(|pair| pair[0].end_timestamp() < pair[1].start_timestamp())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_set_has_one_form_and_the_seconds_that_went_in(
        list in intervals(),
        order in any::<prop::sample::Index>(),
    ) {
        let set: IntervalSet = list.iter().copied().collect();
        prop_assert!(is_normal(&set));
        prop_assert_eq!(bits(set.as_slice()), bits(&list));
        let mut other = list.clone();
        other.reverse();
        let rotation = if list.is_empty() { 0 } else { order.index(list.len()) };
        other.rotate_left(rotation);
        other.extend(list);
        prop_assert_eq!(IntervalSet::from(other), set);
    }

    #[test]
    fn algebra_equals_that_of_seconds(left in intervals(), right in intervals()) {
        let (a, b) = (IntervalSet::from(left), IntervalSet::from(right));
        let (x, y) = (bits(a.as_slice()), bits(b.as_slice()));
        for (set, seconds) in [
            (a.union(&b), &x | &y),
            (a.intersection(&b), &x & &y),
            (a.subtract(&b), &x - &y),
            (b.subtract(&a), &y - &x),
        ] {
            prop_assert!(is_normal(&set), "{:?}", set);
            prop_assert_eq!(bits(set.as_slice()), seconds);
        }
    }

    #[test]
    fn sets_obey_the_laws_of_algebra(a in intervals(), b in intervals(), c in intervals()) {
        let [a, b, c] = [a, b, c].map(IntervalSet::from);
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(
            a.intersection(&b.union(&c)),
            a.intersection(&b).union(&a.intersection(&c))
        );
        prop_assert_eq!(a.subtract(&b.union(&c)), a.subtract(&b).intersection(&a.subtract(&c)));
        prop_assert_eq!(a.subtract(&b).union(&a.intersection(&b)), a.clone());
        prop_assert_eq!(a.union(&a), a.clone());
        prop_assert!(a.subtract(&a).is_empty());
    }

    #[test]
    fn a_set_covers_what_all_its_seconds_are_in(list in intervals(), wanted in interval()) {
        let set = IntervalSet::from(list);
        let missing = &bits([&wanted]) - &bits(set.as_slice());
        prop_assert_eq!(set.covers(wanted), missing.is_empty());
    }

    #[test]
    fn intervals_overlap_when_they_share_a_second(a in interval(), b in interval()) {
        let shared = &bits([&a]) & &bits([&b]);
        prop_assert_eq!(a.overlaps(b), !shared.is_empty());
        prop_assert_eq!(bits(a.intersection(b).as_ref()), shared);
    }

    #[test]
    fn json_gives_the_same_set_back(list in intervals()) {
        let set = IntervalSet::from(list);
        let json = serde_json::to_string(&set).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<IntervalSet>(&json).expect("a set"), set);
    }
}
