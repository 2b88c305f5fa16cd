//! Slots of one resource, in process and from JSON to JSON, beside the bare loop.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quando_benches::workload::{SlotsWorkload, fingerprint};
use quando_benches::yardstick::{self, SlotLoop};

fn bare(load: &SlotsWorkload) -> SlotLoop {
    let busy = load
        .busy()
        .iter()
        .map(|each| (each.start_timestamp(), each.end_timestamp()));
    SlotLoop {
        zone: load.time_zone.parse().expect("chrono-tz knows the zone"),
        from: "2030-03-01".parse().expect("a date"),
        to: "2030-03-31".parse().expect("a date"),
        hours: (9 * 60, 17 * 60),
        exceptions: load.exceptions(),
        busy: busy.collect(),
        step: 1_800,
    }
}

fn slots(criterion: &mut Criterion) {
    let load = SlotsWorkload::load();
    let bare = bare(&load);
    let query = load.query(30, load.busy());
    let expected = load.expected("busy_30d");
    assert_eq!(
        fingerprint(bare.run().into_iter()),
        expected,
        "the yardstick does the same work"
    );
    let answer = quando::slots(&query).expect("a valid query");
    assert_eq!(
        fingerprint(answer.slots().map(|slot| slot.start_timestamp())),
        expected
    );

    let mut group = criterion.benchmark_group("slots: 30 days, 1 resource, 100 busy");
    group.bench_function("bare loop", |bencher| {
        bencher.iter(|| black_box(&bare).run())
    });
    group.bench_function("quando", |bencher| {
        bencher.iter(|| {
            quando::slots(black_box(&query))
                .expect("a valid query")
                .len()
        });
    });
    let prepared = quando::availability::Availability::new(&query).expect("a valid query");
    group.bench_function("quando, prepared once", |bencher| {
        bencher.iter(|| black_box(&prepared).slots().expect("a valid query").len());
    });
    group.finish();

    let text = serde_json::to_string(&query).expect("plain data");
    let mut group = criterion.benchmark_group("slots: JSON in to JSON out");
    group.bench_function("bare loop and serde_json", |bencher| {
        bencher.iter(|| yardstick::json(black_box(&text), &bare));
    });
    group.bench_function("quando", |bencher| {
        bencher.iter(|| quando::json::slots(black_box(&text)).expect("a valid query"));
    });
    group.finish();
}

criterion_group!(benches, slots);
criterion_main!(benches);
