//! `fetch`: download one candidate into the inbox, for the first time or because the source has another by now.

use jiff::Timestamp;
use skyfeed_ports::{
    ledger::Work,
    store::{ETag, ObjectMeta},
};

use crate::{
    claim::{Settled, perform},
    environment::Environment,
    error::StepError,
    id::ImageId,
    inbox::Inbox,
    layout,
    objects::{parse_record, sha256_hex},
    outcome::Outcome,
    put_off,
    record::Candidate,
    stage::Stage,
    standing::{Standing, State},
    unusable,
};

mod download;
mod parts;
mod place;
mod receive;

use download::{Here, download};

pub use parts::PART_BYTES;

/// Downloads a candidate: `source.json` first, the image last, because the image's creation triggers `tile`. If it was downloaded before and changed at the source, the source is asked whether
/// its file is another; what is staged or published stays.
///
/// The outcome carries the key of the image.
///
/// # Errors
/// There is no such candidate, or a store failed. What the source does not give is put off: [`StepError::PutOff`] says until when.
pub async fn fetch(env: &Environment, id: &ImageId) -> Result<Outcome<String>, StepError> {
    match to_do(env, id).await? {
        ToDo::Nothing(settled) => return Ok(settled),
        ToDo::Replace => return fetch_again(env, id).await,
        ToDo::Ask => {}
    }
    let (candidate, work) = wanted(env, id).await?;
    let confirm = |_| async { Ok(confirm(env, id).await?.map(|there| there.map(Here::before))) };
    let fetched = perform(env, work, confirm, |env| async move { download(&env, candidate, false).await }).await?;
    Ok(match fetched {
        Outcome::Done(Here { image, is_new: false }) => Outcome::AlreadyDone(image),
        fetched => fetched.map(|here| here.image),
    })
}

/// Until when the download of an image is put off, if that is not over: who does not ask for it by its name leaves it alone until then.
///
/// # Errors
/// A store failed, or what is noted of it cannot be read.
pub(crate) async fn put_off_until(env: &Environment, id: &ImageId) -> Result<Option<Timestamp>, StepError> {
    let now = env.clock.now();
    match put_off::read(env, id).await? {
        Some((_, record)) if record.until > now => {
            let standing = Standing::of(env, id).await?;
            Ok(standing.and_then(|standing| standing.fetch_put_off).filter(|until| *until > now))
        }
        _ => Ok(None),
    }
}

/// What [`fetch`] would come to; with `again`, [`fetch_again`]. Writes nothing.
///
/// # Errors
/// As [`fetch`].
pub async fn plan(env: &Environment, id: &ImageId, again: bool) -> Result<Outcome<()>, StepError> {
    if again {
        refuse_if_turned_away(id, Standing::of(env, id).await?.as_ref())?;
    }
    let to_do = if again { ToDo::Replace } else { to_do(env, id).await? };
    if let ToDo::Nothing(settled) = to_do {
        return Ok(settled.map(drop));
    }
    let (_, work) = wanted(env, id).await?;
    let settled = if matches!(to_do, ToDo::Replace) || env.ledger.receipt(&work).await?.is_none() {
        None
    } else {
        confirm(env, id).await?
    };
    Ok(settled.map_or(Outcome::Done(()), |settled| settled.map(drop)))
}

/// Downloads a candidate anew, whatever is there. What is in the inbox, and why it was set aside, stays until the new image is there; what is staged or published stays in any case.
///
/// # Errors
/// There is no such candidate: an image that a person put into the inbox is not replaced. Else as [`fetch`].
pub async fn fetch_again(env: &Environment, id: &ImageId) -> Result<Outcome<String>, StepError> {
    refuse_if_turned_away(id, Standing::of(env, id).await?.as_ref())?;
    let (candidate, work) = wanted(env, id).await?;
    let nothing_confirms = |_| async { Ok(None) };
    perform(env, work, nothing_confirms, |env| async move {
        let downloaded = download(&env, candidate, true).await?;
        if matches!(downloaded, Settled::Done { .. }) {
            unusable::forget(&env, id).await?;
        }
        Ok(downloaded)
    })
    .await
    .map(|fetched| fetched.map(|here| here.image))
}

