//! What the rules of this repository say that a machine can check: what the core may depend on and
//! call, that codes and limits are documented, that nothing is left unfinished.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails the test")]

mod codes;
mod dependencies;
mod json;
mod limits;
mod sources;
mod tree;
