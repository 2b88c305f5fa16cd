//! What follows from what happened: entries get their place in the feed, sums are kept, and
//! consumers read on from where they were.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::TimeDelta;
use quando::booking::Fact;
use quando::id::ProviderId;

use crate::audit::JournalEntry;
use crate::codec::{BookingEvents, TermsMemory, TermsText};
use crate::limits::{PAGE_MAX, RELAY_MAX};
use crate::refusal::Refusal;
use crate::statistics::{Statistics, StatisticsDelta};
use crate::store::{
    Change, FeedEntry, Item, List, Partition, Position, Projection, Scope, Store, Write,
    WriteRequest,
};
use crate::{Context, Engine, Error};

impl<S: Store> Engine<S> {
    /// Moves up to `limit` entries from the outbox into the feed, and keeps statistics and the
    /// customers' lists of bookings with them, in one atomic step. Gives the entries with their
    /// places, for whoever is listening; nothing when there are none, or another relay is at work.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn relay_events(&self, limit: u32) -> Result<Vec<FeedEntry>, Error> {
        let limit = limit.min(RELAY_MAX);
        Ok(self.store.relay(limit, project).await?)
    }

    /// The feed after a position, in its order; a reader that has seen a position never finds
    /// anything new before it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn feed(&self, after: u64, limit: u32) -> Result<Vec<FeedEntry>, Error> {
        let limit = limit.min(PAGE_MAX);
        let items = self.store.list(List::Feed { after, limit }).await?;
        let entries = items.into_iter().filter_map(|item| match item {
            Item::Feed(entry) => Some(*entry),
            _ => None,
        });
        Ok(entries.collect())
    }

    /// What an entry tells of a booking; nothing when it is not about one. Others stand in for the
    /// terms, which nobody reads here.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] for events that cannot be read.
    pub fn entry_events(&self, entry: &JournalEntry) -> Result<Option<BookingEvents>, Error> {
        Ok(EventReader::default().booking_events(entry)?)
    }

    /// What a consumer has not done yet, from where its cursor is. Each entry comes at least once,
    /// in order: again and again until [`Engine::commit_cursor`].
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn consume(&self, consumer: &str, limit: u32) -> Result<Vec<FeedEntry>, Error> {
        let after = self.cursor(consumer).await?;
        self.feed(after, limit).await
    }

    /// Where a consumer is: the last position that it has done; 0 of one that is unknown.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn cursor(&self, consumer: &str) -> Result<u64, Error> {
        let items = self.store.list(List::Cursor(consumer.into())).await?;
        let cursor = items.into_iter().find_map(|item| match item {
            Item::Cursor(position) => Some(position),
            _ => None,
        });
        Ok(cursor.unwrap_or(0))
    }

    /// Notes that a consumer has done everything up to a position. A cursor never goes back.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn commit_cursor(&self, consumer: &str, position: u64) -> Result<(), Error> {
        let at = self.now();
        let change = Change::PutCursor {
            consumer: consumer.into(),
            position,
            at,
        };
        self.write_change(Partition::Platform, change).await
    }

    /// For how long the oldest entry has been waiting in the outbox; zero when nothing waits.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn outbox_lag(&self) -> Result<TimeDelta, Error> {
        let items = self.store.list(List::Outbox { limit: 1 }).await?;
        let oldest = items.into_iter().find_map(|item| match item {
            Item::Journal(entry) => Some(entry.at),
            _ => None,
        });
        let waiting = oldest.map_or(TimeDelta::zero(), |at| self.now() - at);
        Ok(waiting.max(TimeDelta::zero()))
    }

    /// What a provider's journal adds up to. What was not relayed yet is relayed first, so that
    /// the answer is to be compared with what is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], also for events that cannot be read.
    pub async fn rebuild_statistics(&self, provider: &ProviderId) -> Result<Statistics, Error> {
        while !self.relay_events(RELAY_MAX).await?.is_empty() {}
        let (mut sum, mut after) = (StatisticsDelta::default(), None);
        let mut reader = EventReader::default();
        loop {
            let list = List::Journal {
                partition: Some(Partition::Provider(provider.clone())),
                subject: None,
                after: after.clone(),
                limit: PAGE_MAX,
            };
            let items = self.store.list(list).await?;
            let count = items.len();
            for item in items {
                let Item::Journal(entry) = item else { continue };
                if let Some(events) = reader.booking_events(&entry)? {
                    sum.take_in_all(&events);
                }
                after = Some(place(&entry));
            }
            if count < PAGE_MAX as usize {
                break;
            }
        }
        let mut statistics = Statistics::default();
        statistics.add(&sum);
        Ok(statistics)
    }

    /// The statistics that are kept of a provider.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn statistics(&self, provider: &ProviderId) -> Result<Statistics, Error> {
        let list = List::Statistics(provider.clone());
        let items = self.store.list(list).await?;
        let found = items.into_iter().find_map(|item| match item {
            Item::Statistics(statistics) => Some(*statistics),
            _ => None,
        });
        Ok(found.unwrap_or_default())
    }

    /// Writes a single row that no decision goes before.
    pub(crate) async fn write_change(
        &self,
        partition: Partition,
        change: Change,
    ) -> Result<(), Error> {
        let request = WriteRequest {
            scope: Scope::new(partition),
            by: Context::system().by,
            now: self.now(),
            idempotency: None,
        };
        let write = Write {
            changes: vec![change],
            relied: Vec::new(),
            reply: Bytes::new(),
        };
        self.transact(request, move |_| Ok(write.clone())).await?;
        Ok(())
    }
}

