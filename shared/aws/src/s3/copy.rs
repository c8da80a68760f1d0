//! Copies.

use std::{any::Any, ops::Range};

use aws_sdk_s3::types::{CompletedPart, MetadataDirective};
use futures::{StreamExt, TryStreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use skyfeed_ports::store::{Body, Condition, ETag, Headers, ObjectMeta, Store, StoreError, piece::beyond_the_end};

use super::{
    S3Store,
    download::{BeginError, Download, Wanted},
    error::{Incomplete, failed},
    multipart::Upload,
    read,
    sizes::{Part, parts},
};
use crate::sdk::Failure;

/// How many parts of one object are copied at once; none of them passes through this process.
const CONCURRENT_PARTS: usize = 16;
/// What need not be encoded in the name of a source.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A content of an object of a store, from which S3 copies.
#[derive(Debug)]
pub(super) struct Source<'a> {
    key: &'a str,
    etag: &'a ETag,
    /// Bucket and key, as a header bears them.
    name: String,
}

impl<'a> Source<'a> {
    pub(super) fn new(store: &S3Store, key: &'a str, etag: &'a ETag) -> Result<Self, StoreError> {
        let name = format!("{}/{}", store.bucket, store.path(key)?);
        Ok(Self { key, etag, name: utf8_percent_encode(&name, PLAIN).to_string() })
    }

    /// What a failure to take a range of it for `target` means.
    pub(super) async fn failed(
        &self,
        store: &S3Store,
        failure: Failure,
        action: &'static str,
        target: &str,
        range: &Range<u64>,
    ) -> StoreError {
        if failure.is_range() {
            self.beyond_the_end(store, target, range).await
        } else {
            failure.of_pinned(action, self.key)
        }
    }

    /// The error for a range that has no such end. Of a content that was replaced by a shorter one, S3 may say that first.
    pub(super) async fn beyond_the_end(&self, store: &S3Store, target: &str, range: &Range<u64>) -> StoreError {
        match read::head(store, self.key).await {
            Ok(Some(now)) if now.etag == *self.etag => {
                StoreError::from_io("write", target, beyond_the_end(self.key, range, now.size_bytes))
            }
            Ok(_) => StoreError::Precondition { key: self.key.to_owned() },
            Err(error) => error,
        }
    }
}

pub(super) async fn copy(
    store: &S3Store,
    from: &ObjectMeta,
    target: &dyn Store,
    key: &str,
    headers: Headers,
) -> Result<(), StoreError> {
    let source = Source::new(store, &from.key, &from.etag)?;
    let any: &dyn Any = target;
    match any.downcast_ref::<S3Store>() {
        Some(there) if there.endpoint == store.endpoint => {
            if from.size_bytes > store.sizes.copy_bytes {
                in_parts(store, from.size_bytes, &source, there, key, headers).await
            } else {
                at_once(&source, there, key, headers).await
            }
        }
        _ => through_here(store, from, target, key, headers).await,
    }
}

async fn at_once(source: &Source<'_>, target: &S3Store, key: &str, headers: Headers) -> Result<(), StoreError> {
    let request = target.client.copy_object().bucket(&target.bucket).key(target.path(key)?).copy_source(&source.name);
    let request = request.copy_source_if_match(&source.etag.0).metadata_directive(MetadataDirective::Replace);
    let request = request.content_type(headers.content_type).cache_control(headers.cache_control);
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::from(error).of_pinned("copy", source.key)),
    }
}

async fn in_parts(
    store: &S3Store,
    size_bytes: u64,
    source: &Source<'_>,
    target: &S3Store,
    key: &str,
    headers: Headers,
) -> Result<(), StoreError> {
    let upload = Upload::begin(target, key, target.path(key)?, headers).await?;
    let pieces = stream::iter(parts(size_bytes, store.sizes.copy_part_bytes));
    let copies = pieces.map(|part| copy_part(&upload, store, source, part));
    let copied = copies.buffered(CONCURRENT_PARTS).try_collect().await;
    upload.finish(copied, &Condition::Always).await.map(drop)
}

/// Copies a part of an object of `store` inside S3.
pub(super) async fn copy_part(
    upload: &Upload<'_>,
    store: &S3Store,
    source: &Source<'_>,
    Part { number, start, end }: Part,
) -> Result<CompletedPart, StoreError> {
    let target = upload.store;
    let request = target.client.upload_part_copy().bucket(&target.bucket).key(&upload.path).upload_id(&upload.id);
    let request = request.part_number(number).copy_source(&source.name).copy_source_if_match(&source.etag.0);
    let copied = match request.copy_source_range(format!("bytes={start}-{}", end - 1)).send().await {
        Ok(copied) => copied.copy_part_result,
        Err(error) => return Err(source.failed(store, error.into(), "copy", upload.key, &(start..end)).await),
    };
    let copied = copied.ok_or_else(|| failed("copy", source.key, true, Incomplete("the tag of a part")))?;
    let part = CompletedPart::builder().part_number(number).set_e_tag(copied.e_tag);
    Ok(part.set_checksum_crc32(copied.checksum_crc32).build())
}

/// Copies to a store of another kind or place: what fits into one part by way of memory, the rest by way of a temporary file.
async fn through_here(
    store: &S3Store,
    from: &ObjectMeta,
    target: &dyn Store,
    key: &str,
    headers: Headers,
) -> Result<(), StoreError> {
    let wanted = Wanted { range: None, etag: Some(&from.etag) };
    let download = Download::begin(store, "copy", &from.key, wanted).await.map_err(|error| match error {
        BeginError::Answer(failure) => failure.of_pinned("copy", &from.key),
        BeginError::Store(error) => error,
    })?;
    if download.meta.size_bytes <= store.sizes.part_bytes {
        let bytes = download.bytes().await?;
        target.put(key, Body::Bytes(&bytes), headers, Condition::Always).await?;
    } else {
        let spooled = read::spool(download, &std::env::temp_dir()).await?;
        target.put(key, Body::File(spooled.path()), headers, Condition::Always).await?;
    }
    Ok(())
}
