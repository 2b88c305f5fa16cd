//! Search: distances, areas, filters, total orders and pages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod areas;
mod cursors;
mod distances;
mod documents;
mod filters;
mod orders;
mod refusals;
mod support;
