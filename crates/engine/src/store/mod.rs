//! The port: what the engine asks of a store, in the engine's own words.
//!
//! A store knows no rules. It reads what a [`Scope`] names, hands it to a pure function, and writes
//! what that decided ([`Write`]), all of it or nothing, in one atomic step. How it makes that step
//! atomic is its own business: a mutex, a single writer, or optimistic writes under constraints.
//!
//! # What every store keeps
//!
//! 1. No two [`ClaimRow`]s with equal partition, resource and unit meet in time. This is checked by
//!    the store itself, whatever was decided.
//! 2. A document or booking is written only over the version that the decision saw, and only while
//!    the documents that it relied on have the guard that it saw.
//! 3. No two bookings of a provider have the same customer and active slot, or hold slot.
//! 4. What a request with an idempotency key wrote, and its key, become durable together.
//! 5. [`Change::Record`] entries are never changed, and each is relayed at least once.

mod change;
mod error;
mod list;
mod row;
mod scope;

pub use change::{Change, Write};
pub use error::{ErrorSource, StoreError, TransactError};
pub use list::{Item, List, Position};
pub use row::{
    BookingRow, BusyRow, ClaimRow, Document, DocumentKey, DocumentKind, FeedEntry, InstructionRow,
    ListingRow, Owner, Partition, PostingRow, Projection, SessionKey, UsageRow,
};
pub use scope::{ResourceScope, Scope, Snapshot};

use std::future::Future;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::booking::By;
use quando::idempotency::{IdempotencyKey, RequestHash};

use crate::refusal::Refusal;

/// Where the engine keeps everything.
///
/// No runtime is named: a store answers with futures that any executor can drive.
pub trait Store: Send + Sync + 'static {
    /// Reads what a scope names, as it was at one instant.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn read(&self, scope: Scope) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// The one way to write: reads the request's scope, decides, and writes the outcome together
    /// with the request's idempotency key, all of it or nothing.
    ///
    /// `decide` is pure and may be called again, with a fresh snapshot, when another write came
    /// between; so it is for a bounded number of times.
    ///
    /// A known key with the same hash gives the stored reply, and nothing is decided.
    ///
    /// # Errors
    ///
    /// [`TransactError`]; nothing was written then, except after [`StoreError::Unknown`], when
    /// nobody knows: asking again with the same key settles it.
    fn transact<D>(
        &self,
        request: WriteRequest,
        decide: D,
    ) -> impl Future<Output = Result<Written, TransactError>> + Send
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static;

    /// Reads lists, which decide nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn list(&self, list: List) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;

    /// Takes up to `limit` entries out of the outbox, in the order of each subject's versions,
    /// gives them the next positions of the feed, and applies what `project` makes of them, in one
    /// atomic step.
    ///
    /// At most one relay works at a time; a second one gets nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    fn relay<P>(
        &self,
        limit: u32,
        project: P,
    ) -> impl Future<Output = Result<Vec<FeedEntry>, StoreError>> + Send
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static;
}

/// A write that is asked for.
#[derive(Clone, Debug)]
pub struct WriteRequest {
    /// What the decision rests on.
    pub scope: Scope,
    /// Who asks.
    pub by: By,
    /// The instant of the request.
    pub now: DateTime<Utc>,
    /// What makes it happen once.
    pub idempotency: Option<Idempotency>,
}

/// The key of a request, as the store keeps it: one of each (partition, principal, route, key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Who asks, as the host knows it: two of them may use the same key.
    pub principal: Box<str>,
    /// What is asked for: one key may be used for two routes.
    pub route: &'static str,
    /// The key.
    pub key: IdempotencyKey,
    /// What exactly is asked.
    pub hash: RequestHash,
}

/// What a write came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The reply, byte for byte that of the first time.
    pub reply: Bytes,
    /// Whether it was written before, under the same key.
    pub replayed: bool,
}
