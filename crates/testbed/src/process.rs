//! Programs that we run and processes that we look for.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::{TestbedError, wait_until};

/// Runs a program to its end and gives what it wrote on its standard output.
pub(crate) fn run(command: &mut Command) -> Result<String, TestbedError> {
    let failed = |command: &Command, output: String| TestbedError::Program {
        program: format!("{command:?}"),
        output,
    };
    let output = command
        .output()
        .map_err(|error| failed(command, error.to_string()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(failed(
            command,
            format!("{}\n{}", text(&output.stdout), text(&output.stderr)),
        ))
    }
}

/// The living processes that work in the folder: every process of a server works in its data
/// folder, while its backends have sessions and process groups of their own. Without `/proc`
/// there are none to be seen.
pub(crate) fn working_in(folder: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let id = entry.file_name().to_str()?.parse().ok()?;
            let works_there = fs::read_link(entry.path().join("cwd")).ok()? == folder;
            works_there.then(|| Pid::from_raw(id)).flatten()
        })
        .collect()
}

/// Kills whatever works in the folder until nothing does; more than once, because a process may be
/// in the middle of starting another.
pub(crate) fn kill_all_in(folder: &Path, limit: Duration) -> Result<(), TestbedError> {
    let ended = wait_until(limit, || {
        let left = working_in(folder);
        for process in &left {
            // It may have ended meanwhile, which is just as well.
            let _ = kill_process(*process, Signal::KILL);
        }
        left.is_empty()
    });
    if ended {
        Ok(())
    } else {
        Err(TestbedError::NotStopped(folder.to_owned()))
    }
}
