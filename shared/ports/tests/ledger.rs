//! The ledgers that come with the pipeline keep the contract of all ledgers.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use rusqlite::Connection;
use skyfeed_ports::ledger::{
    AttemptOutcome, Claim, Context, Ledger, LedgerError, MemoryLedger, SqliteLedger, Work, contract,
};

const LEASE: Duration = Duration::from_secs(60);

fn work(image: &str) -> Work {
    Work { kind: "fetch".to_owned(), subject: image.to_owned(), input: "x".to_owned(), turn: None }
}

fn context() -> Context {
    Context { trigger: "run".to_owned(), software: "0".to_owned(), config_sha256: String::new() }
}

/// The message of an error with its causes.
#[track_caller]
fn refusal(path: &Path) -> String {
    let error = SqliteLedger::open(path).expect_err("opened");
    assert!(!error.is_transient());
    format!("{error}: {}", std::error::Error::source(&error).expect("no cause"))
}

#[tokio::test]
async fn memory_keeps_the_contract() -> Result<(), LedgerError> {
    contract(&MemoryLedger::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() -> Result<(), LedgerError> {
    let folder = tempfile::tempdir().unwrap();
    contract(&SqliteLedger::open(&folder.path().join("ledger.sqlite"))?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_openers_of_one_file_share_claims_and_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/ledger.sqlite");
    let open = || {
        let path = path.clone();
        std::thread::spawn(move || SqliteLedger::open(&path))
    };
    // All at once, as the first run of several processes does.
    let threads: Vec<_> = (0..8).map(|_| open()).collect();
    let ledgers: Vec<_> = threads.into_iter().map(|thread| Arc::new(thread.join().unwrap().unwrap())).collect();

    let now = Timestamp::now();
    for round in 0..10 {
        let claims = (0..32).map(|caller| {
            let ledger = Arc::clone(&ledgers[caller % ledgers.len()]);
            tokio::spawn(async move { ledger.claim(&work(&format!("race {round}")), &context(), now, LEASE).await })
        });
        let mut winners = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            if let Claim::Acquired(ticket) = claim.await.unwrap().unwrap() {
                winners.push(ticket);
            }
        }
        assert_eq!(winners.len(), 1);
        // Another opener than the one that claimed.
        ledgers[round % 8].end(&winners[0], AttemptOutcome::Released, now).await.unwrap();
    }
    drop(ledgers);
    let again = SqliteLedger::open(&path).unwrap();
    assert_eq!(again.history("race 3").await.unwrap()[0].outcome, Some(AttemptOutcome::Released));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
    ledger.claim(&work("a"), &context(), Timestamp::now(), LEASE).await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        seen += 1;
    }
    assert_eq!(seen, 3, "the file, its log and the index of the log");
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    drop(SqliteLedger::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let message = refusal(&path);
    assert!(message.contains("ledger.sqlite has schema 7") && message.ends_with("update skyfeed"), "{message}");
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (database, text) = (folder.path().join("other.sqlite"), folder.path().join("text"));
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    std::fs::write(&text, "not a database, but long enough to be one".repeat(100)).unwrap();
    let before = std::fs::read(&database).unwrap();
    assert!(refusal(&database).ends_with("other.sqlite is not a ledger of skyfeed"));
    assert!(std::fs::read(&database).unwrap() == before);
    assert!(refusal(&text).contains("cannot open"), "{}", refusal(&text));
    assert!(refusal(folder.path()).contains("cannot open"), "{}", refusal(folder.path()));
    assert!(refusal(&text.join("ledger.sqlite")).contains("cannot create"), "{}", refusal(&text.join("ledger.sqlite")));
}

#[tokio::test]
async fn a_damaged_file_is_told_how_to_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, [0x5a; 5000]).unwrap();
    let error = SqliteLedger::open(&path).unwrap_err();
    assert!(!error.is_transient());
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("ledger.sqlite") && cause.contains("move it away"), "{cause}");
}
