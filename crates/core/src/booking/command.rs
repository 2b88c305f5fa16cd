//! What can be asked of a booking.
//!
//! Every command says who acts ([`By`]), and may say which version of the booking it was made for:
//! with a stale one nothing happens. Ids and random bytes come with the command, so that deciding
//! twice gives the same.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Action, Actor, By, HoldToken, Note};
use crate::assign::AssignPolicy;
use crate::fees::ItemId;
use crate::id::{BookingId, CustomerId, DisputeId, ProviderId, ResourceId, SeriesId, ServiceId};
use crate::money::Money;
use crate::payment::{Answer, InstructionId};
use crate::review::{Rating, ReviewText};
use crate::time::text::serde_form;
use crate::time::{Interval, Minutes};

macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub struct $name {
                /// Who acts.
                pub by: By,
                /// The version of the booking that the command is for; any when absent.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub expected_version: Option<u64>,
                $($(#[$field_meta])* pub $field: $type,)*
            }

            impl From<$name> for Command {
                fn from(command: $name) -> Command {
                    Command::$name(command)
                }
            }
        )*

        /// Any command, as hosts store and replay it. JSON form: the command's fields, with its
        /// name as `"do"`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "do", rename_all = "camelCase")]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "documented at the struct of the same name")]
        pub enum Command {
            $($name($name),)*
        }

        impl Command {
            /// Who acts.
            pub fn by(&self) -> &By {
                match self {
                    $(Command::$name(command) => &command.by,)*
                }
            }

            /// The version of the booking that the command is for.
            pub fn expected_version(&self) -> Option<u64> {
                match self {
                    $(Command::$name(command) => command.expected_version,)*
                }
            }

            /// What it does.
            pub fn action(&self) -> Action {
                match self {
                    $(Command::$name(_) => Action::$name,)*
                }
            }
        }
    };
}

/// What somebody wants to hold or to book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wanted {
    /// The id of the booking to be.
    pub booking: BookingId,
    /// Who offers the service.
    pub provider: ProviderId,
    /// Who books.
    pub customer: CustomerId,
    /// What.
    pub service: ServiceId,
    /// From when on.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// How long, without add-ons; what the question's service says, less its add-ons, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<Minutes>,
    /// For how many.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub party: NonZeroU32,
    /// Add-ons, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_ons: Vec<ItemId>,
    /// The code of a discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<ItemId>,
    /// What the customer gives on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tips: Option<Money>,
    /// What the customer wants to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// The resources that the customer chose, by role; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Vec<ResourceId>>>,
    /// The series that the booking is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesId>,
    /// Why the slot is booked although it is taken or not offered. Only for operators and
    /// providers, who then also name the resources; the booking is flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<Note>,
    /// Random bits for assigning by weight.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
}

impl Wanted {
    /// A policy that takes the chosen resources, when there are some.
    pub(super) fn chosen(&self) -> Option<AssignPolicy> {
        let resources = self.resources.clone()?;
        Some(AssignPolicy::Chosen { resources })
    }
}

commands! {
    /// Keeps a slot for some minutes.
    Hold {
        /// What to keep.
        wanted: Wanted,
        /// The secret of the holder.
        token: HoldToken,
    }
    /// Keeps it for longer: for the time of a hold from now on, up to the longest that there is.
    ExtendHold {
        /// The secret of the holder.
        token: HoldToken,
    }
    /// Books a slot, or turns a hold into a booking.
    Create {
        /// What to book; absent when a hold is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wanted: Option<Wanted>,
        /// The secret of the holder, when a hold is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<HoldToken>,
        /// What the customer wants to say, when a hold is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notes: Option<Note>,
        /// Random bytes for the confirmation code.
        code_seed: CodeSeed,
    }
    /// Says yes to a booking that awaits approval.
    Approve {
        /// Random bytes for the confirmation code.
        code_seed: CodeSeed,
    }
    /// Says no to it.
    Decline {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
    /// Takes in an answer of the payment processor.
    ConfirmPayment {
        /// What it said.
        answer: Answer,
        /// Random bytes for the confirmation code.
        code_seed: CodeSeed,
        /// The id of a booking that may take this one's place, should the payment come too late.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        successor: Option<BookingId>,
    }
    /// Asks for a payment that is due: again after a failure, or the balance after a deposit.
    CollectPayment {}
    /// Calls the booking off, or lets go of a hold.
    Cancel {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
        /// The secret of the holder, when a customer lets go of a hold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<HoldToken>,
    }
    /// Moves the booking to another time.
    Reschedule {
        /// The new start.
        #[serde(with = "serde_form::instant")]
        start: DateTime<Utc>,
        /// The resources that the customer chose, by role.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resources: Option<Vec<Vec<ResourceId>>>,
        /// Random bits for assigning by weight.
        #[serde(default, skip_serializing_if = "is_zero")]
        seed: u64,
    }
    /// Gives the booking to other resources at the same time.
    Reassign {
        /// The new resources, by role.
        resources: Vec<Vec<ResourceId>>,
    }
    /// The customer is there.
    CheckIn {}
    /// The service is done.
    Complete {}
    /// Somebody did not come.
    MarkNoShow {
        /// Who: the customer or the provider.
        whose: Actor,
    }
    /// That was a mistake.
    UndoNoShow {}
    /// The time to undo a no-show is over: its money is settled.
    SettleNoShow {}
    /// The deadline of a hold or of a pending booking passed.
    Expire {}
    /// Complains, which freezes the money.
    Dispute {
        /// The name of the dispute.
        dispute: DisputeId,
        /// What is wrong.
        reason: Note,
    }
    /// Decides a complaint.
    ResolveDispute {
        /// Which.
        dispute: DisputeId,
        /// What goes back to the customer; nothing when absent. The rest goes to the provider.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund: Option<Money>,
    }
    /// Gives money back beyond what the terms say.
    Refund {
        /// How much.
        amount: Money,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    }
    /// Passes held money on to the provider.
    ReleaseFunds {}
    /// Sends a refund, a payout or a capture that failed once more.
    RetryPayment {
        /// What failed.
        instruction: InstructionId,
    }
    /// Reviews the other side.
    Review {
        /// From 1 to 5.
        rating: Rating,
        /// In words.
        text: ReviewText,
    }
    /// The time for reviews is over: those that are there are seen.
    PublishReviews {}
}

/// Four random bytes, as eight lower-case hexadecimal digits in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeSeed(pub [u8; 4]);

/// The text is no seed of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a seed has eight lower-case hexadecimal digits")]
pub struct CodeSeedError;

impl CodeSeedError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        "code-seed"
    }
}

impl TryFrom<String> for CodeSeed {
    type Error = CodeSeedError;

    fn try_from(text: String) -> Result<CodeSeed, CodeSeedError> {
        let lower = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != 8 || !lower {
            return Err(CodeSeedError);
        }
        let number = u32::from_str_radix(&text, 16).map_err(|_| CodeSeedError)?;
        Ok(CodeSeed(number.to_be_bytes()))
    }
}

impl From<CodeSeed> for String {
    fn from(seed: CodeSeed) -> String {
        format!("{:08x}", u32::from_be_bytes(seed.0))
    }
}

/// The slot that a booking of some length starts with.
pub(super) fn slot(start: DateTime<Utc>, seconds: i64) -> Option<Interval> {
    let start = start.timestamp();
    Interval::from_timestamps(start, start.checked_add(seconds)?).ok()
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_one(number: &NonZeroU32) -> bool {
    number.get() == 1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
