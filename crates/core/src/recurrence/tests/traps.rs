//! Mistakes that scheduling code is known for, and readings that differ between libraries.

use super::*;

fn check(start: &str, zone: &str, rule: &str, expected: &[&str]) {
    let recurrence = recurrence(start, zone, rule);
    let from = &start[..10];
    assert_eq!(
        in_utc(&recurrence, window(from, "2040-01-01")),
        expected,
        "{rule} from {start}"
    );
}

#[test]
fn t27_hours_are_neither_lost_nor_doubled_where_clocks_change() {
    // New York skips 02:00 to 03:00 on 8 March 2026 and repeats 01:00 to 02:00 on 1 November.
    let zone = "America/New_York";
    for (rule, spring, autumn) in [
        (
            "FREQ=DAILY;COUNT=2",
            "2026-03-08T07:30Z",
            "2026-11-01T05:30Z",
        ),
        (
            "FREQ=WEEKLY;COUNT=2",
            "2026-03-08T07:30Z",
            "2026-11-01T05:30Z",
        ),
        (
            "FREQ=MONTHLY;COUNT=2",
            "2026-03-08T07:30Z",
            "2026-11-01T05:30Z",
        ),
        (
            "FREQ=YEARLY;COUNT=2",
            "2026-03-08T07:30Z",
            "2026-11-01T05:30Z",
        ),
    ] {
        let skipped = recurrence("2026-03-08T02:30", zone, rule);
        let found = in_utc(&skipped, window("2026-03-01", "2030-01-01"));
        assert_eq!((found.len(), found[0].as_str()), (2, spring), "{rule}");
        let repeated = recurrence("2026-11-01T01:30", zone, rule);
        let found = in_utc(&repeated, window("2026-10-01", "2030-01-01"));
        assert_eq!((found.len(), found[0].as_str()), (2, autumn), "{rule}");
    }
}

#[test]
fn t27_shorter_periods_and_whole_days_are_skipped_like_any_time() {
    let zone = "America/New_York";
    // 02:30 and 03:30 are the same instant that day; both are counted, one is listed.
    check(
        "2026-03-08T01:30",
        zone,
        "FREQ=HOURLY;COUNT=4",
        &[
            "2026-03-08T06:30Z",
            "2026-03-08T07:30Z",
            "2026-03-08T08:30Z",
        ],
    );
    check(
        "2026-03-08T01:45",
        zone,
        "FREQ=MINUTELY;INTERVAL=30;COUNT=5",
        &[
            "2026-03-08T06:45Z",
            "2026-03-08T07:15Z",
            "2026-03-08T07:45Z",
        ],
    );
    // A civil hour that comes twice is one occurrence, in its first pass.
    check(
        "2026-11-01T00:30",
        zone,
        "FREQ=HOURLY;COUNT=3",
        &[
            "2026-11-01T04:30Z",
            "2026-11-01T05:30Z",
            "2026-11-01T07:30Z",
        ],
    );
    let seconds = recurrence("2026-03-08T01:59:59", zone, "FREQ=SECONDLY;COUNT=3601");
    let found = seconds.expand(window("2026-03-08", "2026-03-09")).unwrap();
    assert_eq!(found.len(), 3601);
    // Midnight is skipped in Sao Paulo, and the whole of 30 December 2011 in Apia.
    check(
        "2018-11-03T00:00",
        "America/Sao_Paulo",
        "FREQ=DAILY;COUNT=3",
        &[
            "2018-11-03T03:00Z",
            "2018-11-04T03:00Z",
            "2018-11-05T02:00Z",
        ],
    );
    check(
        "2011-12-29T09:00",
        "Pacific/Apia",
        "FREQ=DAILY;COUNT=3",
        &["2011-12-29T19:00Z", "2011-12-30T19:00Z"],
    );
}

