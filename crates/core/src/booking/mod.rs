//! A booking's life: who may do what when, and what follows from it.
//!
//! [`decide`] takes a [`Snapshot`] of what is, a command and the instant, and gives a [`Decision`]:
//! the [`Event`]s that happen, the booking after them, the entries of its ledger and what the
//! payment processor is to be asked for. Nothing happens in it: the host stores a decision whole or
//! not at all. [`Booking::apply`] makes the next state of an event, and replaying all events of a
//! booking gives the booking.
//!
//! Three axes are independent: the [`Status`], the money ([`crate::payment`]) and the reviews
//! ([`crate::review`]). A booking that is moved keeps its id and gets a new `sequence`.
//!
//! [`transition`] is the one table of states, actions and actors; what else has to hold is asked
//! after it. Whatever leads to a state that takes time of a resource passes one function, which
//! asks [`crate::availability`].

mod activate;
mod apply;
pub mod calendar_entry;
mod claimant;
mod claims;
mod code;
mod command;
mod deadline;
pub mod decide;
mod decision;
mod event;
pub mod proposal;
mod rejection;
pub mod series;
mod status;
#[cfg(test)]
mod stories;
mod terms;
mod text;
mod transition;
pub mod waitlist;
mod what_if;

pub use claims::Take;
pub use code::{ConfirmationCode, ConfirmationCodeError, HoldToken, HoldTokenError, HoldTokenHash};
pub use command::{
    Approve, Cancel, CheckIn, CodeSeed, CodeSeedError, CollectPayment, Command, Complete,
    ConfirmPayment, Create, Decline, Dispute, Expire, ExtendHold, Hold, MarkNoShow, PublishReviews,
    Reassign, Refund, ReleaseFunds, Reschedule, ResolveDispute, RetryPayment, Review, SettleNoShow,
    UndoNoShow, Wanted,
};
pub use deadline::{Agenda, Deadline, DeadlineKind};
pub use decision::{CustomerUsage, Decision, Expiry, Snapshot};
pub use event::{By, Event, Fact, Opening};
pub use rejection::Rejection;
pub use status::{Action, Actor, Status};
pub use terms::{AtHoldLimit, LatePayment, Notice, Offer, PaymentMode, Quota, Rules, Terms};
pub use text::{Note, NoteError};
pub use transition::{Refusal, Row, TABLE, transition};
pub use what_if::{Broken, broken_by};

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::fees::{self, ItemId, Quote};
use crate::id::{BookingId, CustomerId, ProviderId, SeriesId, ServiceId};
use crate::money::Money;
use crate::payment::{MoneyState, Payment};
use crate::review::Reviews;
use crate::sabotage::sabotaged;
use crate::time::text::serde_form;
use crate::time::{Anchor, Interval};

/// A booking, from its hold to its end.
///
/// All of it follows from its events; hosts read it and do not write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Booking {
    /// Its id, for its whole life; also that of its calendar entry.
    pub id: BookingId,
    /// Who offers the service.
    pub provider: ProviderId,
    /// Who booked.
    pub customer: CustomerId,
    /// What was booked.
    pub service: ServiceId,
    /// The series it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesId>,
    /// The booking that it took the late payment of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeds: Option<BookingId>,
    /// Where it stands.
    pub status: Status,
    /// Grows by one with each change.
    pub version: u64,
    /// Grows by one with each new time or resource: the SEQUENCE of its calendar entry (RFC 5545
    /// section 3.8.7.4).
    pub sequence: u32,
    /// When, without buffers.
    pub slot: Interval,
    /// The start as it was meant: civil time and zone.
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
    /// What the holder of a hold knows; only its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_token: Option<HoldTokenHash>,
    /// What is still awaited while it is pending.
    #[serde(default, skip_serializing_if = "Awaiting::is_nothing")]
    pub awaiting: Awaiting,
    /// Deadline of a hold or of a pending booking: from this instant on it is expired.
    #[serde(
        default,
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    pub due_at: Option<DateTime<Utc>>,
    /// What the customer shows at the door, once it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation_code: Option<ConfirmationCode>,
    /// Who booked knowingly over a conflict, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
    /// When it was held or booked.
    #[serde(with = "serde_form::instant")]
    pub created_at: DateTime<Utc>,
    /// When the present slot was chosen.
    #[serde(with = "serde_form::instant")]
    pub scheduled_at: DateTime<Utc>,
    /// When it changed last.
    #[serde(with = "serde_form::instant")]
    pub updated_at: DateTime<Utc>,
    /// When its service was done.
    #[serde(
        default,
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    pub completed_at: Option<DateTime<Utc>>,
    /// The times it was moved away from since it is confirmed: what a cancellation gives back is
    /// capped by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reschedules: Vec<fees::Reschedule>,
    /// Who called it off, why, and what goes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<Cancellation>,
    /// Who did not come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_show: Option<NoShow>,
    /// Its money.
    pub payment: Payment,
    /// What the two sides say of each other; from completion on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<Reviews>,
}

/// What a pending booking still awaits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Awaiting {
    /// The customer's payment.
    pub payment: bool,
    /// The provider's yes.
    pub approval: bool,
}

impl Awaiting {
    /// Whether nothing is awaited.
    pub fn is_nothing(&self) -> bool {
        *self == Awaiting::default()
    }
}

/// Who booked knowingly over a conflict, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Override {
    /// Who.
    pub by: By,
    /// Why.
    pub reason: Note,
}

/// Who called a booking off, why, and what goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cancellation {
    /// Who.
    pub by: By,
    /// When.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Note>,
    /// What goes back of what was captured by then. A payment that is captured later is treated by
    /// the same terms.
    pub refund: Money,
    /// What went back, or was about to, before it was called off.
    pub refunded_before: Money,
    /// Whether its terms apply to the money; a hold or a pending booking gives all of it back.
    pub by_terms: bool,
}

/// Who did not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoShow {
    /// Whose it was: the customer's or the provider's.
    pub whose: Actor,
    /// Who said so.
    pub by: By,
    /// When.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Whether the time to undo it is over, and its money settled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
}

impl Booking {
    /// Where it stands at an instant: a hold or a pending booking is expired from its deadline on,
    /// whether or not somebody noticed.
    pub fn status_at(&self, now: DateTime<Utc>) -> Status {
        if sabotaged!(ExpiredRevived) {
            return self.status;
        }
        let now = if sabotaged!(ExpiryTooLate) {
            now - chrono::TimeDelta::seconds(1)
        } else {
            now
        };
        match self.status {
            Status::Held | Status::Pending if self.due_at.is_some_and(|due| due <= now) => {
                Status::Expired
            }
            status => status,
        }
    }

    /// Where its money stands, as one word.
    pub fn money_state(&self) -> MoneyState {
        self.payment.state()
    }

    /// Who serves, by role in the order of the service's need.
    pub fn resources(&self) -> Vec<Vec<crate::id::ResourceId>> {
        let roles = self.takes.iter().map(|take| take.role as usize + 1).max();
        let mut resources = vec![Vec::new(); roles.unwrap_or(0)];
        for take in &self.takes {
            resources[take.role as usize].push(take.resource.clone());
        }
        resources
    }
}
