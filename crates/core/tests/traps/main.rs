//! The mistakes that booking systems make, each as a test of ours.
//!
//! The numbers are those of the feature contract. Each test asserts concrete instants or codes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON made on the spot reads better by value"
)]

mod bounds;
mod conflicts;
mod hours;
mod lifecycle;
mod money;
mod series;
#[expect(dead_code, reason = "other tests of bookings use the rest")]
#[path = "../lifecycle/shop.rs"]
mod shop;
#[path = "../support/mod.rs"]
mod support;
mod zones;
