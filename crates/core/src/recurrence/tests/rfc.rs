//! The examples of RFC 5545 section 3.8.5.3, in New York, as corrected by its errata.

use super::*;

/// Days of months as `1997-09 2-4 9, 1997-10 7`, each at the start's time of day.
fn days(text: &str, time: &str) -> Vec<String> {
    let mut found = Vec::new();
    for month in text.split(", ") {
        let (month, days) = month.split_once(' ').unwrap();
        for days in days.split(' ') {
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            for day in first.parse::<u32>().unwrap()..=last.parse().unwrap() {
                found.push(format!("{month}-{day:02}T{time}"));
            }
        }
    }
    found
}

/// The rule yields exactly these up to the last of them, and nothing more if it ends.
fn check(start: &str, rule: &str, expected: &str) {
    let recurrence = recurrence(start, "America/New_York", rule);
    let expected = days(expected, &start[11..]);
    let mut found = in_civil(&recurrence, window("1995-01-01", "2010-01-01"));
    if !rule.contains("COUNT") && !rule.contains("UNTIL") {
        found.truncate(expected.len());
    }
    assert_eq!(found, expected, "{rule} from {start}");
}

#[test]
fn days_and_weeks() {
    let start = "1997-09-02T09:00";
    check(start, "FREQ=DAILY;COUNT=10", "1997-09 2-11");
    check(
        start,
        "FREQ=DAILY;UNTIL=19971224T000000Z",
        "1997-09 2-30, 1997-10 1-31, 1997-11 1-30, 1997-12 1-23",
    );
    check(
        start,
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        "1997-09 2 12 22, 1997-10 2 12",
    );
    let januaries = "1998-01 1-31, 1999-01 1-31, 2000-01 1-31";
    for rule in [
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
    ] {
        check("1998-01-01T09:00", rule, januaries);
    }
    check(
        start,
        "FREQ=WEEKLY;COUNT=10",
        "1997-09 2 9 16 23 30, 1997-10 7 14 21 28, 1997-11 4",
    );
    check(
        start,
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "1997-09 2 9 16 23 30, 1997-10 7 14 21 28, 1997-11 4 11 18 25, 1997-12 2 9 16 23",
    );
    check(
        start,
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997-09 2 16 30, 1997-10 14 28, 1997-11 11 25, 1997-12 9 23, 1998-01 6 20, 1998-02 3 17",
    );
    for rule in [
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
    ] {
        check(start, rule, "1997-09 2 4 9 11 16 18 23 25 30, 1997-10 2");
    }
    check(
        "1997-09-01T09:00",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09 1 3 5 15 17 19 29, 1997-10 1 3 13 15 17 27 29 31, 1997-11 10 12 14 24 26 28, \
         1997-12 8 10 12 22",
    );
    check(
        start,
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997-09 2 4 16 18 30, 1997-10 2 14 16",
    );
    let rule = "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=";
    check(
        "1997-08-05T09:00",
        &format!("{rule}MO"),
        "1997-08 5 10 19 24",
    );
    check(
        "1997-08-05T09:00",
        &format!("{rule}SU"),
        "1997-08 5 17 19 31",
    );
}

#[test]
fn months() {
    check(
        "1997-09-05T09:00",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09 5, 1997-10 3, 1997-11 7, 1997-12 5, 1998-01 2, 1998-02 6, 1998-03 6, 1998-04 3, \
         1998-05 1, 1998-06 5",
    );
    check(
        "1997-09-05T09:00",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997-09 5, 1997-10 3, 1997-11 7, 1997-12 5",
    );
    check(
        "1997-09-07T09:00",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09 7 28, 1997-11 2 30, 1998-01 4 25, 1998-03 1 29, 1998-05 3 31",
    );
    check(
        "1997-09-22T09:00",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09 22, 1997-10 20, 1997-11 17, 1997-12 22, 1998-01 19, 1998-02 16",
    );
    check(
        "1997-09-28T09:00",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09 28, 1997-10 29, 1997-11 28, 1997-12 29, 1998-01 29, 1998-02 26",
    );
    check(
        "1997-09-02T09:00",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997-09 2 15, 1997-10 2 15, 1997-11 2 15, 1997-12 2 15, 1998-01 2 15",
    );
    check(
        "1997-09-30T09:00",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09 30, 1997-10 1 31, 1997-11 1 30, 1997-12 1 31, 1998-01 1 31, 1998-02 1",
    );
    check(
        "1997-09-10T09:00",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09 10-15, 1999-03 10-13",
    );
    check(
        "1997-09-02T09:00",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997-09 2 9 16 23 30, 1997-11 4 11 18 25, 1998-01 6 13 20 27, 1998-03 3 10 17 24 31",
    );
}

