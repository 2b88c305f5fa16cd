//! The suite for stores, on the store in memory.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use quando_engine::MemoryStore;
use quando_engine::testkit::{Built, StoreBuilder};

/// The store in memory has neither files nor statements nor a way for answers to get lost, so that
/// it implements none of the traits for those.
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
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("the store in memory never waits"),
        }
    }
}

quando_engine::store_suite!(MemoryBuilder);
