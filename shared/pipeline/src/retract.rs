//! `retract` and `restore`: take an image down, and undo that.

use bytes::Bytes;

use crate::stage::Stage;
use crate::{
    claim::{Settled, perform},
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{self, site},
    objects::{PRIVATE_JSON, read_json, write_json},
    outcome::Outcome,
    publish::{is_approved, publish},
    record::{FORMAT, Published, PublishedState},
    revision::Revision,
};
use skyfeed_ports::store::{Body, Condition, StoreError};

/// Takes an image off the site: `skip.flag` first, so that no other step puts it back; then its WTML and tiles; the tombstone last.
///
/// Nothing stays reachable but what caches hold: WTML for a minute, tiles for up to a year in the layout with revisions. The entry in the index goes with the
/// next `reindex`.
///
/// # Errors
/// Nothing is known of the image, or a store failed.
pub async fn retract(env: &Environment, id: &ImageId) -> Result<Outcome<()>, StepError> {
    let record: Option<Published> = match read_json(&*env.work, &layout::published(id)).await {
        // A takedown does not wait for somebody to mend a record, which is about to be replaced anyway.
        Err(StepError::Json { .. }) => None,
        read => read?,
    };
    let on_site = env.site.list(&site::folder(id), false).await?.objects;
    let flagged = on_site.iter().any(|object| object.key == site::skip_flag(id));
    let tombstone = matches!(&record, Some(Published { state: PublishedState::Retracted { .. }, .. }));
    if flagged && on_site.len() == 1 && tombstone {
        return Ok(Outcome::AlreadyDone(()));
    }
    if record.is_none() && on_site.is_empty() && !is_known(env, id).await? {
        return Err(StepError::Missing(format!("nothing is known of `{id}`")));
    }
    let work = Stage::Retract.work(id, "site".to_owned());
    perform(env, work, |_| async { Ok(None) }, take_down(env, id, record)).await
}

async fn take_down(env: &Environment, id: &ImageId, record: Option<Published>) -> Result<Settled<()>, StepError> {
    skip(env, id).await?;
    clear_folder(env, id).await?;
    let revision = record.and_then(|record| match record.state {
        PublishedState::Live { revision, .. } => Some(revision),
        PublishedState::Retracted { revision } => revision,
    });
    let receipt = revision.clone().unwrap_or_default();
    let tombstone = Published { format: FORMAT, id: id.clone(), state: PublishedState::Retracted { revision } };
    write_json(&*env.work, &layout::published(id), &tombstone, Condition::Always).await?;
    Ok(Settled::Done { value: (), receipt })
}

/// Undoes a retraction: the approved revision is published again. Without one the image is merely no longer skipped, and the next `refresh` finds it.
///
/// # Errors
/// The image was not taken down, or publishing failed.
pub async fn restore(env: &Environment, id: &ImageId) -> Result<Outcome<Option<Revision>>, StepError> {
    let record: Option<Published> = read_json(&*env.work, &layout::published(id)).await?;
    let flagged = env.site.head(&site::skip_flag(id)).await?.is_some();
    match record {
        Some(Published { state: PublishedState::Live { revision, .. }, .. }) if !flagged => {
            return Ok(Outcome::AlreadyDone(revision.parse().ok()));
        }
        None if !flagged => return Err(StepError::Missing(format!("`{id}` was not taken down"))),
        _ => {}
    }
    let approved = is_approved(env, id).await?;
    let work = Stage::Restore.work(id, "site".to_owned());
    let lifted = perform(env, work, |_| async { Ok(None) }, lift(env, id, approved)).await?;
    match lifted {
        Outcome::Done(()) if approved => Ok(publish(env, id).await?.map(Some)),
        lifted => Ok(lifted.map(|()| None)),
    }
}

/// Takes the flag away, and the tombstone too where no publication is going to replace it.
async fn lift(env: &Environment, id: &ImageId, approved: bool) -> Result<Settled<()>, StepError> {
    env.site.delete(&[site::skip_flag(id)]).await?;
    if !approved {
        env.work.delete(&[layout::published(id)]).await?;
    }
    Ok(Settled::Done { value: (), receipt: String::new() })
}

/// Marks an image as never to be processed. Answers whether it was not marked before.
pub(crate) async fn skip(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    let flag = Bytes::from_static(b"{}");
    match env.site.put(&site::skip_flag(id), Body::Bytes(&flag), PRIVATE_JSON, Condition::IfAbsent).await {
        Ok(_) => Ok(true),
        Err(StoreError::Precondition { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Deletes everything of an image from the site but its `skip.flag`; the documents first, so that nothing names what is gone.
pub(crate) async fn clear_folder(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    env.site.delete(&[site::index(id), site::index_rel(id)]).await?;
    let flag = site::skip_flag(id);
    let objects = env.site.list(&site::folder(id), false).await?.objects;
    let keys: Vec<String> = objects.into_iter().map(|object| object.key).filter(|key| *key != flag).collect();
    if keys.is_empty() {
        return Ok(());
    }
    Ok(env.site.delete(&keys).await?)
}

async fn is_known(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    if env.work.head(&layout::candidate(id)).await?.is_some() {
        return Ok(true);
    }
    for folder in [layout::inbox(id), layout::staged(id)] {
        let listing = env.work.list(&folder, true).await?;
        if !listing.objects.is_empty() || !listing.prefixes.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
