//! Opening a database file, so that what is acknowledged stays.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use crate::error::SqliteError;
use crate::migrate::MigrateError;

/// What quando writes into the header of its files: `QNDO`.
pub const APPLICATION_ID: i32 = 0x514e_444f;

/// How often two processes that create one file at once may get into each other's way.
const WAL_TRIES_MAX: u32 = 100;

/// How long SQLite waits in one try to begin writing. Its own waits grow to 100 ms, between which
/// a process that writes all the time leaves no gap that would be hit; short ones find it.
const BEGIN_SLICE: Duration = Duration::from_millis(3);

/// How a database file is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The file.
    pub path: PathBuf,
    /// What to do when there is no such file.
    pub missing: Missing,
    /// What to do with tables of an older version.
    pub upgrade: Upgrade,
    /// How many threads read, each with a connection; at least 1.
    pub readers: usize,
    /// How long to wait while another process writes.
    pub busy_timeout: Duration,
    /// How many jobs may wait for the writer, and how many for the readers; at least 1.
    pub waiting_max: usize,
    /// How many jobs one transaction takes at most; at least 1.
    pub group_max: usize,
    /// The page cache of each connection.
    pub cache_kibibytes: u32,
    /// To what size the log is cut after a checkpoint.
    pub log_bytes_max: u64,
    /// The greatest size of the file in pages, of 4,096 bytes unless the file says otherwise.
    pub pages_max: Option<u32>,
}

impl Options {
    /// The file with the usual settings: 4 readers, 5 s of waiting for other processes, 1,024
    /// waiting jobs, 256 of them in one transaction.
    pub fn new(path: impl Into<PathBuf>) -> Options {
        Options {
            path: path.into(),
            missing: Missing::Create,
            upgrade: Upgrade::Apply,
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            waiting_max: 1024,
            group_max: 256,
            cache_kibibytes: 16 * 1024,
            log_bytes_max: 64 * 1024 * 1024,
            pages_max: None,
        }
    }
}

/// What to do when there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missing {
    /// Make it, and its folder.
    Create,
    /// Refuse.
    Refuse,
}

/// What to do with a file whose tables are older than the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Upgrade {
    /// Bring them up to date.
    Apply,
    /// Refuse.
    Refuse,
}

/// Why a file was not opened. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such file, and none was to be made.
    #[error("there is no file `{}`", .0.display())]
    Missing(PathBuf),
    /// The path is a folder.
    #[error("`{}` is a folder", .0.display())]
    Folder(PathBuf),
    /// The folder of the file is not there and cannot be made.
    #[error("the folder `{}` cannot be made", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file may only be read.
    #[error("`{}` may only be read", .0.display())]
    ReadOnly(PathBuf),
    /// The file belongs to another application.
    #[error("the file belongs to another application, with the id {found:#010x}")]
    OtherApplication {
        /// The other one's id; 0 when it has none, but tables.
        found: i32,
    },
    /// The file system does not support the log that quando relies on.
    #[error("the database cannot keep a write-ahead log, only `{mode}`")]
    NoLog {
        /// The journal mode that it can do.
        mode: String,
    },
    /// A thread or the file's state could not be had.
    #[error("the operating system refuses what the database needs")]
    System(#[from] io::Error),
    /// The tables do not fit.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database says no.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
}

impl OpenError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            OpenError::Missing(_) => "sqlite-file-missing",
            OpenError::Folder(_) => "sqlite-file-folder",
            OpenError::NoFolder { .. } => "sqlite-no-folder",
            OpenError::ReadOnly(_) => "sqlite-file-read-only",
            OpenError::OtherApplication { .. } => "sqlite-other-application",
            OpenError::NoLog { .. } => "sqlite-no-log",
            OpenError::System(_) => "sqlite-system",
            OpenError::Migrate(error) => error.code(),
            OpenError::Sqlite(error) => error.code(),
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        OpenError::Sqlite(error.into())
    }
}

