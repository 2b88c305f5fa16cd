//! Tests of the built program, as a user runs it.
//!
//! Clippy takes helpers for test code where the module says `cfg(test)`.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod calendars;
#[cfg(test)]
mod common;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod help;
#[cfg(test)]
mod jsonl;
#[cfg(test)]
mod money;
#[cfg(test)]
mod people;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod store;
