//! Looks for double bookings: engines in processes of their own on one store, clients that all want
//! the same slot at the same moment, and a checker that compares everything they were told with
//! everything that is stored in the end.
//!
//! This library is what the node and its clients share: a node serves an engine over a loopback
//! connection ([`node`]), one line of JSON for each request and answer ([`protocol`]). The hunter
//! itself is the test program in `tests/`; what it does and how to read it is in
//! `docs/testing-stores.md`.

pub mod node;
pub mod protocol;
