use serde_json::json;

use super::super::fixture::{World, key, now, operator};
use super::*;
use crate::audit::JournalEntry;
use crate::store::{ClaimRow, FeedEntry};
use crate::{Expected, MemoryStore};

/// A shop with three bookings, one of them paid and cancelled.
fn world() -> World {
    let world = World::with_ana(&json!({"payment": "upFront"}));
    let booking = world.book("c1", "2026-03-02T09:00:00Z");
    world.book("c2", "2026-03-02T10:00:00Z");
    world.book("c3", "2026-03-02T11:00:00Z");
    let hundred = json!({"amount": "100.00", "currency": "USD"});
    let captured =
        json!({"outcome": "captured", "instruction": "authorise/1/1", "amount": hundred});
    let answer = json!({"do": "confirmPayment", "answer": captured});
    world.act(&booking, answer).unwrap();
    world
        .act(&booking, json!({"do": "cancel", "reason": "rain"}))
        .unwrap();
    now(world.engine.relay_events(100)).unwrap();
    assert_eq!(world.look(&booking).version, 3);
    assert_eq!(key(&booking).booking, booking.id);
    world
}

fn flaws(world: &World) -> Vec<Flaw> {
    let found = now(world.engine.verify(|_| {})).unwrap();
    let mut flaws: Vec<Flaw> = found.findings.into_iter().map(|each| each.what).collect();
    flaws.sort_unstable();
    flaws.dedup();
    flaws
}

#[test]
fn what_was_left_alone_is_sound() {
    let world = world();
    let found = now(world.engine.verify(|_| {})).unwrap();
    assert_eq!(found.findings, []);
    assert_eq!((found.bookings, found.claims), (3, 2));
    // Capture and refund asked for: a capture posts two lines.
    assert_eq!(found.postings, 2);
    // Ana, her resource twice, her service, three bookings and two changes; a person's key for
    // the reason.
    assert_eq!((found.entries, found.relayed), (10, 10));
}

#[test]
fn whatever_is_done_to_the_journal_is_found() {
    let of_booking = |entries: &[JournalEntry]| {
        let paid = |entry: &JournalEntry| entry.version == 3;
        entries.iter().position(paid).unwrap()
    };
    let check = |name: &str, tamper: &dyn Fn(&mut Vec<JournalEntry>), expected: Flaw| {
        let world = world();
        world
            .engine
            .store()
            .tamper_with_journal(|entries| tamper(entries));
        let flaws = flaws(&world);
        assert!(flaws.contains(&expected), "{name}: {flaws:?}");
    };
    check(
        "a flipped bit",
        &|entries| {
            let at = of_booking(entries);
            let mut events = entries[at].events.to_vec();
            let last = events.len() - 5;
            events[last] ^= 1;
            entries[at].events = events.into();
        },
        Flaw::EntryAltered,
    );
    check(
        "another actor",
        &|entries| entries[0].by = quando::booking::Actor::System.into(),
        Flaw::EntryAltered,
    );
    check(
        "a dropped entry",
        &|entries| {
            let at = of_booking(entries);
            entries.remove(at - 1);
        },
        Flaw::ChainBroken,
    );
    check(
        "exchanged entries",
        &|entries| {
            let at = of_booking(entries);
            let (a, b) = (entries[at - 1].version, entries[at].version);
            entries[at - 1].version = b;
            entries[at].version = a;
            entries.swap(at - 1, at);
        },
        Flaw::ChainBroken,
    );
    check(
        "a chain that was cut",
        &|entries| {
            let at = of_booking(entries);
            entries.remove(at);
        },
        Flaw::ChainCut,
    );
    check(
        "a subject that was cut off whole",
        &|entries| entries.retain(|entry| !entry.subject.starts_with("service/")),
        Flaw::ChainCut,
    );
}

#[test]
fn a_chain_that_was_cut_with_its_head_put_back_is_found_by_the_feed() {
    let world = world();
    let store = world.engine.store();
    store.tamper_with_journal(|entries| entries.retain(|entry| entry.version != 3));
    store.tamper_with_bookings(|row, before| {
        if row.version == 3 {
            (row.version, row.head) = (2, before);
        }
    });
    let flaws = flaws(&world);
    assert!(flaws.contains(&Flaw::FeedOfNothing), "{flaws:?}");
}

#[test]
fn a_booking_that_its_customer_does_not_find_is_found() {
    let world = world();
    world.engine.store().tamper_with_bookings(|row, _| {
        if row.customer.as_str() == "c2" {
            row.customer = "c9".to_owned().try_into().unwrap();
        }
    });
    let found = now(world.engine.verify(|_| {})).unwrap();
    let lists = found
        .findings
        .into_iter()
        .filter(|each| each.what == Flaw::CustomerListDiffers);
    let of: Vec<String> = lists.map(|each| each.of).collect();
    assert_eq!(of, ["c9"]);
}

