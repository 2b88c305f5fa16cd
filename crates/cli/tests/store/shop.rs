//! The README of the example shop, as written, and the same story in PostgreSQL.
//!
//! Ids, confirmation codes and keys are new in each run: where the README shows one, the run may
//! show another, as long as it is the same one from then on.

use std::collections::HashMap;
use std::process::Command;

use super::Folder;
use crate::common::root;

#[test]
fn the_readme_shows_what_the_commands_print() {
    run_readme(&Folder::new(), "");
}

#[test]
fn the_same_story_goes_in_postgresql() {
    let options = "quando() { command quando \"$@\" --allow-unsafe-durability; }; ";
    run_readme(&Folder::on_postgres(), options);
}

/// The note of new master keys, which a server does not make.
const KEYS_NOTE: &str = "note: new master keys are in quando.db.keys";

/// Runs all commands of the README in a folder, each after a prelude, and compares what they print.
fn run_readme(shop: &Folder, prelude: &str) {
    let example = root().join("examples/shop");
    let lines = std::fs::read(example.join("shop.jsonl")).unwrap();
    shop.write("shop.jsonl", lines);
    let text = std::fs::read_to_string(example.join("README.md")).unwrap();
    let commands = commands_of(&text);
    assert!(commands.len() > 10, "{commands:?}");
    let mut names = Names::default();
    let mut variables = HashMap::new();
    for (command, expected) in commands {
        if let Some((name, value)) = command
            .strip_prefix("export ")
            .and_then(|it| it.split_once('='))
        {
            variables.insert(name.to_owned(), value.to_owned());
            continue;
        }
        let command = names.in_command(&command);
        let mut shell = Command::new("sh");
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_quando"));
        let folder = binary.parent().unwrap().display();
        shell
            .args([
                "-c",
                &format!("PATH={folder}:$PATH; exec 2>&1; {prelude}{command}"),
            ])
            .envs(&variables);
        let ran = shop.run(shell, "");
        let expected = if shop.is_file() {
            expected
        } else {
            without_note(&expected)
        };
        assert!(
            names.same(&expected, &ran.stdout),
            "$ {command}\n{}\n---\n{expected}",
            ran.stdout
        );
    }
}

fn without_note(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.starts_with(KEYS_NOTE)).collect()
}

/// The commands with the output that is shown for each; a command may go on after a backslash.
fn commands_of(text: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let (mut is_console, mut goes_on) = (false, false);
    for line in text.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
            continue;
        }
        let begun = line.strip_prefix("$ ");
        match (is_console, begun, commands.last_mut()) {
            (true, Some(command), _) => commands.push((command.to_owned(), String::new())),
            (true, None, Some((command, _))) if goes_on => *command += &format!("\n{line}"),
            (true, None, Some((_, output))) => *output += &format!("{line}\n"),
            _ => {}
        }
        goes_on = is_console && (begun.is_some() || goes_on) && line.ends_with('\\');
    }
    commands
}

/// What stands in the README for what a run has made.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn in_command(&self, command: &str) -> String {
        let parts = parts(command).into_iter();
        parts
            .map(|part| self.0.get(part).map_or(part, String::as_str))
            .collect()
    }

    /// Whether two texts are the same but for what is made anew.
    fn same(&mut self, expected: &str, found: &str) -> bool {
        let (expected, found) = (parts(expected), parts(found));
        expected.len() == found.len()
            && expected.iter().zip(&found).all(|(expected, found)| {
                if !is_made(expected) || !is_made(found) {
                    return expected == found;
                }
                let known = self.0.entry((*expected).to_owned());
                known.or_insert_with(|| (*found).to_owned()) == found
            })
    }
}

/// Words, and what is between them.
fn parts(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = is_word(first);
        let end = rest.find(|c| is_word(c) != word).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

/// Whether a word is an id, a confirmation code or a hash.
fn is_made(word: &str) -> bool {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let is_id = word.len() == 36 && word.chars().all(|c| hex(c) || c == '-');
    let is_hash = word.len() == 64 && word.chars().all(hex);
    let in_code = |c: char| c.is_ascii_uppercase() || ('2'..='9').contains(&c);
    let is_code = word.len() == 6 && word.chars().all(in_code);
    is_id || is_hash || is_code
}
