//! A store that keeps nothing and always says the same: what is left is the engine's own work.

use quando_engine::store::{
    FeedEntry, Item, List, Projection, Scope, Snapshot, Store, StoreError, TransactError, Write,
    WriteRequest, Written,
};
use quando_engine::{MemoryStore, Refusal};

use crate::measure::{Work, in_turns};
use crate::report::{Table, milliseconds, rate};
use crate::settings::Settings;
use crate::shop::{Calendar, Shop, cut, provider_id};

#[derive(Debug)]
struct Hollow {
    snapshot: Snapshot,
}

impl Store for Hollow {
    async fn read(&self, _scope: Scope) -> Result<Snapshot, StoreError> {
        Ok(self.snapshot.clone())
    }

    async fn transact<D>(
        &self,
        _request: WriteRequest,
        mut decide: D,
    ) -> Result<Written, TransactError>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        let write = decide(&self.snapshot)?;
        Ok(Written {
            reply: write.reply,
            replayed: false,
        })
    }

    async fn list(&self, _list: List) -> Result<Vec<Item>, StoreError> {
        Ok(Vec::new())
    }

    async fn relay<P>(&self, _limit: u32, _project: P) -> Result<Vec<FeedEntry>, StoreError>
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        Ok(Vec::new())
    }
}

/// What a booking takes of the engine, without any store.
pub(crate) async fn engine_alone(settings: &Settings) {
    let calendar = Calendar::new(1);
    let memory = Shop::new(MemoryStore::new(), calendar.clone());
    memory.open(1, 30).await.expect("a provider");
    let mut scope = Scope::new(provider_id(1));
    scope.service = Some(cut());
    scope.resources = quando_engine::store::ResourceScope::OfService;
    let snapshot = memory.engine.store().read(scope).await;
    let snapshot = snapshot.expect("memory answers");
    let shop = Shop::new(Hollow { snapshot }, calendar);
    let work = Work::task(move |_| {
        let shop = shop.clone();
        async move { shop.book_spread().await }
    });
    let turns = in_turns(&[work], 1, settings).await;
    let table = Table::new(
        "The engine's own work for a booking, without a store",
        &["Clients", "bookings/s", "p50", "p99", "faults"],
    );
    let sum = &turns[0].sum;
    table.row(&[
        "1".to_owned(),
        rate(sum.done_per_second()),
        milliseconds(sum.percentile(50)),
        milliseconds(sum.percentile(99)),
        sum.failures(),
    ]);
}
