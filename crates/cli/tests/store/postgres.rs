//! What is different on PostgreSQL: the tables, the examination, and no file beside it.

use serde_json::json;

use super::{Folder, NOW, UNSAFE};

#[test]
fn the_tables_are_made_by_migrate_alone() {
    let shop = Folder::on_empty_postgres();
    let told = "the store has version 0 of its tables, and version 5 is needed; `quando migrate up` \
                brings them up to date (store-schema)";
    let add = ["provider", "add", "ana", "--name", "Ana", "--zone", "UTC"];
    shop.refused(&add, told);
    shop.write("nothing.jsonl", "");
    shop.refused(&["import", "nothing.jsonl"], told);
    let steps = shop.lines(&["migrate", "status"]);
    assert_eq!(steps[0], json!({"version": 1, "name": "initial"}));
    assert!(shop.lines(&["migrate", "up"])[0]["appliedAt"].is_string());
    shop.json(&add);
    let back = shop.lines(&["migrate", "down", "--to", "0"]);
    assert!(back[0].get("appliedAt").is_none(), "{back:?}");
    shop.refused(&["provider", "list"], told);
    shop.refused(
        &["migrate", "up", "--to", "4000"],
        "the store failed: there is no migration 4000 (store-failed)",
    );
}

#[test]
fn a_role_that_is_not_there_and_a_server_without_citus_are_refused() {
    let shop = Folder::on_postgres();
    let granted = shop.at(NOW, &["migrate", "grant", "no_such_role"]);
    assert_eq!((granted.status, granted.stdout.as_str()), (1, ""));
    let told = "role \"no_such_role\" does not exist (store-failed)\n";
    assert!(granted.stderr.ends_with(told), "{}", granted.stderr);
    let spread = shop.at(NOW, &["migrate", "distribute"]);
    assert_eq!((spread.status, spread.stdout.as_str()), (1, ""));
    assert!(spread.stderr.contains("has no Citus"), "{}", spread.stderr);
}

#[test]
fn a_server_that_may_lose_what_it_confirms_is_refused_and_found() {
    let shop = Folder::on_postgres();
    assert_eq!(shop.json(&["doctor"])["sound"], true);
    let url = shop.url().to_owned();
    let keys = shop.keys().to_owned();
    let strict = Folder::new()
        .with("QUANDO_STORE", url)
        .with("QUANDO_MASTER_KEYS", keys);
    let told = "the store failed: the server has `fsync = off`, and may lose what it confirms \
                (store-failed)";
    strict.refused(&["provider", "list"], told);
    let ran = strict.at(NOW, &["doctor", "--human"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("PostgreSQL "), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\n- the server has `fsync = off`"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.ends_with("something is wrong\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_examination_names_tables_sizes_and_missing_steps() {
    let shop = Folder::on_empty_postgres();
    let ran = shop.at(NOW, &["doctor"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    let report = serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap();
    let told = [
        "1 (initial)",
        "2 (words)",
        "3 (api_keys)",
        "4 (shop)",
        "5 (deliveries)",
    ]
    .map(|step| format!("step {step} of the tables is not taken: `quando migrate up` takes it"));
    assert_eq!(report["problems"], json!(told));
    shop.lines(&["migrate", "up"]);
    let report = shop.json(&["doctor"]);
    let tables = report["server"]["tables"].as_array().unwrap();
    let booking = tables.iter().find(|table| table["name"] == "booking");
    assert!(booking.unwrap()["bytes"].as_i64().unwrap() > 0, "{report}");
    assert!(report["server"]["databaseBytes"].as_i64().unwrap() > 0);
}

#[test]
fn people_are_kept_and_keys_are_wrapped_again() {
    let shop = Folder::on_postgres();
    shop.json(&[
        "person",
        "put",
        "c17",
        "--name",
        "Ada",
        "--email",
        "ada@example.org",
    ]);
    assert_eq!(
        shop.lines(&["person", "find", "ada@example.org"]),
        [json!({"person": "c17"})]
    );
    let new = format!("2026-04:{},{}", "0123456789abcdef".repeat(4), shop.keys());
    let shop = shop.with("QUANDO_MASTER_KEYS", new);
    let rotated = json!({"seen": 1, "wrapped": 1});
    assert_eq!(shop.json(&["keys", "rotate"]), rotated);
    assert_eq!(
        shop.json(&["person", "show", "c17"]),
        json!({"name": "Ada", "email": "ada@example.org"})
    );
    shop.json(&["person", "erase", "c17"]);
    shop.refused(
        &["person", "show", "c17"],
        "there is no such person (not-found)",
    );
}

#[test]
fn no_file_is_made_and_none_is_backed_up() {
    let shop = Folder::on_postgres();
    shop.wrong(&["backup", "copy.db"], "pg_dump");
    let files = std::fs::read_dir(shop.path()).unwrap().count();
    assert_eq!(files, 0);
}

#[test]
fn an_address_that_is_wrong_or_silent_is_said() {
    let shop = Folder::new().with(
        "QUANDO_MASTER_KEYS",
        Folder::new().at(NOW, &["keys", "new"]).stdout.trim(),
    );
    shop.wrong(
        &["provider", "list", "--store", "postgres://host:port/x"],
        "--store",
    );
    let ran = shop.at(
        NOW,
        &[
            "provider",
            "list",
            "--store",
            "postgres://127.0.0.1:1/none",
            UNSAFE,
        ],
    );
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr
            .starts_with("error: the store cannot be reached: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.ends_with(" (store-unavailable)\n"),
        "{}",
        ran.stderr
    );
}

/// The steps of the runbook: dump, restore into an empty database, look at it.
#[test]
fn a_dump_is_restored() {
    let shop = Folder::on_postgres();
    shop.add_ana();
    let booking = shop.booked("cut", "2026-03-02T10:00:00Z");
    let dump = shop.path().join("monday.dump");
    let dump = dump.to_str().unwrap();
    server_tool(&["pg_dump", "--format=custom", "--file", dump, shop.url()]);
    // What comes after the dump is not in it.
    shop.booked("cut", "2026-03-02T12:00:00Z");
    let restored = Folder::on_empty_postgres().with("QUANDO_MASTER_KEYS", shop.keys());
    let database = format!("--dbname={}", restored.url());
    server_tool(&[
        "pg_restore",
        "--no-owner",
        "--exit-on-error",
        &database,
        dump,
    ]);
    let steps = restored.lines(&["migrate", "status"]);
    assert!(
        steps.iter().all(|step| step["appliedAt"].is_string()),
        "{steps:?}"
    );
    let verified = restored.at(NOW, &["verify"]);
    assert_eq!(verified.status, 0, "{}", verified.stdout);
    let found = restored.lines(&["bookings", "ana"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["id"], json!(booking));
    // It goes on from there.
    restored.booked("cut", "2026-03-02T12:00:00Z");
}

fn server_tool(command: &[&str]) {
    // Beside the server, or wherever the system has its clients.
    let beside = quando_testbed::Binaries::find().unwrap();
    let beside = beside.folder().join(command[0]);
    let program = if beside.is_file() {
        beside
    } else {
        command[0].into()
    };
    let ran = std::process::Command::new(program)
        .args(&command[1..])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{}: {told}", command[0]);
}