#[test]
fn months_by_days_that_meet_two_conditions() {
    // The start itself does not match and is no occurrence.
    check(
        "1997-09-02T09:00",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1998-02 13, 1998-03 13, 1998-11 13, 1999-08 13, 2000-10 13",
    );
    check(
        "1997-09-13T09:00",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09 13, 1997-10 11, 1997-11 8, 1997-12 13, 1998-01 10, 1998-02 7, 1998-03 7, \
         1998-04 11, 1998-05 9, 1998-06 13",
    );
    check(
        "1997-09-04T09:00",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997-09 4, 1997-10 7, 1997-11 6",
    );
    check(
        "1997-09-29T09:00",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09 29, 1997-10 30, 1997-11 27, 1997-12 30, 1998-01 29, 1998-02 26, 1998-03 30",
    );
    // 30 February is ignored and does not count.
    check(
        "2007-01-15T09:00",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007-01 15 30, 2007-02 15, 2007-03 15 30",
    );
}

#[test]
fn years() {
    check(
        "1997-06-10T09:00",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06 10, 1997-07 10, 1998-06 10, 1998-07 10, 1999-06 10, 1999-07 10, 2000-06 10, \
         2000-07 10, 2001-06 10, 2001-07 10",
    );
    check(
        "1997-03-10T09:00",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03 10, 1999-01 10, 1999-02 10, 1999-03 10, 2001-01 10, 2001-02 10, 2001-03 10, \
         2003-01 10, 2003-02 10, 2003-03 10",
    );
    check(
        "1997-01-01T09:00",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997-01 1, 1997-04 10, 1997-07 19, 2000-01 1, 2000-04 9, 2000-07 18, 2003-01 1, \
         2003-04 10, 2003-07 19, 2006-01 1",
    );
    check(
        "1997-05-19T09:00",
        "FREQ=YEARLY;BYDAY=20MO",
        "1997-05 19, 1998-05 18, 1999-05 17",
    );
    check(
        "1997-05-12T09:00",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "1997-05 12, 1998-05 11, 1999-05 17",
    );
    check(
        "1997-03-13T09:00",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03 13 20 27, 1998-03 5 12 19 26, 1999-03 4 11 18 25",
    );
    check(
        "1997-06-05T09:00",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06 5 12 19 26, 1997-07 3 10 17 24 31, 1997-08 7 14 21 28, 1998-06 4 11 18 25",
    );
    check(
        "1996-11-05T09:00",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11 5, 2000-11 7, 2004-11 2",
    );
}

#[test]
fn hours_and_minutes() {
    let check = |rule: &str, expected: &[&str]| {
        let recurrence = recurrence("1997-09-02T09:00", "America/New_York", rule);
        let found = in_civil(&recurrence, window("1997-09-01", "1997-09-03"));
        let times: Vec<&str> = found.iter().map(|civil| &civil[11..]).collect();
        assert_eq!(times, expected, "{rule}");
    };
    check(
        "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
        &["09:00", "12:00", "15:00"],
    );
    check(
        "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z",
        &["09:00", "12:00"],
    );
    check(
        "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
        &["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"],
    );
    check(
        "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
        &["09:00", "10:30", "12:00", "13:30"],
    );

    let two_ways = [
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
    ]
    .map(|rule| recurrence("1997-09-02T09:00", "America/New_York", rule))
    .map(|recurrence| in_civil(&recurrence, window("1997-09-01", "1997-11-01")));
    assert_eq!(two_ways[0].len(), 24 * 59 + 24);
    assert_eq!(two_ways[0], two_ways[1]);
}
