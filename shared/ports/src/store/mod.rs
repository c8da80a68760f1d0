//! Objects by key: the work store and the site store of a feed.
//!
//! Why not a file system: an object is written whole or not at all, has an `ETag` that changes with its content, and can be
//! created or replaced only if nobody else did so meanwhile. Every rule of the pipeline rests on these three.

use std::{any::Any, fmt::Debug, path::Path};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

#[cfg(any(test, feature = "contract"))]
mod contract;
mod error;
#[cfg(any(test, feature = "contract"))]
mod failing;
pub mod key;
mod local;
mod memory;
pub mod piece;

#[cfg(any(test, feature = "contract"))]
pub use contract::contract;
pub use error::StoreError;
#[cfg(feature = "sqlite")]
pub(crate) use error::may_pass;
#[cfg(any(test, feature = "contract"))]
pub use failing::{FailingStore, Failure, Operation, Trouble};
pub use local::LocalStore;
pub use memory::MemoryStore;
pub use piece::Piece;

/// Identifies one content of an object; opaque.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag(pub String);

/// What a store knows of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The object's key, relative to the store; `/` separates its parts.
    pub key: String,
    /// Size of the content in bytes.
    pub size_bytes: u64,
    /// The content's tag.
    pub etag: ETag,
    /// When the content was written.
    pub modified: Timestamp,
}

/// An object with its content.
#[derive(Clone, Debug)]
pub struct Object {
    /// What the store knows of it.
    pub meta: ObjectMeta,
    /// Its content.
    pub bytes: Bytes,
}

/// When a put takes place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Whatever is there.
    #[default]
    Always,
    /// Only if there is no object with this key.
    IfAbsent,
    /// Only if the object still has this tag.
    IfMatch(ETag),
}

impl Condition {
    /// Holds the condition against what is there.
    ///
    /// # Errors
    /// [`StoreError::Precondition`], naming `key`, if it does not hold.
    pub fn check(&self, key: &str, present: Option<&ObjectMeta>) -> Result<(), StoreError> {
        let holds = match self {
            Self::Always => true,
            Self::IfAbsent => present.is_none(),
            Self::IfMatch(etag) => present.is_some_and(|meta| meta.etag == *etag),
        };
        if holds { Ok(()) } else { Err(StoreError::Precondition { key: key.to_owned() }) }
    }
}

/// How an object is to be served. Local folders derive the content type from the key and keep no cache control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers {
    /// The MIME type.
    pub content_type: &'static str,
    /// The `Cache-Control` header.
    pub cache_control: &'static str,
}

/// The content of a put.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// From memory.
    Bytes(&'a Bytes),
    /// From a file that does not change meanwhile.
    File(&'a Path),
}

/// What lies directly below a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Objects, by ascending key.
    pub objects: Vec<ObjectMeta>,
    /// With a delimiter: the common prefixes, each ending in `/`, ascending.
    pub prefixes: Vec<String>,
}

/// Objects by key. Cheap to clone behind an `Arc`, safe to use from many tasks; `Any`, so that a store knows one of its kind when it
/// copies to it.
#[async_trait]
pub trait Store: Any + Debug + Send + Sync {
    /// Describes an object; `None` if there is none.
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError>;

    /// Reads a whole object; `None` if there is none.
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError>;

    /// Reads `range` (bytes, end exclusive, clipped to the object) of an object; `None` if there is none.
    async fn get_range(&self, key: &str, range: std::ops::Range<u64>) -> Result<Option<Bytes>, StoreError>;

    /// Copies an object into a new local file; `None` if there is none. On an error no file is left; a file that is there
    /// already is an error and stays as it is.
    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError>;

    /// Writes an object whole: readers see the old content or the new one, never a part. Of several concurrent puts whose condition
    /// holds for the same content, exactly one takes place.
    ///
    /// # Errors
    /// [`StoreError::Precondition`] if `condition` does not hold; then nothing changed.
    async fn put(&self, key: &str, body: Body<'_>, headers: Headers, condition: Condition) -> Result<ETag, StoreError>;

    /// Writes a new object of `pieces`, one behind the other, whole as a put does. Large pieces of other objects do not pass through this process where the
    /// backend can help it. An object may be composed of itself.
    ///
    /// # Errors
    /// [`StoreError::Precondition`] with the key of a piece whose object has another tag or is gone, or with `key` if `condition` does not hold. A range that
    /// goes beyond the end of its object is an error too. Nothing changed then.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use skyfeed_ports::store::{Body, Condition, Headers, MemoryStore, Piece, Store, StoreError};
    ///
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let (store, headers) = (MemoryStore::default(), Headers { content_type: "text/plain", cache_control: "no-cache" });
    /// let etag = store.put("old", Body::Bytes(&Bytes::from_static(b"one two")), headers, Condition::Always).await?;
    /// let one = Piece::Range { key: "old".to_owned(), etag, range: 0..4 };
    /// store.compose("new", &[one, Piece::Bytes(Bytes::from_static(b"three"))], headers, Condition::IfAbsent).await?;
    /// assert_eq!(store.get("new").await?.unwrap().bytes, "one three");
    /// # Ok::<(), StoreError>(()) }).unwrap();
    /// ```
    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError>;

    /// Lists the objects whose keys begin with `prefix`, which is empty or ends in `/`; with `delimited`, only those directly
    /// below it, and the prefixes one level down. What other programs leave unasked, as [`key`] says, is passed over.
    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError>;

    /// Copies the content that `from` describes to `key` of `target`.
    ///
    /// # Errors
    /// [`StoreError::Precondition`] if the object changed since `from` was read.
    async fn copy_to(
        &self,
        from: &ObjectMeta,
        target: &dyn Store,
        key: &str,
        headers: Headers,
    ) -> Result<(), StoreError>;

    /// Deletes objects, one after another; those that do not exist are passed over, and of none nothing is asked. After an error, some may be gone.
    async fn delete(&self, keys: &[String]) -> Result<(), StoreError>;
}
