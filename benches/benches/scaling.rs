//! What must not cost anything: the age of a rule, and what was booked outside the window.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quando::availability::{Availability, Claim};
use quando::schedule::OpenRule;
use quando::time::{Interval, Minutes};
use quando_benches::workload::SlotsWorkload;

const DAY: i64 = 86_400;

/// The same weekday hours as a rule that began in the given year.
fn age_of_a_rule(criterion: &mut Criterion) {
    let load = SlotsWorkload::load();
    let mut group = criterion.benchmark_group("slots, hours by a rule");
    for year in [2029, 1990, 1970] {
        let mut query = load.query(30, load.busy());
        let schedule = &mut query.resources[0].schedule;
        schedule.weekly = Default::default();
        schedule.rules.push(OpenRule {
            start: format!("{year}-01-01T09:00:00")
                .parse()
                .expect("a civil time"),
            duration_minutes: Minutes::new(480).expect("eight hours"),
            rrule: Some(
                "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
                    .parse()
                    .expect("a valid rule"),
            ),
            exdates: Vec::new(),
            rdates: Vec::new(),
        });
        group.bench_function(format!("since {year}"), |bencher| {
            bencher.iter(|| {
                quando::slots(black_box(&query))
                    .expect("a valid query")
                    .len()
            });
        });
    }
    group.finish();
}

/// Claims that ended long before the window, on a query that was prepared once.
fn past_claims(criterion: &mut Criterion) {
    let load = SlotsWorkload::load();
    let mut group = criterion.benchmark_group("slots, past claims outside the window");
    for count in [0_i64, 1_000, 100_000] {
        let mut query = load.query(30, load.busy());
        let first = query.window.interval().start_timestamp() - 60 * DAY;
        query.resources[0].claims = (0..count)
            .map(|back| first - back * 7_200)
            .map(|start| Interval::from_timestamps(start, start + 3_600).expect("an hour"))
            .map(Claim::new)
            .collect();
        let prepared = Availability::new(&query).expect("a valid query");
        group.bench_function(format!("{count}"), |bencher| {
            bencher.iter(|| black_box(&prepared).slots().expect("a valid query").len());
        });
    }
    group.finish();
}

criterion_group!(benches, age_of_a_rule, past_claims);
criterion_main!(benches);
