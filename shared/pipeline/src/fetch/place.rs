//! Where a download goes: what lies in the inbox, whose it is, and how it is replaced.

use bytes::Bytes;
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
    inbox::Inbox,
    layout,
    objects::{PRIVATE_JSON, sha256_hex, to_json, write_if_changed},
    record::{FetchedRecord, SourceRecord},
    stage::Stage,
};

/// What is to be done with a downloaded image.
pub(super) enum Place {
    /// It is written.
    Put { key: String, condition: Condition },
    /// It is there.
    Same(ObjectMeta),
    /// Another is there, which a person put there.
    LeftAlone(ObjectMeta),
}

/// Where a download goes that somebody asked for, whatever is there. What is there is replaced at once, not deleted first: so it keeps its name, even if the kind of file is another.
pub(super) fn whatever_is_there(inbox: &Inbox, id: &ImageId, extension: &str) -> Place {
    let key = match inbox.images.as_slice() {
        [image] => image.key.clone(),
        _ => layout::inbox_image(id, extension),
    };
    Place::Put { key, condition: Condition::Always }
}

/// Where what the source has goes. What a person put there is left alone: what `before` says tells one from the other.
pub(super) async fn of(
    env: &Environment,
    id: &ImageId,
    inbox: &Inbox,
    content: &Content,
    before: Option<&FetchedRecord>,
) -> Result<Place, StepError> {
    let image = match inbox.images.as_slice() {
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
pub(super) async fn keep_only(env: &Environment, inbox: &Inbox, image: &str) -> Result<(), StepError> {
    let others = inbox.images.iter().map(|object| object.key.clone()).filter(|key| key != image);
    Ok(env.work.delete(&others.collect::<Vec<_>>()).await?)
}

/// What is known of an image, to be written beside its pixels.
pub(super) struct RecordToPut {
    bytes: Bytes,
    pub(super) sha256: String,
}

impl RecordToPut {
    /// `None` if a person wrote what is there: `is_ours` says of a digest whether it is not.
    pub(super) async fn of(
        env: &Environment,
        id: &ImageId,
        record: &SourceRecord,
        is_ours: impl Fn(&str) -> bool,
    ) -> Result<Option<Self>, StepError> {
        let key = layout::source_record(id);
        let bytes = to_json(&key, record)?;
        let sha256 = sha256_hex(&bytes);
        let there = env.work.get(&key).await?.map(|object| sha256_hex(&object.bytes));
        if there.is_none_or(|there| there == sha256 || is_ours(&there)) {
            return Ok(Some(Self { bytes, sha256 }));
        }
        tracing::warn!(key, "a person wrote it, so what the source says is passed over; `fetch --again` takes it");
        Ok(None)
    }

    pub(super) async fn put(&self, env: &Environment, id: &ImageId) -> Result<(), StepError> {
        write_if_changed(&*env.work, &layout::source_record(id), &self.bytes, PRIVATE_JSON).await?;
        Ok(())
    }
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
