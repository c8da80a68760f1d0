//! `fetch`: download one candidate into the inbox.

use skyfeed_ports::{
    ledger::Work,
    store::{Body, Condition, Headers, ObjectMeta},
};

use crate::stage::Stage;
use crate::{
    claim::{Settled, perform},
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{PRIVATE_JSON, parse_record, sha256_hex, to_json, write_if_changed},
    outcome::Outcome,
    put_off,
    record::{Candidate, SourceRecord},
    scratch,
    source::Fetched,
    standing::{Standing, State},
    unusable,
};

/// Downloads a candidate: `source.json` first, the image last, because the image's creation triggers `tile`.
///
/// The outcome carries the key of the image.
///
/// # Errors
/// There is no such candidate, or a store failed. What the source does not give is put off: [`StepError::PutOff`] says until when.
pub async fn fetch(env: &Environment, id: &ImageId) -> Result<Outcome<String>, StepError> {
    if let Some(image) = find_image(env, id).await? {
        if is_good(env, id, &image).await? {
            return Ok(Outcome::AlreadyDone(image.key));
        }
        return fetch_again(env, id).await;
    }
    let (candidate, work) = wanted(env, id).await?;
    let candidate = &candidate;
    perform(env, work, |_| confirm(env, id), |env| async move { download(&env, candidate).await }).await
}

/// Whether the image in the inbox is not one that was found damaged, to be downloaded again.
async fn is_good(env: &Environment, id: &ImageId, image: &ObjectMeta) -> Result<bool, StepError> {
    let found = put_off::read(env, id).await?;
    Ok(found.is_none_or(|(meta, _)| put_off::is_over(meta.modified, image)))
}

/// What [`fetch`] would come to; with `again`, [`fetch_again`]. Writes nothing.
///
/// # Errors
/// As [`fetch`].
pub async fn plan(env: &Environment, id: &ImageId, again: bool) -> Result<Outcome<()>, StepError> {
    if !again
        && let Some(image) = find_image(env, id).await?
        && is_good(env, id, &image).await?
    {
        return Ok(Outcome::AlreadyDone(()));
    }
    let (_, work) = wanted(env, id).await?;
    let settled = if again || env.ledger.receipt(&work).await?.is_none() { None } else { confirm(env, id).await? };
    Ok(settled.map_or(Outcome::Done(()), |settled| settled.map(drop)))
}

/// The candidate that is to be downloaded.
async fn wanted(env: &Environment, id: &ImageId) -> Result<(Candidate, Work), StepError> {
    refuse_if_turned_away(env, id).await?;
    let key = layout::candidate(id);
    let Some(object) = env.work.get(&key).await? else {
        return Err(no_candidate(id));
    };
    let candidate = parse_record(&key, &object.bytes, id, |candidate: &Candidate| &candidate.id)?;
    Ok((candidate, Stage::Fetch.work(id, sha256_hex(&object.bytes))))
}

/// Downloads a candidate anew, whatever is there. What is in the inbox, and why it was set aside, stays until the new image is there; what is staged or published stays in any case.
///
/// # Errors
/// There is no such candidate: an image that a person put into the inbox is not replaced. Else as [`fetch`].
pub async fn fetch_again(env: &Environment, id: &ImageId) -> Result<Outcome<String>, StepError> {
    let (candidate, work) = wanted(env, id).await?;
    let nothing_confirms = |_| async { Ok(None) };
    let candidate = &candidate;
    perform(env, work, nothing_confirms, |env| async move {
        let downloaded = download(&env, candidate).await?;
        if let Settled::Done { value: image, .. } = &downloaded {
            unusable::forget(&env, id).await?;
            // Of another kind, the image before has another name.
            let keep = [image, &layout::source_record(id)];
            let there = env.work.list(&layout::inbox(id), false).await?.objects.into_iter().map(|object| object.key);
            let before: Vec<String> = there.filter(|key| !keep.contains(&key)).collect();
            env.work.delete(&before).await?;
        }
        Ok(downloaded)
    })
    .await
}

fn no_candidate(id: &ImageId) -> StepError {
    StepError::Missing(format!("there is no candidate `{id}`; `refresh` finds candidates"))
}

/// A message may come after somebody rejected the image or took it down.
async fn refuse_if_turned_away(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    match Standing::of(env, id).await? {
        Some(Standing { state: State::Rejected | State::Retracted | State::Skipped, why, .. }) => {
            Err(StepError::Refused(format!("`{id}` is not fetched: {why}")))
        }
        _ => Ok(()),
    }
}

async fn confirm(env: &Environment, id: &ImageId) -> Result<Option<Outcome<String>>, StepError> {
    if let Some(image) = find_image(env, id).await? {
        return Ok(Some(Outcome::AlreadyDone(image.key)));
    }
    Ok(unusable::reason(env, id).await?.map(Outcome::Unusable))
}

async fn download(env: &Environment, candidate: &Candidate) -> Result<Settled<String>, StepError> {
    let id = &candidate.id;
    let folder = scratch::folder(&env.scratch)?;
    let fetched = match env.source.fetch(candidate, folder.path()).await {
        Ok(fetched) => fetched,
        Err(error) => return Err(put_off::put_off(env, id, error.into(), None).await?),
    };
    match fetched {
        Fetched::Unusable(found) => {
            unusable::set_aside(env, id, &found.reason).await?;
            Ok(Settled::Unusable(found.reason))
        }
        Fetched::Image { file, extension, record } => {
            if let Some(record) = record {
                put_record(env, id, &record).await?;
            }
            let image = layout::inbox_image(id, &extension);
            let headers = Headers { content_type: "application/octet-stream", ..PRIVATE_JSON };
            env.work.put(&image, Body::File(&file), headers, Condition::Always).await?;
            Ok(Settled::Done { receipt: image.clone(), value: image })
        }
    }
}

async fn put_record(env: &Environment, id: &ImageId, record: &SourceRecord) -> Result<(), StepError> {
    let key = layout::source_record(id);
    write_if_changed(&*env.work, &key, &to_json(&key, record)?, PRIVATE_JSON).await?;
    Ok(())
}

/// The image in an inbox folder; `None` if there is none yet.
async fn find_image(env: &Environment, id: &ImageId) -> Result<Option<ObjectMeta>, StepError> {
    let record = layout::source_record(id);
    let listing = env.work.list(&layout::inbox(id), true).await?;
    Ok(listing.objects.into_iter().find(|object| object.key != record))
}
