//! The tables, as numbered steps that can be taken and taken back.
//!
//! Each step is a pair of files, `migrations/0001_name.up.sql` and `.down.sql`, and runs in a
//! transaction of its own under the writers' lock, in which it is also written down: of several
//! processes one takes it, and a process that dies leaves all of it or nothing.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::error::SqliteError;
use crate::file::begin_immediate;

/// How long one process waits for the migration of another.
const MIGRATION_TIMEOUT: Duration = Duration::from_secs(60);

const SCHEMA_VERSION: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT";

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its number; the first is 1, and none is left out.
    pub version: u32,
    /// Its name, in snake case.
    pub name: &'static str,
    /// The statements that take the step, without `BEGIN` and `COMMIT`.
    pub up: &'static str,
    /// The statements that take it back.
    pub down: &'static str,
}

impl Migration {
    /// The SHA-256 hash of both texts, in lower-case hexadecimal digits.
    pub fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.up);
        hash.update([0]);
        hash.update(self.down);
        let mut text = String::with_capacity(64);
        for byte in hash.finalize() {
            write!(text, "{byte:02x}").expect("writing to a string does not fail");
        }
        text
    }
}

/// All steps that this program knows, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrations<'a>(&'a [Migration]);

/// A step, and when it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its number.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// The instant, as RFC 3339 in UTC; none when it has not been taken.
    pub applied_at: Option<String>,
}

/// Why the tables are not as they should be. They are as they were before the step that failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// A newer program has been at work.
    #[error("the tables have version {found}, and this program knows {known}")]
    NewerSchema {
        /// The version of the file.
        found: u32,
        /// The latest that this program knows.
        known: u32,
    },
    /// The tables are older, and were not to be changed.
    #[error("the tables have version {found}, and this program needs {known}")]
    OlderSchema {
        /// The version of the file.
        found: u32,
        /// What this program needs.
        known: u32,
    },
    /// A step that was taken had another text, or steps before it are missing.
    #[error("migration {version} is not the one that was applied")]
    Changed {
        /// The number of the step.
        version: u32,
    },
    /// There is no such step.
    #[error("there is no migration {version}")]
    UnknownVersion {
        /// The number that was asked for.
        version: u32,
    },
    /// After the step, rows name others that do not exist.
    #[error("migration {version} leaves rows in `{table}` that name others which do not exist")]
    ForeignKeys {
        /// The number of the step.
        version: u32,
        /// The first such table.
        table: String,
    },
    /// The statements of a step failed.
    #[error("migration {version} failed")]
    Step {
        /// The number of the step.
        version: u32,
        /// What the database says.
        source: SqliteError,
    },
    /// The database says no.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
}

impl MigrateError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            MigrateError::NewerSchema { .. } => "sqlite-newer-schema",
            MigrateError::OlderSchema { .. } => "sqlite-older-schema",
            MigrateError::Changed { .. } => "sqlite-migration-changed",
            MigrateError::UnknownVersion { .. } => "sqlite-migration-unknown",
            MigrateError::ForeignKeys { .. } => "sqlite-migration-foreign-keys",
            MigrateError::Step { .. } => "sqlite-migration-failed",
            MigrateError::Sqlite(error) => error.code(),
        }
    }
}

impl From<rusqlite::Error> for MigrateError {
    fn from(error: rusqlite::Error) -> MigrateError {
        MigrateError::Sqlite(error.into())
    }
}

