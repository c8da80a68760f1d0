//! `retract`: take an image down.

use std::time::Duration;

use skyfeed_ports::store::{ObjectMeta, StoreError};

use crate::{
    claim::{Settled, in_turn},
    environment::Environment,
    error::StepError,
    id::ImageId,
    kept,
    layout::{self, site},
    names::Person,
    outcome::Outcome,
    record::{Live, PublishedState, Takedown},
    site_folder,
    stage::Stage,
    standing::{Standing, TAKEDOWN_UNFINISHED},
    turn::RecordInTurn,
};

/// How many times the takedown is said anew when others write the record at the same time.
const ROUNDS: u32 = 20;
/// How long a takedown waits for whoever works on the image: more than a lease lasts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Who takes an image down, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// Who, as far as anybody says so.
    pub by: Option<Person>,
    /// Why, if that person says so.
    pub note: String,
}

/// Takes an image off the site. The record says so first, without waiting for anybody: from then on nobody publishes it, and whoever is about to gives up. Then, in the image's turn,
/// `skip.flag`, so that no other step begins with it again; then its WTML and tiles go; the tombstone is last.
///
/// What cannot be made again is kept in the work store, for [`restore`](crate::restore::restore). Files in the image's folder that no publication made stay, unless another program
/// published the image: then all that lies there goes.
///
/// Nothing stays reachable but what caches hold: WTML for a minute, tiles for up to a year in the layout with a folder for each pyramid. The entry in the index goes with the next
/// `reindex`.
///
/// # Errors
/// Nothing is known of the image, or a store failed.
pub async fn retract(env: &Environment, id: &ImageId, reason: &Reason) -> Result<Outcome<()>, StepError> {
    if is_down(env, id).await? {
        return Ok(Outcome::AlreadyDone(()));
    }
    announce(env, id, reason).await?;
    let give_up = env.clock.now() + LONGEST_WAIT;
    loop {
        let turn = in_turn(env, Stage::Retract.turn(id), |env, _| async move {
            take_down(&env, id, reason).await?;
            Ok(Settled::Done { value: (), receipt: String::new() })
        });
        match turn.await? {
            Outcome::Busy { .. } if env.clock.now() < give_up => env.clock.sleep(LOOK_EVERY).await,
            ended => return Ok(ended),
        }
    }
}

/// Finishes a takedown that somebody began and did not end. If that is no longer so when its turn comes, because it was finished or lifted, it does nothing.
///
/// # Errors
/// A store failed.
pub async fn finish(env: &Environment, id: &ImageId) -> Result<Outcome<()>, StepError> {
    in_turn(env, Stage::Retract.turn(id), |env, _| async move {
        let standing = Standing::of(&env, id).await?;
        if standing.is_some_and(|standing| standing.code == TAKEDOWN_UNFINISHED) {
            take_down(&env, id, &Reason::default()).await?;
        }
        Ok(Settled::Done { value: (), receipt: String::new() })
    })
    .await
}

/// What [`retract`] would come to. Writes nothing.
///
/// # Errors
/// As [`retract`].
pub async fn plan(env: &Environment, id: &ImageId) -> Result<Outcome<()>, StepError> {
    Ok(if is_down(env, id).await? { Outcome::AlreadyDone(()) } else { Outcome::Done(()) })
}

/// Whether it was taken down, to the end.
async fn is_down(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    let (record, on_site) =
        futures::future::try_join(RecordInTurn::read(env, id), async { Ok(site_folder::list(env, id).await?) }).await?;
    if record.state().is_none() && on_site.is_empty() && Standing::of(env, id).await?.is_none() {
        return Err(StepError::unknown(id));
    }
    let flag = site::skip_flag(id);
    let is_skipped = on_site.iter().any(|object| object.key == flag);
    let nothing_else = !on_site.iter().any(|object| site_folder::is_ours(&object.key[site::folder(id).len()..]));
    Ok(matches!(record.state(), Some(PublishedState::Retracted(_))) && is_skipped && nothing_else)
}

