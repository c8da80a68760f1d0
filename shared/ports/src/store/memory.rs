//! Objects in memory, for tests and trials.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    ops::Range,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    Body, Condition, ETag, Headers, Listing, Object, ObjectMeta, Piece, Store, StoreError,
    key::{check_key, check_prefix, is_listed},
    piece::beyond_the_end,
};

/// A store in memory.
///
/// ```
/// use bytes::Bytes;
/// use skyfeed_ports::store::{Body, Condition, Headers, MemoryStore, Store, StoreError};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let store = MemoryStore::default();
/// let body = Bytes::from_static(b"{}");
/// let headers = Headers { content_type: "application/json", cache_control: "no-cache" };
/// store.put("published/a.json", Body::Bytes(&body), headers, Condition::IfAbsent).await?;
/// let again = store.put("published/a.json", Body::Bytes(&body), headers, Condition::IfAbsent).await;
/// assert!(matches!(again, Err(StoreError::Precondition { .. })));
/// # Ok::<(), StoreError>(()) }).unwrap();
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    content: Mutex<Content>,
}

#[derive(Clone, Debug, Default)]
struct Content {
    objects: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    bytes: Bytes,
    headers: Headers,
    /// Of the content, as in S3: the same content has the same tag.
    etag: ETag,
    modified: Timestamp,
}

impl Entry {
    fn meta(&self, key: &str) -> ObjectMeta {
        ObjectMeta {
            key: key.to_owned(),
            size_bytes: self.bytes.len() as u64,
            etag: self.etag.clone(),
            modified: self.modified,
        }
    }
}

impl Clone for MemoryStore {
    fn clone(&self) -> Self {
        Self { content: Mutex::new(self.content().clone()) }
    }
}

impl MemoryStore {
    /// The headers that an object was put with; `None` if there is no object.
    pub fn headers(&self, key: &str) -> Option<Headers> {
        self.content().objects.get(key).map(|entry| entry.headers)
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // No operation can panic between two changes that belong together.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn object(&self, key: &str) -> Result<Option<Object>, StoreError> {
        check_key(key)?;
        let content = self.content();
        Ok(content.objects.get(key).map(|entry| Object { meta: entry.meta(key), bytes: entry.bytes.clone() }))
    }

    /// The content of a piece that `key` is composed of.
    fn piece(&self, key: &str, piece: &Piece) -> Result<Bytes, StoreError> {
        let (from, etag, range) = match piece {
            Piece::Bytes(bytes) => return Ok(bytes.clone()),
            Piece::Range { key, etag, range } => (key, etag, range),
        };
        let object = self.object(from)?.filter(|object| object.meta.etag == *etag);
        let object = object.ok_or_else(|| StoreError::Precondition { key: from.clone() })?;
        match (usize::try_from(range.start), usize::try_from(range.end)) {
            (Ok(start), Ok(end)) if end <= object.bytes.len() => Ok(object.bytes.slice(start..end)),
            _ => Err(StoreError::from_io("write", key, beyond_the_end(from, range, object.meta.size_bytes))),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        Ok(self.object(key)?.map(|object| object.meta))
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        self.object(key)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        Ok(self.object(key)?.map(|object| {
            let clip = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(object.bytes.len());
            let (start, end) = (clip(range.start), clip(range.end));
            object.bytes.slice(start..end.max(start))
        }))
    }

    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        let Some(object) = self.object(key)? else { return Ok(None) };
        let failed = |error| StoreError::from_io("copy to a file", key, error);
        let mut new = fs::File::create_new(file).map_err(failed)?;
        if let Err(error) = new.write_all(&object.bytes) {
            let _ = fs::remove_file(file);
            return Err(failed(error));
        }
        Ok(Some(object.meta))
    }

    async fn put(&self, key: &str, body: Body<'_>, headers: Headers, condition: Condition) -> Result<ETag, StoreError> {
        check_key(key)?;
        let bytes = match body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::File(file) => fs::read(file).map_err(|error| StoreError::from_io("write", key, error))?.into(),
        };
        let etag = ETag(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect());
        let mut content = self.content();
        let present = content.objects.get(key).map(|entry| entry.meta(key));
        condition.check(key, present.as_ref())?;
        let entry = Entry { bytes, headers, etag: etag.clone(), modified: Timestamp::now() };
        content.objects.insert(key.to_owned(), entry);
        Ok(etag)
    }

    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        check_key(key)?;
        pieces.iter().try_for_each(Piece::check)?;
        let mut content = Vec::new();
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            content.extend_from_slice(&self.piece(key, piece)?);
        }
        self.put(key, Body::Bytes(&content.into()), headers, condition).await
    }

    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
        check_prefix(prefix)?;
        let mut listing = Listing::default();
        for (key, entry) in self.content().objects.range(prefix.to_owned()..) {
            let Some(rest) = key.strip_prefix(prefix) else { break };
            if !is_listed(key) {
                continue;
            }
            match rest.find('/') {
                Some(slash) if delimited => {
                    let below = &key[..=prefix.len() + slash];
                    if listing.prefixes.last().is_none_or(|last| last != below) {
                        listing.prefixes.push(below.to_owned());
                    }
                }
                _ => listing.objects.push(entry.meta(key)),
            }
        }
        Ok(listing)
    }

    async fn copy_to(
        &self,
        from: &ObjectMeta,
        target: &dyn Store,
        key: &str,
        headers: Headers,
    ) -> Result<(), StoreError> {
        match self.object(&from.key)? {
            Some(object) if object.meta.etag == from.etag => {
                target.put(key, Body::Bytes(&object.bytes), headers, Condition::Always).await.map(drop)
            }
            _ => Err(StoreError::Precondition { key: from.key.clone() }),
        }
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().try_for_each(|key| check_key(key))?;
        let mut content = self.content();
        for key in keys {
            content.objects.remove(key);
        }
        Ok(())
    }
}
