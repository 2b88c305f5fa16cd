//! What can go wrong with the machinery itself.

use std::io;
use std::path::PathBuf;

/// Why the machinery of a test could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestbedError {
    /// No PostgreSQL server is installed where we look.
    #[error(
        "no PostgreSQL was found: install the package `postgresql`, or name the folder of \
         `postgres` and `initdb` in QUANDO_POSTGRES_BIN"
    )]
    PostgresMissing,
    /// We are root, which PostgreSQL refuses to run as, and there is no user to run it as instead.
    #[error("root needs a user `postgres` or `nobody` to run PostgreSQL as, and there is neither")]
    UserMissing,
    /// A folder that only we may write has another owner, so that its content is not to be trusted.
    #[error("the folder `{}` does not belong to this user", .0.display())]
    FolderForeign(PathBuf),
    /// A program could not be run, or it failed; the output is what it said.
    #[error("`{program}` failed: {output}")]
    Program {
        /// The program with its arguments.
        program: String,
        /// What it wrote, or why it could not be started.
        output: String,
    },
    /// The server ended instead of answering, or did not answer in time.
    #[error("the server on port {port} did not become ready; the end of its log: {log}")]
    NotReady {
        /// The port it was to listen on.
        port: u16,
        /// The last lines of its log.
        log: String,
    },
    /// A process of the server is still there although it was told to end.
    #[error("a process of the server in `{}` does not end", .0.display())]
    NotStopped(PathBuf),
    /// No port is free.
    #[error("no port of this machine's loopback address is free")]
    PortsTaken,
    /// A file or a socket refused.
    #[error("{what}: {source}")]
    Io {
        /// What we were doing.
        what: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The text is no URL of a database that we can work with.
    #[error("`{0}` is no URL of the form postgres://user@host:port/database")]
    UrlMalformed(String),
    /// A database's name has other characters than lower-case letters, digits and underscores.
    #[error("`{0}` is no plain name of a database")]
    NameMalformed(String),
    /// The server refused or was lost.
    #[error("the database refused: {}", chain(.0))]
    Database(#[from] tokio_postgres::Error),
    /// The caller's preparation of a template failed.
    #[error("the template `{template}` could not be prepared: {source}")]
    Prepare {
        /// The template's name.
        template: String,
        /// The caller's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No client is connected whose backend could be killed.
    #[error("the cluster has no backend to kill")]
    NoBackend,
}

impl TestbedError {
    /// Says what we were doing when the system refused.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> TestbedError {
        let what = what.into();
        move |source| TestbedError::Io { what, source }
    }
}

/// The driver's own text is only `db error`; its source says which.
fn chain(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
