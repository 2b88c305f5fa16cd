//! Processes, servers and connections that go away at the worst moment, on a server that keeps what
//! it has confirmed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use quando_testbed::Proxy;
use quando_testbed::proxy::{Counters, Cut, Plan as Cuts};
use tokio::task::JoinHandle;

use crate::check::Report;
use crate::client::Shared;
use crate::hunt::{Hunt, Plan};
use crate::node::{Node, budget, more_done, served_again, until};
use crate::postgres::Server;
use crate::round::Random;

/// How long anything may take until requests are done again, in milliseconds.
const SERVES_AGAIN: u64 = 5_000;

/// A hunt that goes on beside its faults.
struct Running {
    shared: Arc<Shared>,
    stop: Arc<std::sync::atomic::AtomicBool>,
    task: JoinHandle<Hunt>,
}

impl Running {
    async fn begin(nodes: &[Node], seed: u64) -> Running {
        let plan = Plan {
            lanes: 2,
            clients: 12,
            ..Plan::new(seed)
        };
        let addresses = nodes.iter().map(|node| node.address).collect();
        let mut hunt = Hunt::begin(addresses, plan).await;
        let (shared, stop) = (Arc::clone(&hunt.shared), hunt.stopper());
        let task = tokio::spawn(async move {
            hunt.run(|_| false).await;
            hunt
        });
        Running { shared, stop, task }
    }

    async fn end(self, nodes: Vec<Node>, server: &Server) -> Report {
        self.stop.store(true, Ordering::SeqCst);
        let asked = self.task.await.unwrap().end();
        drop(nodes);
        let report = server.judge(&asked).await;
        report.assert_clean();
        // A move that leaves one unit for another may meet a request for both that was decided long
        // before, as on a node that has just started. The server ends that, and it is decided again.
        say!("deadlocks: {}", server.deadlocks());
        report
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_nodes_lose_nothing() {
    let kills = budget("QUANDO_HUNTER_NODE_KILLS", 20, 200);
    let server = Server::start(quando_testbed::Options::durable()).await;
    let mut nodes = vec![Node::start(&server.url), Node::start(&server.url)];
    let running = Running::begin(&nodes, 11).await;
    let mut random = Random::new(11);
    let mut slowest = 0;
    for kill in 0..kills {
        more_done(&running.shared, 1 + random.below(30)).await;
        // One of them, or both.
        let both = random.below(4) == 0;
        let first = usize::try_from(kill % 2).unwrap();
        let killed = if both { vec![0, 1] } else { vec![first] };
        for node in &killed {
            nodes[*node].kill();
        }
        let fault = running.shared.stopwatch.micros();
        for node in killed {
            nodes[node].restart();
            running.shared.moved(node, nodes[node].address);
        }
        slowest = slowest.max(served_again(&running.shared, fault).await);
    }
    let report = running.end(nodes, &server).await;
    say!("{kills} kills of nodes: served again in {slowest} ms; {report}");
    assert!(slowest < SERVES_AGAIN, "{slowest} ms");
    assert!(report.counts.unknown > 0, "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_database_loses_nothing() {
    let kills = budget("QUANDO_HUNTER_DATABASE_KILLS", 4, 40);
    let mut server = Server::start(quando_testbed::Options::durable()).await;
    let nodes = vec![Node::start(&server.url), Node::start(&server.url)];
    let running = Running::begin(&nodes, 12).await;
    let mut random = Random::new(12);
    let mut slowest = 0;
    for kill in 0..kills {
        more_done(&running.shared, 20 + random.below(100)).await;
        if kill % 2 == 0 {
            server.cluster.kill_backend().unwrap();
        } else {
            server.cluster.kill().unwrap();
            server.cluster.restart().unwrap();
        }
        // How long the server itself recovers is up to its disk.
        server.answers().await;
        let fault = running.shared.stopwatch.micros();
        slowest = slowest.max(served_again(&running.shared, fault).await);
    }
    let report = running.end(nodes, &server).await;
    say!("{kills} kills of backends and servers: served again in {slowest} ms; {report}");
    assert!(slowest < SERVES_AGAIN, "{slowest} ms");
    assert!(
        report.counts.unknown + report.counts.unavailable > 0,
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_at_commit_lose_nothing() {
    let cuts = budget("QUANDO_HUNTER_CUTS", 40, 500);
    let server = Server::start(quando_testbed::Options::durable()).await;
    let proxy = Proxy::start(&server.url).await.unwrap();
    let nodes = vec![Node::start(proxy.url()), Node::start(proxy.url())];
    let running = Running::begin(&nodes, 13).await;
    // New bookings are mostly one statement, which commits by itself; all else ends in a COMMIT.
    let kinds = [
        Cut::BeforeCommit,
        Cut::AfterCommit,
        Cut::BeforeSync,
        Cut::AfterSync,
    ];
    for (cut, seed) in kinds.into_iter().zip(13..) {
        proxy.plan(Cuts::chance(cut, 60, seed));
    }
    for fewest in (0..=cuts).step_by(20) {
        until(&running.shared, || rarest(&proxy.counters()) >= fewest).await;
    }
    proxy.heal();
    let fault = running.shared.stopwatch.micros();
    let again = served_again(&running.shared, fault).await;
    let counters = proxy.counters();
    let report = running.end(nodes, &server).await;
    say!("{counters:?}: served again in {again} ms; {report}");
    assert!(again < SERVES_AGAIN, "{again} ms");
    let wanted = usize::try_from(cuts).unwrap();
    assert!(report.counts.unknown >= 2 * wanted, "{report}");
    assert!(report.counts.replays >= wanted, "{report}");
}

/// How many cuts there were of the kind that there were fewest of.
fn rarest(counters: &Counters) -> u64 {
    let commit = counters.cut_before_commit.min(counters.cut_after_commit);
    let sync = counters.cut_before_sync.min(counters.cut_after_sync);
    commit.min(sync)
}
