//! The store that a command works on: a file of SQLite or a database of PostgreSQL.

mod any;
mod keys;
pub(crate) mod postgres;
mod request;
mod wait;

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use quando_engine::{Clock, Engine, Settings, SystemClock, SystemEntropy};
use quando_store_postgres::is_url;
use quando_store_sqlite::{Missing, Options, SqliteStore};
use tokio::runtime::Runtime;

pub(crate) use any::AnyStore;
pub(crate) use keys::{KEYS_VARIABLE, beside as keys_beside, new_keys};
pub(crate) use request::RequestArgs;
pub(crate) use wait::block_on;

use crate::input::{Instant, Problem};
use crate::output::Failure;

/// Which store.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// Where everything is kept: a file of SQLite (FILE or sqlite:FILE), or postgres://...
    #[arg(
        long,
        value_name = "STORE",
        env = "QUANDO_STORE",
        default_value = "quando.db",
        hide_env_values = true,
        help_heading = "Store",
        global = true
    )]
    store: Target,
    /// Print tables and sentences for people in place of JSON
    #[arg(long, global = true, help_heading = "Store")]
    pub(crate) human: bool,
    /// Act as if it were this instant: to try things out, never in service
    #[arg(
        long,
        value_name = "INSTANT",
        env = "QUANDO_NOW",
        hide_env_values = true,
        help_heading = "Store",
        global = true
    )]
    now: Option<Instant>,
    /// Use a PostgreSQL server that may lose what it has confirmed: for tests only
    #[arg(long, global = true, help_heading = "Store")]
    allow_unsafe_durability: bool,
}

/// What `--store` names.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Sqlite(PathBuf),
    /// The whole URL, which may have a password in it.
    Postgres(String),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if !is_url(text) {
                return Err("expected a URL such as `postgres://user@host/database`".to_owned());
            }
            return Ok(Target::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err("expected a FILE, `sqlite:FILE` or `postgres://...`".to_owned());
        }
        Ok(Target::Sqlite(path.into()))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Target::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

/// An engine over the store, and what drives it.
pub(crate) struct Session {
    pub(crate) engine: Engine<AnyStore>,
    pub(crate) human: bool,
    /// What waits for PostgreSQL; SQLite needs none.
    runtime: Option<Runtime>,
}

impl Session {
    /// Waits for the answer of a use case.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(future),
            None => block_on(future),
        }
    }
}

impl StoreArgs {
    /// Opens a store that is there already.
    pub(crate) fn open(&self) -> Result<Session, Failure> {
        self.session(Missing::Refuse)
    }

    /// Opens a store, and makes a file that is not there: for commands that fill it.
    pub(crate) fn open_or_create(&self) -> Result<Session, Failure> {
        self.session(Missing::Create)
    }

    /// Opens a store if it is there.
    pub(crate) fn open_if_there(&self) -> Result<Option<Session>, Failure> {
        match &self.store {
            Target::Sqlite(path) if !path.exists() => Ok(None),
            _ => self.open().map(Some),
        }
    }

    /// What it names.
    pub(crate) fn target(&self) -> &Target {
        &self.store
    }

    /// The file, for what is done to files alone.
    pub(crate) fn file(&self, what: &str) -> Result<&Path, Failure> {
        match &self.store {
            Target::Sqlite(path) => Ok(path),
            Target::Postgres(_) => Err(Failure::Usage(format!("--store: {what}"))),
        }
    }

    /// The instant of the command.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.now {
            Some(Instant(now)) => now,
            None => SystemClock.now(),
        }
    }

    /// Options of the file.
    pub(crate) fn options(path: &Path, missing: Missing) -> Options {
        let mut options = Options::new(path);
        options.missing = missing;
        options
    }

    /// Makes the keys of a file that is about to be made.
    pub(crate) fn prepare(&self, path: &Path) -> Result<(), Failure> {
        keys::of_file(path, self.now()).map(drop)
    }

    fn session(&self, missing: Missing) -> Result<Session, Failure> {
        let (store, keys, runtime) = match &self.store {
            Target::Sqlite(path) => {
                if missing == Missing::Refuse {
                    is_there(path)?;
                }
                let keys = keys::of_file(path, self.now())?;
                let options = StoreArgs::options(path, missing);
                let store = SqliteStore::open(options, self.now());
                let store = store.map_err(|error| Failure::of(error.code(), &error))?;
                (AnyStore::Sqlite(store), keys, None)
            }
            Target::Postgres(url) => {
                let keys = keys::of_server()?;
                let runtime = postgres::runtime()?;
                let store = postgres::connect(&runtime, &self.server_options(url))?;
                (AnyStore::Postgres(store), keys, Some(runtime))
            }
        };
        let settings = Settings {
            clock: self.clock(),
            entropy: Box::new(SystemEntropy),
            keys,
        };
        Ok(Session {
            engine: Engine::new(store, settings),
            human: self.human,
            runtime,
        })
    }

    /// Options of a server.
    pub(crate) fn server_options(&self, url: &str) -> quando_store_postgres::Options {
        postgres::options(url, self.allow_unsafe_durability)
    }

    /// That the master keys of a server are there.
    pub(crate) fn has_server_keys(&self) -> Result<(), Failure> {
        keys::of_server().map(drop)
    }

    /// Whether a server may lose what it has confirmed.
    pub(crate) fn allows_unsafe_durability(&self) -> bool {
        self.allow_unsafe_durability
    }

    /// An engine over nothing, for what is only tried out.
    pub(crate) fn rehearsal(&self) -> Result<Engine<AnyStore>, Failure> {
        let keys = new_keys(self.now());
        let settings = Settings {
            clock: self.clock(),
            entropy: Box::new(SystemEntropy),
            keys: keys::parse(&keys)?,
        };
        Ok(Engine::new(AnyStore::Memory(Default::default()), settings))
    }

    fn clock(&self) -> Box<dyn Clock> {
        match self.now {
            Some(Instant(now)) => Box::new(Fixed(now)),
            None => Box::new(SystemClock),
        }
    }
}

/// An engine of a server over a store, which is made if it is a file that is not there.
pub(crate) fn engine_of(
    target: &Target,
    runtime: &Runtime,
    clock: Box<dyn Clock>,
) -> Result<Engine<AnyStore>, Failure> {
    let now = clock.now();
    let (store, keys) = match target {
        Target::Sqlite(path) => {
            let keys = keys::of_file(path, now)?;
            let store = SqliteStore::open(StoreArgs::options(path, Missing::Create), now);
            let store = store.map_err(|error| Failure::of(error.code(), &error))?;
            (AnyStore::Sqlite(store), keys)
        }
        Target::Postgres(url) => {
            let keys = keys::of_server()?;
            let store = postgres::connect(runtime, &postgres::options(url, false))?;
            (AnyStore::Postgres(store), keys)
        }
    };
    let settings = Settings {
        clock,
        entropy: Box::new(SystemEntropy),
        keys,
    };
    Ok(Engine::new(store, settings))
}

/// That there is a file.
pub(crate) fn is_there(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        return Ok(());
    }
    let message = format!(
        "there is no file `{}`; `quando provider add` and `quando import` make one",
        path.display()
    );
    let problem = Problem::new("store-missing", message);
    Err(Failure::Declined(Box::new(problem)))
}

/// An instant that somebody chose.
#[derive(Debug)]
struct Fixed(DateTime<Utc>);

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