/// A pair of chairs to sit on and a room for a class of three.
fn add_chairs_and_room(world: &World) {
    let ana = || super::super::fixture::provider_id("ana");
    let resource = |id: &str, more: serde_json::Value| {
        let mut fields = json!({"id": id, "schedule": {"zone": "UTC", "weekly": {
            "mon": [{"from": "09:00", "to": "17:00"}]}}});
        let more = more.as_object().unwrap().clone();
        fields.as_object_mut().unwrap().extend(more);
        let resource = serde_json::from_value(fields).unwrap();
        let put = world
            .engine
            .put_resource(operator(), ana(), resource, Expected::Any);
        now(put).unwrap();
    };
    resource("chairs", json!({"capacity": 2, "bufferAfterMinutes": 15}));
    resource(
        "room",
        json!({"bufferBeforeMinutes": 10, "bufferRule": "max"}),
    );
    let price =
        json!({"base": {"kind": "perBooking", "price": {"amount": "9.00", "currency": "USD"}}});
    let service = |id: &str, timing: serde_json::Value, role: &str| {
        world.add_service(
            "ana",
            &json!({
                "id": id, "name": id, "timing": timing, "need": [{"anyOf": [role]}],
                "offer": {"terms": {"price": price}},
            }),
        );
    };
    service(
        "sit",
        json!({"durationMinutes": 60, "stepMinutes": 15}),
        "chairs",
    );
    service("yoga", json!({"durationMinutes": 60, "seats": 3}), "room");
}

/// Everything that lays claims of its own kind: units of a pair of chairs, seats of a class, a hold,
/// a booking over a conflict, one that was moved and one that took place.
#[test]
fn claims_of_every_kind_are_sound() {
    let world = World::with_ana(&json!({}));
    let engine = &world.engine;
    add_chairs_and_room(&world);
    world.at("2026-03-01T12:00:01Z");
    let wish = |service: &str, customer: &str, start: &str| -> crate::NewBooking {
        let start = format!("2026-03-02T{start}:00Z");
        let wish = json!({
            "provider": "ana", "service": service, "customer": customer, "start": start});
        serde_json::from_value(wish).unwrap()
    };
    let book = |wish| now(engine.create_booking(operator(), wish)).unwrap().value;
    for (customer, start) in [
        ("c1", "09:00"),
        ("c2", "09:30"),
        ("c3", "10:15"),
        ("c4", "10:45"),
    ] {
        book(wish("sit", customer, start));
    }
    let seated = book(wish("yoga", "c1", "13:00"));
    book(wish("yoga", "c2", "13:00"));
    now(engine.hold_slot(operator(), wish("yoga", "c3", "15:00"))).unwrap();
    let moved = book(wish("cut", "c1", "09:00"));
    world
        .act(
            &moved,
            json!({"do": "reschedule", "start": "2026-03-02T11:00:00Z"}),
        )
        .unwrap();
    let mut over = wish("cut", "c2", "11:00");
    over.resources = Some(vec![vec!["ana".to_owned().try_into().unwrap()]]);
    over.override_reason = Some(quando::booking::Note::new("an old friend").unwrap());
    book(over);
    world
        .act(&seated, json!({"do": "cancel", "reason": "ill"}))
        .unwrap();
    let sound = || now(engine.verify(|_| {})).unwrap().findings;
    assert_eq!(sound(), []);
    world.at("2026-03-02T11:30:00Z");
    now(engine.fire_deadlines(100)).unwrap();
    assert_eq!(sound(), []);
    world.at("2026-03-20T00:00:00Z");
    now(engine.fire_deadlines(100)).unwrap();
    assert_eq!(sound(), []);
}

#[test]
fn what_was_deleted_keeps_its_chain() {
    let world = World::with_ana(&json!({}));
    let of = || {
        let service = quando::id::ServiceId::new("cut").unwrap();
        (super::super::fixture::provider_id("ana"), service)
    };
    now(world.engine.delete_service(operator(), of(), Expected::Any)).unwrap();
    assert_eq!(flaws(&world), []);
}

