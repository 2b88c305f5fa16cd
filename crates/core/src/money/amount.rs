use std::{borrow::Cow, cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

use super::{Currency, MoneyError, Rate, Rounding, decimal};
use crate::limits::MONEY_MINOR_MAX;

/// An amount of money: a whole number of minor units of one currency, at most
/// [`MONEY_MINOR_MAX`] either way.
///
/// JSON form: `{"amount":"99.99","currency":"USD"}`, the amount a plain decimal with at most the
/// currency's digits, printed with exactly them.
///
/// Amounts have no order by themselves, for two currencies do not compare; see
/// [`Money::checked_cmp`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "MoneyFields<'_>", into = "MoneyFields<'static>")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// So many minor units, cents for a dollar.
    ///
    /// # Errors
    ///
    /// [`MoneyError::AmountOutOfRange`] beyond [`MONEY_MINOR_MAX`].
    pub fn new(minor: i64, currency: Currency) -> Result<Money, MoneyError> {
        if (-MONEY_MINOR_MAX..=MONEY_MINOR_MAX).contains(&minor) {
            Ok(Money { minor, currency })
        } else {
            Err(MoneyError::AmountOutOfRange)
        }
    }

    /// No money, of a currency.
    pub fn zero(currency: Currency) -> Money {
        Money { minor: 0, currency }
    }

    /// Reads a plain decimal: perhaps `-`, digits, and perhaps a point with at most as many digits
    /// as the currency has. No `+`, no exponent, no spaces, no other digits than ASCII.
    ///
    /// # Errors
    ///
    /// [`MoneyError::AmountForm`], [`MoneyError::AmountTooPrecise`] and
    /// [`MoneyError::AmountOutOfRange`].
    ///
    /// # Example
    ///
    /// ```
    /// use quando::money::{Currency, Money};
    ///
    /// let yen = Currency::new("JPY")?;
    /// assert_eq!(Money::parse("1200", yen)?.minor(), 1_200);
    /// assert!(Money::parse("1200.0", yen).is_err());
    /// # Ok::<(), quando::money::MoneyError>(())
    /// ```
    pub fn parse(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        let plain = decimal::parse(text).ok_or(MoneyError::AmountForm)?;
        let given = u32::try_from(plain.fraction_digits).unwrap_or(u32::MAX);
        let Some(missing) = currency.digits().checked_sub(given) else {
            return Err(MoneyError::AmountTooPrecise { currency });
        };
        let minor = plain.digits.saturating_mul(10_i64.pow(missing));
        Money::new(if plain.is_negative { -minor } else { minor }, currency)
    }

    /// The amount in minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrenciesDiffer`] and [`MoneyError::AmountOutOfRange`].
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        // The sum of two amounts within the limit fits by far.
        Money::new(self.minor + other.minor, self.currency)
    }

    /// What is left of this amount without the other.
    ///
    /// # Errors
    ///
    /// As [`Money::checked_add`].
    pub fn checked_sub(self, other: Money) -> Result<Money, MoneyError> {
        self.checked_add(other.negated())
    }

    /// The amount with the other sign.
    ///
    /// # Errors
    ///
    /// None today: the limit is the same either way. The signature leaves room for another.
    pub fn checked_neg(self) -> Result<Money, MoneyError> {
        Money::new(-self.minor, self.currency)
    }

    /// Which of two amounts of one currency is larger.
    ///
    /// # Errors
    ///
    /// [`MoneyError::CurrenciesDiffer`].
    pub fn checked_cmp(self, other: Money) -> Result<Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// A rate of the amount, computed exactly and rounded once.
    ///
    /// # Errors
    ///
    /// [`MoneyError::AmountOutOfRange`].
    pub fn times(self, rate: Rate, rounding: Rounding) -> Result<Money, MoneyError> {
        let (numerator, denominator) = rate.fraction();
        // At most 10^16 times 10^15, which an `i128` holds.
        let product = i128::from(self.minor) * numerator;
        Money::from_wide(rounding.divide(product, denominator), self.currency)
    }

    /// The amount as a plain decimal with exactly the currency's digits, such as `99.99`.
    pub fn amount_text(self) -> String {
        self.amount().to_string()
    }

    /// The amount, for printing.
    fn amount(self) -> AmountText {
        AmountText(self)
    }

    pub(crate) fn negated(self) -> Money {
        Money {
            minor: -self.minor,
            currency: self.currency,
        }
    }

    /// The result of a wide computation.
    pub(crate) fn from_wide(minor: i128, currency: Currency) -> Result<Money, MoneyError> {
        let minor = i64::try_from(minor).map_err(|_| MoneyError::AmountOutOfRange)?;
        Money::new(minor, currency)
    }

    /// That both are of one currency.
    pub(crate) fn same_currency(self, other: Money) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrenciesDiffer {
                left: self.currency,
                right: other.currency,
            })
        }
    }
}

