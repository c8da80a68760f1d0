//! Machines rely on the codes of errors, and on what cures them.

use std::io::{Error, ErrorKind};

use skyfeed_ports::{
    Remedy,
    ledger::{LedgerError, OpenError},
    store::StoreError,
};

#[test]
fn errors_of_stores_have_a_code_and_a_remedy() {
    let key = || "a".to_owned();
    let io = |kind: ErrorKind| StoreError::from_io("write", "a", Error::from(kind));
    for (error, code, remedy) in [
        (StoreError::Precondition { key: key() }, "store-changed", Remedy::Retry),
        (StoreError::Key { key: key(), problem: "it is bad" }, "store-key", Remedy::Person),
        (io(ErrorKind::StorageFull), "store-unavailable", Remedy::Retry),
        (io(ErrorKind::PermissionDenied), "store-refused", Remedy::Person),
    ] {
        assert_eq!((error.code(), error.remedy()), (code, remedy), "{error}");
    }
}

#[test]
fn errors_of_ledgers_have_a_code_and_a_remedy() {
    let backend = |transient| LedgerError::Backend {
        action: "claim work",
        transient,
        source: Box::new(Error::other("the disk is on fire")),
    };
    let lost = LedgerError::Lost { kind: "tile".to_owned(), subject: "m31".to_owned() };
    for (error, code, remedy) in [
        (lost, "ledger-lost", Remedy::Retry),
        (LedgerError::ReadOnly { action: "claim work" }, "ledger-read-only", Remedy::Person),
        (backend(true), "ledger-unavailable", Remedy::Retry),
        (backend(false), "ledger-refused", Remedy::Person),
    ] {
        assert_eq!((error.code(), error.remedy()), (code, remedy), "{error}");
    }
    let foreign = OpenError::Foreign { path: "x".into() };
    assert_eq!((foreign.code(), foreign.remedy()), ("ledger-foreign", Remedy::Person));
    let busy = OpenError::Busy { path: "x".into() };
    assert_eq!((busy.code(), busy.remedy()), ("ledger-busy", Remedy::Retry));
}
