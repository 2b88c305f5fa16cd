use chrono::{DateTime, Utc};

use super::guard::{guard, guard_new, instant_of};
use super::hold::{capped, check_quota, offer, opening};
use crate::booking::activate::recheck;
use crate::booking::decision::Change;
use crate::booking::{
    Action, Awaiting, ConfirmationCode, Create, Decision, Fact, PaymentMode, Rejection, Snapshot,
    Status, Terms,
};
use crate::fees::Quote;
use crate::payment::{PaymentFact, Purpose};
use crate::sabotage::sabotaged;

/// Books a slot, or turns a hold into a booking.
///
/// What the terms ask for is awaited then: the payment, the provider's yes, or both. When nothing
/// is, the booking is confirmed at once.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::SlotNotFree`], [`Rejection::HoldExpired`],
/// [`Rejection::NotTheHolder`] and [`Rejection::BookingQuota`].
pub fn create(
    snapshot: &Snapshot,
    command: &Create,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let change = match (&snapshot.booking, &command.wanted) {
        (Some(_), None) => from_hold(snapshot, command, now)?,
        (_, Some(_)) => directly(snapshot, command, now)?,
        (None, None) => return Err(Rejection::NotFound),
    };
    let awaiting = change.booking.awaiting;
    let change = if awaiting.payment {
        let quote = &change.booking.quote;
        let (amount, total) = (quote.due_now(), quote.total());
        let purpose = if amount == total {
            Purpose::Price
        } else {
            Purpose::Deposit
        };
        change.money(PaymentFact::Opened { purpose, amount })?
    } else {
        change
    };
    let change = if awaiting.is_nothing() {
        let code = ConfirmationCode::from_seed(command.code_seed.0);
        change.record(Fact::Confirmed { code })?
    } else {
        change
    };
    change.decide()
}

fn directly<'a>(
    snapshot: &Snapshot,
    command: &'a Create,
    now: DateTime<Utc>,
) -> Result<Change<'a>, Rejection> {
    let wanted = command.wanted.as_ref().ok_or(Rejection::NotFound)?;
    if snapshot.booking.is_some() {
        return Err(Rejection::Exists);
    }
    guard_new(
        snapshot,
        Action::Create,
        &command.by,
        command.expected_version,
    )?;
    let now = instant_of(snapshot, now);
    let offer = offer(snapshot)?;
    check_quota(snapshot, offer, Action::Create, now)?;
    let opening = opening(snapshot, offer, (wanted, &command.by), now)?;
    let (awaiting, due_at) = awaited(&opening.terms, &opening.quote, opening.slot.start(), now);
    let fact = Fact::Booked {
        opening: Some(Box::new(opening)),
        awaiting,
        due_at,
        notes: None,
    };
    Change::begin(&wanted.booking, fact, &command.by, now)
}

fn from_hold<'a>(
    snapshot: &'a Snapshot,
    command: &'a Create,
    now: DateTime<Utc>,
) -> Result<Change<'a>, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::Create, who, now)?;
    debug_assert_eq!(guarded.booking.status, Status::Held, "the table says so");
    guarded.check_holder(command.token.as_ref())?;
    let booking = guarded.booking;
    if !sabotaged!(UncheckedHold) {
        recheck(snapshot, booking, guarded.now)?;
    }
    let start = booking.slot.start();
    let (awaiting, due_at) = awaited(&booking.terms, &booking.quote, start, guarded.now);
    guarded.change().record(Fact::Booked {
        opening: None,
        awaiting,
        due_at,
        notes: command.notes.clone(),
    })
}

/// What a booking awaits by its terms, and until when.
pub(super) fn awaited(
    terms: &Terms,
    quote: &Quote,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> (Awaiting, Option<DateTime<Utc>>) {
    let rules = &terms.rules;
    let awaiting = Awaiting {
        payment: rules.payment == PaymentMode::UpFront && quote.due_now().is_positive(),
        approval: rules.approval,
    };
    let minutes = if awaiting.payment {
        rules.payment_minutes
    } else {
        rules.approval_minutes
    };
    let due_at = (!awaiting.is_nothing()).then(|| capped(now, minutes, start));
    (awaiting, due_at)
}