/// What is to be done for an image.
enum ToDo {
    /// Nothing: it is here.
    Nothing(Outcome<String>),
    /// To ask the source, and to download what it has if that is another.
    Ask,
    /// To download it, whatever is here.
    Replace,
}

async fn to_do(env: &Environment, id: &ImageId) -> Result<ToDo, StepError> {
    let standing = Standing::of(env, id).await?;
    let inbox = Inbox::find(env, id).await?;
    // Of several, one may be a person's.
    if let Some(image) = inbox.image()
        && damaged(env, id, image).await?.is_some()
    {
        refuse_if_turned_away(id, standing.as_ref())?;
        return Ok(ToDo::Replace);
    }
    if has_to_be_asked_for(env, id, standing.as_ref()).await? {
        return Ok(ToDo::Ask);
    }
    if let Some(image) = inbox.images.into_iter().next() {
        return Ok(ToDo::Nothing(Outcome::AlreadyDone(image.key)));
    }
    refuse_if_turned_away(id, standing.as_ref())?;
    Ok(ToDo::Ask)
}

/// Whether nobody knows what the source has, though something is here: it changed, or did not answer the last time. What the ledger says of that needs no clock.
async fn has_to_be_asked_for(env: &Environment, id: &ImageId, standing: Option<&Standing>) -> Result<bool, StepError> {
    let Some(standing) = standing.filter(|standing| standing.is_followed) else { return Ok(false) };
    if standing.changed_at_source || standing.fetch_put_off.is_some() {
        return Ok(true);
    }
    let (_, work) = wanted(env, id).await?;
    Ok(env.ledger.receipt(&work).await?.is_none())
}

/// The digest of the image in the inbox if it was found damaged, so that it is to be downloaded again.
async fn damaged(env: &Environment, id: &ImageId, image: &ObjectMeta) -> Result<Option<String>, StepError> {
    let found = put_off::read(env, id).await?.filter(|(meta, _)| !put_off::is_past(meta.modified, [image]));
    Ok(found.and_then(|(_, record)| record.image_sha256))
}

/// A message may come after somebody rejected the image or took it down.
fn refuse_if_turned_away(id: &ImageId, standing: Option<&Standing>) -> Result<(), StepError> {
    match standing {
        Some(Standing { state: State::Rejected | State::Retracted | State::Skipped, why, .. }) => {
            Err(StepError::Refused(format!("`{id}` is not fetched: {why}")))
        }
        _ => Ok(()),
    }
}

/// A candidate and the tag of its object.
struct Wanted {
    candidate: Candidate,
    etag: ETag,
}

/// The candidate that is to be downloaded.
async fn wanted(env: &Environment, id: &ImageId) -> Result<(Wanted, Work), StepError> {
    let key = layout::candidate(id);
    let Some(object) = env.work.get(&key).await? else {
        return Err(StepError::Missing(format!("there is no candidate `{id}`; `refresh` finds candidates")));
    };
    let candidate = parse_record(&key, &object.bytes, id, |candidate: &Candidate| &candidate.id)?;
    let work = Stage::Fetch.work(id, sha256_hex(&object.bytes));
    Ok((Wanted { candidate, etag: object.meta.etag }, work))
}

async fn confirm(env: &Environment, id: &ImageId) -> Result<Option<Outcome<String>>, StepError> {
    if has_to_be_asked_for(env, id, Standing::of(env, id).await?.as_ref()).await? {
        return Ok(None);
    }
    if let Some(image) = Inbox::find(env, id).await?.images.into_iter().next() {
        return Ok(Some(Outcome::AlreadyDone(image.key)));
    }
    Ok(unusable::reason(env, id).await?.map(Outcome::Unusable))
}
