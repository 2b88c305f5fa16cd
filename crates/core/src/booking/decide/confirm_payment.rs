use chrono::{DateTime, Utc};

use super::create::awaited;
use super::guard::{Guarded, guard};
use super::hold::capped;
use crate::booking::activate::{Entry, Seat, activate, recheck};
use crate::booking::decision::Change;
use crate::booking::{
    Action, Actor, Awaiting, Booking, Cancellation, CollectPayment, ConfirmPayment,
    ConfirmationCode, Decision, Fact, LatePayment, Opening, Rejection, Snapshot, Status,
};
use crate::money::Money;
use crate::payment::{
    Answer, IntentStatus, PaymentError, PaymentFact, Purpose, Reception, goes_along,
};
use crate::sabotage::sabotaged;

/// Takes in an answer of the payment processor, in whatever order and however often it comes.
///
/// A payment that a pending booking awaits confirms it, if nothing else is awaited and the slot is
/// still free; if it is not, the booking is cancelled and the money goes back. A payment for a
/// booking that has expired goes back.
///
/// # Errors
///
/// [`Rejection`], among others [`PaymentError::AmountDiffers`] and [`PaymentError::AnswerDiffers`].
pub fn confirm_payment(
    snapshot: &Snapshot,
    command: &ConfirmPayment,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::ConfirmPayment, who, now)?;
    let answer = command.answer.clone();
    let payment = &guarded.booking.payment;
    if let Some(to) = payment.passed_on(&answer) {
        return Err(Rejection::PassedOn { to: to.clone() });
    }
    let change = guarded.change();
    let reception = payment.reception(&answer)?;
    let parked = reception == Reception::Early && payment.parked.contains(&answer);
    if reception == Reception::Known || parked {
        return change.unchanged();
    }
    // Whatever is taken in is taken in by what the booking is by now.
    let lapsed = guarded.booking.status_at(guarded.now) != guarded.booking.status;
    let change = if lapsed && !sabotaged!(LatePaymentConfirms) {
        change.record(Fact::Expired)?
    } else {
        change
    };
    let change = match reception {
        Reception::Known => return change.unchanged(),
        Reception::Early => change.money(PaymentFact::Parked { answer })?,
        Reception::New => {
            if let Some(successor) = rebook(guarded, &change.booking, command)? {
                let to = successor.booking.id.clone();
                let mut decision = change.money(PaymentFact::PassedOn { to })?.decide()?;
                decision.successor = Some(Box::new(successor));
                return Ok(decision);
            }
            change.money(PaymentFact::Answered { answer })?
        }
    };
    go_on(guarded, change, command)?.decide()
}

/// The booking that takes the place of an expired one whose payment comes too late: of the same
/// slot, if the terms say so, the slot is still free and has not begun. `None` when the money is to
/// go back.
///
/// Only the first payment that was asked for is taken over, for it has the same number there.
fn rebook(
    guarded: Guarded<'_>,
    expired: &Booking,
    command: &ConfirmPayment,
) -> Result<Option<Decision>, Rejection> {
    let Some(id) = &command.successor else {
        return Ok(None);
    };
    let rules = &expired.terms.rules;
    let pays = matches!(
        command.answer,
        Answer::Authorised { .. } | Answer::Captured { .. }
    );
    let first = command
        .answer
        .instruction()
        .is_some_and(|each| each.number == 1);
    let intent = expired.payment.intents.first().filter(|_| pays && first);
    let open = intent.filter(|intent| intent.status() == IntentStatus::Requested);
    let wanted = expired.status == Status::Expired && rules.late_payment == LatePayment::Rebook;
    let Some(intent) = open.filter(|_| wanted && guarded.now < expired.slot.start()) else {
        return Ok(None);
    };
    let seat = Seat {
        booking: id,
        ..Seat::of(expired, guarded.now)
    };
    let own = expired.resources();
    let entry = if sabotaged!(UncheckedRebook) {
        Entry::Override(&own)
    } else {
        Entry::Existing(&own)
    };
    let takes = match activate(guarded.snapshot, seat, &entry) {
        Ok(takes) => takes,
        Err(Rejection::SlotNotFree { .. }) => return Ok(None),
        Err(other) => return Err(other),
    };
    let (start, now) = (expired.slot.start(), guarded.now);
    let (awaiting, due_at) = awaited(&expired.terms, &expired.quote, start, now);
    let fact = Fact::Booked {
        opening: Some(Box::new(Opening::in_place_of(expired, takes))),
        awaiting,
        due_at,
        notes: None,
    };
    let taken_over = PaymentFact::TakenOver {
        from: expired.id.clone(),
        purpose: intent.purpose,
        amount: intent.amount,
    };
    let answer = command.answer.clone();
    let mut change = Change::begin(id, fact, &command.by, now)?.money(taken_over)?;
    for parked in expired
        .payment
        .parked
        .iter()
        .filter(|each| goes_along(each))
    {
        let answer = parked.clone();
        change = change.money(PaymentFact::Parked { answer })?;
    }
    let change = change.money(PaymentFact::Answered { answer })?;
    go_on(guarded, change, command)?.decide().map(Some)
}

