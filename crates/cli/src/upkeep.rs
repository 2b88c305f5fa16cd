//! `quando backup`, `restore`, `doctor` and `migrate`: the upkeep of a store.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use quando_store_sqlite::backup::{self, Existing, Progress};
use quando_store_sqlite::check::{Depth, Report, examine_file};
use serde::Serialize;

use crate::input::Problem;
use crate::output::{Failure, Outcome, note, print_document};
use crate::server;
use crate::store::{KEYS_VARIABLE, StoreArgs, Target, keys_beside, postgres};

/// Copy a SQLite store into another file, while it is in use
///
/// The copy appears under its name only when it is complete and was examined. It does not hold the
/// master keys: keep them, but in another place. PostgreSQL brings tools of its own, such as
/// pg_dump.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando backup /backups/monday.db --replace")]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// The copy
    target: PathBuf,
    /// Replace a copy that is there already
    #[arg(long)]
    replace: bool,
}

/// Make a SQLite store of a backup, while nobody has that store open
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando restore /backups/monday.db quando.db --replace")]
pub(crate) struct RestoreArgs {
    /// The backup
    backup: PathBuf,
    /// The store
    target: PathBuf,
    /// Replace a store that is there already
    #[arg(long)]
    replace: bool,
    /// Print a sentence for people in place of JSON
    #[arg(long)]
    human: bool,
}

/// Examine a store, and say what is wrong with it
///
/// Of a file of SQLite each page, index and reference, and where its master keys are; of a server of
/// PostgreSQL its version, the settings that keep what is confirmed, its tables and their sizes. The
/// exit status is 1 when something is wrong.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando doctor --human\n  quando doctor --store old.db")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Of a file, look at each page by itself only, which is several times faster
    #[arg(long)]
    quick: bool,
}

#[derive(Serialize)]
struct CopiedAnswer<'a> {
    copy: &'a Path,
    bytes: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DoctorAnswer {
    sound: bool,
    problems: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<server::Report>,
}

impl BackupArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let source = self
            .store
            .file("PostgreSQL has backups of its own, such as pg_dump")?;
        crate::store::is_there(source)?;
        copy(source, &self.target, self.replace, self.store.human)
    }
}

impl RestoreArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        crate::store::is_there(&self.backup)?;
        let outcome = copy(&self.backup, &self.target, self.replace, self.human)?;
        let keys = keys_beside(&self.target);
        if !keys.exists() {
            note(&format!(
                "note: bring its master keys back, too: into {KEYS_VARIABLE} or {}",
                keys.display()
            ));
        }
        Ok(outcome)
    }
}

fn copy(source: &Path, target: &Path, replace: bool, human: bool) -> Result<Outcome, Failure> {
    let existing = if replace {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let bar = std::io::stderr().is_terminal().then(bar);
    let show = |progress: Progress| {
        if let Some(bar) = &bar {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        }
    };
    let copied = backup::copy(source, target, existing, show);
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    copied.map_err(|error| Failure::of(error.code(), &error))?;
    let answer = CopiedAnswer {
        copy: target,
        bytes: std::fs::metadata(target).map_or(0, |file| file.len()),
    };
    print_document(&answer, human, |answer| {
        format!("{} has {} bytes\n", answer.copy.display(), answer.bytes)
    })
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} pages, {eta} left")
        .expect("the template is one that indicatif reads");
    ProgressBar::new(0).with_style(style)
}

impl DoctorArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let answer = match self.store.target() {
            Target::Sqlite(path) => self.of_file(path)?,
            Target::Postgres(url) => self.of_server(url)?,
        };
        let sound = answer.sound;
        print_document(&answer, self.store.human, text)?;
        Ok(if sound {
            Outcome::Answered
        } else {
            Outcome::SomeRefused
        })
    }

    fn of_file(&self, path: &Path) -> Result<DoctorAnswer, Failure> {
        crate::store::is_there(path)?;
        let depth = if self.quick {
            Depth::Quick
        } else {
            Depth::Full
        };
        let report =
            examine_file(path, depth).map_err(|error| Failure::of(error.code(), &error))?;
        let mut problems: Vec<String> = report.damages.clone();
        problems.extend(report.broken_references.iter().map(|broken| {
            let (table, parent) = (&broken.table, &broken.parent);
            format!("a row of `{table}` names one of `{parent}` that is not there")
        }));
        if report.application_id != quando_store_sqlite::APPLICATION_ID {
            problems.push("the file belongs to another application".to_owned());
        } else if report.is_sound() {
            // Tables of another version and missing keys show when it is opened.
            if let Err(Failure::Declined(problem)) = self.store.open().map(drop) {
                let problem: Problem = *problem;
                problems.push(problem.to_string());
            }
        }
        Ok(DoctorAnswer {
            sound: problems.is_empty(),
            problems,
            file: Some(report),
            server: None,
        })
    }

    fn of_server(&self, url: &str) -> Result<DoctorAnswer, Failure> {
        let options = self.store.server_options(url);
        let report = postgres::runtime()?.block_on(server::examine(&options));
        let report = report.map_err(|error| postgres::refused(&error))?;
        let mut problems = report.problems(self.store.allows_unsafe_durability());
        if let Err(Failure::Declined(problem)) = self.store.has_server_keys() {
            problems.push(problem.to_string());
        }
        Ok(DoctorAnswer {
            sound: problems.is_empty(),
            problems,
            file: None,
            server: Some(report),
        })
    }
}

fn text(answer: &DoctorAnswer) -> String {
    let mut text = String::new();
    if let Some(file) = &answer.file {
        text += &format!(
            "{} pages of {} bytes, {} of them free; tables of version {}\n",
            file.pages, file.page_bytes, file.free_pages, file.schema_version
        );
    }
    if let Some(server) = &answer.server {
        text += &server.text();
    }
    for problem in &answer.problems {
        text += &format!("- {}\n", crate::output::one_line(problem));
    }
    text + if answer.sound {
        "nothing is wrong\n"
    } else {
        "something is wrong\n"
    }
}
