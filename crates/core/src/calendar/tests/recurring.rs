//! Series: rules, dates in and out, changed instances.

use super::*;

const WEEKLY: &str =
    "DTSTART;TZID=America/New_York:20260302T090000|DURATION:PT1H|RRULE:FREQ=WEEKLY;COUNT=4";

fn change(id: &str, properties: &str) -> String {
    event(&format!(
        "RECURRENCE-ID;TZID=America/New_York:{id}|{properties}"
    ))
}

#[test]
fn t32_a_series_stays_at_its_wall_clock_time() {
    check_event(
        WEEKLY,
        &[
            "03-02 14:00/03-02 15:00 busy",
            "03-09 13:00/03-09 14:00 busy",
            "03-16 13:00/03-16 14:00 busy",
            "03-23 13:00/03-23 14:00 busy",
        ],
    );
    // Timed occurrences have the exact length of the first, all-day ones whole civil days.
    check_event(
        "DTSTART;TZID=America/New_York:20260306T230000|DTEND;\
            TZID=America/New_York:20260307T040000|RRULE:FREQ=DAILY;COUNT=2",
        &[
            "03-07 04:00/03-07 09:00 busy",
            "03-08 04:00/03-08 09:00 busy",
        ],
    );
    check_event(
        "DTSTART;VALUE=DATE:20260307|RRULE:FREQ=DAILY;COUNT=3",
        &[
            "03-07 05:00/03-08 05:00 busy",
            "03-08 05:00/03-09 04:00 busy",
            "03-09 04:00/03-10 04:00 busy",
        ],
    );
}

#[test]
fn an_old_series_is_found_by_the_window() {
    check_event(
        "DTSTART;TZID=Europe/Berlin:19710104T090000|DURATION:PT1H|RRULE:FREQ=MONTHLY;BYDAY=1MO",
        &[
            "03-02 08:00/03-02 09:00 busy",
            "04-06 07:00/04-06 08:00 busy",
        ],
    );
    // An occurrence that began before the window and is still going on.
    check_event(
        "DTSTART:20200228T000000Z|DURATION:P3D|RRULE:FREQ=YEARLY",
        &["02-28 00:00/03-03 00:00 busy"],
    );
}

#[test]
fn t28_until_is_an_instant_and_a_date_for_days() {
    let start = "DTSTART;TZID=America/New_York:20260302T200000|DURATION:PT1H";
    let until = |until: &str| format!("{start}|RRULE:FREQ=DAILY;UNTIL={until}");
    let first = [
        "03-03 01:00/03-03 02:00 busy",
        "03-04 01:00/03-04 02:00 busy",
    ];
    check_event(&until("20260304T010000Z"), &first);
    check_event(&until("20260304T005959Z"), &first[..1]);
    check_event(&until("20260303"), &first);
    let days = [
        "03-02 05:00/03-03 05:00 busy",
        "03-03 05:00/03-04 05:00 busy",
    ];
    for until in [
        "20260303",
        "20260303T050000Z",
        "20260303T000000Z",
        "20260303T235959",
    ] {
        check_event(
            &format!("DTSTART;VALUE=DATE:20260302|RRULE:FREQ=DAILY;UNTIL={until}"),
            &days,
        );
    }
}

#[test]
fn t29_t30_exdates_are_matched_by_instant_and_counted() {
    let left = [
        "03-02 14:00/03-02 15:00 busy",
        "03-16 13:00/03-16 14:00 busy",
        "03-23 13:00/03-23 14:00 busy",
    ];
    for exdate in [
        "EXDATE;TZID=America/New_York:20260309T090000",
        "EXDATE:20260309T130000Z",
        "EXDATE;TZID=Europe/Berlin:20260309T140000",
        "EXDATE:20260309T090000",
        "EXDATE;VALUE=DATE:20260309",
        "EXDATE;TZID=Eastern Standard Time:20260309T090000,20260310T090000",
    ] {
        check_event(&format!("{WEEKLY}|{exdate}"), &left);
    }
    check_event(
        "DTSTART;VALUE=DATE:20260302|RRULE:FREQ=DAILY;COUNT=2|EXDATE;VALUE=DATE:20260302",
        &["03-03 05:00/03-04 05:00 busy"],
    );
    check_event(
        "DTSTART;VALUE=DATE:20260302|RRULE:FREQ=DAILY;COUNT=2|EXDATE;\
            TZID=Europe/Berlin:20260302T000000",
        &["03-03 05:00/03-04 05:00 busy"],
    );
}

