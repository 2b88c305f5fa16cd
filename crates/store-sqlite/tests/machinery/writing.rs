//! Jobs in groups.

use std::time::Duration;

use quando_store_sqlite::{Options, SqliteError};
use rusqlite::{Connection, TransactionBehavior};

use crate::support::{Gate, assert_sound, code, ids, insert, insert_sized, open, open_with, place};

#[test]
fn jobs_that_wait_share_one_commit() {
    let place = place();
    let database = open(&place.path);
    let gate = Gate::shut(&database);
    let before = database.writer_counts();
    let answers: Vec<_> = (0..200)
        .map(|id| database.write(move |connection| insert(connection, id)))
        .collect();
    gate.open();
    for answer in answers {
        answer.wait().unwrap();
    }
    let after = database.writer_counts();
    assert_eq!(after.jobs - before.jobs, 201);
    assert_eq!(after.commits - before.commits, 2, "the gate's, and one");
    assert_eq!(ids(&database), (0..200).collect::<Vec<_>>());
}

#[test]
fn a_group_has_its_greatest_size() {
    let place = place();
    let mut options = Options::new(&place.path);
    options.group_max = 3;
    let database = open_with(options).unwrap();
    let gate = Gate::shut(&database);
    let answers: Vec<_> = (0..7)
        .map(|id| database.write(move |connection| insert(connection, id)))
        .collect();
    gate.open();
    for answer in answers {
        answer.wait().unwrap();
    }
    assert_eq!(database.writer_counts().commits, 1 + 3);
}

#[test]
fn a_job_that_fails_leaves_the_others() {
    let place = place();
    let database = open(&place.path);
    let gate = Gate::shut(&database);
    let first = database.write(|connection| insert(connection, 1));
    let refused: quando_store_sqlite::Answer<(), _> = database.write(|connection| {
        insert(connection, 2)?;
        Err(SqliteError::Closed)
    });
    let again = database.write(|connection| insert(connection, 1));
    let panics = database.write(|connection| {
        insert(connection, 3)?;
        let none: Option<()> = None;
        none.ok_or(SqliteError::Closed).unwrap();
        Ok(())
    });
    let last = database.write(|connection| insert(connection, 4));
    gate.open();
    first.wait().unwrap();
    assert_eq!(code(refused.wait()), "sqlite-closed");
    assert_eq!(code(again.wait()), "sqlite-constraint");
    assert_eq!(code(panics.wait()), "sqlite-panicked");
    last.wait().unwrap();
    assert_eq!(ids(&database), [1, 4]);
    assert_eq!(database.writer_counts().split, 0);
}

#[test]
fn a_commit_that_fails_fails_for_the_guilty_alone() {
    let place = place();
    let database = open(&place.path);
    let gate = Gate::shut(&database);
    let innocent = database.write(|connection| insert(connection, 1));
    let guilty = database.write(|connection| {
        insert(connection, 2)?;
        connection.execute("INSERT INTO child VALUES (99)", [])?;
        Ok::<_, SqliteError>(())
    });
    // It fails because of row 2, which is never committed: so it must not be told of it.
    let misled = database.write(|connection| insert(connection, 2));
    gate.open();
    innocent.wait().unwrap();
    assert_eq!(code(guilty.wait()), "sqlite-constraint");
    misled.wait().unwrap();
    assert_eq!(ids(&database), [1, 2]);
    assert_eq!(database.writer_counts().split, 1);
}

#[test]
fn a_job_too_large_for_the_disk_leaves_the_others() {
    let place = place();
    let mut options = Options::new(&place.path);
    options.pages_max = Some(64);
    let database = open_with(options).unwrap();
    let gate = Gate::shut(&database);
    let mut answers: Vec<_> = (0..10)
        .map(|id| database.write(move |connection| insert(connection, id)))
        .collect();
    let large = database.write(|connection| insert_sized(connection, 99, 64 * 4096));
    let hidden = database.write(|connection| {
        // Hiding the error does not make the transaction whole.
        drop(insert_sized(connection, 98, 64 * 4096));
        Ok::<_, SqliteError>(())
    });
    answers.extend((10..20).map(|id| database.write(move |c| insert(c, id))));
    gate.open();
    for answer in answers {
        answer.wait().unwrap();
    }
    assert_eq!(code(large.wait()), "sqlite-disk-full");
    assert_eq!(code(hidden.wait()), "sqlite-rolled-back");
    assert_eq!(ids(&database), (0..20).collect::<Vec<_>>());
    drop(database);
    assert_sound(&place.path);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let place = place();
    let mut options = Options::new(&place.path);
    options.waiting_max = 2;
    let database = open_with(options).unwrap();
    let gate = Gate::shut(&database);
    let first = database.write(|connection| insert(connection, 1));
    let second = database.write(|connection| insert(connection, 2));
    let refused = database.write_blocking(|connection| insert(connection, 3));
    assert_eq!(code(refused), "sqlite-overloaded");
    gate.open();
    first.wait().unwrap();
    second.wait().unwrap();
    database.write_blocking(|c| insert(c, 4)).unwrap();
    assert_eq!(ids(&database), [1, 2, 4]);
}

#[test]
fn a_job_that_nobody_waits_for_is_not_begun() {
    let place = place();
    let database = open(&place.path);
    let gate = Gate::shut(&database);
    drop(database.write(|connection| insert(connection, 1)));
    let second = database.write(|connection| insert(connection, 2));
    gate.open();
    second.wait().unwrap();
    assert_eq!(ids(&database), [2]);
}

#[test]
fn closing_finishes_what_waits_and_empties_the_log() {
    let place = place();
    let database = open(&place.path);
    let gate = Gate::shut(&database);
    let answers: Vec<_> = (0..50)
        .map(|id| database.write(move |connection| insert(connection, id)))
        .collect();
    gate.open();
    drop(database);
    for answer in answers {
        answer.wait().unwrap();
    }
    let log = place.folder.path().join("quando.db-wal");
    assert!(!log.exists(), "the last one to close removes the log");
    assert_eq!(ids(&open(&place.path)).len(), 50);
}

#[test]
fn a_job_may_hold_the_last_handle() {
    let place = place();
    let database = std::sync::Arc::new(open(&place.path));
    let gate = Gate::shut(&database);
    let mut held = Some(std::sync::Arc::clone(&database));
    let answer = database.write(move |connection| {
        insert(connection, 1)?;
        drop(held.take());
        Ok::<_, SqliteError>(())
    });
    let opener = std::thread::spawn(move || gate.open());
    drop(database);
    opener.join().unwrap();
    answer.wait().unwrap();
    assert_eq!(ids(&open(&place.path)), [1]);
}

#[test]
fn a_lock_held_too_long_is_busy_and_not_for_ever() {
    let place = place();
    let mut options = Options::new(&place.path);
    options.busy_timeout = Duration::from_millis(30);
    let database = open_with(options).unwrap();
    let mut other = Connection::open(&place.path).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let busy = database.write_blocking(|connection| insert(connection, 1));
    assert_eq!(code(busy), "sqlite-busy");
    assert_eq!(ids(&database), [0; 0], "reads do not wait");
    lock.rollback().unwrap();
    database.write_blocking(|c| insert(c, 2)).unwrap();
    assert_eq!(ids(&database), [2]);
}
