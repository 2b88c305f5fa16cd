use std::{borrow::Cow, cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::MoneyError;

/// A currency of ISO 4217 with a minor unit. JSON form: its code, such as `"USD"`.
///
/// Codes without a minor unit (precious metals, testing, no currency) are refused, for nothing can
/// be paid in them. Currencies that were replaced stay readable, so that old bookings do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>", into = "&'static str")]
pub struct Currency(iso_currency::Currency);

/// How much of an unknown code an error quotes, in characters.
const QUOTED_CHARS_MAX: usize = 20;

impl Currency {
    /// The currency with exactly this code, in capitals.
    ///
    /// # Errors
    ///
    /// [`MoneyError::UnknownCurrency`], or [`MoneyError::NoMinorUnit`] when there is no smallest
    /// amount of it.
    pub fn new(code: &str) -> Result<Currency, MoneyError> {
        let currency = iso_currency::Currency::from_code(code).ok_or_else(|| {
            let code = code.chars().take(QUOTED_CHARS_MAX).collect();
            MoneyError::UnknownCurrency { code }
        })?;
        match currency.exponent() {
            Some(_) => Ok(Currency(currency)),
            None => Err(MoneyError::NoMinorUnit {
                code: currency.code(),
            }),
        }
    }

    /// The ISO 4217 code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many digits an amount has after the point: 2 for `USD`, 0 for `JPY`, 3 for `KWD`.
    pub fn digits(self) -> u32 {
        let digits = self.0.exponent();
        // INVARIANT: a currency without a minor unit is refused by the constructor.
        digits.map_or(0, u32::from)
    }

    /// How many minor units make one whole unit.
    pub(super) fn minor_per_unit(self) -> i64 {
        10_i64.pow(self.digits())
    }
}

impl TryFrom<Cow<'_, str>> for Currency {
    type Error = MoneyError;

    fn try_from(code: Cow<'_, str>) -> Result<Currency, MoneyError> {
        Currency::new(&code)
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> &'static str {
        currency.code()
    }
}

/// By code, so that what is kept by currency has one order.
impl Ord for Currency {
    fn cmp(&self, other: &Currency) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Currency) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Currency, MoneyError> {
        Currency::new(code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
