use super::Currency;
use crate::limits::{MONEY_MINOR_MAX, RATE_DIGITS_MAX, RATE_MAX};

/// Why there is no such amount, currency or rate, or no such result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// ISO 4217 has no currency of this code.
    #[error("unknown currency `{code}`; expected an ISO 4217 code such as `USD`")]
    UnknownCurrency {
        /// The code, shortened when it is long.
        code: String,
    },
    /// The code stands for something that has no minor unit: gold, testing, no currency at all.
    #[error("`{code}` has no minor unit, so that no amount of it can be charged")]
    NoMinorUnit {
        /// The code.
        code: &'static str,
    },
    /// An amount is not a plain decimal.
    #[error("expected a plain decimal such as `99.99`")]
    AmountForm,
    /// An amount has more digits after the point than its currency.
    #[error("an amount in {currency} has at most {} digits after the point", .currency.digits())]
    AmountTooPrecise {
        /// The currency.
        currency: Currency,
    },
    /// An amount, or the result of a computation, is beyond what quando computes with.
    #[error("an amount has at most {MONEY_MINOR_MAX} minor units (limit `MONEY_MINOR_MAX`)")]
    AmountOutOfRange,
    /// Two amounts of different currencies where they have to be of one.
    #[error("amounts in {left} and {right} do not mix")]
    CurrenciesDiffer {
        /// The currency of one of them.
        left: Currency,
        /// The currency of the other.
        right: Currency,
    },
    /// A rate is not a plain decimal, or it is negative.
    #[error("expected a plain decimal that is not negative, such as `0.07`")]
    RateForm,
    /// A rate has more digits after the point than quando computes with.
    #[error(
        "a rate has at most {RATE_DIGITS_MAX} digits after the point (limit `RATE_DIGITS_MAX`)"
    )]
    RateTooPrecise,
    /// A rate is larger than any that makes sense.
    #[error("a rate is at most {RATE_MAX} (limit `RATE_MAX`)")]
    RateOutOfRange,
    /// A share of something is more than all of it.
    #[error("a share is at most 1")]
    ShareOverOne,
    /// A proportion of a whole that is zero or negative.
    #[error("the whole of a proportion has to be positive")]
    WholeNotPositive,
    /// A split without any weight above zero.
    #[error("a split needs a weight above 0")]
    NoWeights,
}

impl MoneyError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            MoneyError::UnknownCurrency { .. } => "unknown-currency",
            MoneyError::NoMinorUnit { .. } => "no-minor-unit",
            MoneyError::AmountForm => "amount-form",
            MoneyError::AmountTooPrecise { .. } => "amount-too-precise",
            MoneyError::AmountOutOfRange => "amount-out-of-range",
            MoneyError::CurrenciesDiffer { .. } => "currencies-differ",
            MoneyError::RateForm => "rate-form",
            MoneyError::RateTooPrecise => "rate-too-precise",
            MoneyError::RateOutOfRange => "rate-out-of-range",
            MoneyError::ShareOverOne => "share-over-one",
            MoneyError::WholeNotPositive => "whole-not-positive",
            MoneyError::NoWeights => "no-weights",
        }
    }
}
