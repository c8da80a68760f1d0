//! The objects of a store as files.

use std::{
    future::Future,
    io::{self, ErrorKind, SeekFrom},
    path::{Component, Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};

use bytes::Bytes;
use skyfeed_ports::store::{ObjectMeta, Store, StoreError};
use tokio::{
    io::{AsyncRead, AsyncSeek, ReadBuf},
    task::JoinHandle,
};
use tower_http::services::fs::{Backend, File, Metadata};

use super::files::{Entries, Files};
use crate::error;

/// How much of an object is read at a time, in bytes. Tiles and documents are smaller.
const PART_BYTES: u64 = 4 << 20;

type Asked<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Keys are paths: `a/b.png` is the file `b.png` in the folder `a`.
#[derive(Clone, Debug)]
pub(super) struct Objects(pub(super) Arc<dyn Store>);

impl Backend for Objects {
    type File = Reader;
    type Metadata = Described;
    type OpenFuture = Asked<Reader>;
    type MetadataFuture = Asked<Described>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let store = Arc::clone(&self.0);
        Box::pin(async move {
            let found = store.head(&key(&path)).await.map_err(failed)?;
            let meta = found.ok_or(ErrorKind::NotFound)?;
            Ok(Reader { store, meta, position: 0, part: Bytes::new(), next: None })
        })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        let files = self.clone();
        Box::pin(async move {
            let key = key(&path);
            if key.is_empty() {
                return Ok(Described::Folder);
            }
            if let Some(meta) = files.0.head(&key).await.map_err(failed)? {
                return Ok(Described::Object(meta));
            }
            let entries = files.entries(path).await?;
            if entries == Entries::default() { Err(ErrorKind::NotFound.into()) } else { Ok(Described::Folder) }
        })
    }
}

impl Files for Objects {
    async fn entries(&self, folder: PathBuf) -> io::Result<Entries> {
        let mut prefix = key(&folder);
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let listing = self.0.list(&prefix, true).await.map_err(failed)?;
        let name = |key: &str| key.strip_prefix(&prefix).unwrap_or(key).trim_end_matches('/').to_owned();
        Ok(Entries {
            folders: listing.prefixes.iter().map(|prefix| name(prefix)).collect(),
            files: listing.objects.iter().map(|object| name(&object.key)).collect(),
        })
    }
}

fn key(path: &Path) -> String {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    names.collect::<Vec<_>>().join("/")
}

fn failed(error: StoreError) -> io::Error {
    match error {
        // No object bears a name that no key can have.
        StoreError::Key { .. } => ErrorKind::NotFound.into(),
        error => io::Error::other(error::chain(&error).join(": ")),
    }
}

/// What there is at a path.
#[derive(Clone, Debug)]
pub(super) enum Described {
    Folder,
    Object(ObjectMeta),
}

impl Metadata for Described {
    fn is_dir(&self) -> bool {
        matches!(self, Self::Folder)
    }

    fn modified(&self) -> io::Result<SystemTime> {
        match self {
            Self::Folder => Err(ErrorKind::Unsupported.into()),
            Self::Object(meta) => Ok(meta.modified.into()),
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::Folder => 0,
            Self::Object(meta) => meta.size_bytes,
        }
    }
}

/// Reads an object part by part.
#[derive(Debug)]
pub(super) struct Reader {
    store: Arc<dyn Store>,
    meta: ObjectMeta,
    position: u64,
    /// What was read of the object from `position` on.
    part: Bytes,
    next: Option<JoinHandle<Result<Option<Bytes>, StoreError>>>,
}

impl File for Reader {
    type Metadata = Described;
    type MetadataFuture<'a> = std::future::Ready<io::Result<Described>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        std::future::ready(Ok(Described::Object(self.meta.clone())))
    }
}

