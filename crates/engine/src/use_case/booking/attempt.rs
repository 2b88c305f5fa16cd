//! One attempt at a command: what it is about, what was read for it, and the rows that follow.

use std::num::NonZeroU32;
use std::sync::Mutex;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::booking::decide::decide;
use quando::booking::{
    Booking, Command, CustomerUsage, Expiry, Rejection, Snapshot as CoreSnapshot, Status, Wanted,
};
use quando::fees::ItemId;
use quando::id::{BookingId, CustomerId, ResourceId, ServiceId};
use quando::time::{Interval, Minutes, Window};

use super::BookingKey;
use crate::audit::Hash;
use crate::engine::{Shared, lock};
use crate::question::Catalogue;
use crate::record::RecordError;
use crate::store::{Change, DocumentKey, ResourceScope, Scope, Snapshot, UsageRow, Write};
use crate::write::{Before, Decided, Draft, lapsed_in_the_way, terms_document};
use crate::{Refusal, Widen, sabotaged};

/// A command on its way to the store.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) key: BookingKey,
    pub(super) command: Command,
    /// Sealed texts that go with it.
    pub(super) notes: Vec<Change>,
    /// A document that is written with it.
    pub(super) beside: Option<Beside>,
    /// Where the search for a free unit begins.
    pub(super) seed: u64,
    /// Terms that are written with it, once it is written.
    pub(super) terms: Mutex<Vec<Hash>>,
    /// The booking after the latest decision.
    pub(super) latest: Mutex<Option<Booking>>,
}

/// A document that is written with a decision, over the version that was seen before it.
#[derive(Clone, Debug)]
pub(super) struct Beside {
    pub(super) key: DocumentKey,
    pub(super) seen: u64,
    /// What it says is against the command already, unless the command was carried out before.
    pub(super) refusal: Option<Refusal>,
    pub(super) changes: Vec<Change>,
}

impl Beside {
    fn check(&self, snapshot: &Snapshot) -> Result<(), Refusal> {
        let version = snapshot.document(&self.key).map_or(0, |each| each.version);
        if version != self.seen {
            return Err(RecordError::Decided.into());
        }
        self.refusal.clone().map_or(Ok(()), Err)
    }
}

/// What a decision is about, from the request or from the booking as it was just read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subject {
    pub(super) service: ServiceId,
    pub(super) customer: CustomerId,
    party: NonZeroU32,
    /// The slot that is wanted; of a new booking as long as its service says.
    start: DateTime<Utc>,
    duration: Duration,
    /// The session that is left when the booking moves.
    pub(super) left: Option<Interval>,
}

#[derive(Clone, Debug, PartialEq)]
enum Duration {
    /// By the service: a base, if another than usual, and add-ons.
    OfService(Option<Minutes>, Vec<ItemId>),
    /// That of a booking that is there.
    Known(Minutes),
}
impl Subject {
    pub(super) fn of_wanted(wanted: &Wanted) -> Subject {
        Subject {
            service: wanted.service.clone(),
            customer: wanted.customer.clone(),
            party: wanted.party,
            start: wanted.start,
            duration: Duration::OfService(wanted.duration_minutes, wanted.add_ons.clone()),
            left: None,
        }
    }

    pub(super) fn of_booking(booking: &Booking, command: &Command) -> Subject {
        let start = match command {
            Command::Reschedule(command) => command.start,
            _ => booking.slot.start(),
        };
        let session = booking.takes.iter().any(|take| take.session);
        let minutes = u32::try_from(booking.slot.duration().num_minutes());
        let minutes = minutes.ok().and_then(|count| Minutes::new(count).ok());
        Subject {
            service: booking.service.clone(),
            customer: booking.customer.clone(),
            party: booking.party,
            start,
            duration: minutes.map_or(Duration::OfService(None, Vec::new()), Duration::Known),
            left: session.then_some(booking.slot),
        }
    }

    /// The slot, as far as it is known before the service was read.
    pub(super) fn slot_at_least(&self) -> Interval {
        let minutes = match &self.duration {
            Duration::OfService(base, _) => base.map_or(1, Minutes::get),
            Duration::Known(minutes) => minutes.get(),
        };
        slot(self.start, minutes.max(1))
    }
}

