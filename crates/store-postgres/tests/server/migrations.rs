//! Up, down, and half-way.

use quando_engine::store::StoreError;
use quando_store_postgres::Migrator;
use quando_testbed::Database;

use crate::database::{database, options};
use crate::direct::connect;

/// Tables, columns, indexes, constraints and functions, as text.
async fn catalogue(client: &tokio_postgres::Client) -> Vec<String> {
    let sql = "select format('%s.%s %s %s %s', c.relname, a.attname, a.atttypid::regtype,
            a.attnotnull, a.attcompression)
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = current_schema()::regnamespace and a.attnum > 0
        union all select indexdef from pg_indexes where schemaname = current_schema()
        union all select pg_get_constraintdef(oid) || ' ' || conname from pg_constraint
            where connamespace = current_schema()::regnamespace
        union all select pg_get_functiondef(oid) from pg_proc where proname = 'quando_expect'
        order by 1";
    let rows = client.query(sql, &[]).await.expect("the catalogue");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn up_and_down_and_up_is_up() {
    let database = database();
    let client = connect(database.url()).await;
    let before = catalogue(&client).await;
    let mut migrator = Migrator::connect(&options(database.url())).await.unwrap();
    assert_eq!(migrator.down(0).await.unwrap(), [5, 4, 3, 2, 1]);
    let sql = "select to_regclass('booking') is null";
    assert!(client.query_one(sql, &[]).await.unwrap().get::<_, bool>(0));
    assert_eq!(migrator.up(None).await.unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(catalogue(&client).await, before);
    assert!(migrator.up(None).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_migration_is_none() {
    let database = tokio::task::block_in_place(Database::fresh).unwrap();
    let client = connect(database.url()).await;
    // The last table that is made is there already, so that the migration fails in the middle.
    client
        .batch_execute("create table cursor (other text)")
        .await
        .unwrap();
    let before = catalogue(&client).await;
    let mut migrator = Migrator::connect(&options(database.url())).await.unwrap();
    let error = migrator.up(None).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed(_)), "{error:?}");
    assert_eq!(catalogue(&client).await, before);
    client.batch_execute("drop table cursor").await.unwrap();
    assert_eq!(migrator.up(None).await.unwrap(), [1, 2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_citus_says_so() {
    let database = database();
    let client = connect(database.url()).await;
    let before = catalogue(&client).await;
    let mut migrator = Migrator::connect(&options(database.url())).await.unwrap();
    let error = migrator.distribute().await.unwrap_err();
    let StoreError::Failed(source) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(
        source.to_string(),
        "the server has no Citus, which distributed tables need"
    );
    assert_eq!(catalogue(&client).await, before);
}
