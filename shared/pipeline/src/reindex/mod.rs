//! `reindex`: the feed's `index.wtml`, newest first.
//!
//! The index itself is the state: a fold reads it, exchanges the places of changed images and puts it back if nobody else did meanwhile. So two concurrent folds never lose
//! an image, and one published image costs a handful of requests, however large the feed is.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use bytes::Bytes;
use skyfeed_ports::{
    ledger::AttemptOutcome,
    store::{Body, Condition, Object, StoreError},
};
use skyfeed_wtml::{Folder, Item};

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{INDEX, INDEX_REL},
    site_folder::WTML,
    stage::Stage,
    whole_feed,
};

mod entries;
mod entry;

use entries::Collected;
use entry::Entry;
pub use entry::Skipped;

/// How many times a fold starts over when others write the index at the same time.
const ROUNDS: u32 = 50;

/// Which images to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reindex {
    /// These were published or taken down.
    Changed(Vec<ImageId>),
    /// Those whose published record is not what the index has.
    CatchUp,
    /// Every image on the site.
    Rebuild,
}

/// What `reindex` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reindexed {
    /// Whether the index was written, or would be; it is not if it would be the same.
    pub written: bool,
    /// Number of images in the index.
    pub images: usize,
    /// Images that could not be looked at or listed, and why.
    pub skipped: Vec<Skipped>,
}

/// Brings `index.wtml` and `index_rel.wtml` of the site up to date.
///
/// # Errors
/// A store failed, or other writers were faster too many times. A bad item is no error: it is skipped and named.
pub async fn reindex(env: &Environment, command: &Reindex) -> Result<Reindexed, StepError> {
    let started = env.clock.now();
    let done = folds(env, command).await;
    match &done {
        // That nothing had to be written is not worth telling.
        Ok(done) if !done.written => {}
        Ok(done) => {
            let receipt = format!("images in the index: {}", done.images);
            whole_feed::note(env, Stage::Reindex, started, AttemptOutcome::Done { receipt }).await;
        }
        Err(error) => whole_feed::note(env, Stage::Reindex, started, error.outcome()).await,
    }
    done
}

/// Folds until there is nothing to write.
async fn folds(env: &Environment, command: &Reindex) -> Result<Reindexed, StepError> {
    let mut command = command.clone();
    let (mut written, mut skipped) = (false, Vec::new());
    for round in 0..ROUNDS {
        match fold(env, &command).await {
            Err(StepError::Store(StoreError::Precondition { .. })) => back_off(env, round).await,
            // What was read before the put may be old: another fold that saw what is new found it in the index, which this one then overwrote. So it looks again until there is nothing
            // to write.
            Ok((done, looked_at)) if done.written => {
                written = true;
                skipped = done.skipped;
                command = match command {
                    Reindex::Rebuild => Reindex::CatchUp,
                    Reindex::Changed(_) | Reindex::CatchUp => Reindex::Changed(looked_at),
                };
            }
            Ok((mut done, _)) => {
                done.written = written | write_relative(env).await?;
                skipped.retain(|one| !done.skipped.contains(one));
                done.skipped.append(&mut skipped);
                return Ok(done);
            }
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Precondition { key: INDEX.to_owned() }.into())
}

/// What [`reindex`] would do to `index.wtml`. Writes nothing.
///
/// # Errors
/// A store failed.
pub async fn plan(env: &Environment, command: &Reindex) -> Result<Reindexed, StepError> {
    let folded = collect(env, command).await?;
    let written = folded.there.is_none_or(|object| object.bytes != folded.bytes);
    Ok(Reindexed { written, images: folded.images, skipped: folded.skipped })
}

/// Whether the feed's index shows an image.
///
/// # Errors
/// The site store failed, or the index cannot be read.
pub async fn is_listed(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    let Some(object) = env.site.get(INDEX).await? else { return Ok(false) };
    let shows = |item: &Item| match item {
        Item::Place(place) => entry::id_of(place, &env.config.publish_url_prefix).as_ref() == Some(id),
        _ => false,
    };
    Ok(parse(INDEX, &object.bytes)?.children.iter().any(shows))
}

/// The index as it is and as it should be.
struct Folded {
    there: Option<Object>,
    bytes: Bytes,
    images: usize,
    skipped: Vec<Skipped>,
    looked_at: Vec<ImageId>,
}

async fn collect(env: &Environment, command: &Reindex) -> Result<Folded, StepError> {
    // The tag is read before the entries: if the put then succeeds, they were not older than the index.
    let there = env.site.get(INDEX).await?;
    let Collected { mut entries, skipped, looked_at } =
        entries::collect(env, command, there.as_ref().map(|object| &object.bytes)).await?;
    entries.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.id.cmp(&b.id)));
    let images = entries.len();
    let bytes = feed(env, entries).to_xml().into();
    Ok(Folded { there, bytes, images, skipped, looked_at })
}