/// A slot of some minutes; at the end of time, where there is none, the last one.
fn slot(start: DateTime<Utc>, minutes: u32) -> Interval {
    let start = start.timestamp();
    Interval::from_timestamps(start, start + i64::from(minutes) * 60).unwrap_or_else(|_| {
        let last = quando::limits::INSTANT_MAX;
        Interval::from_timestamps(last - 60, last).expect("a minute is an interval")
    })
}

pub(super) fn wanted(command: &Command) -> Option<&Wanted> {
    match command {
        Command::Hold(command) => Some(&command.wanted),
        Command::Create(command) => command.wanted.as_ref(),
        _ => None,
    }
}

/// Whether a command leads, or may lead, to a state that takes time of resources.
pub(super) fn asks_for_a_slot(command: &Command) -> bool {
    matches!(
        command,
        Command::Hold(_)
            | Command::Create(_)
            | Command::Approve(_)
            | Command::ConfirmPayment(_)
            | Command::Reschedule(_)
            | Command::Reassign(_)
            | Command::UndoNoShow(_)
    )
}
/// An attempt at a command: what it is about, and what was read for it.
pub(super) struct Attempt<'a> {
    pub(super) task: &'a Task,
    pub(super) subject: Option<&'a Subject>,
    pub(super) scope: &'a Scope,
    pub(super) now: DateTime<Utc>,
}

