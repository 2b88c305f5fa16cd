//! The one table of states, actions and actors.

use super::status::{Action, Actor, Status};
use Action::*;
use Actor::{Customer, Operator, Provider, System};
use Status::{
    Cancelled, Completed, Confirmed, Declined, Expired, Held, InProgress, NoShow, Pending,
};

/// What the table says of a state, an action and an actor.
///
/// `from` is `None` for a booking that is not there yet. The answer is the states that the action
/// can lead to; the one that it is in already means that the state stays. Which of several it
/// becomes depends on what the booking still awaits.
///
/// The table is total: every other triple is a typed refusal. What else has to hold (deadlines,
/// notice, money) is asked after it.
///
/// # Errors
///
/// [`Refusal`], which names the reason.
///
/// # Example
///
/// ```
/// use quando::booking::{Action, Actor, Refusal, Status, transition};
///
/// let next = transition(Some(Status::Pending), Action::Decline, Actor::Provider);
/// assert_eq!(next, Ok([Status::Declined].as_slice()));
/// let refused = transition(Some(Status::Pending), Action::Decline, Actor::Customer);
/// assert_eq!(refused, Err(Refusal::ActorNotAllowed));
/// let refused = transition(Some(Status::Cancelled), Action::Approve, Actor::Provider);
/// assert_eq!(refused, Err(Refusal::Ended));
/// ```
pub fn transition(
    from: Option<Status>,
    action: Action,
    actor: Actor,
) -> Result<&'static [Status], Refusal> {
    let row = TABLE
        .iter()
        .find(|row| row.from == from && row.action == action);
    match (row, from) {
        (Some(row), _) if row.actors.contains(&actor) => Ok(row.to),
        (Some(_), _) => Err(Refusal::ActorNotAllowed),
        (None, None) => Err(Refusal::NotFound),
        (None, Some(_)) if action == Hold => Err(Refusal::Exists),
        (None, Some(status)) if status.is_terminal() => Err(Refusal::Ended),
        (None, Some(_)) => Err(Refusal::WrongState),
    }
}

/// Why the table has no next state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// There is no such booking.
    NotFound,
    /// There is such a booking already.
    Exists,
    /// The action belongs to this state, and not to this actor.
    ActorNotAllowed,
    /// The action belongs to another state, which this booking may still come to or has left.
    WrongState,
    /// The booking has come to its end.
    Ended,
}

/// One row: who may do what in a state, and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The state; `None` before there is a booking.
    pub from: Option<Status>,
    /// What is done.
    pub action: Action,
    /// By whom.
    pub actors: &'static [Actor],
    /// Where it leads.
    pub to: &'static [Status],
}

const fn row(
    from: Option<Status>,
    action: Action,
    actors: &'static [Actor],
    to: &'static [Status],
) -> Row {
    Row {
        from,
        action,
        actors,
        to,
    }
}

const BOOKERS: &[Actor] = &[Customer, Provider, Operator];
const PARTIES: &[Actor] = &[Customer, Provider, Operator];
const HOSTS: &[Actor] = &[Provider, Operator];
const ANYONE: &[Actor] = &[Customer, Provider, Operator, System];
const COLLECTORS: &[Actor] = &[Customer, Operator, System];
const MONEY: &[Actor] = &[System, Operator];

