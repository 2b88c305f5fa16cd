//! Five recurrences beside a loop for that one rule and the rrule crate.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quando_benches::rules::RULES;
use rrule::RRuleSet;

fn recurrence(criterion: &mut Criterion) {
    for work in RULES {
        let mut group = criterion.benchmark_group(work.name);
        let compiled = work.recurrence().compile();
        group.bench_function("quando", |bencher| {
            bencher.iter(|| {
                black_box(&compiled)
                    .expand(work.interval())
                    .expect("within limits")
            });
        });
        group.bench_function("loop for this rule", |bencher| {
            bencher.iter(|| black_box(&work).by_hand());
        });
        let set: RRuleSet = work.block().parse().expect("the crate reads the rule");
        let zone = rrule::Tz::UTC;
        let (from, to) = (work.interval().start(), work.interval().end());
        let set = set
            .after(from.with_timezone(&zone))
            .before(to.with_timezone(&zone));
        let expected = work.by_hand();
        let got: Vec<_> = set
            .clone()
            .all(10_000)
            .dates
            .iter()
            .map(|date| date.to_utc())
            .collect();
        assert_eq!(got, expected, "the crate does the same work");
        group.bench_function("rrule crate", |bencher| {
            bencher.iter(|| black_box(&set).clone().all(10_000));
        });
        group.finish();
    }
}

criterion_group!(benches, recurrence);
criterion_main!(benches);
