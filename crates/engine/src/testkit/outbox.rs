//! What happened, told once, in order.

use std::collections::BTreeMap;

use quando::booking::{Actor, Booking};
use quando::id::{CustomerId, ProviderId};
use serde_json::{Value, json};

use super::StoreBuilder;
use super::shop::{Shop, at, id, wanted};
use crate::audit::{Hash, JournalEntry, seal};
use crate::statistics::StatisticsDelta;
use crate::store::{FeedEntry, Item, List, Projection, Store};

/// What a host might make of entries: a count of bookings, their ratings, and whose they are.
pub(super) fn project(entries: &[FeedEntry]) -> Vec<Projection> {
    let mut projections = Vec::new();
    for FeedEntry { entry, .. } in entries {
        let Some(provider) = entry.partition.provider() else {
            continue;
        };
        let Some(booking) = entry.subject.strip_prefix("booking/") else {
            continue;
        };
        let told: Value = serde_json::from_slice(&entry.events).expect("events are JSON");
        if entry.version == 1 {
            let customer = found(&told, "customer").expect("a booking begins with its customer");
            projections.push(Projection::CustomerBooking {
                customer: id::<CustomerId>(customer),
                provider: provider.clone(),
                booking: id(booking),
                at: entry.at,
            });
        }
        let mut delta = Box::<StatisticsDelta>::default();
        delta.bookings = i64::from(entry.version == 1);
        delta.cancelled = i64::from(&*entry.action == "cancel");
        for rating in told["ratings"].as_array().into_iter().flatten() {
            let stars = rating
                .as_u64()
                .and_then(|stars| usize::try_from(stars).ok());
            delta.ratings[stars.expect("a rating is a number") - 1] += 1;
        }
        let provider = provider.clone();
        projections.push(Projection::Statistics { provider, delta });
    }
    projections
}

/// A text field, wherever it is.
fn found<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get(name).and_then(Value::as_str);
            own.or_else(|| fields.values().find_map(|value| found(value, name)))
        }
        Value::Array(items) => items.iter().find_map(|value| found(value, name)),
        _ => None,
    }
}

fn journal<B: StoreBuilder>(shop: &Shop<'_, B>) -> Vec<JournalEntry> {
    let list = List::Journal {
        partition: None,
        subject: None,
        after: None,
        limit: 1_000,
    };
    let items = shop.list(list).into_iter().map(|item| match item {
        Item::Journal(entry) => *entry,
        item => panic!("{item:?}"),
    });
    items.collect()
}

fn feed<B: StoreBuilder>(shop: &Shop<'_, B>) -> Vec<FeedEntry> {
    let items = shop.list(List::Feed {
        after: 0,
        limit: 1_000,
    });
    let items = items.into_iter().map(|item| match item {
        Item::Feed(entry) => *entry,
        item => panic!("{item:?}"),
    });
    items.collect()
}

/// That a feed has every entry of the journal once, in order, under unbroken seals.
fn check_feed<B: StoreBuilder>(shop: &Shop<'_, B>) {
    let feed = feed(shop);
    let (mut last, mut place) = (Hash::START, 0);
    let mut versions: BTreeMap<(String, String), u64> = BTreeMap::new();
    for entry in &feed {
        place += 1;
        assert_eq!(entry.position, place, "positions have no gap");
        assert_eq!(entry.seal, seal(last, place, entry.entry.hash));
        last = entry.seal;
        let subject = (
            format!("{:?}", entry.entry.partition),
            entry.entry.subject.to_string(),
        );
        let version = versions.entry(subject).or_default();
        *version += 1;
        assert_eq!(entry.entry.version, *version, "{}", entry.entry.subject);
    }
    let mut told: Vec<JournalEntry> = feed.into_iter().map(|each| each.entry).collect();
    told.sort_by(|a, b| place_of(a).cmp(&place_of(b)));
    let mut journal = journal(shop);
    journal.sort_by(|a, b| place_of(a).cmp(&place_of(b)));
    assert!(told == journal, "the feed is the journal");
}

fn place_of(entry: &JournalEntry) -> (&crate::store::Partition, &str, u64) {
    (&entry.partition, &entry.subject, entry.version)
}

/// Some bookings of two providers that change several times.
fn happenings<B: StoreBuilder>(shop: &Shop<'_, B>) -> Vec<Booking> {
    let mut bookings = Vec::new();
    for time in ["08:00", "10:00", "12:00"] {
        for provider in ["ana", "ben"] {
            let booked = shop.book(wanted(provider, "cut", "c1", at(time))).unwrap();
            let start = booked.slot.start() + chrono::TimeDelta::hours(1);
            let act = json!({"do": "reschedule", "start": start});
            bookings.push(shop.do_to(Actor::Customer, &booked, act).unwrap());
        }
    }
    shop.cancel(&bookings[0]);
    bookings
}

