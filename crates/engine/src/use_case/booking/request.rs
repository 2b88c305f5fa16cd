use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use quando::booking::{Actor, Booking, HoldToken, Note};
use quando::fees::ItemId;
use quando::id::{BookingId, CustomerId, DisputeId, ProviderId, ResourceId, SeriesId, ServiceId};
use quando::money::Money;
use quando::payment::{Answer, InstructionId};
use quando::review::{Rating, ReviewText};
use quando::time::Minutes;
use serde::{Deserialize, Serialize};

/// What somebody wants to hold or to book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBooking {
    /// Who offers the service.
    pub provider: ProviderId,
    /// What.
    pub service: ServiceId,
    /// Who books.
    pub customer: CustomerId,
    /// From when on.
    pub start: DateTime<Utc>,
    /// How long, without add-ons; as the service says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<Minutes>,
    /// For how many; for one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<NonZeroU32>,
    /// Add-ons, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_ons: Vec<ItemId>,
    /// The code of a discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<ItemId>,
    /// What the customer gives on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tips: Option<Money>,
    /// What the customer wants to say; kept sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// The resources that the customer chose, by role; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Vec<ResourceId>>>,
    /// Why the slot is booked although it is taken or not offered; for operators and providers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<Note>,
    /// The series that it is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesId>,
}

/// Which booking: its id, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookingKey {
    /// Whose.
    pub provider: ProviderId,
    /// Which.
    pub booking: BookingId,
}

/// A hold, and the secret of its holder.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The hold.
    pub booking: Booking,
    /// What only its holder knows.
    pub token: HoldToken,
}

/// Turns a hold into a booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookHold {
    /// The secret of the holder.
    pub token: HoldToken,
    /// What the customer wants to say; kept sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
}

/// Something that is done to a booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActOn {
    /// The version that it is done to; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<u64>,
    /// What.
    pub act: Act,
}

impl From<Act> for ActOn {
    fn from(act: Act) -> ActOn {
        ActOn {
            expected_version: None,
            act,
        }
    }
}

/// What can be done to a booking that is there. JSON form: the fields, with the name as `"do"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "documented at the commands of the same name in the core"
)]
pub enum Act {
    ExtendHold {
        token: HoldToken,
    },
    Approve,
    Decline {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    },
    ConfirmPayment {
        answer: Answer,
    },
    CollectPayment,
    Cancel {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<HoldToken>,
    },
    Reschedule {
        start: DateTime<Utc>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resources: Option<Vec<Vec<ResourceId>>>,
    },
    Reassign {
        resources: Vec<Vec<ResourceId>>,
    },
    CheckIn,
    Complete,
    MarkNoShow {
        whose: Actor,
    },
    UndoNoShow,
    Dispute {
        reason: Note,
    },
    ResolveDispute {
        dispute: DisputeId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund: Option<Money>,
    },
    Refund {
        amount: Money,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    },
    ReleaseFunds,
    RetryPayment {
        instruction: InstructionId,
    },
    Review {
        rating: Rating,
        text: ReviewText,
    },
}
