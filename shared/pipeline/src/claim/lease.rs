//! How long a worker may write, and stores that refuse it afterwards.

use std::{
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use skyfeed_ports::{
    clock::Clock,
    store::{Body, Condition, ETag, Headers, Listing, Object, ObjectMeta, Piece, Store, StoreError},
};

/// Writes end so long before the lease does: clocks of two machines differ, and a request that was given up may still arrive.
const MARGIN: SignedDuration = SignedDuration::from_secs(3);

/// Until when a claim is held, as far as its worker knows. Renewals move it on.
#[derive(Debug)]
pub(super) struct Lease {
    until: Mutex<Timestamp>,
    clock: Arc<dyn Clock>,
}

impl Lease {
    pub(super) fn new(clock: Arc<dyn Clock>, until: Timestamp) -> Arc<Self> {
        Arc::new(Self { until: Mutex::new(until), clock })
    }

    pub(super) fn renewed(&self, until: Timestamp) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn left(&self) -> SignedDuration {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.duration_since(self.clock.now()) - MARGIN
    }

    /// Waits until nothing more may be written.
    async fn over(&self) {
        while let Ok(left) = Duration::try_from(self.left())
            && !left.is_zero()
        {
            self.clock.sleep(left).await;
        }
    }

    /// Does a write unless the lease is over, and gives it up when it ends.
    async fn within<T>(
        &self,
        key: &str,
        write: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        tokio::select! {
            // Whoever slept looks at the clock before it sends anything.
            biased;
            () = self.over() => Err(StoreError::LeaseOver { key: key.to_owned() }),
            written = write => written,
        }
    }
}

/// A store as one worker has it while its lease lasts: no write is sent after the lease, and none outlives it.
#[derive(Debug)]
pub(super) struct Fenced {
    pub(super) store: Arc<dyn Store>,
    pub(super) lease: Arc<Lease>,
}

#[async_trait]
impl Store for Fenced {
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        self.store.head(key).await
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.store.get(key).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        self.store.get_range(key, range).await
    }

    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        self.store.get_to_file(key, file).await
    }

    async fn put(&self, key: &str, body: Body<'_>, headers: Headers, condition: Condition) -> Result<ETag, StoreError> {
        self.lease.within(key, self.store.put(key, body, headers, condition)).await
    }

    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        self.lease.within(key, self.store.compose(key, pieces, headers, condition)).await
    }

    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
        self.store.list(prefix, delimited).await
    }

    async fn copy_to(
        &self,
        from: &ObjectMeta,
        target: &dyn Store,
        key: &str,
        headers: Headers,
    ) -> Result<(), StoreError> {
        // The store has to see its own kind to copy without the bytes.
        let any: &dyn std::any::Any = target;
        let target = any.downcast_ref::<Self>().map_or(target, |fenced| &*fenced.store);
        self.lease.within(key, self.store.copy_to(from, target, key, headers)).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        let first = keys.first().map_or("", String::as_str);
        self.lease.within(first, self.store.delete(keys)).await
    }
}
