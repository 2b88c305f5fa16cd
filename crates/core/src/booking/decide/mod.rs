//! One function for each command: a snapshot of what is, the command, the instant; out comes what
//! happens, or why nothing does.
//!
//! ```text
//! (&Snapshot, &Command, now) -> Result<Decision, Rejection>
//! ```
//!
//! The same arguments give the same decision, so that a host may ask again after a failed write.

mod approve;
mod cancel;
mod complete;
mod confirm_payment;
mod create;
mod dispute;
mod expire;
mod guard;
mod hold;
mod no_show;
mod refund;
mod release_funds;
mod reschedule;
mod review;

pub use approve::{approve, decline};
pub use cancel::cancel;
pub use complete::{check_in, complete};
pub use confirm_payment::{collect_payment, confirm_payment};
pub use create::create;
pub use dispute::{dispute, resolve_dispute};
pub use expire::expire;
pub use hold::{extend_hold, hold};
pub use no_show::{mark_no_show, settle_no_show, undo_no_show};
pub use refund::{refund, retry_payment};
pub use release_funds::release_funds;
pub use reschedule::{reassign, reschedule};
pub use review::{publish_reviews, review};

use chrono::{DateTime, Utc};

use super::{Command, Decision, Rejection, Snapshot};

/// Decides any command.
///
/// # Errors
///
/// [`Rejection`] when the command is refused.
pub fn decide(
    snapshot: &Snapshot,
    command: &Command,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    match command {
        Command::Hold(command) => hold(snapshot, command, now),
        Command::ExtendHold(command) => extend_hold(snapshot, command, now),
        Command::Create(command) => create(snapshot, command, now),
        Command::Approve(command) => approve(snapshot, command, now),
        Command::Decline(command) => decline(snapshot, command, now),
        Command::ConfirmPayment(command) => confirm_payment(snapshot, command, now),
        Command::CollectPayment(command) => collect_payment(snapshot, command, now),
        Command::Cancel(command) => cancel(snapshot, command, now),
        Command::Reschedule(command) => reschedule(snapshot, command, now),
        Command::Reassign(command) => reassign(snapshot, command, now),
        Command::CheckIn(command) => check_in(snapshot, command, now),
        Command::Complete(command) => complete(snapshot, command, now),
        Command::MarkNoShow(command) => mark_no_show(snapshot, command, now),
        Command::UndoNoShow(command) => undo_no_show(snapshot, command, now),
        Command::SettleNoShow(command) => settle_no_show(snapshot, command, now),
        Command::Expire(command) => expire(snapshot, command, now),
        Command::Dispute(command) => dispute(snapshot, command, now),
        Command::ResolveDispute(command) => resolve_dispute(snapshot, command, now),
        Command::Refund(command) => refund(snapshot, command, now),
        Command::ReleaseFunds(command) => release_funds(snapshot, command, now),
        Command::RetryPayment(command) => retry_payment(snapshot, command, now),
        Command::Review(command) => review(snapshot, command, now),
        Command::PublishReviews(command) => publish_reviews(snapshot, command, now),
    }
}
