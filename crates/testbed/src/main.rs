//! PostgreSQL for a whole run of the tests: `quando-testbed install`, then `quando-testbed up`.

use std::io::{self, Write};
use std::process::ExitCode;

use quando_testbed::{Cluster, Options, TestbedError, install};

const USAGE: &str = "\
usage: quando-testbed install   find PostgreSQL, or install it
       quando-testbed up        start a cluster, print its URL, stop it when the input ends";

#[expect(clippy::print_stderr, reason = "this is the command's own output")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["install"] => say_where(),
        ["up"] => up(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quando-testbed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn say_where() -> Result<(), TestbedError> {
    let binaries = install()?;
    say(&format!(
        "{} in {}",
        binaries.version(),
        binaries.folder().display()
    ))
}

/// A signal needs no handler: the cluster's watchdog sees that we are gone.
fn up() -> Result<(), TestbedError> {
    install()?;
    let cluster = Cluster::start(Options::default())?;
    say(&cluster.url("postgres"))?;
    io::copy(&mut io::stdin().lock(), &mut io::sink()).map_err(|source| TestbedError::Io {
        what: "reading the input".to_owned(),
        source,
    })?;
    Ok(())
}

fn say(line: &str) -> Result<(), TestbedError> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .map_err(|source| TestbedError::Io {
            what: "writing the output".to_owned(),
            source,
        })
}
