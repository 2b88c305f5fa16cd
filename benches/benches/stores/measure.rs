//! Throughput and latency of many clients that each do one thing after the other, in turns with a
//! yardstick, so that whatever else the machine does meets both.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::settings::Settings;

/// What one attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// A no, which is an answer.
    Refused,
    /// A fault, by its code.
    Failed(String),
}

pub(crate) type Attempt = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Something to measure: what client number n does once.
#[derive(Clone)]
pub(crate) enum Work {
    /// Clients are tasks.
    Task(Arc<dyn Fn(usize) -> Attempt + Send + Sync>),
    /// Clients are threads.
    Thread(Arc<dyn Fn(usize) -> Outcome + Send + Sync>),
}

impl Work {
    pub(crate) fn task<F, A>(work: F) -> Work
    where
        F: Fn(usize) -> A + Send + Sync + 'static,
        A: Future<Output = Outcome> + Send + 'static,
    {
        Work::Task(Arc::new(move |client| Box::pin(work(client))))
    }

    pub(crate) fn thread(work: impl Fn(usize) -> Outcome + Send + Sync + 'static) -> Work {
        Work::Thread(Arc::new(work))
    }

    /// Lets so many clients work for a while.
    pub(crate) async fn run(&self, clients: usize, length: Duration) -> Tally {
        let until = now() + length;
        let begun = now();
        let mut tallies = Vec::new();
        match self {
            Work::Task(work) => {
                let tasks: Vec<_> = (0..clients)
                    .map(|client| tokio::spawn(repeat(Arc::clone(work), client, until)))
                    .collect();
                for task in tasks {
                    tallies.push(task.await.expect("a client does not panic"));
                }
            }
            Work::Thread(work) => {
                let threads: Vec<_> = (0..clients)
                    .map(|client| {
                        let work = Arc::clone(work);
                        tokio::task::spawn_blocking(move || repeat_here(&*work, client, until))
                    })
                    .collect();
                for thread in threads {
                    tallies.push(thread.await.expect("a client does not panic"));
                }
            }
        }
        let mut sum = Tally {
            seconds: begun.elapsed().as_secs_f64(),
            ..Tally::default()
        };
        tallies.iter().for_each(|tally| sum.add(tally));
        sum
    }
}

async fn repeat(
    work: Arc<dyn Fn(usize) -> Attempt + Send + Sync>,
    client: usize,
    until: Instant,
) -> Tally {
    let mut tally = Tally::default();
    let mut begin = now();
    while begin < until {
        let outcome = work(client).await;
        let end = now();
        tally.count(outcome, end - begin);
        begin = end;
    }
    tally
}

fn repeat_here(work: &dyn Fn(usize) -> Outcome, client: usize, until: Instant) -> Tally {
    let mut tally = Tally::default();
    let mut begin = now();
    while begin < until {
        let outcome = work(client);
        let end = now();
        tally.count(outcome, end - begin);
        begin = end;
    }
    tally
}

/// What clients came to together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) done: u32,
    pub(crate) refused: u32,
    pub(crate) failed: BTreeMap<String, u32>,
    pub(crate) seconds: f64,
    latencies: Vec<Duration>,
}

impl Tally {
    fn count(&mut self, outcome: Outcome, latency: Duration) {
        match outcome {
            Outcome::Done => self.done += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Failed(code) => *self.failed.entry(code).or_default() += 1,
        }
        self.latencies.push(latency);
    }

    /// Adds what others did; time is not added, for they worked at the same time.
    fn add(&mut self, other: &Tally) {
        self.done += other.done;
        self.refused += other.refused;
        for (code, count) in &other.failed {
            *self.failed.entry(code.clone()).or_default() += count;
        }
        self.latencies.extend_from_slice(&other.latencies);
    }

    pub(crate) fn done_per_second(&self) -> f64 {
        f64::from(self.done) / self.seconds
    }

    pub(crate) fn refused_per_second(&self) -> f64 {
        f64::from(self.refused) / self.seconds
    }

