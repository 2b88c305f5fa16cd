use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Charge, RefundAccount, RefundError, RefundTiers};
use crate::money::{Money, Rounding, Share};
use crate::sabotage::sabotaged;
use crate::time::text::serde_form;

/// What is given back when a booking does not take place; checked.
///
/// JSON form: that of [`RefundTerms`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RefundTerms", into = "RefundTerms")]
pub struct RefundPolicy(RefundTerms);

/// The parts of a [`RefundPolicy`], each optional; the default gives a customer nothing back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RefundTerms {
    /// The share that a customer gets back who cancels.
    pub tiers: RefundTiers,
    /// What is kept of that share when a customer cancels: a share of what was captured, or an
    /// amount. Never more than would have been given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_fee: Option<Charge>,
    /// What is kept when a customer does not come: a share of what was captured, or an amount.
    /// Without one all of it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_show_fee: Option<Charge>,
    /// How the refund and the platform fee in it are rounded.
    #[serde(skip_serializing_if = "Rounding::is_default")]
    pub rounding: Rounding,
}

/// A booking that does not take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancellationCase {
    /// What the customer has paid, their part of the platform fee included.
    pub captured: Money,
    /// The platform fee on it, whoever bears it.
    pub fee: Money,
    /// When the booking would have started.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// When it is cancelled: the instant of the request.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Who cancels, or does not come.
    pub by: CancelledBy,
    /// Whether it is cancelled, or somebody does not come.
    #[serde(default)]
    pub kind: CancellationKind,
    /// How it was moved before, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reschedules: Vec<Reschedule>,
}

/// Who cancels a booking, or moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancelledBy {
    /// Whoever booked; the tiers are for them.
    Customer,
    /// Whoever offers the service; the customer gets everything back.
    Provider,
    /// Whoever runs the platform; the customer gets everything back.
    Operator,
    /// A timer or a rule; the customer gets everything back.
    System,
}

/// Why a booking does not take place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancellationKind {
    /// It is cancelled.
    #[default]
    Cancellation,
    /// Somebody did not come.
    NoShow,
}

/// That a booking was moved to another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reschedule {
    /// When it was moved: the instant of the request.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// The start that it was moved away from.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// Who moved it; only the customer's own moves count.
    pub by: CancelledBy,
}

/// What a cancellation gives back, and what is kept.
///
/// `refund = feeReversed + fromProvider`, `captured = refund + kept`, and the provider has
/// `kept - feeKept` in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefundPreview {
    /// The share of what was captured that the policy gives back, before a cancellation or
    /// no-show fee.
    pub share: Share,
    /// The cancellation or no-show fee that is kept of that share; zero when there is none.
    pub charge: Money,
    /// What the customer gets back.
    pub refund: Money,
    /// The platform fee that is given back, a part of the refund.
    pub fee_reversed: Money,
    /// What the provider gives back, the rest of the refund.
    pub from_provider: Money,
    /// What is kept of what was captured.
    pub kept: Money,
    /// The platform fee on what is kept.
    pub fee_kept: Money,
}

impl RefundPolicy {
    /// Checks the terms.
    ///
    /// # Errors
    ///
    /// [`RefundError`] for a negative amount, amounts of different currencies, and a fee of more
    /// than everything.
    pub fn new(terms: RefundTerms) -> Result<RefundPolicy, RefundError> {
        let charges = [
            ("cancellationFee", terms.cancellation_fee),
            ("noShowFee", terms.no_show_fee),
        ];
        let mut first = None;
        for (field, charge) in charges {
            let Some(charge) = charge else { continue };
            charge.check_share()?;
            if let Charge::Amount(amount) = charge {
                if amount.is_negative() {
                    return Err(RefundError::Negative { field });
                }
                first.get_or_insert(amount).same_currency(amount)?;
            }
        }
        Ok(RefundPolicy(terms))
    }

    /// The terms.
    pub fn terms(&self) -> &RefundTerms {
        &self.0
    }

    /// The share that a customer gets back who cancels at `at`, after these moves.
    ///
    /// A move by the customer caps the share at what cancelling at that moment would have given:
    /// otherwise a booking that is too late to cancel would be moved far away first.
    pub fn share_at(
        &self,
        start: DateTime<Utc>,
        at: DateTime<Utc>,
        reschedules: &[Reschedule],
    ) -> Share {
        self.0.tiers.share_at(start, at).min(self.cap(reschedules))
    }

