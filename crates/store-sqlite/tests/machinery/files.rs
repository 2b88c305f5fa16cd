//! Files that are not what they should be.

use std::fs;

use quando_store_sqlite::check::Depth;
use quando_store_sqlite::migrate::{MigrateError, Migrations};
use quando_store_sqlite::{APPLICATION_ID, Database, Missing, OpenError, Options, Upgrade};
use rusqlite::Connection;

use crate::support::{Place, assert_sound, code, ids, insert, noon, open, open_with, place};

fn refusal(place: &Place) -> OpenError {
    open_with(Options::new(&place.path)).unwrap_err()
}

#[test]
fn a_new_file_has_the_settings_that_keep_data() {
    let place = place();
    let path = place.folder.path().join("some/where/quando.db");
    let database = open(&path);
    let report = database.check(Depth::Full).wait().unwrap();
    assert_eq!(report.journal_mode, "wal");
    assert!(report.synchronous);
    assert!(report.is_sound());
    assert_eq!(report.application_id, 0x514e_444f);
    assert_eq!(report.schema_version, 1);
    assert!(report.pages > 3 && report.page_bytes >= 512);
    let keys = |connection: &Connection| {
        Ok::<i64, quando_store_sqlite::SqliteError>(connection.pragma_query_value(
            None,
            "foreign_keys",
            |row| row.get(0),
        )?)
    };
    assert_eq!(database.write_blocking(keys).unwrap(), 1);
    drop(database);
    // In the header, as the file format has it: "The Application ID", offset 68, big-endian.
    assert_eq!(fs::read(&path).unwrap()[68..72], *b"QNDO");
    assert_eq!(APPLICATION_ID.to_be_bytes(), *b"QNDO");
    open(&path);
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let check = |prepare: fn(&Place), expected: &str| {
        let place = place();
        prepare(&place);
        let before = fs::read(&place.path).unwrap();
        let error = refusal(&place);
        assert_eq!(error.code(), expected, "{error}");
        assert_eq!(fs::read(&place.path).unwrap(), before, "{error}");
    };
    let text: fn(&Place) = |place| fs::write(&place.path, "no database ".repeat(500)).unwrap();
    check(text, "sqlite-not-a-database");
    let named: fn(&Place) = |place| {
        let other = Connection::open(&place.path).unwrap();
        other.pragma_update(None, "application_id", 42).unwrap();
    };
    check(named, "sqlite-other-application");
    let unnamed: fn(&Place) = |place| {
        let other = Connection::open(&place.path).unwrap();
        other.execute_batch("CREATE TABLE t (x)").unwrap();
    };
    check(unnamed, "sqlite-other-application");
}

#[test]
fn an_empty_file_is_taken() {
    let place = place();
    fs::write(&place.path, "").unwrap();
    let database = open(&place.path);
    database.write_blocking(|c| insert(c, 1)).unwrap();
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let place = place();
    let check = |path: &str, missing: Missing, expected: &str| {
        let mut options = Options::new(place.folder.path().join(path));
        options.missing = missing;
        assert_eq!(open_with(options).unwrap_err().code(), expected, "{path}");
    };
    fs::write(place.folder.path().join("file"), "").unwrap();
    check("", Missing::Create, "sqlite-file-folder");
    check("x.db", Missing::Refuse, "sqlite-file-missing");
    check("file/x.db", Missing::Create, "sqlite-no-folder");
    assert!(!place.folder.path().join("x.db").exists());
}

#[cfg(unix)]
#[test]
fn a_file_that_may_only_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    drop(open(&place.path));
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o444)).unwrap();
    // Nothing is read-only for root, so ask the operating system what holds for us.
    let writable = fs::OpenOptions::new().write(true).open(&place.path).is_ok();
    match open_with(Options::new(&place.path)) {
        Ok(_) => assert!(writable),
        Err(error) => {
            assert_eq!(error.code(), "sqlite-file-read-only");
            assert!(!writable);
        }
    }
}

#[test]
fn newer_and_older_tables_are_told_apart() {
    let place = place();
    let none = Migrations::new(&[]);
    let mut options = Options::new(&place.path);
    drop(Database::open(options.clone(), none, noon()).unwrap());
    options.upgrade = Upgrade::Refuse;
    let older = open_with(options.clone()).unwrap_err();
    let expected = MigrateError::OlderSchema { found: 0, known: 1 };
    assert_eq!(older.to_string(), expected.to_string());
    assert_eq!(older.code(), "sqlite-older-schema");
    drop(open(&place.path));
    drop(open_with(options.clone()).unwrap());
    let newer = Database::open(options, none, noon()).unwrap_err();
    let expected = MigrateError::NewerSchema { found: 1, known: 0 };
    assert_eq!(newer.to_string(), expected.to_string());
    assert_eq!(newer.code(), "sqlite-newer-schema");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_moved_takes_no_more_writes() {
    let place = place();
    let elsewhere = place.folder.path().join("elsewhere");
    for suffix in ["", "-wal"] {
        let database = open(&place.path);
        let path = place.folder.path().join(format!("quando.db{suffix}"));
        fs::rename(&path, &elsewhere).unwrap();
        let gone = database.write_blocking(|c| insert(c, 99));
        assert_eq!(code(gone), "sqlite-moved", "{suffix}");
        fs::copy(&elsewhere, &path).unwrap();
        let replaced = database.write_blocking(|c| insert(c, 99));
        assert_eq!(code(replaced), "sqlite-moved", "{suffix}");
        fs::rename(&elsewhere, &path).unwrap();
        let id = i64::try_from(suffix.len()).unwrap();
        database.write_blocking(move |c| insert(c, id)).unwrap();
    }
    assert_eq!(ids(&open(&place.path)), [0, 4]);
    assert_sound(&place.path);
}

#[test]
fn damage_is_found() {
    let place = place();
    let database = open(&place.path);
    let rows = |connection: &Connection| (0..2_000).try_for_each(|id| insert(connection, id));
    database.write_blocking(rows).unwrap();
    drop(database);
    let mut bytes = fs::read(&place.path).unwrap();
    let end = bytes.len();
    bytes[end - 3 * 4096..].fill(0xa5);
    fs::write(&place.path, bytes).unwrap();
    let report = quando_store_sqlite::check::examine_file(&place.path, Depth::Full);
    match report {
        Ok(report) => assert!(!report.is_sound()),
        Err(error) => assert_eq!(error.code(), "sqlite-corrupt"),
    }
}
