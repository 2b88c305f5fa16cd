use std::ops::Bound;

use quando::id::{BookingId, ProviderId};

use super::data::{Data, posting_key};
use crate::store::{BookingRow, ClaimRow, Document, DocumentKey, Item, List, ListingRow, Position};

impl Data {
    #[expect(clippy::too_many_lines, reason = "one arm for each list")]
    pub(super) fn list(&self, list: &List) -> Vec<Item> {
        match list {
            List::Documents {
                kind,
                partition,
                after,
                limit,
            } => self.documents_after(after.as_ref(), *limit, |document| {
                let own = partition.as_ref();
                document.key.kind == *kind && own.is_none_or(|own| document.key.partition == *own)
            }),
            List::DocumentsByIndex {
                kind,
                index,
                after,
                limit,
            } => self.documents_after(after.as_ref(), *limit, |document| {
                document.key.kind == *kind && document.index.as_ref() == Some(index)
            }),
            List::Booking(id) => {
                let mut rows = self.bookings.values();
                booking(rows.find(|row| row.id == *id)).collect()
            }
            List::Bookings {
                provider,
                status,
                after,
                limit,
            } => {
                let rows = self.of_provider(provider);
                let rows = rows.filter(|row| status.is_none_or(|status| row.status == status));
                newest(rows, after.as_ref(), *limit)
            }
            List::CustomerBookings {
                customer,
                after,
                limit,
            } => {
                let ids = self.customer_bookings.get(customer).into_iter().flatten();
                let rows = ids.filter_map(|(id, provider)| {
                    self.bookings.get(&(provider.clone(), id.clone()))
                });
                newest(rows, after.as_ref(), *limit)
            }
            List::Due { now, limit } => {
                let due = self.bookings.values();
                let due = due.filter(|row| row.next_due.is_some_and(|due| due <= *now));
                let mut rows: Vec<&BookingRow> = due.collect();
                rows.sort_by_key(|row| (row.next_due, &row.provider, &row.id));
                booking(rows).take(*limit as usize).collect()
            }
            List::Instructions { due, limit } => {
                let rows = self.instructions.values().filter(|row| match due {
                    Some(now) => row.next_at.is_some_and(|next| next <= *now),
                    None => true,
                });
                let mut rows: Vec<_> = rows.collect();
                // Those that await an answer come last; sorting is stable otherwise.
                rows.sort_by_key(|row| (row.next_at.is_none(), row.next_at));
                let rows = rows.into_iter().take(*limit as usize);
                rows.map(|row| Item::Instruction(Box::new(row.clone())))
                    .collect()
            }
            List::Feed { after, limit } => {
                let entries = self.feed.iter().filter(|entry| entry.position > *after);
                let entries = entries.take(*limit as usize);
                entries
                    .map(|entry| Item::Feed(Box::new(entry.clone())))
                    .collect()
            }
            List::Cursor(consumer) => {
                let cursor = self.cursors.get(consumer).copied();
                vec![Item::Cursor(cursor.unwrap_or(0))]
            }
            List::Journal { .. } | List::Outbox { .. } => self.journal_list(list),
            List::Claims {
                provider,
                after,
                limit,
            } => self.claims_after(provider.as_ref(), after.as_ref(), *limit),
            List::Postings { .. } => self.postings_list(list),
            List::AllBookings { after, limit } => {
                let rows = self
                    .bookings
                    .range((bound(after.as_ref()), Bound::Unbounded));
                booking(rows.map(|(_, row)| row))
                    .take(*limit as usize)
                    .collect()
            }
            List::Statistics(provider) => {
                let statistics = self.statistics.get(provider).cloned();
                vec![Item::Statistics(Box::new(statistics.unwrap_or_default()))]
            }
            List::Listings { .. } => self.listings_list(list),
        }
    }

    fn documents_after(
        &self,
        after: Option<&DocumentKey>,
        limit: u32,
        wanted: impl Fn(&Document) -> bool,
    ) -> Vec<Item> {
        let documents = self.documents.values();
        let live = documents.filter(|document| !document.body.is_empty() && wanted(document));
        let live = live.filter(|document| after.is_none_or(|after| document.key > *after));
        live.take(limit as usize)
            .map(|document| Item::Document(Box::new(document.clone())))
            .collect()
    }

