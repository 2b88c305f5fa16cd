//! What every decision asks first: is the booking there, in the version that was seen, in a state
//! that the action belongs to, and may this actor do it.

use chrono::{DateTime, Utc};

use crate::booking::decision::Change;
use crate::booking::{
    Action, Actor, Booking, By, HoldToken, Note, Rejection, Snapshot, Status, transition,
};
use crate::sabotage::sabotaged;

/// A command on a booking that is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guarded<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) booking: &'a Booking,
    pub(super) by: &'a By,
    /// The instant of the decision: never before the latest one.
    pub(super) now: DateTime<Utc>,
}

/// The instant of a decision. A clock that goes back does not make time go back.
pub(super) fn instant_of(snapshot: &Snapshot, now: DateTime<Utc>) -> DateTime<Utc> {
    if sabotaged!(ClockGoesBack) {
        return now;
    }
    let decided = snapshot.decided_until.unwrap_or(now);
    let updated = snapshot
        .booking
        .as_ref()
        .map_or(now, |each| each.updated_at);
    now.max(decided).max(updated)
}

/// Lets a command pass that is about a booking which is there.
pub(super) fn guard<'a>(
    snapshot: &'a Snapshot,
    action: Action,
    (by, expected): (&'a By, Option<u64>),
    now: DateTime<Utc>,
) -> Result<Guarded<'a>, Rejection> {
    let now = instant_of(snapshot, now);
    let booking = snapshot.booking.as_ref().ok_or(Rejection::NotFound)?;
    check_version(booking, expected)?;
    // Expiring is for what has lapsed; everything else sees the booking as it is at this instant.
    let status = match action {
        Action::Expire => booking.status,
        _ => booking.status_at(now),
    };
    if let Err(refusal) = transition(Some(status), action, by.actor) {
        let lapsed = status != booking.status;
        return Err(
            match Rejection::of_table(refusal, Some(status), action, by.actor) {
                Rejection::Ended { .. } if lapsed => Rejection::HoldExpired,
                rejection => rejection,
            },
        );
    }
    Ok(Guarded {
        snapshot,
        booking,
        by,
        now,
    })
}

/// Lets a command pass that begins a booking.
pub(super) fn guard_new(
    snapshot: &Snapshot,
    action: Action,
    by: &By,
    expected: Option<u64>,
) -> Result<(), Rejection> {
    if let Some(booking) = &snapshot.booking {
        check_version(booking, expected)?;
    } else if let Some(expected) = expected.filter(|version| *version != 0) {
        return Err(Rejection::VersionConflict {
            expected,
            current: 0,
        });
    }
    let status = snapshot.booking.as_ref().map(|booking| booking.status);
    match transition(status, action, by.actor) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(Rejection::of_table(refusal, status, action, by.actor)),
    }
}

fn check_version(booking: &Booking, expected: Option<u64>) -> Result<(), Rejection> {
    match expected {
        _ if sabotaged!(StaleVersion) => Ok(()),
        Some(expected) if expected != booking.version => Err(Rejection::VersionConflict {
            expected,
            current: booking.version,
        }),
        _ => Ok(()),
    }
}

impl<'a> Guarded<'a> {
    pub(super) fn change(&self) -> Change<'a> {
        Change::of(self.booking, self.by, self.now)
    }

    /// Refuses what comes later than this actor's notice allows.
    pub(super) fn check_notice(&self, action: Action) -> Result<(), Rejection> {
        let rules = &self.booking.terms.rules;
        let bound = |notice: &&crate::booking::Notice| {
            notice.action == action && notice.actor == self.by.actor
        };
        let longest = rules
            .notice
            .iter()
            .filter(bound)
            .map(|notice| notice.minutes)
            .max();
        let Some(minutes) = longest else {
            return Ok(());
        };
        let until = self.booking.slot.start() - minutes.duration();
        if self.now <= until || sabotaged!(NoticeIgnored) {
            Ok(())
        } else {
            Err(Rejection::TooLate { until })
        }
    }

    pub(super) fn check_reason(&self, reason: Option<&Note>) -> Result<(), Rejection> {
        let actor = self.by.actor;
        let required = self.booking.terms.rules.reason_required.contains(&actor);
        if required && reason.is_none_or(Note::is_blank) {
            return Err(Rejection::ReasonMissing { actor });
        }
        Ok(())
    }

    /// A customer's hold belongs to whoever has its token; hosts need none.
    pub(super) fn check_holder(&self, token: Option<&HoldToken>) -> Result<(), Rejection> {
        let held = self.booking.status == Status::Held;
        let known = token.map(HoldToken::hash);
        let needs_none = !held || (self.by.actor != Actor::Customer && token.is_none());
        if needs_none || sabotaged!(TokenIgnored) || known == self.booking.hold_token {
            Ok(())
        } else {
            Err(Rejection::NotTheHolder)
        }
    }

    pub(super) fn not_before(&self, from: DateTime<Utc>) -> Result<(), Rejection> {
        if self.now < from {
            Err(Rejection::TooEarly { from })
        } else {
            Ok(())
        }
    }
}
