//! A store that breaks down, to find out what a crash leaves behind.

use std::{
    io,
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Body, Condition, ETag, Headers, Listing, Object, ObjectMeta, Piece, Store, StoreError};

/// At which side of its last operation a store breaks down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The operation has no effect.
    BeforeEffect,
    /// The operation takes place, but its caller is told that it failed, as when an answer is lost. All later ones have no effect.
    AfterEffect,
}

/// Lets a number of operations pass to another store and fails every later one with a transient error.
///
/// Operations that change the store are counted: each put or compose, each key of a delete, and a copy where it arrives, as the put
/// that it is.
///
/// ```
/// # use std::sync::Arc;
/// use skyfeed_ports::store::{FailingStore, MemoryStore, Store};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let store = FailingStore::new(Arc::new(MemoryStore::default()), 1);
/// assert!(store.delete(&["a".to_owned()]).await.is_ok());
/// assert!(store.delete(&["b".to_owned()]).await.is_err_and(|error| error.is_transient()));
/// assert_eq!(store.operations(), 2);
/// # });
/// ```
#[derive(Debug)]
pub struct FailingStore {
    inner: Arc<dyn Store>,
    operations: Arc<AtomicU64>,
    allowed: u64,
    failure: Failure,
    counts_reads: bool,
}

/// Whether an operation may go to the inner store and whether its caller may know.
#[derive(PartialEq)]
enum Fate {
    Passes,
    TakesEffectOnly,
    Fails,
}

impl FailingStore {
    /// A store that fails each change after the first `allowed` ones, without effect.
    pub fn new(inner: Arc<dyn Store>, allowed: u64) -> Self {
        Self { inner, operations: Arc::default(), allowed, failure: Failure::BeforeEffect, counts_reads: false }
    }

    /// Chooses the side of the operation at which it fails.
    #[must_use]
    pub fn failing(mut self, failure: Failure) -> Self {
        self.failure = failure;
        self
    }

    /// Counts and fails reads as well as changes.
    #[must_use]
    pub fn counting_reads(mut self) -> Self {
        self.counts_reads = true;
        self
    }

    /// A store around `inner` that breaks down together with this one: they count as one.
    #[must_use]
    pub fn beside(&self, inner: Arc<dyn Store>) -> Self {
        Self { inner, operations: Arc::clone(&self.operations), ..*self }
    }

    /// How many operations were asked for until now, those that failed included.
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::SeqCst)
    }

    fn fate(&self) -> Fate {
        let before = self.operations.fetch_add(1, Ordering::SeqCst);
        if before < self.allowed {
            Fate::Passes
        } else if before == self.allowed && self.failure == Failure::AfterEffect {
            Fate::TakesEffectOnly
        } else {
            Fate::Fails
        }
    }

    fn read(&self, action: &'static str, key: &str) -> Result<(), StoreError> {
        if self.counts_reads && self.fate() != Fate::Passes { Err(failure(action, key)) } else { Ok(()) }
    }
}

fn failure(action: &'static str, key: &str) -> StoreError {
    StoreError::Backend {
        action,
        key: key.to_owned(),
        transient: true,
        source: Box::new(io::Error::other("the store was told to fail")),
    }
}

#[async_trait]
impl Store for FailingStore {
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        self.read("describe", key)?;
        self.inner.head(key).await
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.read("read", key)?;
        self.inner.get(key).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        self.read("read", key)?;
        self.inner.get_range(key, range).await
    }

    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        self.read("copy to a file", key)?;
        self.inner.get_to_file(key, file).await
    }

    async fn put(&self, key: &str, body: Body<'_>, headers: Headers, condition: Condition) -> Result<ETag, StoreError> {
        match self.fate() {
            Fate::Passes => self.inner.put(key, body, headers, condition).await,
            Fate::TakesEffectOnly => {
                self.inner.put(key, body, headers, condition).await?;
                Err(failure("write", key))
            }
            Fate::Fails => Err(failure("write", key)),
        }
    }

    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        match self.fate() {
            Fate::Passes => self.inner.compose(key, pieces, headers, condition).await,
            Fate::TakesEffectOnly => {
                self.inner.compose(key, pieces, headers, condition).await?;
                Err(failure("write", key))
            }
            Fate::Fails => Err(failure("write", key)),
        }
    }

    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
        self.read("list", prefix)?;
        self.inner.list(prefix, delimited).await
    }

    async fn copy_to(
        &self,
        from: &ObjectMeta,
        target: &dyn Store,
        key: &str,
        headers: Headers,
    ) -> Result<(), StoreError> {
        self.read("copy", &from.key)?;
        self.inner.copy_to(from, target, key, headers).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        for key in keys {
            match self.fate() {
                Fate::Passes => self.inner.delete(std::slice::from_ref(key)).await?,
                Fate::TakesEffectOnly => {
                    self.inner.delete(std::slice::from_ref(key)).await?;
                    return Err(failure("delete", key));
                }
                Fate::Fails => return Err(failure("delete", key)),
            }
        }
        Ok(())
    }
}