/// Also answers which images were looked at.
async fn fold(env: &Environment, command: &Reindex) -> Result<(Reindexed, Vec<ImageId>), StepError> {
    let Folded { there, bytes, images, skipped, looked_at } = collect(env, command).await?;
    let condition = match there {
        Some(object) if object.bytes == bytes => return Ok((Reindexed { written: false, images, skipped }, looked_at)),
        Some(object) => Condition::IfMatch(object.meta.etag),
        // The first image is on its way, and not there yet.
        None if images == 0 && matches!(command, Reindex::Changed(_)) => {
            return Ok((Reindexed { written: false, images, skipped }, looked_at));
        }
        None => Condition::IfAbsent,
    };
    // What nobody can read would be the end of the feed, and of every fold after this one.
    if let Err(error) = Folder::parse(&bytes) {
        return Err(StepError::Refused(format!(
            "`{INDEX}` is left as it is: with {images} images it would be one that cannot be read ({error}); take down what is too large"
        )));
    }
    env.site.put(INDEX, Body::Bytes(&bytes), WTML, condition).await?;
    Ok((Reindexed { written: true, images, skipped }, looked_at))
}

fn feed(env: &Environment, entries: Vec<Entry>) -> Folder {
    Folder {
        name: env.config.folder_name.clone(),
        thumbnail: env.config.folder_thumbnail_url.clone(),
        children: entries.into_iter().map(|entry| Item::Place(entry.into_place())).collect(),
        ..Folder::default()
    }
}

/// Derives `index_rel.wtml` from `index.wtml` as it is now, until no other writer comes between.
async fn write_relative(env: &Environment) -> Result<bool, StepError> {
    for round in 0..ROUNDS {
        let there = env.site.get(INDEX_REL).await?;
        let Some(index) = env.site.get(INDEX).await? else { return Ok(false) };
        let mut folder = parse(INDEX, &index.bytes)?;
        folder.relativize(&env.config.publish_url_prefix);
        let bytes: Bytes = folder.to_xml().into();
        let condition = match there {
            Some(object) if object.bytes == bytes => return Ok(false),
            Some(object) => Condition::IfMatch(object.meta.etag),
            None => Condition::IfAbsent,
        };
        match env.site.put(INDEX_REL, Body::Bytes(&bytes), WTML, condition).await {
            Ok(_) => return Ok(true),
            Err(StoreError::Precondition { .. }) => back_off(env, round).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Precondition { key: INDEX_REL.to_owned() }.into())
}

fn parse(key: &str, bytes: &[u8]) -> Result<Folder, StepError> {
    Folder::parse(bytes).map_err(|source| StepError::Wtml { key: key.to_owned(), source })
}

/// Waits a little longer each round, and at random, so that concurrent writers do not stay in step.
async fn back_off(env: &Environment, round: u32) {
    let random = RandomState::new().build_hasher().finish() % 16;
    env.clock.sleep(Duration::from_millis(u64::from(round.min(20)) * 5 + random)).await;
}
