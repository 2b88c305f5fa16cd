//! The server dies and comes back.

use quando_engine::store::{List, Store};
use quando_store_postgres::PostgresStore;
use quando_testbed::{Cluster, Options as ClusterOptions};

use crate::database::options;
use crate::direct::{booking, bookings, hour, transact};

#[tokio::test(flavor = "multi_thread")]
async fn the_pool_recovers() {
    let start = || Cluster::start(ClusterOptions::durable());
    let mut cluster = tokio::task::block_in_place(start).unwrap();
    let url = tokio::task::block_in_place(|| cluster.create_database("shop")).unwrap();
    let mut options = options(&url);
    options.allow_unsafe_durability = false;
    let store = PostgresStore::migrate_and_connect(&options).await.unwrap();
    let first = booking("c", "first", hour(0));
    transact(&store, Some("first"), first.clone())
        .await
        .unwrap();
    tokio::task::block_in_place(|| cluster.kill()).unwrap();
    let list = List::AllBookings {
        after: None,
        limit: 10,
    };
    for _ in 0..3 {
        let error = store.list(list.clone()).await.unwrap_err();
        assert_eq!(error.code(), "store-unavailable");
    }
    tokio::task::block_in_place(|| cluster.restart()).unwrap();
    assert_eq!(bookings(&store).await, 1);
    assert!(
        transact(&store, Some("first"), first)
            .await
            .unwrap()
            .replayed
    );
    let second = booking("c", "second", hour(1));
    transact(&store, Some("second"), second).await.unwrap();
    assert_eq!(bookings(&store).await, 2);
}
