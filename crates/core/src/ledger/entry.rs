use std::fmt;

use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::money::Money;

/// An account of a booking's ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Account {
    /// What the processor collected from the customer. Grows by debits.
    Captured,
    /// What went back to the customer.
    Refunded,
    /// What a dispute has taken out of the platform's hands.
    Disputed,
    /// The platform's share.
    PlatformFee,
    /// The processor's fee as far as the platform's share of this booking bears it.
    ProcessorFee,
    /// What the provider's bank received.
    PaidOut,
    /// What the provider is owed.
    ProviderPayable,
    /// What waits for the service to be done.
    Held,
    /// What the provider owes after a refund of money that it had been passed. Grows by debits.
    ProviderReceivable,
    /// The processor's fee as far as the platform bears it from its own pocket. Grows by debits.
    PlatformExpense,
    /// What the processor kept for that from the platform's own money.
    ProcessorClaim,
}

impl Account {
    /// All of them.
    pub const ALL: [Account; 11] = [
        Account::Captured,
        Account::Refunded,
        Account::Disputed,
        Account::PlatformFee,
        Account::ProcessorFee,
        Account::PaidOut,
        Account::ProviderPayable,
        Account::Held,
        Account::ProviderReceivable,
        Account::PlatformExpense,
        Account::ProcessorClaim,
    ];

    /// Whether the balance grows by debits; that of the others grows by credits.
    pub fn grows_by_debit(self) -> bool {
        matches!(
            self,
            Account::Captured | Account::ProviderReceivable | Account::PlatformExpense
        )
    }

    /// The name in JSON and in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Account::Captured => "captured",
            Account::Refunded => "refunded",
            Account::Disputed => "disputed",
            Account::PlatformFee => "platformFee",
            Account::ProcessorFee => "processorFee",
            Account::PaidOut => "paidOut",
            Account::ProviderPayable => "providerPayable",
            Account::Held => "held",
            Account::ProviderReceivable => "providerReceivable",
            Account::PlatformExpense => "platformExpense",
            Account::ProcessorClaim => "processorClaim",
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One line of an entry: a debit is positive, a credit negative; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// How much: a debit is positive, a credit negative.
    pub amount: Money,
}

/// Why money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EntryReason {
    /// The processor collected a payment.
    Capture,
    /// Money that had been passed on is taken back to be refunded or disputed.
    PullBack,
    /// The processor gave money back.
    Refund,
    /// A dispute took money away.
    DisputeOpened,
    /// The dispute was won: the money is back.
    DisputeWon,
    /// The dispute was lost: the money stays with the customer.
    DisputeLost,
    /// Held money went to the provider and to the platform.
    Release,
    /// The provider's bank received its money.
    Payout,
}

/// Postings that sum to zero, written once and never edited.
///
/// JSON form: `{"reason":"capture","postings":[{"account":"captured","amount":{…}},…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EntryFields", into = "EntryFields")]
pub struct Entry {
    reason: EntryReason,
    postings: Vec<Posting>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EntryFields {
    reason: EntryReason,
    postings: Vec<Posting>,
}

impl Entry {
    /// An entry of postings; those of zero are left out.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] when the postings are in several currencies, too large to add, or do not sum
    /// to zero.
    pub fn new(reason: EntryReason, postings: Vec<Posting>) -> Result<Entry, LedgerError> {
        let mut postings = postings;
        postings.retain(|posting| !posting.amount.is_zero());
        let mut rest = postings.iter();
        if let Some(first) = rest.next() {
            let sum = rest.try_fold(first.amount, |sum, each| sum.checked_add(each.amount))?;
            if !sum.is_zero() {
                return Err(LedgerError::Unbalanced);
            }
        }
        Ok(Entry { reason, postings })
    }

    /// Why money moved.
    pub fn reason(&self) -> EntryReason {
        self.reason
    }

    /// The postings; their sum is zero and none of them is.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Whether nothing moves.
    pub fn is_empty(&self) -> bool {
        self.postings.is_empty()
    }
}

impl TryFrom<EntryFields> for Entry {
    type Error = LedgerError;

    fn try_from(fields: EntryFields) -> Result<Entry, LedgerError> {
        Entry::new(fields.reason, fields.postings)
    }
}

impl From<Entry> for EntryFields {
    fn from(entry: Entry) -> EntryFields {
        EntryFields {
            reason: entry.reason,
            postings: entry.postings,
        }
    }
}
