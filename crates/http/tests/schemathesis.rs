//! The server against its own description: requests made out of it by schemathesis, good and bad
//! ones, and all of its checks of the answers.

use std::process::Command;

use crate::support::Host;

/// How long it asks, in seconds.
const SECONDS: &str = "60";

#[tokio::test]
async fn what_is_asked_at_random_is_answered_as_described() {
    let host = Host::start().await;
    host.with_ana().await;
    assert_eq!(host.book("cem", "2026-03-02T09:00:00Z").await.status, 201);
    let url = format!("http://{}/api/openapi.json", host.address);
    let token = host.operator();
    let run = tokio::task::spawn_blocking(move || {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemathesis");
        let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/schemathesis");
        Command::new(format!("{here}/run.sh"))
            .args([
                folder,
                "run",
                &url,
                "--checks",
                "all",
                "--seed",
                "1",
                "--no-color",
            ])
            .args([
                "--max-time",
                SECONDS,
                "--workers",
                "1",
                "--continue-on-failure",
            ])
            .env("QUANDO_TOKEN", token)
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .output()
            .unwrap()
    });
    let ran = run.await.unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}\n{complained}");
    // It did ask: a run that finds no operation succeeds, too.
    let paths = quando_http::description()["paths"].clone();
    let paths = paths.as_object().unwrap().values();
    let operations: usize = paths.map(|each| each.as_object().unwrap().len()).sum();
    assert!(told.contains(&format!("Tested: {operations}\n")), "{told}");
}