    /// The latency that so many of a hundred attempts did not exceed, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        percentile(&mut self.latencies.clone(), percent)
    }

    /// The longest latency, in milliseconds.
    pub(crate) fn worst(&self) -> f64 {
        let worst = self.latencies.iter().max();
        worst.map_or(0.0, |worst| worst.as_secs_f64() * 1e3)
    }

    /// How many attempts failed, with their codes; empty when none did.
    pub(crate) fn failures(&self) -> String {
        let codes = self.failed.iter();
        let codes: Vec<String> = codes
            .map(|(code, count)| format!("{count} {code}"))
            .collect();
        codes.join(", ")
    }
}

/// A percentile, in milliseconds.
pub(crate) fn percentile(latencies: &mut [Duration], percent: usize) -> f64 {
    if latencies.is_empty() {
        return 0.0;
    }
    let at = (latencies.len() * percent / 100).min(latencies.len() - 1);
    let (_, latency, _) = latencies.select_nth_unstable(at);
    latency.as_secs_f64() * 1e3
}

/// Lets subjects take turns: all of them in each round, after a warm-up. The sums of all rounds,
/// and of each round what was done in a second.
pub(crate) async fn in_turns(subjects: &[Work], clients: usize, settings: &Settings) -> Vec<Turns> {
    let mut turns = vec![Turns::default(); subjects.len()];
    for subject in subjects {
        subject.run(clients, settings.length / 3).await;
    }
    for round in 0..settings.rounds {
        for place in 0..subjects.len() {
            // Every other round goes the other way, so that nobody is always the last.
            let place = if round % 2 == 0 {
                place
            } else {
                subjects.len() - 1 - place
            };
            let tally = subjects[place].run(clients, settings.length).await;
            turns[place].take_in(&tally);
        }
    }
    turns
}

/// What a subject came to in all of its turns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns {
    pub(crate) sum: Tally,
    pub(crate) rounds: Vec<f64>,
}

impl Turns {
    fn take_in(&mut self, tally: &Tally) {
        self.sum.add(tally);
        self.sum.seconds += tally.seconds;
        self.rounds.push(tally.done_per_second());
    }

    /// How much was done for each that the yardstick did.
    pub(crate) fn ratio(&self, yardstick: &Turns) -> f64 {
        self.sum.done_per_second() / yardstick.sum.done_per_second()
    }
}

/// The time, for measuring it.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Latencies of two things that are done in turns, one at a time: of the yardstick, and of the
/// subject.
pub(crate) struct Pair {
    pub(crate) bare: Vec<Duration>,
    pub(crate) subject: Vec<Duration>,
}

impl Pair {
    /// Does both in turns for a while, after some rounds that do not count.
    pub(crate) async fn measure<B, S>(length: Duration, mut bare: B, mut subject: S) -> Pair
    where
        B: AsyncFnMut(),
        S: AsyncFnMut(),
    {
        const WARM_UP: usize = 5;
        let mut pair = Pair {
            bare: Vec::new(),
            subject: Vec::new(),
        };
        let mut until = now() + length;
        let mut round = 0;
        while round <= WARM_UP || now() < until {
            if round == WARM_UP {
                pair.bare.clear();
                pair.subject.clear();
                until = now() + length;
            }
            let begin = now();
            bare().await;
            let between = now();
            subject().await;
            pair.bare.push(between - begin);
            pair.subject.push(between.elapsed());
            round += 1;
        }
        pair
    }

    /// A row of a table: medians, their ratio, 99th percentiles and theirs, the worst.
    pub(crate) fn cells(&mut self, name: &str) -> Vec<String> {
        use crate::report::{milliseconds, ratio};
        let (bare, subject) = (&mut self.bare, &mut self.subject);
        let medians = (percentile(bare, 50), percentile(subject, 50));
        let tails = (percentile(bare, 99), percentile(subject, 99));
        let worst = subject.iter().max().copied().unwrap_or_default();
        vec![
            name.to_owned(),
            milliseconds(medians.0),
            milliseconds(medians.1),
            ratio(medians.1 / medians.0),
            milliseconds(tails.0),
            milliseconds(tails.1),
            ratio(tails.1 / tails.0),
            milliseconds(worst.as_secs_f64() * 1e3),
        ]
    }

    /// The heads of those rows.
    pub(crate) const COLUMNS: [&str; 8] = [
        "Work",
        "bare p50",
        "quando p50",
        "ratio",
        "bare p99",
        "quando p99",
        "ratio",
        "worst",
    ];
}
