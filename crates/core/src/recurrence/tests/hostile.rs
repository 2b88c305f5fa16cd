//! Rules that mean harm, or hardly ever anything: each ends within its budget.

use chrono::NaiveDateTime;

use super::laws::pattern_between;
use super::*;
use crate::limits::{EXPAND_STEPS_MAX, RULE_BYTES_MAX};

fn civil(text: &str) -> NaiveDateTime {
    parse_civil(text).unwrap()
}

/// How many occurrences a window has, and that it took no more than so many steps.
fn check(rule: &str, window: (&str, &str), expected: Result<usize, ExpandError>, steps_max: u32) {
    let rule: Rule = rule.parse().unwrap();
    let window = (civil(window.0), civil(window.1));
    let found = pattern_between(civil("2016-12-31T23:59:59"), &rule, window);
    if let Ok((_, steps)) = &found {
        assert!(*steps <= steps_max, "{rule}: {steps} steps");
    }
    assert_eq!(found.map(|(found, _)| found.len()), expected, "{rule}");
}

fn every(range: std::ops::Range<u32>) -> String {
    range
        .map(|value| value.to_string())
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn rules_that_can_yield_nothing_cost_nothing() {
    let all = ("2000-01-01T00:00", "9999-01-01T00:00");
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2,4;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=-31;BYMONTH=6",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=5;BYSETPOS=3;BYMONTHDAY=3",
        "FREQ=DAILY;BYHOUR=1,2;BYSETPOS=3",
        "FREQ=SECONDLY;BYSECOND=1;BYSETPOS=2",
        "FREQ=MINUTELY;BYSECOND=60",
        "FREQ=SECONDLY;BYSECOND=60",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
        "FREQ=MINUTELY;INTERVAL=60;BYMINUTE=5",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=5",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=8",
    ] {
        // Of three the largest possible set is larger than what they ever have.
        check(
            rule,
            all,
            Ok(0),
            if rule.contains("MONTHDAY=3") {
                200_000
            } else {
                0
            },
        );
    }
}

#[test]
fn rules_that_never_meet_end() {
    let all = ("2000-01-01T00:00", "9999-01-01T00:00");
    check("FREQ=YEARLY;BYMONTH=1;BYYEARDAY=200", all, Ok(0), 100_000);
    check(
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1;BYDAY=MO",
        all,
        Ok(0),
        450_000,
    );
    check("FREQ=MONTHLY;BYDAY=6MO", all, Ok(0), 100_000);
    check("FREQ=HOURLY;BYYEARDAY=366;BYMONTH=6", all, Ok(0), 300_000);
    let steps = Err(ExpandError::Steps);
    check(
        "FREQ=SECONDLY;INTERVAL=7919;BYHOUR=3;BYMINUTE=1;BYSECOND=1;BYYEARDAY=1;COUNT=50000",
        ("9998-01-01T00:00", "9999-01-01T00:00"),
        Ok(0),
        EXPAND_STEPS_MAX,
    );
    check(
        "FREQ=SECONDLY;BYSECOND=1;BYMINUTE=2,4,6,8;COUNT=4000000000",
        ("2100-01-01T00:00", "2100-02-01T00:00"),
        Ok(4 * 24 * 31),
        20_000,
    );
    check(
        "FREQ=SECONDLY;BYSECOND=1;BYMINUTE=2,4,6,8;COUNT=10000000",
        ("2400-01-01T00:00", "2400-02-01T00:00"),
        steps,
        0,
    );
}

#[test]
fn rules_that_yield_too_much_are_refused() {
    let year = ("2026-01-01T00:00", "2027-01-01T00:00");
    let many = Err(ExpandError::Occurrences);
    check("FREQ=SECONDLY", year, many, 0);
    check("FREQ=MINUTELY;COUNT=1000000000", year, many, 0);
    check(
        "FREQ=HOURLY",
        ("2017-01-01T00:00", "2027-01-01T00:00"),
        Ok(87_648),
        1,
    );
    check(
        "FREQ=MINUTELY",
        ("2026-01-01T00:00", "2026-01-08T00:00"),
        Ok(10_080),
        1,
    );
    // 32 million occurrences a year in a rule of 600 bytes.
    let (days, hours, sixty) = (every(1..32), every(0..24), every(0..60));
    let product =
        format!("FREQ=YEARLY;BYMONTHDAY={days};BYHOUR={hours};BYMINUTE={sixty};BYSECOND={sixty}");
    check(&product, year, many, 0);
    check(&format!("{product};COUNT=1000000000"), year, many, 0);
    check(&format!("{product};COUNT=100000000"), year, Ok(0), 1_000);
    check(
        &format!("{product};BYSETPOS=-366,-1,366"),
        year,
        Ok(3),
        1_000,
    );
    check(
        &product,
        ("2026-07-01T00:00", "2026-07-01T01:00"),
        Ok(3_600),
        1_000,
    );
}