impl Attempt<'_> {
    /// Decides, on the snapshot alone.
    pub(super) fn write(&self, shared: &Shared, snapshot: &Snapshot) -> Result<Write, Refusal> {
        if let Some(beside) = &self.task.beside {
            beside.check(snapshot)?;
        }
        let row = snapshot.booking.as_ref();
        let booking = row.map(|row| shared.terms.booking(&row.body)).transpose()?;
        self.check_subject(booking.as_ref())?;
        let catalogue = self.catalogue(shared, snapshot, booking.as_ref())?;
        let mut core = self.core_snapshot(snapshot, catalogue.as_ref(), booking)?;
        if sabotaged!(ApproveUnguarded) && matches!(self.task.command, Command::Approve(_)) {
            unguard(&mut core, self.now);
        }
        let decision = decide(&core, &self.task.command, self.now)?;
        let before = core.booking.as_ref();
        let head = row.map_or(Hash::START, |row| row.head);
        let decided = Decided {
            decision: &decision,
            before,
            head,
        };
        self.changes(shared, snapshot, catalogue.as_ref(), decided)
    }

    /// Whether the booking is still the one that the scope was made for.
    fn check_subject(&self, booking: Option<&Booking>) -> Result<(), Refusal> {
        if wanted(&self.task.command).is_some() {
            return Ok(());
        }
        let asks = asks_for_a_slot(&self.task.command) || self.subject.is_some();
        let subject = booking
            .filter(|_| asks)
            .map(|booking| Subject::of_booking(booking, &self.task.command));
        if subject.as_ref() == self.subject {
            Ok(())
        } else {
            Err(Refusal::Stale)
        }
    }

    fn catalogue(
        &self,
        shared: &Shared,
        snapshot: &Snapshot,
        held: Option<&Booking>,
    ) -> Result<Option<Catalogue>, Refusal> {
        let Some(subject) = self.subject else {
            return Ok(None);
        };
        let provider = &self.task.key.provider;
        let catalogue = match Catalogue::of(&shared.documents, snapshot, provider, &subject.service)
        {
            // Money and time of a booking go on when its service is not offered any more.
            Err(Refusal::NotFound { .. }) if held.is_some() => return Ok(None),
            catalogue => catalogue?,
        };
        let bookable = catalogue.provider.active && catalogue.service.active;
        if wanted(&self.task.command).is_some() && !bookable {
            return Err(Refusal::NotFound { what: "service" });
        }
        let minutes = Self::minutes(&catalogue, subject)?;
        let slot = slot(subject.start, minutes.get());
        let needed = catalogue
            .reach(slot, held)
            .ok_or(Rejection::TimeOutOfRange)?;
        check_seen(self.scope, needed)?;
        Ok(Some(catalogue))
    }

    fn minutes(catalogue: &Catalogue, subject: &Subject) -> Result<Minutes, Refusal> {
        match &subject.duration {
            Duration::Known(minutes) => Ok(*minutes),
            Duration::OfService(base, add_ons) => catalogue
                .duration(*base, add_ons)
                .ok_or_else(|| Rejection::TimeOutOfRange.into()),
        }
    }

    fn core_snapshot(
        &self,
        snapshot: &Snapshot,
        catalogue: Option<&Catalogue>,
        booking: Option<Booking>,
    ) -> Result<CoreSnapshot, Refusal> {
        let own = &self.task.key.booking;
        let claims = snapshot.claims.iter();
        let decided_until = claims.map(|row| row.decided_at).max();
        let mut core = CoreSnapshot {
            booking,
            usage: usage(&snapshot.usage, own, self.now),
            decided_until,
            ..CoreSnapshot::default()
        };
        if let (Some(catalogue), Some(subject)) = (catalogue, self.subject) {
            let minutes = Self::minutes(catalogue, subject)?;
            let end =
                self.now + Minutes::new(1).map_or_else(|_| Default::default(), Minutes::duration);
            // The window plays no part in a decision.
            let window = Window::new(self.now, end).map_err(|_| Rejection::TimeOutOfRange)?;
            let asked = (minutes, subject.party);
            core.question = Some(catalogue.question(snapshot, window, asked, self.now));
            core.offer = Some(catalogue.offer(snapshot));
        }
        Ok(core)
    }

    fn changes(
        &self,
        shared: &Shared,
        snapshot: &Snapshot,
        catalogue: Option<&Catalogue>,
        decided: Decided<'_>,
    ) -> Result<Write, Refusal> {
        let provider = &self.task.key.provider;
        let command = &self.task.command;
        if self.subject.is_none() && leaves_session(decided) {
            return Err(Refusal::Unseen);
        }
        let mut usage = snapshot.usage.clone();
        usage.extend(own_usage(snapshot));
        let before = Before {
            resources: catalogue.map_or(&[], |catalogue| &catalogue.resources),
            claims: &snapshot.claims,
            usage: &usage,
            seed: self.task.seed,
            terms: &shared.terms,
        };
        let action = command.action();
        let mut draft = Draft::new((provider, &before), command.by(), action.name(), self.now);
        draft.take_in(decided)?;
        let mut changes = draft.changes;
        let row = snapshot.booking.as_ref();
        if sabotaged!(ApproveUnguarded) && row.is_some_and(|row| row.status == Status::Expired) {
            changes.retain(|change| !matches!(change, Change::ReplaceClaims { .. }));
        }
        let lapsed = lapsed_in_the_way(&changes, &snapshot.claims, self.now);
        if !lapsed.is_empty() {
            return Err(Refusal::Lapsed(lapsed));
        }
        let mut decision = Some(decided.decision);
        while let Some(each) = decision {
            let terms = shared.terms.text_of(&each.booking.terms);
            if !changes.is_empty() && !shared.terms.is_stored(provider, terms.hash) {
                changes.push(Change::PutDocument {
                    document: Box::new(terms_document(provider, &terms, self.now)),
                    previous: 0,
                });
                lock(&self.task.terms).push(terms.hash);
            }
            decision = each.successor.as_deref();
        }
        if !changes.is_empty() {
            changes.extend(self.task.notes.iter().cloned());
            let beside = self.task.beside.iter();
            changes.extend(beside.flat_map(|beside| beside.changes.iter().cloned()));
            changes.extend(self.answered());
        }
        let reply = reply(shared, &changes, &decided.decision.booking);
        *lock(&self.task.latest) = Some(decided.decision.booking.clone());
        Ok(Write {
            changes,
            relied: relied(catalogue, decided),
            reply,
        })
    }

    /// An instruction that was answered need not be sent again.
    fn answered(&self) -> Option<Change> {
        let Command::ConfirmPayment(command) = &self.task.command else {
            return None;
        };
        let instruction = command.answer.instruction()?;
        Some(Change::DropInstruction {
            provider: self.task.key.provider.clone(),
            booking: self.task.key.booking.clone(),
            instruction,
        })
    }
}

