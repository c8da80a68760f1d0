//! `clean`: delete what nobody needs any more of an image.
//!
//! What people decided, what is on the site, what waits for them, what `restore` would bring back and what an unfinished publication names stays, and so do inbox and records, but
//! for notes that a download is tried again, of images that have gone on. Parts of downloads go that nobody goes on with. What
//! meets a cleaning heals in the next walk: pixels and documents that somebody needs again are made again of the image in the inbox.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use skyfeed_ports::store::{Body, Condition, ObjectMeta, StoreError};

use crate::{
    claim::{Settled, in_turn},
    environment::Environment,
    error::StepError,
    id::ImageId,
    inbox::Inbox,
    layout,
    names::Revision,
    objects::PRIVATE_JSON,
    outcome::Outcome,
    stage::Stage,
    staged::Study,
    standing::{Approval, Evidence, RevisionStanding, Standing, Standings, State},
};

mod litter;

use litter::Folders;
pub use litter::Litter;

/// Images that are looked at at a time.
const LOOKS: usize = 16;

/// Parts of a download go when nobody went on for so long: a failed download is tried again after a week at the latest.
const DOWNLOADS_REST: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is old enough to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// What was rejected or replaced goes when that is longer ago than this.
    pub settled: SignedDuration,
    /// The staged files of what is on the site go when it came there longer ago than this; `None` if they stay.
    pub published: Option<SignedDuration>,
    /// Pixels that no revision shows, and halves of revisions, go when they are older than this: younger ones may be in the making.
    pub making: SignedDuration,
}

impl Default for Ages {
    fn default() -> Self {
        Self { settled: SignedDuration::from_hours(30 * 24), published: None, making: SignedDuration::from_hours(24) }
    }
}

/// `Ages` seen from a moment.
#[derive(Clone, Copy, Debug)]
struct Before {
    making: Timestamp,
    downloads: Timestamp,
    settled: Timestamp,
    published: Option<Timestamp>,
    now: Timestamp,
}

impl Before {
    fn of(ages: Ages, now: Timestamp) -> Self {
        // What no calendar reaches is never old enough.
        let ago = |age| now.checked_sub(age).unwrap_or(Timestamp::MIN);
        Self {
            making: ago(ages.making),
            downloads: ago(DOWNLOADS_REST),
            settled: ago(ages.settled),
            published: ages.published.map(ago),
            now,
        }
    }
}

/// The images of which something may be nobody's any more. A few listings tell, and of all images one that is as it should be is not looked at.
///
/// # Errors
/// A store or the ledger failed.
pub async fn worth_a_look(env: &Environment, standings: &Standings, ages: Ages) -> Result<Vec<ImageId>, StepError> {
    let list = |folder: &'static str| env.work.list(folder, false);
    let lists = futures::future::try_join4(
        list(layout::STAGED),
        list(layout::PIXELS),
        list(layout::PUT_OFF),
        list(layout::DOWNLOADS),
    );
    let (staged, pixels, put_off, downloads) = lists.await?;
    let mut found: BTreeSet<ImageId> =
        put_off.objects.iter().filter_map(|object| layout::id_of_json(layout::PUT_OFF, &object.key)).collect();
    found.extend(downloads.objects.iter().filter_map(|part| layout::id_of_folder(layout::DOWNLOADS, &part.key)));
    let folders = |root: &str, objects: &[ObjectMeta]| -> BTreeSet<(ImageId, String)> {
        let name = |key: &str| {
            let id = layout::id_of_folder(root, key)?;
            let (folder, _) = key[root.len() + id.as_str().len() + 1..].split_once('/')?;
            Some((id, folder.to_owned()))
        };
        objects.iter().filter_map(|object| name(&object.key)).collect()
    };
    let is_published = |id: &ImageId| standings.get(id).is_some_and(|standing| standing.state == State::Published);
    let (staged, pixels) = (folders(layout::STAGED, &staged.objects), folders(layout::PIXELS, &pixels.objects));
    for (id, name) in &staged {
        let is_kept = |one: &RevisionStanding| {
            one.revision.as_str() == name && one.approval != Approval::Rejected && (one.live || !is_published(id))
        };
        let kept = standings.get(id).is_some_and(|standing| standing.revisions.iter().any(is_kept));
        if !kept || ages.published.is_some() {
            found.insert(id.clone());
        }
    }
    // One pyramid beside at least one revision is that revision's.
    let mut of_image = pixels.iter().map(|(id, _)| id).peekable();
    while let Some(id) = of_image.next() {
        let several = of_image.peek() == Some(&id);
        if several || !staged.iter().any(|(staged, _)| staged == id) {
            found.insert(id.clone());
        }
    }
    Ok(found.into_iter().collect())
}

