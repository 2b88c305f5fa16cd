//! A cluster of its own, as durable as in production, and the bare insert that a booking is
//! measured against.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quando_engine::{Clock, SystemClock};
use quando_store_postgres::PostgresStore;
use quando_testbed::{Cluster, Options};
use tokio_postgres::{Client, NoTls, Statement};

use crate::measure::{Outcome, Work};
use crate::report::say;
use crate::settings::Settings;
use crate::shop::{random, timely};

/// What a server of this size is usually set to; everything else as it comes.
const SETTINGS: [(&str, &str); 7] = [
    ("shared_buffers", "2GB"),
    ("effective_cache_size", "8GB"),
    ("work_mem", "32MB"),
    ("maintenance_work_mem", "1GB"),
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "30min"),
    ("random_page_cost", "1.1"),
];

#[derive(Debug)]
pub(crate) struct Server {
    /// Ends with us.
    _cluster: Cluster,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start() -> Server {
        let mut options = Options::durable()
            .with("shared_preload_libraries", "pg_stat_statements")
            .with("pg_stat_statements.track_planning", "on");
        for (name, value) in SETTINGS {
            options = options.with(name, value);
        }
        let cluster = Cluster::start(options).expect("PostgreSQL can be started");
        let url = cluster
            .create_database("bench")
            .expect("a database can be created");
        let settings = SETTINGS.map(|(name, value)| format!("{name} {value}"));
        say(format_args!(
            "- settings of the server: {}",
            settings.join(", ")
        ));
        Server {
            _cluster: cluster,
            url,
        }
    }

    pub(crate) async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls)
            .await
            .expect("the server answers");
        // Its end is the client's error, which is where it is seen.
        tokio::spawn(connection);
        client
    }

    /// Inserts of one plain row each, into a table with a primary key and nothing else: the least
    /// that keeps anything. A connection for each client.
    pub(crate) async fn plain_inserts(&self, clients: usize) -> Work {
        let mut connections = Vec::new();
        for _ in 0..clients {
            let client = self.connect().await;
            client.batch_execute(PLAIN).await.expect("a table");
            let insert = client.prepare(INSERT).await.expect("a statement");
            connections.push((client, insert));
        }
        let connections = Arc::new(connections);
        Work::task(move |client| {
            let connections = Arc::clone(&connections);
            async move {
                let (client, insert) = &connections[client];
                insert_one(client, insert).await
            }
        })
    }
}

async fn insert_one(client: &Client, insert: &Statement) -> Outcome {
    let start: DateTime<Utc> = SystemClock.now();
    let end = start + TimeDelta::minutes(30);
    let answer = client
        .execute(insert, &[&timely(), &random(), &start, &end])
        .await;
    answer.map_or_else(
        |error| Outcome::Failed(error.to_string()),
        |_| Outcome::Done,
    )
}

const PLAIN: &str = "
create table if not exists plain (
    id uuid primary key, customer uuid not null,
    starts_at timestamptz not null, ends_at timestamptz not null
)";

const INSERT: &str = "insert into plain values ($1, $2, $3, $4)";

/// A store over the database, with a connection for each client, that commits each booking by itself
/// or those together that come together.
pub(crate) async fn open(url: &str, group_commit: bool, settings: &Settings) -> PostgresStore {
    let mut options = quando_store_postgres::Options::new(url);
    options.max_connections = settings
        .clients
        .iter()
        .copied()
        .max()
        .unwrap_or(1)
        .min(options.max_connections);
    options.group_commit = group_commit;
    let store = PostgresStore::migrate_and_connect(&options).await;
    store.expect("the store is opened")
}
