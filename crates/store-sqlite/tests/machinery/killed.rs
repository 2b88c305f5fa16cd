//! A process that is killed while it writes: what it acknowledged is there, whole.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdout, Stdio};

use crate::support::{assert_sound, child, ids, insert, open, place};

const WRITE_TO: &str = "QUANDO_SQLITE_WRITE_TO";
const KILLS: &str = "QUANDO_SQLITE_KILLS";

/// `QUANDO_SQLITE_KILLS` sets how often the writer is killed; else 20 times.
#[test]
fn acknowledged_rows_survive_a_killed_writer() {
    if let Some(path) = env::var_os(WRITE_TO) {
        return write_for_ever(Path::new(&path));
    }
    let kills = env::var_os(KILLS).map_or(20, |text| text.to_str().unwrap().parse().unwrap());
    let place = place();
    let mut acknowledged: BTreeSet<i64> = BTreeSet::new();
    let mut random: u64 = 0x2545_f491_4f6c_dd1d;
    for kill in 0..kills {
        // Xorshift: the same points in each run, as far as a count of rows says where that is.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let new = write_and_kill(&place.path, random);
        acknowledged.extend(new);
        let database = open(&place.path);
        let there: BTreeSet<i64> = ids(&database).into_iter().collect();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "kill {kill} lost {lost:?}");
        drop(database);
        assert_sound(&place.path);
    }
    assert!(acknowledged.len() >= kills);
}

/// Lets a process write, kills it after some rows, and gives those that it acknowledged.
fn write_and_kill(path: &Path, random: u64) -> Vec<i64> {
    let test = "killed::acknowledged_rows_survive_a_killed_writer";
    let mut writer = child(test, WRITE_TO, path.as_os_str())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(writer.stdout.take().unwrap());
    let mut acknowledged = read_some(&mut said, 1 + random % 40);
    // Between two rows as well.
    for _ in 0..(random >> 32) % 100_000 {
        std::hint::spin_loop();
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    acknowledged.extend(read_some(&mut said, u64::MAX));
    acknowledged
}

/// Up to so many acknowledged rows, fewer at the end of what was said.
fn read_some(said: &mut BufReader<ChildStdout>, count: u64) -> Vec<i64> {
    let mut rows = Vec::new();
    let mut line = String::new();
    while u64::try_from(rows.len()).unwrap() < count {
        line.clear();
        said.by_ref().read_line(&mut line).unwrap();
        if line.is_empty() {
            break;
        }
        let whole = line.strip_suffix('\n').unwrap_or_default();
        rows.extend(
            whole
                .strip_prefix("row ")
                .map(|id| id.parse::<i64>().unwrap()),
        );
    }
    rows
}

/// Four threads write rows and tell of each one that was acknowledged, until the end.
fn write_for_ever(path: &Path) {
    let database = open(path);
    let first = ids(&database).last().map_or(0, |last| last + 1);
    // The line that the test program has begun ends here.
    tell("\n");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let database = &database;
            scope.spawn(move || {
                for id in (0..).map(|count| first + thread + 4 * count) {
                    database.write_blocking(move |c| insert(c, id)).unwrap();
                    tell(&format!("row {id}\n"));
                }
            });
        }
    });
}

/// Past the capture of the test program, at once and as a whole.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.flush().unwrap();
}
