//! quando on SQLite: one file, one writer, no set-up.
//!
//! [`Database`] opens a file. Its one writing thread takes the jobs that wait into one transaction
//! and answers them after its commit; its reading threads give each read one state of the data.
//! Two processes may use one file: SQLite locks it for each transaction.

pub mod backup;
pub mod check;
pub mod migrate;

mod answer;
mod database;
mod error;
mod file;
mod list;
mod load;
mod readers;
mod row;
mod store;
mod write;
mod writer;

pub use answer::Answer;
pub use database::Database;
pub use error::SqliteError;
pub use file::{APPLICATION_ID, Missing, OpenError, Options, Upgrade, open_writing};
pub use store::{MIGRATIONS, SqliteStore};
pub use writer::WriterCounts;
