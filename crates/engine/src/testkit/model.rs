//! The store in memory is the oracle: random operations give the same answers and leave the same
//! rows in every store.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::operation::{Operation, prepare};
use super::shop::Shop;
use super::{Built, StoreBuilder, TestEntropy};
use crate::MemoryStore;

/// How many seeds are run, unless the environment says otherwise.
const SEEDS: u64 = 30;
/// How many operations each seed gives.
const STEPS: usize = 60;

/// Builds the oracle.
struct MemoryBuilder;

impl StoreBuilder for MemoryBuilder {
    type Store = MemoryStore;
    type Handle = ();

    async fn build(&self) -> Built<MemoryStore, ()> {
        Built {
            store: Arc::new(MemoryStore::new()),
            handle: (),
        }
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = std::pin::pin!(future);
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("the store in memory never waits"),
        }
    }
}

/// Two stores, the same operations, one after the other. `QUANDO_MODEL_SEEDS` says how many seeds
/// are run, and `QUANDO_MODEL_SEED` that only this one is.
pub(super) fn as_in_memory<B: StoreBuilder>(builder: &B) {
    let seeds = match number("QUANDO_MODEL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("QUANDO_MODEL_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        compare(builder, seed);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how much a test run tries is said from outside"
)]
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number of seeds"))
}

fn compare<B: StoreBuilder>(builder: &B, seed: u64) {
    let (tested, oracle) = (Shop::new(builder), Shop::new(&MemoryBuilder));
    prepare(&tested);
    prepare(&oracle);
    let chance = TestEntropy::new(seed);
    let mut done: Vec<Operation> = Vec::new();
    for _ in 0..STEPS {
        let operation = Operation::draw(&chance);
        done.push(operation.clone());
        let (answer, expected) = (operation.run(&tested), operation.run(&oracle));
        let difference = if answer == expected {
            tested.dump().difference(&oracle.dump())
        } else {
            Some(format!("answers:\n  {answer}\n  {expected}"))
        };
        if let Some(difference) = difference {
            panic!(
                "QUANDO_MODEL_SEED={seed} step {}: the store and the one in memory differ: \
                 {difference}\nafter {done:#?}",
                done.len()
            );
        }
    }
}
