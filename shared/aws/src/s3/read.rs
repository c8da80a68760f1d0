//! Reads.

use std::{io, ops::Range, path::Path};

use bytes::Bytes;
use skyfeed_ports::store::{Object, ObjectMeta, StoreError};
use tempfile::NamedTempFile;
use tokio::{
    fs,
    io::{AsyncWriteExt, BufWriter},
};

use super::{
    S3Store,
    download::{BeginError, Download, Wanted},
    object::describe,
};
use crate::sdk::Failure;

/// No object is larger; S3 would not take larger numbers for a range.
const FAR: u64 = i64::MAX as u64;
/// Bytes that are collected before they are written to a file.
const WRITE_BYTES: usize = 1 << 20;

pub(super) async fn head(store: &S3Store, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
    let path = store.path(key)?;
    match store.client.head_object().bucket(&store.bucket).key(path).send().await.map_err(Failure::from) {
        Ok(found) => {
            let modified = found.last_modified();
            describe("describe", key, found.content_length(), found.e_tag().map(str::to_owned), modified).map(Some)
        }
        Err(failure) if failure.is_absence() => Ok(None),
        Err(failure) => Err(failure.at("describe", key)),
    }
}

pub(super) async fn get(store: &S3Store, key: &str) -> Result<Option<Object>, StoreError> {
    let Some(download) = begin(store, "read", key).await? else { return Ok(None) };
    let meta = download.meta.clone();
    Ok(Some(Object { meta, bytes: download.bytes().await? }))
}

pub(super) async fn get_range(store: &S3Store, key: &str, range: Range<u64>) -> Result<Option<Bytes>, StoreError> {
    let Range { start, end } = range;
    if start >= end || start > FAR {
        return Ok(head(store, key).await?.map(|_| Bytes::new()));
    }
    let wanted = Wanted { range: Some((start, (end <= FAR).then_some(end))), etag: None };
    match Download::begin(store, "read", key, wanted).await {
        Ok(download) => download.bytes().await.map(Some),
        // The range begins behind the end of the object.
        Err(BeginError::Answer(failure)) if failure.status == Some(416) => Ok(Some(Bytes::new())),
        Err(error) => absent_or_failed("read", key, error),
    }
}

pub(super) async fn get_to_file(store: &S3Store, key: &str, file: &Path) -> Result<Option<ObjectMeta>, StoreError> {
    let failed = |error| StoreError::from_io("copy to a file", key, error);
    store.path(key)?;
    if fs::try_exists(file).await.map_err(failed)? {
        let exists = format!("{} is there already", file.display());
        return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, exists)));
    }
    let Some(download) = begin(store, "copy to a file", key).await? else { return Ok(None) };
    let meta = download.meta.clone();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let spooled = spool(download, folder).await?;
    spooled.persist_noclobber(file).map_err(|error| failed(error.error))?;
    Ok(Some(meta))
}

/// Writes a download to a temporary file in `folder`, which is deleted when dropped.
pub(super) async fn spool(mut download: Download<'_>, folder: &Path) -> Result<NamedTempFile, StoreError> {
    let key = download.meta.key.clone();
    let failed = |error| StoreError::from_io("copy to a file", &key, error);
    let spooled = NamedTempFile::new_in(folder).map_err(failed)?;
    let mut writer = BufWriter::with_capacity(WRITE_BYTES, fs::File::from_std(spooled.reopen().map_err(failed)?));
    while let Some(chunk) = download.chunk().await? {
        writer.write_all(&chunk).await.map_err(failed)?;
    }
    writer.flush().await.map_err(failed)?;
    Ok(spooled)
}

async fn begin<'a>(store: &'a S3Store, action: &'static str, key: &str) -> Result<Option<Download<'a>>, StoreError> {
    match Download::begin(store, action, key, Wanted::default()).await {
        Ok(download) => Ok(Some(download)),
        Err(error) => absent_or_failed(action, key, error),
    }
}

fn absent_or_failed<T>(action: &'static str, key: &str, error: BeginError) -> Result<Option<T>, StoreError> {
    match error {
        BeginError::Answer(failure) if failure.is_absence() => Ok(None),
        BeginError::Answer(failure) => Err(failure.at(action, key)),
        BeginError::Store(error) => Err(error),
    }
}
