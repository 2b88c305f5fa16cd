//! Pages of every list.

use std::cmp::Ordering;

use quando::booking::Status;
use serde_json::json;

use super::StoreBuilder;
use super::fixture::{provider, resource};
use super::outbox::project;
use super::page::{all, goes_on, order, page, pages};
use super::shop::{Shop, at, customer, id, instant, on, operator, wanted};
use crate::personal::{PersonId, PersonalData};
use crate::store::{DocumentKind, Item, List, Partition, Position, Store};

/// A marketplace with several rows in each list, some of them relayed.
fn crowded<B: StoreBuilder>(builder: &B) -> Shop<'_, B> {
    let shop = Shop::paid(builder, json!({}));
    shop.with_salon("ben", json!({}));
    shop.put_provider(provider("zoe"));
    shop.put_provider(provider("Zoe"));
    for number in 0..8 {
        shop.put_resource("ben", resource(&format!("r{number}"), json!({})));
    }
    for hour in 8..17 {
        let time = format!("{hour:02}:00");
        let booked = shop.book(wanted("ana", "cut", "c1", at(&time))).unwrap();
        if hour % 2 == 0 {
            shop.cancel(&booked);
        }
        shop.book(wanted("ben", "cut", "c1", at(&time))).unwrap();
        shop.later(1);
    }
    for number in 0..8 {
        let person = PersonId::new(format!("p{number}")).unwrap();
        let data = PersonalData {
            email: Some("same@example.com".to_owned().try_into().unwrap()),
            ..PersonalData::default()
        };
        shop.run(shop.engine.put_person(operator(), person, data))
            .unwrap();
    }
    shop.run(shop.built.store.relay(35, project)).unwrap();
    shop
}

fn lists<B: StoreBuilder>(shop: &Shop<'_, B>) -> Vec<List> {
    let limit = 1;
    let documents = |kind, partition| List::Documents {
        kind,
        partition,
        after: None,
        limit,
    };
    let bookings = |provider: &str, status| List::Bookings {
        provider: id(provider),
        status,
        after: None,
        limit,
    };
    let journal = |partition, subject: Option<&str>| List::Journal {
        partition,
        subject: subject.map(Into::into),
        after: None,
        limit,
    };
    let ben = || Some(Partition::Provider(id("ben")));
    let index = shop.engine.shared.keys.blind_index("same@example.com");
    vec![
        documents(DocumentKind::Provider, None),
        documents(DocumentKind::Resource, None),
        documents(DocumentKind::Resource, ben()),
        documents(DocumentKind::Person, None),
        List::DocumentsByIndex {
            kind: DocumentKind::Person,
            index: index.as_bytes().as_slice().into(),
            after: None,
            limit,
        },
        bookings("ana", None),
        bookings("ana", Some(Status::Cancelled)),
        List::CustomerBookings {
            customer: id("c1"),
            after: None,
            limit,
        },
        List::Due {
            now: instant("2027-01-01T00:00:00Z"),
            limit,
        },
        List::Instructions { due: None, limit },
        List::Instructions {
            due: Some(instant("2027-01-01T00:00:00Z")),
            limit,
        },
        List::Feed { after: 0, limit },
        journal(None, None),
        journal(ben(), None),
        List::Outbox { limit },
        List::Claims {
            provider: None,
            after: None,
            limit,
        },
        List::Claims {
            provider: Some(id("ben")),
            after: None,
            limit,
        },
        List::AllBookings { after: None, limit },
    ]
}

