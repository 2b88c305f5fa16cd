//! The server over HTTP: slots beside a server that computes the same ones without a database, and
//! what clients see when more ask than can be answered.

mod client;
mod slots;

pub(crate) use slots::slots;
