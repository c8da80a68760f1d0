//! From the bytes that come to an object in the store.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use sha2::{Digest, Sha256};
use skyfeed_ports::store::{Body, Condition, Piece};
use tokio::time::{Instant, timeout_at};

use super::parts::{BINARY, PART_BYTES, Parts};
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    record::{FetchedRecord, Version},
    source::{Arrival, Image, SourceError, signature},
};

/// So long before the deadline what came is kept, or for a tenth of the time that there is, if that is shorter.
const TO_KEEP: Duration = Duration::from_secs(10);

/// What the source has.
pub(super) struct Content {
    pub(super) version: Version,
    pub(super) sha256: String,
    pub(super) size_bytes: u64,
    /// The extension that it gets.
    pub(super) extension: String,
}

impl Content {
    /// What was downloaded before.
    pub(super) fn of(before: &FetchedRecord) -> Self {
        let FetchedRecord { version, sha256, size_bytes, .. } = before.clone();
        Self { version, sha256, size_bytes, extension: String::new() }
    }
}

/// A whole image: the parts in the store, and what is not there yet.
pub(super) struct Received {
    pieces: Vec<Piece>,
    rest: Bytes,
}

impl Received {
    /// Writes the image.
    pub(super) async fn put(&self, env: &Environment, key: &str, condition: Condition) -> Result<(), StepError> {
        if self.pieces.is_empty() {
            env.work.put(key, Body::Bytes(&self.rest), BINARY, condition).await?;
            return Ok(());
        }
        let pieces: Vec<Piece> = self.pieces.iter().cloned().chain([Piece::Bytes(self.rest.clone())]).collect();
        env.work.compose(key, &pieces, BINARY, condition).await?;
        Ok(())
    }

    /// Whether anything of it lies in the store that has to go.
    pub(super) fn has_parts(&self) -> bool {
        !self.pieces.is_empty()
    }
}

/// Takes an image as it comes; `begun` is what an earlier attempt left of it.
///
/// # Errors
/// The source or the store failed, or time was up. What came is kept, where the source can go on from it.
pub(super) async fn receive(
    env: &Environment,
    id: &ImageId,
    image: Image,
    begun: Option<Parts>,
) -> Result<(Content, Received), StepError> {
    let name = image.name.clone();
    let before = begun.as_ref().map_or(0, |parts| parts.bytes);
    let mut taking = Taking { parts: begun, rest: BytesMut::new(), resumes: false };
    match taking.all(env, id, image).await {
        Ok(()) => taking.received(env, &name).await,
        Err(error) => {
            let mut here = before;
            if let (true, Some(parts)) = (taking.resumes, &mut taking.parts) {
                parts.keep(env, id, &taking.rest.freeze()).await?;
                here = parts.bytes;
            }
            // The next attempt would come no further.
            let is_in_vain = matches!(error, StepError::OutOfTime) && here <= before;
            Err(if is_in_vain { too_slow(id).into() } else { error })
        }
    }
}

fn too_slow(id: &ImageId) -> SourceError {
    let problem =
        "it did not come within the time that there is for it, and the source cannot go on where it broke off";
    SourceError::Transport { what: id.to_string(), transient: true, source: problem.into() }
}

struct Taking {
    parts: Option<Parts>,
    rest: BytesMut,
    resumes: bool,
}

impl Taking {
    async fn all(&mut self, env: &Environment, id: &ImageId, mut image: Image) -> Result<(), StepError> {
        let now = Instant::now();
        let end = env.deadline.map(|end| end - (end.saturating_duration_since(now) / 10).min(TO_KEEP));
        loop {
            let next = image.arrivals.next();
            let arrival = match end {
                Some(end) => timeout_at(end, next).await.map_err(|_| StepError::OutOfTime)?,
                None => next.await,
            };
            match arrival.transpose()? {
                Some(Arrival::Begin { version, from, resumes }) => self.begin(id, version, from, resumes)?,
                Some(Arrival::Bytes(bytes)) => self.take(env, id, &bytes).await?,
                None => return Ok(()),
            }
        }
    }

    fn begin(&mut self, id: &ImageId, version: Version, from: u64, resumes: bool) -> Result<(), SourceError> {
        self.resumes = resumes;
        let here = self.parts.as_ref().map_or(0, |parts| parts.bytes) + self.rest.len() as u64;
        if from == 0 {
            self.parts = Some(Parts::new(version));
            self.rest.clear();
        } else if from != here {
            self.resumes = false;
            let problem = format!("it goes on at byte {from}, and {here} bytes are here");
            return Err(SourceError::Transport { what: id.to_string(), transient: true, source: problem.into() });
        }
        Ok(())
    }

    async fn take(&mut self, env: &Environment, id: &ImageId, bytes: &[u8]) -> Result<(), StepError> {
        self.rest.extend_from_slice(bytes);
        let Some(parts) = &mut self.parts else { return Ok(()) };
        while self.rest.len() as u64 >= PART_BYTES {
            let part = self.rest.split_to(PART_BYTES as usize).freeze();
            parts.add(env, id, &part, self.resumes).await?;
        }
        Ok(())
    }

    async fn received(self, env: &Environment, name: &str) -> Result<(Content, Received), StepError> {
        let Self { parts, rest, .. } = self;
        let Parts { version, mut sha256, bytes, pieces, .. } = parts.unwrap_or_else(|| Parts::new(Version::default()));
        let rest = rest.freeze();
        sha256.update(&rest);
        let head = match pieces.first() {
            Some(Piece::Range { key, .. }) => {
                let range = 0..signature::HEAD_BYTES as u64;
                env.work.get_range(key, range).await?.unwrap_or_default()
            }
            _ => rest.slice(..rest.len().min(signature::HEAD_BYTES)),
        };
        let content = Content {
            version,
            sha256: hex::encode(Sha256::finalize(sha256)),
            size_bytes: bytes + rest.len() as u64,
            extension: signature::extension(name, &head),
        };
        Ok((content, Received { pieces, rest }))
    }
}
