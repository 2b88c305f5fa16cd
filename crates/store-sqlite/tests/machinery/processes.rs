//! Several stores, in one process and in two, that write to one file at once.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::sync::Barrier;

use quando_store_sqlite::Database;

use crate::support::{assert_sound, child, ids, insert, open, place};

const FIRST_ROW: &str = "QUANDO_SQLITE_FIRST_ROW";
const THREADS: i64 = 8;
const EACH: i64 = 50;

fn write_rows(database: &Database, first: i64) {
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                for count in 0..EACH {
                    let id = first + thread * EACH + count;
                    database.write_blocking(move |c| insert(c, id)).unwrap();
                }
            });
        }
    });
}

fn assert_complete(path: &Path) {
    let all: Vec<i64> = (0..2 * THREADS * EACH).collect();
    assert_eq!(ids(&open(path)), all);
    assert_sound(path);
}

#[test]
fn two_stores_of_one_process_lose_nothing() {
    let place = place();
    let stores = [open(&place.path), open(&place.path)];
    std::thread::scope(|scope| {
        scope.spawn(|| write_rows(&stores[0], 0));
        scope.spawn(|| write_rows(&stores[1], THREADS * EACH));
    });
    drop(stores);
    assert_complete(&place.path);
}

#[test]
fn two_processes_lose_nothing() {
    let path_of = |text: &str| -> (String, i64) {
        let (first, path) = text.split_once(' ').unwrap();
        (path.to_owned(), first.parse().unwrap())
    };
    if let Some(text) = env::var_os(FIRST_ROW) {
        let (path, first) = path_of(text.to_str().unwrap());
        return write_rows(&open(Path::new(&path)), first);
    }
    let place = place();
    let test = "processes::two_processes_lose_nothing";
    let children = [0, THREADS * EACH].map(|first| {
        let text = format!("{first} {}", place.path.display());
        child(test, FIRST_ROW, text.as_ref())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    assert_complete(&place.path);
}
