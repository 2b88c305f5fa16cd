//! Pages of lists.

use std::cmp::Ordering;

use crate::store::{DocumentKey, Item, List, Position, Store};

const WHOLE: u32 = 1_000;

/// The whole of a list.
pub(super) async fn all<S: Store>(store: &S, list: List) -> Vec<Item> {
    pages(store, &list, WHOLE).await
}

/// The whole of a list, read in pages of a size.
pub(super) async fn pages<S: Store>(store: &S, list: &List, size: u32) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    loop {
        let asked = page(list, size, items.last());
        let read = store.list(asked).await.expect("a list is read");
        let count = u32::try_from(read.len()).expect("a page is short");
        assert!(
            count <= size || !is_limited(list),
            "a page has at most {size} items"
        );
        let whole = count < size || !goes_on(list);
        items.extend(read);
        assert!(items.len() < 100_000, "a list that does not end: {list:?}");
        if whole {
            return items;
        }
    }
}

/// Whether pages of a list follow on one another.
pub(super) fn goes_on(list: &List) -> bool {
    is_limited(list)
        && !matches!(
            list,
            List::Due { .. } | List::Instructions { .. } | List::Outbox { .. }
        )
}

fn is_limited(list: &List) -> bool {
    !matches!(
        list,
        List::Booking(_) | List::Cursor(_) | List::Statistics(_)
    )
}

/// The page of a list after an item.
pub(super) fn page(list: &List, size: u32, last: Option<&Item>) -> List {
    let mut list = list.clone();
    match &mut list {
        List::Documents { limit, .. }
        | List::DocumentsByIndex { limit, .. }
        | List::Bookings { limit, .. }
        | List::CustomerBookings { limit, .. }
        | List::Due { limit, .. }
        | List::Instructions { limit, .. }
        | List::Feed { limit, .. }
        | List::Journal { limit, .. }
        | List::Outbox { limit, .. }
        | List::Claims { limit, .. }
        | List::Postings { limit, .. }
        | List::AllBookings { limit, .. }
        | List::Listings { limit, .. } => *limit = size,
        List::Booking(_) | List::Cursor(_) | List::Statistics(_) => {}
    }
    if let Some(last) = last {
        go_after(&mut list, last);
    }
    list
}

fn go_after(list: &mut List, last: &Item) {
    match (list, last) {
        (
            List::Documents { after, .. } | List::DocumentsByIndex { after, .. },
            Item::Document(document),
        ) => *after = Some(document.key.clone()),
        (
            List::Bookings { after, .. } | List::CustomerBookings { after, .. },
            Item::Booking(row),
        ) => *after = Some(row.id.clone()),
        (List::Feed { after, .. }, Item::Feed(entry)) => *after = entry.position,
        (List::Journal { after, .. }, Item::Journal(entry)) => {
            *after = Some(Position {
                partition: entry.partition.clone(),
                subject: entry.subject.clone(),
                version: entry.version,
            });
        }
        (List::Claims { after, .. }, Item::Claim(provider, row)) => {
            *after = Some((provider.clone(), row.clone()));
        }
        (List::Postings { after, .. }, Item::Posting(row)) => *after = Some(row.clone()),
        (List::AllBookings { after, .. }, Item::Booking(row)) => {
            *after = Some((row.provider.clone(), row.id.clone()));
        }
        (List::Listings { after, .. }, Item::Listing(row)) => {
            *after = Some((row.rating_micros, row.provider.clone()));
        }
        (list, item) => panic!("{list:?} has no {item:?} to go on after"),
    }
}

/// How two items of a list follow on one another, as far as it is documented.
pub(super) fn order(list: &List, a: &Item, b: &Item) -> Ordering {
    match (a, b) {
        (Item::Document(a), Item::Document(b)) => by_key(&a.key, &b.key),
        (Item::Booking(a), Item::Booking(b)) => match list {
            List::Due { .. } => a.next_due.cmp(&b.next_due),
            // Providers stand in an order of the store's own.
            List::AllBookings { .. } if a.provider != b.provider => Ordering::Less,
            List::AllBookings { .. } => a.id.cmp(&b.id),
            _ => b.id.cmp(&a.id),
        },
        (Item::Instruction(a), Item::Instruction(b)) => {
            let place = |at: Option<_>| (at.is_none(), at);
            place(a.next_at).cmp(&place(b.next_at))
        }
        (Item::Feed(a), Item::Feed(b)) => a.position.cmp(&b.position),
        (Item::Journal(a), Item::Journal(b)) => match list {
            // By age, which the entry does not tell to the second.
            List::Outbox { .. } => Ordering::Less,
            _ if a.partition != b.partition => Ordering::Less,
            _ => (&a.subject, a.version).cmp(&(&b.subject, b.version)),
        },
        (Item::Claim(of_a, a), Item::Claim(of_b, b)) => {
            let start = |row: &crate::store::ClaimRow| row.span.start_timestamp();
            if (of_a, &a.resource) == (of_b, &b.resource) {
                (a.unit, start(a)).cmp(&(b.unit, start(b)))
            } else {
                Ordering::Less
            }
        }
        (Item::Posting(a), Item::Posting(b)) => {
            let place = |row: &crate::store::PostingRow| {
                (row.booking.clone(), row.version, row.entry, row.number)
            };
            if a.provider == b.provider {
                place(a).cmp(&place(b))
            } else {
                Ordering::Less
            }
        }
        (Item::Listing(a), Item::Listing(b)) => {
            let by_rating = b.rating_micros.cmp(&a.rating_micros);
            by_rating.then_with(|| a.provider.cmp(&b.provider))
        }
        (a, b) => panic!("{a:?} and {b:?} are in one list"),
    }
}

fn by_key(a: &DocumentKey, b: &DocumentKey) -> Ordering {
    (&a.partition, &a.id).cmp(&(&b.partition, &b.id))
}
