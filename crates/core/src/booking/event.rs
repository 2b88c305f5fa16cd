use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Actor, Awaiting, Booking, Cancellation, ConfirmationCode, HoldTokenHash, NoShow, Note,
    Override, Take, Terms,
};
use crate::fees::{ItemId, Quote};
use crate::id::{ActorId, BookingId, CustomerId, ProviderId, SeriesId, ServiceId};
use crate::money::Money;
use crate::payment::PaymentFact;
use crate::review;
use crate::time::text::serde_form;
use crate::time::{Anchor, Interval};

/// Who acts: in which role, and by which name of the host.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct By {
    /// The role.
    pub actor: Actor,
    /// The name, as the host knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ActorId>,
}

impl From<Actor> for By {
    fn from(actor: Actor) -> By {
        By { actor, id: None }
    }
}

/// Something that happened to a booking. Replaying all events of a booking, in order, gives the
/// booking.
///
/// All events of one change have the same `version`, and are stored together or not at all. One
/// cause has one fact: a new time is [`Fact::Rescheduled`] and never a cancellation and a booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// Of which booking.
    pub booking: BookingId,
    /// The booking's version after it.
    pub version: u64,
    /// Which of the events of this version, from 0 on.
    pub index: u32,
    /// The booking's sequence before it; none when there was no booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_sequence: Option<u32>,
    /// The booking's sequence after it.
    pub sequence: u32,
    /// When.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: By,
    /// What.
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[non_exhaustive]
pub enum Fact {
    /// A slot is kept.
    Held {
        /// What for.
        opening: Box<Opening>,
        /// The hash of the holder's secret.
        token: HoldTokenHash,
        /// Until when.
        #[serde(with = "serde_form::instant")]
        expires_at: DateTime<Utc>,
    },
    /// It is kept for longer.
    HoldExtended {
        /// Until when.
        #[serde(with = "serde_form::instant")]
        expires_at: DateTime<Utc>,
    },
    /// A slot is booked, directly or from a hold.
    Booked {
        /// What was booked; absent when it was held before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opening: Option<Box<Opening>>,
        /// What is awaited.
        awaiting: Awaiting,
        /// Until when, if something is awaited.
        #[serde(
            default,
            with = "serde_form::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        due_at: Option<DateTime<Utc>>,
        /// What the customer wrote, if it was held before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notes: Option<Note>,
    },
    /// The provider said yes, or the payment is there, and something else is still awaited.
    Awaits {
        /// What is still awaited.
        awaiting: Awaiting,
        /// Until when.
        #[serde(
            default,
            with = "serde_form::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        due_at: Option<DateTime<Utc>>,
    },
    /// Nothing more is awaited.
    Confirmed {
        /// What the customer shows at the door.
        code: ConfirmationCode,
    },
    /// The provider said no.
    Declined {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Note>,
    },
    /// The deadline passed.
    Expired,
    /// It was called off.
    Cancelled {
        /// By whom, why, and what goes back.
        cancellation: Cancellation,
    },
    /// It was moved.
    Rescheduled {
        /// The time that it had.
        from: Interval,
        /// The time that it has.
        slot: Interval,
        /// The new start as it is meant.
        anchor: Anchor,
        /// What it takes of which resources.
        takes: Vec<Take>,
        /// What it costs now.
        quote: Quote,
        /// The new deadline, if something is awaited.
        #[serde(
            default,
            with = "serde_form::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        due_at: Option<DateTime<Utc>>,
    },
    /// Others serve at the same time.
    Reassigned {
        /// What it took before.
        from: Vec<Take>,
        /// What it takes now.
        takes: Vec<Take>,
    },
    /// The customer is there.
    CheckedIn,
    /// The service is done.
    Completed {
        /// Reviews are open.
        reviews: review::Reviews,
    },
    /// Somebody did not come.
    MarkedNoShow {
        /// Who, and who says so.
        no_show: NoShow,
    },
    /// That was a mistake.
    NoShowUndone,
    /// It can no longer be undone.
    NoShowSettled,
    /// Somebody reviewed the other side. Hidden until both have, or the period is over.
    Reviewed {
        /// What was written.
        review: review::Review,
    },
    /// The reviews are seen from now on, and their ratings count.
    ReviewsPublished,
    /// Money.
    Money(PaymentFact),
}

/// What a booking begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opening {
    /// Who offers the service.
    pub provider: ProviderId,
    /// Who books.
    pub customer: CustomerId,
    /// What.
    pub service: ServiceId,
    /// The series it is made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesId>,
    /// The booking that it takes the late payment of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<BookingId>,
    /// When, without buffers.
    pub slot: Interval,
    /// The start as it is meant.
    pub anchor: Anchor,
    /// For how many.
    pub party: NonZeroU32,
    /// What it takes of which resources.
    pub takes: Vec<Take>,
    /// The terms that were agreed on.
    pub terms: Arc<Terms>,
    /// What it costs.
    pub quote: Quote,
    /// Add-ons that were chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_ons: Vec<ItemId>,
    /// The discount that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<ItemId>,
    /// What the customer gives on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tips: Option<Money>,
    /// What the customer wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Note>,
    /// Who booked knowingly over a conflict, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
}

impl Opening {
    /// What a booking begins with that takes the place of one that has expired.
    pub(super) fn in_place_of(expired: &Booking, takes: Vec<Take>) -> Opening {
        Opening {
            provider: expired.provider.clone(),
            customer: expired.customer.clone(),
            service: expired.service.clone(),
            series: expired.series.clone(),
            succeeds: Some(expired.id.clone()),
            slot: expired.slot,
            anchor: expired.anchor.clone(),
            party: expired.party,
            takes,
            terms: expired.terms.clone(),
            quote: expired.quote.clone(),
            add_ons: expired.add_ons.clone(),
            discount: expired.discount.clone(),
            tips: expired.tips,
            notes: expired.notes.clone(),
            overridden: expired.overridden.clone(),
        }
    }
}
