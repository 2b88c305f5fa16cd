//! Prices, platform fees and refunds.
//!
//! - [`quote`] prices a booking by a [`PricePolicy`]: lines that sum to the total exactly, each
//!   rounded once.
//! - [`FeePolicy::fee`] is what the platform takes, and who bears it; the parts sum to the whole.
//! - [`cancellation`] says what is given back before anybody commits to it, by [`RefundTiers`].
//! - [`RefundAccount`] keeps several refunds of one payment within it, the fee in proportion.
//!
//! Everything is computed in whole minor units, see [`money`](crate::money). Nothing here moves
//! money: the results are what a ledger and a payment processor are then told.

mod account;
mod cancellation;
mod error;
mod item;
mod lines;
mod policy;
mod price;
mod question;
mod quote;
mod receipt;
mod tiers;
mod when;

#[cfg(test)]
mod tests;

pub use account::{RefundAccount, RefundLeg, fee_on};
pub use cancellation::{
    CancellationCase, CancellationKind, CancelledBy, RefundPolicy, RefundPreview, RefundTerms,
    Reschedule, cancellation,
};
pub use error::{FeesError, RefundError};
pub use item::{Charge, ItemId, ItemLabel};
pub use policy::{Fee, FeeBase, FeePolicy, FeeSide, FeeTerms};
pub use price::{
    AddOn, BasePrice, Discount, DurationPrice, PricePolicy, PriceTerms, Surcharge, Tax, TaxMode,
};
pub use question::{QuoteQuestion, RefundAnswer, RefundLegs, RefundQuestion, RefundStep};
pub use quote::{QuoteRequest, quote};
pub use receipt::{Line, LineKind, Quote, QuoteParts};
pub use tiers::{RefundTier, RefundTiers};
pub use when::{Dates, When};
