//! The life of bookings: who may do what, and what follows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON made on the spot reads better by value"
)]

mod calendar;
mod features;
mod liveness;
mod money;
mod proposals;
mod series;
mod shop;
#[expect(dead_code, reason = "questions for slots are listed elsewhere")]
#[path = "../support/mod.rs"]
mod support;
mod table;
mod waitlist;
mod walks;
