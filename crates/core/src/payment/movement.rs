//! Entries for each way that money moves.
//!
//! Held money is one sum; it is split between provider and platform when it is released, and what
//! was split is pulled back before it is refunded or disputed. Refunds are therefore always paid
//! from held money, and the platform's share is always the fee on what was captured less the part
//! of it that was given back, rounded once.

use super::{Payment, PaymentError};
use crate::ledger::{Account, Entry, EntryReason, Posting};
use crate::money::{Money, proportion};
use crate::sabotage::sabotaged;

impl Payment {
    /// The processor collected an amount, and keeps its fee.
    pub(super) fn capture_entry(&self, amount: Money) -> Result<Entry, PaymentError> {
        let mut movement = Movement::new(self);
        movement.debit(Account::Captured, amount)?;
        movement.credit(Account::Held, amount)?;
        movement.entry(EntryReason::Capture, self.platform_share()?)
    }

    /// Held money went back to the customer.
    pub(super) fn refund_entry(&self, amount: Money) -> Result<Entry, PaymentError> {
        self.moved(
            EntryReason::Refund,
            (Account::Held, Account::Refunded),
            amount,
        )
    }

    /// The provider's bank received what the provider was owed.
    pub(super) fn payout_entry(&self, amount: Money) -> Result<Entry, PaymentError> {
        let accounts = (Account::ProviderPayable, Account::PaidOut);
        self.moved(EntryReason::Payout, accounts, amount)
    }

    /// Held money that a dispute takes out of the platform's hands.
    pub(crate) fn dispute_entry(&self, amount: Money) -> Result<Entry, PaymentError> {
        let accounts = (Account::Held, Account::Disputed);
        self.moved(EntryReason::DisputeOpened, accounts, amount)
    }

    /// Disputed money that comes back to the platform's hands.
    pub(crate) fn dispute_won_entry(&self, amount: Money) -> Result<Entry, PaymentError> {
        let accounts = (Account::Disputed, Account::Held);
        self.moved(EntryReason::DisputeWon, accounts, amount)
    }

    /// Disputed money that stays with the customer.
    pub(crate) fn dispute_lost_entry(&self, amount: Money) -> Result<Entry, PaymentError> {
        let accounts = (Account::Disputed, Account::Refunded);
        self.moved(EntryReason::DisputeLost, accounts, amount)
    }

    /// All held money that no refund speaks for goes to the platform, as far as its fee goes, and
    /// to the provider, who first pays back what it owes.
    pub(crate) fn release_entry(&self) -> Result<Entry, PaymentError> {
        let amount = if sabotaged!(PendingRefundsReleased) {
            self.balances.held
        } else {
            self.releasable()?
        };
        let share = self.platform_share()?;
        let due = self.fee_kept(Money::zero(self.currency()))?;
        let fee = at_most(at_least_zero(due.checked_sub(share)?), amount)?;
        let provider = amount.checked_sub(fee)?;
        let owed = at_most(self.balances.provider_receivable, provider)?;
        let mut movement = Movement::new(self);
        movement.debit(Account::Held, amount)?;
        movement.credit(Account::ProviderReceivable, owed)?;
        movement.credit(Account::ProviderPayable, provider.checked_sub(owed)?)?;
        movement.entry(EntryReason::Release, share.checked_add(fee)?)
    }

    /// Money that was passed on comes back, so that an amount of held money is free: the platform's
    /// fee on it, what the provider is still owed, and for the rest the provider owes.
    ///
    /// `None` when enough is held.
    pub(crate) fn pull_back_entry(&self, amount: Money) -> Result<Option<Entry>, PaymentError> {
        let missing = amount.checked_sub(self.releasable()?)?;
        if !missing.is_positive() || sabotaged!(PullBackForgotten) {
            return Ok(None);
        }
        let share = self.platform_share()?;
        let kept = self.fee_kept(amount)?;
        let fee = at_most(at_least_zero(share.checked_sub(kept)?), missing)?;
        let provider = missing.checked_sub(fee)?;
        let free = self
            .balances
            .provider_payable
            .checked_sub(self.payouts_pending()?)?;
        let payable = at_most(at_least_zero(free), provider)?;
        let mut movement = Movement::new(self);
        movement.credit(Account::Held, missing)?;
        movement.debit(Account::ProviderPayable, payable)?;
        movement.debit(Account::ProviderReceivable, provider.checked_sub(payable)?)?;
        let entry = movement.entry(EntryReason::PullBack, share.checked_sub(fee)?)?;
        Ok(Some(entry))
    }

