//! Where the master keys are.

use serde_json::json;

use super::{Folder, NOW};

const ADD: [&str; 7] = ["provider", "add", "ana", "--name", "Ana", "--zone", "UTC"];

#[test]
fn a_new_store_gets_keys_that_only_its_owner_reads() {
    let shop = Folder::new();
    let added = shop.at(NOW, &ADD);
    let told = "note: new master keys are in quando.db.keys; without them personal data cannot be \
                read, so keep a copy in another place\n";
    assert_eq!((added.status, added.stderr.as_str()), (0, told));
    let path = shop.path().join("quando.db.keys");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("2026-03-01:") && text.contains(",index:"),
        "{text}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // They are made and told once.
    shop.json(&["person", "put", "c17", "--name", "Ada"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    std::fs::remove_file(&path).unwrap();
    shop.refused(
        &["person", "show", "c17"],
        "the master keys of the store are missing: there is no file `quando.db.keys`, and \
         QUANDO_MASTER_KEYS is not set (master-keys-missing)",
    );
    std::fs::write(&path, "swapped").unwrap();
    shop.refused(
        &["person", "show", "c17"],
        "entry 1 of the master keys is not of the form `name:key` (master-keys-entry)",
    );
}

#[test]
fn the_variable_goes_before_the_file() {
    let keys = Folder::new().at(NOW, &["keys", "new"]);
    assert_eq!((keys.status, keys.stderr.as_str()), (0, ""));
    let shop = Folder::new().with("QUANDO_MASTER_KEYS", keys.stdout.trim());
    let added = shop.at(NOW, &ADD);
    assert_eq!((added.status, added.stderr.as_str()), (0, ""));
    assert!(!shop.path().join("quando.db.keys").exists());
}

#[test]
fn new_keys_differ_and_name_their_day() {
    let shop = Folder::new();
    let [first, second] = [(); 2].map(|()| shop.at(NOW, &["keys", "new"]).stdout);
    assert_ne!(first, second);
    assert_eq!(first.len(), "2026-03-01:,index:\n".len() + 2 * 64);
    assert!(
        shop.at(NOW, &["keys", "new", "--human"])
            .stdout
            .starts_with("QUANDO_MASTER_KEYS=")
    );
}

#[test]
fn keys_of_people_are_wrapped_again_with_the_current_key() {
    let shop = Folder::with_ana();
    for id in ["c17", "c18"] {
        shop.json(&["person", "put", id, "--name", "Ada"]);
    }
    let path = shop.path().join("quando.db.keys");
    let old = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        shop.json(&["keys", "rotate"]),
        json!({"seen": 2, "wrapped": 0})
    );
    let new = format!("2026-04:{},{old}", "0123456789abcdef".repeat(4));
    std::fs::write(&path, new.trim()).unwrap();
    assert_eq!(
        shop.json(&["keys", "rotate"]),
        json!({"seen": 2, "wrapped": 2})
    );
    assert_eq!(
        shop.text(&["keys", "rotate"]),
        "0 of 2 keys were wrapped again\n"
    );
    // Without the old master key all can be read.
    let index = old.trim().split(',').nth(1).unwrap();
    std::fs::write(
        &path,
        format!("2026-04:{},{index}", "0123456789abcdef".repeat(4)),
    )
    .unwrap();
    assert_eq!(
        shop.json(&["person", "show", "c17"]),
        json!({"name": "Ada"})
    );
}

#[test]
fn postgresql_needs_the_variable() {
    let shop = Folder::new();
    shop.refused(
        &["provider", "list", "--store", "postgres://127.0.0.1:1/none"],
        "a PostgreSQL store needs the variable QUANDO_MASTER_KEYS; `quando keys new` makes a value \
         (master-keys-missing)",
    );
}
