//! Stories of bookings: the conformance vectors, and what the guides tell.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod guides;
mod matching;
mod vectors;