#[test]
fn t28_until_is_inclusive_and_compared_in_its_own_kind_of_time() {
    let zone = "America/New_York";
    let two = ["2026-03-02T14:00Z", "2026-03-03T14:00Z"];
    for until in [
        "20260303T140000Z",
        "20260303T090000",
        "20260303",
        "20260304T135959Z",
        "20260304T085959",
    ] {
        check(
            "2026-03-02T09:00",
            zone,
            &format!("FREQ=DAILY;UNTIL={until}"),
            &two,
        );
    }
    check(
        "2026-03-02T09:00",
        zone,
        "FREQ=DAILY;UNTIL=20260303T135959Z",
        &two[..1],
    );
    // The last day is civil: 20:00 in New York is already the next day in UTC.
    check(
        "2026-03-02T20:00",
        zone,
        "FREQ=DAILY;UNTIL=20260302",
        &["2026-03-03T01:00Z"],
    );
    // The first pass of 01:30 is at 05:30 UTC.
    check(
        "2026-11-01T01:30",
        zone,
        "FREQ=DAILY;UNTIL=20261101T053000Z",
        &["2026-11-01T05:30Z"],
    );
    check(
        "2026-11-01T01:30",
        zone,
        "FREQ=DAILY;UNTIL=20261101T052959Z",
        &[],
    );
    // A skipped time happens at its shifted instant, and is still compared by its civil time.
    check(
        "2026-03-08T02:30",
        zone,
        "FREQ=DAILY;UNTIL=20260308T073000Z",
        &["2026-03-08T07:30Z"],
    );
    check(
        "2026-03-08T02:30",
        zone,
        "FREQ=DAILY;UNTIL=20260308T023000",
        &["2026-03-08T07:30Z"],
    );
    check(
        "2026-03-08T02:30",
        zone,
        "FREQ=DAILY;UNTIL=20260308T070000Z",
        &[],
    );
}

#[test]
fn t29_exdates_are_civil_in_the_zone_of_the_start() {
    let mut weekly = recurrence(
        "2026-03-02T09:00",
        "America/New_York",
        "FREQ=WEEKLY;COUNT=3",
    );
    weekly.exdates = vec![parse_civil("2026-03-09T09:00").unwrap()];
    let march = window("2026-03-01", "2026-04-01");
    assert_eq!(
        in_utc(&weekly, march),
        ["2026-03-02T14:00Z", "2026-03-16T13:00Z"]
    );
    // 02:30 and 03:30 of the day that skips an hour are one instant.
    let mut daily = recurrence("2026-03-07T02:30", "America/New_York", "FREQ=DAILY;COUNT=2");
    daily.exdates = vec![parse_civil("2026-03-08T03:30").unwrap()];
    assert_eq!(in_utc(&daily, march), ["2026-03-07T07:30Z"]);
    // What is taken out stays out, also where it was put in.
    daily.rdates = vec![
        parse_civil("2026-03-08T02:30").unwrap(),
        parse_civil("2026-03-20T12:00").unwrap(),
        parse_civil("2026-03-07T02:30").unwrap(),
    ];
    assert_eq!(
        in_utc(&daily, march),
        ["2026-03-07T07:30Z", "2026-03-20T16:00Z"]
    );
}

#[test]
fn t30_count_is_applied_before_exdates_and_without_rdates() {
    let mut daily = recurrence("2026-06-01T12:00", "UTC", "FREQ=DAILY;COUNT=3");
    daily.exdates = vec![parse_civil("2026-06-02T12:00").unwrap()];
    daily.rdates = vec![parse_civil("2026-06-01T18:00").unwrap()];
    assert_eq!(
        in_utc(&daily, window("2026-01-01", "2027-01-01")),
        [
            "2026-06-01T12:00Z",
            "2026-06-01T18:00Z",
            "2026-06-03T12:00Z"
        ]
    );
    // The skipped 02:30 counts.
    check(
        "2026-03-07T02:30",
        "America/New_York",
        "FREQ=DAILY;COUNT=3",
        &[
            "2026-03-07T07:30Z",
            "2026-03-08T07:30Z",
            "2026-03-09T06:30Z",
        ],
    );
    // A start that the rule does not yield is no occurrence and does not count.
    check(
        "2026-06-03T12:00",
        "UTC",
        "FREQ=WEEKLY;BYDAY=MO;COUNT=2",
        &["2026-06-08T12:00Z", "2026-06-15T12:00Z"],
    );
    check("2026-06-03T12:00", "UTC", "", &["2026-06-03T12:00Z"]);
}

#[test]
fn t31_every_second_week_is_anchored_at_the_start_and_the_week_start() {
    // 2026-06-07 is a Sunday: the last day of a week, or the first.
    let rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;COUNT=3;WKST=";
    check(
        "2026-06-07T12:00",
        "UTC",
        &format!("{rule}MO"),
        &[
            "2026-06-07T12:00Z",
            "2026-06-15T12:00Z",
            "2026-06-21T12:00Z",
        ],
    );
    check(
        "2026-06-07T12:00",
        "UTC",
        &format!("{rule}SU"),
        &[
            "2026-06-07T12:00Z",
            "2026-06-08T12:00Z",
            "2026-06-21T12:00Z",
        ],
    );
    // Asking later, in any window, keeps the parity.
    let weekly = recurrence("2026-06-01T12:00", "UTC", "FREQ=WEEKLY;INTERVAL=2");
    let later = in_utc(&weekly, window("2036-01-01", "2036-02-01"));
    assert_eq!(later, ["2036-01-14T12:00Z", "2036-01-28T12:00Z"]);
}

