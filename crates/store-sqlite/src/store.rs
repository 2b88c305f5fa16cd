//! The store: the port, on a database file.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use quando::idempotency::{Judgement, Record, RequestHash, judge};
use quando_engine::Refusal;
use quando_engine::limits::DECISIONS_MAX;
use quando_engine::store::{
    ErrorSource, FeedEntry, Item, List, Projection, Scope, Snapshot, Store, StoreError,
    TransactError, Write, WriteRequest, Written,
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::answer::Answer;
use crate::backup::{BackupError, Existing, Progress};
use crate::check::{Depth, Report};
use crate::database::Database;
use crate::error::SqliteError;
use crate::file::{OpenError, Options};
use crate::list::list;
use crate::load::snapshot;
use crate::migrate::{Migration, Migrations};
use crate::row::{json, json_of, partition_key};
use crate::write::Writing;

/// The migrations of the tables, the oldest first.
pub const MIGRATIONS: Migrations<'static> = Migrations::new(STEPS);

const STEPS: &[Migration] = &[
    Migration {
        version: 1,
        name: "initial",
        up: include_str!("../migrations/0001_initial.up.sql"),
        down: include_str!("../migrations/0001_initial.down.sql"),
    },
    Migration {
        version: 2,
        name: "calendars",
        up: include_str!("../migrations/0002_calendars.up.sql"),
        down: include_str!("../migrations/0002_calendars.down.sql"),
    },
];

/// A store in one file.
#[derive(Debug)]
pub struct SqliteStore {
    database: Database,
    crash: Arc<Crash>,
}

impl SqliteStore {
    /// Opens a file, and makes or updates its tables as the options say.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(options: Options, now: DateTime<Utc>) -> Result<SqliteStore, OpenError> {
        Ok(SqliteStore {
            database: Database::open(options, MIGRATIONS, now)?,
            crash: Arc::default(),
        })
    }

    /// The database, for what is not the engine's: counts of commits, single statements.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Copies the data as it is now into another file, while others write.
    ///
    /// # Errors
    ///
    /// [`BackupError`].
    pub fn backup(
        &self,
        target: &Path,
        existing: Existing,
        progress: impl FnMut(Progress),
    ) -> Result<(), BackupError> {
        self.database.backup(target, existing, progress)
    }

    /// Examines the file.
    pub fn check(&self, depth: Depth) -> Answer<Report, SqliteError> {
        self.database.check(depth)
    }

    /// Lets so many statements of writes pass and the next one fail, as if the process had died
    /// there, or none: for the tests of what is left behind.
    #[doc(hidden)]
    pub fn fail_after(&self, statements: Option<u32>) {
        let left = statements.map_or(-1, i64::from);
        self.crash.left.store(left, Ordering::SeqCst);
    }
}

/// A crash that is planned.
#[derive(Debug)]
pub(crate) struct Crash {
    /// Statements until then; below zero there is none.
    left: AtomicI64,
}

impl Default for Crash {
    fn default() -> Crash {
        Crash {
            left: AtomicI64::new(-1),
        }
    }
}

impl Crash {
    /// Counts a statement.
    pub(crate) fn step(&self) -> Result<(), Failure> {
        if self.left.load(Ordering::Relaxed) < 0 {
            return Ok(());
        }
        if self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            let source: ErrorSource = Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(
                "a crash that was planned",
            ));
            return Err(Failure::Store(StoreError::Failed(source)));
        }
        Ok(())
    }
}

/// Why a job came to nothing.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Something is not as the decision saw it.
    Moved,
    /// The decision was no.
    Transact(TransactError),
    /// The store failed.
    Store(StoreError),
}

impl From<SqliteError> for Failure {
    fn from(error: SqliteError) -> Failure {
        Failure::Store(store_error(&error))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        SqliteError::from(error).into()
    }
}

