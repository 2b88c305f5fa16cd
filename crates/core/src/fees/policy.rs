use serde::{Deserialize, Serialize};

use super::FeesError;
use super::item::not_negative;
use crate::money::{Money, Rate, Rounding, Share};
use crate::sabotage::sabotaged;

/// What the platform takes of a booking, and who bears it; checked.
///
/// The default is 7 % on the provider's side and nothing else. JSON form: that of [`FeeTerms`].
///
/// # Example
///
/// ```
/// use quando::fees::FeePolicy;
/// use quando::money::{Currency, Money};
///
/// let dollars = |text| Money::parse(text, Currency::new("USD")?);
/// let fee = FeePolicy::default().fee(dollars("99.99")?, dollars("0.00")?)?;
/// assert_eq!(fee.total, dollars("7.00")?);
/// assert_eq!(fee.provider, dollars("7.00")?);
/// # Ok::<(), quando::fees::FeesError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FeeTerms", into = "FeeTerms")]
pub struct FeePolicy(FeeTerms);

/// The parts of a [`FeePolicy`], each optional.
///
/// The fee is `clamp(rate * base + fixed, minimum, maximum)`, never more than its base, and rounded
/// once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FeeTerms {
    /// So much of the base; 0.07 by default.
    pub rate: Rate,
    /// And so much on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Money>,
    /// The fee is at least this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
    /// The fee is at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Money>,
    /// How the fee and the customer's part of it are rounded.
    #[serde(skip_serializing_if = "Rounding::is_default")]
    pub rounding: Rounding,
    /// Who bears the fee.
    #[serde(skip_serializing_if = "FeeSide::is_default")]
    pub side: FeeSide,
    /// The customer's share of a fee that is split; needed there, and refused elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_share: Option<Share>,
    /// What the fee is a part of.
    #[serde(skip_serializing_if = "FeeBase::is_default")]
    pub fee_base: FeeBase,
}

impl Default for FeeTerms {
    fn default() -> FeeTerms {
        FeeTerms {
            rate: Rate::percent(7),
            fixed: None,
            minimum: None,
            maximum: None,
            rounding: Rounding::default(),
            side: FeeSide::default(),
            customer_share: None,
            fee_base: FeeBase::default(),
        }
    }
}

/// Who bears the platform fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FeeSide {
    /// The provider: it is taken out of what the customer pays.
    #[default]
    Provider,
    /// The customer: it is added to what they pay.
    Customer,
    /// Both: the customer's share is rounded, the provider bears the remainder.
    Split,
}

/// What the platform fee is a part of; tips never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FeeBase {
    /// The total after discount, without tax.
    #[default]
    Net,
    /// The total after discount, with tax.
    Gross,
}

/// A platform fee and who bears it: `total = customer + provider`, none of them negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FeeFields", into = "FeeFields")]
#[non_exhaustive]
pub struct Fee {
    /// What the platform takes.
    pub total: Money,
    /// The part that is added to what the customer pays.
    pub customer: Money,
    /// The part that is taken out of what the provider gets.
    pub provider: Money,
}

impl FeePolicy {
    /// Checks the terms.
    ///
    /// # Errors
    ///
    /// [`FeesError`] for a minimum over the maximum, negative amounts, amounts of different
    /// currencies, and a customer's share without a split or the other way round.
    pub fn new(terms: FeeTerms) -> Result<FeePolicy, FeesError> {
        let amounts = [
            ("fixed", terms.fixed),
            ("minimum", terms.minimum),
            ("maximum", terms.maximum),
        ];
        let mut first = None;
        for (field, amount) in amounts {
            if let Some(amount) = amount {
                not_negative(amount, *first.get_or_insert(amount), field)?;
            }
        }
        if let (Some(minimum), Some(maximum)) = (terms.minimum, terms.maximum)
            && minimum.checked_cmp(maximum)?.is_gt()
        {
            return Err(FeesError::MinimumOverMaximum);
        }
        match (terms.side, terms.customer_share) {
            (FeeSide::Split, None) => Err(FeesError::SplitWithoutShare),
            (FeeSide::Provider | FeeSide::Customer, Some(_)) => Err(FeesError::ShareWithoutSplit),
            _ => Ok(FeePolicy(terms)),
        }
    }

    /// The terms.
    pub fn terms(&self) -> &FeeTerms {
        &self.0
    }

