//! A ledger can be read by those who may not write.

use std::{error::Error, fs, path::Path, time::Duration};

use jiff::Timestamp;
use rusqlite::Connection;
use skyfeed_ports::ledger::{AttemptOutcome, Claim, Context, Ledger, LedgerError, SqliteLedger, Work};

const LEASE: Duration = Duration::from_secs(60);

fn work(image: &str) -> Work {
    Work { kind: "fetch".to_owned(), subject: image.to_owned(), input: "x".to_owned(), turn: None }
}

fn context() -> Context {
    Context { trigger: "run".to_owned(), software: "0".to_owned(), config_sha256: String::new() }
}

async fn settle(ledger: &SqliteLedger, image: &str) {
    let now = Timestamp::now();
    let claim = ledger.claim(&work(image), &context(), now, LEASE).await.expect("a claim");
    let Claim::Acquired(ticket) = claim else { panic!("{image}: {claim:?}") };
    ledger.end(&ticket, AttemptOutcome::Done { receipt: image.to_owned() }, now).await.expect("an end");
}

async fn receipt(ledger: &SqliteLedger, image: &str) -> Option<String> {
    ledger.receipt(&work(image)).await.expect("an answer")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_ledger_that_is_not_there_is_empty_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open_read_only(&folder.path().join("no/ledger.sqlite")).unwrap();
    assert_eq!((ledger.history("a").await.unwrap(), ledger.open_attempts().await.unwrap()), (vec![], vec![]));
    assert_eq!(receipt(&ledger, "a").await, None);
    assert!(matches!(ledger.reopen(&work("a")).await, Err(LedgerError::ReadOnly { .. })));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_reader_beside_a_writer_sees_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let writer = SqliteLedger::open(&path).unwrap();
    settle(&writer, "first").await;
    let reader = SqliteLedger::open_read_only(&path).unwrap();
    settle(&writer, "second").await;
    for image in ["first", "second"] {
        assert_eq!(receipt(&reader, image).await.as_deref(), Some(image));
        assert_eq!(reader.history(image).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn changes_are_refused_and_nothing_is_left_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    settle(&SqliteLedger::open(&path).unwrap(), "a").await;
    let before = fs::read(&path).unwrap();
    let ledger = SqliteLedger::open_read_only(&path).unwrap();
    assert_eq!(receipt(&ledger, "a").await.as_deref(), Some("a"));
    let refused = ledger.claim(&work("b"), &context(), Timestamp::now(), LEASE).await.unwrap_err();
    assert_eq!(refused.to_string(), "the ledger cannot claim work: it was opened for reading only");
    assert!(!refused.is_transient());
    drop(ledger);
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(names(folder.path()), ["ledger.sqlite"]);
}

/// Permissions do not bind the superuser: for that one this proves no more than the others.
#[cfg(unix)]
#[tokio::test]
async fn a_file_and_a_folder_that_cannot_be_written_are_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let writer = SqliteLedger::open(&path).unwrap();
    settle(&writer, "a").await;
    // As a killed process leaves them, with the index of the log or without.
    for left in [&["", "-wal", "-shm"][..], &["", "-wal"]] {
        let copy = folder.path().join(left.len().to_string());
        fs::create_dir(&copy).unwrap();
        let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for suffix in left {
            let name = format!("ledger.sqlite{suffix}");
            fs::copy(folder.path().join(&name), copy.join(&name)).unwrap();
            set(&copy.join(&name), 0o400);
        }
        set(&copy, 0o500);
        let ledger = SqliteLedger::open_read_only(&copy.join("ledger.sqlite"));
        let read = match &ledger {
            Ok(ledger) => receipt(ledger, "a").await,
            Err(_) => None,
        };
        set(&copy, 0o700);
        assert_eq!(read.as_deref(), Some("a"), "{ledger:?}");
        assert_eq!(names(&copy).len(), left.len());
    }

    drop(writer);
    let set = |mode: u32, file: u32| {
        fs::set_permissions(&path, fs::Permissions::from_mode(file)).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o500, 0o400);
    let ledger = SqliteLedger::open_read_only(&path);
    set(0o700, 0o600);
    assert_eq!(receipt(&ledger.unwrap(), "a").await.as_deref(), Some("a"));
}

#[tokio::test]
async fn what_a_killed_process_left_in_the_log_is_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let (path, left) = (folder.path().join("ledger.sqlite"), folder.path().join("left"));
    let writer = SqliteLedger::open(&path).unwrap();
    settle(&writer, "a").await;
    // What is on the disk while a process has the ledger open is what is left when it is killed.
    for with_index in [true, false] {
        let _ = fs::remove_dir_all(&left);
        fs::create_dir(&left).unwrap();
        for suffix in ["", "-wal", "-shm"].into_iter().take(if with_index { 3 } else { 2 }) {
            let name = format!("ledger.sqlite{suffix}");
            fs::copy(folder.path().join(&name), left.join(&name)).unwrap();
        }
        assert!(fs::metadata(left.join("ledger.sqlite-wal")).unwrap().len() > 0);
        let ledger = SqliteLedger::open_read_only(&left.join("ledger.sqlite")).unwrap();
        assert_eq!(receipt(&ledger, "a").await.as_deref(), Some("a"), "index: {with_index}");
    }
}

#[test]
fn what_is_no_ledger_is_refused_for_readers_too() {
    let folder = tempfile::tempdir().unwrap();
    let (other, text, newer) =
        (folder.path().join("other"), folder.path().join("text"), folder.path().join("newer.sqlite"));
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    fs::write(&text, "not a database, but long enough to be one".repeat(100)).unwrap();
    drop(SqliteLedger::open(&newer).unwrap());
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 7).unwrap();
    for (path, says) in
        [(&other, "other is not a ledger of skyfeed"), (&text, "cannot open"), (&newer, "update skyfeed")]
    {
        let error = SqliteLedger::open_read_only(path).unwrap_err();
        let cause = error.source().unwrap().to_string();
        assert!(!error.is_transient() && cause.contains(says) && cause.contains(&*path.to_string_lossy()), "{cause}");
    }
}
