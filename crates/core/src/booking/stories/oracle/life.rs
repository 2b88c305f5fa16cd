//! States, versions, deadlines, notices, tokens and quotas.

use chrono::{DateTime, Utc};

use super::super::shop::{MINUTE, Sheet, instant};
use super::super::world::{Asked, Stored, Violation, World, token, wanted};
use super::{ensure, occupies, stands_at};
use crate::booking::{
    Action, Actor, Booking, Command, DeadlineKind, Decision, Fact, Rejection, Status,
};
use crate::limits::RESCHEDULES_MAX;

/// Judges what was accepted.
pub(super) fn accepted(
    world: &World,
    asked: &Asked<'_>,
    decision: &Decision,
) -> Result<(), Violation> {
    let after = &decision.booking;
    let current = asked.before.map_or(0, |before| before.version);
    if let Some(expected) = asked.command.expected_version() {
        ensure!(
            expected == current,
            "a command for version {expected} was taken at version {current}"
        );
    }
    if decision.is_unchanged() {
        ensure!(asked.before == Some(after), "a change without an event");
        let nothing = decision.instructions.is_empty() && decision.successor.is_none();
        ensure!(nothing, "instructions without an event");
        return Ok(());
    }
    events(asked, decision, current)?;
    ensure!(after.updated_at == asked.now, "the instant went back");
    let before = asked.before.map(|before| stands_at(before, asked.now));
    ensure!(
        leads(before, asked.command.action(), after.status),
        "{} leads from {before:?} to {}",
        asked.command.action(),
        after.status
    );
    match asked.before {
        None => begins(world, asked, after),
        Some(before) => {
            let stored = &world.bookings[asked.at];
            ensure!(
                !stored.dead || !occupies(after.status),
                "what had expired came back"
            );
            holder(stored, asked, before)?;
            timely(stored, asked, before)?;
            moved(asked, before, after)
        }
    }
}

/// One version more, all events of it, in order; one sequence more for each move.
fn events(asked: &Asked<'_>, decision: &Decision, current: u64) -> Result<(), Violation> {
    let after = &decision.booking;
    ensure!(
        after.version == current + 1,
        "version {} follows on {current}",
        after.version
    );
    for (index, event) in decision.events.iter().enumerate() {
        let in_order = event.version == after.version && event.index as usize == index;
        ensure!(in_order, "event {index} is out of order");
        ensure!(event.booking == after.id, "an event of another booking");
        ensure!(event.by == *asked.command.by(), "an event by somebody else");
        ensure!(event.at == asked.now, "an event of another time");
    }
    let moves = |event: &crate::booking::Event| {
        matches!(
            event.fact,
            Fact::Rescheduled { .. } | Fact::Reassigned { .. }
        )
    };
    let moved = decision.events.iter().any(moves);
    let before = asked.before.map_or(0, |before| before.sequence);
    let more = after.sequence > before;
    ensure!(
        more == moved,
        "sequence {before} becomes {}",
        after.sequence
    );
    Ok(())
}

/// Where an action may lead, state by state.
fn leads(before: Option<Status>, action: Action, after: Status) -> bool {
    use Status::{
        Cancelled, Completed, Confirmed, Declined, Expired, Held, InProgress, NoShow, Pending,
    };
    let Some(before) = before else {
        return match action {
            Action::Hold => after == Held,
            Action::Create => matches!(after, Pending | Confirmed),
            _ => false,
        };
    };
    match (before, action) {
        (Held, Action::ExtendHold) => after == Held,
        (Held, Action::Create) => matches!(after, Pending | Confirmed),
        (Held | Pending | Confirmed, Action::Cancel) => after == Cancelled,
        (Pending, Action::Approve) => matches!(after, Pending | Confirmed),
        (Pending, Action::Decline) => after == Declined,
        (Pending, Action::ConfirmPayment) => matches!(after, Pending | Confirmed | Cancelled),
        (Confirmed, Action::CheckIn) => after == InProgress,
        (Confirmed | InProgress, Action::Complete) => after == Completed,
        (Confirmed, Action::MarkNoShow) => after == NoShow,
        (NoShow, Action::UndoNoShow) => after == Confirmed,
        (Expired, Action::Expire | Action::ConfirmPayment) => after == Expired,
        (
            _,
            Action::ConfirmPayment
            | Action::RetryPayment
            | Action::CollectPayment
            | Action::Refund
            | Action::Dispute
            | Action::ResolveDispute
            | Action::ReleaseFunds,
        ) => after == before,
        (Pending | Confirmed, Action::Reschedule | Action::Reassign) => after == before,
        (NoShow, Action::SettleNoShow) => after == before,
        (Completed, Action::Review | Action::PublishReviews) => after == before,
        _ => false,
    }
}