/// Opens a single connection that may write, and makes the file ready for others: for migrations
/// and other work on a file that nothing is served from.
///
/// # Errors
///
/// [`OpenError`] says what is wrong with the file; the version of its tables is not looked at.
pub fn open_writing(options: &Options) -> Result<Connection, OpenError> {
    let path = &options.path;
    if path.is_dir() {
        return Err(OpenError::Folder(path.clone()));
    }
    if options.missing == Missing::Refuse && !path.exists() {
        return Err(OpenError::Missing(path.clone()));
    }
    make_folder(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    if connection.is_readonly(MAIN_DB)? {
        return Err(OpenError::ReadOnly(path.clone()));
    }
    connection.busy_timeout(options.busy_timeout)?;
    // Before the first change: a file of somebody else stays as it is.
    owner(&connection)?;
    keep_log(&connection, options)?;
    claim(&connection, options)?;
    settle(&connection, options)?;
    if let Some(pages) = options.pages_max {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(connection)
}

/// Opens a connection that reads a file which [`open_writing`] has made ready.
pub(crate) fn open_reading(options: &Options) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&options.path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    owner(&connection)?;
    settle(&connection, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Begins a transaction that may write, and waits for other writers until the timeout.
///
/// Always `IMMEDIATE`: a read that turns into a write does not wait at all, it fails at once.
pub(crate) fn begin_immediate(
    connection: &Connection,
    timeout: Duration,
) -> Result<(), SqliteError> {
    connection.busy_timeout(BEGIN_SLICE.min(timeout))?;
    let tries = timeout.as_millis() / BEGIN_SLICE.as_millis();
    let mut begun = begin_once(connection);
    for _ in 0..tries {
        if !matches!(begun, Err(SqliteError::Busy(_))) {
            break;
        }
        begun = begin_once(connection);
    }
    connection.busy_timeout(timeout)?;
    begun
}

fn begin_once(connection: &Connection) -> Result<(), SqliteError> {
    connection
        .prepare_cached("BEGIN IMMEDIATE")?
        .execute([])
        .map(drop)
        .map_err(SqliteError::from)
}

/// Whose file it is. A new, empty one is everybody's.
fn owner(connection: &Connection) -> Result<Owner, OpenError> {
    // In this order: whoever makes tables has written the id before.
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let found: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    match found {
        APPLICATION_ID => Ok(Owner::Quando),
        0 if tables == 0 => Ok(Owner::Nobody),
        _ => Err(OpenError::OtherApplication { found }),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Quando,
    Nobody,
}

fn make_folder(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    fs::create_dir_all(folder).map_err(|source| OpenError::NoFolder {
        path: folder.to_owned(),
        source,
    })
}

/// Turns the write-ahead log on, once in the life of a file.
fn keep_log(connection: &Connection, options: &Options) -> Result<(), OpenError> {
    let mut tries = 0;
    loop {
        let answer: Result<String, _> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match answer.map_err(SqliteError::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(OpenError::NoLog { mode }),
            // Another process does the same, and this statement does not wait; the next one does.
            Err(SqliteError::Busy(_)) if tries < WAL_TRIES_MAX => {
                begin_immediate(connection, options.busy_timeout)?;
                connection.execute_batch("ROLLBACK")?;
            }
            Err(error) => return Err(error.into()),
        }
        tries += 1;
    }
}

/// Writes our name into a file that has none.
fn claim(connection: &Connection, options: &Options) -> Result<(), OpenError> {
    if owner(connection)? == Owner::Quando {
        return Ok(());
    }
    begin_immediate(connection, options.busy_timeout)?;
    let claimed = owner(connection).and_then(|_| {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.execute_batch("COMMIT")?;
        Ok(())
    });
    if claimed.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    claimed
}

/// What each connection must be told anew.
fn settle(connection: &Connection, options: &Options) -> Result<(), SqliteError> {
    let log_bytes = i64::try_from(options.log_bytes_max).unwrap_or(i64::MAX);
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Negative: in kibibytes, not in pages.
    connection.pragma_update(None, "cache_size", -i64::from(options.cache_kibibytes))?;
    connection.pragma_update_and_check(None, "journal_size_limit", log_bytes, |_| Ok(()))?;
    for refused in [
        DbConfig::SQLITE_DBCONFIG_DQS_DML,
        DbConfig::SQLITE_DBCONFIG_DQS_DDL,
    ] {
        connection.set_db_config(refused, false)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// The path with something after its name, as SQLite names the files beside a database.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Which files were opened, so that it is noticed when they are moved, deleted or replaced: SQLite
/// would go on to write into a file that nobody finds any more.
#[derive(Debug)]
pub(crate) struct Identity {
    files: [(PathBuf, FileId); 2],
}

impl Identity {
    /// Remembers the files of a connection that has opened its log.
    pub(crate) fn of(path: &Path) -> io::Result<Identity> {
        let path = fs::canonicalize(path)?;
        let log = beside(&path, "-wal");
        let (id, log_id) = (file_id(&path)?, file_id(&log)?);
        Ok(Identity {
            files: [(path, id), (log, log_id)],
        })
    }

    /// Whether the files are where they were.
    pub(crate) fn check(&self) -> Result<(), SqliteError> {
        let there = |(path, id): &(PathBuf, FileId)| file_id(path).is_ok_and(|now| now == *id);
        if self.files.iter().all(there) {
            Ok(())
        } else {
            Err(SqliteError::Moved)
        }
    }
}

// INVARIANT: the files are looked at, never opened: closing one would give up every lock that this
// process has on it, those of SQLite among them.
#[cfg(unix)]
type FileId = (u64, u64);

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

/// Where files have no numbers, an open one cannot be replaced either.
#[cfg(not(unix))]
type FileId = ();

#[cfg(not(unix))]
fn file_id(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).map(drop)
}