/// Asks for a payment that is due: once more after a failure, or the balance after a deposit.
///
/// # Errors
///
/// [`Rejection`], among others [`PaymentError::NothingDue`].
pub fn collect_payment(
    snapshot: &Snapshot,
    command: &CollectPayment,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::CollectPayment, who, now)?;
    let booking = guarded.booking;
    if command.by.actor == Actor::System {
        let before = booking.terms.rules.balance_minutes_before;
        guarded.not_before(booking.slot.start() - before.duration())?;
    }
    let (purpose, amount) = due(booking)?.ok_or(PaymentError::NothingDue)?;
    let change = guarded.change();
    change
        .money(PaymentFact::Opened { purpose, amount })?
        .decide()
}

/// What the customer is to be asked for next.
pub(super) fn due(booking: &Booking) -> Result<Option<(Purpose, Money)>, Rejection> {
    let payment = &booking.payment;
    if booking.terms.rules.payment == crate::booking::PaymentMode::None {
        return Ok(None);
    }
    let asked = payment.asked_for()?;
    let (purpose, wanted) = match booking.status {
        Status::Pending if !booking.awaiting.payment => return Ok(None),
        Status::Pending if booking.quote.balance().is_zero() => (Purpose::Price, payment.owed),
        Status::Pending => (Purpose::Deposit, booking.quote.due_now()),
        _ => (Purpose::Balance, payment.owed),
    };
    let amount = wanted.checked_sub(asked)?;
    Ok(amount.is_positive().then_some((purpose, amount)))
}

/// What a payment changes for a booking that waits for it.
fn go_on<'a>(
    guarded: Guarded<'_>,
    change: Change<'a>,
    command: &ConfirmPayment,
) -> Result<Change<'a>, Rejection> {
    let booking = &change.booking;
    if booking.status != Status::Pending || !booking.awaiting.payment {
        return Ok(change);
    }
    let missing = booking
        .quote
        .due_now()
        .checked_sub(booking.payment.secured()?)?;
    if missing.is_positive() {
        return Ok(change);
    }
    let awaiting = Awaiting {
        payment: false,
        ..booking.awaiting
    };
    if !awaiting.is_nothing() {
        let due_at = Some(approval_due(booking, guarded.now));
        return change.record(Fact::Awaits { awaiting, due_at });
    }
    match recheck(guarded.snapshot, booking, guarded.now) {
        _ if sabotaged!(UncheckedPayment) => {
            let code = ConfirmationCode::from_seed(command.code_seed.0);
            change.record(Fact::Confirmed { code })
        }
        Ok(()) => {
            let code = ConfirmationCode::from_seed(command.code_seed.0);
            change.record(Fact::Confirmed { code })
        }
        Err(Rejection::SlotNotFree { .. }) => {
            let refunded_before = booking.payment.refunds_asked(|_| true)?;
            let cancellation = Cancellation {
                by: Actor::System.into(),
                at: guarded.now,
                reason: None,
                refund: booking.payment.kept()?,
                refunded_before,
                by_terms: false,
            };
            change.record(Fact::Cancelled { cancellation })
        }
        Err(other) => Err(other),
    }
}

/// Until when an approval is awaited once the payment is authorised: never past the start, and not
/// until the authorisation ends by itself.
fn approval_due(booking: &Booking, now: DateTime<Utc>) -> DateTime<Utc> {
    let rules = &booking.terms.rules;
    let due = capped(now, rules.approval_minutes, booking.slot.start());
    let margin = rules.authorisation_margin_minutes.duration();
    let intents = booking.payment.intents.iter();
    let ends = intents
        .filter(|each| !each.captured)
        .filter_map(|each| each.authorised_until);
    ends.map(|until| until - margin).fold(due, DateTime::min)
}
