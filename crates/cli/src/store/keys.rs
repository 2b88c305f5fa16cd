//! The master keys: of the environment, or of a file beside that of SQLite.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use quando_engine::personal::MasterKeys;
use quando_engine::{Entropy, SystemEntropy};

use crate::input::Problem;
use crate::output::{Failure, note};

/// The variable that they are in.
pub(crate) const KEYS_VARIABLE: &str = "QUANDO_MASTER_KEYS";

/// Fresh master keys, named after the day, in the form that [`MasterKeys::parse`] reads.
pub(crate) fn new_keys(now: DateTime<Utc>) -> String {
    let day = now.format("%Y-%m-%d");
    format!("{day}:{},index:{}", random_hex(), random_hex())
}

/// The keys of a server, which has no place of its own for them.
pub(super) fn of_server() -> Result<MasterKeys, Failure> {
    let Some(text) = of_environment() else {
        let message = format!(
            "a PostgreSQL store needs the variable {KEYS_VARIABLE}; `quando keys new` makes a value"
        );
        return Err(missing(message));
    };
    parse(&text)
}

/// The keys of a file: those of the environment, else those beside it. A file that is not there yet
/// gets new ones.
pub(super) fn of_file(path: &Path, now: DateTime<Utc>) -> Result<MasterKeys, Failure> {
    if let Some(text) = of_environment() {
        return parse(&text);
    }
    let beside = beside(path);
    match fs::read_to_string(&beside) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.exists() => {
            make(&beside, now)?;
            parse(&fs::read_to_string(&beside).map_err(|error| unreadable(&beside, error))?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = format!(
                "the master keys of the store are missing: there is no file `{}`, and \
                 {KEYS_VARIABLE} is not set",
                beside.display()
            );
            Err(missing(message))
        }
        Err(error) => Err(unreadable(&beside, error)),
    }
}

pub(super) fn parse(text: &str) -> Result<MasterKeys, Failure> {
    MasterKeys::parse(text).map_err(|error| Failure::of(error.code(), &error))
}

/// The file that the keys of a store are in.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".keys");
    name.into()
}

/// Writes new keys. Of several that do so at once, those of the first count.
fn make(path: &Path, now: DateTime<Utc>) -> Result<(), Failure> {
    let unwritable = |error| {
        let name = path.display().to_string();
        Failure::Unwritten {
            name,
            source: error,
        }
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let mut partial = path.as_os_str().to_owned();
    let _ = write!(partial, ".{}", std::process::id());
    let partial = PathBuf::from(partial);
    let written = write_private(&partial, &new_keys(now))
        // A link never replaces what is there, and nobody sees half a file.
        .and_then(|()| fs::hard_link(&partial, path));
    let _ = fs::remove_file(&partial);
    match written {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unwritable(error)),
        Err(_) => Ok(()),
        Ok(()) => {
            note(&format!(
                "note: new master keys are in {}; without them personal data cannot be read, so \
                 keep a copy in another place",
                path.display()
            ));
            Ok(())
        }
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[expect(
    clippy::disallowed_methods,
    reason = "configuration is read once, at the edge"
)]
fn of_environment() -> Option<String> {
    let text = std::env::var(KEYS_VARIABLE).ok();
    text.filter(|text| !text.trim().is_empty())
}

fn random_hex() -> String {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    let name = path.display().to_string();
    Failure::Unreadable { name, source }
}

fn missing(message: String) -> Failure {
    Failure::Declined(Box::new(Problem::new("master-keys-missing", message)))
}
