//! A store that counts.

use std::{any::Any, ops::Range, path::Path, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Counters, ENTRIES_OF_A_REQUEST, Operation, PART_BYTES};
use crate::store::{Body, Condition, ETag, Headers, Listing, Object, ObjectMeta, Piece, Store, StoreError};

/// Counts what is asked of another store. A copy to another counted store is one request of the store that it comes from, as inside S3.
#[derive(Clone, Debug)]
pub struct CountedStore {
    inner: Arc<dyn Store>,
    counters: Arc<Counters>,
}

impl CountedStore {
    /// A store around `inner`.
    pub fn new(inner: Arc<dyn Store>, counters: &Arc<Counters>) -> Self {
        Self { inner, counters: Arc::clone(counters) }
    }

    async fn one(&self, operation: Operation, key: &str) {
        self.counters.count(operation, 1, &[key]).await;
    }
}

/// The requests that a body of this size takes.
fn requests_of(size_bytes: u64) -> u64 {
    if size_bytes > PART_BYTES { size_bytes.div_ceil(PART_BYTES) + 2 } else { 1 }
}

#[async_trait]
impl Store for CountedStore {
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        self.one(Operation::Head, key).await;
        self.inner.head(key).await
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.one(Operation::Get, key).await;
        let object = self.inner.get(key).await?;
        self.counters.read(object.as_ref().map_or(0, |object| object.bytes.len() as u64));
        Ok(object)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        self.one(Operation::GetRange, key).await;
        let bytes = self.inner.get_range(key, range).await?;
        self.counters.read(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64));
        Ok(bytes)
    }

    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        self.one(Operation::GetToFile, key).await;
        self.inner.get_to_file(key, file).await
    }

    async fn put(&self, key: &str, body: Body<'_>, headers: Headers, condition: Condition) -> Result<ETag, StoreError> {
        let size = match body {
            Body::Bytes(bytes) => bytes.len() as u64,
            // What is wrong with the file, the store itself says.
            Body::File(file) => tokio::fs::metadata(file).await.map_or(0, |file| file.len()),
        };
        self.counters.count(Operation::Put, requests_of(size), &[key]).await;
        self.inner.put(key, body, headers, condition).await
    }

    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        let size = pieces.iter().fold(0_u64, |size, piece| size.saturating_add(piece.size_bytes()));
        self.counters.count(Operation::Compose, requests_of(size), &[key]).await;
        self.inner.compose(key, pieces, headers, condition).await
    }

    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
        let listed = self.inner.list(prefix, delimited).await;
        let entries = listed.as_ref().map_or(0, |listing| listing.objects.len() + listing.prefixes.len()) as u64;
        self.counters.count(Operation::List, entries.div_ceil(ENTRIES_OF_A_REQUEST).max(1), &[prefix]).await;
        listed
    }

    async fn copy_to(
        &self,
        from: &ObjectMeta,
        target: &dyn Store,
        key: &str,
        headers: Headers,
    ) -> Result<(), StoreError> {
        self.one(Operation::CopyTo, &from.key).await;
        let any: &dyn Any = target;
        // A store copies otherwise to one of its kind.
        let target = any.downcast_ref::<Self>().map_or(target, |counted| &*counted.inner);
        self.inner.copy_to(from, target, key, headers).await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        let requests = (keys.len() as u64).div_ceil(ENTRIES_OF_A_REQUEST);
        let names: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.counters.count(Operation::Delete, requests, &names).await;
        self.inner.delete(keys).await
    }
}
