//! Busy time from iCalendar files.

use crate::common::{TestFile, quando, query, query_with};
use serde_json::{Value, json};

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn event(lines: &[&str]) -> String {
    format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n"))
}

/// Mondays at nine without a zone, a tentative event at eleven, and one in an unknown zone.
fn work() -> TestFile {
    let weekly = [
        "UID:1",
        "DTSTART:20260105T090000",
        "DURATION:PT30M",
        "RRULE:FREQ=WEEKLY",
    ];
    let tentative = [
        "UID:2",
        "DTSTART:20260302T160000Z",
        "DTEND:20260302T163000Z",
        "STATUS:TENTATIVE",
    ];
    let lost = [
        "UID:3",
        "DTSTART;TZID=Moon/Base:20260302T100000",
        "DURATION:PT1H",
    ];
    let events = [event(&weekly), event(&tentative), event(&lost)].concat();
    TestFile::new(
        &format!("work-{:?}.ics", std::thread::current().id()),
        calendar(&events),
    )
}

fn starts(answer: &Value) -> Vec<&str> {
    answer["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start"].as_str().unwrap())
        .collect()
}

#[test]
fn busy_time_is_added_in_the_zone_of_the_resource() {
    let mut query = query();
    query["resources"][0]["claims"] = json!([]);
    let work = work();
    let busy = format!("ana={}", work.path());
    let ran = quando(&["slots", "--busy", &busy], query.to_string());
    assert_eq!(ran.status, 0);
    let answer = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(starts(&answer), ["2026-03-02T15:00:00Z"]);
    let line = format!("{}:17: warning: unknown time zone `Moon/Base`", work.path());
    assert!(ran.stderr.starts_with(&line), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);

    let ran = quando(
        &["slots", "--busy", &busy, "--ignore-status", "tentative"],
        query.to_string(),
    );
    let answer = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        starts(&answer),
        ["2026-03-02T15:00:00Z", "2026-03-02T16:00:00Z"]
    );
}