impl<'a> Migrations<'a> {
    /// Takes a list of steps.
    ///
    /// # Panics
    ///
    /// When they are not numbered 1, 2, 3 and so on.
    pub const fn new(steps: &'a [Migration]) -> Migrations<'a> {
        let mut place = 0;
        let mut version = 1;
        while place < steps.len() {
            assert!(steps[place].version == version, "steps are numbered from 1");
            place += 1;
            version += 1;
        }
        Migrations(steps)
    }

    /// The number of the last step; 0 when there is none.
    pub fn latest(self) -> u32 {
        self.0.last().map_or(0, |step| step.version)
    }

    /// Takes all steps up to one, or to the last, that have not been taken.
    ///
    /// # Errors
    ///
    /// [`MigrateError`]; the steps before the one that failed stay taken.
    pub fn up(
        self,
        connection: &Connection,
        to: Option<u32>,
        now: DateTime<Utc>,
    ) -> Result<(), MigrateError> {
        let to = to.unwrap_or(self.latest());
        self.known(to)?;
        loop {
            let more = transaction(connection, || {
                let current = self.verified(connection)?;
                let Some(step) = self.after(current).filter(|step| step.version <= to) else {
                    return Ok(false);
                };
                run(connection, step.version, step.up)?;
                record(connection, step, now)?;
                Ok(true)
            })?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Takes back all steps after one; 0 takes back all.
    ///
    /// # Errors
    ///
    /// [`MigrateError`]; the steps that were taken back before the failure stay so.
    pub fn down(self, connection: &Connection, to: u32) -> Result<(), MigrateError> {
        if to > 0 {
            self.known(to)?;
        }
        loop {
            let more = transaction(connection, || {
                let current = self.verified(connection)?;
                let Some(step) = self.0.iter().find(|step| step.version == current) else {
                    return Ok(false);
                };
                if step.version <= to {
                    return Ok(false);
                }
                run(connection, step.version, step.down)?;
                connection.execute(
                    "DELETE FROM schema_version WHERE version = ?1",
                    [step.version],
                )?;
                Ok(true)
            })?;
            if !more {
                return Ok(());
            }
        }
    }

    /// All steps, with those that were taken first.
    ///
    /// # Errors
    ///
    /// That of the database. Changed and unknown steps are listed as they were written down.
    pub fn status(self, connection: &Connection) -> Result<Vec<Status>, MigrateError> {
        let mut list: Vec<Status> = applied(connection)?
            .into_iter()
            .map(|row| Status {
                version: row.version,
                name: row.name,
                applied_at: Some(row.applied_at),
            })
            .collect();
        let current = list.last().map_or(0, |status| status.version);
        let waiting = self.0.iter().filter(|step| step.version > current);
        list.extend(waiting.map(|step| Status {
            version: step.version,
            name: step.name.to_owned(),
            applied_at: None,
        }));
        Ok(list)
    }

    /// Refuses tables that are not those of the last step.
    pub(crate) fn require_latest(self, connection: &Connection) -> Result<(), MigrateError> {
        let (found, known) = (self.verified(connection)?, self.latest());
        if found < known {
            return Err(MigrateError::OlderSchema { found, known });
        }
        Ok(())
    }

    fn known(self, version: u32) -> Result<(), MigrateError> {
        if version <= self.latest() {
            Ok(())
        } else {
            Err(MigrateError::UnknownVersion { version })
        }
    }

    fn after(self, version: u32) -> Option<&'a Migration> {
        self.0.iter().find(|step| step.version > version)
    }

    /// The version of the tables, when the steps that led there are the ones we know.
    fn verified(self, connection: &Connection) -> Result<u32, MigrateError> {
        let applied = applied(connection)?;
        let found = applied.last().map_or(0, |row| row.version);
        let known = self.latest();
        if found > known {
            return Err(MigrateError::NewerSchema { found, known });
        }
        for (row, step) in applied.iter().zip(self.0) {
            if row.version != step.version || row.checksum != step.checksum() {
                let version = step.version;
                return Err(MigrateError::Changed { version });
            }
        }
        Ok(found)
    }
}

/// The latest step that was taken in a file, whatever this program knows of it; 0 for none.
pub(crate) fn current_version(connection: &Connection) -> Result<u32, SqliteError> {
    Ok(applied(connection)?.last().map_or(0, |row| row.version))
}

struct Applied {
    version: u32,
    name: String,
    checksum: String,
    applied_at: String,
}

fn applied(connection: &Connection) -> Result<Vec<Applied>, SqliteError> {
    let there: Option<i64> = connection
        .query_row(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(
        "SELECT version, name, checksum, applied_at FROM schema_version ORDER BY version",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Applied {
            version: row.get(0)?,
            name: row.get(1)?,
            checksum: row.get(2)?,
            applied_at: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn record(
    connection: &Connection,
    step: &Migration,
    now: DateTime<Utc>,
) -> Result<(), MigrateError> {
    connection.execute_batch(SCHEMA_VERSION)?;
    connection.execute(
        "INSERT INTO schema_version (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
        params![
            step.version,
            step.name,
            step.checksum(),
            now.to_rfc3339_opts(SecondsFormat::Secs, true),
        ],
    )?;
    Ok(())
}

/// Runs the statements of a step. A step that builds a table anew breaks foreign keys on its way,
/// so they are checked at its end.
fn run(connection: &Connection, version: u32, statements: &str) -> Result<(), MigrateError> {
    let failed = |error: rusqlite::Error| {
        let source = error.into();
        MigrateError::Step { version, source }
    };
    connection.pragma_update(None, "defer_foreign_keys", true)?;
    connection.execute_batch(statements).map_err(failed)?;
    let broken: Option<String> = connection
        .query_row("PRAGMA foreign_key_check", [], |row| row.get(0))
        .optional()?;
    match broken {
        None => Ok(()),
        Some(table) => Err(MigrateError::ForeignKeys { version, table }),
    }
}

fn transaction<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    begin_immediate(connection, MIGRATION_TIMEOUT)?;
    let result = work().and_then(|done| {
        connection.execute_batch("COMMIT")?;
        Ok(done)
    });
    if result.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    result
}
