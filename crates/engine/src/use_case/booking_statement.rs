//! What happened to one booking, and to its money.

use chrono::{DateTime, Utc};
use quando::booking::Actor;
use quando::ledger::{EntryReason, Posting};
use serde::{Deserialize, Serialize};

use crate::audit::booking_subject;
use crate::limits::PAGE_MAX;
use crate::store::{Item, List, Partition, PostingRow, Store};
use crate::use_case::BookingKey;
use crate::{Engine, Error};

/// A change of a booking, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookingChange {
    /// The booking's version after it.
    pub version: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, as a role.
    pub by: Actor,
    /// What was done: the name of a command.
    pub action: String,
}

/// A movement of a booking's money: its postings sum to zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatementEntry {
    /// The version of the booking that it came with.
    pub version: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Why money moved.
    pub reason: EntryReason,
    /// From where to where.
    pub postings: Vec<Posting>,
}

impl<S: Store> Engine<S> {
    /// What was done to a booking, from the first change on.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn booking_history(&self, key: &BookingKey) -> Result<Vec<BookingChange>, Error> {
        let partition = Partition::Provider(key.provider.clone());
        let subject = booking_subject(&key.booking);
        let entries = self.journal_of(partition, Some(subject)).await?;
        let changes = entries.into_iter().map(|entry| BookingChange {
            version: entry.version,
            at: entry.at,
            by: entry.by.actor,
            action: entry.action.into(),
        });
        Ok(changes.collect())
    }

    /// The ledger of a booking, entry by entry, from the first one on.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn booking_statement(&self, key: &BookingKey) -> Result<Vec<StatementEntry>, Error> {
        let mut entries: Vec<StatementEntry> = Vec::new();
        let mut after: Option<Box<PostingRow>> = None;
        loop {
            let list = List::Postings {
                provider: Some(key.provider.clone()),
                booking: Some(key.booking.clone()),
                after: after.clone(),
                limit: PAGE_MAX,
            };
            let items = self.store.list(list).await?.into_iter();
            let rows: Vec<Box<PostingRow>> = items
                .filter_map(|item| match item {
                    Item::Posting(row) => Some(row),
                    _ => None,
                })
                .collect();
            let is_last = rows.len() < PAGE_MAX as usize;
            for row in rows {
                take_in(&mut entries, after.as_deref(), &row);
                after = Some(row);
            }
            if is_last {
                return Ok(entries);
            }
        }
    }
}

/// Adds a posting to the entry that it belongs to, which is the last one or a new one.
fn take_in(entries: &mut Vec<StatementEntry>, before: Option<&PostingRow>, row: &PostingRow) {
    let of = |row: &PostingRow| (row.version, row.entry);
    match entries.last_mut() {
        Some(last) if before.map(of) == Some(of(row)) => last.postings.push(row.posting),
        _ => entries.push(StatementEntry {
            version: row.version,
            at: row.at,
            reason: row.reason,
            postings: vec![row.posting],
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixture::{World, key, now};

    #[test]
    fn a_statement_has_each_movement_and_a_history_each_change() {
        let world = World::with_ana(&json!({"payment": "upFront"}));
        let booking = world.book("c1", "2026-03-02T09:00:00Z");
        let pay = |answer| {
            let act = json!({"do": "confirmPayment", "answer": answer});
            world.act(&booking, act).unwrap();
        };
        pay(json!({"outcome": "authorised", "instruction": "authorise/1/1"}));
        pay(json!({"outcome": "captured", "instruction": "capture/1/1",
            "amount": {"amount": "100.00", "currency": "USD"}}));
        let statement = now(world.engine.booking_statement(&key(&booking))).unwrap();
        let form = serde_json::to_value(&statement).unwrap();
        assert_eq!(
            form,
            json!([{
                "version": 3, "at": "2026-03-01T12:00:00Z", "reason": "capture",
                "postings": [
                    {"account": "captured", "amount": {"amount": "100.00", "currency": "USD"}},
                    {"account": "held", "amount": {"amount": "-100.00", "currency": "USD"}},
                ],
            }])
        );
        let history = now(world.engine.booking_history(&key(&booking))).unwrap();
        let told: Vec<_> = history
            .iter()
            .map(|each| (each.version, each.by.name(), each.action.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (1, "customer", "create"),
                (2, "operator", "confirmPayment"),
                (3, "operator", "confirmPayment"),
            ]
        );
    }
}
