//! New bookings that come together are written together.

use std::sync::Arc;

use quando_store_postgres::PostgresStore;

use crate::database::{database, options};
use crate::direct::{booking, bookings, hour, transact};

async fn many(store: &Arc<PostgresStore>, slot: fn(i64) -> i64) -> usize {
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let store = Arc::clone(store);
            let (customer, name) = (format!("c{number}"), format!("b{number}"));
            let write = booking(&customer, &name, hour(slot(number)));
            tokio::spawn(async move { transact(&store, Some(&name), write).await })
        })
        .collect();
    let mut written = 0;
    for task in tasks {
        written += usize::from(task.await.expect("it does not panic").is_ok());
    }
    written
}

#[tokio::test(flavor = "multi_thread")]
async fn they_share_statements() {
    let database = database();
    let store = PostgresStore::connect(&options(database.url())).await;
    let store = Arc::new(store.unwrap());
    assert_eq!(many(&store, |number| number).await, 32);
    let (statements, written) = store.created();
    assert_eq!(written, 32);
    assert!(statements < 32, "{statements} statements");
    assert_eq!(bookings(&store).await, 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_those_who_want_the_same_has_it() {
    let database = database();
    let store = PostgresStore::connect(&options(database.url())).await;
    let store = Arc::new(store.unwrap());
    assert_eq!(many(&store, |_| 0).await, 1);
    assert_eq!(bookings(&store).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn alone_each_has_a_statement() {
    let database = database();
    let mut options = options(database.url());
    options.group_commit = false;
    let store = Arc::new(PostgresStore::connect(&options).await.unwrap());
    assert_eq!(many(&store, |number| number).await, 32);
    assert_eq!(store.created(), (32, 32));
}
