//! The inbox folder of an image: what lies there, whose it is, and how it is replaced.

use sha2::{Digest, Sha256};
use skyfeed_ports::{
    ledger::AttemptOutcome,
    store::{Condition, ObjectMeta, Piece},
};

use super::{
    parts::{BINARY, PART_BYTES},
    receive::Content,
};
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{PRIVATE_JSON, sha256_hex, to_json, write_if_changed},
    record::{FetchedRecord, SourceRecord},
    stage::Stage,
};

/// What lies in `inbox/<id>/`.
pub(super) struct Inbox {
    pub(super) images: Vec<ObjectMeta>,
}

/// What is to be done with a downloaded image.
pub(super) enum Place {
    /// It is written.
    Put { key: String, condition: Condition },
    /// It is there.
    Same(ObjectMeta),
    /// Another is there, which a person put there.
    LeftAlone(ObjectMeta),
}

impl Inbox {
    pub(super) async fn find(env: &Environment, id: &ImageId) -> Result<Self, StepError> {
        let record = layout::source_record(id);
        let mut images = env.work.list(&layout::inbox(id), true).await?.objects;
        images.retain(|object| object.key != record);
        Ok(Self { images })
    }

    /// The key of the image; of several, any.
    pub(super) fn image(self) -> Option<String> {
        self.images.into_iter().next().map(|image| image.key)
    }

    /// Where a download goes that somebody asked for, whatever is there. What is there is replaced at once, not deleted first: so it keeps its name, even if the kind of file is another.
    pub(super) fn whatever_is_there(&self, id: &ImageId, extension: &str) -> Place {
        let key = match self.images.as_slice() {
            [image] => image.key.clone(),
            _ => layout::inbox_image(id, extension),
        };
        Place::Put { key, condition: Condition::Always }
    }

    /// Where what the source has goes. What a person put there is left alone: what `before` says tells one from the other.
    pub(super) async fn place(
        &self,
        env: &Environment,
        id: &ImageId,
        content: &Content,
        before: Option<&FetchedRecord>,
    ) -> Result<Place, StepError> {
        let image = match self.images.as_slice() {
            [] => {
                let key = layout::inbox_image(id, &content.extension);
                return Ok(Place::Put { key, condition: Condition::IfAbsent });
            }
            [image] => image.clone(),
            // A person has to delete one first.
            [image, ..] => return Ok(Place::LeftAlone(image.clone())),
        };
        let size = image.size_bytes;
        let may_be_known = size == content.size_bytes || before.is_some_and(|before| before.size_bytes == size);
        let digest = if may_be_known { Some(sha256_of(env, &image).await?) } else { None };
        if digest.as_ref() == Some(&content.sha256) {
            return Ok(Place::Same(image));
        }
        let is_ours = match before {
            Some(before) => digest.as_ref() == Some(&before.sha256),
            None => layout::is_inbox_image(id, &image.key) && was_fetched(env, id).await?,
        };
        if !is_ours {
            return Ok(Place::LeftAlone(image));
        }
        Ok(Place::Put { condition: Condition::IfMatch(image.etag), key: image.key })
    }

    /// Deletes all images but one.
    pub(super) async fn keep_only(&self, env: &Environment, image: &str) -> Result<(), StepError> {
        let others = self.images.iter().map(|object| object.key.clone()).filter(|key| key != image);
        Ok(env.work.delete(&others.collect::<Vec<_>>()).await?)
    }
}

/// Writes what is known of an image beside its pixels, and answers the digest of it. What a person wrote is left alone: `is_ours` says of a digest whether it is not.
pub(super) async fn put_record(
    env: &Environment,
    id: &ImageId,
    record: &SourceRecord,
    is_ours: impl Fn(&str) -> bool,
) -> Result<Option<String>, StepError> {
    let key = layout::source_record(id);
    let bytes = to_json(&key, record)?;
    let there = env.work.get(&key).await?.map(|object| sha256_hex(&object.bytes));
    let digest = sha256_hex(&bytes);
    if there.as_ref().is_none_or(|there| *there == digest || is_ours(there)) {
        write_if_changed(&*env.work, &key, &bytes, PRIVATE_JSON).await?;
        return Ok(Some(digest));
    }
    tracing::warn!(key, "a person wrote it, so what the source says now is passed over; `fetch --again` takes it");
    Ok(None)
}

/// Writes the image again, of itself, if its record is newer: the image comes last, and sets off `tile`. Answers whether it did.
pub(super) async fn touch(env: &Environment, id: &ImageId, image: &ObjectMeta) -> Result<bool, StepError> {
    let record = env.work.head(&layout::source_record(id)).await?;
    let is_newer = record.is_some_and(|record| record.modified >= image.modified);
    if is_newer {
        let condition = Condition::IfMatch(image.etag.clone());
        env.work.compose(&image.key, &[Piece::whole(image)], BINARY, condition).await?;
    }
    Ok(is_newer)
}

/// Whether this program downloaded the image, before there were records of that.
async fn was_fetched(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    let history = env.ledger.history(id.as_str()).await?;
    let is_done = |outcome: &Option<AttemptOutcome>| matches!(outcome, Some(AttemptOutcome::Done { .. }));
    Ok(history.iter().any(|attempt| attempt.kind == Stage::Fetch.as_str() && is_done(&attempt.outcome)))
}

async fn sha256_of(env: &Environment, object: &ObjectMeta) -> Result<String, StepError> {
    let mut digest = Sha256::new();
    let mut start = 0;
    while start < object.size_bytes {
        let range = start..(start + PART_BYTES).min(object.size_bytes);
        start = range.end;
        let bytes = env.work.get_range(&object.key, range).await?;
        digest.update(bytes.ok_or_else(|| StepError::gone(&object.key))?);
    }
    Ok(hex::encode(digest.finalize()))
}
