//! An answer that is lost is settled by asking again under the same key.

use quando_engine::store::{StoreError, TransactError, Write};
use quando_store_postgres::PostgresStore;
use quando_testbed::Proxy;
use quando_testbed::proxy::{Cut, Plan};

use crate::database::{database, options};
use crate::direct::{booking, bookings, hour, transact, with_two_claims};

/// Loses one answer, before or after it is written.
async fn lose(cut: Cut, write: Write, group_commit: bool, written: bool) {
    let database = database();
    let proxy = Proxy::start(database.url()).await.expect("a proxy");
    let mut options = options(proxy.url());
    options.group_commit = group_commit;
    let store = PostgresStore::connect(&options).await.expect("a store");
    proxy.plan(Plan::next(cut, 1));
    let lost = transact(&store, Some("k"), write.clone()).await;
    assert!(
        matches!(lost, Err(TransactError::Store(StoreError::Unknown(_)))),
        "{cut:?}: {lost:?}"
    );
    proxy.heal();
    assert_eq!(bookings(&store).await, usize::from(written), "{cut:?}");
    let again = transact(&store, Some("k"), write.clone())
        .await
        .expect("it goes through now");
    assert_eq!(again.replayed, written, "{cut:?}");
    assert_eq!(again.reply, write.reply);
    assert_eq!(bookings(&store).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_transaction() {
    let write = with_two_claims(booking("c", "b", hour(0)));
    lose(Cut::BeforeCommit, write.clone(), true, false).await;
    lose(Cut::AfterCommit, write, true, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_statement() {
    let write = booking("c", "b", hour(0));
    for group_commit in [true, false] {
        lose(Cut::BeforeSync, write.clone(), group_commit, false).await;
        lose(Cut::AfterSync, write.clone(), group_commit, true).await;
    }
}
