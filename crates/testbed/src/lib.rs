//! Machinery of the tests and benchmarks, and of nothing else: real PostgreSQL clusters that come
//! and go with the test, empty databases in them, and a proxy that cuts connections at the moments
//! that matter.
//!
//! Most tests want [`Database::fresh`]; a test of crashes wants a [`Cluster`] of its own, and a
//! test of lost answers a [`Proxy`] before either.

mod binaries;
mod blocking;
mod cluster;
mod database;
mod environment;
mod error;
mod port;
mod process;
pub mod proxy;
mod template;
mod url;
mod user;
mod watchdog;

pub use binaries::{Binaries, install};
pub use blocking::wait_until;
pub use cluster::{Cluster, Durability, Options};
pub use database::{DATABASE_URL_VARIABLE, Database};
pub use error::TestbedError;
pub use proxy::Proxy;
