//! A database file that is open: one writer, several readers.

use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::answer::Answer;
use crate::backup::{self, BackupError, Existing, Progress};
use crate::check::{self, Depth, Report};
use crate::error::SqliteError;
use crate::file::{OpenError, Options, Upgrade, open_reading, open_writing};
use crate::migrate::Migrations;
use crate::readers::Readers;
use crate::writer::{Writer, WriterCounts};

/// A database file that is open.
///
/// Dropping it finishes what waits, empties the log into the file and ends the threads.
#[derive(Debug)]
pub struct Database {
    options: Options,
    // INVARIANT: before the writer, which empties the log when nobody reads any more.
    readers: Readers,
    writer: Writer,
}

impl Database {
    /// Opens the file and brings its tables up to date, unless the options refuse that.
    ///
    /// `now` is written beside each migration that is applied.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the file. Nothing was changed in a file of another
    /// application or of a newer version.
    pub fn open(
        options: Options,
        migrations: Migrations<'_>,
        now: DateTime<Utc>,
    ) -> Result<Database, OpenError> {
        let connection = open_writing(&options)?;
        match options.upgrade {
            Upgrade::Apply => migrations.up(&connection, None, now)?,
            Upgrade::Refuse => migrations.require_latest(&connection)?,
        }
        let reading: Result<Vec<Connection>, OpenError> = (0..options.readers.max(1))
            .map(|_| open_reading(&options))
            .collect();
        let readers = Readers::start(reading?, &options)?;
        let writer = Writer::start(connection, &options)?;
        Ok(Database {
            options,
            readers,
            writer,
        })
    }

    /// Does a job in a transaction that may write, together with others that wait.
    ///
    /// Its changes are undone when it returns an error or panics. It may be run again when the
    /// transaction of its group fails, so it must give the same answer for the same data, and it
    /// must not begin or end a transaction; savepoints are fine. The answer comes after the commit:
    /// what is acknowledged stays, whatever happens to the process or the machine.
    pub fn write<T, E, F>(&self, job: F) -> Answer<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnMut(&Connection) -> Result<T, E> + Send + 'static,
    {
        self.writer.submit(job)
    }

    /// The same as [`Database::write`], blocking the thread until the answer is there.
    ///
    /// # Errors
    ///
    /// The job's own error, or that of the database.
    pub fn write_blocking<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnMut(&Connection) -> Result<T, E> + Send + 'static,
    {
        self.write(job).wait()
    }

    /// Reads in one transaction, which sees one state of the data with everything that was
    /// acknowledged before this call.
    pub fn read<T, E, F>(&self, read: F) -> Answer<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        self.readers.submit(read)
    }

    /// The same as [`Database::read`], blocking the thread until the answer is there.
    ///
    /// # Errors
    ///
    /// The read's own error, or that of the database.
    pub fn read_blocking<T, E, F>(&self, read: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        self.read(read).wait()
    }

    /// Copies the data as it is now into another file, while others write; see
    /// [`backup::copy`].
    ///
    /// # Errors
    ///
    /// As [`backup::copy`].
    pub fn backup(
        &self,
        target: &Path,
        existing: Existing,
        progress: impl FnMut(Progress),
    ) -> Result<(), BackupError> {
        backup::copy(&self.options.path, target, existing, progress)
    }

    /// Examines the file, on a reading thread. The answer is an error only when the file cannot even
    /// be examined.
    pub fn check(&self, depth: Depth) -> Answer<Report, SqliteError> {
        self.read(move |connection| check::examine(connection, depth))
    }

    /// What the writer has done since the database was opened.
    pub fn writer_counts(&self) -> WriterCounts {
        self.writer.counts()
    }

    /// How the file was opened.
    pub fn options(&self) -> &Options {
        &self.options
    }
}
