//! Ids and texts of all kinds come back as they were, or are refused in words.

use quando::booking::Note;
use quando::id::{CustomerId, ProviderId};
use quando::idempotency::IdempotencyKey;
use serde_json::json;

use super::StoreBuilder;
use super::fixture::{merged, provider, resource, service};
use super::shop::{Shop, at, coded, customer, id, key_of, operator, wanted};
use crate::store::{Item, List, Partition};
use crate::{BusyTime, Expected};

pub(super) fn ids_of_all_kinds<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let long = "x".repeat(200);
    let wide = "\u{10ffff}".repeat(50);
    let names = [
        "it's \"quoted\"; --",
        "100%_",
        "a/b\\c",
        " leading and trailing ",
        "Zoë Straße 東京 \u{1f600}",
        "e\u{301}",
        "\u{e9}",
        "\u{feff}\u{200b}",
        "null",
        "-1",
        long.as_str(),
        wide.as_str(),
    ];
    for name in names {
        shop.put_provider(provider(name));
        shop.put_resource(name, resource(name, json!({})));
        let plain = json!({"need": [{"anyOf": [name]}], "description": "a\tb\nc"});
        shop.put_service(name, service(name, plain));
        let booked = shop.book(wanted(name, name, name, at("09:00"))).unwrap();
        assert_eq!(booked.customer.as_str(), name);
        let taken = shop.book(wanted(name, name, "c2", at("09:00")));
        assert_eq!(taken.unwrap_err(), "slot-not-free", "{name}");
        assert_eq!(shop.show(&booked), booked);
        shop.relay(100);
        let theirs = shop.engine.customer_bookings(&booked.customer, None, 10);
        assert_eq!(shop.run(theirs).unwrap(), std::slice::from_ref(&booked));
        let found = shop.run(shop.engine.find_booking(&booked.id)).unwrap();
        assert_eq!(found, key_of(&booked));
    }
    let all = shop.run(shop.engine.providers(None, 100)).unwrap();
    assert_eq!(all.len(), names.len(), "no two of them are the same");
    for name in names {
        let of_one = List::Journal {
            partition: Some(Partition::Provider(id(name))),
            subject: Some(format!("provider/{name}").into()),
            after: None,
            limit: 10,
        };
        assert_eq!(shop.list(of_one).len(), 1, "{name}");
        let claims = shop.list(List::Claims {
            provider: Some(id(name)),
            after: None,
            limit: 10,
        });
        let own = |item: &Item| matches!(item, Item::Claim(of, _) if of.as_str() == name);
        assert!(claims.len() == 1 && claims.iter().all(own), "{name}");
    }
}

pub(super) fn what_cannot_be_kept_is_refused<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    for text in ["", "a\0b", "a\nb", "\u{7f}", "\u{85}", &"x".repeat(201)] {
        assert!(ProviderId::new(text).is_err(), "{text:?}");
        assert!(CustomerId::new(text).is_err(), "{text:?}");
    }
    assert!(IdempotencyKey::new("a\0").is_err());
    assert!(Note::new("a\0").is_err());
    for name in ["a\0b", "", "a\nb"] {
        let record = merged(provider("ana"), json!({"name": name}));
        let record = serde_json::from_value(record).unwrap();
        let put = || shop.engine.put_provider(operator(), record, Expected::Any);
        let answer = shop.unchanged(|| coded(shop.run(put())));
        assert_eq!(answer.unwrap_err(), "record-name", "{name:?}");
    }
    let record = service("cut", json!({"description": "a\0b"}));
    let record = serde_json::from_value(record).unwrap();
    let put = || {
        shop.engine
            .put_service(operator(), id("ana"), record, Expected::Any)
    };
    let answer = shop.unchanged(|| coded(shop.run(put())));
    assert_eq!(answer.unwrap_err(), "record-description");
    for source in ["", "a\0b", "a/b", &"x".repeat(201)] {
        let busy = BusyTime { busy: Vec::new() };
        let which = (id("ana"), id("ana"));
        let replace = shop.engine.replace_busy(operator(), which, source, busy);
        let answer = coded(shop.run(replace));
        assert_eq!(answer.unwrap_err(), "record-name", "{source:?}");
    }
    // Seconds at the ends of time.
    for start in ["0001-01-01T00:00:00Z", "9999-12-31T23:00:00Z"] {
        let new = wanted("ana", "cut", "c1", super::shop::instant(start));
        let answer = shop.unchanged(|| shop.create(customer("c1"), new));
        assert!(
            matches!(answer, Err("slot-not-free" | "time-out-of-range")),
            "{start}: {answer:?}"
        );
    }
}
