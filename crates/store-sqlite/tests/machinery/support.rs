//! A database with two tables, and jobs on it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

use chrono::{DateTime, Utc};
use quando_store_sqlite::check::{Depth, examine_file};
use quando_store_sqlite::migrate::{Migration, Migrations};
use quando_store_sqlite::{Answer, Database, OpenError, Options, SqliteError};
use rusqlite::Connection;
use tempfile::TempDir;

/// Each row has a twin, so that half a job would show. `child` refers to rows at COMMIT only.
pub(crate) const TABLES: Migrations<'_> = Migrations::new(&[Migration {
    version: 1,
    name: "rows",
    up: "CREATE TABLE row (id INTEGER PRIMARY KEY, text BLOB) STRICT;
         CREATE TABLE twin (id INTEGER PRIMARY KEY) STRICT;
         CREATE TABLE child (
             row INTEGER NOT NULL REFERENCES row (id) DEFERRABLE INITIALLY DEFERRED
         ) STRICT;",
    down: "DROP TABLE child; DROP TABLE twin; DROP TABLE row;",
}]);

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

pub(crate) fn place() -> Place {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("quando.db");
    Place { folder, path }
}

pub(crate) fn open(path: &Path) -> Database {
    open_with(Options::new(path)).unwrap()
}

pub(crate) fn open_with(options: Options) -> Result<Database, OpenError> {
    Database::open(options, TABLES, noon())
}

pub(crate) fn insert(connection: &Connection, id: i64) -> Result<(), SqliteError> {
    insert_sized(connection, id, 0)
}

pub(crate) fn insert_sized(
    connection: &Connection,
    id: i64,
    bytes: usize,
) -> Result<(), SqliteError> {
    let text = vec![b'x'; bytes];
    connection
        .prepare_cached("INSERT INTO row VALUES (?1, ?2)")?
        .execute((id, text))?;
    connection
        .prepare_cached("INSERT INTO twin VALUES (?1)")?
        .execute([id])?;
    Ok(())
}

pub(crate) fn ids(database: &Database) -> Vec<i64> {
    database.read_blocking(list).unwrap()
}

/// The rows, all of which have their twins.
pub(crate) fn list(connection: &Connection) -> Result<Vec<i64>, SqliteError> {
    let of = |table: &str| {
        let mut rows = connection.prepare(&format!("SELECT id FROM {table} ORDER BY id"))?;
        let ids = rows.query_map([], |row| row.get(0))?;
        Ok::<_, SqliteError>(ids.collect::<Result<Vec<i64>, _>>()?)
    };
    let rows = of("row")?;
    assert_eq!(rows, of("twin")?, "a job was done by half");
    Ok(rows)
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, SqliteError>) -> &'static str {
    result.unwrap_err().code()
}

pub(crate) fn assert_sound(path: &Path) {
    let report = examine_file(path, Depth::Full).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

/// A job that keeps the writer busy until it is let go.
pub(crate) struct Gate {
    go: Sender<()>,
    answer: Answer<(), SqliteError>,
}

impl Gate {
    pub(crate) fn shut(database: &Database) -> Gate {
        let (go, wait): (Sender<()>, Receiver<()>) = channel();
        let (entered, has_entered) = channel();
        let answer = database.write(move |_| {
            entered.send(()).unwrap();
            wait.recv().unwrap();
            Ok(())
        });
        has_entered.recv().unwrap();
        Gate { go, answer }
    }

    pub(crate) fn open(self) {
        self.go.send(()).unwrap();
        self.answer.wait().unwrap();
    }
}

/// This test program, to run one of its tests in a process of its own, where `variable` tells the
/// test that it is the child.
pub(crate) fn child(test: &str, variable: &str, value: &OsStr) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(variable, value);
    command
}