impl AsyncRead for Reader {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.part.is_empty() && this.position < this.meta.size_bytes {
            let next = this.next.get_or_insert_with(|| {
                let (store, key) = (Arc::clone(&this.store), this.meta.key.clone());
                let range = this.position..this.meta.size_bytes.min(this.position.saturating_add(PART_BYTES));
                tokio::spawn(async move { store.get_range(&key, range).await })
            });
            let read = ready!(Pin::new(next).poll(context));
            this.next = None;
            let part = read.map_err(io::Error::other)?.map_err(failed)?.unwrap_or_default();
            if part.is_empty() {
                return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
            }
            this.part = part;
        }
        let part = this.part.split_to(this.part.len().min(out.remaining()));
        out.put_slice(&part);
        this.position += part.len() as u64;
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Reader {
    fn start_seek(self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        let this = self.get_mut();
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => this.position.checked_add_signed(by),
            SeekFrom::End(by) => this.meta.size_bytes.checked_add_signed(by),
        };
        this.position = position.ok_or(ErrorKind::InvalidInput)?;
        this.part = Bytes::new();
        this.next = None;
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.position))
    }
}

#[cfg(test)]
mod tests {
    use std::{io::SeekFrom, sync::Arc};

    use bytes::Bytes;
    use skyfeed_ports::store::{Body, Condition, Headers, MemoryStore, Store};
    use tokio::io::{AsyncReadExt, AsyncSeekExt};
    use tower_http::services::fs::{Backend, Metadata};

    use super::{Objects, PART_BYTES};
    use crate::serve::files::Files;

    const HEADERS: Headers = Headers { content_type: "image/png", cache_control: "no-cache" };

    async fn objects(contents: &[(&str, &[u8])]) -> Objects {
        let store = MemoryStore::default();
        for (key, bytes) in contents {
            let bytes = Bytes::copy_from_slice(bytes);
            store.put(key, Body::Bytes(&bytes), HEADERS, Condition::Always).await.unwrap();
        }
        Objects(Arc::new(store))
    }

    #[tokio::test]
    async fn an_object_of_many_parts_is_read_whole_and_from_the_middle() {
        let size = 2 * usize::try_from(PART_BYTES).unwrap() + 3;
        let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        let objects = objects(&[("a/b.fits", &content)]).await;
        let mut file = objects.open("./a/b.fits".into()).await.unwrap();
        let mut read = Vec::new();
        file.read_to_end(&mut read).await.unwrap();
        assert!(read == content);
        assert_eq!(file.seek(SeekFrom::End(-2)).await.unwrap(), size as u64 - 2);
        read.clear();
        file.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, content[size - 2..]);
        assert!(file.seek(SeekFrom::Current(i64::MIN)).await.is_err());
    }

    #[tokio::test]
    async fn an_object_that_became_shorter_is_an_error_and_no_end() {
        let objects = objects(&[("a", b"1234")]).await;
        let mut file = objects.open("a".into()).await.unwrap();
        let (store, short) = (&objects.0, Bytes::from_static(b""));
        store.put("a", Body::Bytes(&short), HEADERS, Condition::Always).await.unwrap();
        assert!(file.read_to_end(&mut Vec::new()).await.is_err());
    }

    #[tokio::test]
    async fn keys_are_files_in_folders() {
        let objects = objects(&[("a/b.png", b"b"), ("a/c/d.png", b"d")]).await;
        for (path, is_dir) in [("", true), (".", true), ("./a", true), ("a/b.png", false), ("./a/c", true)] {
            assert_eq!(objects.metadata(path.into()).await.unwrap().is_dir(), is_dir, "{path}");
        }
        for path in ["b", "a/b", "a/b.png/x", "a/.skyfeed"] {
            let error = objects.metadata(path.into()).await.unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{path}");
        }
        let entries = objects.entries("./a".into()).await.unwrap();
        assert_eq!((entries.folders, entries.files), (vec!["c".to_owned()], vec!["b.png".to_owned()]));
    }
}
