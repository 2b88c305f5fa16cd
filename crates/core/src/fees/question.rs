//! Whole questions, as the command line and other languages ask them.

use serde::{Deserialize, Serialize};

use super::{
    CancellationCase, FeePolicy, FeesError, PricePolicy, Quote, QuoteRequest, RefundAccount,
    RefundError, RefundLeg, RefundPolicy, RefundPreview, RefundTerms, RefundTiers, cancellation,
    quote,
};
use crate::money::{Money, Rounding};

/// What a booking costs: `{"price","fee","request"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteQuestion {
    /// What things cost.
    pub price: PricePolicy,
    /// What the platform takes; 7 % on the provider's side by default.
    #[serde(default)]
    pub fee: FeePolicy,
    /// What is to be priced.
    pub request: QuoteRequest,
}

impl QuoteQuestion {
    /// The answer: [`quote`].
    ///
    /// # Errors
    ///
    /// As [`quote`].
    pub fn quote(&self) -> Result<Quote, FeesError> {
        quote(&self.price, &self.fee, &self.request)
    }
}

/// What is given back: a cancellation, `{"policy","case"}` or `{"tiers","case"}`, or several
/// refunds of one payment, `{"captured","fee","rounding","refunds"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RefundFields", into = "RefundFields")]
pub enum RefundQuestion {
    /// What a cancellation would give back.
    Cancellation(Box<(RefundPolicy, CancellationCase)>),
    /// Where the money of several refunds comes from, one after the other.
    Refunds {
        /// The account, from its beginning.
        account: RefundAccount,
        /// How much is given back each time.
        refunds: Vec<Money>,
    },
}

/// The answer to a [`RefundQuestion`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RefundAnswer {
    /// Of a cancellation.
    Preview(Box<RefundPreview>),
    /// Of several refunds.
    Legs(RefundLegs),
}

/// Where the money of several refunds comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundLegs {
    /// One for each refund, in order.
    pub legs: Vec<RefundStep>,
    /// What has not been given back in the end.
    pub kept: Money,
    /// How much of the platform fee has not been given back in the end.
    pub fee_kept: Money,
}

/// What became of one refund; one that is refused changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RefundStep {
    /// Where its money comes from.
    Leg(RefundLeg),
    /// Why there was none.
    Refused {
        /// The code of a [`RefundError`].
        error: &'static str,
    },
}

impl RefundQuestion {
    /// The answer: [`cancellation`], or [`RefundAccount::refund`] for each refund.
    ///
    /// # Errors
    ///
    /// As [`cancellation`]; a refund of several that is refused is an answer.
    pub fn answer(&self) -> Result<RefundAnswer, RefundError> {
        match self {
            RefundQuestion::Cancellation(question) => {
                let preview = cancellation(&question.0, &question.1)?;
                Ok(RefundAnswer::Preview(Box::new(preview)))
            }
            RefundQuestion::Refunds { account, refunds } => {
                let mut account = *account;
                let steps = refunds.iter().map(|amount| match account.refund(*amount) {
                    Ok(leg) => RefundStep::Leg(leg),
                    Err(error) => RefundStep::Refused {
                        error: error.code(),
                    },
                });
                let legs = steps.collect();
                Ok(RefundAnswer::Legs(RefundLegs {
                    legs,
                    kept: account.kept(),
                    fee_kept: account.fee_kept(),
                }))
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<RefundPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tiers: Option<RefundTiers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    case: Option<CancellationCase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    captured: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fee: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rounding: Option<Rounding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refunds: Option<Vec<Money>>,
}

/// What a question of another shape is told.
const SHAPE: &str = "expected `policy` or `tiers` and a `case`, or `captured`, `fee` and `refunds`";

impl TryFrom<RefundFields> for RefundQuestion {
    type Error = String;

    fn try_from(fields: RefundFields) -> Result<RefundQuestion, String> {
        match fields {
            RefundFields {
                policy,
                tiers,
                case: Some(case),
                captured: None,
                fee: None,
                rounding: None,
                refunds: None,
            } => {
                let policy = match (policy, tiers) {
                    (Some(policy), None) => policy,
                    (None, Some(tiers)) => of_tiers(tiers),
                    _ => return Err(SHAPE.to_owned()),
                };
                Ok(RefundQuestion::Cancellation(Box::new((policy, case))))
            }
            RefundFields {
                policy: None,
                tiers: None,
                case: None,
                captured: Some(captured),
                fee: Some(fee),
                rounding,
                refunds: Some(refunds),
            } => {
                let account = RefundAccount::new(captured, fee, rounding.unwrap_or_default());
                let account = account.map_err(|error| error.to_string())?;
                Ok(RefundQuestion::Refunds { account, refunds })
            }
            _ => Err(SHAPE.to_owned()),
        }
    }
}

fn of_tiers(tiers: RefundTiers) -> RefundPolicy {
    let terms = RefundTerms {
        tiers,
        ..RefundTerms::default()
    };
    RefundPolicy::new(terms).expect("tiers alone contradict nothing")
}

impl From<RefundQuestion> for RefundFields {
    fn from(question: RefundQuestion) -> RefundFields {
        let mut fields = RefundFields {
            policy: None,
            tiers: None,
            case: None,
            captured: None,
            fee: None,
            rounding: None,
            refunds: None,
        };
        match question {
            RefundQuestion::Cancellation(question) => {
                fields.policy = Some(question.0);
                fields.case = Some(question.1);
            }
            RefundQuestion::Refunds { account, refunds } => {
                fields.captured = Some(account.captured());
                fields.fee = Some(account.fee());
                fields.rounding = Some(account.rounding());
                fields.refunds = Some(refunds);
            }
        }
        fields
    }
}
