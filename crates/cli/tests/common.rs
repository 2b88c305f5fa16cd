//! Runs the built program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The one line of JSON of a run that went well and had nothing to complain about.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(
            (self.status, self.stderr.as_str()),
            (0, ""),
            "{}",
            self.stdout
        );
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Each line as JSON.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The root of the repository, where relative paths of runs begin.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs `quando` with arguments and a text on standard input.
pub(crate) fn quando(args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quando"));
    command
        .args(args)
        .current_dir(root())
        .env("TZ", "America/New_York");
    run(command, stdin.as_ref())
}

pub(crate) fn run(mut command: Command, stdin: &[u8]) -> Ran {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that refuses its arguments reads nothing.
        scope.spawn(move || pipe.write_all(stdin).ok());
        child.wait_with_output().unwrap()
    });
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A question on one Monday morning in New York: 09:00, 10:00 and 11:00, the second is taken.
pub(crate) fn query() -> Value {
    json!({
        "window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"},
        "now": "2026-03-01T12:00:00Z",
        "zone": "America/New_York",
        "service": {"durationMinutes": 60},
        "resources": [{
            "id": "ana",
            "schedule": {
                "zone": "America/New_York",
                "weekly": {"mon": [{"from": "09:00", "to": "12:00"}]},
            },
            "claims": [{"start": "2026-03-02T15:00:00Z", "end": "2026-03-02T16:00:00Z"}],
        }],
    })
}

/// The question with one field, by pointer, set to another value.
pub(crate) fn query_with(pointer: &str, value: Value) -> Value {
    let mut query = query();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    query.pointer_mut(parent).unwrap()[field] = value;
    query
}

/// A slot of `ana` of an hour.
pub(crate) fn slot(start: &str, end: &str) -> Value {
    json!({"start": start, "end": end, "resources": [["ana"]], "seatsLeft": 1})
}

/// A file for one test, gone when the test ends.
#[derive(Debug)]
pub(crate) struct TestFile(PathBuf);

impl TestFile {
    pub(crate) fn new(name: &str, content: impl AsRef<[u8]>) -> TestFile {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let path = folder.join(format!("{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        TestFile(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
