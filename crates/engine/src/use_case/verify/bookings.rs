//! Bookings beside their events, and the ledger beside both.

use std::collections::BTreeMap;

use quando::booking::{Booking, Event, Fact, Status};
use quando::id::{BookingId, ProviderId};
use quando::ledger::{Account, Posting};
use quando::money::Currency;
use quando::payment::PaymentFact;

use crate::audit::{JournalEntry, booking_subject};
use crate::codec::BookingEvents;
use crate::limits::PAGE_MAX;
use crate::store::{BookingRow, Item, List, Partition, PostingRow, Scope, Store, StoreError};
use crate::use_case::verify::customers::Counts;
use crate::use_case::verify::{Flaw, Verification, VerifyProgress};
use crate::{Engine, Error, Refusal};

impl<S: Store> Engine<S> {
    pub(super) async fn verify_bookings(
        &self,
        found: &mut Verification,
        progress: &mut impl FnMut(VerifyProgress),
    ) -> Result<(), Error> {
        let mut after = None;
        let mut of_customers = Counts::new();
        loop {
            let rows = self.all_bookings(after.take()).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.provider.clone(), last.id.clone()));
            for row in &rows {
                found.bookings += 1;
                *of_customers.entry(row.customer.clone()).or_default() += 1;
                self.verify_booking(row, found).await?;
            }
            progress(VerifyProgress {
                part: "bookings",
                rows: found.bookings,
            });
        }
        self.verify_customers(of_customers, found).await?;
        self.verify_owners_of_postings(found).await
    }

    async fn verify_booking(
        &self,
        row: &BookingRow,
        found: &mut Verification,
    ) -> Result<(), Error> {
        let booking = match self.decode(row).await {
            Ok(booking) => booking,
            Err(Error::Store(StoreError::Corrupt { .. })) => {
                found.flaw(Flaw::Unreadable, row.id.as_str());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if !is_row_of(row, &booking) {
            found.flaw(Flaw::RowDiffers, row.id.as_str());
        }
        let partition = Partition::Provider(row.provider.clone());
        let subject = booking_subject(&row.id);
        let mut events: Vec<Event> = Vec::new();
        for entry in self.journal_of(partition, Some(subject)).await? {
            match self.events_of(&entry).await {
                Ok(read) => events.extend(read.events),
                Err(Error::Store(StoreError::Corrupt { .. })) => {
                    found.flaw(Flaw::Unreadable, &*entry.subject);
                }
                Err(error) => return Err(error),
            }
        }
        if folded(&events).as_ref() != Some(&booking) {
            found.flaw(Flaw::BookingDiffers, row.id.as_str());
        }
        let of = (Some(row.provider.clone()), Some(row.id.clone()));
        let mut postings: Vec<PostingRow> = Vec::new();
        loop {
            let page = self.postings(of.clone(), postings.last()).await?;
            let whole = page.len() == PAGE_MAX as usize;
            postings.extend(page);
            if !whole {
                break;
            }
        }
        found.postings += postings.len() as u64;
        check_ledger(&booking, &events, &postings, found);
        Ok(())
    }

    async fn events_of(&self, entry: &JournalEntry) -> Result<BookingEvents, Error> {
        loop {
            match (self.shared.terms.read(&entry.events), &entry.partition) {
                (Err(Refusal::TermsUnknown(hash)), Partition::Provider(provider)) => {
                    self.learn_terms(provider, hash).await?;
                }
                (answer, _) => return Ok(answer?),
            }
        }
    }

    /// Whether there are postings of bookings that are not there.
    async fn verify_owners_of_postings(&self, found: &mut Verification) -> Result<(), Error> {
        let mut last: Option<PostingRow> = None;
        let mut known: Option<(ProviderId, BookingId)> = None;
        loop {
            let page = self.postings((None, None), last.as_ref()).await?;
            let Some(end) = page.last() else {
                return Ok(());
            };
            last = Some(end.clone());
            for row in page {
                let owner = (row.provider, row.booking);
                if known.as_ref() == Some(&owner) {
                    continue;
                }
                let scope = Scope::new(owner.0.clone()).booking(owner.1.clone());
                if self.store.read(scope).await?.booking.is_none() {
                    found.flaw(Flaw::LedgerDiffers, owner.1.as_str());
                }
                known = Some(owner);
            }
        }
    }

    async fn postings(
        &self,
        (provider, booking): (Option<ProviderId>, Option<BookingId>),
        after: Option<&PostingRow>,
    ) -> Result<Vec<PostingRow>, Error> {
        let list = List::Postings {
            provider,
            booking,
            after: after.map(|row| Box::new(row.clone())),
            limit: PAGE_MAX,
        };
        let items = self.store.list(list).await?.into_iter();
        let rows = items.filter_map(|item| match item {
            Item::Posting(row) => Some(*row),
            _ => None,
        });
        Ok(rows.collect())
    }
}

/// Whether a row says of a booking what the booking says.
fn is_row_of(row: &BookingRow, booking: &Booking) -> bool {
    let next_due = booking.deadlines().first().map(|each| each.due_at);
    let slots = row.active_slot.is_some() == booking.status.occupies()
        && row.hold_slot.is_some() == (booking.status == Status::Held);
    row.provider == booking.provider
        && row.id == booking.id
        && row.version == booking.version
        && row.status == booking.status
        && row.customer == booking.customer
        && row.service == booking.service
        && row.slot == booking.slot
        && row.expires_at == booking.due_at
        && row.next_due == next_due
        && row.created_at == booking.created_at
        && slots
}

/// The booking that its events make.
fn folded(events: &[Event]) -> Option<Booking> {
    let mut booking: Option<Booking> = None;
    for event in events {
        booking = Some(Booking::apply(booking, event).ok()?);
    }
    booking
}

/// The ledger of a booking beside its events and its balances.
fn check_ledger(
    booking: &Booking,
    events: &[Event],
    rows: &[PostingRow],
    found: &mut Verification,
) {
    let posted = events.iter().filter_map(|event| match &event.fact {
        Fact::Money(PaymentFact::Posted { entry }) => Some(entry),
        _ => None,
    });
    let told: Vec<Posting> = posted
        .flat_map(|entry| entry.postings().iter().copied())
        .collect();
    let kept: Vec<Posting> = rows.iter().map(|row| row.posting).collect();
    if told != kept {
        found.flaw(Flaw::LedgerDiffers, booking.id.as_str());
    }
    let mut sums: BTreeMap<(u64, u32, Currency), i128> = BTreeMap::new();
    let mut balances: BTreeMap<Account, i128> = BTreeMap::new();
    for row in rows {
        let amount = row.posting.amount;
        let minor = i128::from(amount.minor());
        let key = (row.version, row.entry, amount.currency());
        *sums.entry(key).or_default() += minor;
        *balances.entry(row.posting.account).or_default() += minor;
    }
    if sums.values().any(|sum| *sum != 0) {
        found.flaw(Flaw::LedgerUnbalanced, booking.id.as_str());
    }
    let differs = Account::ALL.into_iter().any(|account| {
        let sum = balances.get(&account).copied().unwrap_or(0);
        let sign = if account.grows_by_debit() { 1 } else { -1 };
        sum * sign != i128::from(booking.payment.balances.of(account).minor())
    });
    if differs {
        found.flaw(Flaw::BalancesDiffer, booking.id.as_str());
    }
}
