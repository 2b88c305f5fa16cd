//! Runs the commands in the READMEs of `examples` and compares what they print.
//!
//! A block of `console` has commands, each on a line that begins with `$ `, and their output.

use crate::common::{quando, root};

#[test]
fn the_readmes_show_what_the_commands_print() {
    for (example, commands) in [
        ("barbershop", 5),
        ("clinic", 3),
        ("yoga", 3),
        ("bar", 2),
        ("marketplace_story", 1),
    ] {
        let path = root().join("examples").join(example).join("README.md");
        let text = std::fs::read_to_string(path).unwrap();
        let shown = commands_of(&text);
        assert_eq!(shown.len(), commands, "{example}");
        for (command, output) in shown {
            let args: Vec<&str> = command.split_whitespace().collect();
            assert_eq!(args[0], "quando", "{command}");
            let ran = quando(&args[1..], "");
            assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{command}");
            assert_eq!(ran.stdout, output, "{example}: {command}");
        }
    }
}

/// The commands of a README with the output that is shown for each.
fn commands_of(text: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    let mut is_console = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if is_console && let Some(command) = line.strip_prefix("$ ") {
            commands.push((command, String::new()));
        } else if is_console && let Some((_, output)) = commands.last_mut() {
            output.push_str(line);
            output.push('\n');
        }
    }
    commands
}

#[test]
fn the_index_lists_every_example() {
    let folder = root().join("examples");
    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.path().join("query.json").exists() {
            let name = entry.file_name().into_string().unwrap();
            assert!(
                index.contains(&format!("({name}/README.md)")),
                "{name} is not in the index"
            );
        }
    }
}