#[test]
fn rdates_come_in_every_form() {
    let start = "DTSTART;TZID=America/New_York:20260302T090000|DURATION:PT1H";
    let first = "03-02 14:00/03-02 15:00 busy";
    let second = "03-10 13:00/03-10 14:00 busy";
    for rdate in [
        "RDATE;TZID=America/New_York:20260310T090000",
        "RDATE:20260310T130000Z",
        "RDATE:20260310T090000",
        "RDATE;VALUE=DATE:20260310",
        "RDATE;VALUE=PERIOD:20260310T130000Z/PT1H",
        "RDATE;VALUE=PERIOD:20260310T130000Z/20260310T140000Z,20260311T130000Z/PT0S",
        "RDATE:20260310T130000Z|RDATE:20260311T130000Z|EXDATE:20260311T130000Z",
    ] {
        check_event(&format!("{start}|{rdate}"), &[first, second]);
    }
    check_event(
        &format!(
            "{start}|RDATE;VALUE=PERIOD;TZID=America/New_York:20260310T090000/20260310T093000"
        ),
        &[first, "03-10 13:00/03-10 13:30 busy"],
    );
    check_event(
        "DTSTART;VALUE=DATE:20260302|RDATE;VALUE=DATE:20260308",
        &[
            "03-02 05:00/03-03 05:00 busy",
            "03-08 05:00/03-09 04:00 busy",
        ],
    );
}

#[test]
fn changed_instances_replace_theirs_wherever_they_are_listed() {
    let moved = change(
        "20260309T090000",
        "DTSTART;TZID=America/New_York:20260310T140000|DURATION:PT30M",
    );
    let expected = [
        "03-02 14:00/03-02 15:00 busy",
        "03-10 18:00/03-10 18:30 busy",
        "03-16 13:00/03-16 14:00 busy",
        "03-23 13:00/03-23 14:00 busy",
    ];
    check(&[&event(WEEKLY), &moved], &expected);
    check(&[&moved, &event(WEEKLY)], &expected);
    // The same instance named in UTC, in another zone, floating and by its date.
    for id in [
        "RECURRENCE-ID:20260309T130000Z",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260309T140000",
        "RECURRENCE-ID:20260309T090000",
        "RECURRENCE-ID;VALUE=DATE:20260309",
    ] {
        let moved = moved.replace("RECURRENCE-ID;TZID=America/New_York:20260309T090000", id);
        check(&[&event(WEEKLY), &moved], &expected);
    }
    // The latest version of a change counts.
    let later = moved.replace("T140000|", "T150000|SEQUENCE:3|");
    let expected = [
        "03-02 14:00/03-02 15:00 busy",
        "03-10 19:00/03-10 19:30 busy",
    ];
    for order in [[&moved, &later], [&later, &moved]] {
        let text = calendar(&[order[0], &event(WEEKLY), order[1]]);
        assert_eq!(spans(&busy_of(&text))[..2], expected);
    }
}

