//! Copies.

use std::any::Any;

use aws_sdk_s3::types::{CompletedPart, MetadataDirective};
use futures::{StreamExt, TryStreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use skyfeed_ports::store::{Body, Condition, Headers, ObjectMeta, Store, StoreError};

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

pub(super) async fn copy(
    store: &S3Store,
    from: &ObjectMeta,
    target: &dyn Store,
    key: &str,
    headers: Headers,
) -> Result<(), StoreError> {
    let source = format!("{}/{}", store.bucket, store.path(&from.key)?);
    let source = utf8_percent_encode(&source, PLAIN).to_string();
    let any: &dyn Any = target;
    match any.downcast_ref::<S3Store>() {
        Some(there) if there.endpoint == store.endpoint => {
            if from.size_bytes > store.sizes.copy_bytes {
                in_parts(store, from, source, there, key, headers).await
            } else {
                at_once(from, source, there, key, headers).await
            }
        }
        _ => through_here(store, from, target, key, headers).await,
    }
}

async fn at_once(
    from: &ObjectMeta,
    source: String,
    target: &S3Store,
    key: &str,
    headers: Headers,
) -> Result<(), StoreError> {
    let request = target.client.copy_object().bucket(&target.bucket).key(target.path(key)?).copy_source(source);
    let request = request.copy_source_if_match(&from.etag.0).metadata_directive(MetadataDirective::Replace);
    let request = request.content_type(headers.content_type).cache_control(headers.cache_control);
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::from(error).of_pinned("copy", &from.key)),
    }
}

async fn in_parts(
    store: &S3Store,
    from: &ObjectMeta,
    source: String,
    target: &S3Store,
    key: &str,
    headers: Headers,
) -> Result<(), StoreError> {
    let upload = Upload::begin(target, key, target.path(key)?, headers).await?;
    let pieces = stream::iter(parts(from.size_bytes, store.sizes.copy_part_bytes));
    let copies = pieces.map(|part| copy_part(&upload, from, &source, part));
    let copied = copies.buffered(CONCURRENT_PARTS).try_collect().await;
    upload.finish(copied, &Condition::Always).await.map(drop)
}

async fn copy_part(
    upload: &Upload<'_>,
    from: &ObjectMeta,
    source: &str,
    part: Part,
) -> Result<CompletedPart, StoreError> {
    let target = upload.store;
    let request = target.client.upload_part_copy().bucket(&target.bucket).key(&upload.path).upload_id(&upload.id);
    let request = request.part_number(part.number).copy_source(source).copy_source_if_match(&from.etag.0);
    let range = format!("bytes={}-{}", part.start, part.end - 1);
    let copied = request.copy_source_range(range).send().await;
    let copied = copied.map_err(|error| Failure::from(error).of_pinned("copy", &from.key))?;
    let copied =
        copied.copy_part_result.ok_or_else(|| failed("copy", &from.key, true, Incomplete("the tag of a part")))?;
    let part = CompletedPart::builder().part_number(part.number).set_e_tag(copied.e_tag);
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
