//! Steps up and down.

use std::sync::Barrier;

use quando_store_sqlite::migrate::{MigrateError, Migration, Migrations};
use quando_store_sqlite::{Options, open_writing};
use rusqlite::Connection;

use crate::support::{Place, noon, place};

const FIRST: Migration = Migration {
    version: 1,
    name: "first",
    up: "CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1), (2);",
    down: "DROP TABLE a;",
};
const SECOND: Migration = Migration {
    version: 2,
    name: "second",
    up: "CREATE TABLE b (a INTEGER REFERENCES a (id)); INSERT INTO b VALUES (2);",
    down: "DROP TABLE b;",
};

fn connect(place: &Place) -> Connection {
    open_writing(&Options::new(&place.path)).unwrap()
}

fn tables(connection: &Connection) -> Vec<String> {
    let mut names = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap();
    let names = names.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

#[test]
fn steps_are_taken_and_taken_back() {
    let place = place();
    let connection = connect(&place);
    let steps = [FIRST, SECOND];
    let steps = Migrations::new(&steps);
    let applied = |connection: &Connection| -> Vec<bool> {
        let status = steps.status(connection).unwrap();
        status
            .iter()
            .map(|each| each.applied_at.is_some())
            .collect()
    };
    assert_eq!(applied(&connection), [false, false]);
    steps.up(&connection, Some(1), noon()).unwrap();
    assert_eq!(applied(&connection), [true, false]);
    assert_eq!(tables(&connection), ["a", "schema_version"]);
    steps.up(&connection, None, noon()).unwrap();
    steps.up(&connection, None, noon()).unwrap();
    assert_eq!(tables(&connection), ["a", "b", "schema_version"]);
    let status = steps.status(&connection).unwrap();
    assert_eq!(status[1].name, "second");
    assert_eq!(
        status[1].applied_at.as_deref(),
        Some("2026-11-23T12:00:00Z")
    );
    steps.down(&connection, 1).unwrap();
    assert_eq!(tables(&connection), ["a", "schema_version"]);
    steps.down(&connection, 0).unwrap();
    assert_eq!(tables(&connection), ["schema_version"]);
    steps.up(&connection, None, noon()).unwrap();
    assert_eq!(tables(&connection), ["a", "b", "schema_version"]);
    let beyond = steps.up(&connection, Some(3), noon()).unwrap_err();
    assert_eq!(beyond.code(), "sqlite-migration-unknown");
}

#[test]
fn a_step_that_fails_leaves_nothing() {
    let check = |up: &'static str, expected: &str| {
        let place = place();
        let connection = connect(&place);
        let steps = [FIRST, Migration { up, ..SECOND }];
        let error = Migrations::new(&steps)
            .up(&connection, None, noon())
            .unwrap_err();
        assert_eq!(error.code(), expected, "{up}");
        assert_eq!(tables(&connection), ["a", "schema_version"], "{up}");
        let repaired = [FIRST, SECOND];
        Migrations::new(&repaired)
            .up(&connection, None, noon())
            .unwrap();
    };
    check(
        "CREATE TABLE b (x); CREATE TABLE b (x);",
        "sqlite-migration-failed",
    );
    check(
        "CREATE TABLE b (a INTEGER REFERENCES a (id)); INSERT INTO b VALUES (3);",
        "sqlite-migration-foreign-keys",
    );
}

#[test]
fn a_step_that_changed_is_refused() {
    let place = place();
    let connection = connect(&place);
    Migrations::new(&[FIRST])
        .up(&connection, None, noon())
        .unwrap();
    let up = "CREATE TABLE a (id INTEGER PRIMARY KEY)";
    let changed = [Migration { up, ..FIRST }, SECOND];
    let changed = Migrations::new(&changed);
    let expected = MigrateError::Changed { version: 1 }.to_string();
    let up = changed.up(&connection, None, noon()).unwrap_err();
    assert_eq!(up.to_string(), expected);
    assert_eq!(
        changed.down(&connection, 0).unwrap_err().to_string(),
        expected
    );
    assert_eq!(tables(&connection), ["a", "schema_version"]);
}

#[test]
fn a_checksum_is_that_of_both_texts() {
    // printf 'up\0down' | sha256sum
    let migration = Migration {
        up: "up",
        down: "down",
        ..FIRST
    };
    let expected = "c13816f3ce7f7a371e0481e1f22ae299a1a806684932348405f39757173e3316";
    assert_eq!(migration.checksum(), expected);
}

#[test]
fn of_several_that_open_one_new_file_one_migrates() {
    for _ in 0..20 {
        let place = place();
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let connection = connect(&place);
                    let steps = [FIRST, SECOND];
                    Migrations::new(&steps)
                        .up(&connection, None, noon())
                        .unwrap();
                });
            }
        });
        let rows = "SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)";
        let rows: i64 = connect(&place)
            .query_row(rows, [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 2 + 1);
    }
}
