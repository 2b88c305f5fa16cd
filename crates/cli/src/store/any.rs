//! One store type over all of them, so that each command is written and compiled once.

use quando_engine::store::{
    FeedEntry, Item, List, Projection, Scope, Snapshot, Store, StoreError, TransactError, Write,
    WriteRequest, Written,
};
use quando_engine::{MemoryStore, Refusal};
use quando_store_postgres::PostgresStore;
use quando_store_sqlite::SqliteStore;

/// One of the stores.
#[derive(Debug)]
pub(crate) enum AnyStore {
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl AnyStore {
    /// Connections to a server that are in use; none where there is no server.
    pub(crate) fn connections_in_use(&self) -> usize {
        match self {
            AnyStore::Memory(_) | AnyStore::Sqlite(_) => 0,
            AnyStore::Postgres(store) => store.connections_in_use(),
        }
    }
}

macro_rules! on_each {
    ($store:expr, $name:ident => $answer:expr) => {
        match $store {
            AnyStore::Memory($name) => $answer.await,
            AnyStore::Sqlite($name) => $answer.await,
            AnyStore::Postgres($name) => $answer.await,
        }
    };
}

impl Store for AnyStore {
    async fn read(&self, scope: Scope) -> Result<Snapshot, StoreError> {
        on_each!(self, store => store.read(scope))
    }

    async fn transact<D>(&self, request: WriteRequest, decide: D) -> Result<Written, TransactError>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        on_each!(self, store => store.transact(request, decide))
    }

    async fn list(&self, list: List) -> Result<Vec<Item>, StoreError> {
        on_each!(self, store => store.list(list))
    }

    async fn relay<P>(&self, limit: u32, project: P) -> Result<Vec<FeedEntry>, StoreError>
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        on_each!(self, store => store.relay(limit, project))
    }
}
