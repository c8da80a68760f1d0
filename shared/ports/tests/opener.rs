//! Openers find what a URL names, or say what can be written.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use skyfeed_ports::{
    Remedy,
    ledger::{Ledger, LedgerError, MemoryLedger, Work},
    opener::{Access, Kind, LocalOpener, OpenError, Opener, Openers, Scheme},
    store::{MemoryStore, Store},
};

/// A backend whose stores and ledgers are new at each opening.
#[derive(Debug)]
struct Fleeting;

#[derive(Debug, thiserror::Error)]
#[error("nothing is called `{0}`")]
struct Nameless(String);

#[async_trait]
impl Opener for Fleeting {
    fn schemes(&self) -> &'static [Scheme] {
        &[
            Scheme { name: "memory", kind: Kind::Store, form: "memory://NAME" },
            Scheme { name: "memory", kind: Kind::Ledger, form: "memory://NAME" },
        ]
    }

    async fn open_store(&self, url: &str) -> Result<Arc<dyn Store>, OpenError> {
        match url {
            "memory://" => Err(OpenError::refused("memory-nameless", Nameless(url.to_owned()))),
            _ => Ok(Arc::new(MemoryStore::default())),
        }
    }

    async fn open_ledger(&self, _: &str, _: Access) -> Result<Arc<dyn Ledger>, OpenError> {
        Ok(Arc::new(MemoryLedger::default()))
    }

    fn advice(&self, error: &(dyn Error + 'static)) -> Option<String> {
        error.to_string().contains("nothing is called").then(|| "give it a name".to_owned())
    }
}

fn openers() -> Openers {
    Openers::default().with(Arc::new(Fleeting)).with(Arc::new(LocalOpener))
}

#[tokio::test]
async fn each_scheme_has_its_opener_and_each_opener_its_advice() {
    let folder = tempfile::tempdir().unwrap();
    let openers = openers();
    openers.open_store("memory://a").await.unwrap();
    openers.open_ledger("memory://a", Access::ReadWrite).await.unwrap();
    let url = format!("file://{}/my%20work", folder.path().display());
    openers.open_store(&url).await.unwrap();
    assert!(folder.path().join("my work").is_dir());

    let refused = openers.open_store("memory://").await.unwrap_err();
    assert_eq!((refused.code(), refused.remedy(), refused.is_usage()), ("memory-nameless", Remedy::Person, true));
    assert_eq!(refused.to_string(), "nothing is called `memory://`");
    assert_eq!(openers.advice(&refused).as_deref(), Some("give it a name"));
    assert_eq!(openers.advice(&std::io::Error::other("disk on fire")), None);
}

#[tokio::test]
async fn what_is_no_url_of_a_store_or_ledger_is_named_with_what_can_be_written() {
    let openers = openers();
    for url in ["", "work", "/srv/work", "http://example.org/", "file://host/path", "file://", "sqlite:///srv/a"] {
        let error = openers.open_store(url).await.unwrap_err();
        assert!(error.is_usage() && error.to_string().contains(&format!("`{url}`")), "{error}");
    }
    for url in ["", "ledger.sqlite", "sqlite://ledger.sqlite", "sqlite:///", "file:///srv/a"] {
        let error = openers.open_ledger(url, Access::ReadOnly).await.unwrap_err();
        assert!(error.is_usage() && error.to_string().contains(&format!("`{url}`")), "{error}");
    }
    let error = openers.open_store("ftp://x").await.unwrap_err();
    assert_eq!(error.to_string(), "`ftp://x` is not the URL of a store: write `memory://NAME` or `file:///FOLDER`");
    assert_eq!(error.code(), "url-unknown");
}

#[tokio::test]
async fn a_ledger_that_is_opened_for_reading_is_neither_made_nor_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let url = format!("sqlite://{}", path.display());
    let work = Work { kind: "tile".to_owned(), subject: "m31".to_owned(), input: "x".to_owned(), turn: None };
    let reader = openers().open_ledger(&url, Access::ReadOnly).await.unwrap();
    assert!(matches!(reader.reopen(&work).await, Err(LedgerError::ReadOnly { .. })));
    assert!(!path.exists());
    openers().open_ledger(&url, Access::ReadWrite).await.unwrap().reopen(&work).await.unwrap();
    assert!(path.exists());
}
