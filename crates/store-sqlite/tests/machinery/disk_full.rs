//! A disk without space: nothing that was acknowledged is lost, and the store goes on when there is
//! space again.

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use quando_store_sqlite::{Database, Options, SqliteError};

use crate::support::{assert_sound, child, ids, insert, insert_sized, open_with, place};

const SMALL_DISK: &str = "QUANDO_SQLITE_SMALL_DISK";

#[test]
fn a_file_of_its_greatest_size_loses_nothing() {
    let place = place();
    let mut options = Options::new(&place.path);
    options.pages_max = Some(300);
    fill(options, empty);
}

/// On a file system of 2 MiB in a mount namespace of its own. Where the operating system does not
/// give one to us, a file of a greatest size stands for it.
#[test]
fn a_full_disk_loses_nothing() {
    if let Some(folder) = env::var_os(SMALL_DISK) {
        return fill_disk(Path::new(&folder));
    }
    let place = place();
    let folder = place.folder.path();
    let mounted = "mount -t tmpfs -o size=2m tmpfs \"$0\"";
    let mut try_it = Command::new("unshare");
    try_it.args(["-rm", "sh", "-c", mounted]).arg(folder);
    if !try_it.output().is_ok_and(|output| output.status.success()) {
        let mut options = Options::new(&place.path);
        options.pages_max = Some(400);
        return fill(options, empty);
    }
    let own = child(
        "disk_full::a_full_disk_loses_nothing",
        SMALL_DISK,
        folder.as_ref(),
    );
    let script = format!("{mounted} && exec \"$@\"");
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .arg(folder)
        .arg(own.get_program())
        .args(own.get_args())
        .env(SMALL_DISK, folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("the disk was full"), "{said}");
}

fn empty(database: &Database) -> Vec<i64> {
    database
        .write_blocking(|connection| {
            connection.execute_batch("DELETE FROM row; DELETE FROM twin")?;
            Ok::<_, SqliteError>(())
        })
        .unwrap();
    Vec::new()
}

fn fill_disk(folder: &Path) {
    let ballast = folder.join("ballast");
    fs::write(&ballast, vec![0; 500_000]).unwrap();
    fill(Options::new(folder.join("quando.db")), |database| {
        fs::remove_file(&ballast).unwrap();
        let mut out = std::io::stdout().lock();
        out.write_all(b"the disk was full\n").unwrap();
        ids(database)
    });
}

/// Writes until the disk is full, makes space, and writes again. `relieve` makes the space and
/// says which rows are there afterwards.
fn fill(options: Options, relieve: impl FnOnce(&Database) -> Vec<i64>) {
    let path = options.path.clone();
    let is_limited = options.pages_max.is_some();
    let database = open_with(options).unwrap();
    let acknowledged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (database, acknowledged) = (&database, &acknowledged);
            scope.spawn(move || {
                for id in (0..1_000_000).map(|count| thread * 1_000_000 + count) {
                    match database.write_blocking(move |c| insert_sized(c, id, 5_000)) {
                        Ok(()) => acknowledged.lock().unwrap().push(id),
                        Err(error) => {
                            assert_eq!(error.code(), "sqlite-disk-full");
                            return;
                        }
                    }
                }
            });
        }
    });
    let mut acknowledged = acknowledged.into_inner().unwrap();
    acknowledged.sort_unstable();
    assert!(acknowledged.len() > 20, "only {}", acknowledged.len());
    assert_eq!(ids(&database), acknowledged, "reads go on");
    let mut expected = relieve(&database);
    if !is_limited {
        assert_eq!(expected, acknowledged);
    }
    for id in -10..0 {
        database.write_blocking(move |c| insert(c, id)).unwrap();
    }
    expected.splice(0..0, -10..0);
    assert_eq!(ids(&database), expected);
    drop(database);
    assert_sound(&path);
    let options = Options::new(&path);
    assert_eq!(ids(&open_with(options).unwrap()), expected);
}
