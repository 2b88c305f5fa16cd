//! The suite for stores, on PostgreSQL, with group commit: each case in a database of its own.

#[path = "support/builder.rs"]
mod builder;
#[path = "support/database.rs"]
mod database;

use builder::PostgresBuilder;

quando_engine::store_suite!(PostgresBuilder::new(true));
quando_engine::store_suite_reopen!(PostgresBuilder::new(true));
quando_engine::store_suite_fail_after!(PostgresBuilder::new(true));
