//! Names of zones, and zones that calendars define.

use super::*;

const EASTERN: &str = "BEGIN:VTIMEZONE|TZID:Our Office|BEGIN:STANDARD|DTSTART:16010101T020000|\
    TZOFFSETFROM:-0400|TZOFFSETTO:-0500|RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11|END:STANDARD|\
    BEGIN:DAYLIGHT|DTSTART:16010101T020000|TZOFFSETFROM:-0500|TZOFFSETTO:-0400|\
    RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3|END:DAYLIGHT|END:VTIMEZONE";

fn daily(tzid: &str) -> String {
    event(&format!(
        "DTSTART;TZID={tzid}:20260307T090000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2"
    ))
}

const NEW_YORK: [&str; 2] = [
    "03-07 14:00/03-07 15:00 busy",
    "03-08 13:00/03-08 14:00 busy",
];

#[test]
fn zones_have_many_names() {
    for tzid in [
        "America/New_York",
        "US/Eastern",
        "america/new_york",
        "\"America/New_York\"",
        "/mozilla.org/20050126_1/America/New_York",
        "/freeassociation.sourceforge.net/America/New_York",
        "/freeassociation.sourceforge.net/Tzfile/America/New_York",
        "/softwarestudio.org/Olson_20011030_5/America/Kentucky/Louisville",
        "Eastern Standard Time",
        "eastern standard time",
        "\"(UTC-05:00) Eastern Time (US & Canada)\"",
        "(UTC-05:00) Eastern Time (US & Canada)",
        "(GMT-05:00) Eastern Time (US & Canada)",
    ] {
        check(&[&daily(tzid)], &NEW_YORK);
    }
    check(
        &[&daily("\"tzone://Microsoft/Utc\"")],
        &[
            "03-07 09:00/03-07 10:00 busy",
            "03-08 09:00/03-08 10:00 busy",
        ],
    );
}

#[test]
fn a_calendar_may_define_its_zone() {
    check(&[EASTERN, &daily("Our Office")], &NEW_YORK);
    // After the events, and only dates instead of rules.
    let dated = EASTERN
        .replace(
            "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
            "RDATE:20251102T020000,20261101T020000",
        )
        .replace(
            "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
            "RDATE:20260308T020000",
        );
    check(&[&daily("Our Office"), &dated], &NEW_YORK);
    let named = "BEGIN:VTIMEZONE|TZID:Here|X-LIC-LOCATION:America/New_York|END:VTIMEZONE";
    check(&[named, &daily("Here")], &NEW_YORK);
    let fixed = "BEGIN:VTIMEZONE|TZID:Fixed|BEGIN:STANDARD|DTSTART:19700101T000000|\
        TZOFFSETFROM:+0530|TZOFFSETTO:+0530|END:STANDARD|END:VTIMEZONE";
    check(
        &[fixed, &daily("Fixed")],
        &[
            "03-07 03:30/03-07 04:30 busy",
            "03-08 03:30/03-08 04:30 busy",
        ],
    );
    // Rules that ended, in UTC: the one in force since is the last.
    let ended = "BEGIN:VTIMEZONE|TZID:Ended|BEGIN:DAYLIGHT|DTSTART:20200329T020000|\
        TZOFFSETFROM:+0100|\
        TZOFFSETTO:+0200|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20250330T010000Z|\
        END:DAYLIGHT|\
        BEGIN:STANDARD|DTSTART:20201025T030000|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|\
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20241027T010000Z|END:STANDARD|END:VTIMEZONE";
    check(
        &[ended, &daily("Ended")],
        &[
            "03-07 07:00/03-07 08:00 busy",
            "03-08 07:00/03-08 08:00 busy",
        ],
    );
}

#[test]
fn a_known_name_means_the_known_zone_whatever_the_calendar_says() {
    for name in ["America/New_York", "Eastern Standard Time"] {
        let wrong = EASTERN
            .replace("Our Office", name)
            .replace("-0400", "+0900")
            .replace("-0500", "+0800");
        check(&[&wrong, &daily(name)], &NEW_YORK);
    }
}

