//! What is said about questions and command lines that cannot be answered, and the exit status.

use crate::common::{TestFile, quando, query, query_with};
use serde_json::json;

/// Exit status 1, nothing on standard output, and all of `parts` on standard error.
#[track_caller]
fn check(args: &[&str], stdin: &str, parts: &[&str]) {
    let ran = quando(args, stdin);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    for part in parts {
        assert!(
            ran.stderr.contains(part),
            "{part} is not in: {}",
            ran.stderr
        );
    }
}

#[test]
fn errors_point_to_the_field() {
    let bad = |pointer: &str, value| query_with(pointer, value).to_string();
    let rows = [
        (
            bad("/service/durationMinutes", json!(0)),
            "`/service/durationMinutes`: must be at least 1",
        ),
        (
            bad("/service/durationMinutes", json!(-5)),
            "`/service/durationMinutes`: ",
        ),
        (
            bad("/service/durationMinutes", json!("60")),
            "`/service/durationMinutes`: invalid type",
        ),
        (
            bad("/service/minutes", json!(60)),
            "`/service/minutes`: unknown field",
        ),
        (
            bad("/service", json!({})),
            "`/service`: missing field `durationMinutes`",
        ),
        (
            bad("/now", json!("2026-03-01")),
            "`/now`: `2026-03-01`: expected an RFC 3339 instant",
        ),
        (
            bad("/zone", json!("New York")),
            "`/zone`: unknown time zone `New York`",
        ),
        (
            bad("/resources/0/claims/0/units", json!(0)),
            "`/resources/0/claims/0/units`: ",
        ),
        (
            bad("/resources/0/schedule/weekly/mon/0/to", json!("25:00")),
            "`/resources/0/schedule/weekly/mon/0",
        ),
        (
            bad("/resources", json!([])),
            "`/resources`: must not be empty",
        ),
        (bad("/need", json!([{"anyOf": ["eve"]}])), "/need/0/anyOf"),
    ];
    for (text, message) in &rows {
        check(&["slots"], text, &["error: standard input", message]);
    }
}

#[test]
fn malformed_json_is_shown_with_its_place() {
    let text = "{\n  \"window\": {\"from\": 1},,\n}";
    let excerpt = "  |\n2 |   \"window\": {\"from\": 1},,\n  | ";
    check(
        &["slots"],
        text,
        &["error: standard input:2:", "(malformed)", excerpt, "^\n"],
    );
    let file = TestFile::new("malformed.json", "{\"window\": nothing}");
    check(
        &["slots", file.path()],
        "",
        &["malformed.json:1:13: ", "(malformed)"],
    );
    let long = query().to_string() + &" ".repeat(500) + "}";
    check(&["slots"], &long, &["trailing characters", "^\n"]);
}

#[test]
fn empty_input_and_text_that_is_not_utf8_are_errors() {
    check(&["slots"], "", &["EOF while parsing", "(malformed)"]);
    check(&["expand"], "[]", &["(malformed)"]);
    let ran = quando(&["slots"], b"{\"window\":\"\xff\"}");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("not UTF-8 after 11 bytes (not-utf8)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn files_that_cannot_be_read_are_errors() {
    check(
        &["slots", "no/such/file.json"],
        "",
        &["error: cannot read no/such/file.json: "],
    );
    check(&["slots", "crates"], "", &["error: cannot read crates: "]);
}

#[test]
fn a_check_needs_a_start() {
    check(
        &["check"],
        &query().to_string(),
        &["`/start`: give `--start`"],
    );
    let fraction = query_with("/start", json!("2026-03-02T14:00:00.5Z")).to_string();
    check(&["check"], &fraction, &["`/start`: ", "without a fraction"]);
    let twice = query()
        .to_string()
        .replacen('{', "{\"start\":\"2026-03-02T14:00:00Z\",", 1);
    let twice = twice.replacen('{', "{\"start\":\"2026-03-02T14:00:00Z\",", 1);
    check(&["check"], &twice, &["duplicate field `start`"]);
}

#[test]
fn fields_of_one_command_are_unknown_to_another() {
    let query = query_with("/start", json!("2026-03-02T14:00:00Z")).to_string();
    check(&["slots"], &query, &["`/start`: unknown field `start`"]);
    check(&["next"], &query, &["`/start`: unknown field `start`"]);
}

#[test]
fn expand_reports_rules_by_pointer() {
    let request = |rrule: &str| {
        let window = json!({"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"});
        let start = "2026-03-02T09:00";
        json!({"start": start, "zone": "UTC", "rrule": rrule, "window": window}).to_string()
    };
    check(&["expand"], &request("FREQ=SOMETIMES"), &["`/rrule`: "]);
    check(
        &["expand"],
        &request("FREQ=SECONDLY"),
        &["`/rrule`: ", "(expand-occurrences)"],
    );
}

#[test]
fn a_wrong_command_line_is_status_2() {
    let rows: [&[&str]; 10] = [
        &[],
        &["slot"],
        &["slots", "--no-such-flag"],
        &["slots", "one.json", "two.json"],
        &["check", "--start", "tomorrow"],
        &["next", "--count", "0"],
        &["slots", "--busy", "ana"],
        &["slots", "--local", "Moon/Base"],
        &["slots", "--by-day", "Moon/Base"],
        &[
            "busy",
            "--from",
            "2026-03-02T00:00:00Z",
            "--to",
            "2026-03-09T00:00:00Z",
        ],
    ];
    for args in rows {
        let ran = quando(args, query().to_string());
        assert_eq!(
            (ran.status, ran.stdout.as_str()),
            (2, ""),
            "{args:?} {}",
            ran.stderr
        );
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn what_the_question_says_does_not_steer_the_terminal_nor_flood_it() {
    let query = query_with("/service/\u{1b}[2J", json!(1)).to_string();
    let ran = quando(&["slots"], query);
    assert!(ran.stderr.contains("unknown field"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    let query = query_with("/zone", json!("x".repeat(1_000_000))).to_string();
    let ran = quando(&["slots"], query);
    assert!(ran.stderr.len() < 2_000, "{} bytes", ran.stderr.len());
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let file = TestFile::new("full.json", query().to_string());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_quando"));
    let output = command
        .args(["slots", file.path()])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("error: cannot write: "), "{message}");
}
