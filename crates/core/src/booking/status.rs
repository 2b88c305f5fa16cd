use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a booking stands. Its money and its reviews are axes of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// A customer keeps the slot until a deadline.
    Held,
    /// Booked; payment, approval or both are awaited until a deadline.
    Pending,
    /// Nothing more is awaited.
    Confirmed,
    /// The customer has checked in.
    InProgress,
    /// The service is done.
    Completed,
    /// The provider said no.
    Declined,
    /// The deadline of a hold or of a pending booking passed.
    Expired,
    /// Called off.
    Cancelled,
    /// The customer or the provider did not come.
    NoShow,
}

impl Status {
    /// All of them, in the order of a booking's life.
    pub const ALL: [Status; 9] = [
        Status::Held,
        Status::Pending,
        Status::Confirmed,
        Status::InProgress,
        Status::Completed,
        Status::Declined,
        Status::Expired,
        Status::Cancelled,
        Status::NoShow,
    ];

    /// Whether a booking in this state takes time of its resources.
    pub fn occupies(self) -> bool {
        matches!(
            self,
            Status::Held | Status::Pending | Status::Confirmed | Status::InProgress
        )
    }

    /// Whether the booking has come to its end. A no-show is one, too, though it can be undone for
    /// a while.
    pub fn is_terminal(self) -> bool {
        !self.occupies()
    }

    /// The name in JSON, messages and the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Status::Held => "held",
            Status::Pending => "pending",
            Status::Confirmed => "confirmed",
            Status::InProgress => "inProgress",
            Status::Completed => "completed",
            Status::Declined => "declined",
            Status::Expired => "expired",
            Status::Cancelled => "cancelled",
            Status::NoShow => "noShow",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// Whoever booked, guests included.
    Customer,
    /// Whoever offers the service.
    Provider,
    /// The marketplace's staff.
    Operator,
    /// The host itself: timers, and answers of the payment processor.
    System,
}

impl Actor {
    /// All of them.
    pub const ALL: [Actor; 4] = [
        Actor::Customer,
        Actor::Provider,
        Actor::Operator,
        Actor::System,
    ];

    /// The name in JSON, messages and the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Actor::Customer => "customer",
            Actor::Provider => "provider",
            Actor::Operator => "operator",
            Actor::System => "system",
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What can be done to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// Keep a slot for some minutes.
    Hold,
    /// Keep it for longer.
    ExtendHold,
    /// Book a slot, or turn a hold into a booking.
    Create,
    /// Say yes to a booking that awaits approval.
    Approve,
    /// Say no to it.
    Decline,
    /// Take in an answer of the payment processor.
    ConfirmPayment,
    /// Ask for a payment that is due: again after a failure, or the balance after a deposit.
    CollectPayment,
    /// Call the booking off, or let go of a hold.
    Cancel,
    /// Move the booking to another time.
    Reschedule,
    /// Give the booking to other resources at the same time.
    Reassign,
    /// The customer is there.
    CheckIn,
    /// The service is done.
    Complete,
    /// Somebody did not come.
    MarkNoShow,
    /// That was a mistake.
    UndoNoShow,
    /// The time to undo a no-show is over: its money is settled.
    SettleNoShow,
    /// The deadline of a hold or of a pending booking passed.
    Expire,
    /// Complain, which freezes the money.
    Dispute,
    /// Decide a complaint.
    ResolveDispute,
    /// Give money back beyond what the terms say.
    Refund,
    /// Pass held money on to the provider.
    ReleaseFunds,
    /// Send a refund or payout that failed once more.
    RetryPayment,
    /// Review the other side.
    Review,
    /// The time for reviews is over: those that are there are seen.
    PublishReviews,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 23] = [
        Action::Hold,
        Action::ExtendHold,
        Action::Create,
        Action::Approve,
        Action::Decline,
        Action::ConfirmPayment,
        Action::CollectPayment,
        Action::Cancel,
        Action::Reschedule,
        Action::Reassign,
        Action::CheckIn,
        Action::Complete,
        Action::MarkNoShow,
        Action::UndoNoShow,
        Action::SettleNoShow,
        Action::Expire,
        Action::Dispute,
        Action::ResolveDispute,
        Action::Refund,
        Action::ReleaseFunds,
        Action::RetryPayment,
        Action::Review,
        Action::PublishReviews,
    ];

    /// The name in JSON, messages and the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Action::Hold => "hold",
            Action::ExtendHold => "extendHold",
            Action::Create => "create",
            Action::Approve => "approve",
            Action::Decline => "decline",
            Action::ConfirmPayment => "confirmPayment",
            Action::CollectPayment => "collectPayment",
            Action::Cancel => "cancel",
            Action::Reschedule => "reschedule",
            Action::Reassign => "reassign",
            Action::CheckIn => "checkIn",
            Action::Complete => "complete",
            Action::MarkNoShow => "markNoShow",
            Action::UndoNoShow => "undoNoShow",
            Action::SettleNoShow => "settleNoShow",
            Action::Expire => "expire",
            Action::Dispute => "dispute",
            Action::ResolveDispute => "resolveDispute",
            Action::Refund => "refund",
            Action::ReleaseFunds => "releaseFunds",
            Action::RetryPayment => "retryPayment",
            Action::Review => "review",
            Action::PublishReviews => "publishReviews",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
