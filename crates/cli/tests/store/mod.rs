//! The commands over a store, as an operator runs them.

mod acts;
mod bookings;
mod catalogue;
mod imports;
mod keys;
mod payments;
mod people;
mod postgres;
mod shop;
mod upkeep;
mod work;

use std::path::Path;
use std::process::Command;

use quando_testbed::Database;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Ran, run};

/// A Sunday, well before what is booked.
pub(crate) const NOW: &str = "2026-03-01T10:00:00Z";

/// A folder of its own with a store in it, or with the URL of one.
pub(crate) struct Folder {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    /// Options of all runs.
    options: &'static [&'static str],
    /// What `QUANDO_STORE` names, where it is not a file in the folder.
    database: Option<Database>,
}

/// The clusters of tests are quick, and lose what they have when they are killed.
pub(crate) const UNSAFE: &str = "--allow-unsafe-durability";

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
            options: &[],
            database: None,
        }
    }

    /// With an empty database of PostgreSQL, and master keys.
    pub(crate) fn on_empty_postgres() -> Folder {
        let database = Database::fresh().expect("a cluster makes databases");
        let keys = Folder::new().at(NOW, &["keys", "new"]).stdout;
        let mut folder = Folder::new()
            .with("QUANDO_STORE", database.url())
            .with("QUANDO_MASTER_KEYS", keys.trim());
        folder.options = &[UNSAFE];
        folder.database = Some(database);
        folder
    }

    /// With a database of PostgreSQL that has its tables.
    pub(crate) fn on_postgres() -> Folder {
        let folder = Folder::on_empty_postgres();
        folder.lines(&["migrate", "up"]);
        folder
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Folder {
        self.variables.push((name, value.into()));
        self
    }

    /// With the provider `ana`, open on weekdays from 9 to 17 in Madrid, and a haircut of an hour.
    pub(crate) fn with_ana() -> Folder {
        let folder = Folder::new();
        folder.add_ana();
        folder
    }

    pub(crate) fn add_ana(&self) {
        let name = ["--name", "Ana's barbershop", "--zone", "Europe/Madrid"];
        let added = self.at(
            NOW,
            &[&["provider", "add", "ana"], name.as_slice()].concat(),
        );
        assert_eq!(added.status, 0, "{}", added.stderr);
        self.json(&["resource", "hours", "ana", "mon-fri 09:00-17:00"]);
        self.service("cut", &[]);
    }

    /// Adds a service of `ana` that takes an hour and costs 40 EUR.
    pub(crate) fn service(&self, id: &str, more: &[&str]) -> Value {
        let usual = [
            "--name",
            "A service",
            "--duration",
            "60",
            "--price",
            "40.00 EUR",
        ];
        self.json(&[&["service", "put", "ana", id], usual.as_slice(), more].concat())
    }

    fn variable(&self, name: &str) -> &str {
        let found = self.variables.iter().rfind(|(known, _)| *known == name);
        &found.unwrap_or_else(|| panic!("{name} is not set")).1
    }

    /// Where its database is.
    pub(crate) fn url(&self) -> &str {
        self.variable("QUANDO_STORE")
    }

    /// The master keys of its database.
    pub(crate) fn keys(&self) -> &str {
        self.variable("QUANDO_MASTER_KEYS")
    }

    /// Whether the store is a file.
    pub(crate) fn is_file(&self) -> bool {
        self.database.is_none()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Runs `quando` in the folder, as if it were an instant.
    pub(crate) fn at(&self, now: &str, args: &[&str]) -> Ran {
        self.with_input(now, args, "")
    }

    pub(crate) fn with_input(&self, now: &str, args: &[&str], stdin: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quando"));
        command.args(args).args(self.options).env("QUANDO_NOW", now);
        self.run(command, stdin)
    }

    pub(crate) fn run(&self, mut command: Command, stdin: &str) -> Ran {
        command
            .current_dir(self.path())
            .env_remove("QUANDO_STORE")
            .env_remove("QUANDO_MASTER_KEYS")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        run(command, stdin.as_bytes())
    }

    /// The one document that a run prints, which goes well.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        self.at(NOW, args).json()
    }

    #[track_caller]
    pub(crate) fn json_at(&self, now: &str, args: &[&str]) -> Value {
        self.at(now, args).json()
    }

    /// The lines that a run prints, which goes well.
    #[track_caller]
    pub(crate) fn lines(&self, args: &[&str]) -> Vec<Value> {
        let ran = self.at(NOW, args);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        ran.json_lines()
    }

    /// What a run prints for people, which goes well.
    #[track_caller]
    pub(crate) fn text(&self, args: &[&str]) -> String {
        let ran = self.at(NOW, &[args, &["--human"]].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        ran.stdout
    }

    /// That a run is refused: status 1, nothing printed, and the message as it stands here.
    #[track_caller]
    pub(crate) fn refused(&self, args: &[&str], message: &str) {
        self.refused_at(NOW, args, message);
    }

    #[track_caller]
    pub(crate) fn refused_at(&self, now: &str, args: &[&str], message: &str) {
        let ran = self.at(now, args);
        let expected = format!("error: {message}\n");
        assert_eq!(
            (ran.status, ran.stdout.as_str(), ran.stderr.as_str()),
            (1, "", expected.as_str()),
            "{args:?}"
        );
    }

    /// That a command line is wrong: status 2, and a part of what is said.
    #[track_caller]
    pub(crate) fn wrong(&self, args: &[&str], part: &str) {
        let ran = self.at(NOW, args);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }

    /// Books a service of `ana` for `c17`, and gives the booking's id.
    #[track_caller]
    pub(crate) fn booked(&self, service: &str, start: &str) -> String {
        let args = ["book", "ana", service, start, "--customer", "c17"];
        text_of(&self.json(&args), "/id")
    }
}

/// A text in a document.
#[track_caller]
pub(crate) fn text_of(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no text at {pointer} of {value}"))
        .to_owned()
}
