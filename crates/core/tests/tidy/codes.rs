//! Stable codes: unique, well formed and documented.

use std::collections::BTreeMap;

use quando::availability::ReasonCode;

use crate::tree::{files, read};

#[test]
fn codes_are_unique_and_in_kebab_case() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (code, origin) in codes() {
        let kebab = code.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(kebab, "`{code}` of {origin} is not in kebab case");
        if let Some(other) = seen.insert(code.clone(), origin.clone()) {
            panic!("`{code}` stands for one thing in {other} and for another in {origin}");
        }
    }
    assert!(seen.len() > 50, "only {} codes found", seen.len());
}

#[test]
fn every_code_is_documented_and_every_documented_code_exists() {
    let text = read("docs/codes.md");
    let mut documented: Vec<&str> = text.lines().filter_map(first_cell).collect();
    documented.sort_unstable();
    let mut existing: Vec<String> = codes().into_iter().map(|(code, _)| code).collect();
    // The command line may speak of a fault of the core.
    for code in command_line_codes() {
        if !existing.contains(&code) {
            existing.push(code);
        }
    }
    existing.sort_unstable();
    let missing: Vec<_> = existing
        .iter()
        .filter(|code| !documented.contains(&code.as_str()))
        .collect();
    assert!(missing.is_empty(), "docs/codes.md lacks {missing:?}");
    let unknown: Vec<_> = documented
        .iter()
        .filter(|code| !existing.iter().any(|each| each == *code))
        .collect();
    assert!(
        unknown.is_empty(),
        "docs/codes.md lists {unknown:?}, which do not exist"
    );
    assert_eq!(
        documented.len(),
        existing.len(),
        "docs/codes.md lists a code twice"
    );
}

/// Every code of the core and of the engine, with where it comes from.
fn codes() -> Vec<(String, String)> {
    let reasons = ReasonCode::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), "reasons".to_owned()));
    let mut codes: Vec<(String, String)> = reasons.collect();
    let folders = [
        "crates/core/src",
        "crates/engine/src",
        "crates/http/src",
        "crates/store-sqlite/src",
    ];
    for source in folders
        .into_iter()
        .flat_map(|folder| files(folder, &["rs"]))
    {
        let mut inside = false;
        for (_, line) in source.code() {
            if line.contains("fn code(&self) ->") || line.contains("fn code(self) ->") {
                inside = true;
            } else if line == "    }" || line == "}" {
                inside = false;
            } else if inside {
                codes.extend(literals(line).map(|code| (code.to_owned(), source.path.clone())));
            }
        }
    }
    codes
}

/// The codes that the command line gives to problems by itself.
fn command_line_codes() -> Vec<String> {
    let mut codes = Vec::new();
    for source in files("crates/cli/src", &["rs"]) {
        for after in source.text.split("Problem::new(").skip(1) {
            let literal = after.trim_start().strip_prefix('"');
            let code = literal.and_then(|rest| rest.split_once('"'));
            codes.extend(code.map(|(code, _)| code.to_owned()));
        }
    }
    assert!(codes.len() > 2, "only {codes:?} found");
    codes
}

/// The string literals of a line that has no escapes.
fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

/// The code in the first cell of a row of a table.
fn first_cell(line: &str) -> Option<&str> {
    line.strip_prefix("| `")?
        .split_once("` |")
        .map(|(code, _)| code)
}
