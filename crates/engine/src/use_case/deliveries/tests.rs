use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::use_case::fixture::{World, instant, now, operator, provider_id};
use crate::{DisabledReason, Expected, NewWebhook, Webhook, WebhookChange};

/// Ana, with an endpoint for each wish: whose events, and of which kinds.
fn world(wishes: &[(Option<&str>, &[&str])]) -> (World, Vec<Webhook>) {
    let world = World::with_ana(&json!({}));
    let made = wishes.iter().map(|(provider, events)| {
        let new = NewWebhook {
            url: "https://example.com/hook".to_owned(),
            events: events.iter().map(|&kind| kind.to_owned()).collect(),
            provider: provider.map(provider_id),
        };
        let made = now(world.engine.create_webhook(operator(), new));
        made.unwrap().value.value
    });
    let made = made.collect();
    (world, made)
}

/// Passes everything on until there is nothing left.
fn fan_out(world: &World) -> usize {
    while !now(world.engine.relay_events(100)).unwrap().is_empty() {}
    let (mut endpoints, mut count) = (Endpoints::default(), 0);
    loop {
        let done = now(world.engine.fan_out(&mut endpoints)).unwrap();
        if done.entries == 0 {
            return count;
        }
        count += done.deliveries;
    }
}

fn log(world: &World, webhook: &Webhook) -> Vec<Delivery> {
    let page = world.engine.deliveries(&webhook.id, None, (None, 100));
    now(page).unwrap().items
}

fn kinds(world: &World, webhook: &Webhook) -> Vec<String> {
    let log = log(world, webhook);
    let kinds = log.iter().rev().map(|each| each.kind.clone());
    kinds.collect()
}

fn due(world: &World) -> Vec<Versioned<Delivery>> {
    now(world.engine.due_deliveries(|_| true, 100)).unwrap()
}

fn claim(world: &World) -> Vec<ClaimedDelivery> {
    now(world.engine.claim_deliveries(due(world))).unwrap()
}

fn settle(world: &World, claimed: &ClaimedDelivery, status: u16) -> Option<DeliveryStatus> {
    let outcome = AttemptOutcome {
        status: Some(status),
        error: None,
    };
    now(world.engine.settle_delivery(claimed.clone(), outcome)).unwrap()
}

#[test]
fn each_endpoint_gets_what_it_wants_and_nothing_of_others() {
    let wishes: [(Option<&str>, &[&str]); 4] = [
        (Some("ana"), &["booking.booked"]),
        (Some("ben"), &[]),
        (None, &["booking.confirmed", "provider.changed"]),
        (None, &["webhook.deleted"]),
    ];
    let (world, made) = world(&wishes);
    world.book("c1", "2026-03-02T09:00:00Z");
    world.add("ben", &json!({}), &json!({}));
    fan_out(&world);
    assert_eq!(kinds(&world, &made[0]), ["booking.booked"]);
    let ben = kinds(&world, &made[1]);
    assert!(ben.contains(&"service.changed".to_owned()), "{ben:?}");
    assert!(
        ben.iter().all(|kind| !kind.starts_with("booking.")),
        "{ben:?}"
    );
    // Ana was there when the endpoint was made, in the same second; so she counts.
    let all = kinds(&world, &made[2]);
    assert_eq!(
        all,
        ["provider.changed", "booking.confirmed", "provider.changed"]
    );
    assert!(kinds(&world, &made[3]).is_empty());
}

#[test]
fn a_message_has_ids_and_nothing_that_people_wrote() {
    let (world, made) = world(&[(Some("ana"), &["booking.cancelled"])]);
    let booking = world.book("c1", "2026-03-02T09:00:00Z");
    let cancel = json!({"do": "cancel", "reason": "A secret reason"});
    world.act(&booking, cancel).unwrap();
    fan_out(&world);
    let log = log(&world, &made[0]);
    let payload: Value = serde_json::from_slice(&log[0].payload()).unwrap();
    let expected = json!({
        "type": "booking.cancelled",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": {"providerId": "ana", "bookingId": booking.id, "version": 2},
    });
    assert_eq!(payload, expected);
}