/// What entries of the feed add up to, for whoever counts what happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Providers that are new.
    pub signups: u64,
    /// What bookings add up to, everybody's together.
    pub bookings: StatisticsDelta,
}

impl Activity {
    /// Adds up entries. What cannot be read counts for nothing, as in [`Engine::relay_events`].
    pub fn of(entries: &[FeedEntry]) -> Activity {
        let mut reader = EventReader::default();
        let mut activity = Activity::default();
        for FeedEntry { entry, .. } in entries {
            if entry.subject.starts_with("provider/") {
                activity.signups += u64::from(entry.version == 1);
            }
            if let Ok(Some(events)) = reader.booking_events(entry) {
                activity.bookings.take_in_all(&events);
            }
        }
        activity
    }
}

/// The place of an entry in the journal.
pub(crate) fn place(entry: &JournalEntry) -> Position {
    Position {
        partition: entry.partition.clone(),
        subject: entry.subject.clone(),
        version: entry.version,
    }
}

/// What follows from entries, in their order. What cannot be read changes nothing, so that one bad
/// entry does not hold up all that come after it; the verification finds it.
fn project(entries: &[FeedEntry]) -> Vec<Projection> {
    let mut reader = EventReader::default();
    let mut sums: BTreeMap<ProviderId, StatisticsDelta> = BTreeMap::new();
    let mut projections = Vec::new();
    for FeedEntry { entry, .. } in entries {
        let Partition::Provider(provider) = &entry.partition else {
            continue;
        };
        let Ok(Some(events)) = reader.booking_events(entry) else {
            continue;
        };
        sums.entry(provider.clone())
            .or_default()
            .take_in_all(&events);
        projections.extend(openings(provider, &events));
    }
    let changed = sums.into_iter().filter(|(_, delta)| !delta.is_zero());
    projections.extend(changed.map(|(provider, delta)| Projection::Statistics {
        provider,
        delta: Box::new(delta),
    }));
    projections
}

/// The bookings that begin with some events, for their customers' lists.
fn openings(provider: &ProviderId, events: &BookingEvents) -> Vec<Projection> {
    let opened = events.events.iter().filter_map(|event| {
        let opening = match &event.fact {
            Fact::Held { opening, .. } => opening,
            Fact::Booked { opening, .. } => opening.as_ref()?,
            _ => return None,
        };
        Some(Projection::CustomerBooking {
            customer: opening.customer.clone(),
            provider: provider.clone(),
            booking: event.booking.clone(),
            at: event.at,
        })
    });
    opened.collect()
}

/// Reads events without their terms, which no sum rests on: others stand in for them, so that
/// nothing has to be fetched in between.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    terms: TermsMemory,
}

/// Terms that say nothing.
const STAND_IN: &str =
    r#"{"price":{"base":{"kind":"perBooking","price":{"amount":"0.00","currency":"EUR"}}}}"#;

