//! The double-entry ledger of a booking: where each cent is.
//!
//! Every movement is an [`Entry`] of [`Posting`]s that sum to zero, written once. The sums of all
//! entries of a booking are its [`Balances`], for which at every step
//!
//! ```text
//! captured = refunded + disputed + platform fee + processor fee borne + paid out
//!          + provider payable + held - provider receivable
//! ```
//!
//! and none of them is negative. [`Balances::post`] refuses an entry after which that would not
//! hold, in release builds as well.

mod balances;
mod entry;

pub use balances::{Balances, LedgerError};
pub use entry::{Account, Entry, EntryReason, Posting};