#[test]
fn what_is_told_has_a_documented_kind() {
    let (world, made) = world(&[(None, &[])]);
    let booking = world.book("c1", "2026-03-02T09:00:00Z");
    let cancel = json!({"do": "cancel", "reason": "rain"});
    world.act(&booking, cancel).unwrap();
    world.book("c2", "2026-03-02T09:00:00Z");
    world.at("2026-03-02T10:00:00Z");
    now(world.engine.fire_deadlines(10)).unwrap();
    fan_out(&world);
    let told: BTreeSet<String> = kinds(&world, &made[0]).into_iter().collect();
    assert!(told.contains("booking.completed"), "{told:?}");
    for kind in told {
        assert!(EVENT_TYPES.contains(&&*kind), "{kind}");
    }
}

#[test]
fn a_fan_out_that_is_repeated_doubles_nothing() {
    let (world, made) = world(&[(Some("ana"), &["booking.booked"])]);
    world.book("c1", "2026-03-02T09:00:00Z");
    assert_eq!(fan_out(&world), 1);
    let before = log(&world, &made[0]);
    let claimed = claim(&world);
    assert_eq!(
        settle(&world, &claimed[0], 200),
        Some(DeliveryStatus::Delivered)
    );
    // As if somebody had been stopped before the cursor was written.
    let entries = now(world.engine.feed(0, 100)).unwrap();
    let webhook = [Versioned {
        version: 1,
        updated_at: world.engine.now(),
        value: made[0].clone(),
    }];
    for entry in &entries {
        for message in message::messages(entry) {
            let place = format!("{:016x}-{:02}", u64::MAX - entry.position, message.number);
            if message.kind == "booking.booked" {
                let id = &webhook[0].value.id;
                let again = Delivery::new(id, place, message, world.engine.now());
                now(world.engine.write_again(vec![again])).unwrap();
            }
        }
    }
    let after = log(&world, &made[0]);
    assert_eq!(after.len(), before.len());
    assert_eq!(after[0].status, DeliveryStatus::Delivered);
    assert!(due(&world).is_empty());
}

#[test]
fn one_worker_at_a_time_tries_a_delivery() {
    let (world, _) = world(&[(Some("ana"), &["booking.booked"])]);
    world.book("c1", "2026-03-02T09:00:00Z");
    fan_out(&world);
    let seen = due(&world);
    let first = now(world.engine.claim_deliveries(seen.clone())).unwrap();
    assert_eq!(first.len(), 1);
    // Another worker, which saw the same, gets nothing; and neither does one that looks now.
    assert!(now(world.engine.claim_deliveries(seen)).unwrap().is_empty());
    assert!(due(&world).is_empty());
    // The first one is gone: somebody else goes on after its time.
    world.at("2026-03-01T12:01:30Z");
    let second = claim(&world);
    assert_eq!(second[0].delivery.attempts, 2);
    // What the first one says afterwards changes nothing.
    assert_eq!(settle(&world, &first[0], 500), None);
    assert_eq!(
        settle(&world, &second[0], 204),
        Some(DeliveryStatus::Delivered)
    );
}

