//! The hunter on PostgreSQL: two nodes, one database.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use quando_engine::store::{FeedEntry, Store};
use quando_store_postgres::{Options, PostgresStore};
use quando_testbed::Cluster;
use tokio_postgres::{Client, NoTls};

use crate::check::{Report, check};
use crate::client::PATIENCE;
use crate::history::{Asked, Stopwatch};
use crate::hunt::{Hunt, Plan};
use crate::node::{Node, budget};
use crate::tables::Tables;

/// The place of each subject's version.
type Order = HashMap<(String, u64), usize>;

/// A database with our tables, on a server of its own that keeps the time of each commit.
pub(crate) struct Server {
    pub(crate) cluster: Cluster,
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start(options: quando_testbed::Options) -> Server {
        // Whoever waits at all is looked at soon, so that no circle of locks resolves unseen.
        let options = options
            .with("track_commit_timestamp", "on")
            .with("deadlock_timeout", "20ms")
            .with("log_statement", "all")
            .with("log_parameter_max_length", "400");
        let cluster = Cluster::start(options).unwrap();
        let url = cluster.create_database("hunt").unwrap();
        let server = Server { cluster, url };
        PostgresStore::migrate_and_connect(&server.options())
            .await
            .unwrap();
        server
    }

    fn options(&self) -> Options {
        let mut options = Options::new(self.url.as_str());
        options.allow_unsafe_durability = true;
        options
    }

    pub(crate) async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Waits until the server takes connections again.
    pub(crate) async fn answers(&self) {
        let begin = Stopwatch::start();
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        while tokio_postgres::connect(&self.url, NoTls).await.is_err() {
            assert!(begin.elapsed() < PATIENCE, "the server does not come back");
            ticks.tick().await;
        }
    }

    /// Judges a run. The log is judged in the order of commits, and again in that in which the feed
    /// tells of them; nobody else may have relayed anything.
    pub(crate) async fn judge(&self, asked: &[Asked]) -> Report {
        let mut report = check(asked, &self.tables().await);
        let store = PostgresStore::connect(&self.options()).await.unwrap();
        let places = relay_all(&store).await;
        let told = Tables::read(&store, Some(places)).await;
        report.violations.extend(check(asked, &told).violations);
        report
    }

    /// Everything, in the order of commits.
    pub(crate) async fn tables(&self) -> Tables {
        let store = PostgresStore::connect(&self.options()).await.unwrap();
        let order = "select subject, version from journal
            order by pg_xact_commit_timestamp(xmin), version";
        let rows = self.client().await.query(order, &[]).await.unwrap();
        let places: Order = rows
            .iter()
            .enumerate()
            .map(|(place, row)| {
                let version: i64 = row.get(1);
                ((row.get(0), u64::try_from(version).unwrap()), place)
            })
            .collect();
        Tables::read(&store, Some(places)).await
    }

    /// How often somebody waited in a circle, as the server's log says.
    pub(crate) fn deadlocks(&self) -> usize {
        let log = std::fs::read_to_string(self.cluster.folder().join("log")).unwrap();
        log.matches("deadlock detected").count()
    }
}

/// Relays everything: each change once, without a gap, each subject's in its order. Gives the
/// places.
async fn relay_all(store: &PostgresStore) -> Order {
    let mut feed: Vec<FeedEntry> = Vec::new();
    loop {
        let entries = store.relay(500, |_| Vec::new()).await.unwrap();
        if entries.is_empty() {
            break;
        }
        feed.extend(entries);
    }
    let mut versions: HashMap<Box<str>, u64> = HashMap::new();
    for (place, each) in (1..).zip(&feed) {
        assert_eq!(each.position, place);
        let last = versions
            .entry(format!("{:?}/{}", each.entry.partition, each.entry.subject).into())
            .or_default();
        *last += 1;
        assert_eq!(each.entry.version, *last, "{each:?}");
    }
    let subjects = feed.into_iter().enumerate();
    subjects
        .map(|(place, each)| ((each.entry.subject.into(), each.entry.version), place))
        .collect()
}

/// Two nodes and many clients, until so many attempts were made.
async fn hunt(server: &Server, plan: Plan, attempts: u64) -> Report {
    let nodes = [Node::start(&server.url), Node::start(&server.url)];
    let addresses = nodes.iter().map(|node| node.address).collect();
    let mut hunt = Hunt::begin(addresses, plan).await;
    hunt.run(move |shared| shared.attempts.load(Ordering::Relaxed) > attempts)
        .await;
    let asked = hunt.end();
    drop(nodes);
    server.judge(&asked).await
}

/// `QUANDO_HUNTER_ATTEMPTS` sets how many attempts are made, `QUANDO_HUNTER_SEED` which ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_booked_twice() {
    let attempts = budget("QUANDO_HUNTER_ATTEMPTS", 10_000, 60_000);
    let server = Server::start(quando_testbed::Options::default()).await;
    let seed = budget("QUANDO_HUNTER_SEED", 1, 1);
    let report = hunt(&server, Plan::new(seed), attempts).await;
    say!("two nodes on PostgreSQL, seed {seed}: {report}");
    report.assert_clean();
    assert_eq!(server.deadlocks(), 0, "{report}");
    let counts = &report.counts;
    let wanted = usize::try_from(attempts).unwrap();
    assert!(counts.attempts >= wanted, "{report}");
    assert!(counts.colliding_rounds >= wanted / 50, "{report}");
    let share = 100 * counts.taken / counts.attempts;
    assert!((30..=95).contains(&share), "{share} % were refused");
    assert_eq!(counts.done.len(), 6, "{report}");
    assert!(
        counts.done.values().all(|count| *count > wanted / 1_000),
        "{report}"
    );
    assert!(counts.replays > wanted / 200, "{report}");
    for code in ["version-conflict", "hold-quota", "hold-expired"] {
        assert!(counts.by_code.contains_key(code), "{report}");
    }
}
