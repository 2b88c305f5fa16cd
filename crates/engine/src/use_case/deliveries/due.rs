//! Which deliveries are due, and which are old enough to be forgotten.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Delivery, read};
use crate::limits::PAGE_MAX;
use crate::record::Versioned;
use crate::store::{Change, DocumentKey, DocumentKind, Item, List, Partition, Store, Write};
use crate::{Context, Engine, Error};

/// Up to which minute nothing is due any more.
const DUE: &str = "webhook-deliveries-due";
/// Up to which day nothing is left.
const PRUNED: &str = "webhook-deliveries-pruned";
/// By how many minutes the clocks of two servers may differ.
const SKEW_MINUTES: u64 = 2;
/// For how many days it can be seen what became of a delivery.
const KEPT_DAYS: u64 = 30;
/// How many days back is looked at the first time.
const FORGOTTEN_DAYS: u64 = 400;
/// Documents that are read at a time.
const PAGE: u32 = 100;
/// Documents that are dropped at a time.
const DROPPED_MAX: usize = 200;

const SECONDS_OF_MINUTE: i64 = 60;
const SECONDS_OF_DAY: i64 = 86_400;

pub(super) fn minute(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp() / SECONDS_OF_MINUTE).unwrap_or(0)
}

pub(super) fn day(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp() / SECONDS_OF_DAY).unwrap_or(0)
}

pub(super) fn minute_key(minute: u64) -> Box<[u8]> {
    format!("due/{minute}").into_bytes().into()
}

pub(super) fn day_key(day: u64) -> Box<[u8]> {
    format!("end/{day}").into_bytes().into()
}

impl<S: Store> Engine<S> {
    /// Deliveries that are due, at most `limit`. `room` is asked for each whether one more is taken
    /// of its endpoint; when it says no, all others of that endpoint are passed over, so that they
    /// are in nobody's way.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn due_deliveries<R>(
        &self,
        room: R,
        limit: usize,
    ) -> Result<Vec<Versioned<Delivery>>, Error>
    where
        R: FnMut(&str) -> bool + Send,
    {
        let now = self.now();
        let last = minute(now);
        let known = self.cursor(DUE).await?;
        let from = match known {
            // Nothing was ever due.
            0 => last.saturating_sub(SKEW_MINUTES),
            done => done + 1,
        };
        let mut due = Due {
            found: Vec::new(),
            room,
            limit,
            now,
        };
        let mut done = from.saturating_sub(1);
        for minute in from..=last {
            let is_empty = self.due_in(minute, &mut due).await?;
            // Others, whose clock is slower, may still add to the last ones.
            if is_empty && done + 1 == minute && minute + SKEW_MINUTES < last {
                done = minute;
            }
            if due.found.len() >= limit {
                break;
            }
        }
        if done != known {
            self.commit_cursor(DUE, done).await?;
        }
        Ok(due.found)
    }

    /// Takes those of one minute, and says whether there are none at all.
    async fn due_in<R>(&self, minute: u64, due: &mut Due<R>) -> Result<bool, Error>
    where
        R: FnMut(&str) -> bool + Send,
    {
        let mut after: Option<DocumentKey> = None;
        let mut is_empty = true;
        loop {
            let page = self.page(minute_key(minute), after.take(), PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(is_empty);
            };
            is_empty = false;
            let last = super::key(&last.value.webhook, &last.value.id);
            after = Some(due.take(page).unwrap_or(last));
            if due.found.len() >= due.limit {
                return Ok(false);
            }
        }
    }

    async fn page(
        &self,
        index: Box<[u8]>,
        after: Option<DocumentKey>,
        limit: u32,
    ) -> Result<Vec<Versioned<Delivery>>, Error> {
        let list = List::DocumentsByIndex {
            kind: DocumentKind::Delivery,
            index,
            after,
            limit,
        };
        let items = self.store.list(list).await?;
        // One that cannot be read is passed over, so that it is in nobody's way.
        let documents = items.iter().filter_map(|item| match item {
            Item::Document(document) => read(document).ok(),
            _ => None,
        });
        Ok(documents.collect())
    }

    /// Forgets deliveries that ended more than 30 days ago, and says how many.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn prune_deliveries(&self) -> Result<usize, Error> {
        let last = day(self.now()).saturating_sub(KEPT_DAYS + 1);
        let done = self.cursor(PRUNED).await?;
        let from = (done + 1).max(last.saturating_sub(FORGOTTEN_DAYS));
        let mut count = 0;
        for day in from..=last {
            loop {
                let old = self.page(day_key(day), None, PAGE_MAX).await?;
                if old.is_empty() {
                    break;
                }
                count += old.len();
                for some in old.chunks(DROPPED_MAX) {
                    self.drop_deliveries(some).await?;
                }
            }
        }
        if last >= from {
            self.commit_cursor(PRUNED, last).await?;
        }
        Ok(count)
    }

    async fn drop_deliveries(&self, old: &[Versioned<Delivery>]) -> Result<(), Error> {
        let keys = old
            .iter()
            .map(|each| super::key(&each.value.webhook, &each.value.id));
        let write = Write {
            changes: keys.map(Change::DropDocument).collect(),
            relied: Vec::new(),
            reply: bytes::Bytes::new(),
        };
        let request = crate::store::WriteRequest {
            scope: crate::store::Scope::new(Partition::Platform),
            by: Context::system().by,
            now: self.now(),
            idempotency: None,
        };
        self.transact(request, move |_| Ok(write.clone())).await?;
        Ok(())
    }
}

/// What was found to be due.
struct Due<R> {
    found: Vec<Versioned<Delivery>>,
    room: R,
    limit: usize,
    now: DateTime<Utc>,
}

impl<R: FnMut(&str) -> bool> Due<R> {
    /// Takes deliveries up to the first whose endpoint has no room; gives the end of those of that
    /// endpoint.
    fn take(&mut self, page: Vec<Versioned<Delivery>>) -> Option<DocumentKey> {
        for delivery in page {
            if self.found.len() >= self.limit {
                return None;
            }
            if delivery.value.next_at.is_none_or(|at| at > self.now) {
                continue;
            }
            if !(self.room)(&delivery.value.webhook) {
                // No id begins with a character that late.
                return Some(super::key(&delivery.value.webhook, "~"));
            }
            self.found.push(delivery);
        }
        None
    }
}

/// When the next attempt is made after so many that failed; none when it is given up. `chance`
/// adds up to a tenth.
pub(super) fn next_attempt(
    now: DateTime<Utc>,
    attempts: u32,
    chance: u64,
) -> Option<DateTime<Utc>> {
    let failed = usize::try_from(attempts).ok()?;
    let pause = super::RETRY_SCHEDULE.get(failed.checked_sub(1)?)?;
    let tenth = pause.num_seconds() / 10 + 1;
    let more = chance % u64::try_from(tenth).ok()?;
    Some(now + *pause + TimeDelta::seconds(i64::try_from(more).ok()?))
}