/// Says in the record that the image is being taken down, whoever works on it.
async fn announce(env: &Environment, id: &ImageId, reason: &Reason) -> Result<(), StepError> {
    for _ in 0..ROUNDS {
        let mut record = RecordInTurn::read(env, id).await?;
        match say(env, &mut record, reason).await {
            Err(StepError::Store(StoreError::Precondition { .. })) => {}
            said => return said,
        }
    }
    Err(StoreError::Precondition { key: layout::published(id) }.into())
}

/// Writes that the image is being taken down, unless the record says so. A takedown wins over who puts it back.
async fn say(env: &Environment, record: &mut RecordInTurn, reason: &Reason) -> Result<(), StepError> {
    let sort_date = record.sort_date();
    let (revision, kept) = match record.state() {
        Some(PublishedState::Retracting(taken)) if !taken.rising => return Ok(()),
        Some(PublishedState::Retracting(taken) | PublishedState::Retracted(taken)) => {
            (taken.revision.clone(), taken.kept.clone())
        }
        Some(PublishedState::Publishing { revision, before, .. }) => {
            (Some(revision.clone()), before.clone().map(Box::new))
        }
        Some(PublishedState::Live(live)) => (Some(live.revision.clone()), Some(Box::new(live.clone()))),
        None => (None, None),
    };
    let by = reason.by.as_ref().map(ToString::to_string);
    let takedown = Takedown { revision, by, note: reason.note.clone(), sort_date, kept, rising: false };
    record.write(env, PublishedState::Retracting(takedown)).await
}

/// Takes the image down, in its turn.
async fn take_down(env: &Environment, id: &ImageId, reason: &Reason) -> Result<(), StepError> {
    let mut record = RecordInTurn::read(env, id).await?;
    // Somebody brought it back between the announcement and this turn.
    say(env, &mut record, reason).await?;
    let Some(PublishedState::Retracting(mut takedown)) = record.state().cloned() else {
        return Err(StoreError::Precondition { key: layout::published(id) }.into());
    };
    site_folder::skip(env, id).await?;
    let folder = site::folder(id).len();
    let flag = site::skip_flag(id);
    let on_site = site_folder::list(env, id).await?;
    let objects: Vec<&ObjectMeta> = on_site.iter().filter(|object| object.key != flag).collect();
    let gone: Vec<&ObjectMeta> = if takedown.revision.is_none() {
        // Another program's tiles may have any name.
        kept::keep(env, id, None, &objects).await?;
        objects
    } else {
        let live = takedown.kept.as_deref();
        if let Some(live) = live
            && !can_be_made_again(env, id, live).await?
        {
            let of_live =
                objects.iter().copied().filter(|object| is_of_live(&object.key[folder..], live)).collect::<Vec<_>>();
            kept::keep(env, id, Some(&live.revision), &of_live).await?;
        } else {
            takedown.kept = None;
        }
        objects.into_iter().filter(|object| site_folder::is_ours(&object.key[folder..])).collect()
    };
    let keys = gone.into_iter().map(|object| object.key.clone()).collect();
    site_folder::delete(env, id, keys).await?;
    record.write(env, PublishedState::Retracted(takedown)).await
}

/// Whether a name in the image's folder is of what was live, and not of a revision that was on its way.
fn is_of_live(name: &str, live: &Live) -> bool {
    let pixels = live.pixels.as_ref().map_or(live.revision.as_str(), |pixels| pixels.as_str());
    site_folder::is_ours(name) && name.split_once('/').is_none_or(|(folder, _)| folder == pixels)
}

/// Whether what was live is still staged, with its tiles.
async fn can_be_made_again(env: &Environment, id: &ImageId, live: &Live) -> Result<bool, StepError> {
    if env.work.head(&layout::manifest(id, &live.revision)).await?.is_none() {
        return Ok(false);
    }
    let Some(pixels) = &live.pixels else { return Ok(true) };
    let archive = format!("{}{}", layout::pixels(id, pixels), layout::ARCHIVE);
    let loose = pixels.as_str() == live.revision.as_str();
    Ok(loose || env.work.head(&archive).await?.is_some())
}
