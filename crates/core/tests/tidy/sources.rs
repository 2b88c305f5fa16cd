//! What no source file may contain.

use crate::tree::{Source, files, read};

/// The core takes values and returns values. Clippy's list of disallowed methods says the same of
/// single functions; this says it of whole modules.
#[test]
fn the_core_has_no_io_clock_threads_or_randomness() {
    let banned = [
        "std::fs",
        "std::net",
        "std::env",
        "std::io",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant::now",
        "Utc::now",
        "Local::now",
        "Timestamp::now",
        "Zoned::now",
        "tokio",
        "async fn",
        "rand::",
        "thread_rng",
        "getrandom",
    ];
    refuse(&files("crates/core/src", &["rs"]), &banned);
}

#[test]
fn no_source_is_unfinished_asleep_or_skipped() {
    // In two parts, so that this file passes its own test.
    let banned = [
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
        concat!("#[ig", "nore"),
        concat!("sle", "ep("),
        concat!("#[should_", "panic"),
        concat!("d", "bg!("),
    ];
    for folder in ["crates", "benches", "examples", "fuzz"] {
        refuse(&files(folder, &["rs"]), &banned);
    }
}

#[test]
fn no_text_waits_to_be_written() {
    let markers = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("T", "BD"),
    ];
    let sources = files(".", &["md", "rs", "sh", "toml", "yml"]);
    assert!(sources.len() > 50, "only {} files found", sources.len());
    for source in sources {
        let words = source
            .text
            .split(|letter: char| !letter.is_ascii_alphanumeric());
        let found = words.into_iter().find(|word| markers.contains(word));
        assert!(found.is_none(), "{}: `{found:?}`", source.path);
    }
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace = read("Cargo.toml");
    assert!(
        workspace.contains("unsafe_code = \"forbid\""),
        "the workspace must forbid it"
    );
    for manifest in files("crates", &["toml"]) {
        if manifest.path.ends_with("/Cargo.toml") {
            let inherits = manifest.text.contains("[lints]\nworkspace = true");
            assert!(
                inherits,
                "{} must inherit the lints of the workspace",
                manifest.path
            );
        }
    }
}

fn refuse(sources: &[Source], banned: &[&str]) {
    for source in sources {
        for (line, code) in source.code() {
            for each in banned {
                assert!(
                    !code.contains(each),
                    "{}:{line}: `{each}` in `{code}`",
                    source.path
                );
            }
        }
    }
}
