use chrono::{DateTime, Utc};

use super::guard::{guard, guard_new, instant_of};
use crate::booking::activate::{Entry, Seat, activate, assign_rules};
use crate::booking::command::slot;
use crate::booking::decision::Change;
use crate::booking::{
    Action, Actor, Booking, By, Decision, ExtendHold, Fact, Hold, Offer, Opening, Override,
    PaymentMode, Rejection, Snapshot, Terms, Wanted,
};
use crate::fees::{Quote, QuoteRequest, quote};
use crate::sabotage::sabotaged;
use crate::time::{Anchor, Minutes, Zone};

/// Keeps a slot for some minutes.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::SlotNotFree`], [`Rejection::HoldQuota`] and
/// [`Rejection::BookingQuota`].
pub fn hold(
    snapshot: &Snapshot,
    command: &Hold,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    guard_new(
        snapshot,
        Action::Hold,
        &command.by,
        command.expected_version,
    )?;
    let now = instant_of(snapshot, now);
    let offer = offer(snapshot)?;
    check_quota(snapshot, offer, Action::Hold, now)?;
    let opening = opening(snapshot, offer, (&command.wanted, &command.by), now)?;
    let expires_at = capped(now, offer.terms.rules.hold_minutes, opening.slot.start());
    let fact = Fact::Held {
        opening: Box::new(opening),
        token: command.token.hash(),
        expires_at,
    };
    Change::begin(&command.wanted.booking, fact, &command.by, now)?.decide()
}

/// Keeps a hold for longer: its time begins anew, up to the longest that there is.
///
/// # Errors
///
/// [`Rejection`], among others [`Rejection::HoldTooLong`] and [`Rejection::NotTheHolder`].
pub fn extend_hold(
    snapshot: &Snapshot,
    command: &ExtendHold,
    now: DateTime<Utc>,
) -> Result<Decision, Rejection> {
    let who = (&command.by, command.expected_version);
    let guarded = guard(snapshot, Action::ExtendHold, who, now)?;
    guarded.check_holder(Some(&command.token))?;
    let booking = guarded.booking;
    let rules = &booking.terms.rules;
    let longest = booking.created_at + rules.hold_minutes_max.duration();
    let wanted = capped(guarded.now, rules.hold_minutes, booking.slot.start());
    let expires_at = wanted.min(longest);
    if booking.due_at.is_some_and(|due| expires_at <= due) {
        return Err(Rejection::HoldTooLong);
    }
    guarded
        .change()
        .record(Fact::HoldExtended { expires_at })?
        .decide()
}

pub(super) fn offer(snapshot: &Snapshot) -> Result<&Offer, Rejection> {
    let missing = Rejection::SnapshotIncomplete { part: "offer" };
    snapshot.offer.as_ref().ok_or(missing)
}

/// How much a customer may hold and book; what has lapsed does not count.
pub(super) fn check_quota(
    snapshot: &Snapshot,
    offer: &Offer,
    action: Action,
    now: DateTime<Utc>,
) -> Result<(), Rejection> {
    let usage = &snapshot.usage;
    let live = usage.holds.iter().filter(|until| until.0 > now).count();
    let live = if sabotaged!(QuotaIgnoresHolds) {
        0
    } else {
        live
    };
    let live = u32::try_from(live).unwrap_or(u32::MAX);
    if action == Action::Hold && live >= offer.quota.holds {
        let most = offer.quota.holds;
        return Err(Rejection::HoldQuota { most });
    }
    if live.saturating_add(usage.active) >= offer.quota.active {
        let most = offer.quota.active;
        return Err(Rejection::BookingQuota { most });
    }
    Ok(())
}

