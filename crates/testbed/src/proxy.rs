//! A proxy between a client and PostgreSQL that loses connections at chosen moments, so that tests
//! see what a client sees when the network fails it: above all a commit whose answer never comes.
//!
//! It speaks the wire protocol over TCP, without TLS. It reads along far enough to know what is in
//! each *group* of messages, which is a simple query, or everything up to a `Sync`. A group is sent
//! on when it is whole (or when the client asks for a `Flush`), so that a group that is cut before
//! it is sent has never reached the server.

mod connection;
mod frontend;
mod plan;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub use plan::{Cut, Plan};

use crate::{TestbedError, url};

/// What a proxy has seen and done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections that were let through.
    pub connections: u64,
    /// Connections that were refused.
    pub refused: u64,
    /// Groups with a `COMMIT` in them, cut or not.
    pub commits: u64,
    /// Groups that write without a transaction around them, cut or not.
    pub writes: u64,
    /// Cuts by [`Cut::BeforeCommit`].
    pub cut_before_commit: u64,
    /// Cuts by [`Cut::AfterCommit`].
    pub cut_after_commit: u64,
    /// Cuts by [`Cut::BeforeSync`].
    pub cut_before_sync: u64,
    /// Cuts by [`Cut::AfterSync`].
    pub cut_after_sync: u64,
    /// Messages of the server that were held back for a while.
    pub delayed: u64,
}

/// A running proxy. Dropped, it closes all of its connections.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    url: String,
    accepting: JoinHandle<()>,
}

/// What all connections of a proxy share.
#[derive(Debug)]
struct Shared {
    upstream: String,
    state: Mutex<State>,
    down: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    plans: Vec<Plan>,
    delay: Duration,
    counters: Counters,
}

impl Proxy {
    /// Starts a proxy before the server of the URL, on a free port of the loopback address. It runs
    /// on the caller's runtime.
    ///
    /// # Errors
    ///
    /// [`TestbedError::UrlMalformed`] for a server that TCP does not reach, and what the system
    /// refuses.
    pub async fn start(database_url: &str) -> Result<Proxy, TestbedError> {
        let upstream = url::address(database_url)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.map_err(TestbedError::io("listening as a proxy"))?;
        let address = listener
            .local_addr()
            .map_err(TestbedError::io("listening as a proxy"))?;
        let url = url::with_address(database_url, &address.to_string())?;
        let (down, _) = watch::channel(false);
        let shared = Arc::new(Shared {
            upstream,
            state: Mutex::default(),
            down,
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Proxy {
            shared,
            url,
            accepting,
        })
    }

    /// The URL of the same database through this proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts according to the plan from now on. Of several plans the first that wants to cut does.
    pub fn plan(&self, plan: Plan) {
        self.shared.state().plans.push(plan);
    }

    /// Holds each message of the server back for this long, for connections that are open too.
    pub fn delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Is down from now on: closes all connections, and each new one as soon as it is made.
    pub fn refuse(&self) {
        self.shared.down.send_replace(true);
    }

    /// Ends all faults: is up again, without plans and delays. The counters stay.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.plans.clear();
        state.delay = Duration::ZERO;
        drop(state);
        self.shared.down.send_replace(false);
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.shared.state().counters
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections are tasks of that task, and end with it.
        self.accepting.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    // An error here means that there will be no more connections, which clients notice.
    while let Ok((client, _)) = listener.accept().await {
        if *shared.down.borrow() {
            shared.state().counters.refused += 1;
            continue;
        }
        shared.state().counters.connections += 1;
        connections.spawn(connection::serve(client, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
}