#[test]
fn t32_a_series_keeps_its_civil_time_across_a_change_of_the_clocks() {
    check(
        "2026-03-02T09:00",
        "America/New_York",
        "FREQ=WEEKLY;COUNT=3",
        &[
            "2026-03-02T14:00Z",
            "2026-03-09T13:00Z",
            "2026-03-16T13:00Z",
        ],
    );
    check(
        "2026-03-23T23:30",
        "Europe/London",
        "FREQ=WEEKLY;COUNT=2",
        &["2026-03-23T23:30Z", "2026-03-30T22:30Z"],
    );
}

#[test]
fn numbered_and_plain_days_are_united() {
    check(
        "2026-06-01T12:00",
        "UTC",
        "FREQ=MONTHLY;BYDAY=MO,1FR;UNTIL=20260630",
        &[
            "2026-06-01T12:00Z",
            "2026-06-05T12:00Z",
            "2026-06-08T12:00Z",
            "2026-06-15T12:00Z",
            "2026-06-22T12:00Z",
            "2026-06-29T12:00Z",
        ],
    );
    check(
        "2026-06-01T12:00",
        "UTC",
        "FREQ=MONTHLY;BYDAY=-5MO;COUNT=2",
        &["2026-06-01T12:00Z", "2026-08-03T12:00Z"],
    );
    check(
        "2018-01-01T12:00",
        "UTC",
        "FREQ=YEARLY;BYDAY=-53MO;COUNT=2",
        &["2018-01-01T12:00Z", "2024-01-01T12:00Z"],
    );
}

#[test]
fn a_week_belongs_to_the_year_that_owns_it() {
    // Week 1 of 2025 begins on 30 December 2024; BYWEEKNO alone takes the start's weekday.
    check(
        "2024-12-30T12:00",
        "UTC",
        "FREQ=YEARLY;BYWEEKNO=1;COUNT=3",
        &[
            "2024-12-30T12:00Z",
            "2025-12-29T12:00Z",
            "2027-01-04T12:00Z",
        ],
    );
    check(
        "2024-12-30T12:00",
        "UTC",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;COUNT=2",
        &["2024-12-30T12:00Z", "2027-01-04T12:00Z"],
    );
    // Only long years have a week 53.
    check(
        "2020-01-01T12:00",
        "UTC",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;COUNT=2",
        &["2021-01-03T12:00Z", "2027-01-03T12:00Z"],
    );
}

#[test]
fn set_positions_number_the_whole_first_period() {
    // The first week has MO 1, WE 3 and FR 5 June; its first is before the start.
    let rule = "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1,3;COUNT=3";
    check(
        "2026-06-03T12:00",
        "UTC",
        rule,
        &[
            "2026-06-05T12:00Z",
            "2026-06-08T12:00Z",
            "2026-06-12T12:00Z",
        ],
    );
}

#[test]
fn nothing_before_the_start_and_no_date_that_is_none() {
    let monthly = recurrence("2026-01-31T12:00", "UTC", "FREQ=MONTHLY");
    assert_eq!(
        in_utc(&monthly, window("2020-01-01", "2026-06-01")),
        [
            "2026-01-31T12:00Z",
            "2026-03-31T12:00Z",
            "2026-05-31T12:00Z"
        ]
    );
    check(
        "2024-02-29T12:00",
        "UTC",
        "FREQ=YEARLY;COUNT=2",
        &["2024-02-29T12:00Z", "2028-02-29T12:00Z"],
    );
}

#[test]
fn an_answer_names_the_zone_database() {
    let json = r#"{"start":"2024-03-01T09:00:00","zone":"America/New_York","rrule":"FREQ=DAILY",
        "exdates":["2024-03-02T09:00:00"],"rdates":[],
        "window":{"from":"2024-03-01T00:00:00Z","to":"2024-03-04T00:00:00Z"}}"#;
    let request: ExpandRequest = serde_json::from_str(json).unwrap();
    let answer = serde_json::to_string(&request.expand().unwrap()).unwrap();
    let expected = r#"{"occurrences":["2024-03-01T14:00:00Z","2024-03-03T14:00:00Z"],"tzdb":"#;
    assert_eq!(
        answer,
        format!("{expected}\"{}\"}}", crate::time::tzdb_version())
    );
    assert_eq!(
        serde_json::from_str::<ExpandAnswer>(&answer)
            .unwrap()
            .occurrences
            .len(),
        2
    );
    for wrong in [
        json.replace("rdates", "rdate"),
        json.replace("FREQ=DAILY", "FREQ=DAYLY"),
        json.replace("03-04T00", "03-01T00"),
    ] {
        assert!(
            serde_json::from_str::<ExpandRequest>(&wrong).is_err(),
            "{wrong}"
        );
    }
}
