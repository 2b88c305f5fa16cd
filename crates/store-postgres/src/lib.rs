//! quando on PostgreSQL: exclusion constraint, optimistic writes, one round trip each way.
//!
//! [`PostgresStore`] reads without locks, lets the engine decide, and writes under constraints and
//! guards that the server checks with the write itself; what is no longer as it was seen is decided
//! anew. [`Migrator`] makes and changes the tables.

mod change;
mod claim;
mod connection;
mod create;
mod error;
mod group;
mod key;
mod list;
mod load;
mod look;
mod migrate;
mod relay;
mod row;
mod store;
mod write;

pub use connection::Options;
pub use migrate::{MigrationStatus, Migrator, fingerprint, is_url};
pub use store::PostgresStore;
