//! The hunter on a SQLite file: several processes, and processes that are killed.

use std::path::Path;
use std::sync::atomic::Ordering;

use chrono::DateTime;
use quando_store_sqlite::{Options, SqliteStore};

use crate::check::check;
use crate::hunt::{Hunt, Plan};
use crate::node::{Node, budget, more_done, served_again};
use crate::round::Random;
use crate::tables::Tables;

/// What is in the file in the end, which is sound.
pub(crate) async fn tables(path: &Path) -> Tables {
    let connection = rusqlite::Connection::open(path).unwrap();
    let sound: String = connection
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    drop(connection);
    let store = SqliteStore::open(Options::new(path), DateTime::UNIX_EPOCH).unwrap();
    Tables::read(&store, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_file() {
    let enough = budget("QUANDO_HUNTER_SQLITE_REQUESTS", 1_500, 15_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quando.db");
    let url = format!("sqlite:{}", path.display());
    let nodes = [Node::start(&url), Node::start(&url)];
    let addresses = nodes.iter().map(|node| node.address).collect();
    let mut hunt = Hunt::begin(addresses, Plan::new(2)).await;
    hunt.run(move |shared| shared.done.load(Ordering::Relaxed) > enough)
        .await;
    drop(nodes);
    let report = check(&hunt.end(), &tables(&path).await);
    say!("two processes on one SQLite file: {report}");
    report.assert_clean();
    assert!(report.counts.colliding_rounds > 20, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_writers_lose_nothing() {
    let kills = budget("QUANDO_HUNTER_SQLITE_KILLS", 200, 1_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quando.db");
    let mut node = Node::start(&format!("sqlite:{}", path.display()));
    let plan = Plan {
        lanes: 2,
        clients: 8,
        ..Plan::new(3)
    };
    let mut hunt = Hunt::begin(vec![node.address], plan).await;
    let (shared, stop) = (hunt.shared.clone(), hunt.stopper());
    let running = tokio::spawn(async move {
        hunt.run(|_| false).await;
        hunt
    });
    let mut random = Random::new(3);
    let mut slowest = 0;
    for _ in 0..kills {
        more_done(&shared, 1 + random.below(12)).await;
        node.kill();
        let killed = shared.stopwatch.micros();
        node.restart();
        shared.moved(0, node.address);
        slowest = slowest.max(served_again(&shared, killed).await);
    }
    stop.store(true, Ordering::SeqCst);
    let hunt = running.await.unwrap();
    drop(node);
    let report = check(&hunt.end(), &tables(&path).await);
    say!("{kills} killed writers of a SQLite file: served again in {slowest} ms; {report}");
    report.assert_clean();
    assert!(slowest < 5_000, "served again only after {slowest} ms");
    assert!(
        report.counts.unknown > 0 && report.counts.replays > 0,
        "{report}"
    );
}
