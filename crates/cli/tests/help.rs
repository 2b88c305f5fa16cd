//! The help of the program and of each subcommand.

use crate::common::quando;

#[test]
fn help_names_every_command() {
    let help = quando(&["--help"], "");
    assert_eq!((help.status, help.stderr.as_str()), (0, ""));
    for part in [
        "slots",
        "check",
        "next",
        "explain",
        "expand",
        "busy",
        "simulate",
        "Exit status",
    ] {
        assert!(
            help.stdout.contains(part),
            "{part} is not in: {}",
            help.stdout
        );
    }
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let rows: [(&str, &[&str]); 7] = [
        (
            "slots",
            &[
                "--jsonl",
                "--busy",
                "--local",
                "--by-day",
                "--pretty",
                "seatsLeft",
            ],
        ),
        ("check", &["--start", "--busy", "off-grid"]),
        ("next", &["--count", "two years"]),
        ("explain", &["never show them to the public", "no-resource"]),
        ("expand", &["RRULE", "exdates", "RFC 5545"]),
        (
            "busy",
            &["--from", "--to", "--zone", "--ignore-status", "tentative"],
        ),
        (
            "simulate",
            &["--human", "tick", "preview", "key", "exit status 1"],
        ),
    ];
    for (command, parts) in rows {
        let help = quando(&[command, "--help"], "");
        assert_eq!((help.status, help.stderr.as_str()), (0, ""));
        let example = format!("quando {command}");
        for part in ["Example:", &example].iter().chain(parts) {
            assert!(
                help.stdout.contains(part),
                "{part} is not in: {}",
                help.stdout
            );
        }
    }
}

#[test]
fn the_version_names_the_time_zone_database() {
    let version = quando(&["--version"], "").stdout;
    assert!(version.starts_with("quando "), "{version}");
    assert!(version.contains(quando::time::tzdb_version()), "{version}");
}