/// Quotas bind what begins.
fn begins(world: &World, asked: &Asked<'_>, after: &Booking) -> Result<(), Violation> {
    let (holds, active) = world.shop.quota;
    let (live, booked) = usage(world, asked, after);
    let held = asked.command.action() != Action::Hold || live < holds;
    ensure!(
        held,
        "a customer has {live} live holds of {holds}, and gets one more"
    );
    ensure!(
        live + booked < active,
        "a customer has {live} holds and {booked} bookings of {active}, and gets one more"
    );
    let sheet = &world.shop.services[asked.service].sheet;
    if after.status == Status::Held {
        let due = until(asked.now, sheet.hold_minutes, after);
        ensure!(after.due_at == Some(due), "a hold until {:?}", after.due_at);
    }
    let overriding = wanted(asked.command).is_some_and(|each| each.override_reason.is_some());
    ensure!(overriding == after.overridden.is_some(), "flagged, or not");
    let actor = asked.command.by().actor;
    let host = matches!(actor, Actor::Provider | Actor::Operator);
    ensure!(!overriding || host, "the {actor} books over a conflict");
    Ok(())
}

/// Live holds and active bookings of the customer.
fn usage(world: &World, asked: &Asked<'_>, of: &Booking) -> (u32, u32) {
    let (mut live, mut booked) = (0, 0);
    for stored in &world.bookings {
        let booking = &stored.booking;
        if booking.customer != of.customer || booking.id == of.id {
            continue;
        }
        match stands_at(booking, asked.now) {
            Status::Held => live += 1,
            Status::Pending | Status::Confirmed | Status::InProgress => booked += 1,
            _ => {}
        }
    }
    (live, booked)
}

/// So long from now on, and not past a start that is still to come.
fn until(now: DateTime<Utc>, minutes: i64, booking: &Booking) -> DateTime<Utc> {
    let until = now.timestamp() + minutes * MINUTE;
    let start = booking.slot.start_timestamp();
    instant(if start > now.timestamp() {
        until.min(start)
    } else {
        until
    })
}

/// Only the token of its holder does something to a customer's hold.
fn holder(stored: &Stored, asked: &Asked<'_>, before: &Booking) -> Result<(), Violation> {
    let action = asked.command.action();
    let needs = matches!(action, Action::ExtendHold | Action::Create | Action::Cancel);
    if before.status != Status::Held || !needs {
        return Ok(());
    }
    let given = token(asked.command);
    let host = asked.command.by().actor != Actor::Customer && action != Action::ExtendHold;
    let fits = given == stored.token || (host && given.is_none());
    ensure!(fits, "{action} of a hold with another token");
    Ok(())
}

/// Nothing happens before its time, nor after it.
fn timely(stored: &Stored, asked: &Asked<'_>, before: &Booking) -> Result<(), Violation> {
    let now = asked.now.timestamp();
    let (start, end) = (before.slot.start_timestamp(), before.slot.end_timestamp());
    let (actor, sheet) = (asked.command.by().actor, &stored.sheet);
    let action = asked.command.action();
    let marked = before
        .no_show
        .as_ref()
        .map_or(0, |no_show| no_show.at.timestamp());
    let undo = marked + sheet.undo_minutes * MINUTE;
    let fits = match action {
        Action::Cancel | Action::Reschedule => {
            let binds = actor == Actor::Customer && before.status != Status::Held;
            let notice = sheet.notice_minutes.filter(|_| binds);
            notice.is_none_or(|minutes| now <= start - minutes * MINUTE)
        }
        Action::Complete if actor == Actor::System => now >= end + sheet.complete_minutes * MINUTE,
        Action::Complete => now >= start,
        Action::CheckIn => now >= start - 60 * MINUTE,
        Action::MarkNoShow => now >= start + 15 * MINUTE,
        Action::UndoNoShow => now < undo,
        Action::SettleNoShow => now >= undo,
        Action::Expire => before.due_at.is_some_and(|due| due <= asked.now),
        Action::CollectPayment if actor == Actor::System => {
            now >= start - sheet.balance_minutes * MINUTE
        }
        _ => true,
    };
    ensure!(fits, "{action} by the {actor} at the wrong time");
    let silent = match asked.command {
        Command::Cancel(command) if before.status != Status::Held => command.reason.is_none(),
        Command::Decline(command) => command.reason.is_none(),
        _ => false,
    };
    let must_speak = sheet.reasons && actor == Actor::Provider;
    ensure!(!silent || !must_speak, "{action} without a reason");
    Ok(())
}

/// A move changes time and resources together, and nothing else changes them.
fn moved(asked: &Asked<'_>, before: &Booking, after: &Booking) -> Result<(), Violation> {
    let action = asked.command.action();
    let (slot, takes) = (before.slot != after.slot, before.takes != after.takes);
    match asked.command {
        Command::Reschedule(command) => {
            ensure!(after.slot.start() == command.start, "moved elsewhere");
        }
        Command::Reassign(_) => ensure!(!slot, "{action} moves the booking"),
        _ => ensure!(!slot && !takes, "{action} moves the booking"),
    }
    let same = (
        &before.id,
        &before.customer,
        before.party,
        before.created_at,
    ) == (&after.id, &after.customer, after.party, after.created_at);
    ensure!(same, "{action} makes it another booking");
    Ok(())
}

