//! The pure core of quando: time, schedules and availability without IO.

pub mod limits;
pub mod recurrence;
pub mod time;
