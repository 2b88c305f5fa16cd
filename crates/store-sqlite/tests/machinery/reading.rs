//! Reads beside writes.

use std::sync::mpsc::channel;

use quando_store_sqlite::{Options, SqliteError};

use crate::support::{code, ids, insert, list, open, open_with, place};

#[test]
fn a_read_sees_one_state_and_the_next_one_the_new() {
    let place = place();
    let database = open(&place.path);
    database.write_blocking(|c| insert(c, 1)).unwrap();
    let (begun, has_begun) = channel();
    let (go, wait) = channel();
    let reading = database.read(move |connection| {
        let before = list(connection)?;
        begun.send(()).unwrap();
        wait.recv().unwrap();
        Ok::<_, SqliteError>((before, list(connection)?))
    });
    has_begun.recv().unwrap();
    database.write_blocking(|c| insert(c, 2)).unwrap();
    assert_eq!(ids(&database), [1, 2], "what was acknowledged is seen");
    go.send(()).unwrap();
    assert_eq!(reading.wait().unwrap(), (vec![1], vec![1]));
}

#[test]
fn every_acknowledged_row_is_read() {
    let place = place();
    let database = open(&place.path);
    for id in 0..100 {
        database.write_blocking(move |c| insert(c, id)).unwrap();
        assert_eq!(ids(&database).last(), Some(&id));
    }
}

#[test]
fn reads_cannot_write_and_survive_panics() {
    let place = place();
    let mut options = Options::new(&place.path);
    options.readers = 1;
    let database = open_with(options).unwrap();
    let wrote = database.read_blocking(|connection| insert(connection, 1));
    assert_eq!(code(wrote), "sqlite-read-only");
    let panicked = database.read_blocking(|connection| {
        list(connection)?;
        let none: Option<()> = None;
        none.ok_or(SqliteError::Closed).unwrap();
        Ok::<_, SqliteError>(())
    });
    assert_eq!(code(panicked), "sqlite-panicked");
    assert_eq!(ids(&database), [0; 0]);
}

#[test]
fn a_full_queue_of_reads_refuses_at_once() {
    let place = place();
    let mut options = Options::new(&place.path);
    (options.readers, options.waiting_max) = (1, 1);
    let database = open_with(options).unwrap();
    let (begun, has_begun) = channel();
    let (go, wait) = channel();
    let running = database.read(move |_| {
        begun.send(()).unwrap();
        wait.recv().unwrap();
        Ok::<_, SqliteError>(())
    });
    has_begun.recv().unwrap();
    let waiting = database.read(list);
    let refused = database.read_blocking(list);
    assert_eq!(code(refused), "sqlite-overloaded");
    go.send(()).unwrap();
    running.wait().unwrap();
    waiting.wait().unwrap();
}
