//! The commands of the guide, as they are typed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::common::{root, run};

/// A server with the demo, gone when the test ends.
struct Demo {
    child: Child,
    /// Its address and the tokens, as the guide calls them.
    variables: Vec<(&'static str, String)>,
}

impl Demo {
    fn start() -> Demo {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quando"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut variables = Vec::new();
        for line in lines.map(Result::unwrap) {
            if let Some(address) = line.strip_prefix("listening on ") {
                variables.push(("BASE", address.to_owned()));
                break;
            }
            let (who, token) = line.split_once(": ").unwrap();
            let name = match who.split(' ').next().unwrap() {
                "customer" => "CUSTOMER",
                "provider" => "PROVIDER",
                "operator" => "OPERATOR",
                other => panic!("{other}"),
            };
            variables.push((name, token.to_owned()));
        }
        Demo { child, variables }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What stands in the blocks of a page that are marked as commands.
fn commands(page: &str) -> String {
    let mut commands = String::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => {
                commands.push_str(line);
                commands.push('\n');
            }
            _ => {}
        }
    }
    commands
}

#[test]
fn the_first_booking_goes_as_the_guide_says() {
    let page = std::fs::read_to_string(root().join("docs/guide/first-booking.md")).unwrap();
    let script = commands(&page);
    assert!(script.matches("curl ").count() > 10, "{script}");
    let demo = Demo::start();
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", &script]);
    for (name, value) in &demo.variables {
        command.env(name, value);
    }
    let ran = run(command, b"");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    for expected in [
        "\"id\": \"berlin-plumber\"",
        "\"status\": \"held\"",
        "\"status\": \"pending\"",
        "\"amount\": \"8.40\"",
        "\"money\": \"authorised\"",
        "\"status\": \"confirmed\"",
        "\"money\": \"captured\"",
        "\"status\": \"completed\"",
        "\"It drips no more.\"",
        "\"reason\": \"capture\"",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
}
