//! Examining a file: what `quando doctor` shows.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use crate::error::SqliteError;
use crate::file::beside;
use crate::migrate::current_version;

/// How many findings a report lists.
const FINDINGS_MAX: usize = 100;

/// How closely a file is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Each page by itself.
    Quick,
    /// Also that indexes and tables agree, which takes several times as long.
    Full,
}

/// What was found. JSON form: camelCase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// What is damaged, in SQLite's words; empty is good.
    pub damages: Vec<String>,
    /// Rows that name others which do not exist; empty is good.
    pub broken_references: Vec<BrokenReference>,
    /// `wal` in a file in use, `delete` in a backup.
    pub journal_mode: String,
    /// Whether each commit of this connection reaches the disk before it is acknowledged.
    pub synchronous: bool,
    /// The application id in the header.
    pub application_id: i32,
    /// The last migration that was applied.
    pub schema_version: u32,
    /// The version of the SQLite library.
    pub sqlite_version: String,
    /// The size of a page.
    pub page_bytes: u64,
    /// How many pages the file has.
    pub pages: u64,
    /// How many of them are free, to be used before the file grows.
    pub free_pages: u64,
    /// The size of the write-ahead log beside the file.
    pub log_bytes: u64,
    /// What the disk still has for us, where the operating system tells.
    pub disk_free_bytes: Option<u64>,
}

/// A row that names another one which does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokenReference {
    /// The row's table.
    pub table: String,
    /// The row, where the table has numbers for them.
    pub row: Option<i64>,
    /// The table of the row that does not exist.
    pub parent: String,
}

impl Report {
    /// Whether nothing is damaged and nothing broken.
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty() && self.broken_references.is_empty()
    }
}

/// Examines a file that need not be open, such as a backup, and does not change it.
///
/// # Errors
///
/// [`SqliteError::CannotOpen`] when there is no such file, [`SqliteError::NotADatabase`] and others
/// when it is none. Damage is not an error, but in the report, unless nothing can be read at all.
pub fn examine_file(path: &Path, depth: Depth) -> Result<Report, SqliteError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    examine(&connection, depth)
}

/// Examines the file of a connection.
///
/// # Errors
///
/// That of the database, when it cannot even be examined.
pub fn examine(connection: &Connection, depth: Depth) -> Result<Report, SqliteError> {
    let path = connection.path().unwrap_or_default().to_owned();
    let log = beside(Path::new(&path), "-wal");
    Ok(Report {
        damages: damages(connection, depth)?,
        broken_references: broken_references(connection)?,
        journal_mode: pragma(connection, "journal_mode")?,
        synchronous: pragma::<i64>(connection, "synchronous")? >= 2,
        application_id: pragma(connection, "application_id")?,
        schema_version: current_version(connection)?,
        sqlite_version: rusqlite::version().to_owned(),
        page_bytes: count(connection, "page_size")?,
        pages: count(connection, "page_count")?,
        free_pages: count(connection, "freelist_count")?,
        log_bytes: std::fs::metadata(log).map_or(0, |file| file.len()),
        disk_free_bytes: disk_free_bytes(Path::new(&path)),
    })
}

fn damages(connection: &Connection, depth: Depth) -> Result<Vec<String>, SqliteError> {
    let check = match depth {
        Depth::Quick => "quick_check",
        Depth::Full => "integrity_check",
    };
    let mut statement = connection.prepare(&format!("PRAGMA {check}({FINDINGS_MAX})"))?;
    let lines = statement.query_map([], |row| row.get(0))?;
    let mut lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    lines.retain(|line| line != "ok");
    Ok(lines)
}

fn broken_references(connection: &Connection) -> Result<Vec<BrokenReference>, SqliteError> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let rows = statement.query_map([], |row| {
        Ok(BrokenReference {
            table: row.get(0)?,
            row: row.get(1)?,
            parent: row.get(2)?,
        })
    })?;
    Ok(rows.take(FINDINGS_MAX).collect::<Result<_, _>>()?)
}

fn pragma<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> Result<T, SqliteError> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

fn count(connection: &Connection, name: &str) -> Result<u64, SqliteError> {
    let count: i64 = pragma(connection, name)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

#[cfg(unix)]
fn disk_free_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn disk_free_bytes(_: &Path) -> Option<u64> {
    None
}
