//! A node of the hunter: an engine on a store, in a process that can be killed.
//!
//! `quando-hunter-node <url> [<bug>]` opens the store at `sqlite:<path>` (with `#<pages>` for a
//! greatest size) or `postgres://…`, says `ready <address>` and serves until its input ends, which
//! it does at the latest when whoever started it is gone. `--help` says how to hunt.

use std::error::Error;
use std::io::{Read, Write};
use std::process::ExitCode;

use chrono::DateTime;
use quando_engine::Engine;
use quando_engine::store::Store;
use quando_hunter::node::{serve, settings};
use quando_store_postgres::PostgresStore;
use quando_store_sqlite::{Options, SqliteStore};
use tokio::net::TcpListener;

const HELP: &str = "\
quando-hunter-node <url> [<bug>]

Serves an engine on a store, for the hunter, until its input ends.

  <url>   sqlite:<path>, sqlite:<path>#<pages at most>, or postgres://...
  <bug>   CheckedOutside, ApproveUnguarded or KeyWrittenLater; with the feature `sabotage`

The hunter itself is the test program of this crate:

  cargo nextest run -p quando-hunter --all-features --success-output final

How much it does is set by variables; all of them have defaults:

  QUANDO_HUNTER_FULL=1            as much as before a release       usual     full
  QUANDO_HUNTER_ATTEMPTS          attempts on PostgreSQL            10000    60000
  QUANDO_HUNTER_SEED              which attempts                        1        1
  QUANDO_HUNTER_SABOTAGES         runs with each planted bug            1       10
  QUANDO_HUNTER_NODE_KILLS        kills of nodes                       20      200
  QUANDO_HUNTER_DATABASE_KILLS    kills of PostgreSQL                   4       40
  QUANDO_HUNTER_CUTS              cuts of each of four kinds           40      500
  QUANDO_HUNTER_SQLITE_REQUESTS   requests to two processes          1500    15000
  QUANDO_HUNTER_SQLITE_KILLS      killed writers of a file            200     1000";

fn main() -> ExitCode {
    // Nobody reads what a node says of its end but the person who looks for the reason.
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("which store?")?;
    if url == "--help" {
        writeln!(std::io::stdout(), "{HELP}")?;
        return Ok(());
    }
    if let Some(bug) = arguments.next() {
        plant(&bug)?;
    }
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let (path, pages) = path.split_once('#').unwrap_or((path, ""));
                let mut options = Options::new(path);
                options.pages_max = pages.parse().ok();
                let store = SqliteStore::open(options, DateTime::UNIX_EPOCH)?;
                listen(store).await
            }
            None => {
                let mut options = quando_store_postgres::Options::new(url);
                // Tests of crashes have a server that loses nothing; all others need not wait.
                options.allow_unsafe_durability = true;
                options.max_connections = 12;
                listen(PostgresStore::connect(&options).await?).await
            }
        }
    })
}

#[cfg(feature = "sabotage")]
fn plant(name: &str) -> Result<(), Box<dyn Error>> {
    use quando_engine::sabotage::{Bug, plant};
    let bug = Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name);
    plant(bug.ok_or("there is no such bug")?);
    Ok(())
}

#[cfg(not(feature = "sabotage"))]
fn plant(_name: &str) -> Result<(), Box<dyn Error>> {
    Err("this node was built without bugs".into())
}

async fn listen<S: Store>(store: S) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let mut out = std::io::stdout();
    writeln!(out, "ready {}", listener.local_addr()?)?;
    out.flush()?;
    serve(listener, Engine::new(store, settings())).await;
    Ok(())
}
