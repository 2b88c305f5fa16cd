use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use super::FeesError;
use crate::id::IdError;
use crate::limits::{ID_BYTES_MAX, LABEL_BYTES_MAX};
use crate::money::{Money, MoneyError, Rate, Rounding, Share};

macro_rules! shared_text {
    ($(#[$meta:meta])* $name:ident, $bytes_max:expr) => {
        $(#[$meta])*
        ///
        /// UTF-8 without control characters, not empty; JSON form: a string. Cloning shares it.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text.
            ///
            /// # Errors
            ///
            /// [`IdError`] when the text is empty, too long or has control characters.
            pub fn new(text: impl Into<String>) -> Result<$name, IdError> {
                let text = text.into();
                if text.is_empty() {
                    Err(IdError::Empty)
                } else if text.len() > $bytes_max {
                    Err(IdError::TooLong)
                } else if text.chars().any(char::is_control) {
                    Err(IdError::Control)
                } else {
                    Ok($name(text.into()))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<$name, IdError> {
                $name::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

shared_text! {
    /// An add-on, a surcharge or a discount of a price policy; at most [`ID_BYTES_MAX`] bytes.
    ItemId, ID_BYTES_MAX
}

shared_text! {
    /// How a price item is called on a receipt; at most [`LABEL_BYTES_MAX`] bytes.
    ItemLabel, LABEL_BYTES_MAX
}

/// A part of an amount, or an amount of its own.
///
/// JSON form: `{"rate":"0.10"}` or `{"amount":{"amount":"5.00","currency":"USD"}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Charge {
    /// So much of the amount that it is charged on.
    Rate(Rate),
    /// So much, whatever it is charged on.
    Amount(Money),
}

impl Charge {
    /// What it comes to on an amount, rounded once.
    pub(super) fn on(self, amount: Money, rounding: Rounding) -> Result<Money, MoneyError> {
        match self {
            Charge::Rate(rate) => amount.times(rate, rounding),
            Charge::Amount(own) => amount.same_currency(own).map(|()| own),
        }
    }

    /// That an amount is not negative and of one currency with another.
    pub(super) fn check(self, other: Money, field: &'static str) -> Result<(), FeesError> {
        match self {
            Charge::Rate(_) => Ok(()),
            Charge::Amount(own) => not_negative(own, other, field),
        }
    }

    /// That a rate is no more than the whole.
    pub(super) fn check_share(self) -> Result<(), MoneyError> {
        match self {
            Charge::Rate(rate) => Share::new(rate).map(drop),
            Charge::Amount(_) => Ok(()),
        }
    }

    /// The two fields of an item that has one of them.
    pub(super) fn fields(self) -> (Option<Rate>, Option<Money>) {
        match self {
            Charge::Rate(rate) => (Some(rate), None),
            Charge::Amount(amount) => (None, Some(amount)),
        }
    }

    pub(super) fn from_fields(
        rate: Option<Rate>,
        amount: Option<Money>,
    ) -> Result<Charge, FeesError> {
        match (rate, amount) {
            (Some(rate), None) => Ok(Charge::Rate(rate)),
            (None, Some(amount)) => Ok(Charge::Amount(amount)),
            _ => Err(FeesError::RateOrAmount),
        }
    }
}

/// That an amount is not below zero, and of one currency with another.
pub(super) fn not_negative(
    amount: Money,
    other: Money,
    field: &'static str,
) -> Result<(), FeesError> {
    if amount.is_negative() {
        return Err(FeesError::Negative { field });
    }
    Ok(amount.same_currency(other)?)
}
