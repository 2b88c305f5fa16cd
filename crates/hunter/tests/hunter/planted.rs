//! What is planted into a recorded run is found: each rule of the checker fires.

use std::collections::BTreeMap;

use quando::time::Interval;

use crate::check::{Rule, check};
use crate::history::{Asked, Attempt, Kind, Outcome};
use crate::memory::run;
use crate::tables::{Entry, FactOf, Opened, Tables};
use crate::world::{DAY, MINUTE};

/// A run that was recorded.
#[derive(Clone, Debug)]
struct Run {
    asked: Vec<Asked>,
    tables: Tables,
}

type Plant = fn(&mut Run);

const PLANTED: [(Rule, Plant); 16] = [
    (Rule::Overbooked, a_booking_on_another),
    (Rule::Overbooked, a_full_session),
    (Rule::Overbooked, a_unit_taken_twice),
    (Rule::OverLimit, a_full_day),
    (Rule::OverQuota, a_hoarder),
    (Rule::Lost, a_booking_that_is_gone),
    (Rule::Lost, a_change_that_is_gone),
    (Rule::Ghost, a_booking_of_nobody),
    (Rule::Duplicate, two_bookings_under_one_key),
    (Rule::ReplayDiffers, another_answer),
    (Rule::ReplayDiffers, a_no_after_a_yes),
    (Rule::Unjustified, a_refusal_of_a_free_slot),
    (Rule::TooLate, a_hold_that_had_lapsed),
    (Rule::StaleVersion, another_version),
    (Rule::Torn, a_row_that_the_log_does_not_know),
    (Rule::Protocol, a_failure),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_planted_is_found() {
    let (asked, tables) = run(3_000).await;
    check(&asked, &tables).assert_clean();
    for (place, (rule, plant)) in PLANTED.iter().enumerate() {
        let mut run = Run {
            asked: asked.clone(),
            tables: tables.clone(),
        };
        plant(&mut run);
        let report = check(&run.asked, &run.tables);
        assert!(
            report.broken(*rule) > 0,
            "number {place}, {rule:?}: {report}"
        );
    }
}

fn opening(entry: &mut Entry) -> Option<&mut Opened> {
    entry.facts.iter_mut().find_map(|fact| match fact {
        FactOf::Opened(opened, _) => Some(&mut **opened),
        _ => None,
    })
}

fn is_of(entry: &Entry, service: &str) -> bool {
    let mut facts = entry.facts.iter();
    facts.any(|fact| matches!(fact, FactOf::Opened(opened, _) if opened.service == service))
}

/// The first entries of bookings of a service at one provider that nothing was done to later.
fn untouched<'a>(tables: &'a mut Tables, service: &str) -> Vec<&'a mut Entry> {
    let mut changes: BTreeMap<String, usize> = BTreeMap::new();
    for entry in &tables.log {
        *changes.entry(entry.booking.clone()).or_default() += 1;
    }
    let first = |entry: &&mut Entry| {
        let opened = entry.facts.iter().any(
            |fact| matches!(fact, FactOf::Opened(opened, None) if opened.provider == "provider-0"),
        );
        opened && changes[&entry.booking] == 1 && is_of(entry, service)
    };
    let found: Vec<&mut Entry> = tables.log.iter_mut().filter(first).collect();
    assert!(found.len() > 4, "only {} of `{service}`", found.len());
    found
}

fn a_booking_on_another(Run { tables, .. }: &mut Run) {
    let mut found = untouched(tables, "plain");
    let slot = opening(found[0]).unwrap().slot;
    // A quarter of an hour later, which overlaps all the same.
    let (start, end) = (slot.start_timestamp(), slot.end_timestamp());
    let later = Interval::from_timestamps(start + 15 * MINUTE, end + 15 * MINUTE).unwrap();
    opening(found[1]).unwrap().slot = later;
}

fn a_full_session(Run { tables, .. }: &mut Run) {
    let mut found = untouched(tables, "class");
    let slot = opening(found[0]).unwrap().slot;
    for entry in &mut found[1..] {
        opening(entry).unwrap().slot = slot;
    }
}

fn a_unit_taken_twice(Run { tables, .. }: &mut Run) {
    let claim = tables.claims[0].clone();
    tables.claims.push(claim);
}