impl EventReader {
    /// The events of an entry; none of an entry that is not about a booking.
    pub(crate) fn booking_events(
        &mut self,
        entry: &JournalEntry,
    ) -> Result<Option<BookingEvents>, Refusal> {
        if !entry.subject.starts_with("booking/") {
            return Ok(None);
        }
        loop {
            match self.terms.read(&entry.events) {
                // Each round learns one hash, and a text has few of them.
                Err(Refusal::TermsUnknown(hash)) => self.terms.remember(&TermsText {
                    hash,
                    text: STAND_IN.into(),
                }),
                answer => return answer.map(Some),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fixture::{World, customer_id, now, provider_id};

    fn statistics(world: &World) -> Value {
        let statistics = now(world.engine.statistics(&provider_id("ana"))).unwrap();
        serde_json::to_value(statistics).unwrap()
    }

    #[test]
    fn sums_follow_from_what_happened() {
        let world = World::with_ana(&json!({}));
        let booking = world.book("c1", "2026-03-02T09:00:00Z");
        world.book("c2", "2026-03-02T10:00:00Z");
        world
            .act(&booking, json!({"do": "cancel", "reason": "rain"}))
            .unwrap();
        assert_eq!(statistics(&world)["bookings"], 0);
        while !now(world.engine.relay_events(2)).unwrap().is_empty() {}
        let kept = statistics(&world);
        for (field, count) in [
            ("bookings", 2),
            ("confirmed", 2),
            ("cancelled", 1),
            ("completed", 0),
        ] {
            assert_eq!(kept[field], count, "{field}");
        }
        let rebuilt = now(world.engine.rebuild_statistics(&provider_id("ana"))).unwrap();
        assert_eq!(serde_json::to_value(rebuilt).unwrap(), kept);
    }

    #[test]
    fn money_is_summed_without_the_terms_that_it_was_agreed_under() {
        let world = World::with_ana(&json!({"payment": "upFront"}));
        let booking = world.book("c1", "2026-03-02T09:00:00Z");
        let hundred = json!({"amount": "100.00", "currency": "USD"});
        let captured =
            json!({"outcome": "captured", "instruction": "authorise/1/1", "amount": hundred});
        world
            .act(
                &booking,
                json!({"do": "confirmPayment", "answer": captured}),
            )
            .unwrap();
        let rebuilt = now(world.engine.rebuild_statistics(&provider_id("ana"))).unwrap();
        let money = serde_json::to_value(&rebuilt.money).unwrap();
        assert_eq!(money["USD"]["captured"], 10_000);
        assert_eq!(serde_json::to_value(rebuilt).unwrap(), statistics(&world));
    }

    #[test]
    fn a_customer_finds_a_booking_once_it_was_relayed() {
        let world = World::with_ana(&json!({}));
        let booking = world.book("c1", "2026-03-02T09:00:00Z");
        let found = || {
            let customer = customer_id("c1");
            let list = world.engine.customer_bookings(&customer, None, 10);
            let found = now(list).unwrap();
            found.into_iter().map(|each| each.id).collect::<Vec<_>>()
        };
        assert!(found().is_empty());
        now(world.engine.relay_events(100)).unwrap();
        assert_eq!(found(), [booking.id]);
    }

    #[test]
    fn a_consumer_gets_everything_in_order_until_it_commits() {
        let world = World::with_ana(&json!({}));
        world.book("c1", "2026-03-02T09:00:00Z");
        let relayed = now(world.engine.relay_events(100)).unwrap();
        // Ana, her resource twice, her service, and the booking.
        assert_eq!(relayed.len(), 5);
        let consumed = |limit| {
            let entries = now(world.engine.consume("mail", limit)).unwrap();
            entries.iter().map(|each| each.position).collect::<Vec<_>>()
        };
        assert_eq!(consumed(3), [1, 2, 3]);
        assert_eq!(consumed(3), [1, 2, 3]);
        now(world.engine.commit_cursor("mail", 3)).unwrap();
        assert_eq!(consumed(3), [4, 5]);
        now(world.engine.commit_cursor("mail", 1)).unwrap();
        assert_eq!(consumed(1), [4]);
        assert_eq!(now(world.engine.cursor("other")).unwrap(), 0);
        assert!(now(world.engine.relay_events(100)).unwrap().is_empty());
    }
}
