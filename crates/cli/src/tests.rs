//! The help of every command, and the page about them.

use std::path::Path;

use clap::{Command, CommandFactory};

use crate::{Cli, GROUPS, grouped};

/// Calls back for every command with its whole name, such as `quando provider add`.
fn each(command: &Command, name: &str, look: &mut impl FnMut(&str, &Command)) {
    for subcommand in command
        .get_subcommands()
        .filter(|each| each.get_name() != "help")
    {
        let name = format!("{name} {}", subcommand.get_name());
        look(&name, subcommand);
        each(subcommand, &name, look);
    }
}

#[test]
fn the_command_line_is_well_formed() {
    grouped(Cli::command()).debug_assert();
}

#[test]
fn every_command_says_what_it_does_and_shows_itself_in_an_example() {
    let mut seen = 0;
    each(&Cli::command(), "quando", &mut |name, command| {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            !about.is_empty() && !about.ends_with('.'),
            "{name}: {about}"
        );
        let example = command.get_after_long_help().map(ToString::to_string);
        let example = example.unwrap_or_default();
        assert!(
            example.contains("Example:") && example.contains(name),
            "{name}: {example}"
        );
        seen += 1;
    });
    assert!(seen > 60, "{seen}");
}

#[test]
fn every_argument_that_is_not_named_by_what_it_is_says_what_it_is() {
    each(&Cli::command(), "quando", &mut |name, command| {
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let plain = ["help", "version", "id", "name", "email", "phone"];
            let is_id = argument.is_positional() && argument.get_help().is_none();
            let says = argument.get_help().is_some() || plain.contains(&id) || is_id;
            assert!(says, "{name}: {id}");
        }
    });
}

#[test]
fn every_command_stands_in_one_group_of_the_help() {
    let command = Cli::command();
    let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let mut grouped: Vec<&str> = GROUPS
        .iter()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    known.sort_unstable();
    grouped.sort_unstable();
    assert_eq!(known, grouped);
}

#[test]
fn every_command_is_on_the_page_about_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/command-line.md");
    let page = std::fs::read_to_string(path).unwrap();
    each(&Cli::command(), "quando", &mut |name, command| {
        // A command that has others is on the page with them.
        if command.get_subcommands().next().is_none() {
            assert!(
                page.contains(&format!("`{name}")),
                "{name} is not on the page"
            );
        }
        for argument in command.get_arguments() {
            if let Some(long) = argument.get_long().filter(|long| *long != "help") {
                assert!(page.contains(&format!("--{long}")), "--{long} of {name}");
            }
        }
    });
}

#[test]
fn every_variable_of_the_server_is_in_the_example_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.env.example");
    let example = std::fs::read_to_string(path).unwrap();
    let names = example.lines().filter_map(|line| {
        let (name, _) = line.trim_start_matches('#').split_once('=')?;
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        (is_name && !name.is_empty()).then(|| name.to_owned())
    });
    let mut shown: Vec<String> = names.collect();
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let variables = serve.get_arguments().filter_map(clap::Arg::get_env);
    let mut taken: Vec<String> = variables
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    // Keys are no option: what is on a command line is seen by everybody on the computer.
    taken.push(crate::store::KEYS_VARIABLE.to_owned());
    shown.sort_unstable();
    taken.sort_unstable();
    assert_eq!(shown, taken);
}
