//! The pure core of quando: time, schedules and availability without IO.

pub mod availability;
pub mod calendar;
pub mod id;
pub mod json;
pub mod limits;
pub mod recurrence;
pub mod schedule;
pub mod time;

pub use availability::{check, next, slots};
