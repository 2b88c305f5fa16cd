//! What the numbers were taken on, as the machine says.

use std::fs;
use std::process::Command;

use quando_testbed::Binaries;

use crate::report::{milliseconds, say};
use crate::settings::Settings;

pub(crate) fn describe(settings: &Settings) {
    say("# The stores, measured\n");
    let processor = field("/proc/cpuinfo", "model name");
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = field("/proc/meminfo", "MemTotal");
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    say(format_args!(
        "- date: {}",
        output("date", &["-u", "+%FT%RZ"])
    ));
    say(format_args!(
        "- processor: {processor}, {cores} cores; memory: {memory}"
    ));
    say(format_args!("- system: {}", output("uname", &["-sr"])));
    say(format_args!("- load before the run: {}", load.join(" ")));
    let sync = milliseconds(sync_milliseconds());
    say(format_args!(
        "- the disk keeps 8 kB in {sync}, the median of 50 tries"
    ));
    let version = Binaries::find().map_or_else(
        |error| error.to_string(),
        |found| found.version().to_owned(),
    );
    say(format_args!("- server: {}", version.trim()));
    say(format_args!(
        "- {} providers, {} bookings, {} listings; {} rounds of {:?} for each cell",
        settings.providers, settings.bookings, settings.listings, settings.rounds, settings.length,
    ));
}

/// How long the disk takes to keep eight kilobytes, in milliseconds: the median of some tries.
fn sync_milliseconds() -> f64 {
    use std::io::{Seek, Write};
    let mut file = tempfile::tempfile().expect("a temporary file");
    let mut latencies: Vec<_> = (0..50)
        .map(|_| {
            let begun = crate::measure::now();
            file.rewind().expect("a file can be rewound");
            file.write_all(&[1; 8_192]).expect("there is space");
            file.sync_data().expect("a file can be kept");
            begun.elapsed()
        })
        .collect();
    crate::measure::percentile(&mut latencies, 50)
}

fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(
        || "unknown".to_owned(),
        |(_, value)| value.trim().to_owned(),
    )
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