    /// More of the platform's fee than is left of it, which comes back to be released to the
    /// provider: after a release a refund was paid from money that came in later.
    ///
    /// `None` when the platform has no more than its fee.
    pub(crate) fn excess_entry(&self) -> Result<Option<Entry>, PaymentError> {
        let share = self.platform_share()?;
        let kept = self.fee_kept(Money::zero(self.currency()))?;
        let excess = share.checked_sub(kept)?;
        if !self.released || !excess.is_positive() {
            return Ok(None);
        }
        let mut movement = Movement::new(self);
        movement.credit(Account::Held, excess)?;
        let entry = movement.entry(EntryReason::PullBack, share.checked_sub(excess)?)?;
        Ok(Some(entry))
    }

    /// Held money that no refund speaks for.
    pub(crate) fn releasable(&self) -> Result<Money, PaymentError> {
        Ok(self.balances.held.checked_sub(self.refunds_pending()?)?)
    }

    /// The platform's fee on a part of what is captured.
    pub(crate) fn fee_on(&self, captured: Money) -> Result<Money, PaymentError> {
        if captured.is_zero() || self.basis.total.is_zero() {
            return Ok(Money::zero(self.currency()));
        }
        let basis = &self.basis;
        if sabotaged!(WholeFeeOnPart) {
            return at_most(basis.fee, captured);
        }
        Ok(proportion(basis.fee, captured, basis.total, self.rounding)?)
    }

    /// The platform's fee on what was captured, less the part that goes back with refunds and
    /// disputes, and with `more` of them.
    fn fee_kept(&self, more: Money) -> Result<Money, PaymentError> {
        let captured = self.balances.captured;
        let fee = self.fee_on(captured)?;
        if fee.is_zero() {
            return Ok(fee);
        }
        if sabotaged!(FeeKeptOnRefund) {
            return Ok(fee);
        }
        let mut out = self.balances.refunded.checked_add(self.balances.disputed)?;
        if sabotaged!(FeeKeptOnDispute) {
            out = self.balances.refunded;
        }
        let out = out
            .checked_add(self.refunds_pending()?)?
            .checked_add(more)?;
        let given_back = proportion(fee, out, captured, self.rounding)?;
        Ok(at_least_zero(fee.checked_sub(given_back)?))
    }

    /// What the platform has of the booking, the part that it passed on to the processor included.
    fn platform_share(&self) -> Result<Money, PaymentError> {
        let balances = &self.balances;
        Ok(balances.platform_fee.checked_add(balances.processor_fee)?)
    }

    fn moved(
        &self,
        reason: EntryReason,
        (from, to): (Account, Account),
        amount: Money,
    ) -> Result<Entry, PaymentError> {
        let mut movement = Movement::new(self);
        movement.debit(from, amount)?;
        movement.credit(to, amount)?;
        movement.entry(reason, self.platform_share()?)
    }
}

/// Postings that are being put together.
struct Movement<'a> {
    payment: &'a Payment,
    postings: Vec<Posting>,
}

impl Movement<'_> {
    fn new(payment: &Payment) -> Movement<'_> {
        Movement {
            payment,
            postings: Vec::with_capacity(6),
        }
    }

    fn debit(&mut self, account: Account, amount: Money) -> Result<(), PaymentError> {
        self.postings.push(Posting { account, amount });
        Ok(())
    }

    fn credit(&mut self, account: Account, amount: Money) -> Result<(), PaymentError> {
        self.debit(account, amount.checked_neg()?)
    }

    /// The entry, with the postings after which the platform has `share` of the booking: the
    /// processor's fee is borne by it as far as it goes, the rest is the platform's expense.
    fn entry(mut self, reason: EntryReason, share: Money) -> Result<Entry, PaymentError> {
        let balances = &self.payment.balances;
        let processor = at_most(self.payment.processor_fees, share)?;
        let expense = self.payment.processor_fees.checked_sub(processor)?;
        let more_expense = expense.checked_sub(balances.platform_expense)?;
        let more_processor = processor.checked_sub(balances.processor_fee)?;
        let platform = share.checked_sub(processor)?;
        let more_platform = platform.checked_sub(balances.platform_fee)?;
        self.credit(Account::PlatformFee, more_platform)?;
        self.credit(Account::ProcessorFee, more_processor)?;
        self.debit(Account::PlatformExpense, more_expense)?;
        self.credit(Account::ProcessorClaim, more_expense)?;
        Ok(Entry::new(reason, self.postings)?)
    }
}

fn at_least_zero(amount: Money) -> Money {
    if amount.is_negative() {
        Money::zero(amount.currency())
    } else {
        amount
    }
}

fn at_most(amount: Money, most: Money) -> Result<Money, PaymentError> {
    if amount.checked_sub(most)?.is_positive() {
        Ok(most)
    } else {
        Ok(amount)
    }
}
