//! Records of providers, resources and services, busy time, listings and cursors.

use quando::availability::Busy;
use serde_json::json;

use super::StoreBuilder;
use super::fixture::{provider, resource, service};
use super::shop::{Shop, at, coded, id, instant, operator, wanted};
use crate::audit::Hash;
use crate::record::{Provider, Service};
use crate::statistics::StatisticsDelta;
use crate::store::{
    Change, Document, DocumentKey, DocumentKind, Item, List, ListingRow, Partition, Projection,
    Scope, Store,
};
use crate::{BusyTime, Context, Expected};

pub(super) fn records_grow_by_versions<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let engine = &shop.engine;
    let (ana, cut) = (id("ana"), id("cut"));
    let read = shop.run(engine.service(&ana, &cut)).unwrap().unwrap();
    assert_eq!(
        (read.version, read.updated_at),
        (1, instant(super::shop::NOW))
    );
    shop.later(1);
    let mut record: Service = read.value;
    record.name = "Zuschnitt für 2 · €".to_owned();
    let edit = |expected| engine.put_service(operator(), id("ana"), record.clone(), expected);
    let done = shop.run(edit(Expected::Version(1))).unwrap();
    assert_eq!(done.value.version, 2);
    let read = shop.run(engine.service(&ana, &cut)).unwrap().unwrap();
    assert_eq!((read.version, &read.value), (2, &record));
    assert!(read.updated_at > instant(super::shop::NOW));
    for (expected, code) in [
        (Expected::Version(1), "record-version-conflict"),
        (Expected::Version(3), "record-version-conflict"),
        (Expected::New, "already-exists"),
    ] {
        let answer = shop.unchanged(|| coded(shop.run(edit(expected))));
        assert_eq!(answer.unwrap_err(), code, "{expected:?}");
    }
    // Only operators say who is verified.
    let verified: Provider = serde_json::from_value(super::fixture::merged(
        provider("ana"),
        json!({"verified": true}),
    ))
    .unwrap();
    let own = Context::new(quando::booking::Actor::Provider);
    let put = |context| engine.put_provider(context, verified.clone(), Expected::Any);
    assert!(!shop.run(put(own.clone())).unwrap().value.value.verified);
    assert!(shop.run(put(operator())).unwrap().value.value.verified);
    assert!(shop.run(put(own)).unwrap().value.value.verified);
}

pub(super) fn deleted_records_are_gone_and_may_come_again<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let engine = &shop.engine;
    shop.put_resource("ana", resource("chair", json!({})));
    let delete = |service: &str, expected| {
        let which = (id("ana"), id(service));
        coded(shop.run(engine.delete_service(operator(), which, expected)))
    };
    let booked = shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();
    assert_eq!(delete("cut", Expected::Any).unwrap_err(), "record-booked");
    shop.cancel(&booked);
    assert_eq!(
        delete("cut", Expected::Version(7)).unwrap_err(),
        "record-version-conflict"
    );
    let deleted = delete("cut", Expected::Version(1)).unwrap();
    assert_eq!(deleted.value.version, 2);
    assert_eq!(delete("cut", Expected::Any).unwrap_err(), "not-found");
    assert_eq!(
        shop.run(engine.service(&id("ana"), &id("cut"))).unwrap(),
        None
    );
    assert_eq!(shop.run(engine.services(&id("ana"), None, 10)).unwrap(), []);
    let late = shop.book(wanted("ana", "cut", "c1", at("09:00")));
    assert_eq!(late.unwrap_err(), "not-found");
    shop.put_service("ana", service("cut", json!({})));
    let again = shop
        .run(engine.service(&id("ana"), &id("cut")))
        .unwrap()
        .unwrap();
    assert_eq!(again.version, 3, "versions go on");
    shop.book(wanted("ana", "cut", "c1", at("09:00"))).unwrap();

    let delete = |resource: &str| {
        let which = (id("ana"), id(resource));
        coded(shop.run(engine.delete_resource(operator(), which, Expected::Any)))
    };
    assert_eq!(delete("ana").unwrap_err(), "record-in-use");
    delete("chair").unwrap();
    let left = shop.run(engine.resources(&id("ana"), None, 10)).unwrap();
    assert_eq!(left.len(), 1);
}

