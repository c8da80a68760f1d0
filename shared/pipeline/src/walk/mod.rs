//! The whole walk in one go, and each stage for every image that it concerns.

use std::collections::BTreeSet;

use futures::StreamExt;

use crate::{
    batch::{Event, Failure, Observer},
    environment::Environment,
    error::StepError,
    id::ImageId,
    names::Person,
    refresh::{Refreshed, refresh},
    reindex::{Reindex, Reindexed, reindex},
    standing::{Standing, Standings},
};

mod approve_all;
mod due;
mod each_settled;
mod look;
mod overdue;
mod publish_decided;
mod stages;
mod unfinished;

use approve_all::approve_all;
pub use due::{Due, misplacement};
pub use look::Slice;
pub use overdue::Overdue;
pub use publish_decided::publish_decided;
pub use stages::{Fetching, fetch_all, publish_all, tile_all};
pub use unfinished::Unfinished;

/// Images that are published, taken down or looked at on the site at a time.
const PUBLISHES: usize = 8;
/// Images that are looked at at a time.
const LOOKS: usize = 64;

/// What a whole walk does beside what it always does.
#[derive(Clone, Debug)]
pub struct Walk {
    /// Ask the source first; else only what is there already moves on.
    pub refresh: bool,
    /// Approve every staged study in this name, unseen.
    pub approve_all: Option<Person>,
}

/// What a whole walk did.
#[derive(Debug, Default)]
pub struct Walked {
    /// What the source offered, if it was asked.
    pub refreshed: Refreshed,
    /// What happened to each image, in the order in which it ended.
    pub events: Vec<Event>,
    /// What the index became.
    pub reindexed: Option<Reindexed>,
    /// What went wrong beside single images.
    pub failures: Vec<Failure>,
}

/// Does the whole walk: refresh, fetch, tile, approve if asked, publish what is approved, reindex.
///
/// # Errors
/// A store failed where nothing can go on without it. Failures of single images are in the events.
pub async fn walk(env: &Environment, command: &Walk, observer: &dyn Observer) -> Result<Walked, StepError> {
    let mut walked = Walked::default();
    let standings = Standings::all(env).await?;
    let mut due = Due::of(env, &standings).await?;
    walked.failures.append(&mut due.failures);
    walked.events.extend(unfinished::settle_all(env, &due.unfinished, observer).await);
    if command.refresh {
        walked.refreshed = refresh(env, &standings, false, |_| {}).await?;
        let fetched = fetch_all(env, &walked.refreshed.due, Fetching::Due, observer).await;
        due.tile.extend(done(&fetched));
        walked.events.extend(fetched);
    }
    let tiled = tile_all(env, &once_each(due.tile), observer).await;
    let staged: Vec<ImageId> = done(&tiled).collect();
    walked.events.extend(tiled);
    // What was staged once and is staged again may be approved already.
    due.publish.extend(to_publish(env, staged.clone(), &mut walked.failures).await?);
    due.approve.extend(staged);
    if let Some(by) = &command.approve_all {
        let approve = once_each(due.approve);
        walked.failures.extend(approve_all(env, &approve, by).await);
        due.publish.extend(to_publish(env, approve, &mut walked.failures).await?);
    }
    walked.events.extend(publish_all(env, &once_each(due.publish), observer).await);
    if command.refresh {
        walked.events.extend(Slice::next(env, &standings).await?.look(env, observer).await);
    }
    walked.reindexed = Some(reindex(env, &Reindex::CatchUp).await?);
    Ok(walked)
}

fn done(events: &[Event]) -> impl Iterator<Item = ImageId> + '_ {
    events.iter().filter(|event| event.is_done()).filter_map(|event| ImageId::new(event.id.clone()).ok())
}

fn once_each(ids: Vec<ImageId>) -> Vec<ImageId> {
    let ids: BTreeSet<ImageId> = ids.into_iter().collect();
    ids.into_iter().collect()
}

/// Those of some images that are to be published.
async fn to_publish(
    env: &Environment,
    ids: Vec<ImageId>,
    failures: &mut Vec<Failure>,
) -> Result<Vec<ImageId>, StepError> {
    let mut found = Vec::new();
    let mut looks = futures::stream::iter(ids).map(|id| async { (Standing::of(env, &id).await, id) }).buffered(LOOKS);
    while let Some((standing, id)) = looks.next().await {
        match standing {
            Ok(standing) if standing.as_ref().is_some_and(|one| one.to_publish.is_some()) => found.push(id),
            Ok(_) => {}
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => failures.push(Failure::of(id.as_str(), &error)),
        }
    }
    Ok(found)
}
