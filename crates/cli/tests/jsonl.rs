//! One question per line: order, bad lines, limits, and streaming.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::common::{TestFile, quando, query, query_with};
use serde_json::{Value, json};

#[track_caller]
fn check_error(answer: &Value, (code, pointer, line): (&str, &str, u64)) {
    let error = &answer["error"];
    assert_eq!(error["code"], code, "{answer}");
    assert_eq!(error["pointer"], pointer, "{answer}");
    assert_eq!(error["line"], line, "{answer}");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{answer}"
    );
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
}

#[test]
fn answers_come_in_order_and_bad_lines_do_not_stop_the_run() {
    let good = query().to_string();
    let zero = query_with("/service/durationMinutes", json!(0)).to_string();
    let text = query_with("/service/durationMinutes", json!("x")).to_string();
    let mut input = format!("{good}\n\n  \t\r\n{zero}\n{text}\n{{\"window\"\n").into_bytes();
    input.extend_from_slice(b"{\"window\":\"\xff\"}\n");
    // The last line has no end.
    input.extend_from_slice(good.as_bytes());
    let ran = quando(&["slots", "--jsonl"], &input);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), 6);
    assert_eq!(answers[0]["slots"].as_array().unwrap().len(), 2);
    assert_eq!(answers[5], answers[0]);
    check_error(&answers[1], ("zero", "/service/durationMinutes", 4));
    check_error(&answers[2], ("malformed", "/service/durationMinutes", 5));
    check_error(&answers[3], ("malformed", "", 6));
    check_error(&answers[4], ("not-utf8", "", 7));
}

#[test]
fn a_run_without_bad_lines_succeeds_and_an_empty_one_too() {
    let file = TestFile::new("lines.jsonl", format!("{}\n{}\n", query(), query()));
    let ran = quando(&["slots", "--jsonl", file.path()], "");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.json_lines().len(), 2);
    for empty in ["", "\n\n"] {
        let ran = quando(&["slots", "--jsonl"], empty);
        assert_eq!(
            (ran.status, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "", "")
        );
    }
}

#[test]
fn lines_carry_their_own_start_and_count() {
    let lines = ["2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z", "soon"]
        .map(|start| query_with("/start", json!(start)).to_string())
        .join("\n");
    let ran = quando(&["check", "--jsonl"], lines + "\n" + &query().to_string());
    assert_eq!(ran.status, 1);
    let answers = ran.json_lines();
    assert!(answers[0]["slot"].is_object());
    assert_eq!(answers[1]["reasons"][0]["code"], "claim");
    assert_eq!(answers[2]["error"]["pointer"], "/start");
    assert_eq!(answers[3]["error"]["code"], "start-missing");

    let lines = [json!(2), json!(0), json!(5)]
        .map(|count| query_with("/count", count).to_string())
        .join("\n");
    let answers = quando(&["next", "--jsonl"], lines).json_lines();
    assert_eq!(answers[0]["slots"].as_array().unwrap().len(), 2);
    assert_eq!(answers[1]["error"]["pointer"], "/count");
    assert_eq!(answers[2]["slots"].as_array().unwrap().len(), 5);
}

#[test]
fn explain_and_expand_take_lines_too() {
    let ran = quando(&["explain", "--jsonl"], query().to_string());
    assert_eq!(ran.json_lines()[0]["refused"].as_array().unwrap().len(), 1);
    let expand = |rrule: &str| {
        let window = json!({"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"});
        let start = "2026-03-02T09:00";
        json!({"start": start, "zone": "UTC", "rrule": rrule, "window": window}).to_string()
    };
    let lines = [
        expand("FREQ=WEEKLY"),
        expand("FREQ=NEVER"),
        expand("FREQ=SECONDLY"),
    ]
    .join("\n");
    let answers = quando(&["expand", "--jsonl"], lines).json_lines();
    assert_eq!(answers[0]["occurrences"].as_array().unwrap().len(), 5);
    assert_eq!(answers[1]["error"]["pointer"], "/rrule");
    assert_eq!(answers[1]["error"]["code"], "malformed");
    assert_eq!(answers[2]["error"]["code"], "expand-occurrences");
}

#[test]
fn a_line_that_is_too_long_is_skipped_and_the_next_one_is_answered() {
    let mut input = vec![b' '; 64 * 1024 * 1024 + 1];
    input.push(b'\n');
    input.extend_from_slice(query().to_string().as_bytes());
    let ran = quando(&["slots", "--jsonl"], &input);
    assert_eq!(ran.status, 1);
    let answers = ran.json_lines();
    assert_eq!(answers[0]["error"]["code"], "too-long");
    assert_eq!(answers[0]["error"]["line"], 1);
    assert!(answers[1]["slots"].is_array());
}

#[test]
fn each_answer_is_there_before_the_next_question_is_asked() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_quando"))
        .args(["slots", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        writeln!(questions, "{}", query()).unwrap();
        assert!(answers.next().unwrap().unwrap().contains("\"slots\""));
    }
    drop(questions);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_leaves_ends_the_run_quietly() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_quando"))
        .args(["slots", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let line = query().to_string() + "\n";
    let mut questions = child.stdin.take().unwrap();
    // Writing fails once the program has ended.
    while questions.write_all(line.repeat(100).as_bytes()).is_ok() {}
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), b"".as_slice())
    );
}

#[test]
fn json_lines_are_for_programs() {
    for flags in [["--jsonl", "--pretty"], ["--jsonl", "--local"]] {
        let mut args = vec!["slots"];
        args.extend(flags);
        assert_eq!(quando(&args, "").status, 2, "{flags:?}");
    }
}
