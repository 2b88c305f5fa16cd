//! Workloads with known answers, and the bare loops that quando's speed is measured against.
//!
//! A yardstick does only the work of its one workload, without any other rule, with chrono and
//! chrono-tz: what somebody would write by hand for that case alone.

pub mod rules;
pub mod shop;
pub mod workload;
pub mod yardstick;