pub(super) fn pages_join<B: StoreBuilder>(builder: &B) {
    let shop = crowded(builder);
    for list in lists(&shop) {
        let whole = shop.list(list.clone());
        assert!(
            whole.len() > 3,
            "{list:?} has something to page through: {}",
            whole.len()
        );
        for pair in whole.windows(2) {
            let follows = order(&list, &pair[0], &pair[1]);
            let ties = matches!(
                list,
                List::Due { .. } | List::Instructions { .. } | List::Claims { .. }
            );
            let right = follows == Ordering::Less || (ties && follows == Ordering::Equal);
            assert!(right, "{list:?}: {:?} is before {:?}", pair[0], pair[1]);
        }
        for size in [1, 2, 7] {
            if goes_on(&list) {
                let joined = shop.run(pages(&*shop.built.store, &list, size));
                assert_eq!(joined, whole, "{list:?} in pages of {size}");
            } else {
                let first = shop.run(shop.built.store.list(page(&list, size, None)));
                let first = first.unwrap();
                assert_eq!(
                    first[..],
                    whole[..first.len()],
                    "{list:?}: the first {size}"
                );
                assert_eq!(first.len(), whole.len().min(usize::try_from(size).unwrap()));
            }
        }
        let none = shop
            .run(shop.built.store.list(page(&list, 0, None)))
            .unwrap();
        assert_eq!(none, [], "{list:?}: a page of none");
        if goes_on(&list) {
            let beyond = page(&list, 7, whole.last());
            assert_eq!(
                shop.run(shop.built.store.list(beyond)).unwrap(),
                [],
                "{list:?}"
            );
        }
    }
    let of_one = List::Journal {
        partition: Some(Partition::Provider(id("ben"))),
        subject: Some("provider/ben".into()),
        after: None,
        limit: 10,
    };
    assert_eq!(shop.list(of_one).len(), 1);
    let after = Position {
        partition: Partition::Provider(id("ben")),
        subject: "provider/ben".into(),
        version: 0,
    };
    let next = List::Journal {
        partition: None,
        subject: None,
        after: Some(after),
        limit: 1,
    };
    let next = shop.run(shop.built.store.list(next)).unwrap();
    assert!(matches!(&next[..], [Item::Journal(entry)] if &*entry.subject == "provider/ben"));
}

/// Rows that come between two pages neither hide others nor show them twice.
pub(super) fn pages_while_rows_are_added<B: StoreBuilder>(builder: &B) {
    let shop = crowded(builder);
    for (number, list) in (0_u32..).zip(lists(&shop)) {
        if !goes_on(&list) {
            continue;
        }
        let before = shop.list(list.clone());
        let mut seen: Vec<Item> = Vec::new();
        loop {
            let next = page(&list, 2, seen.last());
            let items = shop.run(shop.built.store.list(next)).unwrap();
            if seen.len() == 2 {
                let start = on(3 + number, "09:00");
                let name = format!("late-{number}");
                let new = wanted("ben", "cut", &name, start);
                shop.hold(customer(&name), new).unwrap();
                shop.put_provider(provider(&format!("new-{number}")));
                shop.run(shop.built.store.relay(3, project)).unwrap();
            }
            if items.is_empty() {
                break;
            }
            seen.extend(items);
        }
        for pair in seen.windows(2) {
            let follows = order(&list, &pair[0], &pair[1]);
            let tie = matches!(list, List::Claims { .. }) && follows == Ordering::Equal;
            assert!(
                follows == Ordering::Less || tie,
                "{list:?}: twice, or out of order"
            );
        }
        for item in &before {
            assert!(seen.contains(item), "{list:?} lost {item:?}");
        }
    }
}

/// Bytes, not the alphabet of some language: capitals before small letters, `é` after `z`.
pub(super) fn order_goes_by_bytes<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let names = [
        "a b",
        "a-b",
        "aB",
        "ab",
        "B",
        "b",
        "é",
        "Z",
        "z",
        "10",
        "9",
        "_",
        "\u{1f600}",
        "\u{fb01}",
    ];
    for name in names {
        shop.put_provider(provider(name));
    }
    let mut sorted = names;
    sorted.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    let list = List::Documents {
        kind: DocumentKind::Provider,
        partition: None,
        after: None,
        limit: 10,
    };
    let found = |items: Vec<Item>| {
        let names = items.into_iter().map(|item| match item {
            Item::Document(document) => document.key.id.to_string(),
            item => panic!("{item:?}"),
        });
        names.collect::<Vec<String>>()
    };
    assert_eq!(
        found(shop.run(all(&*shop.built.store, list.clone()))),
        sorted
    );
    assert_eq!(found(shop.run(pages(&*shop.built.store, &list, 2))), sorted);
    let listed = shop.run(shop.engine.providers(Some(&id("b")), 2)).unwrap();
    let listed: Vec<&str> = listed.iter().map(|each| each.value.id.as_str()).collect();
    assert_eq!(listed, ["z", "é"]);
}
