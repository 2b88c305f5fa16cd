//! What the suite cannot ask of every store: the server's own catalogue, plans, roles, migrations,
//! lost answers and crashes.

#[path = "../support/database.rs"]
mod database;
mod direct;

mod catalogue;
mod crash;
mod grouping;
mod lost_answers;
mod migrations;
mod roles;
