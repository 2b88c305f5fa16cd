//! The same, on a database of PostgreSQL of its own for each test.

#![expect(
    clippy::unwrap_used,
    reason = "tests: what is not as it should be is to panic"
)]

include!("all.rs");

const STORE: store::Kind = store::Kind::Postgres;
