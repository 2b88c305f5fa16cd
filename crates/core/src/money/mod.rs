//! Exact amounts of money: whole minor units of one currency, and never a float.
//!
//! An amount is a whole number of a currency's smallest units, cents for a dollar. Sums are
//! checked: two currencies never mix, and nothing wraps around. Whatever does not come out even
//! (a rate, a proportion) is computed exactly and rounded once, by a [`Rounding`] that the caller
//! names; a [`split`] loses nothing at all.
//!
//! ```
//! use quando::money::{Currency, Money, Rate, Rounding};
//!
//! let price = Money::parse("99.99", Currency::new("USD")?)?;
//! // 7 % of 99.99 is 6.9993, which is 7.00 in cents.
//! let fee = price.times(Rate::parse("0.07")?, Rounding::HalfAwayFromZero)?;
//! assert_eq!(fee.to_string(), "7.00 USD");
//! assert_eq!(price.checked_sub(fee)?.amount_text(), "92.99");
//! # Ok::<(), quando::money::MoneyError>(())
//! ```

mod amount;
mod currency;
mod decimal;
mod error;
mod rate;
mod rounding;
mod split;

#[cfg(test)]
mod tests;

pub use amount::{Money, proportion};
pub use currency::Currency;
pub use error::MoneyError;
pub use rate::{Rate, Share};
pub use rounding::Rounding;
pub use split::split;