/// What [`clean`] would delete of an image: found in the very same way. Writes nothing.
///
/// # Errors
/// A store or the ledger failed.
pub async fn plan(env: &Environment, id: &ImageId, ages: Ages) -> Result<Outcome<Litter>, StepError> {
    let found = Look::at(env, id, ages).await?.litter(env);
    Ok(if found.is_empty() { Outcome::AlreadyDone(found) } else { Outcome::Done(found) })
}

/// Deletes what nobody needs any more of an image, in its turn on the site: nobody publishes it, takes it down or brings it back meanwhile. A manifest goes before what it names.
///
/// # Errors
/// A store or the ledger failed. What is left goes the next time.
pub async fn clean(env: &Environment, id: &ImageId, ages: Ages) -> Result<Outcome<Litter>, StepError> {
    if let Outcome::AlreadyDone(nothing) = plan(env, id, ages).await? {
        return Ok(Outcome::AlreadyDone(nothing));
    }
    in_turn(env, Stage::Clean.turn(id), |env, _| async move {
        let value = sweep(&env, id, ages).await?;
        Ok(Settled::Done { receipt: value.to_string(), value })
    })
    .await
}

/// Looks what is nobody's, and deletes it.
async fn sweep(env: &Environment, id: &ImageId, ages: Ages) -> Result<Litter, StepError> {
    let mut look = Look::at(env, id, ages).await?;
    let found = look.litter(env);
    let manifests = read_manifests(env, id, &found.revisions).await?;
    env.work.delete(&manifests.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>()).await?;
    // Somebody may have decided otherwise meanwhile: then they are there again, to the last byte.
    look.evidence.look_again(env).await?;
    if look.litter(env).revisions != found.revisions {
        for (key, bytes) in &manifests {
            match env.work.put(key, Body::Bytes(bytes), PRIVATE_JSON, Condition::IfAbsent).await {
                Ok(_) | Err(StoreError::Precondition { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        return Err(StoreError::Precondition { key: layout::decisions(id) }.into());
    }
    // The list of digests first: without it, pixels do not count as made.
    let (digests, others): (Vec<_>, Vec<_>) = found.keys().partition(|key| key.ends_with(layout::DIGESTS));
    env.work.delete(&digests).await?;
    env.work.delete(&others).await?;
    forget_what_lost_its_pixels(env, id, &found).await?;
    Ok(found)
}

/// A worker that found pixels before they went may have staged a revision of them since: without its manifest, the next walk makes all of it again.
async fn forget_what_lost_its_pixels(env: &Environment, id: &ImageId, gone: &Litter) -> Result<(), StepError> {
    let names_gone = |study: &Study| gone.pixels.contains(&study.pixels) || gone.revisions.contains(&study.revision);
    let staged = Evidence::of(env, id).await?.staged;
    let lost = staged.iter().filter_map(|one| one.study.as_ref()?.as_ref().ok()).filter(|study| names_gone(study));
    let manifests: Vec<String> = lost.map(|study| layout::manifest(id, &study.revision)).collect();
    Ok(env.work.delete(&manifests).await?)
}

async fn read_manifests(
    env: &Environment,
    id: &ImageId,
    revisions: &[Revision],
) -> Result<Vec<(String, Bytes)>, StepError> {
    let read = revisions.iter().map(|revision| async move {
        let key = layout::manifest(id, revision);
        Ok::<_, StepError>(env.work.get(&key).await?.map(|object| (key, object.bytes)))
    });
    let read: Vec<Option<_>> = stream::iter(read).buffered(LOOKS).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// All that there is to know of an image before anything of it is called nobody's.
struct Look {
    evidence: Evidence,
    folders: Folders,
    /// The revision that the next walk would make again if it were gone: what was made of the image in the inbox as it is now.
    made: Option<Revision>,
    before: Before,
}

impl Look {
    async fn at(env: &Environment, id: &ImageId, ages: Ages) -> Result<Self, StepError> {
        let evidence = Evidence::of(env, id).await?;
        let (staged, pixels) = (layout::staged(id), layout::pixels_of(id));
        let downloads = layout::downloads(id);
        let list = |folder| env.work.list(folder, false);
        let listings = futures::future::try_join3(list(&staged), list(&pixels), list(&downloads));
        let (staged, pixels, downloads) = listings.await?;
        let made = made_of(env, id, &evidence.inbox).await?;
        let folders = Folders::of(id, staged.objects, pixels.objects, downloads.objects);
        Ok(Self { evidence, folders, made, before: Before::of(ages, env.clock.now()) })
    }

    fn litter(&self, env: &Environment) -> Litter {
        let standing = Standing::derived(env, self.evidence.clone());
        litter::find(&self.evidence, standing.as_ref(), &self.folders, self.made.as_ref(), self.before)
    }
}

async fn made_of(env: &Environment, id: &ImageId, inbox: &Inbox) -> Result<Option<Revision>, StepError> {
    let Some(work) = inbox.tiling(id, &env.config) else { return Ok(None) };
    Ok(env.ledger.receipt(&work).await?.and_then(|receipt| receipt.parse().ok()))
}
