//! Copies while others write.

use std::fs;

use quando_store_sqlite::backup::{Existing, Progress, copy};
use quando_store_sqlite::check::{Depth, examine_file};

use crate::support::{assert_sound, ids, insert, insert_sized, open, place};

#[test]
fn a_copy_has_the_state_of_its_beginning_while_others_write() {
    let place = place();
    let database = open(&place.path);
    for id in 0..500 {
        drop(database.write(move |c| insert_sized(c, id, 8_000)).wait());
    }
    let target = place.folder.path().join("backup.db");
    let mut seen: Vec<Progress> = Vec::new();
    let mut next = 500;
    database
        .backup(&target, Existing::Refuse, |progress| {
            seen.push(progress);
            database.write_blocking(move |c| insert(c, next)).unwrap();
            next += 1;
        })
        .unwrap();
    assert!(seen.len() > 3, "{seen:?}");
    assert!(seen.is_sorted_by_key(|progress| progress.done));
    let last = seen.last().unwrap();
    assert_eq!(last.done, last.total);
    let report = examine_file(&target, Depth::Full).unwrap();
    assert_eq!(report.journal_mode, "delete");
    assert_eq!(report.pages, last.total);
    let files = fs::read_dir(place.folder.path()).unwrap();
    let partial = files.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("partial")
    });
    assert_eq!(partial.count(), 0);
    assert_eq!(ids(&open(&target)), (0..500).collect::<Vec<_>>());
    assert_eq!(ids(&database).len(), 500 + seen.len());
}

#[test]
fn a_backup_is_restored_by_copying_it_back() {
    let place = place();
    let target = place.folder.path().join("backup.db");
    let database = open(&place.path);
    database.write_blocking(|c| insert(c, 1)).unwrap();
    database.backup(&target, Existing::Refuse, |_| {}).unwrap();
    database.write_blocking(|c| insert(c, 2)).unwrap();
    let refused = copy(&target, &place.path, Existing::Replace, |_| {}).unwrap_err();
    assert_eq!(refused.code(), "sqlite-backup-in-use");
    drop(database);
    copy(&target, &place.path, Existing::Replace, |_| {}).unwrap();
    assert_eq!(ids(&open(&place.path)), [1]);
    assert_sound(&place.path);
}

#[test]
fn what_is_there_stays_unless_told() {
    let place = place();
    let target = place.folder.path().join("backup.db");
    fs::write(&target, "precious").unwrap();
    let database = open(&place.path);
    let refused = database
        .backup(&target, Existing::Refuse, |_| {})
        .unwrap_err();
    assert_eq!(refused.code(), "sqlite-backup-exists");
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    database.backup(&target, Existing::Replace, |_| {}).unwrap();
    assert_sound(&target);
    let folder = database.backup(place.folder.path(), Existing::Replace, |_| {});
    assert_eq!(folder.unwrap_err().code(), "sqlite-backup-exists");
    let nowhere = place.folder.path().join("no/folder.db");
    let nowhere = database.backup(&nowhere, Existing::Refuse, |_| {});
    assert_eq!(nowhere.unwrap_err().code(), "sqlite-backup-io");
}

#[test]
fn another_ones_file_is_no_source() {
    let place = place();
    let target = place.folder.path().join("backup.db");
    fs::write(&place.path, "no database ".repeat(500)).unwrap();
    let refused = copy(&place.path, &target, Existing::Refuse, |_| {}).unwrap_err();
    assert_eq!(refused.code(), "sqlite-not-a-database");
    fs::write(&place.path, "").unwrap();
    let refused = copy(&place.path, &target, Existing::Refuse, |_| {}).unwrap_err();
    assert_eq!(refused.code(), "sqlite-backup-other-application");
    assert!(!target.exists());
}
