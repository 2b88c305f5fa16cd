//! What can go wrong in a database that is open.

use std::sync::Arc;

use rusqlite::{ErrorCode, ffi};

/// Why a job was not done.
///
/// Nothing of the job has happened, but for [`SqliteError::Unknown`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// Somebody else was writing for longer than the busy timeout; ask again.
    #[error("the database is busy with somebody else's writes")]
    Busy(#[source] Arc<rusqlite::Error>),
    /// The disk, or the greatest size that the options allow, is full.
    #[error("there is no space left for the database")]
    DiskFull(#[source] Arc<rusqlite::Error>),
    /// The file or its folder cannot be written.
    #[error("the database cannot be written")]
    ReadOnly(#[source] Arc<rusqlite::Error>),
    /// The file contradicts itself: restore a backup.
    #[error("the database file is damaged")]
    Corrupt(#[source] Arc<rusqlite::Error>),
    /// The file is something else.
    #[error("the file is not a database")]
    NotADatabase(#[source] Arc<rusqlite::Error>),
    /// The file, or one beside it, cannot be opened.
    #[error("the database file cannot be opened")]
    CannotOpen(#[source] Arc<rusqlite::Error>),
    /// The operating system could not read or write.
    #[error("the database file cannot be read or written")]
    Io(#[source] Arc<rusqlite::Error>),
    /// Somebody interrupted the statement.
    #[error("the statement was interrupted")]
    Interrupted(#[source] Arc<rusqlite::Error>),
    /// There is not enough memory.
    #[error("there is not enough memory for the database")]
    OutOfMemory(#[source] Arc<rusqlite::Error>),
    /// A constraint of the tables refused the change.
    #[error("a constraint of the database refuses the change")]
    Constraint(#[source] Arc<rusqlite::Error>),
    /// A statement is wrong, or a row is not what its reader expects.
    #[error("a statement does not fit the database")]
    Statement(#[source] Arc<rusqlite::Error>),
    /// Another job of the same transaction lost it, or this one hid an error that did.
    #[error("the transaction was rolled back")]
    RolledBack,
    /// The file was moved, deleted or replaced since it was opened: open it again.
    #[error("the database file was moved, deleted or replaced")]
    Moved,
    /// Too many jobs wait; ask again later.
    #[error("too many jobs wait for the database")]
    Overloaded,
    /// The database is closed.
    #[error("the database is closed")]
    Closed,
    /// The job panicked; what it did was undone.
    #[error("a job on the database panicked")]
    Panicked,
    /// Whether the job was done is not known: the commit failed on its way to the disk. The next
    /// opening of the file settles it.
    #[error("whether the change lasts is unknown")]
    Unknown(#[source] Option<Arc<rusqlite::Error>>),
}

impl SqliteError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            SqliteError::Busy(_) => "sqlite-busy",
            SqliteError::DiskFull(_) => "sqlite-disk-full",
            SqliteError::ReadOnly(_) => "sqlite-read-only",
            SqliteError::Corrupt(_) => "sqlite-corrupt",
            SqliteError::NotADatabase(_) => "sqlite-not-a-database",
            SqliteError::CannotOpen(_) => "sqlite-cannot-open",
            SqliteError::Io(_) => "sqlite-io",
            SqliteError::Interrupted(_) => "sqlite-interrupted",
            SqliteError::OutOfMemory(_) => "sqlite-out-of-memory",
            SqliteError::Constraint(_) => "sqlite-constraint",
            SqliteError::Statement(_) => "sqlite-statement",
            SqliteError::RolledBack => "sqlite-rolled-back",
            SqliteError::Moved => "sqlite-moved",
            SqliteError::Overloaded => "sqlite-overloaded",
            SqliteError::Closed => "sqlite-closed",
            SqliteError::Panicked => "sqlite-panicked",
            SqliteError::Unknown(_) => "sqlite-unknown",
        }
    }

    /// The same error when it came from COMMIT, where a failure of the disk may come after the
    /// change has reached it.
    pub(crate) fn at_commit(self) -> SqliteError {
        match self {
            SqliteError::Io(source) => SqliteError::Unknown(Some(source)),
            other => other,
        }
    }
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> SqliteError {
        let code = error.sqlite_error_code();
        let extended = error.sqlite_extended_error_code();
        let source = Arc::new(error);
        match code {
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                // Others were quicker to open the log, again and again.
                | ErrorCode::FileLockingProtocolFailed,
            ) => SqliteError::Busy(source),
            Some(ErrorCode::DiskFull) => SqliteError::DiskFull(source),
            Some(ErrorCode::ReadOnly) if extended == Some(ffi::SQLITE_READONLY_DBMOVED) => {
                SqliteError::Moved
            }
            Some(ErrorCode::ReadOnly) => SqliteError::ReadOnly(source),
            Some(ErrorCode::DatabaseCorrupt) => SqliteError::Corrupt(source),
            Some(ErrorCode::NotADatabase) => SqliteError::NotADatabase(source),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                SqliteError::CannotOpen(source)
            }
            Some(ErrorCode::SystemIoFailure) => SqliteError::Io(source),
            Some(ErrorCode::OperationInterrupted) => SqliteError::Interrupted(source),
            Some(ErrorCode::OutOfMemory) => SqliteError::OutOfMemory(source),
            Some(ErrorCode::ConstraintViolation) => SqliteError::Constraint(source),
            _ => SqliteError::Statement(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_of_the_driver_has_its_code() {
        // The numbers are those of https://www.sqlite.org/rescode.html.
        let rows = [
            (1, "sqlite-statement"),
            (5, "sqlite-busy"),
            (5 | (2 << 8), "sqlite-busy"),
            (6, "sqlite-busy"),
            (7, "sqlite-out-of-memory"),
            (8, "sqlite-read-only"),
            (8 | (4 << 8), "sqlite-moved"),
            (9, "sqlite-interrupted"),
            (10, "sqlite-io"),
            (10 | (4 << 8), "sqlite-io"),
            (11, "sqlite-corrupt"),
            (13, "sqlite-disk-full"),
            (14, "sqlite-cannot-open"),
            (15, "sqlite-busy"),
            (19 | (8 << 8), "sqlite-constraint"),
            (26, "sqlite-not-a-database"),
        ];
        for (number, expected) in rows {
            let driver = rusqlite::Error::SqliteFailure(ffi::Error::new(number), None);
            assert_eq!(SqliteError::from(driver).code(), expected, "{number}");
        }
        let none = SqliteError::from(rusqlite::Error::QueryReturnedNoRows);
        assert_eq!(none.code(), "sqlite-statement");
    }

    #[test]
    fn a_commit_that_fails_on_the_disk_is_unknown() {
        let check = |number: i32, expected: &str| {
            let driver = rusqlite::Error::SqliteFailure(ffi::Error::new(number), None);
            assert_eq!(SqliteError::from(driver).at_commit().code(), expected);
        };
        check(10, "sqlite-unknown");
        check(13, "sqlite-disk-full");
    }
}