#[test]
fn a_calendar_with_a_zone_of_its_own_is_read_in_it_by_question_and_command() {
    let event = event(&["UID:1", "DTSTART:20260302T160000", "DURATION:PT30M"]);
    let text = calendar(&event).replace("VERSION", "X-WR-TIMEZONE:Europe/Berlin\r\nVERSION");
    let file = TestFile::new("berlin.ics", text);
    let mut query = query();
    query["resources"][0]["claims"] = json!([]);
    let busy = format!("ana={}", file.path());
    let answer = quando(&["slots", "--busy", &busy], query.to_string()).json();
    assert_eq!(
        starts(&answer),
        ["2026-03-02T14:00:00Z", "2026-03-02T16:00:00Z"]
    );
    let (from, to) = ("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    let listed = quando(&["busy", file.path(), "--from", from, "--to", to], "").json();
    assert_eq!(
        listed["busy"],
        json!([{"start": "2026-03-02T15:00:00Z", "end": "2026-03-02T15:30:00Z"}])
    );
}

#[test]
fn every_command_that_answers_for_starts_takes_calendars() {
    let mut query = query();
    query["resources"][0]["claims"] = json!([]);
    let work = work();
    let busy = format!("ana={}", work.path());
    let run = |args: &[&str]| -> Value {
        let args = [args, &["--busy", &busy]].concat();
        serde_json::from_str(&quando(&args, query.to_string()).stdout).unwrap()
    };
    let reasons = &run(&["check", "--start", "2026-03-02T14:00:00Z"])["reasons"];
    assert_eq!(*reasons, json!([{"code": "busy", "resource": "ana"}]));
    // A start far from the window is refused by the calendar as well.
    let reasons = &run(&["check", "--start", "2026-06-01T13:00:00Z"])["reasons"];
    assert_eq!(*reasons, json!([{"code": "busy", "resource": "ana"}]));
    let next = run(&["next", "--count", "3"]);
    assert_eq!(
        starts(&next),
        [
            "2026-03-02T15:00:00Z",
            "2026-03-09T14:00:00Z",
            "2026-03-09T15:00:00Z"
        ]
    );
    assert_eq!(run(&["explain"])["refused"].as_array().unwrap().len(), 2);
}

#[test]
fn buffers_and_packed_grids_look_beyond_the_window() {
    let event = event(&["UID:1", "DTSTART:20260302T170000Z", "DURATION:PT1H"]);
    let file = TestFile::new("after.ics", calendar(&event));
    let busy = format!("ana={}", file.path());
    let mut query = query_with("/service/bufferAfterMinutes", json!(10));
    query["resources"][0]["claims"] = json!([]);
    query["window"]["to"] = json!("2026-03-02T16:30:00Z");
    let answer = quando(&["slots", "--busy", &busy], query.to_string()).json();
    assert_eq!(
        starts(&answer),
        ["2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z"]
    );

    // The grid restarts after a meeting that is over before the window begins.
    let event = self::event(&["UID:1", "DTSTART:20260302T140000Z", "DURATION:PT25M"]);
    let file = TestFile::new("packed.ics", calendar(&event));
    let busy = format!("ana={}", file.path());
    let mut query = query_with("/service/align", json!("packed"));
    query["resources"][0]["claims"] = json!([]);
    query["window"]["from"] = json!("2026-03-02T15:10:00Z");
    let answer = quando(&["slots", "--busy", &busy], query.to_string()).json();
    assert_eq!(starts(&answer), ["2026-03-02T15:25:00Z"]);
}

#[test]
fn several_calendars_of_several_resources_in_many_lines() {
    let mut query = query();
    query["resources"][0]["claims"] = json!([]);
    let mut ben = query["resources"][0].clone();
    ben["id"] = json!("ben");
    query["resources"].as_array_mut().unwrap().push(ben);
    query["need"] = json!([{"anyOf": ["ana", "ben"], "count": 2}]);
    let at = |hour: u32| {
        let start = format!("DTSTART:20260302T{hour}0000Z");
        let event = event(&["UID:1", &start, "DURATION:PT1H"]);
        TestFile::new(&format!("at-{hour}.ics"), calendar(&event))
    };
    let (first, second, third) = (at(14), at(15), work());
    let args = [(&first, "ana"), (&second, "ben"), (&third, "ben")]
        .map(|(file, id)| format!("{id}={}", file.path()));
    let ran = quando(
        &[
            "slots",
            "--jsonl",
            "--busy",
            &args[0],
            "--busy",
            &args[1],
            "--busy",
            &args[2],
            "--ignore-status",
            "tentative",
        ],
        format!("{query}\n{query}\n"),
    );
    assert_eq!(ran.status, 0);
    // The warning is given once.
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    for answer in ran.json_lines() {
        assert_eq!(starts(&answer), ["2026-03-02T16:00:00Z"]);
    }
}

#[test]
fn unknown_resources_and_files_that_are_no_calendars_are_errors() {
    let check = |busy: &str, message: &str| {
        let ran = quando(&["slots", "--busy", busy], query().to_string());
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{busy}");
        assert!(ran.stderr.contains(message), "{busy}: {}", ran.stderr);
    };
    let work = work();
    check(
        &format!("eve={}", work.path()),
        "no resource has the id `eve`",
    );
    check("ana=no/such.ics", "error: cannot read no/such.ics: ");
    let page = TestFile::new("page.ics", "<html>404</html>");
    check(&format!("ana={}", page.path()), "(not-calendar)");
    let large = TestFile::new("large.ics", vec![b'\n'; 8 * 1024 * 1024 + 1]);
    check(&format!("ana={}", large.path()), "(calendar-limit)");
}

#[test]
fn busy_lists_what_calendars_take() {
    let work = work();
    let other = event(&["UID:9", "DTSTART;VALUE=DATE:20260303", "DURATION:P1D"]);
    let other = TestFile::new("other.ics", calendar(&other));
    let ran = quando(
        &[
            "busy",
            work.path(),
            other.path(),
            "--from",
            "2026-03-02T00:00:00Z",
            "--to",
            "2026-03-09T00:00:00Z",
            "--zone",
            "America/New_York",
        ],
        "",
    );
    assert_eq!(ran.status, 0);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let span = |start: &str, end: &str| json!({"start": start, "end": end});
    assert_eq!(
        answer["busy"],
        json!([
            span("2026-03-02T14:00:00Z", "2026-03-02T14:30:00Z"),
            span("2026-03-02T16:00:00Z", "2026-03-02T16:30:00Z"),
            span("2026-03-03T05:00:00Z", "2026-03-04T05:00:00Z"),
        ])
    );
    assert_eq!(
        answer["problems"],
        json!([{
            "file": work.path(), "line": 17, "code": "unknown-zone",
            "message": "unknown time zone `Moon/Base`", "uid": "3",
        }])
    );
    assert_eq!(answer["tzdb"], quando::time::tzdb_version());
    // What comes out goes into a question.
    let query = query_with("/resources/0/busy", answer["busy"].clone());
    let slots = quando(&["slots"], query.to_string()).json();
    assert_eq!(slots["slots"], json!([]));

    let ran = quando(
        &[
            "busy",
            other.path(),
            "--from",
            "2026-03-02T00:00:00Z",
            "--to",
            "2026-03-09T00:00:00Z",
            "--ignore-status",
            "busy",
            "--ignore-status",
            "away,tentative",
            "--pretty",
        ],
        "",
    );
    assert!(ran.stdout.contains("\"busy\": []"), "{}", ran.stdout);
}

#[test]
fn busy_refuses_an_empty_window_and_a_file_that_is_no_calendar() {
    let work = work();
    let (from, to) = ("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    let ran = quando(&["busy", work.path(), "--from", to, "--to", from], "");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--from and --to"), "{}", ran.stderr);
    // The last instant that there is can end a window.
    let last = "9999-12-30T00:00:00Z";
    let near = "9999-12-29T00:00:00Z";
    let ran = quando(&["busy", work.path(), "--from", near, "--to", last], "");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let page = TestFile::new("page-2.ics", "<html>404</html>");
    let ran = quando(&["busy", page.path(), "--from", from, "--to", to], "");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("page-2.ics: not an iCalendar text"),
        "{}",
        ran.stderr
    );
}

#[test]
fn sample_calendars_of_real_programs_are_read() {
    for name in ["google", "outlook", "apple"] {
        let file = format!("examples/calendars/{name}.ics");
        let ran = quando(
            &[
                "busy",
                &file,
                "--from",
                "2026-03-01T00:00:00Z",
                "--to",
                "2026-05-01T00:00:00Z",
            ],
            "",
        );
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(!answer["busy"].as_array().unwrap().is_empty(), "{name}");
    }
}
