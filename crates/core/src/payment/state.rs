use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Answer, Dispute, InstructionId, InstructionKind};
use crate::booking::Note;
use crate::id::BookingId;
use crate::ledger::Balances;
use crate::money::{Currency, Money, MoneyError, Rounding};
use crate::sabotage::sabotaged;
use crate::time::text::serde_form;

/// The money of one booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Payment {
    /// The price that the fee was computed for.
    pub basis: FeeBasis,
    /// What the customer owes in all, for all times that the booking was moved to.
    pub owed: Money,
    /// How the part of the fee that goes back with a refund is rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Where each cent is.
    pub balances: Balances,
    /// Payments that were asked for; the first has the number 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<Intent>,
    /// Refunds that were asked for; the first has the number 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refund>,
    /// Payouts that were asked for; the first has the number 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<Payout>,
    /// Disputes, open and closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// What the processor keeps for all captures.
    pub processor_fees: Money,
    /// Answers to instructions that were not given yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<Answer>,
    /// When money was captured first: from then on it may be held for a limited time.
    #[serde(
        default,
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    pub captured_at: Option<DateTime<Utc>>,
    /// When held money is due to be passed on; not known before the service is done.
    #[serde(
        default,
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    pub release_at: Option<DateTime<Utc>>,
    /// Whether held money has been passed on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub released: bool,
}

/// The platform's fee, and the price that it is the fee of. What is captured bears its share of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeeBasis {
    /// What the customer pays in all.
    pub total: Money,
    /// The platform's fee, the customer's part included.
    pub fee: Money,
}

/// What a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// The whole price.
    Price,
    /// A part of it, when booking.
    Deposit,
    /// What is still to be paid: the rest after a deposit, or more for another time.
    Balance,
}

/// A payment that the customer is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Intent {
    /// What for.
    pub purpose: Purpose,
    /// How much.
    pub amount: Money,
    /// Whether the amount was reserved at some time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub authorised: bool,
    /// When the processor lets the authorisation go by itself, if it said so.
    #[serde(
        default,
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    pub authorised_until: Option<DateTime<Utc>>,
    /// How many times the processor was asked to capture it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub capture_attempts: u32,
    /// Whether the amount is collected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub captured: bool,
    /// How many times the processor was asked to let it go.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub void_attempts: u32,
    /// Whether the authorisation is let go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voided: bool,
    /// The booking that took this one's place, and this payment with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_on: Option<BookingId>,
    /// The booking that it was asked for: its instructions go by that booking's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_over: Option<BookingId>,
    /// What did not work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// Something that the processor could not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failure {
    /// What it was asked to do.
    pub instruction: InstructionId,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
}

/// How far a payment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntentStatus {
    /// The processor was asked to authorise it.
    Requested,
    /// It is reserved.
    Authorised,
    /// It is collected.
    Captured,
    /// It could not be reserved, or not be collected.
    Failed,
    /// It was let go.
    Voided,
    /// It belongs to the booking that took this one's place.
    PassedOn,
}

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefundReason {
    /// The booking was called off, by its terms.
    Cancelled,
    /// The provider said no.
    Declined,
    /// The payment came after the booking had expired.
    Expired,
    /// Somebody did not come, by the booking's terms.
    NoShow,
    /// More was collected than is owed: paid twice, or the booking was moved to a time that costs
    /// less.
    Overpaid,
    /// A dispute was decided so.
    Dispute,
    /// Provider or operator give it back beyond the terms.
    Goodwill,
}

/// Money that goes back to the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refund {
    /// Why.
    pub reason: RefundReason,
    /// How much, more than nothing.
    pub amount: Money,
    /// How many times the processor was asked.
    pub attempts: u32,
    /// Whether the customer has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// Whether it failed and was given up, for the customer's bank has taken its money.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
    /// What did not work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// Money that goes to the provider's bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Payout {
    /// How much, more than nothing.
    pub amount: Money,
    /// How many times the processor was asked.
    pub attempts: u32,
    /// Whether the bank has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// What did not work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// Where the money of a booking stands, as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MoneyState {
    /// Nothing was paid.
    None,
    /// Reserved on the customer's card.
    Authorised,
    /// Collected and held.
    Captured,
    /// The service is done; held until the time for complaints is over.
    Releasable,
    /// Passed on to the provider and the platform.
    Released,
    /// A part went back.
    PartRefunded,
    /// All went back.
    Refunded,
    /// A dispute is open.
    Disputed,
    /// The processor could not do what it was asked to, and somebody has to look at it.
    Failed,
}