/// A booking that takes another's place is as that one was.
pub(super) fn succeeds(asked: &Asked<'_>, successor: &Booking) -> Result<(), Violation> {
    let expired = asked.before.ok_or("nothing takes a place of nothing")?;
    let same = successor.succeeds.as_ref() == Some(&expired.id)
        && successor.slot == expired.slot
        && successor.quote == expired.quote
        && successor.customer == expired.customer
        && successor.version == 1;
    ensure!(same, "a late payment makes another booking");
    ensure!(
        asked.now < expired.slot.start(),
        "a late payment books the past"
    );
    Ok(())
}

/// Judges what was refused: with a reason that is there.
pub(super) fn refused(
    world: &World,
    asked: &Asked<'_>,
    rejection: &Rejection,
) -> Result<(), Violation> {
    let justified = match rejection {
        Rejection::VersionConflict { .. } => {
            let current = asked.before.map_or(0, |before| before.version);
            asked.command.expected_version() != Some(current)
        }
        Rejection::HoldExpired => asked
            .before
            .is_some_and(|before| before.due_at.is_some_and(|due| due <= asked.now)),
        Rejection::HoldQuota { .. } | Rejection::BookingQuota { .. } => {
            let Some(wanted) = wanted(asked.command) else {
                return Err("a quota binds what does not begin".to_owned());
            };
            let usage = world.usage(&wanted.customer, asked.at, asked.now);
            let live = usage
                .holds
                .iter()
                .filter(|until| until.0 > asked.now)
                .count();
            let live = u32::try_from(live).unwrap_or(u32::MAX);
            let (holds, active) = world.shop.quota;
            live + usage.active >= active
                || (asked.command.action() == Action::Hold && live >= holds)
        }
        Rejection::NotTheHolder => {
            token(asked.command) != world.bookings.get(asked.at).and_then(|each| each.token)
        }
        Rejection::TooManyReschedules { .. } => asked
            .before
            .is_some_and(|before| before.reschedules.len() >= RESCHEDULES_MAX),
        Rejection::NotFound => asked.before.is_none(),
        Rejection::Exists => asked.before.is_some(),
        _ => true,
    };
    ensure!(justified, "refused without a cause: {rejection}");
    Ok(())
}

/// Judges a booking by itself.
pub(super) fn stands(world: &World, stored: &Stored) -> Result<(), Violation> {
    let booking = &stored.booking;
    ensure!(booking.terms == stored.terms, "the terms have changed");
    let confirmed = matches!(
        booking.status,
        Status::Confirmed | Status::InProgress | Status::Completed | Status::NoShow
    );
    ensure!(
        !confirmed || booking.confirmation_code.is_some(),
        "confirmed without a code"
    );
    let waits = matches!(booking.status, Status::Held | Status::Pending);
    ensure!(
        waits == booking.due_at.is_some(),
        "due at {:?}",
        booking.due_at
    );
    ensure!(
        booking.due_at.is_none_or(|due| {
            let begun = booking.slot.start() <= booking.scheduled_at;
            due <= booking.slot.start() || begun
        }),
        "it waits beyond its start"
    );
    leads_out(booking, &stored.sheet)?;
    let unknown = world.place_of(&booking.id).is_none();
    ensure!(!unknown, "it is not stored");
    Ok(())
}

/// Every booking that is not over has a deadline that leads on with nobody's help.
fn leads_out(booking: &Booking, sheet: &Sheet) -> Result<(), Violation> {
    let deadlines = booking.deadlines();
    let at = |kind: DeadlineKind| {
        let deadline = deadlines.iter().find(|each| each.kind == kind);
        deadline.map(|each| each.due_at.timestamp())
    };
    let end = booking.slot.end_timestamp();
    let (kind, due) = match (booking.status, &booking.no_show) {
        (Status::Held | Status::Pending, _) => (
            DeadlineKind::Expire,
            booking.due_at.map(|due| due.timestamp()),
        ),
        (Status::Confirmed | Status::InProgress, _) => (
            DeadlineKind::Complete,
            Some(end + sheet.complete_minutes * MINUTE),
        ),
        (Status::NoShow, Some(no_show)) if !no_show.settled => {
            let undo = no_show.at.timestamp() + sheet.undo_minutes * MINUTE;
            (DeadlineKind::SettleNoShow, Some(undo))
        }
        _ => return Ok(()),
    };
    ensure!(
        at(kind) == due && due.is_some(),
        "{kind:?} is due at {:?} and not at {due:?}",
        at(kind)
    );
    Ok(())
}

/// Nobody holds more than it may.
pub(super) fn all(world: &World) -> Result<(), Violation> {
    let Some(now) = world.decided_until else {
        return Ok(());
    };
    for stored in &world.bookings {
        let customer = &stored.booking.customer;
        let of = |other: &&Stored| {
            other.booking.customer == *customer && stands_at(&other.booking, now) == Status::Held
        };
        let live = world.bookings.iter().filter(of).count();
        let most = world.shop.quota.0 as usize;
        ensure!(live <= most, "{customer} holds {live} slots of {most}");
    }
    Ok(())
}
