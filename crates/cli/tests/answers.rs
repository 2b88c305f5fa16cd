//! What each subcommand answers, from a file and from standard input.

use crate::common::{TestFile, quando, query, query_with, slot};
use serde_json::json;

fn tzdb() -> &'static str {
    quando::time::tzdb_version()
}

fn nine() -> serde_json::Value {
    slot("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z")
}

fn eleven() -> serde_json::Value {
    slot("2026-03-02T16:00:00Z", "2026-03-02T17:00:00Z")
}

#[test]
fn slots_come_from_a_file_from_a_dash_and_from_standard_input() {
    let expected = json!({"slots": [nine(), eleven()], "tzdb": tzdb()});
    let text = query().to_string();
    let file = TestFile::new("slots.json", &text);
    assert_eq!(quando(&["slots", file.path()], "").json(), expected);
    assert_eq!(quando(&["slots", "-"], &text).json(), expected);
    assert_eq!(quando(&["slots"], &text).json(), expected);
    // As some programs write files: with a byte order mark, on many lines.
    let marked = format!("\u{feff}{:#}\r\n", query());
    assert_eq!(quando(&["slots"], marked).json(), expected);
}

#[test]
fn the_bytes_of_an_answer_are_compact_and_stable() {
    let ran = quando(
        &["slots"],
        query_with("/resources/0/claims", json!([])).to_string(),
    );
    let first = r#"{"slots":[{"start":"2026-03-02T14:00:00Z","end":"2026-03-02T15:00:00Z","#;
    assert!(ran.stdout.starts_with(first), "{}", ran.stdout);
    assert!(
        ran.stdout
            .ends_with(&format!("],\"tzdb\":\"{}\"}}\n", tzdb())),
        "{}",
        ran.stdout
    );
}

#[test]
fn pretty_is_the_same_on_many_lines() {
    let plain = quando(&["slots"], query().to_string());
    let pretty = quando(&["slots", "--pretty"], query().to_string());
    assert!(pretty.stdout.lines().count() > 10);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&pretty.stdout).unwrap(),
        plain.json()
    );
}

#[test]
fn explain_says_why_and_slots_only_when_asked() {
    let refused = json!([{
        "start": "2026-03-02T15:00:00Z",
        "reasons": [{"code": "claim", "resource": "ana"}],
    }]);
    let expected = json!({"slots": [nine(), eleven()], "refused": refused, "tzdb": tzdb()});
    assert_eq!(quando(&["explain"], query().to_string()).json(), expected);
    let asking = query_with("/explain", json!(true)).to_string();
    assert_eq!(quando(&["slots"], &asking).json(), expected);
    assert_eq!(quando(&["explain"], asking).json(), expected);
}

#[test]
fn check_takes_the_start_of_the_question_before_that_of_the_command_line() {
    let offered = json!({"slot": nine(), "tzdb": tzdb()});
    let refused = json!({"reasons": [{"code": "claim", "resource": "ana"}], "tzdb": tzdb()});
    let (good, taken) = ("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z");
    let plain = query().to_string();
    assert_eq!(quando(&["check", "--start", good], &plain).json(), offered);
    assert_eq!(quando(&["check", "--start", taken], &plain).json(), refused);
    // The same instant with an offset.
    let offset = "2026-03-02T09:00:00-05:00";
    assert_eq!(
        quando(&["check", "--start", offset], &plain).json(),
        offered
    );
    let own = query_with("/start", json!(good)).to_string();
    assert_eq!(quando(&["check"], &own).json(), offered);
    assert_eq!(quando(&["check", "--start", taken], own).json(), offered);
}

#[test]
fn next_looks_past_the_window_and_stops_when_it_has_enough() {
    let week_later = slot("2026-03-09T13:00:00Z", "2026-03-09T14:00:00Z");
    let plain = query().to_string();
    let answer = |slots: serde_json::Value| json!({"slots": slots, "tzdb": tzdb()});
    assert_eq!(quando(&["next"], &plain).json(), answer(json!([nine()])));
    let three = answer(json!([nine(), eleven(), week_later]));
    assert_eq!(quando(&["next", "--count", "3"], &plain).json(), three);
    let own = query_with("/count", json!(3)).to_string();
    assert_eq!(quando(&["next", "--count", "1"], own).json(), three);
    let never = query_with("/resources/0/schedule/weekly", json!({})).to_string();
    assert_eq!(quando(&["next"], never).json(), answer(json!([])));
}

#[test]
fn expand_lists_occurrences() {
    let request = json!({
        "start": "2026-03-02T09:00", "zone": "America/New_York", "rrule": "FREQ=WEEKLY;BYDAY=MO",
        "exdates": ["2026-03-16T09:00"], "rdates": ["2026-03-11T10:00"],
        "window": {"from": "2026-03-01T00:00:00Z", "to": "2026-03-25T00:00:00Z"},
    });
    let occurrences = [
        "2026-03-02T14:00:00Z",
        "2026-03-09T13:00:00Z",
        "2026-03-11T14:00:00Z",
        "2026-03-23T13:00:00Z",
    ];
    let expected = json!({"occurrences": occurrences, "tzdb": tzdb()});
    assert_eq!(quando(&["expand"], request.to_string()).json(), expected);
}
