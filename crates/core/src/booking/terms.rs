//! What a booking is made under, frozen on it when it is made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::status::{Action, Actor};
use crate::assign::AssignRules;
use crate::fees::{FeePolicy, PricePolicy, RefundPolicy};
use crate::reminder::ReminderPolicy;
use crate::review::ReviewPolicy;
use crate::time::{AnchorKind, Minutes};

/// What a service is offered under at the moment: prices, fees, and the rules of a booking's life.
///
/// JSON form: all parts but the price have defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Offer {
    /// What is frozen on the booking.
    pub terms: Arc<Terms>,
    /// Who serves, among those who are free.
    #[serde(default)]
    pub assignment: AssignRules,
    /// How much one customer may hold and book.
    #[serde(default)]
    pub quota: Quota,
}

/// Terms that are fixed on a booking when it is made. Later edits of the service's price, fee or
/// rules never change a booking that is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
    /// Prices of the service.
    pub price: PricePolicy,
    /// The platform's fee.
    #[serde(default)]
    pub fee: FeePolicy,
    /// What a cancellation or a no-show gives back.
    #[serde(default)]
    pub refund: RefundPolicy,
    /// The rules of the booking's life.
    #[serde(default)]
    pub rules: Rules,
}

/// The rules of a booking's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rules {
    /// Whether and how the platform collects the money.
    pub payment: PaymentMode,
    /// Whether the provider approves each booking.
    pub approval: bool,
    /// How long a hold lasts; 10 minutes by default.
    pub hold_minutes: Minutes,
    /// The longest that extensions make a hold last; 30 minutes by default.
    pub hold_minutes_max: Minutes,
    /// How long a payment is awaited; 30 minutes by default.
    pub payment_minutes: Minutes,
    /// How long an approval is awaited; 24 hours by default, and never past the start.
    pub approval_minutes: Minutes,
    /// How long before an authorisation ends the booking that awaits approval expires; 60 minutes.
    pub authorisation_margin_minutes: Minutes,
    /// How long before the start the balance after a deposit is asked for; at the start by default.
    pub balance_minutes_before: Minutes,
    /// Notice that an actor gives for an action, elapsed time before the start. Who is not listed
    /// is exempt, as provider and operator are by default.
    pub notice: Vec<Notice>,
    /// Who must say why it cancels or declines.
    pub reason_required: Vec<Actor>,
    /// How long before the start a customer can check in; 60 minutes by default.
    pub check_in_minutes_before: Minutes,
    /// How long after the start somebody counts as not there; 15 minutes by default.
    pub no_show_grace_minutes: Minutes,
    /// How long a no-show can be undone; 24 hours by default.
    pub no_show_undo_minutes: Minutes,
    /// How long after the end a booking completes by itself; at once by default.
    pub complete_minutes_after: Minutes,
    /// How long after completion a complaint can be made and money is held; 48 hours by default.
    pub dispute_minutes: Minutes,
    /// How long captured money may be held at most, in days; 90 by default, which is what most
    /// payment processors allow.
    pub max_hold_days: u32,
    /// What happens to disputed money when `maxHoldDays` are over.
    pub at_hold_limit: AtHoldLimit,
    /// What happens to a payment that arrives after the booking expired.
    pub late_payment: LatePayment,
    /// How long after completion reviews can be written.
    pub review: ReviewPolicy,
    /// Reminders before the start.
    pub reminders: ReminderPolicy,
    /// Whether a booking keeps its wall time or its instant when the rules of its zone change.
    pub anchor: AnchorKind,
}

impl Default for Rules {
    fn default() -> Rules {
        let hours = |hours: u32| Minutes::new(60 * hours).expect("some hours are below the limit");
        let minutes = |count: u32| Minutes::new(count).expect("some minutes are below the limit");
        Rules {
            payment: PaymentMode::None,
            approval: false,
            hold_minutes: minutes(10),
            hold_minutes_max: minutes(30),
            payment_minutes: minutes(30),
            approval_minutes: hours(24),
            authorisation_margin_minutes: minutes(60),
            balance_minutes_before: Minutes::ZERO,
            notice: Vec::new(),
            reason_required: Vec::new(),
            check_in_minutes_before: minutes(60),
            no_show_grace_minutes: minutes(15),
            no_show_undo_minutes: hours(24),
            complete_minutes_after: Minutes::ZERO,
            dispute_minutes: hours(48),
            max_hold_days: 90,
            at_hold_limit: AtHoldLimit::Refund,
            late_payment: LatePayment::Refund,
            review: ReviewPolicy::default(),
            reminders: ReminderPolicy::default(),
            anchor: AnchorKind::Wall,
        }
    }
}

/// Whether and how the platform collects the money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PaymentMode {
    /// The platform collects nothing: the service is free, or paid on the spot.
    #[default]
    None,
    /// Authorised when booked, captured when confirmed, held until the service is done.
    UpFront,
}

/// Notice that an actor gives for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notice {
    /// For what: `cancel` or `reschedule`.
    pub action: Action,
    /// By whom.
    pub actor: Actor,
    /// Elapsed time before the start; exactly so much is enough.
    pub minutes: Minutes,
}

/// What happens to disputed money when it may not be held any longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AtHoldLimit {
    /// It goes back to the customer.
    #[default]
    Refund,
    /// It goes to the provider.
    Release,
}

/// What happens to a payment that arrives after the booking expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LatePayment {
    /// It goes back in full.
    #[default]
    Refund,
    /// The slot is booked again if it is still free, as a booking of its own; else it goes back.
    Rebook,
}

/// How much one customer may hold and book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Quota {
    /// Most live holds; 3 by default.
    pub holds: u32,
    /// Most live holds and active bookings together; 20 by default.
    pub active: u32,
}

impl Default for Quota {
    fn default() -> Quota {
        Quota {
            holds: 3,
            active: 20,
        }
    }
}