#[test]
fn changed_instances_may_be_cancelled_free_or_moved_into_the_window() {
    let rest = [
        "03-02 14:00/03-02 15:00 busy",
        "03-16 13:00/03-16 14:00 busy",
        "03-23 13:00/03-23 14:00 busy",
    ];
    let same = "DTSTART;TZID=America/New_York:20260309T090000|DURATION:PT1H";
    for status in ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"] {
        check(
            &[
                &event(WEEKLY),
                &change("20260309T090000", &format!("{same}|{status}")),
            ],
            &rest,
        );
    }
    // From June into March.
    let early = event("DTSTART:20260601T090000Z|DURATION:PT1H|RRULE:FREQ=YEARLY");
    let moved = event("RECURRENCE-ID:20270601T090000Z|DTSTART:20260305T090000Z|DURATION:PT1H");
    check(&[&early, &moved], &["03-05 09:00/03-05 10:00 busy"]);
    // A change whose series is missing.
    check(&[&moved], &["03-05 09:00/03-05 10:00 busy"]);
    // A cancelled series takes its changes along, but not later ones.
    let cancelled = event(&format!("{WEEKLY}|STATUS:CANCELLED|SEQUENCE:1"));
    let changed = change("20260309T090000", same);
    check(&[&cancelled, &changed], &[]);
    let again = change("20260309T090000", &format!("{same}|SEQUENCE:2"));
    check(&[&cancelled, &again], &["03-09 13:00/03-09 14:00 busy"]);
}

#[test]
fn all_day_instances_are_changed_by_date() {
    let series = event("DTSTART;VALUE=DATE:20260306|RRULE:FREQ=DAILY;COUNT=3");
    for id in [
        "RECURRENCE-ID;VALUE=DATE:20260307",
        "RECURRENCE-ID;TZID=America/New_York:20260307T000000",
        "RECURRENCE-ID:20260307T050000Z",
    ] {
        let changed = event(&format!(
            "{id}|DTSTART;VALUE=DATE:20260310|DTEND;VALUE=DATE:20260312"
        ));
        check(
            &[&series, &changed],
            &[
                "03-06 05:00/03-07 05:00 busy",
                "03-08 05:00/03-09 04:00 busy",
                "03-10 04:00/03-12 04:00 busy",
            ],
        );
    }
}

#[test]
fn this_and_future_moves_all_later_instances_on_the_clock() {
    let later = |id: &str, properties: &str| {
        change(id, properties).replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;")
    };
    let from = "DTSTART;TZID=America/New_York:20260309T113000|DURATION:PT30M";
    let moved = later("20260309T090000", from);
    check(
        &[&moved, &event(WEEKLY)],
        &[
            "03-02 14:00/03-02 15:00 busy",
            "03-09 15:30/03-09 16:00 busy",
            "03-16 15:30/03-16 16:00 busy",
            "03-23 15:30/03-23 16:00 busy",
        ],
    );
    // Into the zone of Berlin, whose clocks change on 29 March; one later instance is its own.
    let long = WEEKLY.replace("COUNT=4", "COUNT=6");
    let berlin = later(
        "20260316T090000",
        "DTSTART;TZID=Europe/Berlin:20260316T150000|DURATION:PT1H",
    );
    let single = change("20260330T090000", "DTSTART:20260330T200000Z|DURATION:PT1H");
    check(
        &[&berlin, &event(&long), &single],
        &[
            "03-02 14:00/03-02 15:00 busy",
            "03-09 13:00/03-09 14:00 busy",
            "03-16 14:00/03-16 15:00 busy",
            "03-23 14:00/03-23 15:00 busy",
            "03-30 20:00/03-30 21:00 busy",
            "04-06 13:00/04-06 14:00 busy",
        ],
    );
    // Cancelled from there on; and moved into the window from years away.
    let cancelled = later("20260316T090000", &format!("{from}|STATUS:CANCELLED"));
    check(
        &[&event(WEEKLY), &cancelled],
        &[
            "03-02 14:00/03-02 15:00 busy",
            "03-09 13:00/03-09 14:00 busy",
        ],
    );
    let far =
        event("DTSTART:20200106T090000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY;UNTIL=20200113T090000Z");
    let near = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20200106T090000Z|DTSTART:20260302T090000Z|DURATION:PT1H",
    );
    check(
        &[&far, &near],
        &[
            "03-02 09:00/03-02 10:00 busy",
            "03-09 09:00/03-09 10:00 busy",
        ],
    );
}

