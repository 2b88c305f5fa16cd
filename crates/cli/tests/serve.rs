//! How the server is set up.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::{quando, root};

#[test]
fn a_setting_that_is_wrong_is_refused_before_anything_is_made() {
    let folder = root().join("no-such-folder-of-the-server");
    let data = folder.to_str().unwrap();
    let rows: [(&[&str], &str); 9] = [
        (
            &["--rate-limits", "search=0"],
            "is not of the form `name=number`",
        ),
        (
            &["--rate-limits", "find=1"],
            "there is no kind of requests `find`",
        ),
        (&["--requests-max", "0"], "0 is not in 1..=100000"),
        (&["--trusted-proxies", "10.0.0.0/33"], "--trusted-proxies"),
        (&["--cors-origins", "*"], "`*` is no origin"),
        (&["--tls-cert", "no.pem"], "--tls-key"),
        (
            &["--tls-cert", "no.pem", "--tls-key", "no.pem"],
            "`no.pem` is no PEM file",
        ),
        (&["--jwks", "keys.json"], "--jwt-issuer"),
        (
            &[
                "--jwks",
                "no.json",
                "--jwt-issuer",
                "i",
                "--jwt-audience",
                "a",
            ],
            "--jwks: cannot read the keys of the issuer",
        ),
    ];
    for (given, message) in rows {
        let args = [&["serve", "--data", data][..], given].concat();
        let ran = quando(&args, "");
        assert_eq!(ran.status, 2, "{given:?} {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{given:?} {}", ran.stderr);
    }
    assert!(!folder.exists());
}

/// A server that is stopped with the test.
struct Serving {
    child: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(args: &[&str]) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quando"));
    command
        .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap());
    let mut lines = told.lines().map(Result::unwrap);
    let address =
        lines.find_map(|line| Some(line.strip_prefix("listening on http://")?.to_owned()));
    Serving {
        address: address.unwrap(),
        child,
    }
}

fn get(serving: &Serving, path: &str) -> String {
    let mut socket = TcpStream::connect(&serving.address).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
#[cfg(unix)]
fn answers_are_noted_as_json_and_limited() {
    let mut serving = serve(&["--log-format", "json", "--rate-limits", "search=2"]);
    for expected in ["200", "200", "429"] {
        let answer = get(&serving, "/api/providers?limit=1");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected}")),
            "{answer}"
        );
    }
    let pid = serving.child.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(asked.unwrap().success());
    let mut noted = String::new();
    let stderr = serving.child.stderr.as_mut().unwrap();
    stderr.read_to_string(&mut noted).unwrap();
    assert!(serving.child.wait().unwrap().success());
    // Before the first request it says what it made up: keys and a secret.
    let answers = noted.lines().filter(|line| line.contains("\"status\""));
    let lines = answers.map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let statuses: Vec<&Value> = lines.iter().map(|line| &line["status"]).collect();
    assert_eq!(statuses, [200, 200, 429], "{noted}");
    assert!(
        lines.iter().all(|line| line["route"] == "/api/providers"),
        "{noted}"
    );
}