    /// The fee on a total after discount of `net`, and the tax on it.
    ///
    /// # Errors
    ///
    /// [`FeesError`] for negative amounts, for amounts of another currency than the policy's, and
    /// for ones beyond the limit.
    pub fn fee(&self, net: Money, tax: Money) -> Result<Fee, FeesError> {
        not_negative(net, net, "net")?;
        not_negative(tax, net, "tax")?;
        let base = match self.0.fee_base {
            FeeBase::Net => net,
            FeeBase::Gross => net.checked_add(tax)?,
        };
        let total = self.total(base)?;
        let zero = Money::zero(base.currency());
        let customer = match (self.0.side, self.0.customer_share) {
            (FeeSide::Customer, _) => total,
            (FeeSide::Split, Some(share)) => total.times(share.rate(), self.0.rounding)?,
            (FeeSide::Provider | FeeSide::Split, _) => zero,
        };
        // A share is at most 1, and rounding keeps what is at most a whole number at most that.
        let provider = total.checked_sub(customer)?;
        Ok(Fee {
            total,
            customer,
            provider,
        })
    }

    /// The whole fee on its base, before anybody bears it.
    ///
    /// The exact fee is `min(clamp(rate * base + fixed, minimum, maximum), base)`, to be rounded
    /// once. The bounds may be applied after rounding, to the same result: rounding keeps order
    /// (`x <= y` gives `round(x) <= round(y)`) and leaves whole numbers as they are, and every bound
    /// is a whole number of minor units, so that `round(min(x, bound)) = min(round(x), bound)`, and
    /// so for `max`. The fixed amount has to go into the exact sum: halves go to the even
    /// neighbour of the sum.
    fn total(&self, base: Money) -> Result<Money, FeesError> {
        let terms = &self.0;
        for amount in [terms.fixed, terms.minimum, terms.maximum] {
            if let Some(amount) = amount
                && amount.currency() != base.currency()
            {
                return Err(FeesError::FeeCurrency {
                    policy: amount.currency(),
                    price: base.currency(),
                });
            }
        }
        let (numerator, denominator) = terms.rate.fraction();
        let minor = |amount: Option<Money>| amount.map(|amount| i128::from(amount.minor()));
        // At most 10^16 times 10^15, and 10^16 times 10^12 on top: an `i128` holds them.
        let exact =
            i128::from(base.minor()) * numerator + minor(terms.fixed).unwrap_or(0) * denominator;
        let mut fee = terms.rounding.divide(exact, denominator);
        if sabotaged!(FeeRoundedTwice) {
            let tenths = terms.rounding.divide(exact * 10, denominator);
            fee = terms.rounding.divide(tenths, 10);
        }
        if let Some(minimum) = minor(terms.minimum) {
            fee = fee.max(minimum);
        }
        if let Some(maximum) = minor(terms.maximum) {
            fee = fee.min(maximum);
        }
        let capped = fee.min(i128::from(base.minor()));
        Ok(Money::from_wide(capped, base.currency())?)
    }
}

impl Fee {
    /// A fee of which each side bears a part.
    ///
    /// # Errors
    ///
    /// [`FeesError`] when a part is negative or the parts do not mix.
    pub fn new(customer: Money, provider: Money) -> Result<Fee, FeesError> {
        not_negative(customer, provider, "customer")?;
        not_negative(provider, customer, "provider")?;
        let total = customer.checked_add(provider)?;
        Ok(Fee {
            total,
            customer,
            provider,
        })
    }
}

impl FeeSide {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that serde asks for"
    )]
    fn is_default(&self) -> bool {
        *self == FeeSide::default()
    }
}

impl FeeBase {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that serde asks for"
    )]
    fn is_default(&self) -> bool {
        *self == FeeBase::default()
    }
}

impl TryFrom<FeeTerms> for FeePolicy {
    type Error = FeesError;

    fn try_from(terms: FeeTerms) -> Result<FeePolicy, FeesError> {
        FeePolicy::new(terms)
    }
}

impl From<FeePolicy> for FeeTerms {
    fn from(policy: FeePolicy) -> FeeTerms {
        policy.0
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeeFields {
    total: Money,
    customer: Money,
    provider: Money,
}

impl TryFrom<FeeFields> for Fee {
    type Error = FeesError;

    fn try_from(fields: FeeFields) -> Result<Fee, FeesError> {
        let fee = Fee::new(fields.customer, fields.provider)?;
        if fee.total == fields.total {
            Ok(fee)
        } else {
            Err(FeesError::QuoteSum {
                rule: "a fee is the customer's and the provider's part together",
            })
        }
    }
}

impl From<Fee> for FeeFields {
    fn from(fee: Fee) -> FeeFields {
        FeeFields {
            total: fee.total,
            customer: fee.customer,
            provider: fee.provider,
        }
    }
}
