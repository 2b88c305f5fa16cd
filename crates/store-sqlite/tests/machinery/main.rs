//! The machinery of the store: files, threads, transactions, migrations and backups.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backups;
mod disk_full;
mod files;
mod killed;
mod migrations;
mod processes;
mod reading;
mod support;
mod writing;
