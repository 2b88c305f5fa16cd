//! Copies of a file that is in use.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::check::{Depth, Report, examine};
use crate::error::SqliteError;
use crate::file::{APPLICATION_ID, beside};

/// How many pages are copied at once; between two steps the caller hears of it.
const STEP_PAGES: i32 = 256;

/// How many times a step may find the source locked, as it is for the moment of an opening.
const LOCKED_MAX: u32 = 1_000;

/// What to do when the target is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Existing {
    /// Refuse.
    Refuse,
    /// Replace it, once the copy is complete and examined.
    Replace,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages that are copied.
    pub done: u64,
    /// Pages in all.
    pub total: u64,
}

/// Why there is no copy. The target is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is a file of that name.
    #[error("`{}` exists", .0.display())]
    Exists(PathBuf),
    /// The target is a database in use, or was one that ended badly: it has a log beside it, which
    /// would be applied to the copy.
    #[error("`{}` is in use, or its log was left behind", .0.display())]
    InUse(PathBuf),
    /// The source is not a database of quando.
    #[error("the source belongs to another application")]
    OtherApplication,
    /// The copy is damaged, and so is the source.
    #[error("the copy is damaged: {} findings", .0.damages.len() + .0.broken_references.len())]
    Damaged(Box<Report>),
    /// The target could not be written.
    #[error("the copy cannot be written")]
    Io(#[from] io::Error),
    /// The database says no.
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
}

impl BackupError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            BackupError::Exists(_) => "sqlite-backup-exists",
            BackupError::InUse(_) => "sqlite-backup-in-use",
            BackupError::OtherApplication => "sqlite-backup-other-application",
            BackupError::Damaged(_) => "sqlite-backup-damaged",
            BackupError::Io(_) => "sqlite-backup-io",
            BackupError::Sqlite(error) => error.code(),
        }
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> BackupError {
        BackupError::Sqlite(error.into())
    }
}

/// Copies a database, as it is at the beginning, into another file, and examines the copy.
///
/// Others may write meanwhile; the log of the source grows until the copy is done. The target
/// appears under its name only when it is complete and sound. To restore a backup, copy it the
/// other way while nobody has the target open.
///
/// # Errors
///
/// [`BackupError`] says what is wrong; the target is as it was.
pub fn copy(
    source: &Path,
    target: &Path,
    existing: Existing,
    progress: impl FnMut(Progress),
) -> Result<(), BackupError> {
    refuse(target, existing)?;
    let partial = Partial::beside(target)?;
    let mut copy = Connection::open(&partial.0)?;
    copy_pages(source, &mut copy, progress)?;
    // One file that can be read from anywhere; opening it for use brings the log back.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    let report = examine(&copy, Depth::Full)?;
    copy.close().map_err(|(_, error)| error)?;
    if report.application_id != APPLICATION_ID {
        return Err(BackupError::OtherApplication);
    }
    if !report.is_sound() {
        return Err(BackupError::Damaged(Box::new(report)));
    }
    refuse(target, existing)?;
    place(&partial.0, target, existing)
}

fn refuse(target: &Path, existing: Existing) -> Result<(), BackupError> {
    if target.is_dir() || (existing == Existing::Refuse && target.exists()) {
        return Err(BackupError::Exists(target.to_owned()));
    }
    let left = |suffix: &&str| beside(target, suffix).exists();
    if ["-wal", "-journal"].iter().any(left) {
        return Err(BackupError::InUse(target.to_owned()));
    }
    Ok(())
}

fn copy_pages(
    source: &Path,
    copy: &mut Connection,
    mut progress: impl FnMut(Progress),
) -> Result<(), BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(source, flags)?;
    // A read transaction keeps the state of the source: without it, each change that somebody
    // makes would start the copy anew.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    copy.pragma_update(None, "synchronous", "FULL")?;
    let backup = Backup::new(&source, copy)?;
    let mut locked = 0;
    loop {
        match backup.step(STEP_PAGES)? {
            StepResult::Done => break,
            StepResult::More => {}
            _ => {
                locked += 1;
                if locked > LOCKED_MAX {
                    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                    return Err(rusqlite::Error::SqliteFailure(busy, None).into());
                }
            }
        }
        progress(told(&backup));
    }
    progress(told(&backup));
    Ok(())
}

fn told(backup: &Backup<'_, '_>) -> Progress {
    let pages = backup.progress();
    let total = u64::try_from(pages.pagecount).unwrap_or(0);
    let remaining = u64::try_from(pages.remaining).unwrap_or(0);
    Progress {
        done: total.saturating_sub(remaining),
        total,
    }
}

/// Gives the complete copy its name, and makes that last.
fn place(partial: &Path, target: &Path, existing: Existing) -> Result<(), BackupError> {
    match existing {
        Existing::Replace => fs::rename(partial, target)?,
        // A link, unlike a rename, fails when somebody else made the target meanwhile.
        Existing::Refuse => match fs::hard_link(partial, target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(target.to_owned()));
            }
            // Some file systems have no links.
            Err(_) => fs::rename(partial, target)?,
            Ok(()) => fs::remove_file(partial)?,
        },
    }
    sync_folder(target)?;
    Ok(())
}

#[cfg(unix)]
fn sync_folder(target: &Path) -> io::Result<()> {
    let folder = target.parent().filter(|path| !path.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A copy on its way, which is removed unless it was given its name.
struct Partial(PathBuf);

impl Partial {
    fn beside(target: &Path) -> io::Result<Partial> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = beside(target, &format!(".{}-{count}.partial", process::id()));
        fs::File::create_new(&path)?;
        Ok(Partial(path))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            // Most of them are not there.
            drop(fs::remove_file(beside(&self.0, suffix)));
        }
    }
}
