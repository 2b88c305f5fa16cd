//! The server over real sockets, on SQLite in a temporary folder.

#![expect(
    clippy::unwrap_used,
    reason = "tests: what is not as it should be is to panic"
)]

include!("all.rs");
mod access_log;
mod conformance;
mod demo;
mod guard;
mod issuer;
mod operations;
mod transport;

const STORE: store::Kind = store::Kind::Sqlite;
