use std::{borrow::Cow, fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{MoneyError, decimal};
use crate::limits::{RATE_DIGITS_MAX, RATE_MAX};

/// How much of an amount: `0.07` is 7 %. JSON form: a plain decimal string, `"0.07"`.
///
/// A rate is not negative, has at most [`RATE_DIGITS_MAX`] digits after the point and is at most
/// [`RATE_MAX`]. `0.5` and `0.50` are equal; each is printed as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>", into = "String")]
pub struct Rate(Decimal);

impl Rate {
    /// Nothing.
    pub const ZERO: Rate = Rate(Decimal::ZERO);

    /// All of it.
    pub const ONE: Rate = Rate(Decimal::ONE);

    /// So many hundredths: 7 is `0.07`.
    pub const fn percent(percent: u8) -> Rate {
        Rate(Decimal::from_parts(percent as u32, 0, 0, false, 2))
    }

    /// Reads a plain decimal, such as `0.07`.
    ///
    /// # Errors
    ///
    /// [`MoneyError::RateForm`] for another form or a negative number,
    /// [`MoneyError::RateTooPrecise`] and [`MoneyError::RateOutOfRange`] beyond the limits.
    pub fn parse(text: &str) -> Result<Rate, MoneyError> {
        let plain = decimal::parse(text).ok_or(MoneyError::RateForm)?;
        if plain.is_negative {
            return Err(MoneyError::RateForm);
        }
        let scale = u32::try_from(plain.fraction_digits).unwrap_or(u32::MAX);
        if scale > RATE_DIGITS_MAX {
            return Err(MoneyError::RateTooPrecise);
        }
        if plain.digits > RATE_MAX * 10_i64.pow(scale) {
            return Err(MoneyError::RateOutOfRange);
        }
        Ok(Rate(Decimal::new(plain.digits, scale)))
    }

    /// A rate that a program has as a decimal.
    ///
    /// # Errors
    ///
    /// As [`Rate::parse`].
    pub fn from_decimal(decimal: Decimal) -> Result<Rate, MoneyError> {
        if decimal < Decimal::ZERO {
            return Err(MoneyError::RateForm);
        }
        if decimal.normalize().scale() > RATE_DIGITS_MAX {
            return Err(MoneyError::RateTooPrecise);
        }
        if decimal > Decimal::from(RATE_MAX) {
            return Err(MoneyError::RateOutOfRange);
        }
        // Without zeros at the end the digits are few, so that products stay exact; and there is
        // one zero only.
        Ok(Rate(decimal.normalize().abs()))
    }

    /// The rate as a decimal.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The rate as a fraction: at most 10^15 over at most 10^12.
    pub(crate) fn fraction(self) -> (i128, i128) {
        (self.0.mantissa(), i128::from(10_i64.pow(self.0.scale())))
    }
}

/// A part of a whole: a [`Rate`] from 0 to 1. JSON form: a plain decimal string, `"0.50"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Rate", into = "Rate")]
pub struct Share(Rate);

impl Share {
    /// Nothing of it.
    pub const NONE: Share = Share(Rate::ZERO);

    /// All of it.
    pub const ALL: Share = Share(Rate::ONE);

    /// Reads a plain decimal from 0 to 1, such as `0.5`.
    ///
    /// # Errors
    ///
    /// As [`Rate::parse`], and [`MoneyError::ShareOverOne`].
    pub fn parse(text: &str) -> Result<Share, MoneyError> {
        Share::new(Rate::parse(text)?)
    }

    /// A rate that is at most 1.
    ///
    /// # Errors
    ///
    /// [`MoneyError::ShareOverOne`].
    pub fn new(rate: Rate) -> Result<Share, MoneyError> {
        if rate > Rate::ONE {
            Err(MoneyError::ShareOverOne)
        } else {
            Ok(Share(rate))
        }
    }

    /// The same as a rate.
    pub fn rate(self) -> Rate {
        self.0
    }
}

impl TryFrom<Rate> for Share {
    type Error = MoneyError;

    fn try_from(rate: Rate) -> Result<Share, MoneyError> {
        Share::new(rate)
    }
}

impl From<Share> for Rate {
    fn from(share: Share) -> Rate {
        share.0
    }
}

impl TryFrom<Cow<'_, str>> for Rate {
    type Error = MoneyError;

    fn try_from(text: Cow<'_, str>) -> Result<Rate, MoneyError> {
        Rate::parse(&text)
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> String {
        rate.to_string()
    }
}

impl FromStr for Rate {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Rate, MoneyError> {
        Rate::parse(text)
    }
}

impl FromStr for Share {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Share, MoneyError> {
        Share::parse(text)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