#[test]
fn attempts_follow_the_schedule_until_it_is_given_up() {
    let (world, made) = world(&[(Some("ana"), &["booking.booked"])]);
    world.book("c1", "2026-03-02T09:00:00Z");
    fan_out(&world);
    let mut at = instant("2026-03-01T12:00:00Z");
    // The published schedule, in seconds.
    for pause in [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] {
        let claimed = claim(&world);
        assert_eq!(claimed.len(), 1, "{pause}");
        assert_eq!(
            settle(&world, &claimed[0], 503),
            Some(DeliveryStatus::Pending)
        );
        let next = log(&world, &made[0])[0].next_at.unwrap();
        let seconds = (next - at).num_seconds();
        assert!((pause..=pause + pause / 10).contains(&seconds), "{seconds}");
        let before = next - TimeDelta::seconds(1);
        world.at(&before.to_rfc3339());
        assert!(due(&world).is_empty());
        world.at(&next.to_rfc3339());
        at = next;
    }
    let claimed = claim(&world);
    assert_eq!(settle(&world, &claimed[0], 503), Some(DeliveryStatus::Dead));
    let dead = world
        .engine
        .deliveries(&made[0].id, Some(DeliveryStatus::Dead), (None, 10));
    let dead = now(dead).unwrap().items;
    assert_eq!(
        (dead.len(), dead[0].attempts, dead[0].last_status),
        (1, 8, Some(503))
    );
    world.at("2026-03-20T12:00:00Z");
    assert!(due(&world).is_empty());
    // Somebody asks for it by hand.
    now(world.engine.redeliver(&made[0].id, &dead[0].id)).unwrap();
    let claimed = claim(&world);
    assert_eq!(claimed[0].delivery.message, dead[0].message);
    assert_eq!(
        settle(&world, &claimed[0], 200),
        Some(DeliveryStatus::Delivered)
    );
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_and_others_are_told() {
    let (world, made) = world(&[
        (Some("ana"), &["booking.booked"]),
        (None, &["webhook.disabled"]),
    ]);
    world.book("c1", "2026-03-02T09:00:00Z");
    world.book("c2", "2026-03-02T10:00:00Z");
    fan_out(&world);
    let claimed = claim(&world);
    assert_eq!(settle(&world, &claimed[0], 410), Some(DeliveryStatus::Dead));
    let webhook = now(world.engine.webhook(&made[0].id)).unwrap().value;
    assert!(!webhook.active);
    assert_eq!(webhook.disabled, Some(DisabledReason::Gone));
    fan_out(&world);
    assert_eq!(kinds(&world, &made[1]), ["webhook.disabled"]);
    // Nothing new is written for it, and what is pending is given up.
    world.book("c3", "2026-03-02T11:00:00Z");
    fan_out(&world);
    assert_eq!(log(&world, &made[0]).len(), 2);
    world.at("2026-03-01T12:05:00Z");
    let claimed = claim(&world);
    assert!(claimed.iter().all(|each| each.webhook.id != made[0].id));
    let log = log(&world, &made[0]);
    assert!(log.iter().all(|each| each.status == DeliveryStatus::Dead));
    let enable = (WebhookChange::Enable, Expected::Any);
    let enabled = now(world.engine.change_webhook(operator(), &made[0].id, enable));
    assert!(enabled.unwrap().value.value.active);
}

#[test]
fn an_endpoint_at_which_nothing_arrives_for_five_days_is_disabled() {
    let (world, made) = world(&[(Some("ana"), &["booking.booked"])]);
    let webhook = || now(world.engine.webhook(&made[0].id)).unwrap().value;
    let fail = |until: &str| {
        let until = instant(until);
        loop {
            let log = log(&world, &made[0]);
            let next = log.iter().filter_map(|each| each.next_at).min();
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            world.at(&next.max(world.engine.now()).to_rfc3339());
            for claimed in claim(&world) {
                settle(&world, &claimed, 500);
            }
        }
        world.at(&until.to_rfc3339());
    };
    world.book("c1", "2026-03-02T09:00:00Z");
    fan_out(&world);
    fail("2026-03-06T11:00:00Z");
    // The first message, of noon of the first, was given up; nothing else was tried.
    assert_eq!(
        webhook().failing_since,
        Some(instant("2026-03-01T12:00:00Z"))
    );
    world.book("c2", "2026-03-09T09:00:00Z");
    fan_out(&world);
    fail("2026-03-06T11:59:00Z");
    assert!(webhook().active);
    fail("2026-03-07T00:00:00Z");
    assert_eq!(webhook().disabled, Some(DisabledReason::Failing));
}

#[test]
fn what_arrives_ends_the_failing() {
    let (world, made) = world(&[(Some("ana"), &["booking.booked"])]);
    world.book("c1", "2026-03-02T09:00:00Z");
    fan_out(&world);
    for _ in 0..4 {
        let next = log(&world, &made[0])[0].next_at.unwrap();
        world.at(&next.to_rfc3339());
        settle(&world, &claim(&world)[0], 500);
    }
    let webhook = || now(world.engine.webhook(&made[0].id)).unwrap().value;
    assert!(webhook().failing_since.is_some());
    let next = log(&world, &made[0])[0].next_at.unwrap();
    world.at(&next.to_rfc3339());
    settle(&world, &claim(&world)[0], 200);
    assert_eq!(webhook().failing_since, None);
}

#[test]
fn an_endpoint_without_room_is_in_nobodys_way() {
    let (world, made) = world(&[(Some("ana"), &[]), (None, &["booking.booked"])]);
    for hour in 9..17 {
        world.book("c1", &format!("2026-03-02T{hour:02}:00:00Z"));
    }
    fan_out(&world);
    let full = &made[0].id;
    let mut taken = 0;
    let room = |webhook: &str| {
        taken += usize::from(webhook == full);
        webhook != full || taken <= 2
    };
    let found = now(world.engine.due_deliveries(room, 100)).unwrap();
    let of = |webhook: &Webhook| {
        let theirs = found.iter().filter(|each| each.value.webhook == webhook.id);
        theirs.count()
    };
    assert_eq!((of(&made[0]), of(&made[1])), (2, 8));
}

#[test]
fn old_deliveries_are_forgotten() {
    let (world, made) = world(&[(Some("ana"), &["booking.booked"])]);
    world.book("c1", "2026-03-02T09:00:00Z");
    fan_out(&world);
    settle(&world, &claim(&world)[0], 200);
    world.at("2026-03-31T12:00:00Z");
    world.book("c2", "2026-04-02T09:00:00Z");
    fan_out(&world);
    assert_eq!(now(world.engine.prune_deliveries()).unwrap(), 0);
    // The whole day, and thirty more.
    world.at("2026-04-01T00:00:00Z");
    assert_eq!(now(world.engine.prune_deliveries()).unwrap(), 1);
    let left = log(&world, &made[0]);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].status, DeliveryStatus::Pending);
    assert_eq!(now(world.engine.prune_deliveries()).unwrap(), 0);
}