impl Payment {
    /// The money of a booking that nothing was paid for.
    pub fn new(basis: FeeBasis, rounding: Rounding) -> Payment {
        let currency = basis.total.currency();
        Payment {
            basis,
            owed: basis.total,
            rounding,
            balances: Balances::zero(currency),
            intents: Vec::new(),
            refunds: Vec::new(),
            payouts: Vec::new(),
            disputes: Vec::new(),
            processor_fees: Money::zero(currency),
            parked: Vec::new(),
            captured_at: None,
            release_at: None,
            released: false,
        }
    }

    /// The currency of all its amounts.
    pub fn currency(&self) -> Currency {
        self.basis.total.currency()
    }

    /// Where the money stands, as one word: the first that applies of disputed, failed, refunded,
    /// released, releasable, part refunded, captured, authorised.
    pub fn state(&self) -> MoneyState {
        let balances = &self.balances;
        let captured = balances.captured.is_positive();
        let any = |status: IntentStatus| self.intents.iter().any(|each| each.status() == status);
        if self.has_open_dispute() {
            MoneyState::Disputed
        } else if self.has_failed() {
            MoneyState::Failed
        } else if captured && balances.refunded == balances.captured {
            MoneyState::Refunded
        } else if captured && self.released {
            MoneyState::Released
        } else if captured && self.release_at.is_some() && self.has_releasable() {
            MoneyState::Releasable
        } else if balances.refunded.is_positive() {
            MoneyState::PartRefunded
        } else if captured {
            MoneyState::Captured
        } else if any(IntentStatus::Authorised) {
            MoneyState::Authorised
        } else {
            MoneyState::None
        }
    }

    /// Whether money is held that no refund speaks for.
    fn has_releasable(&self) -> bool {
        self.releasable().is_ok_and(Money::is_positive)
    }

    /// Whether a dispute is open, which freezes the release of money.
    ///
    /// A chargeback of more than there is waits, parked, for what may still be collected, and does
    /// not count until then; hosts watch what stays parked.
    pub fn has_open_dispute(&self) -> bool {
        self.disputes.iter().any(Dispute::is_open)
    }

    /// Whether the last attempt at something that is still wanted has failed.
    pub fn has_failed(&self) -> bool {
        self.has_failed_to_collect()
            || self.refunds.iter().any(Refund::has_failed)
            || self.payouts.iter().any(Payout::has_failed)
    }

    /// Whether the last attempt at a payment has failed.
    pub fn has_failed_to_collect(&self) -> bool {
        let latest = self.intents.last();
        self.intents.iter().any(Intent::capture_failed)
            || latest.is_some_and(|intent| intent.status() == IntentStatus::Failed)
    }

    /// Refunds that were asked for and are not done, failed ones included unless they were given
    /// up: this money is spoken for.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] when amounts are too large to add.
    pub fn refunds_pending(&self) -> Result<Money, MoneyError> {
        let pending = self.refunds.iter().filter(|refund| refund.is_pending());
        self.sum(pending.map(|refund| refund.amount))
    }

    /// Payouts that were asked for and are not done, failed ones included.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] when amounts are too large to add.
    pub fn payouts_pending(&self) -> Result<Money, MoneyError> {
        let pending = self.payouts.iter().filter(|payout| !payout.done);
        self.sum(pending.map(|payout| payout.amount))
    }

    /// What was collected and neither given back, nor is about to be, nor disputed.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] when amounts are too large to add.
    pub fn kept(&self) -> Result<Money, MoneyError> {
        let balances = &self.balances;
        let kept = balances.captured.checked_sub(balances.refunded)?;
        kept.checked_sub(balances.disputed)?
            .checked_sub(self.refunds_pending()?)
    }

