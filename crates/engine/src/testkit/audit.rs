//! The journal's chains.

use std::collections::BTreeMap;

use quando::booking::{Actor, Booking, Event};
use serde_json::json;

use super::StoreBuilder;
use super::shop::{Shop, at, id, wanted};
use crate::audit::{Hash, JournalEntry, booking_subject, document_subject};
use crate::store::{Document, DocumentKind, Item, List, Partition};

fn entries<B: StoreBuilder>(shop: &Shop<'_, B>, subject: Option<&str>) -> Vec<JournalEntry> {
    let list = List::Journal {
        partition: subject.map(|_| Partition::Provider(id("ana"))),
        subject: subject.map(Into::into),
        after: None,
        limit: 1_000,
    };
    let items = shop.list(list).into_iter().map(|item| match item {
        Item::Journal(entry) => *entry,
        item => panic!("{item:?}"),
    });
    items.collect()
}

pub(super) fn chains_recompute<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    let other = shop.book(wanted("ana", "cut", "c2", at("11:00"))).unwrap();
    let act = json!({"do": "reschedule", "start": at("10:00")});
    shop.do_to(Actor::Customer, &booked, act).unwrap();
    shop.cancel(&other);
    shop.put_service(
        "ana",
        super::fixture::service("cut", json!({"description": "x"})),
    );

    let mut heads: BTreeMap<String, (u64, Hash)> = BTreeMap::new();
    for entry in entries(&shop, None) {
        let head = heads.entry(entry.subject.to_string()).or_default();
        assert_eq!(entry.version, head.0 + 1, "{}", entry.subject);
        assert_eq!(entry.previous, head.1, "{}", entry.subject);
        assert_eq!(entry.hash, entry.computed_hash(), "{}", entry.subject);
        *head = (entry.version, entry.hash);
    }
    // The last hash of each chain stands on what it is about.
    let mut subjects = 0;
    for item in shop.list(List::AllBookings {
        after: None,
        limit: 1_000,
    }) {
        let Item::Booking(row) = item else { continue };
        let head = heads[&*booking_subject(&row.id)];
        assert_eq!((row.version, row.head), head);
        subjects += 1;
    }
    for kind in [
        DocumentKind::Provider,
        DocumentKind::Resource,
        DocumentKind::Service,
    ] {
        for document in documents(&shop, kind) {
            let head = heads[&*document_subject(&document.key)];
            assert_eq!((document.version, document.head), head);
            subjects += 1;
        }
    }
    assert_eq!(subjects, heads.len(), "every chain has its subject");

    let own = entries(&shop, Some(&booking_subject(&booked.id)));
    let actions: Vec<&str> = own.iter().map(|entry| &*entry.action).collect();
    assert_eq!(actions, ["create", "reschedule"]);
    let replayed = own.iter().fold(None, |booking, entry| {
        let told = shop
            .engine
            .shared
            .terms
            .read::<crate::BookingEvents>(&entry.events);
        let told = told.expect("events are read");
        told.events.iter().fold(booking, applied)
    });
    assert_eq!(
        replayed,
        Some(shop.show(&booked)),
        "events make the booking"
    );
}

fn applied(booking: Option<Booking>, event: &Event) -> Option<Booking> {
    let next = Booking::apply(booking, event);
    Some(next.expect("events follow on one another"))
}

fn documents<B: StoreBuilder>(shop: &Shop<'_, B>, kind: DocumentKind) -> Vec<Document> {
    let list = List::Documents {
        kind,
        partition: None,
        after: None,
        limit: 1_000,
    };
    let items = shop.list(list).into_iter().map(|item| match item {
        Item::Document(document) => *document,
        item => panic!("{item:?}"),
    });
    items.collect()
}