#[test]
fn the_verification_finds_nothing_wrong_with_deliveries() {
    let (world, _) = world(&[(Some("ana"), &[])]);
    world.book("c1", "2026-03-02T09:00:00Z");
    fan_out(&world);
    settle(&world, &claim(&world)[0], 410);
    fan_out(&world);
    let found = now(world.engine.verify(|_| {})).unwrap();
    assert!(found.findings.is_empty(), "{:?}", found.findings);
}

#[test]
fn a_message_that_stops_whoever_tries_it_is_given_up() {
    let (world, made) = world(&[(Some("ana"), &["booking.booked"])]);
    world.book("c1", "2026-03-02T09:00:00Z");
    fan_out(&world);
    for _ in 0..8 {
        assert_eq!(claim(&world).len(), 1);
        let later = world.engine.now() + TimeDelta::seconds(90);
        world.at(&later.to_rfc3339());
    }
    assert!(claim(&world).is_empty());
    let log = log(&world, &made[0]);
    assert_eq!(log[0].status, DeliveryStatus::Dead);
    assert_eq!(log[0].last_error.as_deref(), Some("attempts-lost"));
}

#[test]
fn a_booking_writes_nothing_for_endpoints() {
    let (world, made) = world(&[(Some("ana"), &[]), (None, &[])]);
    fan_out(&world);
    let before = made
        .iter()
        .map(|each| log(&world, each).len())
        .sum::<usize>();
    world.book("c1", "2026-03-02T09:00:00Z");
    let after = made
        .iter()
        .map(|each| log(&world, each).len())
        .sum::<usize>();
    assert_eq!(after, before);
    assert!(fan_out(&world) > 0);
}

#[test]
fn many_endpoints_are_written_for_bit_by_bit() {
    let wishes: Vec<(Option<&str>, &[&str])> = vec![(None, &["booking.booked"]); 450];
    let (world, made) = world(&wishes);
    for hour in 9..17 {
        world.book("c1", &format!("2026-03-02T{hour:02}:00:00Z"));
    }
    assert_eq!(fan_out(&world), 450 * 8);
    assert!(made.iter().all(|each| log(&world, each).len() == 8));
}
