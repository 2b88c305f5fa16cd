use serde::{Deserialize, Serialize};

use super::{Account, Entry};
use crate::money::{Currency, Money, MoneyError};

/// Why an entry is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The postings of an entry do not sum to zero.
    #[error("the postings of an entry must sum to zero")]
    Unbalanced,
    /// A balance would fall below zero.
    #[error("the balance of `{account}` would fall below zero")]
    Overdrawn {
        /// Of which account.
        account: Account,
    },
    /// What was captured would not be where the books say.
    #[error("the captured money would not be the sum of where it went")]
    NotConserved,
    /// Amounts of several currencies, or too large ones.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl LedgerError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            LedgerError::Unbalanced => "entry-unbalanced",
            LedgerError::Overdrawn { .. } => "account-overdrawn",
            LedgerError::NotConserved => "money-not-conserved",
            LedgerError::Money(error) => error.code(),
        }
    }
}

/// The balances of a booking's ledger, none of them negative.
///
/// JSON form: one money value for each account, `{"captured":{…},"refunded":{…},…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the accounts are documented at `Account`")]
pub struct Balances {
    pub captured: Money,
    pub refunded: Money,
    pub disputed: Money,
    pub platform_fee: Money,
    pub processor_fee: Money,
    pub paid_out: Money,
    pub provider_payable: Money,
    pub held: Money,
    pub provider_receivable: Money,
    pub platform_expense: Money,
    pub processor_claim: Money,
}

impl Balances {
    /// Balances of zero.
    pub fn zero(currency: Currency) -> Balances {
        let zero = Money::zero(currency);
        Balances {
            captured: zero,
            refunded: zero,
            disputed: zero,
            platform_fee: zero,
            processor_fee: zero,
            paid_out: zero,
            provider_payable: zero,
            held: zero,
            provider_receivable: zero,
            platform_expense: zero,
            processor_claim: zero,
        }
    }

    /// The balance of an account.
    pub fn of(&self, account: Account) -> Money {
        match account {
            Account::Captured => self.captured,
            Account::Refunded => self.refunded,
            Account::Disputed => self.disputed,
            Account::PlatformFee => self.platform_fee,
            Account::ProcessorFee => self.processor_fee,
            Account::PaidOut => self.paid_out,
            Account::ProviderPayable => self.provider_payable,
            Account::Held => self.held,
            Account::ProviderReceivable => self.provider_receivable,
            Account::PlatformExpense => self.platform_expense,
            Account::ProcessorClaim => self.processor_claim,
        }
    }

    fn of_mut(&mut self, account: Account) -> &mut Money {
        match account {
            Account::Captured => &mut self.captured,
            Account::Refunded => &mut self.refunded,
            Account::Disputed => &mut self.disputed,
            Account::PlatformFee => &mut self.platform_fee,
            Account::ProcessorFee => &mut self.processor_fee,
            Account::PaidOut => &mut self.paid_out,
            Account::ProviderPayable => &mut self.provider_payable,
            Account::Held => &mut self.held,
            Account::ProviderReceivable => &mut self.provider_receivable,
            Account::PlatformExpense => &mut self.platform_expense,
            Account::ProcessorClaim => &mut self.processor_claim,
        }
    }

    /// The balances after an entry.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] when a balance would fall below zero, or captured money would get lost.
    pub fn post(mut self, entry: &Entry) -> Result<Balances, LedgerError> {
        for posting in entry.postings() {
            let account = posting.account;
            let balance = self.of_mut(account);
            *balance = if account.grows_by_debit() {
                balance.checked_add(posting.amount)?
            } else {
                balance.checked_sub(posting.amount)?
            };
        }
        for posting in entry.postings() {
            let account = posting.account;
            if self.of(account).is_negative() {
                return Err(LedgerError::Overdrawn { account });
            }
        }
        self.check_conservation()?;
        Ok(self)
    }

    /// Whether all captured money is where the books say.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotConserved`] when it is not.
    pub fn check_conservation(&self) -> Result<(), LedgerError> {
        let gone = [
            self.disputed,
            self.platform_fee,
            self.processor_fee,
            self.paid_out,
            self.provider_payable,
            self.held,
        ];
        let gone = gone
            .into_iter()
            .try_fold(self.refunded, |sum, each| sum.checked_add(each))?;
        let conserved = gone.checked_sub(self.provider_receivable)? == self.captured
            && self.platform_expense == self.processor_claim;
        if conserved {
            Ok(())
        } else {
            Err(LedgerError::NotConserved)
        }
    }
}