#[test]
fn an_unknown_zone_is_a_problem_of_the_event_alone() {
    let good = event("DTSTART:20260302T090000Z|DURATION:PT1H").replace("UID:1", "UID:2");
    let busy = busy_of(&calendar(&[&daily("Mars/Olympus"), &good]));
    assert_eq!(spans(&busy), ["03-02 09:00/03-02 10:00 busy"]);
    assert_eq!(busy.problems.len(), 1);
    assert_eq!(
        busy.problems[0].to_string(),
        "line 6: unknown time zone `Mars/Olympus` (UID `1`)"
    );
    for (from, to, code) in [
        ("TZOFFSETTO:-0500", "TZOFFSETTO:late", "bad-zone"),
        ("TZOFFSETFROM:-0400|", "", "bad-zone"),
        ("FREQ=YEARLY;BYDAY=2SU", "FREQ=NEVER", "bad-zone"),
        ("FREQ=YEARLY;BYDAY=2SU;BYMONTH=3", "FREQ=HOURLY", "bad-zone"),
    ] {
        let broken = EASTERN.replace(from, to);
        let busy = busy_of(&calendar(&[&broken, &daily("Our Office"), &good]));
        assert_eq!(spans(&busy), ["03-02 09:00/03-02 10:00 busy"], "{to}");
        assert_eq!(busy.problems[0].kind.code(), code, "{to}");
    }
}

#[test]
fn floating_times_are_in_the_zone_chosen_or_named_or_the_only_one() {
    let floating = event("DTSTART:20260302T090000|DURATION:PT1H");
    let plain = calendar(&[&floating]);
    let named = plain.replace("VERSION", "X-WR-TIMEZONE:Europe/Berlin\r\nVERSION");
    let defined = calendar(&[EASTERN, &floating]);
    let unknown = plain.replace("VERSION", "X-WR-TIMEZONE:Mars/Olympus\r\nVERSION");
    let read = |text: &str, zone: Option<&str>| {
        let mut options = options("UTC");
        options.zone = zone.map(|zone| Zone::new(zone).unwrap());
        read_busy(text, &options).unwrap()
    };
    for (text, zone, start, codes) in [
        (&plain, Some("America/New_York"), "14:00", vec![]),
        (&named, Some("America/New_York"), "14:00", vec![]),
        (&named, None, "08:00", vec![]),
        (&defined, None, "14:00", vec![]),
        (&plain, None, "09:00", vec!["6 assumed-utc"]),
        (
            &unknown,
            None,
            "09:00",
            vec!["2 unknown-zone", "7 assumed-utc"],
        ),
    ] {
        let busy = read(text, zone);
        assert!(
            spans(&busy)[0].starts_with(&format!("03-02 {start}")),
            "{text}"
        );
        assert_eq!(problems(&busy), codes, "{text}");
    }
    // A fallback stands in for UTC, and for nothing else.
    let fall_back = |text: &str, zone: Option<&str>| {
        let mut options = options("UTC");
        options.zone = zone.map(|zone| Zone::new(zone).unwrap());
        options.fallback_zone = Some(Zone::new("Asia/Tokyo").unwrap());
        read_busy(text, &options).unwrap()
    };
    for (text, zone, start, codes) in [
        (&plain, Some("America/New_York"), "03-02 14:00", vec![]),
        (&named, None, "03-02 08:00", vec![]),
        (&defined, None, "03-02 14:00", vec![]),
        (&plain, None, "03-02 00:00", vec![]),
        (&unknown, None, "03-02 00:00", vec!["2 unknown-zone"]),
    ] {
        let busy = fall_back(text, zone);
        assert!(spans(&busy)[0].starts_with(start), "{text}");
        assert_eq!(problems(&busy), codes, "{text}");
    }
    // Nothing floats: nothing is assumed.
    let fixed = calendar(&[&event("DTSTART:20260302T090000Z|DURATION:PT1H")]);
    assert_eq!(read(&fixed, None).problems, []);
}
