//! Anchors of future bookings: what a change of zone law moves, and what it must not.
//!
//! Laws of tests are TZif data (RFC 8536) that is put together here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use quando::time::{Anchor, AnchorKind, Moved, Zone, parse_instant, reresolve};
use serde_json::{Value, json};

fn instant(text: &str) -> DateTime<Utc> {
    parse_instant(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::new(name).unwrap()
}

/// A zone with a first offset, its changes (instant, offset from then on), and what holds after the
/// last of them as a POSIX `TZ` text. Offsets are in hours.
fn law(name: &str, first: i32, changes: &[(&str, i32)], after: &str) -> Zone {
    let mut data = b"TZif2".to_vec();
    data.extend([0; 15]);
    let counts = |times: usize, types: usize| {
        [0, 0, 0, times, types, 4].map(|count| u32::try_from(count).unwrap().to_be_bytes())
    };
    // The old block, which nobody reads, has one type of local time.
    data.extend(counts(0, 1).as_flattened());
    data.extend([0, 0, 0, 0, 0, 0]);
    data.extend(b"LMT\0TZif2");
    data.extend([0; 15]);
    data.extend(counts(changes.len(), changes.len() + 1).as_flattened());
    for (at, _) in changes {
        data.extend(instant(at).timestamp().to_be_bytes());
    }
    data.extend((1..).take(changes.len()));
    for hours in [first]
        .into_iter()
        .chain(changes.iter().map(|change| change.1))
    {
        data.extend((hours * 3_600).to_be_bytes());
        data.extend([0, 0]);
    }
    data.extend(b"LMT\0\n");
    data.extend(after.as_bytes());
    data.extend(b"\n");
    Zone::from_tzif(name, "2030a", &data).unwrap()
}

/// Whether a wall anchor that was made under one law lies at `expected` under another.
fn check(old: &Zone, start: &str, new: &Zone, expected: &str) {
    let anchor = Anchor::of(instant(start), old, AnchorKind::Wall);
    assert_eq!(anchor.instant_under(new), instant(expected), "{start}");
    let moved = moved(&[anchor], new, "2000-01-01T00:00:00Z");
    let expected = (start != expected).then(|| Moved {
        id: 0,
        from: instant(start),
        to: instant(expected),
    });
    assert_eq!(moved, expected.into_iter().collect::<Vec<_>>(), "{start}");
}

/// The anchors that move, by their places.
fn moved(anchors: &[Anchor], new: &Zone, now: &str) -> Vec<Moved<usize>> {
    let found = reresolve(anchors.iter().enumerate(), instant(now), |name| {
        (name == new.name()).then(|| new.clone())
    });
    assert_eq!(found.unknown_zone, Vec::<usize>::new());
    found.moved
}

/// British Columbia as it was before the law of 2026: clocks go back each November.
fn old_vancouver() -> Zone {
    law("America/Vancouver", -8, &[], "PST8PDT,M3.2.0,M11.1.0")
}

#[test]
fn a17_a_change_of_law_moves_what_was_agreed_on_the_wall_clock() {
    let (old, new) = (old_vancouver(), zone("America/Vancouver"));
    // Nine in the morning: 17:00 UTC while winter was eight hours behind, 16:00 UTC since it is not.
    check(&old, "2026-12-01T17:00:00Z", &new, "2026-12-01T16:00:00Z");
    // The summer is as it was, and so is the last day before the change.
    check(&old, "2026-07-01T16:00:00Z", &new, "2026-07-01T16:00:00Z");
    check(&old, "2026-11-01T08:59:59Z", &new, "2026-11-01T08:59:59Z");
    // The repeated hour of the night of 1 November does not repeat any more. 01:30 in its first pass
    // stays, 01:30 in its second pass becomes the only one.
    check(&old, "2026-11-01T08:30:00Z", &new, "2026-11-01T08:30:00Z");
    check(&old, "2026-11-01T09:30:00Z", &new, "2026-11-01T08:30:00Z");
}

#[test]
fn inv13_what_is_past_or_agreed_as_an_instant_never_moves() {
    let (old, new) = (old_vancouver(), zone("America/Vancouver"));
    let start = "2026-12-01T17:00:00Z";
    let anchors = || {
        [AnchorKind::Instant, AnchorKind::Wall].map(|kind| Anchor::of(instant(start), &old, kind))
    };
    for (now, ids) in [
        ("2026-12-01T16:59:59Z", &[1][..]),
        ("2026-12-01T17:00:00Z", &[]),
        ("2027-01-01T00:00:00Z", &[]),
    ] {
        let found = moved(&anchors(), &new, now);
        let found: Vec<usize> = found.iter().map(|moved| moved.id).collect();
        assert_eq!(found, ids, "{now}");
    }
    let call = &anchors()[0];
    assert_eq!(call.instant_under(&new), instant(start));
}

#[test]
fn the_pass_of_a_fold_with_the_stored_offset_wins() {
    let name = "America/New_York";
    let new = zone(name);
    // 01:30 on 1 November 2026 happens at 05:30 UTC and at 06:30 UTC.
    check(&new, "2026-11-01T05:30:00Z", &new, "2026-11-01T05:30:00Z");
    check(&new, "2026-11-01T06:30:00Z", &new, "2026-11-01T06:30:00Z");
    // A law without the change, four, five, or six hours behind all along, gets the change.
    for (hours, start, expected) in [
        (-4, "2026-11-01T05:30:00Z", "2026-11-01T05:30:00Z"),
        (-5, "2026-11-01T06:30:00Z", "2026-11-01T06:30:00Z"),
        (-6, "2026-11-01T07:30:00Z", "2026-11-01T05:30:00Z"),
        (2, "2026-10-31T23:30:00Z", "2026-11-01T05:30:00Z"),
    ] {
        let after = format!("<LMT>{}", -hours);
        let old = law(name, hours, &[], &after);
        check(&old, start, &new, expected);
    }
}

#[test]
fn in_a_new_gap_the_offset_from_before_it_is_used() {
    let name = "America/New_York";
    let new = zone(name);
    // 02:30 on 8 March 2026 is skipped; as an event it is 07:30 UTC, when clocks show 03:30.
    for (hours, start, expected) in [
        (-5, "2026-03-08T07:30:00Z", "2026-03-08T07:30:00Z"),
        (-4, "2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"),
        (-6, "2026-03-08T08:30:00Z", "2026-03-08T07:30:00Z"),
    ] {
        let after = format!("<LMT>{}", -hours);
        let old = law(name, hours, &[], &after);
        check(&old, start, &new, expected);
    }
    // A day that is skipped whole moves to the next one: Samoa had no 30 December 2011.
    let apia = zone("Pacific/Apia");
    let old = law("Pacific/Apia", -10, &[], "<LMT>10");
    check(&old, "2011-12-30T19:00:00Z", &apia, "2011-12-30T19:00:00Z");
    let old = law("Pacific/Apia", -11, &[], "<LMT>11");
    check(&old, "2011-12-30T20:00:00Z", &apia, "2011-12-30T19:00:00Z");
}

#[test]
fn a_law_can_change_more_than_once() {
    // An abolished summer time that comes back: nine o'clock moves there and back.
    let name = "Africa/Cairo";
    let summer = law(name, 2, &[("2031-04-24T22:00:00Z", 3)], "<LMT>-3");
    let without = law(name, 2, &[], "<LMT>-2");
    check(
        &summer,
        "2031-07-01T06:00:00Z",
        &without,
        "2031-07-01T07:00:00Z",
    );
    check(
        &without,
        "2031-07-01T07:00:00Z",
        &summer,
        "2031-07-01T06:00:00Z",
    );
}

#[test]
fn a_zone_that_nobody_knows_is_told_and_hides_no_other() {
    let (old, new) = (old_vancouver(), zone("America/Vancouver"));
    let start = instant("2026-12-01T17:00:00Z");
    let lost = Anchor::of(start, &law("Mars/Base", 0, &[], "<LMT>0"), AnchorKind::Wall);
    let call = Anchor::of(
        start,
        &law("Mars/Base", 0, &[], "<LMT>0"),
        AnchorKind::Instant,
    );
    let known = Anchor::of(start, &old, AnchorKind::Wall);
    let anchors = [("lost", &lost), ("call", &call), ("known", &known)];
    let now = instant("2026-01-01T00:00:00Z");
    let found = reresolve(anchors, now, |name| Zone::new(name).ok());
    assert_eq!(found.unknown_zone, ["lost"]);
    assert_eq!(
        serde_json::to_value(&found).unwrap(),
        json!({
            "moved": [{"id": "known", "from": "2026-12-01T17:00:00Z", "to": "2026-12-01T16:00:00Z"}],
            "unknownZone": ["lost"],
        })
    );
    assert_eq!(new.version(), quando::time::tzdb_version());
    // Nothing of the past is asked about.
    let late = instant("2026-12-01T17:00:00Z");
    let found = reresolve(anchors, late, |_| None);
    assert_eq!((found.moved.len(), found.unknown_zone.len()), (0, 0));
}

const ZONES: &[&str] = &[
    "America/New_York",
    "America/St_Johns",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
];

/// Instants every ten minutes for six hours around each change of a zone's offset from 2009 to 2013
/// and from 2024 to 2028.
fn near_changes(zone: &Zone) -> Vec<DateTime<Utc>> {
    let mut found = Vec::new();
    for (from, to) in [
        ("2009-01-01T00:00:00Z", "2013-01-01T00:00:00Z"),
        ("2024-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
    ] {
        let mut at = instant(from);
        while at < instant(to) {
            let next = at + TimeDelta::hours(1);
            if zone.offset_seconds(at) != zone.offset_seconds(next) {
                found.extend((-18..=18).map(|step| next + TimeDelta::minutes(10 * step)));
            }
            at = next;
        }
    }
    found
}

#[test]
fn a17_under_its_own_law_no_anchor_moves_not_even_in_a_second_pass() {
    let mut second_passes = 0;
    for name in ZONES {
        let zone = zone(name);
        for start in near_changes(&zone) {
            let anchor = Anchor::of(start, &zone, AnchorKind::Wall);
            assert_eq!(anchor.instant_under(&zone), start, "{name} {start}");
            let text = serde_json::to_string(&anchor).unwrap();
            let read: Anchor = serde_json::from_str(&text).unwrap();
            assert_eq!(read, anchor, "{text}");
            assert_eq!(read.instant_under(&zone), start, "{name} {start}");
            second_passes += usize::from(zone.occurrence(anchor.civil()) != start);
        }
    }
    assert!(second_passes > 400, "only {second_passes} second passes");
}

#[test]
fn a17_under_another_law_the_wall_clock_shows_the_agreed_time() {
    let (mut gaps, mut folds) = (0, 0);
    for old in ZONES {
        for new in ZONES {
            let (old, new) = (zone(old), zone(new));
            for start in near_changes(&new) {
                let anchor = Anchor::of(start, &old, AnchorKind::Wall);
                // All instants at which the clock shows the time, looked for by trying.
                let around = anchor.civil().and_utc() - TimeDelta::hours(15);
                let shown: Vec<_> = (0..120)
                    .map(|quarter| around + TimeDelta::minutes(15 * quarter))
                    .filter(|at| new.civil(*at) == anchor.civil())
                    .collect();
                let expected = match shown.as_slice() {
                    [] => {
                        gaps += 1;
                        let skip = new.wall(anchor.civil());
                        let before = new.offset_seconds(skip - TimeDelta::seconds(1));
                        anchor.civil().and_utc() - TimeDelta::seconds(i64::from(before))
                    }
                    shown if shown.contains(&start) => start,
                    shown => shown[0],
                };
                folds += usize::from(shown.len() > 1);
                let found = anchor.instant_under(&new);
                assert_eq!(found, expected, "{old} {new} {start}");
            }
        }
    }
    assert!(gaps > 500 && folds > 500, "{gaps} gaps, {folds} folds");
}

fn stored(patch: &Value) -> Value {
    let mut form = json!({
        "instant": "2026-12-01T17:00:00Z",
        "offsetSeconds": -28_800,
        "zone": "America/Vancouver",
        "civil": "2026-12-01T09:00",
        "tzdb": "2026a",
        "kind": "wall",
    });
    for (name, value) in patch.as_object().unwrap() {
        form[name] = value.clone();
    }
    form
}

#[test]
fn the_json_form_is_read_as_it_is_written() {
    let anchor: Anchor = serde_json::from_value(stored(&json!({}))).unwrap();
    assert_eq!(anchor.instant(), instant("2026-12-01T17:00:00Z"));
    assert_eq!(anchor.offset_seconds(), -28_800);
    assert_eq!(anchor.zone_name(), "America/Vancouver");
    assert_eq!(anchor.tzdb(), "2026a");
    assert_eq!(anchor.kind(), AnchorKind::Wall);
    assert_eq!(serde_json::to_value(&anchor).unwrap(), stored(&json!({})));
    let made = Anchor::of(anchor.instant(), &old_vancouver(), AnchorKind::Wall);
    assert_eq!(
        serde_json::to_value(&made).unwrap(),
        stored(&json!({"tzdb": "2030a"}))
    );
    // The name of a zone that only the host's own database has is kept as well.
    let anchor = serde_json::from_value::<Anchor>(stored(&json!({"zone": "Mars/Base"})));
    assert_eq!(anchor.unwrap().zone_name(), "Mars/Base");
}

#[test]
fn what_contradicts_itself_is_no_anchor() {
    for (patch, message) in [
        (
            json!({"civil": "2026-12-01T10:00"}),
            "civil time is not the instant",
        ),
        (
            json!({"offsetSeconds": -28_799}),
            "civil time is not the instant",
        ),
        (json!({"offsetSeconds": 93_600}), "less than 26 hours"),
        (json!({"zone": ""}), "1 to 200 printable bytes"),
        (json!({"tzdb": "2026\u{0}"}), "1 to 200 printable bytes"),
        (json!({"zone": "Z".repeat(201)}), "1 to 200 printable bytes"),
        (json!({"kind": "remote"}), "unknown variant"),
        (json!({"place": "here"}), "unknown field"),
        (
            json!({"instant": "2026-12-01T17:00:00.5Z"}),
            "without a fraction",
        ),
    ] {
        let error = serde_json::from_value::<Anchor>(stored(&patch)).unwrap_err();
        assert!(error.to_string().contains(message), "{patch}: {error}");
    }
    // The largest offset that is read.
    let patch = json!({"offsetSeconds": -93_599, "civil": "2026-11-30T15:00:01"});
    assert!(serde_json::from_value::<Anchor>(stored(&patch)).is_ok());
}
