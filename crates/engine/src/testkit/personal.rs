//! What is known of persons.

use quando::booking::Actor;
use serde_json::json;

use super::StoreBuilder;
use super::shop::{KEYS, Shop, at, coded, customer, engine, key_of, operator, wanted, wanted_with};
use crate::personal::{PersonId, PersonalData};

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn data(name: &str, email: &str) -> PersonalData {
    PersonalData {
        name: Some(name.to_owned().try_into().unwrap()),
        email: Some(email.to_owned().try_into().unwrap()),
        ..PersonalData::default()
    }
}

pub(super) fn sealed_found_and_erased<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    let engine = &shop.engine;
    let put = |id: &str, data| {
        shop.run(engine.put_person(operator(), person(id), data))
            .unwrap()
    };
    let ada = data("Ada Lovelace", "Ada@Example.com");
    assert_eq!(put("c1", ada.clone()).value.version, 1);
    put("c2", data("Charles", "charles@example.com"));
    assert_eq!(
        shop.run(engine.person(&person("c1"))).unwrap(),
        Some(ada.clone())
    );
    assert_eq!(shop.run(engine.person(&person("c9"))).unwrap(), None);
    let by_email = |email: &str| {
        let email = email.to_owned().try_into().unwrap();
        shop.run(engine.persons_by_email(&email)).unwrap()
    };
    assert_eq!(by_email("ada@example.COM"), [person("c1")]);
    put("c3", ada);
    assert_eq!(by_email("ada@example.com"), [person("c1"), person("c3")]);
    let dump = shop.dump();
    assert!(
        !dump.has("Lovelace") && !dump.has("xample"),
        "everything is sealed"
    );
    let changed = put("c1", data("Ada King", "king@example.com"));
    assert_eq!(changed.value.version, 2);
    assert_eq!(by_email("ada@example.com"), [person("c3")]);
    let erase = |id: &str| coded(shop.run(engine.erase_person(operator(), person(id))));
    assert_eq!(erase("c1").unwrap().value.version, 3);
    assert_eq!(shop.run(engine.person(&person("c1"))).unwrap(), None);
    assert_eq!(by_email("king@example.com"), []);
    assert_eq!(erase("c1").unwrap_err(), "not-found");
    assert_eq!(
        put("c1", data("Somebody", "new@example.com")).value.version,
        4
    );
}

pub(super) fn notes_are_sealed<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    let secret = "no dogs please \u{1f415}\n\tnor cats";
    let new = wanted_with(
        wanted("ana", "cut", "c1", at("09:00")),
        json!({"notes": secret}),
    );
    let booked = shop.book(new).unwrap();
    let reason = json!({"do": "cancel", "reason": "my dog is ill"});
    let cancelled = shop.do_to(Actor::Customer, &booked, reason).unwrap();
    let dump = shop.dump();
    assert!(!dump.has("dog"), "no note is readable");
    let read = |note: &quando::booking::Note| {
        let (key, person) = (key_of(&booked), person("c1"));
        shop.run(shop.engine.read_note(&key, &person, note))
            .unwrap()
    };
    let note = booked.notes.as_ref().expect("a note");
    assert_eq!(read(note).as_deref(), Some(secret));
    let cancellation = cancelled.cancellation.expect("a cancellation");
    let reason = cancellation.reason.expect("a reason");
    assert_eq!(read(&reason).as_deref(), Some("my dog is ill"));
    shop.run(shop.engine.erase_person(customer("c1"), person("c1")))
        .unwrap();
    assert_eq!(read(note), None);
    assert_eq!(
        shop.show(&booked).notes.as_ref(),
        Some(note),
        "the booking stays"
    );
}

pub(super) fn keys_are_rotated<B: StoreBuilder>(builder: &B) {
    let shop = Shop::new(builder);
    for number in 0..5 {
        let put = shop.engine.put_person(
            operator(),
            person(&format!("p{number}")),
            data("Ada", "ada@example.com"),
        );
        shop.run(put).unwrap();
    }
    let keys = format!("two:{},{KEYS}", "9f8e7d6c5b4a3210".repeat(4));
    let next = engine(&shop.built.store, &shop.clock, (&keys, 5));
    let first = shop.run(next.rotate_keys(None, 3)).unwrap();
    assert_eq!((first.seen, first.wrapped), (3, 3));
    let rest = shop.run(next.rotate_keys(first.last, 10)).unwrap();
    assert_eq!((rest.seen, rest.wrapped), (2, 2));
    let again = shop.unchanged(|| shop.run(next.rotate_keys(None, 10)).unwrap());
    assert_eq!((again.seen, again.wrapped), (5, 0));
    let read = shop.run(next.person(&person("p4"))).unwrap();
    assert_eq!(read, Some(data("Ada", "ada@example.com")));
    let email = "ada@example.com".to_owned().try_into().unwrap();
    assert_eq!(shop.run(next.persons_by_email(&email)).unwrap().len(), 5);
    let old = coded(shop.run(shop.engine.person(&person("p4"))));
    assert!(old.is_err(), "the old key alone opens it no more");
}

/// Notes and a profile of somebody who is new, all at once: all are sealed with one key.
pub(super) fn one_key_for_all_at_once<B: StoreBuilder>(builder: &B) {
    let shop = Shop::salon(builder);
    for (round, hour) in [(0, 8), (1, 11), (2, 14), (3, 17)] {
        let name = format!("n{round}");
        let ada = data("Ada", "ada@example.com");
        let booked = shop.at_once(4, |number| {
            if number == 3 {
                let put = shop
                    .engine
                    .put_person(operator(), person(&name), ada.clone());
                coded(shop.run(put)).unwrap();
                return None;
            }
            let time = at(&format!("{:02}:00", hour + number));
            let note = json!({"notes": format!("note {number}")});
            let new = wanted_with(wanted("ana", "cut", &name, time), note);
            Some(shop.book(new).unwrap())
        });
        for (number, booking) in booked.iter().flatten().enumerate() {
            let note = booking.notes.as_ref().expect("a note");
            let (key, person) = (key_of(booking), person(&name));
            let read = coded(shop.run(shop.engine.read_note(&key, &person, note))).unwrap();
            assert_eq!(read, Some(format!("note {number}")));
        }
        let known = shop.run(shop.engine.person(&person(&name))).unwrap();
        assert_eq!(known, Some(ada));
    }
}