/// The part of `amount` that `part` is of `whole`, computed exactly and rounded once.
///
/// # Errors
///
/// [`MoneyError::CurrenciesDiffer`], [`MoneyError::WholeNotPositive`] when the whole is not above
/// zero, and [`MoneyError::AmountOutOfRange`].
///
/// # Example
///
/// ```
/// use quando::money::{Currency, Money, Rounding, proportion};
///
/// let dollars = |text| Money::parse(text, Currency::new("USD")?);
/// // Of a fee of 7.00 on 100.00, a third is given back with 33.33.
/// let back = proportion(dollars("7.00")?, dollars("33.33")?, dollars("100.00")?, Rounding::HalfEven)?;
/// assert_eq!(back, dollars("2.33")?);
/// # Ok::<(), quando::money::MoneyError>(())
/// ```
pub fn proportion(
    amount: Money,
    part: Money,
    whole: Money,
    rounding: Rounding,
) -> Result<Money, MoneyError> {
    amount.same_currency(part)?;
    amount.same_currency(whole)?;
    if !whole.is_positive() {
        return Err(MoneyError::WholeNotPositive);
    }
    // At most 10^16 times 10^16, which an `i128` holds.
    let product = i128::from(amount.minor) * i128::from(part.minor);
    let minor = rounding.divide(product, i128::from(whole.minor));
    Money::from_wide(minor, amount.currency)
}

/// Prints the amount alone.
struct AmountText(Money);

impl fmt::Display for AmountText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = self.0;
        let sign = if money.is_negative() { "-" } else { "" };
        let per_unit = money.currency.minor_per_unit().unsigned_abs();
        let minor = money.minor.unsigned_abs();
        let (whole, rest) = (minor / per_unit, minor % per_unit);
        match money.currency.digits() {
            0 => write!(f, "{sign}{whole}"),
            2 => write!(f, "{sign}{whole}.{rest:02}"),
            digits => {
                let width = usize::try_from(digits).expect("a currency has a handful of digits");
                write!(f, "{sign}{whole}.{rest:0width$}")
            }
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyFields<'a> {
    amount: Cow<'a, str>,
    currency: Currency,
}

impl TryFrom<MoneyFields<'_>> for Money {
    type Error = String;

    fn try_from(fields: MoneyFields<'_>) -> Result<Money, String> {
        let text = &fields.amount;
        Money::parse(text, fields.currency).map_err(|error| {
            let quoted: String = text.chars().take(QUOTED_CHARS_MAX).collect();
            format!("`{quoted}`: {error}")
        })
    }
}

/// How much of an amount an error quotes, in characters.
const QUOTED_CHARS_MAX: usize = 40;

impl From<Money> for MoneyFields<'static> {
    fn from(money: Money) -> MoneyFields<'static> {
        MoneyFields {
            amount: money.amount_text().into(),
            currency: money.currency,
        }
    }
}
