//! Deciding on bookings, beside loops with the same arithmetic and nothing else.

use std::hint::black_box;

use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use quando::booking::decide::decide;
use quando_benches::shop::{self, Naive};

fn create(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide: create");
    for claims in [0, 100, 1_000] {
        let (snapshot, command, now) = shop::create(claims);
        let decision = decide(&snapshot, &command, now).expect("the slot is free");
        let naive = Naive::of(&snapshot);
        let start = decision.booking.slot.start_timestamp();
        let fee = decision.booking.quote.fee().total.minor();
        assert_eq!(naive.create(start), Some((10_000, fee)), "the same work");
        group.bench_function(format!("loop, {claims} claims"), |bencher| {
            bencher.iter(|| black_box(&naive).create(black_box(start)));
        });
        group.bench_function(format!("quando, {claims} claims"), |bencher| {
            bencher.iter(|| decide(black_box(&snapshot), black_box(&command), now));
        });
    }
    group.finish();
}

fn story(criterion: &mut Criterion) {
    let story = shop::story();
    let steps = story.steps.len();
    let done = story.run();
    assert_eq!(
        done.payment.balances.paid_out.minor(),
        9_300,
        "93 of 100 reach the provider"
    );
    assert_eq!(shop::naive_story(), (9_300, 700));
    let mut group = criterion.benchmark_group(format!("story of {steps} steps, hold to payout"));
    group.bench_function("hand-written states and sums", |bencher| {
        bencher.iter(|| black_box(shop::naive_story()));
    });
    group.bench_function("quando", |bencher| bencher.iter(|| black_box(&story).run()));
    group.finish();

    let mut group = criterion.benchmark_group("story, step by step");
    for (at, step) in story.steps.iter().enumerate() {
        let snapshot = story.snapshot_before(at);
        let name = format!("{} {}", at + 1, step.1.action());
        let (now, command): (DateTime<Utc>, _) = (step.0, &step.1);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || (),
                |()| decide(black_box(&snapshot), black_box(command), now),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, create, story);
criterion_main!(benches);