pub(super) fn busy_time_is_replaced_as_a_whole<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let busy = |source: &str, times: &[(&str, &str)]| {
        let times = times.iter().map(|(start, end)| {
            let (start, end) = (at(start), at(end));
            Busy::from(quando::time::Interval::new(start, end).unwrap())
        });
        let time = BusyTime {
            busy: times.collect(),
        };
        let which = (id("ana"), id("ana"));
        let done = shop.engine.replace_busy(operator(), which, source, time);
        shop.run(done).unwrap().value.count
    };
    assert_eq!(busy("home", &[("08:00", "12:00"), ("13:00", "14:00")]), 2);
    assert_eq!(busy("club", &[("15:00", "20:00")]), 1);
    assert_eq!(shop.free("ana", "cut"), ["12:00", "14:00"]);
    let late = shop.book(wanted("ana", "cut", "c1", at("13:00")));
    assert_eq!(late.unwrap_err(), "slot-not-free");
    assert_eq!(busy("home", &[("08:00", "13:00")]), 1);
    assert_eq!(shop.free("ana", "cut"), ["13:00", "14:00"]);
    assert_eq!(busy("club", &[]), 0);
    assert_eq!(busy("home", &[]), 0);
    assert_eq!(shop.free("ana", "cut").len(), 12);
    // Each replacement raised the guard, and none of them the version.
    let key = DocumentKey::resource(&id("ana"), &id("ana"));
    let scope = Scope::new(key.partition.clone()).document(key.clone());
    let snapshot = shop.run(shop.built.store.read(scope)).unwrap();
    let document = snapshot.document(&key).unwrap();
    assert_eq!((document.version, document.guard), (2, 7));
}

fn listing(provider: &str, category: &str, cell: i32, words: &[&str]) -> ListingRow {
    ListingRow {
        provider: id(provider),
        category: category.into(),
        cell: Some(cell),
        point: Some((52_520_000, -13_405_000)),
        words: words.iter().map(|word| (*word).into()).collect(),
        body: format!("{{\"{provider}\":1}}").into_bytes().into(),
        rating_micros: 0,
        ratings: [0; 5],
    }
}

pub(super) fn listings_are_found_in_order<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    for (name, cell, words) in [
        ("a", 7, &["anna", "haar"][..]),
        ("b", -3, &["bert", "haarschnitt"]),
        ("c", 7, &["cäsar", "haar"]),
    ] {
        shop.put_provider(provider(name));
        let rows = ["", "hair"].map(|category| listing(name, category, cell, words));
        let change = Change::ReplaceListings {
            provider: id(name),
            rows: rows.into(),
        };
        shop.write(name, vec![change]).unwrap();
    }
    let rate = |name: &'static str, stars: usize| {
        let relayed = shop.run(shop.built.store.relay(100, move |entries| {
            assert!(!entries.is_empty(), "nothing is projected without entries");
            let mut delta = Box::<StatisticsDelta>::default();
            delta.ratings[stars - 1] = 1;
            let provider = id(name);
            vec![Projection::Statistics { provider, delta }]
        }));
        relayed.unwrap();
    };
    rate("c", 4);
    let found = |category: &str, cells: Option<&[i32]>, words: &[&str]| {
        let list = List::Listings {
            category: category.into(),
            cells: cells.map(<[i32]>::to_vec),
            words: words.iter().map(|word| (*word).into()).collect(),
            after: None,
            limit: 10,
        };
        let names = shop.list(list).into_iter().map(|item| match item {
            Item::Listing(row) => format!("{} {}", row.provider, row.rating_micros),
            item => panic!("{item:?}"),
        });
        names.collect::<Vec<String>>()
    };
    assert_eq!(found("", None, &[]), ["c 4000000", "a 0", "b 0"]);
    assert_eq!(found("hair", Some(&[7]), &[]), ["c 4000000", "a 0"]);
    assert_eq!(found("hair", Some(&[-3, 99]), &[]), ["b 0"]);
    assert_eq!(found("hair", Some(&[]), &[]), Vec::<String>::new());
    assert_eq!(found("nails", None, &[]), Vec::<String>::new());
    assert_eq!(found("", None, &["haar"]), ["c 4000000", "a 0", "b 0"]);
    assert_eq!(found("", None, &["haars"]), ["b 0"]);
    assert_eq!(found("", None, &["haar", "cä"]), ["c 4000000"]);
    assert_eq!(found("", None, &["%"]), Vec::<String>::new());
    assert_eq!(found("", None, &["_nna"]), Vec::<String>::new());
    // Replaced rows keep the rating of their provider.
    let change = Change::ReplaceListings {
        provider: id("c"),
        rows: vec![listing("c", "", 1, &["new"])],
    };
    shop.write("c", vec![change]).unwrap();
    assert_eq!(found("", None, &["new"]), ["c 4000000"]);
    assert_eq!(found("hair", None, &[]), ["a 0", "b 0"]);
}

