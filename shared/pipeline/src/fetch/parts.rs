//! What came of a large image, in the work store: so it need not fit on any disk, and a download that broke off goes on from there.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use skyfeed_ports::store::{Body, Condition, Headers, Piece};

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{PRIVATE_JSON, sha256_hex, write_json},
    record::{SECOND_FORMAT, Unfinished, Version},
};

/// As large as a part is. Smaller images need none.
pub const PART_BYTES: u64 = 16 << 20;
/// What is smaller is not worth a request when a download breaks off.
const WORTH_KEEPING_BYTES: usize = 64 << 10;

pub(super) const BINARY: Headers = Headers { content_type: "application/octet-stream", ..PRIVATE_JSON };

/// The parts of one content of an image.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) version: Version,
    /// Of all of them.
    pub(super) sha256: Sha256,
    pub(super) bytes: u64,
    pub(super) pieces: Vec<Piece>,
    /// Whether it is noted which content they are of, so that a later attempt finds them.
    is_noted: bool,
}

impl Parts {
    /// None yet.
    pub(super) fn new(version: Version) -> Self {
        Self { version, sha256: Sha256::new(), bytes: 0, pieces: Vec::new(), is_noted: false }
    }

    /// Those that an earlier attempt left. What is not whole counts as nothing.
    pub(super) async fn load(env: &Environment, id: &ImageId) -> Result<Option<Self>, StepError> {
        let Some(note) = env.work.get(&layout::download(id)).await? else { return Ok(None) };
        let Ok(Unfinished { version, .. }) = serde_json::from_slice(&note.bytes) else { return Ok(None) };
        let mut parts = Self { is_noted: true, ..Self::new(version) };
        for meta in env.work.list(&parts.folder(id), true).await?.objects {
            if meta.key != parts.key(id) {
                break;
            }
            let Some(part) = env.work.get(&meta.key).await? else { break };
            parts.sha256.update(&part.bytes);
            parts.bytes += part.meta.size_bytes;
            parts.pieces.push(Piece::whole(&part.meta));
        }
        Ok((parts.bytes > 0).then_some(parts))
    }

    /// Adds the next part. If the download can go on from it, that is noted first.
    pub(super) async fn add(
        &mut self,
        env: &Environment,
        id: &ImageId,
        part: &Bytes,
        resumes: bool,
    ) -> Result<(), StepError> {
        if resumes && !self.is_noted {
            let note = Unfinished { format: SECOND_FORMAT, id: id.clone(), version: self.version.clone() };
            write_json(&*env.work, &layout::download(id), &note, Condition::Always).await?;
            self.is_noted = true;
        }
        let key = self.key(id);
        let etag = env.work.put(&key, Body::Bytes(part), BINARY, Condition::Always).await?;
        let size = part.len() as u64;
        self.pieces.push(Piece::Range { key, etag, range: 0..size });
        self.sha256.update(part);
        self.bytes += size;
        Ok(())
    }

    /// Keeps the last bytes of a download that broke off, if they are worth it.
    pub(super) async fn keep(&mut self, env: &Environment, id: &ImageId, rest: &Bytes) -> Result<(), StepError> {
        if rest.len() < WORTH_KEEPING_BYTES { Ok(()) } else { self.add(env, id, rest, true).await }
    }

    /// The folder of parts of this content: those of others never mix with them.
    fn folder(&self, id: &ImageId) -> String {
        let Version { from, size_bytes, etag, last_modified, .. } = &self.version;
        let text = format!("{from}\n{size_bytes:?}\n{etag:?}\n{last_modified:?}");
        layout::download_parts(id, &sha256_hex(text.as_bytes())[..16])
    }

    /// The key of the next part: its place.
    fn key(&self, id: &ImageId) -> String {
        format!("{}{:016}", self.folder(id), self.bytes)
    }
}

/// Deletes what there is of downloads of an image.
pub(super) async fn forget(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    let folder = env.work.list(&layout::downloads(id), false).await?;
    let keys: Vec<String> = folder.objects.into_iter().map(|object| object.key).collect();
    Ok(env.work.delete(&keys).await?)
}