    /// What is reserved or collected, or may still be, less what went back because it was more than
    /// was owed at that time.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] when amounts are too large to add.
    pub fn asked_for(&self) -> Result<Money, MoneyError> {
        let live = self.intents.iter().filter(|intent| {
            let status = intent.status();
            !matches!(
                status,
                IntentStatus::Failed | IntentStatus::Voided | IntentStatus::PassedOn
            ) && (intent.void_attempts == 0 || intent.captured)
        });
        let overpaid =
            |refund: &&Refund| refund.reason == RefundReason::Overpaid && !refund.dropped;
        let returned = self.refunds.iter().filter(overpaid);
        let returned = self.sum(returned.map(|refund| refund.amount))?;
        let live = self.sum(live.map(|intent| intent.amount))?;
        if sabotaged!(ReturnedForgotten) {
            return Ok(live);
        }
        live.checked_sub(returned)
    }

    /// What is reserved or collected.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] when amounts are too large to add.
    pub fn secured(&self) -> Result<Money, MoneyError> {
        let secured = self.intents.iter().filter(|intent| {
            matches!(
                intent.status(),
                IntentStatus::Authorised | IntentStatus::Captured
            )
        });
        self.sum(secured.map(|intent| intent.amount))
    }

    /// Whether nothing more is expected of the processor, and nobody's money is left behind.
    pub fn is_settled(&self) -> bool {
        let waiting = |intent: &Intent| {
            matches!(
                intent.status(),
                IntentStatus::Requested | IntentStatus::Authorised
            )
        };
        !self.intents.iter().any(waiting)
            && !self.refunds.iter().any(Refund::is_pending)
            && self.payouts.iter().all(|payout| payout.done)
            && !self.has_open_dispute()
            && self.balances.held.is_zero()
            && self.balances.provider_payable.is_zero()
    }

    pub(super) fn sum(&self, amounts: impl Iterator<Item = Money>) -> Result<Money, MoneyError> {
        let zero = Money::zero(self.currency());
        amounts.into_iter().try_fold(zero, Money::checked_add)
    }
}

impl Intent {
    /// A payment that is to be asked for.
    pub fn new(purpose: Purpose, amount: Money) -> Intent {
        Intent {
            purpose,
            amount,
            authorised: false,
            authorised_until: None,
            capture_attempts: 0,
            captured: false,
            void_attempts: 0,
            voided: false,
            passed_on: None,
            taken_over: None,
            failures: Vec::new(),
        }
    }

    /// How far it has come. What is known only grows, so that the order of answers is the same to
    /// it: collected money is collected, whatever else was said before or after.
    pub fn status(&self) -> IntentStatus {
        if self.passed_on.is_some() {
            IntentStatus::PassedOn
        } else if self.captured {
            IntentStatus::Captured
        } else if self.voided {
            IntentStatus::Voided
        } else if self.capture_failed() || (!self.authorised && self.authorise_failed()) {
            IntentStatus::Failed
        } else if self.authorised {
            IntentStatus::Authorised
        } else {
            IntentStatus::Requested
        }
    }

    /// Whether the latest attempt to collect it failed.
    pub fn capture_failed(&self) -> bool {
        !self.captured
            && !self.voided
            && self.capture_attempts > 0
            && self.failed_at(InstructionKind::Capture, self.capture_attempts)
    }

    /// Whether the latest attempt to let it go failed.
    pub fn void_failed(&self) -> bool {
        !self.captured
            && !self.voided
            && self.void_attempts > 0
            && self.failed_at(InstructionKind::Void, self.void_attempts)
    }

    fn authorise_failed(&self) -> bool {
        self.failed_at(InstructionKind::Authorise, 1)
    }

    fn failed_at(&self, kind: InstructionKind, attempt: u32) -> bool {
        has_failure(&self.failures, kind, attempt)
    }
}

impl Refund {
    /// Whether the latest attempt failed.
    pub fn has_failed(&self) -> bool {
        self.is_pending() && has_failure(&self.failures, InstructionKind::Refund, self.attempts)
    }

    /// Whether it was asked for, and neither done nor given up.
    pub fn is_pending(&self) -> bool {
        !self.done && !self.dropped
    }
}

impl Payout {
    /// Whether the latest attempt failed.
    pub fn has_failed(&self) -> bool {
        !self.done && has_failure(&self.failures, InstructionKind::Payout, self.attempts)
    }
}

fn has_failure(failures: &[Failure], kind: InstructionKind, attempt: u32) -> bool {
    failures
        .iter()
        .any(|failure| failure.instruction.kind == kind && failure.instruction.attempt == attempt)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
