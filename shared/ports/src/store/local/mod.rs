//! Objects in a folder of this machine.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{
    Body, Condition, ETag, Headers, Listing, Object, ObjectMeta, Piece, Store, StoreError,
    key::{check_key, check_prefix},
};

mod compose;
mod fault;
mod listing;
mod lock;
mod object;
mod pin;
mod remove;
mod replace;
mod spool;

use fault::Fault;
use spool::Content;

/// The largest object that is read as a whole. Documents are far smaller, and images go by [`Store::get_to_file`]; a file that somebody put there may
/// claim any size.
const MAX_WHOLE_BYTES: u64 = 1 << 28;

/// A store in a folder: `a/b.json` is the file `b.json` in the folder `a`.
///
/// - A put writes a temporary file in the hidden folder `.skyfeed` of the same root and renames it, under a file lock, so that conditions
///   hold between processes. A lock that another one does not give back within seconds is an error that may pass. Objects outlive the process being killed; against loss of power they are as safe as the file system makes renamed
///   files, because a pyramid of ten thousand tiles cannot wait for the disk ten thousand times.
/// - Files that others put there are objects too. They are seen while they are being written unless they are renamed into place.
/// - Symbolic links are no objects and are not followed; the root itself may be one. Names that no key can have are not listed, nor what [`key`](super::key) calls
///   left by other programs.
/// - The tag of an object is made of inode, time and size. Every put sets a time later than that of the content it replaces, so the tag changes
///   with every put, of the same size and within one tick of the kernel's clock too.
/// - A key cannot be an object and a folder at once. On file systems that ignore case, keys must differ in more than case.
#[derive(Clone, Debug)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// Opens the store in the folder `root`, which is created if it is missing.
    ///
    /// # Errors
    /// `root` is not a folder or cannot be created.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let opened = fs::create_dir_all(root).and_then(|()| root.canonicalize());
        let root = opened.map_err(|error| StoreError::from_io("open the folder", &root.to_string_lossy(), error))?;
        spool::remove_leftovers(&root);
        Ok(Self { root })
    }

    /// The store's folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Does file work where it may block.
    async fn blocking<T: Send + 'static>(
        &self,
        action: &'static str,
        key: &str,
        work: impl FnOnce(&Path, &str) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (root, owned_key) = (self.root.clone(), key.to_owned());
        match tokio::task::spawn_blocking(move || work(&root, &owned_key)).await {
            Ok(result) => result.map_err(|fault| fault.at(action, key)),
            Err(ended) => {
                Err(StoreError::Backend { action, key: key.to_owned(), transient: true, source: Box::new(ended) })
            }
        }
    }
}

#[async_trait]
impl Store for LocalStore {
    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        check_key(key)?;
        self.blocking("describe", key, object::head).await
    }

    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        check_key(key)?;
        self.blocking("read", key, |root, key| {
            let Some((mut file, meta)) = object::open(root, key)? else { return Ok(None) };
            if meta.size_bytes > MAX_WHOLE_BYTES {
                let problem = format!("it has {} bytes, more than {MAX_WHOLE_BYTES}", meta.size_bytes);
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem).into());
            }
            let mut bytes = Vec::with_capacity(usize::try_from(meta.size_bytes).map_err(io::Error::other)?);
            // A file that grows meanwhile is not followed.
            (&mut file).take(meta.size_bytes).read_to_end(&mut bytes)?;
            Ok(Some(Object { meta, bytes: bytes.into() }))
        })
        .await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
        check_key(key)?;
        self.blocking("read", key, move |root, key| {
            let Some((mut file, meta)) = object::open(root, key)? else { return Ok(None) };
            let end = range.end.min(meta.size_bytes);
            let start = range.start.min(end);
            let mut bytes = Vec::with_capacity(usize::try_from(end - start).map_err(io::Error::other)?);
            file.seek(SeekFrom::Start(start))?;
            file.take(end - start).read_to_end(&mut bytes)?;
            Ok(Some(bytes.into()))
        })
        .await
    }

    async fn get_to_file(&self, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        check_key(key)?;
        let file = file.to_owned();
        self.blocking("copy to a file", key, move |root, key| {
            let Some((mut object, meta)) = object::open(root, key)? else { return Ok(None) };
            let mut new = File::create_new(&file)?;
            if let Err(error) = io::copy(&mut object, &mut new) {
                let _ = fs::remove_file(&file);
                return Err(error.into());
            }
            Ok(Some(meta))
        })
        .await
    }

    async fn put(
        &self,
        key: &str,
        body: Body<'_>,
        _headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        check_key(key)?;
        let content = Content::from(body);
        self.blocking("write", key, move |root, key| replace::put(root, key, &content, &condition)).await
    }

    async fn compose(
        &self,
        key: &str,
        pieces: &[Piece],
        _headers: Headers,
        condition: Condition,
    ) -> Result<ETag, StoreError> {
        check_key(key)?;
        pieces.iter().try_for_each(Piece::check)?;
        let pieces = pieces.to_vec();
        self.blocking("write", key, move |root, key| compose::compose(root, key, &pieces, &condition)).await
    }

    async fn list(&self, prefix: &str, delimited: bool) -> Result<Listing, StoreError> {
        check_prefix(prefix)?;
        self.blocking("list", prefix, move |root, prefix| listing::list(root, prefix, delimited)).await
    }

    async fn copy_to(
        &self,
        from: &ObjectMeta,
        target: &dyn Store,
        key: &str,
        headers: Headers,
    ) -> Result<(), StoreError> {
        check_key(&from.key)?;
        let etag = from.etag.clone();
        let pinned = self.blocking("copy", &from.key, move |root, key| pin::pin(root, key, &etag)).await?;
        target.put(key, Body::File(&pinned), headers, Condition::Always).await.map(drop)
    }

    async fn delete(&self, keys: &[String]) -> Result<(), StoreError> {
        keys.iter().try_for_each(|key| check_key(key))?;
        for key in keys {
            self.blocking("delete", key, remove::delete).await?;
        }
        Ok(())
    }
}