fn a_full_day(Run { tables, .. }: &mut Run) {
    let mut found = untouched(tables, "rare");
    let day = opening(found[0])
        .unwrap()
        .slot
        .start_timestamp()
        .div_euclid(DAY)
        * DAY;
    for (hour, entry) in (8..12).zip(&mut found) {
        let start = day + hour * 60 * MINUTE;
        opening(entry).unwrap().slot =
            Interval::from_timestamps(start, start + 30 * MINUTE).unwrap();
    }
}

fn a_hoarder(Run { tables, .. }: &mut Run) {
    let mut by_time: BTreeMap<i64, Vec<&mut Entry>> = BTreeMap::new();
    for entry in &mut tables.log {
        if entry.action == "hold" && entry.version == 1 {
            by_time.entry(entry.at).or_default().push(entry);
        }
    }
    let most = by_time.into_values().max_by_key(Vec::len).unwrap();
    assert!(most.len() > 3, "only {}", most.len());
    for entry in most {
        "hoarder".clone_into(&mut opening(entry).unwrap().customer);
    }
}

fn a_booking_that_is_gone(Run { tables, .. }: &mut Run) {
    let gone = untouched(tables, "plain")[0].booking.clone();
    tables.log.retain(|entry| entry.booking != gone);
    tables.bookings.retain(|row| row.id != gone);
    tables
        .claims
        .retain(|claim| claim.booking.as_ref() != Some(&gone));
}

fn a_change_that_is_gone(Run { tables, .. }: &mut Run) {
    let cancelled = |entry: &Entry| entry.action == "cancel";
    let last = tables.log.iter().rposition(cancelled).unwrap();
    tables.log.remove(last);
}

fn a_booking_of_nobody(Run { asked, .. }: &mut Run) {
    let made = |each: &Asked| each.kind == Kind::Create && each.reply().is_some();
    let place = asked.iter().position(made).unwrap();
    asked.remove(place);
}

fn two_bookings_under_one_key(Run { asked, .. }: &mut Run) {
    let other = asked.iter().rfind(|each| each.reply().is_some()).unwrap();
    let again = other.attempts.last().unwrap().clone();
    let first = asked.iter_mut().find(|each| each.reply().is_some());
    first.unwrap().attempts.push(again);
}

fn another_answer(Run { asked, .. }: &mut Run) {
    let replayed = asked
        .iter_mut()
        .flat_map(|each| &mut each.attempts)
        .find_map(|each| match &mut each.outcome {
            Outcome::Done {
                replayed: true,
                reply,
            } => Some(reply),
            _ => None,
        });
    replayed.unwrap().digest += 1;
}

fn a_no_after_a_yes(Run { asked, .. }: &mut Run) {
    let done = asked
        .iter_mut()
        .find(|each| each.reply().is_some())
        .unwrap();
    let after = done.attempts.last().unwrap().returned;
    done.attempts.push(Attempt {
        invoked: after + 1,
        returned: after + 2,
        outcome: Outcome::Refused {
            code: "slot-not-free".to_owned(),
            message: String::new(),
        },
    });
}

fn a_refusal_of_a_free_slot(Run { asked, .. }: &mut Run) {
    let refused = |each: &&mut Asked| {
        let plain = each.want.is_some_and(|want| want.service == "plain");
        plain && each.kind == Kind::Create && each.refusal() == Some("slot-not-free")
    };
    let want = &mut asked.iter_mut().find(refused).unwrap().want;
    let want = want.as_mut().unwrap();
    // The hour before the shop opens, in which nothing was ever booked.
    want.start = want.start.div_euclid(DAY) * DAY + 7 * 60 * MINUTE;
}

fn a_hold_that_had_lapsed(Run { tables, .. }: &mut Run) {
    let booked = |entry: &&mut Entry| entry.version == 2 && entry.action == "create";
    let entry = tables.log.iter_mut().find(booked).unwrap();
    // A deadline later, to the second.
    entry.at += crate::world::DEADLINE;
}

fn another_version(Run { asked, .. }: &mut Run) {
    let expects = |each: &&mut Asked| each.expected_version.is_some() && each.reply().is_some();
    let found = asked.iter_mut().find(expects).unwrap();
    found.expected_version = found.expected_version.map(|version| version - 1);
}

fn a_row_that_the_log_does_not_know(Run { tables, .. }: &mut Run) {
    tables.bookings[0].version += 1;
}

fn a_failure(Run { asked, .. }: &mut Run) {
    let failed = Attempt {
        invoked: 0,
        returned: 1,
        outcome: Outcome::Refused {
            code: "store-failed".to_owned(),
            message: "syntax error".to_owned(),
        },
    };
    asked[0].attempts.insert(0, failed);
}