pub(super) fn every_entry_once_and_in_order<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    shop.with_salon("ben", json!({}));
    happenings(&shop);
    let waiting = shop.list(List::Outbox { limit: 1_000 });
    assert_eq!(waiting.len(), journal(&shop).len());
    let mut relayed = Vec::new();
    for step in [1, 2, 3] {
        let entries = shop.run(shop.built.store.relay(step, project)).unwrap();
        assert_eq!(entries.len(), usize::try_from(step).expect("a few"));
        relayed.extend(entries);
    }
    relayed.extend(shop.relay(7));
    assert_eq!(
        relayed,
        feed(&shop),
        "what the relay gave is what the feed has"
    );
    let told: Vec<Item> = relayed
        .iter()
        .map(|each| Item::Journal(Box::new(each.entry.clone())))
        .collect();
    assert_eq!(told, waiting, "in the order of the outbox");
    assert_eq!(shop.list(List::Outbox { limit: 1_000 }), []);
    check_feed(&shop);
    // It goes on where it was.
    shop.book(wanted("ana", "cut", "c2", at("18:00"))).unwrap();
    assert_eq!(shop.relay(100).len(), 1);
    check_feed(&shop);
}

pub(super) fn two_relays_lose_nothing<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    shop.with_salon("ben", json!({}));
    happenings(&shop);
    // Two relay while others go on booking.
    shop.at_once(4, |number| match number {
        0 | 1 => {
            for _ in 0..20 {
                shop.run(shop.built.store.relay(2, project)).unwrap();
            }
        }
        _ => {
            for hour in 15..20 {
                let name = ["ana", "ben"][usize::from(number == 3)];
                let time = at(&format!("{hour}:00"));
                shop.book(wanted(name, "cut", "c3", time)).unwrap();
            }
        }
    });
    shop.relay(5);
    check_feed(&shop);
    let theirs = List::CustomerBookings {
        customer: id("c3"),
        after: None,
        limit: 1_000,
    };
    assert_eq!(shop.list(theirs).len(), 10);
    for provider in ["ana", "ben"] {
        let statistics = statistics(&shop, provider);
        assert_eq!(statistics.bookings, 8, "each is counted once");
    }
}

fn statistics<B: StoreBuilder>(
    shop: &Shop<'_, B>,
    provider: &str,
) -> crate::statistics::Statistics {
    let items = shop.list(List::Statistics(id::<ProviderId>(provider)));
    match items.into_iter().next() {
        Some(Item::Statistics(statistics)) => *statistics,
        item => panic!("{item:?}"),
    }
}

pub(super) fn projections_go_with_the_feed<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    shop.with_salon("ben", json!({}));
    assert_eq!(
        statistics(&shop, "ana"),
        crate::statistics::Statistics::default()
    );
    let bookings = happenings(&shop);
    assert_eq!(
        statistics(&shop, "ana").bookings,
        0,
        "nothing was relayed yet"
    );
    shop.relay(3);
    let of_ana = statistics(&shop, "ana");
    assert_eq!((of_ana.bookings, of_ana.cancelled), (3, 1));
    let of_ben = statistics(&shop, "ben");
    assert_eq!((of_ben.bookings, of_ben.cancelled), (3, 0));
    let theirs = |name: &str| {
        let list = List::CustomerBookings {
            customer: id(name),
            after: None,
            limit: 1_000,
        };
        let ids = shop.list(list).into_iter().map(|item| match item {
            Item::Booking(row) => row.id,
            item => panic!("{item:?}"),
        });
        ids.collect::<Vec<_>>()
    };
    let mut all: Vec<_> = bookings.iter().map(|each| each.id.clone()).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(theirs("c1"), all);
    assert_eq!(theirs("c2"), []);
    // The same customer once more, and a rating.
    let late = shop.book(wanted("ana", "cut", "c1", at("19:00"))).unwrap();
    shop.clock.set(at("20:00"));
    shop.do_to(Actor::Provider, &late, json!({"do": "complete"}))
        .unwrap();
    for (actor, rating) in [(Actor::Customer, 4), (Actor::Provider, 5)] {
        let review = json!({"do": "review", "rating": rating, "text": "thanks"});
        shop.do_to(actor, &late, review).unwrap();
    }
    shop.relay(100);
    assert_eq!(statistics(&shop, "ana").ratings.counts(), [0, 0, 0, 1, 0]);
    assert_eq!(theirs("c1").len(), 7);
}
