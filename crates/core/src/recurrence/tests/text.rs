//! Recurrence sets as text.

use super::*;

#[test]
fn canonical_text_is_read_back() {
    let check = |text: &str, printed: &str| {
        let rule: Rule = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(rule.to_string(), printed, "{text}");
        assert_eq!(printed.parse::<Rule>().unwrap(), rule);
    };
    check(
        "rrule:freq=weekly;byday=su,mo;wkst=su",
        "FREQ=WEEKLY;BYDAY=MO,SU;WKST=SU",
    );
    check("WKST=MO;INTERVAL=01;FREQ=DAILY", "FREQ=DAILY");
    check(
        "FREQ=MONTHLY;BYDAY=+1MO,-1MO,MO,1MO",
        "FREQ=MONTHLY;BYDAY=MO,-1MO,1MO",
    );
    check(
        "FREQ=DAILY;UNTIL=20240229t235960z",
        "FREQ=DAILY;UNTIL=20240229T235959Z",
    );
    check("FREQ=DAILY;UNTIL=20240229", "FREQ=DAILY;UNTIL=20240229");
    check(
        "FREQ=DAILY;UNTIL=20240229T000000",
        "FREQ=DAILY;UNTIL=20240229T000000",
    );
    check(
        "FREQ=YEARLY;BYYEARDAY=-366,366;BYSETPOS=-366,+366",
        "FREQ=YEARLY;BYYEARDAY=-366,366;BYSETPOS=-366,366",
    );
    check(
        "FREQ=DAILY;BYSECOND=60,0,0;BYMINUTE=59",
        "FREQ=DAILY;BYMINUTE=59;BYSECOND=0,60",
    );
}

#[test]
fn blocks_are_read_and_printed() {
    let text = "DTSTART;TZID=\"America/New_York\":2024\r\n 0301T090000\r\n\
                rrule:FREQ=WEEKLY;\r\n\tCOUNT=9\r\n\
                EXDATE;TZID=America/New_York:20240308T090000,20240315T090000\r\n\
                EXDATE:20240322T130000Z\r\n\
                RDATE;VALUE=DATE-TIME;TZID=Europe/Paris:20240301T200000\r\n\r\n";
    let recurrence: Recurrence = text.parse().unwrap();
    let printed = "DTSTART;TZID=America/New_York:20240301T090000\n\
                   RRULE:FREQ=WEEKLY;COUNT=9\n\
                   EXDATE;TZID=America/New_York:20240308T090000,20240315T090000,20240322T090000\n\
                   RDATE;TZID=America/New_York:20240301T140000";
    assert_eq!(recurrence.to_string(), printed);
    assert_eq!(printed.parse::<Recurrence>().unwrap(), recurrence);

    for text in [
        "DTSTART:20240301T090000Z\nRRULE:FREQ=DAILY\nEXDATE:20240302T090000Z",
        "DTSTART;TZID=Etc/UTC:20240301T090000",
    ] {
        assert_eq!(text.parse::<Recurrence>().unwrap().to_string(), text);
    }
}

#[test]
fn blocks_that_say_something_else_are_refused() {
    let check = |text: &str, code: &str| {
        let error = text.parse::<Recurrence>().unwrap_err();
        assert_eq!(error.code(), code, "{text}: {error}");
    };
    let start = "DTSTART:20240301T090000Z";
    check("", "recurrence-no-start");
    check("RRULE:FREQ=DAILY", "recurrence-no-start");
    check("DTSTART:20240301T090000", "recurrence-no-zone");
    check("DTSTART:20240301", "recurrence-time");
    check(
        "DTSTART:20240301T090000Z,20240302T090000Z",
        "recurrence-time",
    );
    check("DTSTART;TZID=Mars/Base:20240301T090000", "recurrence-zone");
    check(
        "DTSTART;TZID=Europe/Paris:20240301T090000Z",
        "recurrence-time",
    );
    check("DTSTART;X=1:20240301T090000Z", "recurrence-parameter");
    check(&format!("{start}\n{start}"), "recurrence-duplicate");
    check(
        &format!("{start}\nRRULE:FREQ=DAILY\nRRULE:FREQ=DAILY"),
        "recurrence-duplicate",
    );
    check(&format!("{start}\nRRULE:FREQ=€"), "rule-not-ascii");
    check(
        &format!("{start}\nEXRULE:FREQ=DAILY"),
        "recurrence-unknown-property",
    );
    check(&format!("{start}\nSUMMARY"), "recurrence-line-form");
    check(
        &format!("{start}\nEXDATE;VALUE=DATE:20240302"),
        "recurrence-time",
    );
    check(
        &format!("{start}\nRDATE;VALUE=PERIOD:20240302T090000Z/PT1H"),
        "recurrence-parameter",
    );
    // 06:30 UTC is the second pass of 01:30.
    let autumn = "DTSTART;TZID=America/New_York:20261101T010000\nRDATE:20261101T063000Z";
    check(autumn, "recurrence-no-civil-time");
    check(&"\n".repeat(300_000), "recurrence-too-long");
}
