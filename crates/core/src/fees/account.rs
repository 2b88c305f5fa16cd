use serde::{Deserialize, Serialize};

use super::RefundError;
use crate::money::{Money, Rounding, proportion};

/// What was captured for a booking, and how much of it has been given back.
///
/// Refunds are cumulative: of the platform fee, `round(fee * refunded / captured)` has been given
/// back at any time, so that many small refunds come to the same as one, and all of the fee is
/// given back once all of the money is. JSON form: `{"captured","fee","refunded","feeReversed"}`
/// and `rounding`, each an amount; what does not belong together is refused.
///
/// # Example
///
/// ```
/// use quando::fees::RefundAccount;
/// use quando::money::{Currency, Money, Rounding};
///
/// let dollars = |text| Money::parse(text, Currency::new("USD")?);
/// let mut account = RefundAccount::new(dollars("100.00")?, dollars("7.00")?, Rounding::default())?;
/// let leg = account.refund(dollars("33.33")?)?;
/// assert_eq!((leg.fee_reversed, leg.from_provider), (dollars("2.33")?, dollars("31.00")?));
/// assert!(account.refund(dollars("66.68")?).is_err());
/// let leg = account.refund(dollars("66.67")?)?;
/// assert_eq!((leg.fee_reversed, leg.from_provider), (dollars("4.67")?, dollars("62.00")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AccountFields", into = "AccountFields")]
pub struct RefundAccount {
    captured: Money,
    fee: Money,
    refunded: Money,
    rounding: Rounding,
}

/// Where the money of one refund comes from; a part that is zero is no movement of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefundLeg {
    /// The platform fee that is given back.
    pub fee_reversed: Money,
    /// What the provider gives back.
    pub from_provider: Money,
}

impl RefundAccount {
    /// An account of which nothing has been given back.
    ///
    /// # Errors
    ///
    /// [`RefundError`] for negative amounts, amounts of different currencies, and a fee of more
    /// than was captured.
    pub fn new(
        captured: Money,
        fee: Money,
        rounding: Rounding,
    ) -> Result<RefundAccount, RefundError> {
        if captured.is_negative() {
            return Err(RefundError::Negative { field: "captured" });
        }
        if fee.is_negative() {
            return Err(RefundError::Negative { field: "fee" });
        }
        if fee.checked_cmp(captured)?.is_gt() {
            return Err(RefundError::FeeOverCaptured);
        }
        Ok(RefundAccount {
            captured,
            fee,
            refunded: Money::zero(captured.currency()),
            rounding,
        })
    }

    /// An account as it was kept, of which so much has been given back.
    ///
    /// # Errors
    ///
    /// As [`RefundAccount::new`], [`RefundError::OverCaptured`], and [`RefundError::Negative`].
    pub fn resume(self, refunded: Money) -> Result<RefundAccount, RefundError> {
        if refunded.is_negative() {
            return Err(RefundError::Negative { field: "refunded" });
        }
        if refunded.checked_cmp(self.captured)?.is_gt() {
            return Err(RefundError::OverCaptured);
        }
        Ok(RefundAccount { refunded, ..self })
    }

    /// Gives so much back to the customer, and says where it comes from.
    ///
    /// # Errors
    ///
    /// [`RefundError::NotPositive`], [`RefundError::OverCaptured`] when the refunds would be more
    /// than what was captured, and [`RefundError::Money`] for another currency. The account is as
    /// it was then.
    pub fn refund(&mut self, amount: Money) -> Result<RefundLeg, RefundError> {
        amount.same_currency(self.captured)?;
        if !amount.is_positive() {
            return Err(RefundError::NotPositive);
        }
        let left = self.kept();
        if amount.checked_cmp(left)?.is_gt() {
            return Err(RefundError::OverCaptured);
        }
        let before = self.fee_reversed();
        self.refunded = self.refunded.checked_add(amount)?;
        // The fee is at most what was captured, so that the exact fee given back grows by no more
        // than the refund does, which is whole: rounded, it does neither. So no leg is negative.
        let fee_reversed = self.fee_reversed().checked_sub(before)?;
        Ok(RefundLeg {
            fee_reversed,
            from_provider: amount.checked_sub(fee_reversed)?,
        })
    }

    /// What was captured.
    pub fn captured(&self) -> Money {
        self.captured
    }

    /// The platform fee on it, before any refund.
    pub fn fee(&self) -> Money {
        self.fee
    }

    /// How the fee given back is rounded.
    pub fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// What has been given back.
    pub fn refunded(&self) -> Money {
        self.refunded
    }

    /// How much of the platform fee has been given back.
    pub fn fee_reversed(&self) -> Money {
        if self.captured.is_zero() {
            // The fee is at most what was captured.
            return self.captured;
        }
        let reversed = proportion(self.fee, self.refunded, self.captured, self.rounding);
        // INVARIANT: one currency, and the result is between zero and the fee.
        reversed.expect("the parts of an account belong together")
    }

    /// What has not been given back.
    pub fn kept(&self) -> Money {
        let kept = self.captured.checked_sub(self.refunded);
        kept.expect("no more is refunded than was captured, of one currency")
    }

    /// How much of the platform fee has not been given back.
    pub fn fee_kept(&self) -> Money {
        let kept = self.fee.checked_sub(self.fee_reversed());
        kept.expect("no more of the fee is given back than there was")
    }
}

/// The platform fee on a part of the total that is captured, such as a deposit: in proportion,
/// rounded once, and whole when all of it is captured.
///
/// # Errors
///
/// [`RefundError`] for negative amounts, amounts of different currencies, and more captured than
/// the total.
pub fn fee_on(
    fee: Money,
    captured: Money,
    total: Money,
    rounding: Rounding,
) -> Result<Money, RefundError> {
    let whole = RefundAccount::new(total, fee, rounding)?;
    match whole.resume(captured) {
        // The part of the fee that belongs to a part of the money is the same, whichever way the
        // money goes.
        Ok(part) => Ok(part.fee_reversed()),
        Err(RefundError::OverCaptured) => Err(RefundError::CapturedOverTotal),
        Err(RefundError::Negative { .. }) => Err(RefundError::Negative { field: "captured" }),
        Err(other) => Err(other),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountFields {
    captured: Money,
    fee: Money,
    refunded: Money,
    fee_reversed: Money,
    #[serde(default, skip_serializing_if = "Rounding::is_default")]
    rounding: Rounding,
}

impl TryFrom<AccountFields> for RefundAccount {
    type Error = RefundError;

    fn try_from(fields: AccountFields) -> Result<RefundAccount, RefundError> {
        let new = RefundAccount::new(fields.captured, fields.fee, fields.rounding)?;
        let account = new.resume(fields.refunded)?;
        if account.fee_reversed() == fields.fee_reversed {
            Ok(account)
        } else {
            Err(RefundError::AccountDisagrees)
        }
    }
}

impl From<RefundAccount> for AccountFields {
    fn from(account: RefundAccount) -> AccountFields {
        AccountFields {
            captured: account.captured,
            fee: account.fee,
            refunded: account.refunded,
            fee_reversed: account.fee_reversed(),
            rounding: account.rounding,
        }
    }
}
