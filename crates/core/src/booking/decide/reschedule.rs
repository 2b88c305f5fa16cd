use chrono::{DateTime, Utc};

use super::confirm_payment::due;
use super::guard::{Guarded, guard};
use super::hold::{anchor, check_hold_limit, offer, quote_at, until};
use crate::assign::AssignPolicy;
use crate::booking::activate::{Entry, Seat, activate, assign_rules};
use crate::booking::command::slot;
use crate::booking::decision::Change;
use crate::booking::{
    Action, Actor, Booking, Decision, Fact, PaymentMode, Reassign, Rejection, Reschedule, Snapshot,
    Status,
};
use crate::fees::Quote;
use crate::limits::RESCHEDULES_MAX;
use crate::money::Money;
use crate::payment::{FeeBasis, PaymentFact, Purpose};
use crate::sabotage::sabotaged;

/// Moves a booking to another time: the same booking, with a new sequence, and its payment.
///
/// The new start is checked like that of a new booking, the booking's own claims left out. When it
/// fails, the old time stands untouched. Only the difference of the prices is charged or given
/// back; of a lower price a customer gets the share that cancelling at that moment would give.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::SlotNotFree`], [`Rejection::TooLate`] and
/// [`Rejection::SameTime`].
pub fn reschedule(
    snapshot: &Snapshot,
    command: &Reschedule,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Reschedule, who, now)?;
    guarded.check_notice(Action::Reschedule)?;
    let booking = guarded.booking;
    if booking.reschedules.len() >= RESCHEDULES_MAX {
        let most = RESCHEDULES_MAX;
        return Err(Rejection::TooManyReschedules { most });
    }
    if command.start == booking.slot.start() {
        return Err(Rejection::SameTime);
    }
    let missing = Rejection::SnapshotIncomplete { part: "question" };
    let zone = &snapshot.question.as_ref().ok_or(missing)?.zone;
    let mut quote = quote_at(booking, command.start, zone)?;
    if sabotaged!(TermsOfToday) {
        let mut edited = booking.clone();
        edited.terms = offer(snapshot)?.terms.clone();
        quote = quote_at(&edited, command.start, zone)?;
    }
    let length = booking.slot.duration().num_seconds();
    let slot = slot(command.start, length).ok_or(Rejection::TimeOutOfRange)?;
    let seat = Seat {
        slot,
        actor: command.by.actor,
        ..Seat::of(booking, guarded.now)
    };
    let chosen = command.resources.clone();
    let chosen = chosen.map(|resources| AssignPolicy::Chosen { resources });
    let rules = assign_rules(&offer(snapshot)?.assignment, chosen, command.seed);
    let takes = if sabotaged!(UncheckedReschedule) {
        booking.takes.clone()
    } else {
        activate(snapshot, seat, &Entry::New(&rules))?
    };
    let held_from = booking.payment.captured_at.unwrap_or(guarded.now);
    check_hold_limit(&booking.terms, &quote, slot.end(), held_from)?;
    let fact = Fact::Rescheduled {
        from: booking.slot,
        slot,
        anchor: anchor(command.start, zone, &booking.terms),
        takes,
        quote: quote.clone(),
        due_at: booking
            .due_at
            .map(|due| until(due, command.start, guarded.now)),
    };
    let change = guarded.change().record(fact)?;
    charge_difference(guarded, change, &quote)?.decide()
}

/// Gives a booking to other resources at the same time. Nothing happens when it has them already.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::SlotNotFree`]; the booking stays as it is then.
pub fn reassign(
    snapshot: &Snapshot,
    command: &Reassign,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Reassign, who, now)?;
    let booking = guarded.booking;
    if command.resources == booking.resources() {
        return guarded.change().unchanged();
    }
    let seat = Seat::of(booking, guarded.now);
    let entry = if sabotaged!(UncheckedReassign) {
        Entry::Override(&command.resources)
    } else {
        Entry::Existing(&command.resources)
    };
    let takes = activate(snapshot, seat, &entry)?;
    let from = booking.takes.clone();
    guarded
        .change()
        .record(Fact::Reassigned { from, takes })?
        .decide()
}

/// The payment goes with the booking; only the difference is charged or given back.
fn charge_difference<'a>(
    guarded: Guarded<'_>,
    change: Change<'a>,
    quote: &Quote,
) -> Result<Change<'a>, Rejection> {
    let old = guarded.booking;
    let more = quote.total().checked_sub(old.quote.total())?;
    if more.is_zero() || old.terms.rules.payment == PaymentMode::None {
        return Ok(change);
    }
    let payment = &old.payment;
    if more.is_negative() {
        let less = given_back(guarded, more.checked_neg()?)?;
        let (basis, owed) = (payment.basis, payment.owed.checked_sub(less)?);
        return change.money(PaymentFact::Priced { basis, owed });
    }
    let owed = payment.owed.checked_add(more)?;
    let basis = FeeBasis {
        total: quote.total(),
        fee: quote.fee().total,
    };
    let change = change.money(PaymentFact::Priced { basis, owed })?;
    match dearer(old, &change.booking)? {
        Some((purpose, amount)) => change.money(PaymentFact::Opened { purpose, amount }),
        None => Ok(change),
    }
}

/// What a customer is asked for at once when a booking becomes dearer, if everything that was due
/// before was asked for; else the difference comes with what is still to be asked for.
fn dearer(old: &Booking, new: &Booking) -> Result<Option<(Purpose, Money)>, Rejection> {
    if old.awaiting.payment {
        return if due(old)?.is_none() {
            due(new)
        } else {
            Ok(None)
        };
    }
    let asked = old.payment.asked_for()?;
    if old.payment.owed.checked_sub(asked)?.is_positive() {
        return Ok(None);
    }
    let amount = new.payment.owed.checked_sub(asked)?;
    Ok(amount.is_positive().then_some((Purpose::Balance, amount)))
}

/// The part of a lower price that goes back: for a customer as much as cancelling would give, so
/// that moving to a cheap time is no way around the terms. Cancelling what is still pending gives
/// all of it.
fn given_back(guarded: Guarded<'_>, less: Money) -> Result<Money, Rejection> {
    let booking = guarded.booking;
    if guarded.by.actor != Actor::Customer || booking.status == Status::Pending {
        return Ok(less);
    }
    let terms = &booking.terms.refund;
    let start = booking.slot.start();
    let share = terms.share_at(start, guarded.now, &booking.reschedules);
    Ok(less.times(share.rate(), terms.terms().rounding)?)
}