#[test]
fn a_window_costs_the_same_at_any_distance() {
    for rule in [
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYMONTH=1,2,3",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=MO,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYWEEKNO=3",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=TU",
        "FREQ=MINUTELY;INTERVAL=7",
        "FREQ=WEEKLY;COUNT=4000000",
        "FREQ=DAILY;COUNT=4000000",
        "FREQ=HOURLY;COUNT=80000000",
    ] {
        let rule: Rule = rule.parse().unwrap();
        // The calendar repeats after 400 years.
        let steps = ["2017", "2417", "9617"].map(|year| {
            let window = (format!("{year}-01-01T00:00"), format!("{year}-03-02T00:00"));
            let window = (civil(&window.0), civil(&window.1));
            pattern_between(civil("2017-01-01T00:00"), &rule, window)
                .unwrap()
                .1
        });
        assert!(
            steps[1] <= steps[0] + 16 && steps[2] <= steps[0] + 16,
            "{rule}: {steps:?}"
        );
    }
}

#[test]
fn texts_that_are_no_rules_are_refused_with_a_code_and_a_place() {
    let check = |text: &str, code: &str, offset: usize| {
        let error = text.parse::<Rule>().unwrap_err();
        assert_eq!(
            (error.code(), error.offset()),
            (code, Some(offset)),
            "{text}: {error}"
        );
        let message = error.to_string();
        assert!(
            !message.contains('\n') && !message.ends_with('.'),
            "{message}"
        );
    };
    check("", "rule-part-form", 0);
    check("RRULE:", "rule-part-form", 6);
    check("FREQ=DAILY;", "rule-part-form", 11);
    check("INTERVAL=2", "rule-no-frequency", 0);
    check("FREQ=FORTNIGHTLY", "rule-unknown-frequency", 5);
    check("FREQ=DAILY;FREQ=DAILY", "rule-duplicate-part", 11);
    check("FREQ=DAILY;X-A=1", "rule-unknown-part", 11);
    check("FREQ=DAILY;INTERVAL=0", "rule-out-of-range", 20);
    check("FREQ=DAILY;INTERVAL=-1", "rule-not-a-number", 20);
    check("FREQ=DAILY;INTERVAL=4294967296", "rule-out-of-range", 20);
    check("FREQ=DAILY;COUNT=0", "rule-out-of-range", 17);
    check(
        "FREQ=DAILY;COUNT=99999999999999999999",
        "rule-out-of-range",
        17,
    );
    check(
        "FREQ=DAILY;COUNT=1;UNTIL=20260101",
        "rule-count-with-until",
        25,
    );
    check(
        "FREQ=DAILY;UNTIL=20260101;COUNT=1",
        "rule-count-with-until",
        32,
    );
    check("FREQ=DAILY;UNTIL=20260230", "rule-until", 17);
    check("FREQ=DAILY;UNTIL=2026-01-01", "rule-until", 17);
    check("FREQ=DAILY;UNTIL=", "rule-until", 17);
    check("FREQ=DAILY;BYHOUR=1,24", "rule-out-of-range", 20);
    check("FREQ=DAILY;BYHOUR=", "rule-not-a-number", 18);
    check("FREQ=DAILY;BYHOUR=1,,2", "rule-not-a-number", 20);
    check("FREQ=DAILY;BYHOUR=+1", "rule-not-a-number", 18);
    check("FREQ=DAILY;BYMONTHDAY=0", "rule-out-of-range", 22);
    check("FREQ=DAILY;BYMONTHDAY=-32", "rule-out-of-range", 22);
    check("FREQ=MONTHLY;BYDAY=abcMO", "rule-not-a-number", 19);
    check("FREQ=MONTHLY;BYDAY=MO,XX", "rule-unknown-weekday", 22);
    check("FREQ=MONTHLY;BYDAY=0MO", "rule-out-of-range", 19);
    check("FREQ=MONTHLY;BYDAY=€", "rule-not-ascii", 19);
    check("FREQ=MONTHLY;BYDAY=M", "rule-unknown-weekday", 19);
    check("FREQ=MONTHLY;WKST=1MO", "rule-unknown-weekday", 18);
    check("FREQ=WEEKLY;BYDAY=1MO", "rule-numbered-day", 18);
    check(
        "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
        "rule-numbered-day-with-weeks",
        29,
    );
    check("FREQ=MONTHLY;BYWEEKNO=1", "rule-not-with-frequency", 22);
    check("FREQ=MONTHLY;BYYEARDAY=1", "rule-not-with-frequency", 23);
    check("FREQ=DAILY;BYYEARDAY=1", "rule-not-with-frequency", 21);
    check("FREQ=WEEKLY;BYMONTHDAY=1", "rule-not-with-frequency", 23);
    check("FREQ=DAILY;BYSETPOS=1", "rule-set-position-alone", 20);
    let long = format!("FREQ=DAILY;BYHOUR={}", "1,".repeat(RULE_BYTES_MAX));
    check(&long, "rule-too-long", RULE_BYTES_MAX);
    let list = format!("FREQ=DAILY;BYHOUR={}1", "1,".repeat(24));
    check(&list, "rule-list-too-long", 18 + 48);
}
