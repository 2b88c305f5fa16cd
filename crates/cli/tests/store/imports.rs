//! Imports: what is taken in, left alone and refused.

use serde_json::{Value, json};

use super::{Folder, NOW};
use crate::common::Ran;

/// Ana, her hours, a service and busy time, one object a line.
fn ana() -> Vec<Value> {
    let hours = json!([{"from": "09:00", "to": "17:00"}]);
    let schedule = json!({"zone": "Europe/Madrid", "weekly": {"mon": hours}});
    let price = json!({"kind": "perBooking", "price": {"amount": "40.00", "currency": "EUR"}});
    let terms = json!({"price": {"base": price}});
    vec![
        json!({"provider": {"id": "ana", "name": "Ana", "zone": "Europe/Madrid"}}),
        json!({"resource": {"provider": "ana", "id": "ana", "schedule": schedule}}),
        json!({"service": {"provider": "ana", "id": "cut", "name": "Haircut",
            "timing": {"durationMinutes": 60}, "offer": {"terms": terms}}}),
        json!({"busy": {"provider": "ana", "resource": "ana", "source": "google",
            "busy": [{"start": "2026-03-02T12:00:00Z", "end": "2026-03-02T13:00:00Z"}]}}),
    ]
}

fn import(shop: &Folder, lines: &[Value], args: &[&str]) -> Ran {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    shop.with_input(NOW, &[&["import"], args].concat(), &text)
}

fn counts([written, unchanged, refused]: [u64; 3]) -> Value {
    json!({
        "lines": written + unchanged + refused,
        "written": written,
        "unchanged": unchanged,
        "refused": refused,
        "dryRun": false,
    })
}

/// The document on standard output, whatever else was said.
#[track_caller]
fn answer(ran: &Ran, status: i32) -> Value {
    assert_eq!(ran.status, status, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn an_import_can_be_repeated() {
    let shop = Folder::new();
    assert_eq!(answer(&import(&shop, &ana(), &[]), 0), counts([4, 0, 0]));
    assert_eq!(shop.lines(&["free", "ana", "cut", "--days", "2"]).len(), 1);
    let again = import(&shop, &ana(), &[]);
    assert_eq!(
        (again.json(), again.stderr.as_str()),
        (counts([0, 4, 0]), "")
    );
    assert_eq!(shop.json(&["service", "show", "ana", "cut"])["version"], 1);
    let mut changed = ana();
    changed[0]["provider"]["name"] = json!("Ana's");
    changed[3]["busy"]["busy"] = json!([]);
    assert_eq!(import(&shop, &changed, &[]).json(), counts([2, 2, 0]));
    let human = import(&shop, &ana(), &["--human"]);
    assert_eq!(human.stdout, "4 lines: 2 written, 2 unchanged, 0 refused\n");
}

#[test]
fn refused_lines_are_reported_and_the_rest_goes_on() {
    let shop = Folder::new();
    let mut lines = ana();
    lines.insert(
        1,
        json!({"provider": {"id": "ben", "name": " ", "zone": "UTC"}}),
    );
    lines.insert(
        2,
        json!({"provider": {"id": "cem", "name": "Cem", "zone": "Moon"}}),
    );
    lines.insert(3, json!({"prvider": {}}));
    lines.push(json!({"resource": {"id": "room", "schedule": {"zone": "UTC"}}}));
    lines.push(json!({"resource": {"provider": "eve", "id": "room", "schedule": {"zone": "UTC"}}}));
    let ran = import(&shop, &lines, &["--report", "refused.jsonl"]);
    assert_eq!(answer(&ran, 1), counts([4, 0, 5]));
    let report = std::fs::read_to_string(shop.path().join("refused.jsonl")).unwrap();
    let mut refused: Vec<Value> = report
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    refused.sort_by_key(|line| line["line"].as_u64());
    let found: Vec<_> = refused
        .iter()
        .map(|line| {
            (
                line["line"].as_u64(),
                line["code"].as_str(),
                line["pointer"].as_str(),
            )
        })
        .collect();
    let expected = [
        (Some(2), Some("record-name"), Some("")),
        (Some(3), Some("malformed"), Some("/provider/zone")),
        (Some(4), Some("malformed"), Some("")),
        (Some(8), Some("malformed"), Some("/resource/provider")),
        (Some(9), Some("not-found"), Some("")),
    ];
    assert_eq!(found, expected, "{report}");
    let told = "standard input:9: there is no such provider (not-found)\n";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn a_dry_run_writes_nothing_and_finds_what_the_import_would() {
    let shop = Folder::new();
    let mut expected = counts([4, 0, 0]);
    expected["dryRun"] = json!(true);
    assert_eq!(import(&shop, &ana(), &["--dry-run"]).json(), expected);
    assert!(!shop.path().join("quando.db").exists());
    import(&shop, &ana(), &[]);
    let service = json!({"service": {"provider": "ana", "id": "dye", "name": "Dye",
        "timing": {"durationMinutes": 60}, "need": [{"anyOf": ["ben"]}],
        "offer": ana()[2]["service"]["offer"]}});
    let ran = import(&shop, &[service], &["--dry-run", "--human"]);
    assert_eq!(
        ran.stdout,
        "1 lines: 0 would be written, 0 unchanged, 1 refused\n"
    );
    let told = "standard input:1: there is no resource `ben` (record-unknown-resource)\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (1, told));
    let provider = json!({"provider": {"id": "ana", "name": "Other", "zone": "UTC"}});
    import(&shop, &[provider], &["--dry-run"]);
    assert_eq!(shop.json(&["provider", "show", "ana"])["name"], "Ana");
}

#[test]
fn files_that_cannot_be_read_or_written_are_said() {
    let shop = Folder::new();
    let ran = shop.at(NOW, &["import", "none.jsonl"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("error: cannot read none.jsonl: "),
        "{}",
        ran.stderr
    );
    let ran = shop.at(NOW, &["import", "-", "--report", "no/such/folder"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("error: cannot write no/such/folder: "),
        "{}",
        ran.stderr
    );
}