    fn journal_list(&self, list: &List) -> Vec<Item> {
        let item = |entry: &crate::audit::JournalEntry| Item::Journal(Box::new(entry.clone()));
        match list {
            List::Journal {
                partition,
                subject,
                after,
                limit,
            } => {
                let entries = self
                    .journal
                    .range::<Position, _>((bound(after.as_ref()), Bound::Unbounded));
                let entries = entries.map(|(_, entry)| entry).filter(|entry| {
                    let own = partition.as_ref();
                    let of = subject.as_ref();
                    own.is_none_or(|own| entry.partition == *own)
                        && of.is_none_or(|of| entry.subject == *of)
                });
                entries.take(*limit as usize).map(item).collect()
            }
            List::Outbox { limit } => {
                let entries = self.outbox.iter().take(*limit as usize);
                let entries = entries.filter_map(|position| self.journal.get(position));
                entries.map(item).collect()
            }
            _ => Vec::new(),
        }
    }

    fn claims_after(
        &self,
        provider: Option<&ProviderId>,
        after: Option<&(ProviderId, Box<ClaimRow>)>,
        limit: u32,
    ) -> Vec<Item> {
        let mut rows: Vec<(&ProviderId, &ClaimRow)> = Vec::new();
        for ((of, _), owners) in &self.claims {
            if provider.is_none_or(|provider| provider == of) {
                rows.extend(owners.values().flatten().map(|row| (of, row)));
            }
        }
        rows.sort_by(|a, b| claim_place(*a).cmp(&claim_place(*b)));
        let after = after.map(|(provider, row)| claim_place((provider, row)));
        let rows = rows.into_iter();
        let rows = rows.filter(|row| {
            after
                .as_ref()
                .is_none_or(|after| claim_place(*row) > *after)
        });
        rows.take(limit as usize)
            .map(|(provider, row)| Item::Claim(provider.clone(), Box::new(row.clone())))
            .collect()
    }

    fn postings_list(&self, list: &List) -> Vec<Item> {
        let List::Postings {
            provider,
            booking,
            after,
            limit,
        } = list
        else {
            return Vec::new();
        };
        let after = after.as_ref().map(|row| posting_key(row));
        let rows = self
            .postings
            .range((bound(after.as_ref()), Bound::Unbounded));
        let rows = rows.map(|(_, row)| row).filter(|row| {
            let (own, of) = (provider.as_ref(), booking.as_ref());
            own.is_none_or(|own| row.provider == *own) && of.is_none_or(|of| row.booking == *of)
        });
        rows.take(*limit as usize)
            .map(|row| Item::Posting(Box::new(row.clone())))
            .collect()
    }

    fn listings_list(&self, list: &List) -> Vec<Item> {
        let List::Listings {
            category,
            cells,
            words,
            after,
            limit,
        } = list
        else {
            return Vec::new();
        };
        let has_words = |row: &ListingRow| {
            words
                .iter()
                .all(|word| row.words.iter().any(|each| each.starts_with(&**word)))
        };
        let rows = self.listings.values().flatten().filter(|row| {
            let cells = cells.as_ref();
            let near = cells.is_none_or(|cells| row.cell.is_some_and(|cell| cells.contains(&cell)));
            row.category == *category && near && has_words(row)
        });
        let place = |row: &ListingRow| (-row.rating_micros, row.provider.clone());
        let after = after.as_ref().map(|(rating, id)| (-rating, id.clone()));
        let rows = rows.filter(|row| after.as_ref().is_none_or(|after| place(row) > *after));
        let mut rows: Vec<&ListingRow> = rows.collect();
        rows.sort_by_key(|row| place(row));
        rows.into_iter()
            .take(*limit as usize)
            .map(|row| Item::Listing(Box::new(row.clone())))
            .collect()
    }
}

/// The place of a claim in its list; of rows without a unit, those of one owner stay together.
fn claim_place<'a>(
    (provider, row): (&'a ProviderId, &'a ClaimRow),
) -> (&'a ProviderId, &'a str, i64, i64, String, u32) {
    (
        provider,
        row.resource.as_str(),
        row.unit.unwrap_or(-1),
        row.span.start_timestamp(),
        row.owner.to_string(),
        row.number,
    )
}

fn booking<'a>(rows: impl IntoIterator<Item = &'a BookingRow>) -> impl Iterator<Item = Item> {
    rows.into_iter()
        .map(|row| Item::Booking(Box::new(row.clone())))
}

/// A page of bookings, the newest id first.
fn newest<'a>(
    rows: impl Iterator<Item = &'a BookingRow>,
    after: Option<&BookingId>,
    limit: u32,
) -> Vec<Item> {
    let mut rows: Vec<&BookingRow> = rows
        .filter(|row| after.is_none_or(|after| row.id < *after))
        .collect();
    rows.sort_by(|a, b| b.id.cmp(&a.id));
    booking(rows).take(limit as usize).collect()
}

fn bound<T: Clone>(after: Option<&T>) -> Bound<T> {
    after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()))
}
