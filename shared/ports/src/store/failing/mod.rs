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

mod trouble;

use trouble::Troubles;
pub use trouble::{Operation, Trouble};

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
    troubles: Option<Troubles>,
}

/// Whether an operation may go to the inner store and whether its caller may know.
enum Fate {
    Passes,
    TakesEffectOnly(StoreError),
    Fails(StoreError),
}

impl FailingStore {
    /// A store that does what it is asked, but for what `troubles` says of single operations, reads included.
    pub fn troubled(
        inner: Arc<dyn Store>,
        troubles: impl Fn(&Operation<'_>) -> Option<Trouble> + Send + Sync + 'static,
    ) -> Self {
        Self { troubles: Some(Troubles(Arc::new(troubles))), ..Self::new(inner, u64::MAX) }
    }

    /// A store that fails each change after the first `allowed` ones, without effect.
    pub fn new(inner: Arc<dyn Store>, allowed: u64) -> Self {
        Self {
            inner,
            operations: Arc::default(),
            allowed,
            failure: Failure::BeforeEffect,
            counts_reads: false,
            troubles: None,
        }
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
        Self { inner, operations: Arc::clone(&self.operations), troubles: self.troubles.clone(), ..*self }
    }

    /// How many operations were asked for until now, those that failed included.
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::SeqCst)
    }

    fn fate(&self, operation: Operation<'_>) -> Fate {
        let Operation { action, key, .. } = operation;
        if let Some(trouble) = self.troubles.as_ref().and_then(|troubles| (troubles.0)(&operation)) {
            let error = trouble.error(action, key);
            return if trouble == Trouble::AnswerLost { Fate::TakesEffectOnly(error) } else { Fate::Fails(error) };
        }
        if !operation.is_write && !self.counts_reads {
            return Fate::Passes;
        }
        let before = self.operations.fetch_add(1, Ordering::SeqCst);
        if before < self.allowed {
            Fate::Passes
        } else if before == self.allowed && self.failure == Failure::AfterEffect {
            Fate::TakesEffectOnly(failure(action, key))
        } else {
            Fate::Fails(failure(action, key))
        }
    }

    fn read(&self, action: &'static str, key: &str) -> Result<(), StoreError> {
        match self.fate(Operation { action, key, is_write: false, size_bytes: 0 }) {
            Fate::Passes => Ok(()),
            // Of a read there is no effect.
            Fate::TakesEffectOnly(error) | Fate::Fails(error) => Err(error),
        }
    }

    /// Does a write as it is to happen.
    async fn write<T: Send>(
        &self,
        action: &'static str,
        key: &str,
        size_bytes: u64,
        write: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.fate(Operation { action, key, is_write: true, size_bytes }) {
            Fate::Passes => write.await,
            Fate::TakesEffectOnly(error) => write.await.and(Err(error)),
            Fate::Fails(error) => Err(error),
        }
    }
}

fn size_of(body: Body<'_>) -> u64 {
    match body {
        Body::Bytes(bytes) => bytes.len() as u64,
        Body::File(path) => std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
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
        self.write("write", key, size_of(body), self.inner.put(key, body, headers, condition)).await
    }

    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        self.write("write", key, 0, self.inner.compose(key, pieces, headers, condition)).await
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
            self.write("delete", key, 0, self.inner.delete(std::slice::from_ref(key))).await?;
        }
        Ok(())
    }
}