impl From<Failure> for TransactError {
    fn from(failure: Failure) -> TransactError {
        match failure {
            Failure::Moved => StoreError::Contended {
                attempts: DECISIONS_MAX,
            }
            .into(),
            Failure::Transact(error) => error,
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> StoreError {
        match failure.into() {
            TransactError::Store(error) => error,
            other => {
                let text = other.to_string();
                StoreError::Corrupt { what: text.into() }
            }
        }
    }
}

/// An error of the database as what it means for the caller.
fn store_error(error: &SqliteError) -> StoreError {
    let source: ErrorSource = Arc::new(error.clone());
    match error {
        SqliteError::Busy(_) => StoreError::Unavailable(source),
        SqliteError::DiskFull(_) => StoreError::Full(source),
        SqliteError::ReadOnly(_) => StoreError::ReadOnly(source),
        SqliteError::Corrupt(_) | SqliteError::NotADatabase(_) => StoreError::Corrupt {
            what: error.to_string().into(),
        },
        // As when the process may open no more files for now.
        SqliteError::CannotOpen(_) => StoreError::Unavailable(source),
        SqliteError::Interrupted(_) => StoreError::TimedOut(source),
        SqliteError::Overloaded => StoreError::Overloaded,
        SqliteError::Closed => StoreError::Closed,
        SqliteError::Unknown(_) => StoreError::Unknown(source),
        // The rest does not pass by itself; a file that was moved is not found by asking again.
        _ => StoreError::Failed(source),
    }
}

impl Store for SqliteStore {
    fn read(&self, scope: Scope) -> impl Future<Output = Result<Snapshot, StoreError>> + Send {
        let answer: Answer<Snapshot, Failure> = self
            .database
            .read(move |connection| snapshot(connection, &scope));
        async move { Ok(answer.await?) }
    }

    fn transact<D>(
        &self,
        request: WriteRequest,
        mut decide: D,
    ) -> impl Future<Output = Result<Written, TransactError>> + Send
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        let crash = Arc::clone(&self.crash);
        let answer: Answer<Written, Failure> = self.database.write(move |connection| {
            let writing = Writing {
                connection,
                crash: &crash,
            };
            transact(&writing, &request, &mut decide)
        });
        async move { Ok(answer.await?) }
    }

    fn list(&self, asked: List) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send {
        let answer: Answer<Vec<Item>, Failure> = self
            .database
            .read(move |connection| list(connection, &asked));
        async move { Ok(answer.await?) }
    }

    fn relay<P>(
        &self,
        limit: u32,
        mut project: P,
    ) -> impl Future<Output = Result<Vec<FeedEntry>, StoreError>> + Send
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        let crash = Arc::clone(&self.crash);
        let answer: Answer<Vec<FeedEntry>, Failure> = self.database.write(move |connection| {
            let writing = Writing {
                connection,
                crash: &crash,
            };
            let entries = writing.number(limit)?;
            if !entries.is_empty() {
                let projections = project(&entries);
                projections
                    .iter()
                    .try_for_each(|projection| writing.project(projection))?;
            }
            Ok(entries)
        });
        async move { Ok(answer.await?) }
    }
}

/// The whole of a write, inside the writer's transaction.
fn transact<D>(
    writing: &Writing<'_>,
    request: &WriteRequest,
    decide: &mut D,
) -> Result<Written, Failure>
where
    D: FnMut(&Snapshot) -> Result<Write, Refusal>,
{
    let connection = writing.connection;
    if let Some(written) = replay(connection, request)? {
        return Ok(written);
    }
    for _ in 0..DECISIONS_MAX {
        let seen = snapshot(connection, &request.scope)?;
        let write = decide(&seen).map_err(|refusal| Failure::Transact(refusal.into()))?;
        connection.execute_batch("savepoint attempt")?;
        match writing.all(&write) {
            Ok(()) => connection.execute_batch("release attempt")?,
            Err(Failure::Moved) => {
                connection.execute_batch("rollback to attempt; release attempt")?;
                continue;
            }
            Err(failure) => return Err(failure),
        }
        if let Some(asked) = &request.idempotency {
            let partition = &request.scope.partition;
            writing.key(partition, asked, (&write.reply, request.now.timestamp()))?;
        }
        return Ok(Written {
            reply: write.reply,
            replayed: false,
        });
    }
    Err(Failure::Moved)
}

/// The stored reply of a request that was made before.
fn replay(connection: &Connection, request: &WriteRequest) -> Result<Option<Written>, Failure> {
    let Some(asked) = &request.idempotency else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "select hash, reply from idempotency
        where partition = ? and principal = ? and route = ? and key = ?",
    )?;
    let key = params![
        partition_key(&request.scope.partition),
        asked.principal,
        asked.route,
        asked.key.as_str(),
    ];
    let found: Option<(String, Vec<u8>)> = statement
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((hash, reply)) = found else {
        return Ok(None);
    };
    let hash: RequestHash = json_of(&json(&hash))?;
    let record = Record {
        hash,
        answered: true,
    };
    match judge(Some(&record), asked.hash) {
        Ok(Judgement::Replay) => Ok(Some(Written {
            reply: reply.into(),
            replayed: true,
        })),
        Ok(Judgement::New) => Ok(None),
        Err(error) => Err(Failure::Transact(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn what_passes_by_itself_may_be_asked_again() {
        let driver = || Arc::new(rusqlite::Error::QueryReturnedNoRows);
        let rows = [
            (SqliteError::Busy(driver()), "store-unavailable", true),
            (SqliteError::CannotOpen(driver()), "store-unavailable", true),
            (SqliteError::Io(driver()), "store-failed", false),
            (SqliteError::Moved, "store-failed", false),
            (SqliteError::DiskFull(driver()), "store-full", true),
            (SqliteError::ReadOnly(driver()), "store-read-only", false),
            (SqliteError::Unknown(None), "store-unknown", true),
        ];
        for (error, code, again) in rows {
            let found = store_error(&error);
            assert_eq!((found.code(), found.is_transient()), (code, again));
        }
    }

    #[test]
    fn each_file_of_the_folder_is_a_migration() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let files: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        let named = STEPS.iter().flat_map(|step| {
            let Migration { version, name, .. } = step;
            ["up", "down"].map(|way| format!("{version:04}_{name}.{way}.sql"))
        });
        assert_eq!(files, named.collect());
    }
}
