use chrono::{DateTime, Utc};

use super::guard::guard;
use crate::booking::{Action, Decision, Expire, Fact, Rejection, Snapshot};

/// Records that the deadline of a hold or of a pending booking has passed.
///
/// That it has expired is so from the deadline on, whether or not this is recorded.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::TooEarly`].
pub fn expire(
    snapshot: &Snapshot,
    command: &Expire,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Expire, who, now)?;
    let due = guarded.booking.due_at.ok_or(Rejection::EventOutOfOrder)?;
    guarded.not_before(due)?;
    guarded.change().record(Fact::Expired)?.decide()
}
