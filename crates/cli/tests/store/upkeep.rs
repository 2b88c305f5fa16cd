//! Backups, restores and examinations.

use super::{Folder, NOW};

#[test]
fn a_backup_becomes_a_store_again() {
    let shop = Folder::with_ana();
    let first = shop.booked("cut", "2026-03-02T09:00:00Z");
    let copied = shop.json(&["backup", "monday.db"]);
    assert_eq!(copied["copy"], "monday.db");
    shop.booked("cut", "2026-03-02T10:00:00Z");
    shop.refused(
        &["backup", "monday.db"],
        "`monday.db` exists (sqlite-backup-exists)",
    );
    shop.json(&["backup", "tuesday.db"]);
    shop.json(&["backup", "tuesday.db", "--replace"]);
    let restored = shop.at(NOW, &["restore", "monday.db", "other.db"]);
    let told = "note: bring its master keys back, too: into QUANDO_MASTER_KEYS or other.db.keys\n";
    assert_eq!((restored.status, restored.stderr.as_str()), (0, told));
    let keys = |name: &str| shop.path().join(name);
    std::fs::copy(keys("quando.db.keys"), keys("other.db.keys")).unwrap();
    let bookings = shop.lines(&["bookings", "ana", "--store", "other.db"]);
    assert_eq!(bookings.len(), 1);
    assert_eq!(bookings[0]["id"], first.as_str());
}

#[test]
fn what_cannot_be_copied_is_said() {
    let shop = Folder::new();
    let missing = "there is no file `quando.db`; `quando provider add` and `quando import` make one \
                   (store-missing)";
    shop.refused(&["backup", "copy.db"], missing);
    shop.refused(&["doctor"], missing);
    shop.refused(&["restore", "quando.db", "copy.db"], missing);
    shop.wrong(
        &["backup", "copy.db", "--store", "postgres://host/db"],
        "pg_dump",
    );
    shop.write(
        "text.db",
        "this is no database, but long enough to be taken for a header of one",
    );
    let ran = shop.at(NOW, &["backup", "copy.db", "--store", "text.db"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains("(sqlite-not-a-database)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_sound_store_is_examined_and_a_damaged_one_is_found() {
    let shop = Folder::with_ana();
    let report = shop.json(&["doctor"]);
    assert_eq!(
        (&report["sound"], &report["problems"]),
        (&true.into(), &serde_json::json!([]))
    );
    assert!(
        shop.text(&["doctor", "--quick"])
            .ends_with("nothing is wrong\n")
    );
    std::fs::remove_file(shop.path().join("quando.db.keys")).unwrap();
    let ran = shop.at(NOW, &["doctor", "--human"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(
        ran.stdout
            .contains("the master keys of the store are missing"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.ends_with("something is wrong\n"),
        "{}",
        ran.stdout
    );
    // Zeros over the second half of the pages.
    let path = shop.path().join("quando.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let ran = shop.at(NOW, &["doctor"]);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
}

#[test]
fn the_steps_of_the_tables_are_listed_taken_back_and_taken() {
    let shop = Folder::new();
    let made = shop.at(NOW, &["migrate", "up"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let steps = shop.lines(&["migrate", "status"]);
    assert_eq!(steps[0]["version"], 1);
    assert!(
        steps.iter().all(|step| step["appliedAt"].is_string()),
        "{steps:?}"
    );
    let back = shop.lines(&["migrate", "down", "--to", "0"]);
    assert!(
        back.iter().all(|step| step.get("appliedAt").is_none()),
        "{back:?}"
    );
    assert!(shop.text(&["migrate", "status"]).contains("not taken"));
    shop.refused(
        &["migrate", "up", "--to", "4000"],
        "there is no migration 4000 (sqlite-migration-unknown)",
    );
    shop.add_ana();
    shop.wrong(&["migrate", "down"], "--to");
    shop.wrong(&["migrate", "grant", "quando_server"], "PostgreSQL");
}