/// A bug that tests plant: deadline and slot are as if nothing had happened since.
fn unguard(core: &mut CoreSnapshot, now: DateTime<Utc>) {
    if let Some(booking) = &mut core.booking
        && matches!(booking.status, Status::Pending | Status::Expired)
    {
        booking.status = Status::Pending;
        booking.awaiting.approval = true;
        booking.due_at = Some(now + chrono::TimeDelta::days(1));
    }
    for resource in core
        .question
        .iter_mut()
        .flat_map(|each| &mut each.resources)
    {
        resource.claims.clear();
    }
}

/// Whether a decision takes a booking out of a session, whose claims follow from who is left.
fn leaves_session(decided: Decided<'_>) -> bool {
    let seated = |booking: &Booking| booking.claims().any(|(_, claim)| claim.session);
    let before = decided.before.is_some_and(seated);
    before
        && !decided
            .before
            .is_some_and(|before| before.claims().eq(decided.decision.booking.claims()))
}

/// Whether all was read that a decision has to see.
pub(in crate::use_case) fn check_seen(scope: &Scope, needed: Widen) -> Result<(), Refusal> {
    let seen = scope
        .span
        .is_some_and(|span| span.start() <= needed.span.start() && needed.span.end() <= span.end());
    let all = !needed.all_resources || scope.resources == ResourceScope::All;
    if seen && all && (scope.lock || !needed.lock) {
        Ok(())
    } else {
        Err(Refusal::Widen(Box::new(needed)))
    }
}

/// The booking as it is stored, which is what the caller is told.
fn reply(shared: &Shared, changes: &[Change], booking: &Booking) -> Bytes {
    let stored = changes.iter().find_map(|change| match change {
        Change::PutBooking { row, .. } if row.id == booking.id => Some(row.body.clone()),
        _ => None,
    });
    stored.unwrap_or_else(|| {
        let terms = shared.terms.text_of(&booking.terms);
        crate::codec::store_booking(booking, &terms)
    })
}

/// What a decision that takes time relied on.
fn relied(catalogue: Option<&Catalogue>, decided: Decided<'_>) -> Vec<(DocumentKey, u64)> {
    let Some(catalogue) = catalogue else {
        return Vec::new();
    };
    let mut taken: Vec<ResourceId> = Vec::new();
    let mut decision = Some(decided.decision);
    while let Some(each) = decision {
        taken.extend(each.booking.takes.iter().map(|take| take.resource.clone()));
        decision = each.successor.as_deref();
    }
    catalogue.relied(&taken)
}

/// What a customer holds and has booked, this booking not counted.
pub(in crate::use_case) fn usage(
    rows: &[UsageRow],
    own: &BookingId,
    now: DateTime<Utc>,
) -> CustomerUsage {
    let others = || rows.iter().filter(|row| row.booking != *own);
    let holds = others().filter(|row| row.status == Status::Held);
    let live = |row: &&UsageRow| row.expires_at.is_none_or(|expires| expires > now);
    let active = others().filter(|row| row.status.occupies() && row.status != Status::Held);
    CustomerUsage {
        holds: holds.filter_map(|row| row.expires_at).map(Expiry).collect(),
        active: u32::try_from(active.filter(live).count()).unwrap_or(u32::MAX),
    }
}

/// The booking's own places, which its row has also when the customer's others were not read.
fn own_usage(snapshot: &Snapshot) -> Option<UsageRow> {
    let row = snapshot.booking.as_ref()?;
    if snapshot.usage.iter().any(|each| each.booking == row.id) {
        return None;
    }
    Some(UsageRow {
        booking: row.id.clone(),
        status: row.status,
        expires_at: row.expires_at,
        active_slot: row.active_slot,
        hold_slot: row.hold_slot,
    })
}
