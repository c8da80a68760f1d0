//! Objects sent or copied in parts.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use skyfeed_ports::store::{Body, Condition, ETag, Headers, StoreError};

use super::{
    S3Store,
    condition::{preconditions, tag},
    error::{Incomplete, failed},
    read,
    sizes::{Part, parts},
};
use crate::sdk::Failure;

/// How many parts of one object are under way at once; each is in memory.
pub(super) const CONCURRENT_PARTS: usize = 4;

/// An upload that was begun. Its object appears when it is completed.
#[derive(Debug)]
pub(super) struct Upload<'a> {
    pub(super) store: &'a S3Store,
    /// The key in the store, for errors.
    pub(super) key: &'a str,
    /// The key in the bucket.
    pub(super) path: String,
    pub(super) id: String,
}

/// Puts a body of `size` bytes in parts.
pub(super) async fn put(
    store: &S3Store,
    key: &str,
    path: String,
    body: Body<'_>,
    size: u64,
    headers: Headers,
    condition: &Condition,
) -> Result<ETag, StoreError> {
    // Completion decides; this spares sending what is sure to be refused.
    if *condition != Condition::Always {
        condition.check(key, read::head(store, key).await?.as_ref())?;
    }
    let upload = Upload::begin(store, key, path, headers).await?;
    let pieces = stream::iter(parts(size, store.sizes.part_bytes));
    let sent = pieces.map(|part| upload.send(body, part)).buffered(CONCURRENT_PARTS).try_collect().await;
    upload.finish(sent, condition).await
}

impl<'a> Upload<'a> {
    pub(super) async fn begin(
        store: &'a S3Store,
        key: &'a str,
        path: String,
        headers: Headers,
    ) -> Result<Self, StoreError> {
        let request = store.client.create_multipart_upload().bucket(&store.bucket).key(&path);
        let request = request.content_type(headers.content_type).cache_control(headers.cache_control);
        let begun = request.checksum_algorithm(ChecksumAlgorithm::Crc32).send().await;
        let begun = begun.map_err(|error| Failure::from(error).at("write", key))?;
        let id = begun.upload_id.ok_or_else(|| failed("write", key, true, Incomplete("the id of the upload")))?;
        Ok(Self { store, key, path, id })
    }

    async fn send(&self, body: Body<'_>, part: Part) -> Result<CompletedPart, StoreError> {
        let bytes = piece(body, part).await.map_err(|error| StoreError::from_io("write", self.key, error))?;
        self.send_bytes(part.number, bytes).await
    }

    pub(super) async fn send_bytes(&self, number: i32, bytes: Bytes) -> Result<CompletedPart, StoreError> {
        let request = self.store.client.upload_part().bucket(&self.store.bucket).key(&self.path).upload_id(&self.id);
        let request = request.part_number(number).checksum_algorithm(ChecksumAlgorithm::Crc32);
        let sent = request.body(bytes.into()).send().await;
        let sent = sent.map_err(|error| Failure::from(error).at("write", self.key))?;
        let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
        Ok(part.set_checksum_crc32(sent.checksum_crc32).build())
    }

    /// Makes the object of its parts, or gives the upload up.
    pub(super) async fn finish(
        self,
        parts: Result<Vec<CompletedPart>, StoreError>,
        condition: &Condition,
    ) -> Result<ETag, StoreError> {
        let finished = match parts {
            Ok(parts) => self.complete(parts, condition).await,
            Err(error) => Err(error),
        };
        if finished.is_err() {
            self.abort().await;
        }
        finished
    }

    async fn complete(&self, parts: Vec<CompletedPart>, condition: &Condition) -> Result<ETag, StoreError> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.store.client.complete_multipart_upload().bucket(&self.store.bucket).key(&self.path);
        let (if_none_match, if_match) = preconditions(condition);
        let request = request.upload_id(&self.id).multipart_upload(parts);
        let sent = request.set_if_none_match(if_none_match).set_if_match(if_match).send().await;
        let answer = sent.map_err(|error| Failure::from(error).of_put(self.key, condition))?;
        tag(self.key, answer.e_tag)
    }

    async fn abort(&self) {
        let request = self.store.client.abort_multipart_upload().bucket(&self.store.bucket).key(&self.path);
        if let Err(error) = request.upload_id(&self.id).send().await.map_err(Failure::from) {
            let (key, upload, error) = (self.key, &self.id, error.source);
            tracing::warn!(key, upload, %error, "parts of an upload are left until the bucket's lifecycle removes them");
        }
    }
}

async fn piece(body: Body<'_>, part: Part) -> io::Result<Bytes> {
    let start = usize::try_from(part.start).map_err(io::Error::other);
    match body {
        Body::Bytes(bytes) => Ok(bytes.slice(start?..usize::try_from(part.end).map_err(io::Error::other)?)),
        Body::File(file) => {
            let file = file.to_owned();
            let read = tokio::task::spawn_blocking(move || piece_of_file(&file, part));
            read.await.map_err(io::Error::other)?
        }
    }
}

fn piece_of_file(file: &Path, part: Part) -> io::Result<Bytes> {
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(part.start))?;
    let mut piece = vec![0; usize::try_from(part.end - part.start).map_err(io::Error::other)?];
    file.read_exact(&mut piece)?;
    Ok(piece.into())
}