#[test]
fn whatever_is_done_to_the_feed_is_found() {
    let check = |name: &str, tamper: &dyn Fn(&mut Vec<FeedEntry>), expected: Flaw| {
        let world = world();
        world.engine.store().tamper_with_feed(|feed| tamper(feed));
        let flaws = flaws(&world);
        assert!(flaws.contains(&expected), "{name}: {flaws:?}");
    };
    check(
        "another seal",
        &|feed| feed[4].seal.0[7] ^= 1,
        Flaw::FeedBroken,
    );
    check(
        "a dropped entry",
        &|feed| drop(feed.remove(4)),
        Flaw::FeedBroken,
    );
    check(
        "a dropped entry",
        &|feed| drop(feed.remove(4)),
        Flaw::EntryLost,
    );
    check("the end cut off", &|feed| feed.truncate(8), Flaw::EntryLost);
    check("all of it", &|feed| feed.clear(), Flaw::EntryLost);
    check("another order", &|feed| feed.swap(3, 5), Flaw::FeedBroken);
    check(
        "another order with the places put right",
        &|feed| {
            let (a, b) = (feed[3].entry.clone(), feed[5].entry.clone());
            (feed[3].entry, feed[5].entry) = (b, a);
        },
        Flaw::FeedBroken,
    );
    check(
        "an entry twice, sealed anew",
        &|feed| {
            feed[5].entry = feed[4].entry.clone();
            let mut last = crate::audit::Hash::START;
            for row in feed {
                row.seal = crate::audit::seal(last, row.position, row.entry.hash);
                last = row.seal;
            }
        },
        Flaw::FeedOfNothing,
    );
}

#[test]
fn history_that_was_written_anew_with_all_its_hashes_is_found_by_the_feed() {
    let world = world();
    let store = world.engine.store();
    let mut head = crate::audit::Hash::START;
    store.tamper_with_journal(|entries| {
        let entry = entries.iter_mut().find(|entry| entry.version == 3).unwrap();
        entry.by = quando::booking::Actor::Customer.into();
        entry.hash = entry.computed_hash();
        head = entry.hash;
    });
    store.tamper_with_bookings(|row, _| {
        if row.version == 3 {
            row.head = head;
        }
    });
    assert_eq!(flaws(&world), [Flaw::FeedOfNothing, Flaw::EntryLost]);
}

fn check(name: &str, tamper: impl Fn(&MemoryStore), expected: &[Flaw]) {
    let world = world();
    tamper(world.engine.store());
    assert_eq!(flaws(&world), expected, "{name}");
}

#[test]
fn whatever_is_done_to_bookings_and_the_ledger_is_found() {
    check(
        "a booking that is gone with its claims",
        |store| {
            store.tamper_by_keeping(|row| row.customer.as_str() != "c2", |_| true);
            let gone = |row: &ClaimRow| row.span.start_timestamp() % 86_400 == 10 * 3_600;
            store.tamper_with_claims(|row| !gone(row));
        },
        &[Flaw::ChainCut],
    );
    check(
        "a booking that is never looked at again",
        |store| store.tamper_with_bookings(|row, _| row.next_due = None),
        &[Flaw::RowDiffers],
    );
    check(
        "a posting that is gone",
        |store| {
            let mut kept = 0;
            store.tamper_by_keeping(
                |_| true,
                |_| {
                    kept += 1;
                    kept > 1
                },
            );
        },
        &[
            Flaw::LedgerUnbalanced,
            Flaw::LedgerDiffers,
            Flaw::BalancesDiffer,
        ],
    );
}

#[test]
fn whatever_is_done_to_claims_is_found() {
    check(
        "claims that are gone",
        |store| store.tamper_with_claims(|_| false),
        &[Flaw::ClaimsDiffer],
    );
    check(
        "claims that guard nothing",
        |store| {
            store.tamper_with_claims(|row| {
                row.unit = None;
                true
            });
        },
        &[Flaw::ClaimsDiffer],
    );
    check(
        "claims on a unit that is not there",
        |store| {
            store.tamper_with_claims(|row| {
                row.unit = Some(1);
                row.decided_at += chrono::TimeDelta::seconds(1);
                true
            });
        },
        &[Flaw::UnitUnknown],
    );
    check(
        "claims that meet",
        |store| {
            let first = "2026-03-02T09:00:00Z".parse().unwrap();
            store.tamper_with_claims(|row| {
                let end = row.span.end();
                row.span = quando::time::Interval::new(first, end).unwrap();
                true
            });
        },
        &[Flaw::UnitsMeet],
    );
}

#[test]
fn statistics_and_lists_that_are_not_what_happened_are_found() {
    let world = world();
    world.book("c4", "2026-03-02T12:00:00Z");
    let relayed = now(world.engine.store().relay(100, |_| Vec::new())).unwrap();
    assert_eq!(relayed.len(), 1);
    let expected = [Flaw::StatisticsDiffer, Flaw::CustomerListDiffers];
    assert_eq!(flaws(&world), expected);
}