/// Every row of the table, in the order of a booking's life.
pub const TABLE: &[Row] = &[
    row(None, Hold, BOOKERS, &[Held]),
    row(None, Create, BOOKERS, &[Pending, Confirmed]),
    row(Some(Held), ExtendHold, BOOKERS, &[Held]),
    row(Some(Held), Create, BOOKERS, &[Pending, Confirmed]),
    row(Some(Held), Cancel, ANYONE, &[Cancelled]),
    row(Some(Held), Expire, &[System], &[Expired]),
    row(Some(Pending), Approve, HOSTS, &[Pending, Confirmed]),
    row(Some(Pending), Decline, HOSTS, &[Declined]),
    row(
        Some(Pending),
        ConfirmPayment,
        MONEY,
        &[Pending, Confirmed, Cancelled],
    ),
    row(Some(Pending), CollectPayment, COLLECTORS, &[Pending]),
    row(Some(Pending), Cancel, ANYONE, &[Cancelled]),
    row(Some(Pending), Reschedule, PARTIES, &[Pending]),
    row(Some(Pending), Reassign, HOSTS, &[Pending]),
    row(Some(Pending), Expire, &[System], &[Expired]),
    row(Some(Confirmed), ConfirmPayment, MONEY, &[Confirmed]),
    row(Some(Confirmed), RetryPayment, MONEY, &[Confirmed]),
    row(Some(Confirmed), CollectPayment, COLLECTORS, &[Confirmed]),
    row(Some(Confirmed), Cancel, ANYONE, &[Cancelled]),
    row(Some(Confirmed), Reschedule, PARTIES, &[Confirmed]),
    row(Some(Confirmed), Reassign, HOSTS, &[Confirmed]),
    row(Some(Confirmed), CheckIn, PARTIES, &[InProgress]),
    row(Some(Confirmed), Complete, ANYONE, &[Completed]),
    row(Some(Confirmed), MarkNoShow, PARTIES, &[NoShow]),
    row(Some(Confirmed), Refund, HOSTS, &[Confirmed]),
    row(Some(InProgress), ConfirmPayment, MONEY, &[InProgress]),
    row(Some(InProgress), RetryPayment, MONEY, &[InProgress]),
    row(Some(InProgress), CollectPayment, COLLECTORS, &[InProgress]),
    row(Some(InProgress), Complete, ANYONE, &[Completed]),
    row(Some(InProgress), Refund, HOSTS, &[InProgress]),
    row(Some(Completed), ConfirmPayment, MONEY, &[Completed]),
    row(Some(Completed), RetryPayment, MONEY, &[Completed]),
    row(Some(Completed), CollectPayment, COLLECTORS, &[Completed]),
    row(Some(Completed), Dispute, PARTIES, &[Completed]),
    row(Some(Completed), ResolveDispute, MONEY, &[Completed]),
    row(Some(Completed), Refund, HOSTS, &[Completed]),
    row(Some(Completed), ReleaseFunds, MONEY, &[Completed]),
    row(Some(Completed), Review, &[Customer, Provider], &[Completed]),
    row(Some(Completed), PublishReviews, &[System], &[Completed]),
    row(Some(Declined), ConfirmPayment, MONEY, &[Declined]),
    row(Some(Declined), RetryPayment, MONEY, &[Declined]),
    row(Some(Expired), ConfirmPayment, MONEY, &[Expired]),
    row(Some(Expired), RetryPayment, MONEY, &[Expired]),
    row(Some(Cancelled), ConfirmPayment, MONEY, &[Cancelled]),
    row(Some(Cancelled), RetryPayment, MONEY, &[Cancelled]),
    row(Some(Cancelled), Dispute, PARTIES, &[Cancelled]),
    row(Some(Cancelled), ResolveDispute, MONEY, &[Cancelled]),
    row(Some(Cancelled), Refund, HOSTS, &[Cancelled]),
    row(Some(Cancelled), ReleaseFunds, MONEY, &[Cancelled]),
    row(Some(NoShow), ConfirmPayment, MONEY, &[NoShow]),
    row(Some(NoShow), RetryPayment, MONEY, &[NoShow]),
    row(Some(NoShow), UndoNoShow, HOSTS, &[Confirmed]),
    row(Some(NoShow), SettleNoShow, MONEY, &[NoShow]),
    row(Some(NoShow), Dispute, PARTIES, &[NoShow]),
    row(Some(NoShow), ResolveDispute, MONEY, &[NoShow]),
    row(Some(NoShow), Refund, HOSTS, &[NoShow]),
    row(Some(NoShow), ReleaseFunds, MONEY, &[NoShow]),
];
