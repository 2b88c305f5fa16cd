//! From a decision to the rows that are written for it.

mod claims;
mod slots;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use quando::availability::Resource;
use quando::booking::{Booking, By, Decision, Event, Fact};
use quando::id::{BookingId, ProviderId};
use quando::ledger::Entry;
use quando::review::Rating;

use crate::audit::{Account, Hash, JournalEntry, booking_subject};
use crate::codec::{JournalBody, TermsMemory, TermsText, store_booking, store_events};
use crate::refusal::Refusal;
use crate::store::{
    BookingRow, Change, ClaimRow, Document, DocumentKey, DocumentKind, InstructionRow, Owner,
    Partition, PostingRow, UsageRow,
};

use claims::{Claims, is_lapsed};
use slots::Slots;

/// The rows of one or more decisions of a provider, one after the other.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    provider: &'a ProviderId,
    by: &'a By,
    action: &'a str,
    now: DateTime<Utc>,
    terms: &'a TermsMemory,
    claims: Claims<'a>,
    slots: Slots,
    /// Everything so far, in order.
    pub(crate) changes: Vec<Change>,
}

/// What was there before the first decision.
#[derive(Debug)]
pub(crate) struct Before<'a> {
    /// With their capacities.
    pub(crate) resources: &'a [Resource],
    pub(crate) claims: &'a [ClaimRow],
    pub(crate) usage: &'a [UsageRow],
    /// Where the search for a free unit begins.
    pub(crate) seed: u64,
    pub(crate) terms: &'a TermsMemory,
}

/// A decision, and what it was made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided<'a> {
    pub(crate) decision: &'a Decision,
    /// The booking before.
    pub(crate) before: Option<&'a Booking>,
    /// The hash of its latest journal entry.
    pub(crate) head: Hash,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(
        (provider, before): (&'a ProviderId, &Before<'a>),
        by: &'a By,
        action: &'a str,
        now: DateTime<Utc>,
    ) -> Draft<'a> {
        Draft {
            provider,
            by,
            action,
            now,
            terms: before.terms,
            claims: Claims::new(
                provider,
                before.resources,
                (before.claims, before.seed),
                now,
            ),
            slots: Slots::new(before.usage),
            changes: Vec::new(),
        }
    }

    /// Writes what a decision says, its successor's included.
    pub(crate) fn take_in(&mut self, decided: Decided<'_>) -> Result<(), Refusal> {
        let Decided {
            decision,
            before,
            head,
        } = decided;
        if !decision.is_unchanged() {
            let booking = &decision.booking;
            let terms = self.terms.text_of(&booking.terms);
            let entry = self.entry(decision, &terms, head);
            let row = self.row(booking, &terms, entry.hash);
            let claims = self.claims.replace(before, booking, self.now)?;
            self.changes.push(Change::PutBooking {
                row: Box::new(row),
                previous: before.map_or(0, |each| each.version),
            });
            self.changes.extend(claims);
            self.changes.push(Change::Record(Box::new(entry)));
            self.money(decision);
        }
        if let Some(successor) = &decision.successor {
            self.take_in(Decided {
                decision: successor,
                before: None,
                head: Hash::START,
            })?;
        }
        Ok(())
    }

    fn entry(&self, decision: &Decision, terms: &TermsText, head: Hash) -> JournalEntry {
        let booking = &decision.booking;
        let body = JournalBody {
            events: &decision.events,
            ratings: published_ratings(booking, &decision.events),
        };
        let account = Account {
            at: booking.updated_at,
            by: self.by,
            action: self.action,
            events: store_events(&body, terms),
        };
        let partition = Partition::Provider(self.provider.clone());
        let subject = booking_subject(&booking.id);
        JournalEntry::next(partition, subject, (booking.version, head), account)
    }

    fn row(&mut self, booking: &Booking, terms: &TermsText, head: Hash) -> BookingRow {
        let (active_slot, hold_slot) = self.slots.of(booking);
        BookingRow {
            provider: self.provider.clone(),
            id: booking.id.clone(),
            version: booking.version,
            status: booking.status,
            customer: booking.customer.clone(),
            service: booking.service.clone(),
            slot: booking.slot,
            expires_at: booking.due_at,
            next_due: booking.deadlines().first().map(|each| each.due_at),
            active_slot,
            hold_slot,
            head,
            created_at: booking.created_at,
            body: store_booking(booking, terms),
        }
    }

    fn money(&mut self, decision: &Decision) {
        let booking = &decision.booking;
        let rows: Vec<PostingRow> = (0..)
            .zip(decision.entries())
            .flat_map(|(number, entry)| self.postings(booking, number, entry))
            .collect();
        if !rows.is_empty() {
            self.changes.push(Change::Post(rows));
        }
        for instruction in &decision.instructions {
            self.changes
                .push(Change::PutInstruction(Box::new(InstructionRow {
                    provider: self.provider.clone(),
                    instruction: instruction.clone(),
                    at: self.now,
                    attempts: 0,
                    next_at: Some(self.now),
                })));
        }
    }

    fn postings(&self, booking: &Booking, number: u32, entry: &Entry) -> Vec<PostingRow> {
        let row = |(place, posting)| PostingRow {
            provider: self.provider.clone(),
            booking: booking.id.clone(),
            version: booking.version,
            entry: number,
            number: place,
            reason: entry.reason(),
            posting,
            at: booking.updated_at,
        };
        let postings = entry.postings().iter().copied();
        (0..).zip(postings).map(row).collect()
    }
}

/// Ratings of the provider that are seen with a change.
fn published_ratings(booking: &Booking, events: &[Event]) -> Vec<Rating> {
    let published = events
        .iter()
        .any(|event| matches!(event.fact, Fact::ReviewsPublished));
    let reviews = booking.reviews.as_ref().filter(|_| published);
    let visible = reviews.map(|reviews| reviews.visible(booking.updated_at));
    visible
        .into_iter()
        .flatten()
        .filter(|review| review.by == crate::statistics::RATES_PROVIDERS)
        .map(|review| review.rating)
        .collect()
}

/// Holds and pending bookings that have lapsed, and whose claims are in the way of others.
pub(crate) fn lapsed_in_the_way(
    changes: &[Change],
    claims: &[ClaimRow],
    now: DateTime<Utc>,
) -> Vec<BookingId> {
    let mut lapsed: Vec<BookingId> = Vec::new();
    let laid = changes.iter().flat_map(|change| match change {
        Change::ReplaceClaims { rows, .. } => rows.as_slice(),
        _ => &[],
    });
    let laid: Vec<&ClaimRow> = laid.filter(|row| row.unit.is_some()).collect();
    let meets = |row: &ClaimRow| {
        laid.iter()
            .any(|each| each.resource == row.resource && each.span.overlaps(row.span))
    };
    for row in claims {
        let Some(claim) = &row.claim else { continue };
        let over = is_lapsed(claim, now);
        if let (true, Owner::Booking(id)) = (over, &row.owner)
            && !lapsed.contains(id)
            && meets(row)
        {
            lapsed.push(id.clone());
        }
    }
    lapsed
}

/// The document of terms, under their hash.
pub(crate) fn terms_document(
    provider: &ProviderId,
    terms: &TermsText,
    now: DateTime<Utc>,
) -> Document {
    Document {
        key: DocumentKey::of(provider, DocumentKind::Terms, terms.hash.to_string()),
        version: 1,
        guard: 1,
        head: Hash::START,
        body: terms.text.as_bytes().to_vec().into(),
        index: None,
        resources: Vec::new(),
        updated_at: now,
    }
}
