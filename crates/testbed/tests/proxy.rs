//! What a client and the server see of a connection that is cut.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use quando_testbed::proxy::{Counters, Cut, Plan};
use quando_testbed::{Database, Proxy};
use tokio_postgres::{Client, NoTls};

struct Bench {
    /// Straight to the server.
    direct: Client,
    proxy: Proxy,
    _database: Database,
}

impl Bench {
    async fn new() -> Bench {
        let database = Database::fresh().unwrap();
        let direct = connect(database.url()).await;
        direct
            .batch_execute("create table a (b int)")
            .await
            .unwrap();
        let proxy = Proxy::start(database.url()).await.unwrap();
        Bench {
            direct,
            proxy,
            _database: database,
        }
    }

    async fn rows(&self) -> i64 {
        self.direct
            .query_one("select count(*) from a", &[])
            .await
            .unwrap()
            .get(0)
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Simple,
    Extended,
    Prepared,
}

/// Inserts a row in a transaction, and tells whether the client heard of the commit.
async fn insert_and_commit(client: &Client, end: End) -> bool {
    let commit = client.prepare("COMMIT").await.unwrap();
    client.batch_execute("begin").await.unwrap();
    client
        .execute("insert into a values ($1)", &[&1])
        .await
        .unwrap();
    match end {
        End::Simple => client.batch_execute("COMMIT").await.is_ok(),
        End::Extended => client.execute("commit", &[]).await.is_ok(),
        End::Prepared => client.execute(&commit, &[]).await.is_ok(),
    }
}

#[tokio::test]
async fn a_commit_that_is_cut_before_leaves_nothing_and_after_leaves_the_row() {
    for end in [End::Simple, End::Extended, End::Prepared] {
        for (cut, rows) in [(Cut::BeforeCommit, 0), (Cut::AfterCommit, 1)] {
            let bench = Bench::new().await;
            bench.proxy.plan(Plan::next(cut, 1));
            let client = connect(bench.proxy.url()).await;
            assert!(!insert_and_commit(&client, end).await, "{end:?} {cut:?}");
            assert!(
                client.batch_execute("select 1").await.is_err(),
                "{end:?} {cut:?}"
            );
            assert_eq!(bench.rows().await, rows, "{end:?} {cut:?}");
            // The plan is used up.
            let client = connect(bench.proxy.url()).await;
            assert!(insert_and_commit(&client, end).await, "{end:?} {cut:?}");
            assert_eq!(bench.rows().await, rows + 1, "{end:?} {cut:?}");
            let counters = bench.proxy.counters();
            assert_eq!(
                (counters.connections, counters.commits, counters.writes),
                (2, 2, 0)
            );
            let cuts = (counters.cut_before_commit, counters.cut_after_commit);
            assert_eq!(
                cuts,
                if cut == Cut::BeforeCommit {
                    (1, 0)
                } else {
                    (0, 1)
                }
            );
        }
    }
}

#[tokio::test]
async fn a_lone_statement_that_is_cut_before_leaves_nothing_and_after_leaves_the_row() {
    for simple in [false, true] {
        for (cut, rows) in [(Cut::BeforeSync, 0), (Cut::AfterSync, 1)] {
            let bench = Bench::new().await;
            let client = connect(bench.proxy.url()).await;
            let insert = client
                .prepare("insert into a values (1) returning b")
                .await
                .unwrap();
            bench.proxy.plan(Plan::next(cut, 1));
            // Reads go by.
            client.query("select b from a", &[]).await.unwrap();
            let answer = if simple {
                client.batch_execute("insert into a values (1)").await
            } else {
                client.query(&insert, &[]).await.map(|_| ())
            };
            assert!(answer.is_err(), "{cut:?}");
            assert_eq!(bench.rows().await, rows, "{cut:?}");
            let counters = bench.proxy.counters();
            assert_eq!((counters.commits, counters.writes), (0, 1), "{cut:?}");
            let cuts = (counters.cut_before_sync, counters.cut_after_sync);
            assert_eq!(
                cuts,
                if cut == Cut::BeforeSync {
                    (1, 0)
                } else {
                    (0, 1)
                }
            );
        }
    }
}

#[tokio::test]
async fn plans_for_lone_statements_leave_transactions_alone() {
    let bench = Bench::new().await;
    bench.proxy.plan(Plan::next(Cut::BeforeSync, 1));
    let client = connect(bench.proxy.url()).await;
    assert!(insert_and_commit(&client, End::Simple).await);
    assert_eq!(bench.rows().await, 1);
    assert_eq!(bench.proxy.counters().cut_before_sync, 0);
}

#[tokio::test]
async fn answers_before_the_lost_one_arrive_when_requests_are_pipelined() {
    let bench = Bench::new().await;
    let client = connect(bench.proxy.url()).await;
    let insert = client.prepare("insert into a values ($1)").await.unwrap();
    bench.proxy.plan(Plan::next(Cut::AfterSync, 1).after(1));
    let (first, second, third) = tokio::join!(
        client.execute(&insert, &[&1]),
        client.execute(&insert, &[&2]),
        client.execute(&insert, &[&3]),
    );
    assert_eq!(first.unwrap(), 1);
    assert!(second.is_err());
    assert!(third.is_err());
    // The third was never sent on.
    assert_eq!(bench.rows().await, 2);
}

#[tokio::test]
async fn chances_cut_as_the_counters_say() {
    let bench = Bench::new().await;
    bench.proxy.plan(Plan::chance(Cut::BeforeSync, 300, 7));
    bench.proxy.plan(Plan::chance(Cut::AfterSync, 300, 8));
    let mut heard = 0;
    for _ in 0..40 {
        let client = connect(bench.proxy.url()).await;
        heard += u64::from(
            client
                .execute("insert into a values (1)", &[])
                .await
                .is_ok(),
        );
    }
    let counters = bench.proxy.counters();
    assert!(
        counters.cut_before_sync > 0 && counters.cut_after_sync > 0,
        "{counters:?}"
    );
    assert_eq!(counters.writes, 40);
    assert_eq!(
        heard,
        40 - counters.cut_before_sync - counters.cut_after_sync
    );
    let written = u64::try_from(bench.rows().await).unwrap();
    assert_eq!(written, 40 - counters.cut_before_sync);
}

#[tokio::test]
async fn each_message_of_the_server_is_delayed() {
    let bench = Bench::new().await;
    let client = connect(bench.proxy.url()).await;
    assert_eq!(bench.proxy.counters().delayed, 0);
    bench.proxy.delay(Duration::from_millis(1));
    client.simple_query("select 1").await.unwrap();
    // RowDescription, DataRow, CommandComplete, ReadyForQuery.
    assert_eq!(bench.proxy.counters().delayed, 4);
    bench.proxy.heal();
    client.simple_query("select 1").await.unwrap();
    assert_eq!(bench.proxy.counters().delayed, 4);
}

#[tokio::test]
async fn a_proxy_that_is_down_has_no_connections_until_it_is_healed() {
    let bench = Bench::new().await;
    let client = connect(bench.proxy.url()).await;
    bench.proxy.refuse();
    assert!(client.batch_execute("select 1").await.is_err());
    assert!(
        tokio_postgres::connect(bench.proxy.url(), NoTls)
            .await
            .is_err()
    );
    bench.proxy.heal();
    connect(bench.proxy.url())
        .await
        .batch_execute("select 1")
        .await
        .unwrap();
    let expected = Counters {
        connections: 2,
        refused: 1,
        ..Counters::default()
    };
    assert_eq!(bench.proxy.counters(), expected);
}

#[tokio::test]
async fn a_proxy_closes_its_connections_when_it_is_dropped() {
    let Bench {
        direct: _direct,
        proxy,
        _database,
    } = Bench::new().await;
    let client = connect(proxy.url()).await;
    drop(proxy);
    assert!(client.batch_execute("select 1").await.is_err());
}

#[tokio::test]
async fn requests_to_cancel_reach_the_server() {
    let bench = Bench::new().await;
    let client = connect(bench.proxy.url()).await;
    bench
        .direct
        .batch_execute("begin; lock table a")
        .await
        .unwrap();
    let cancel = client.cancel_token();
    let waiting = tokio::spawn(async move { client.batch_execute("select * from a").await });
    let blocked = "select count(*) from pg_locks where not granted";
    while bench
        .direct
        .query_one(blocked, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 0
    {}
    cancel.cancel_query(NoTls).await.unwrap();
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");
}