    fn cap(&self, reschedules: &[Reschedule]) -> Share {
        if sabotaged!(CapIgnored) {
            return Share::ALL;
        }
        let own = reschedules
            .iter()
            .filter(|reschedule| reschedule.by == CancelledBy::Customer)
            .map(|reschedule| self.0.tiers.share_at(reschedule.start, reschedule.at));
        own.min().unwrap_or(Share::ALL)
    }

    /// The share given back, and the fee that is kept of it.
    fn outcome(&self, case: &CancellationCase) -> (Share, Option<Charge>) {
        let terms = &self.0;
        match (case.by, case.kind) {
            (CancelledBy::Customer, CancellationKind::Cancellation) => {
                let share = self.share_at(case.start, case.at, &case.reschedules);
                (share, terms.cancellation_fee)
            }
            // Without a fee for it all is kept. With one, a move that was too late still caps what
            // is given back, so that not to come is never better than to cancel when moving.
            (CancelledBy::Customer, CancellationKind::NoShow) => match terms.no_show_fee {
                None => (Share::NONE, None),
                fee => (self.cap(&case.reschedules), fee),
            },
            (CancelledBy::Provider | CancelledBy::Operator | CancelledBy::System, _) => {
                (Share::ALL, None)
            }
        }
    }
}

/// What a cancellation would give back, before anybody commits to it; the same function decides
/// when it is done.
///
/// # Errors
///
/// [`RefundError`] for negative amounts, amounts of different currencies, and a platform fee of
/// more than was captured.
///
/// # Example
///
/// ```
/// use quando::fees::{CancellationCase, RefundPolicy, cancellation};
///
/// let policy: RefundPolicy = quando::json::parse(
///     r#"{"tiers": [{"hoursBefore": 48, "refund": "1.00"}, {"hoursBefore": 24, "refund": "0.50"}]}"#,
/// )?;
/// let case: CancellationCase = quando::json::parse(
///     r#"{"captured": {"amount": "100.00", "currency": "USD"},
///         "fee": {"amount": "7.00", "currency": "USD"},
///         "start": "2026-03-04T10:00:00Z", "at": "2026-03-03T08:00:00Z", "by": "customer"}"#,
/// )?;
/// let preview = cancellation(&policy, &case)?;
/// assert_eq!(preview.refund.to_string(), "50.00 USD");
/// assert_eq!(preview.fee_reversed.to_string(), "3.50 USD");
/// assert_eq!(preview.from_provider.to_string(), "46.50 USD");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cancellation(
    policy: &RefundPolicy,
    case: &CancellationCase,
) -> Result<RefundPreview, RefundError> {
    let rounding = policy.0.rounding;
    let mut account = RefundAccount::new(case.captured, case.fee, rounding)?;
    let (share, fee) = policy.outcome(case);
    let given = case.captured.times(share.rate(), rounding)?;
    let charge = match fee {
        Some(fee) => smaller(fee.on(case.captured, rounding)?, given)?,
        None => Money::zero(case.captured.currency()),
    };
    let refund = given.checked_sub(charge)?;
    if refund.is_positive() {
        account.refund(refund)?;
    }
    let fee_reversed = account.fee_reversed();
    Ok(RefundPreview {
        share,
        charge,
        refund,
        fee_reversed,
        from_provider: refund.checked_sub(fee_reversed)?,
        kept: account.kept(),
        fee_kept: account.fee_kept(),
    })
}

fn smaller(one: Money, other: Money) -> Result<Money, RefundError> {
    Ok(if one.checked_cmp(other)?.is_le() {
        one
    } else {
        other
    })
}

impl TryFrom<RefundTerms> for RefundPolicy {
    type Error = RefundError;

    fn try_from(terms: RefundTerms) -> Result<RefundPolicy, RefundError> {
        RefundPolicy::new(terms)
    }
}

impl From<RefundPolicy> for RefundTerms {
    fn from(policy: RefundPolicy) -> RefundTerms {
        policy.0
    }
}
