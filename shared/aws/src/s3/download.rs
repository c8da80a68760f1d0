//! The content of an object as it arrives.

use std::ops::Range;

use aws_sdk_s3::{operation::get_object::GetObjectOutput, primitives::ByteStream};
use bytes::Bytes;
use skyfeed_ports::store::{ETag, ObjectMeta, StoreError};

use super::{
    S3Store,
    error::{Incomplete, WrongLength, failed},
    object::describe,
};
use crate::sdk::Failure;

/// How often one download goes on after a broken connection. The SDK retries requests, but not what comes after their headers.
const MAX_RESUMPTIONS: u32 = 5;

/// A download that goes on where it broke off, as long as the object is the same.
#[derive(Debug)]
pub(super) struct Download<'a> {
    store: &'a S3Store,
    action: &'static str,
    path: String,
    /// Describes the object; of a range, `size_bytes` is that of the range.
    pub(super) meta: ObjectMeta,
    body: ByteStream,
    /// The byte of the object that comes next.
    next: u64,
    /// The byte behind the last one.
    end: u64,
    resumptions: u32,
}

/// Which object, and which bytes of it, a download wants.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'a> {
    /// First byte and, unless it goes to the end, the byte behind the last one.
    pub(super) range: Option<(u64, Option<u64>)>,
    /// Only if the object has this tag.
    pub(super) etag: Option<&'a ETag>,
}

impl<'a> Download<'a> {
    /// Begins a download.
    pub(super) async fn begin(
        store: &'a S3Store,
        action: &'static str,
        key: &str,
        wanted: Wanted<'_>,
    ) -> Result<Self, BeginError> {
        let path = store.path(key).map_err(BeginError::Store)?;
        let answer = request(store, &path, wanted).await.map_err(BeginError::Answer)?;
        let GetObjectOutput { content_length, e_tag, last_modified, body, .. } = answer;
        let meta = describe(action, key, content_length, e_tag, last_modified.as_ref()).map_err(BeginError::Store)?;
        let next = wanted.range.map_or(0, |(start, _)| start);
        let end = next.saturating_add(meta.size_bytes);
        Ok(Self { store, action, path, meta, body, next, end, resumptions: 0 })
    }

    /// The next piece of the content; `None` at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            let broken = match self.body.next().await {
                Some(Ok(chunk)) => {
                    self.next = self.next.saturating_add(chunk.len() as u64);
                    return Ok(Some(chunk));
                }
                None if self.next == self.end => return Ok(None),
                None => self.failed(WrongLength { received: self.received(), expected: self.meta.size_bytes }),
                Some(Err(error)) => self.failed(error),
            };
            // Beyond the last byte only the checksum can be wrong, and reading nothing again does not mend it.
            if self.next >= self.end || self.resumptions == MAX_RESUMPTIONS {
                return Err(broken);
            }
            self.resumptions += 1;
            self.resume().await?;
        }
    }

    /// The whole content in memory.
    pub(super) async fn bytes(mut self) -> Result<Bytes, StoreError> {
        let capacity = usize::try_from(self.meta.size_bytes).map_err(|error| self.failed(error))?;
        let mut content = Vec::new();
        content.try_reserve_exact(capacity).map_err(|error| self.failed(error))?;
        while let Some(chunk) = self.chunk().await? {
            content.extend_from_slice(&chunk);
        }
        Ok(content.into())
    }

    async fn resume(&mut self) -> Result<(), StoreError> {
        let wanted = Wanted { range: Some((self.next, Some(self.end))), etag: Some(&self.meta.etag) };
        let answer = request(self.store, &self.path, wanted).await;
        let answer = answer.map_err(|failure| failure.of_pinned(self.action, &self.meta.key))?;
        let rest = Range { start: self.next, end: self.end };
        let partial = answer.content_range().is_some_and(|range| range.starts_with(&format!("bytes {}-", rest.start)));
        if !partial {
            return Err(self.failed(Incomplete("the range that was asked for")));
        }
        self.body = answer.body;
        Ok(())
    }

    fn received(&self) -> u64 {
        self.meta.size_bytes.saturating_sub(self.end.saturating_sub(self.next))
    }

    fn failed(&self, error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
        failed(self.action, &self.meta.key, true, error)
    }
}

/// Why a download did not begin.
#[derive(Debug)]
pub(super) enum BeginError {
    /// The request failed.
    Answer(Failure),
    /// Something else.
    Store(StoreError),
}

async fn request(store: &S3Store, path: &str, wanted: Wanted<'_>) -> Result<GetObjectOutput, Failure> {
    let range = wanted.range.map(|(start, end)| match end {
        Some(end) => format!("bytes={start}-{}", end.saturating_sub(1)),
        None => format!("bytes={start}-"),
    });
    let etag = wanted.etag.map(|etag| etag.0.clone());
    let request = store.client.get_object().bucket(&store.bucket).key(path);
    Ok(request.set_range(range).set_if_match(etag).send().await?)
}
