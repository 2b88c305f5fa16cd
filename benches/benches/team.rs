//! Any one of 100 people, 30 days, beside the bare loop.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quando_benches::workload::{SlotsWorkload, TeamWorkload, fingerprint};
use quando_benches::yardstick::{SlotLoop, anybody};

fn team(criterion: &mut Criterion) {
    let (base, load) = (SlotsWorkload::load(), TeamWorkload::load());
    let loops: Vec<SlotLoop> = (0..100)
        .map(|person| SlotLoop {
            zone: base.time_zone.parse().expect("chrono-tz knows the zone"),
            from: "2030-03-01".parse().expect("a date"),
            to: "2030-03-31".parse().expect("a date"),
            hours: (9 * 60, 17 * 60),
            exceptions: base.exceptions(),
            busy: load
                .busy(person, 1)
                .iter()
                .map(|each| (each.start_timestamp(), each.end_timestamp()))
                .collect(),
            step: 1_800,
        })
        .collect();
    let expected = load.expected("round_robin_100");
    assert_eq!(
        fingerprint(anybody(&loops).into_iter().map(|(start, _)| start)),
        expected
    );
    let query = load.query(100, 1, false);
    let answer = quando::slots(&query).expect("a valid query");
    assert_eq!(
        fingerprint(answer.slots().map(|slot| slot.start_timestamp())),
        expected
    );
    let free: usize = anybody(&loops).iter().map(|(_, people)| people).sum();
    let listed: usize = answer
        .slots()
        .map(|slot| slot.resources().map(Iterator::count).sum::<usize>())
        .sum();
    assert_eq!(listed, free, "both know who is free at each start");

    let mut group = criterion.benchmark_group("round robin: 100 resources, 30 days");
    group.bench_function("bare loop", |bencher| {
        bencher.iter(|| anybody(black_box(&loops)))
    });
    group.bench_function("quando", |bencher| {
        bencher.iter(|| {
            quando::slots(black_box(&query))
                .expect("a valid query")
                .len()
        });
    });
    group.finish();
}

criterion_group!(benches, team);
criterion_main!(benches);