pub(super) fn cursors_never_go_back<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let put = |position| {
        let change = Change::PutCursor {
            consumer: "webhooks".into(),
            position,
            at: instant(super::shop::NOW),
        };
        let request = super::shop::request(Scope::new(Partition::Platform));
        let write = super::shop::write(vec![change]);
        shop.transact(request, move |_| Ok(write.clone())).unwrap();
    };
    let cursor = |name: &str| shop.list(List::Cursor(name.into()));
    assert_eq!(cursor("webhooks"), [Item::Cursor(0)]);
    put(7);
    put(3);
    assert_eq!(cursor("webhooks"), [Item::Cursor(7)]);
    put(9);
    assert_eq!(cursor("webhooks"), [Item::Cursor(9)]);
    assert_eq!(cursor("mail"), [Item::Cursor(0)]);
}

pub(super) fn dropped_documents_leave_nothing<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let key = |id: &str| DocumentKey {
        partition: Partition::Platform,
        kind: DocumentKind::Delivery,
        id: id.into(),
    };
    let put = |id: &str| Change::PutDocument {
        document: Box::new(Document {
            key: key(id),
            version: 1,
            guard: 1,
            head: Hash::START,
            body: "{}".into(),
            index: Some((*b"due").into()),
            resources: Vec::new(),
            updated_at: instant(super::shop::NOW),
        }),
        previous: 0,
    };
    let write = |changes: Vec<Change>| {
        let request = super::shop::request(Scope::new(Partition::Platform));
        let write = super::shop::write(changes);
        shop.transact(request, move |_| Ok(write.clone())).unwrap();
    };
    let due = || {
        let items = shop.list(List::DocumentsByIndex {
            kind: DocumentKind::Delivery,
            index: (*b"due").into(),
            after: None,
            limit: 10,
        });
        let ids = items.into_iter().map(|item| match item {
            Item::Document(document) => document.key.id.to_string(),
            other => panic!("{other:?} is no document"),
        });
        ids.collect::<Vec<_>>()
    };
    write(vec![put("a/1"), put("a/2"), put("b/1")]);
    assert_eq!(due(), ["a/1", "a/2", "b/1"]);
    write(vec![
        Change::DropDocument(key("a/2")),
        Change::DropDocument(key("c/1")),
    ]);
    assert_eq!(due(), ["a/1", "b/1"]);
    // As if it had never been: the first version is its next.
    write(vec![put("a/2")]);
    assert_eq!(due(), ["a/1", "a/2", "b/1"]);
}
