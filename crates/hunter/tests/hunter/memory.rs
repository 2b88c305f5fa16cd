//! The hunter in one process, on the store in memory: what shows that it does not cry wolf.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use quando_engine::{Engine, MemoryStore};
use quando_hunter::node::{serve, settings};
use tokio::net::TcpListener;

use crate::check::check;
use crate::history::Asked;
use crate::hunt::{Hunt, Plan};
use crate::tables::Tables;

/// Engines over one store in memory, as nodes are over one database.
async fn nodes(store: &Arc<MemoryStore>, count: usize) -> Vec<SocketAddr> {
    let mut addresses = Vec::new();
    for _ in 0..count {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        addresses.push(listener.local_addr().unwrap());
        tokio::spawn(serve(listener, Engine::over(Arc::clone(store), settings())));
    }
    addresses
}

pub(crate) async fn run(requests: u64) -> (Vec<Asked>, Tables) {
    let store = Arc::new(MemoryStore::new());
    let nodes = nodes(&store, 2).await;
    let mut hunt = Hunt::begin(nodes, Plan::new(1)).await;
    hunt.run(move |shared| shared.done.load(Ordering::Relaxed) > requests)
        .await;
    let tables = Tables::read(&*store, None).await;
    (hunt.end(), tables)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_found_in_the_reference_store() {
    let (asked, tables) = run(3_000).await;
    let report = check(&asked, &tables);
    say!("two engines over the store in memory: {report}");
    report.assert_clean();
    assert!(report.counts.colliding_rounds > 50, "{report}");
}
