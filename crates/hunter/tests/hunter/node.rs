//! Engines in processes of their own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::client::{PATIENCE, Shared};

/// A node. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    url: String,
    bug: Option<&'static str>,
    pub(crate) address: SocketAddr,
}

impl Node {
    pub(crate) fn start(url: &str) -> Node {
        Node::sabotaged(url, None)
    }

    /// With a bug that is planted.
    pub(crate) fn sabotaged(url: &str, bug: Option<&'static str>) -> Node {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quando-hunter-node"))
            .arg(url)
            .args(bug)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("ready ");
        let address = address.unwrap_or_else(|| panic!("the node said `{line}`"));
        Node {
            child,
            url: url.to_owned(),
            bug,
            address: address.parse().unwrap(),
        }
    }

    /// Kills it, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again after it was killed, at another address.
    pub(crate) fn restart(&mut self) {
        *self = Node::sabotaged(&self.url, self.bug);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until so many more requests were done.
pub(crate) async fn more_done(shared: &Arc<Shared>, count: u64) {
    let enough = shared.done_count() + count;
    until(shared, || shared.done_count() >= enough).await;
}

/// Waits for the first request that is done after a fault, and gives how long that took, in
/// milliseconds.
pub(crate) async fn served_again(shared: &Arc<Shared>, fault: u64) -> u64 {
    let done_at = || shared.done_at.load(Ordering::Relaxed);
    until(shared, || done_at() > fault).await;
    (done_at() - fault) / 1_000
}

/// Waits for what has to come in the end.
pub(crate) async fn until(shared: &Arc<Shared>, condition: impl Fn() -> bool) {
    let begin = shared.stopwatch.elapsed();
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    while !condition() {
        let waited = shared.stopwatch.elapsed() - begin;
        assert!(waited < PATIENCE, "stuck with {}", shared.unanswered());
        ticks.tick().await;
    }
}

/// How much is done: what the variable says, or what is usual, or, with `QUANDO_HUNTER_FULL` set,
/// what is done before a release.
pub(crate) fn budget(variable: &str, usual: u64, full: u64) -> u64 {
    let is_full = std::env::var_os("QUANDO_HUNTER_FULL").is_some();
    let default = if is_full { full } else { usual };
    let given = std::env::var_os(variable);
    given.map_or(default, |text| text.to_str().unwrap().parse().unwrap())
}
