//! Objects made of pieces of others.

use std::ops::Range;

use aws_sdk_s3::types::CompletedPart;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use skyfeed_ports::store::{Body, Condition, ETag, Headers, Piece, StoreError};
use tokio::sync::Semaphore;

use super::{
    S3Store,
    copy::{Source, copy_part},
    download::{BeginError, Download, Wanted},
    error::failed,
    multipart::{CONCURRENT_PARTS, Upload},
    put, read,
    sizes::{MAX_PART_BYTES, MAX_PARTS, Part as Cut},
};

mod plan;

use plan::Part;

/// How many parts of one object are made at once. Fewer of them are in memory.
const CONCURRENT: usize = 16;
/// How many pieces of one part are read at once.
const CONCURRENT_READS: usize = 8;

/// More than an object of S3 can have.
#[derive(Debug, thiserror::Error)]
#[error("the pieces are larger than any object of S3")]
struct TooLarge;

pub(super) async fn compose(
    store: &S3Store,
    key: &str,
    pieces: &[Piece],
    headers: Headers,
    condition: &Condition,
) -> Result<ETag, StoreError> {
    let path = store.path(key)?;
    pieces.iter().try_for_each(Piece::check)?;
    let total = pieces.iter().try_fold(0_u64, |total, piece| total.checked_add(piece.size_bytes()));
    let total = total.filter(|total| *total <= MAX_PARTS * MAX_PART_BYTES);
    let total = total.ok_or_else(|| failed("write", key, false, TooLarge))?;
    if total <= store.sizes.part_bytes {
        let content = content(store, key, pieces).await?;
        return put::put(store, key, Body::Bytes(&content), headers, condition).await;
    }
    // Completion decides; this spares making what is sure to be refused.
    if *condition != Condition::Always {
        condition.check(key, read::head(store, key).await?.as_ref())?;
    }
    let upload = Upload::begin(store, key, path, headers).await?;
    let in_memory = Semaphore::new(CONCURRENT_PARTS);
    let parts = stream::iter((1..).zip(plan::plan(pieces, &store.sizes)));
    let made = parts.map(|(number, part)| make(&upload, &in_memory, number, part));
    let made = made.buffered(CONCURRENT).try_collect().await;
    upload.finish(made, condition).await
}

async fn make(
    upload: &Upload<'_>,
    in_memory: &Semaphore,
    number: i32,
    part: Part,
) -> Result<CompletedPart, StoreError> {
    match part {
        Part::Copied { key, etag, range: Range { start, end } } => {
            let source = Source::new(upload.store, &key, &etag)?;
            copy_part(upload, upload.store, &source, Cut { number, start, end }).await
        }
        Part::Sent(pieces) => {
            // It fails only if it is closed, which nobody does.
            let _permit = in_memory.acquire().await.map_err(|error| failed("write", upload.key, true, error))?;
            let content = content(upload.store, upload.key, &pieces).await?;
            upload.send_bytes(number, content).await
        }
    }
}

/// The content of a few pieces, which fits into memory.
async fn content(store: &S3Store, target: &str, pieces: &[Piece]) -> Result<Bytes, StoreError> {
    let pieces = pieces.iter().filter(|piece| !piece.is_empty());
    let reads: Vec<_> = pieces.map(|piece| piece_content(store, target, piece)).collect();
    let mut read: Vec<Bytes> = stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await?;
    Ok(if read.len() == 1 { read.remove(0) } else { read.concat().into() })
}

async fn piece_content(store: &S3Store, target: &str, piece: &Piece) -> Result<Bytes, StoreError> {
    let (key, etag, range) = match piece {
        Piece::Bytes(bytes) => return Ok(bytes.clone()),
        Piece::Range { key, etag, range } => (key, etag, range),
    };
    let source = Source::new(store, key, etag)?;
    let wanted = Wanted { range: Some((range.start, Some(range.end))), etag: Some(etag) };
    match Download::begin(store, "read", key, wanted).await {
        Ok(download) if download.meta.size_bytes < range.end - range.start => {
            Err(source.beyond_the_end(store, target, range).await)
        }
        Ok(download) => download.bytes().await,
        Err(BeginError::Answer(failure)) => Err(source.failed(store, failure, "read", target, range).await),
        Err(BeginError::Store(error)) => Err(error),
    }
}
