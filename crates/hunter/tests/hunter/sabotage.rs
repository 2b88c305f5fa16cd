//! Bugs that are planted: the hunter finds each of them, by the rule that it breaks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::check::{Rule, check};
use crate::history::Stopwatch;
use crate::hunt::{Hunt, Plan};
use crate::node::{Node, budget};
use crate::postgres::Server;
use crate::round::Theme;

/// So many attempts are made before it is looked again.
const ATTEMPTS: u64 = 1_000;
/// A bug that is not found within this time is not found.
const LIMIT: Duration = Duration::from_secs(60);

/// Hunts until a rule is broken, with a bug in the engine or its store, or after a change of the
/// tables.
async fn finds(bug: Option<&'static str>, change: &str, rule: Rule) {
    for seed in 1..=budget("QUANDO_HUNTER_SABOTAGES", 1, 10) {
        let server = Server::start(quando_testbed::Options::default()).await;
        server.client().await.batch_execute(change).await.unwrap();
        let nodes = [
            Node::sabotaged(&server.url, bug),
            Node::sabotaged(&server.url, bug),
        ];
        let begin = Stopwatch::start();
        let addresses = nodes.iter().map(|node| node.address).collect();
        let mut plan = Plan::new(seed);
        if rule == Rule::Duplicate {
            // Where there is one place only, a second booking fails for other reasons.
            plan.themes = vec![Theme::Five, Theme::Couple, Theme::Anybody];
        }
        let mut hunt = Hunt::begin(addresses, plan).await;
        let mut enough = 0;
        loop {
            enough += ATTEMPTS;
            hunt.run(move |shared| shared.attempts.load(Ordering::Relaxed) > enough)
                .await;
            let report = check(&hunt.shared.history.so_far(), &server.tables().await);
            let (broken, millis) = (report.broken(rule), begin.elapsed().as_millis());
            if broken > 0 {
                let made = report.counts.attempts;
                let bug = bug.unwrap_or("no constraint");
                say!("{bug}, seed {seed}: {rule:?} after {made} attempts and {millis} ms");
                break;
            }
            assert!(
                begin.elapsed() < LIMIT,
                "seed {seed}, {millis} ms: {report}"
            );
        }
    }
}

/// The index stays, without its constraint.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_without_their_constraint_are_found() {
    let change = "alter table claim drop constraint claim_guard;
        create index on claim using gist (provider_id, resource_id, unit, span)";
    finds(None, change, Rule::Overbooked).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counting_without_locks_is_found() {
    finds(Some("CheckedOutside"), "", Rule::OverLimit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_without_a_check_is_found() {
    finds(Some("ApproveUnguarded"), "", Rule::TooLate).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_in_a_second_transaction_is_found() {
    finds(Some("KeyWrittenLater"), "", Rule::Duplicate).await;
}