/// What a booking begins with: its slot is free, its price is known, its terms are fixed.
pub(super) fn opening(
    snapshot: &Snapshot,
    offer: &Offer,
    (wanted, by): (&Wanted, &By),
    now: DateTime<Utc>,
) -> Result<Opening, Rejection> {
    let missing = Rejection::SnapshotIncomplete { part: "question" };
    let question = snapshot.question.as_ref().ok_or(missing)?;
    let terms = &offer.terms;
    let duration = match wanted.duration_minutes {
        Some(duration) => duration,
        None => base_duration(terms, wanted, question.service.duration_minutes)?,
    };
    if wanted.override_reason.is_none() {
        let checked = question.service.check_choice(duration);
        checked.map_err(Rejection::Query)?;
    }
    let request = QuoteRequest {
        start: wanted.start,
        zone: question.zone.clone(),
        duration_minutes: duration,
        party: wanted.party.get(),
        add_ons: wanted.add_ons.clone(),
        discount: wanted.discount.clone(),
        tips: wanted.tips,
        step_minutes: None,
    };
    let quote = quote(&terms.price, &terms.fee, &request)?;
    let length = quote.duration().seconds();
    let slot = slot(wanted.start, length).ok_or(Rejection::TimeOutOfRange)?;
    let seat = Seat {
        booking: &wanted.booking,
        service: &wanted.service,
        party: wanted.party.get(),
        slot,
        now,
        actor: by.actor,
    };
    let (takes, overridden) = match &wanted.override_reason {
        Some(reason) => {
            let overridden = overriding(by, reason)?;
            let missing = Rejection::OverrideNeedsResources;
            let resources = wanted.resources.as_ref().ok_or(missing)?;
            let takes = activate(snapshot, seat, &Entry::Override(resources))?;
            (takes, Some(overridden))
        }
        None => {
            let rules = assign_rules(&offer.assignment, wanted.chosen(), wanted.seed);
            (activate(snapshot, seat, &Entry::New(&rules))?, None)
        }
    };
    check_hold_limit(terms, &quote, slot.end(), now)?;
    Ok(Opening {
        provider: wanted.provider.clone(),
        customer: wanted.customer.clone(),
        service: wanted.service.clone(),
        series: wanted.series.clone(),
        succeeds: None,
        slot,
        anchor: anchor(wanted.start, &question.zone, terms),
        party: wanted.party,
        takes,
        terms: terms.clone(),
        quote,
        add_ons: wanted.add_ons.clone(),
        discount: wanted.discount.clone(),
        tips: wanted.tips,
        notes: wanted.notes.clone(),
        overridden,
    })
}

pub(super) fn anchor(start: DateTime<Utc>, zone: &Zone, terms: &Terms) -> Anchor {
    Anchor::of(start, zone, terms.rules.anchor)
}

/// Captured money is held until the time for complaints is over, and that may not take too long.
pub(super) fn check_hold_limit(
    terms: &Terms,
    quote: &Quote,
    end: DateTime<Utc>,
    from: DateTime<Utc>,
) -> Result<(), Rejection> {
    let rules = &terms.rules;
    if rules.payment == PaymentMode::None || quote.total().is_zero() {
        return Ok(());
    }
    let days = rules.max_hold_days;
    let done = end + rules.complete_minutes_after.duration() + rules.dispute_minutes.duration();
    if (done - from).num_seconds() > i64::from(days) * 86_400 {
        return Err(Rejection::HeldTooLong { days });
    }
    Ok(())
}

/// So long from now on, and not past the start.
pub(super) fn capped(now: DateTime<Utc>, minutes: Minutes, start: DateTime<Utc>) -> DateTime<Utc> {
    until(now + minutes.duration(), start, now)
}

/// A deadline, and not past the start; a slot that has begun already has no such end.
pub(super) fn until(due: DateTime<Utc>, start: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if start > now { due.min(start) } else { due }
}

/// The length without add-ons of a slot that has a length with them.
pub(super) fn base_duration(
    terms: &Terms,
    wanted: &Wanted,
    whole: Minutes,
) -> Result<Minutes, Rejection> {
    let offered = &terms.price.terms().add_ons;
    let mut added = wanted.add_ons.iter().filter_map(|id| {
        let add_on = offered.iter().find(|each| each.id == *id)?;
        Some(add_on.minutes.get())
    });
    let differs = Rejection::SnapshotDiffers { part: "duration" };
    let base = added.try_fold(whole.get(), u32::checked_sub);
    base.and_then(|minutes| Minutes::new(minutes).ok())
        .ok_or(differs)
}

fn overriding(by: &By, reason: &crate::booking::Note) -> Result<Override, Rejection> {
    let actor = by.actor;
    if !matches!(actor, Actor::Provider | Actor::Operator) {
        let action = Action::Create;
        return Err(Rejection::ActorNotAllowed { action, actor });
    }
    if reason.is_blank() {
        return Err(Rejection::ReasonMissing { actor });
    }
    Ok(Override {
        by: by.clone(),
        reason: reason.clone(),
    })
}

/// The price of a booking at another start, by its own terms.
pub(super) fn quote_at(
    booking: &Booking,
    start: DateTime<Utc>,
    zone: &Zone,
) -> Result<Quote, Rejection> {
    let terms = &booking.terms;
    let offered = &terms.price.terms().add_ons;
    let added: u32 = offered
        .iter()
        .filter(|each| booking.add_ons.contains(&each.id))
        .map(|each| each.minutes.get())
        .sum();
    let base = booking.quote.duration().get().saturating_sub(added);
    let request = QuoteRequest {
        start,
        zone: zone.clone(),
        duration_minutes: Minutes::new(base).map_err(|_| Rejection::TimeOutOfRange)?,
        party: booking.party.get(),
        add_ons: booking.add_ons.clone(),
        discount: booking.discount.clone(),
        tips: booking.tips,
        step_minutes: None,
    };
    Ok(quote(&terms.price, &terms.fee, &request)?)
}
