//! Where PostgreSQL's programs are, and how they get there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment::variable;
use crate::{TestbedError, process};

/// The folder of a PostgreSQL server's programs, and which version they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    version: String,
}

impl Binaries {
    /// Looks in the folder that `QUANDO_POSTGRES_BIN` names and nowhere else when it is set; else
    /// in the folders of `PATH`, then where packages put them, the newest first.
    ///
    /// # Errors
    ///
    /// [`TestbedError::PostgresMissing`] when there is none, or why it does not tell its version.
    pub fn find() -> Result<Binaries, TestbedError> {
        let folder = candidates()
            .into_iter()
            .find(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file())
            .ok_or(TestbedError::PostgresMissing)?;
        let version = process::run(Command::new(folder.join("postgres")).arg("--version"))?;
        Ok(Binaries { folder, version })
    }

    /// The folder of the programs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `postgres --version` says.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Finds PostgreSQL, or installs Debian's package as root or through `sudo` that asks nothing; says
/// on the standard error what it does, since that changes the machine.
///
/// # Errors
///
/// [`TestbedError::Program`] with what the package manager said, or
/// [`TestbedError::PostgresMissing`] when there is no way to install it from here.
#[expect(
    clippy::print_stderr,
    reason = "it changes the machine, so it says what it does"
)]
pub fn install() -> Result<Binaries, TestbedError> {
    let missing = match Binaries::find() {
        Err(missing @ TestbedError::PostgresMissing) => missing,
        found => return found,
    };
    if variable("QUANDO_POSTGRES_BIN").is_some() {
        return Err(missing);
    }
    let Some(rights) = rights() else {
        return Err(missing);
    };
    eprintln!("PostgreSQL is missing: installing Debian's package with apt-get");
    if let Err(error) = process::run(&mut apt(rights, &["update"])) {
        eprintln!("the lists of packages are as old as before: {error}");
    }
    let arguments = ["install", "--yes", "--no-install-recommends"];
    let install = |package| process::run(apt(rights, &arguments).arg(package));
    install("postgresql-15").or_else(|_| install("postgresql"))?;
    Binaries::find()
}

fn candidates() -> Vec<PathBuf> {
    if let Some(folder) = variable("QUANDO_POSTGRES_BIN") {
        return vec![folder.into()];
    }
    let path = variable("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(packaged(Path::new("/usr/lib/postgresql")));
    folders
}

/// The `bin` folders of the versions below a folder, the newest first.
fn packaged(root: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable();
    versions
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .collect()
}

/// What stands before `apt-get`: nothing for root, `sudo` for those who need no password for it.
fn rights() -> Option<&'static [&'static str]> {
    let works = |program: &str, argument| Command::new(program).arg(argument).output().is_ok();
    if !works("apt-get", "--version") {
        return None;
    }
    if rustix::process::geteuid().is_root() {
        return Some(&[]);
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output();
    sudo.is_ok_and(|output| output.status.success())
        .then_some(&["sudo", "-n"])
}

fn apt(rights: &[&str], arguments: &[&str]) -> Command {
    let mut command = Command::new("env");
    let words = [
        rights,
        &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
        arguments,
    ]
    .concat();
    command.args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_versions_come_first_by_number() {
        let root = tempfile::tempdir().unwrap();
        for name in ["9", "15", "common", "17"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        let expected: Vec<PathBuf> = ["17/bin", "15/bin", "9/bin"]
            .iter()
            .map(|name| root.path().join(name))
            .collect();
        assert_eq!(packaged(root.path()), expected);
    }
}