#[test]
fn a_recurrence_over_a_limit_takes_all_from_its_start_on() {
    let rule = "DURATION:PT1S|RRULE:FREQ=SECONDLY;INTERVAL=2";
    let check = |components: &[&str], expected: &[&str]| {
        let busy = busy_of(&calendar(components));
        assert_eq!(spans(&busy), expected, "{components:?}");
        assert_eq!(busy.problems.len(), 1, "{components:?}");
        let problem = &busy.problems[0];
        assert_eq!(problem.kind.code(), "bad-recurrence");
        assert!(problem.to_string().contains("EXPAND_OCCURRENCES_MAX"));
        assert!(problem.to_string().contains("is taken"), "{problem}");
    };
    for (start, from) in [
        ("20260302T090000Z", "03-02 09:00"),
        ("19960302T090000Z", "03-01 00:00"),
    ] {
        for (status, text) in [("CONFIRMED", "busy"), ("TENTATIVE", "tentative")] {
            let event = event(&format!("DTSTART:{start}|STATUS:{status}|{rule}"));
            check(&[&event], &[&format!("{from}/05-01 00:00 {text}")]);
        }
    }
    // Counting steps towards the window runs into the other limit.
    let far =
        "DTSTART:19960302T090000Z|DURATION:PT1S|RRULE:FREQ=SECONDLY;BYSECOND=1;COUNT=900000000";
    let busy = busy_of(&calendar(&[&event(far)]));
    assert_eq!(spans(&busy), ["03-01 00:00/05-01 00:00 busy"]);
    assert_eq!(problems(&busy), ["4 bad-recurrence"]);
    // A series that is cancelled from an instance on takes nothing after it.
    let series = event(&format!("DTSTART:20260302T090000Z|{rule}"));
    let cancelled = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260401T090000Z|DTSTART:20260401T090000Z|\
         DURATION:PT1S|STATUS:CANCELLED",
    );
    check(&[&series, &cancelled], &["03-02 09:00/04-01 09:00 busy"]);
    // What is shown as free stays free.
    check(
        &[&series.replace("DURATION", "TRANSP:TRANSPARENT|DURATION")],
        &[],
    );
}

#[test]
fn a_recurrence_that_cannot_be_used_leaves_the_start_and_says_so() {
    let start = "DTSTART:20260302T090000Z|DURATION:PT1H";
    for (rule, reason) in [
        ("FREQ=SOMETIMES", "FREQ"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260401T000000Z", "UNTIL"),
    ] {
        let busy = busy_of(&calendar(&[&event(&format!("{start}|RRULE:{rule}"))]));
        assert_eq!(spans(&busy), ["03-02 09:00/03-02 10:00 busy"], "{rule}");
        assert_eq!(busy.problems[0].kind.code(), "bad-recurrence");
        assert!(
            busy.problems[0].to_string().contains(reason),
            "{}",
            busy.problems[0]
        );
    }
    // One date that cannot be read does not hide the others.
    let busy = busy_of(&calendar(&[&event(&format!(
        "{start}|RDATE:20260303T090000Z,soon"
    ))]));
    assert_eq!(busy.events.len(), 2);
    assert_eq!(problems(&busy), ["8 bad-value"]);
    // A rule of exclusions excludes nothing.
    let busy = busy_of(&calendar(&[&event(&format!(
        "{start}|RRULE:FREQ=DAILY;COUNT=2|EXRULE:FREQ=DAILY;INTERVAL=2"
    ))]));
    assert_eq!(busy.events.len(), 2);
    assert_eq!(problems(&busy), ["9 unsupported"]);
    // A rule that can yield nothing is no problem.
    check_event(
        &format!("{start}|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        &[],
    );
    // A semicolon too many is not, either.
    check_event(
        &format!("{start}|RRULE:FREQ=DAILY;COUNT=1;"),
        &["03-02 09:00/03-02 10:00 busy"],
    );
}
