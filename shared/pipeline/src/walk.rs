//! Each stage for every image that it concerns, and the whole walk in one go.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

use crate::stage::Stage;
use crate::{
    batch::{Ending, Event, Failure, Figures, Observer, each},
    decide::{Decide, decide, decisions, staged_revisions},
    environment::{Environment, cores},
    error::StepError,
    fetch::fetch,
    id::ImageId,
    layout::{self, site},
    outcome::Outcome,
    publish::{is_approved, publish},
    record::Verdict,
    refresh::{Refreshed, is_rejected, refresh},
    reindex::{Reindex, Reindexed, reindex},
    tile::tile,
};

/// Downloads under way at a time; the source keeps its own bound for each host.
const FETCHES: usize = 16;
const PUBLISHES: usize = 8;
/// More than a lease lasts, so that only those stay busy on whom somebody is really working.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a whole walk does beside what it always does.
#[derive(Clone, Debug)]
pub struct Walk {
    /// Ask the source first; else only what is there already moves on.
    pub refresh: bool,
    /// Approve every staged study in this name, unseen.
    pub approve_all: Option<String>,
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
    if command.refresh {
        walked.refreshed = refresh(env, false).await?;
        let fetched = fetch_all(env, &walked.refreshed.due, observer).await;
        walked.events.extend(fetched);
    }
    let (waiting, misplaced) = inbox(env).await?;
    walked.failures.extend(misplaced);
    walked.events.extend(tile_all(env, &waiting, observer).await);
    if let Some(by) = &command.approve_all {
        walked.failures.extend(approve_all(env, by).await?);
    }
    let (publishable, unreadable) = publishable(env).await?;
    walked.failures.extend(unreadable);
    walked.events.extend(publish_all(env, &publishable, observer).await);
    walked.reindexed = Some(reindex(env, &Reindex::CatchUp).await?);
    Ok(walked)
}

/// Fetches candidates.
pub async fn fetch_all(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    each_settled(Stage::Fetch, ids, FETCHES, observer, |id| async move {
        Event::new(Stage::Fetch, &id, fetch(env, &id).await)
    })
    .await
}

/// Tiles images from the inbox, as many at a time as there are cores; one at a time where capacity is counted, which is for one.
pub async fn tile_all(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    let at_a_time = if env.capacity.is_some() { 1 } else { cores() };
    each_settled(Stage::Tile, ids, at_a_time, observer, |id| async move {
        let staged = tile(env, &id).await;
        let figures = match &staged {
            Ok(Outcome::Done(staged)) => Some(Figures::of(&staged.manifest)),
            _ => None,
        };
        let revision = staged.map(|outcome| outcome.map(|staged| staged.revision));
        Event { figures, ..Event::new(Stage::Tile, &id, revision) }
    })
    .await
}

/// Publishes approved images.
pub async fn publish_all(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    each_settled(Stage::Publish, ids, PUBLISHES, observer, |id| async move {
        Event::new(Stage::Publish, &id, publish(env, &id).await)
    })
    .await
}

/// [`each`], and again for those that were busy: what a killed run had claimed is free after seconds.
async fn each_settled<F: Future<Output = Event>>(
    stage: Stage,
    ids: &[ImageId],
    concurrency: usize,
    observer: &dyn Observer,
    step: impl Fn(ImageId) -> F,
) -> Vec<Event> {
    let mut events = each(stage, ids, concurrency, observer, &step).await;
    observer.planned(stage, events.iter().filter(|event| is_busy(event)).count());
    let deadline = Instant::now() + LONGEST_WAIT;
    while events.iter().any(is_busy) && Instant::now() < deadline {
        tokio::time::sleep(LOOK_EVERY).await;
        let busy = events.extract_if(.., |event| is_busy(event));
        let again: Vec<ImageId> = busy.filter_map(|event| ImageId::new(event.id).ok()).collect();
        events.extend(each(stage, &again, concurrency, &Settled(observer), &step).await);
    }
    events
}

/// Is told only what is no longer busy.
struct Settled<'a>(&'a dyn Observer);

impl Observer for Settled<'_> {
    fn planned(&self, _: Stage, _: usize) {}

    fn ended(&self, event: &Event) {
        if !is_busy(event) {
            self.0.ended(event);
        }
    }
}

fn is_busy(event: &Event) -> bool {
    matches!(event.ending, Ending::Busy { .. })
}

/// The images that wait in the inbox, and what lies there in a place where it cannot be used.
///
/// # Errors
/// The work store failed.
pub async fn inbox(env: &Environment) -> Result<(Vec<ImageId>, Vec<Failure>), StepError> {
    let mut ids = BTreeSet::new();
    let mut misplaced = Vec::new();
    for object in env.work.list(layout::INBOX, false).await?.objects {
        match layout::id_of_folder(layout::INBOX, &object.key) {
            Some(id) if object.key == layout::source_record(&id) => {}
            Some(id) => {
                ids.insert(id);
            }
            None => misplaced.push(misplacement(&object.key)),
        }
    }
    Ok((ids.into_iter().collect(), misplaced))
}

/// What to do with an object of the inbox that lies where no image belongs.
pub fn misplacement(key: &str) -> Failure {
    let name = key.trim_start_matches(layout::INBOX);
    let problem = match name.split_once('/').map(|(folder, _)| ImageId::new(folder)) {
        Some(Err(problem)) => format!("{problem}; rename the folder"),
        _ => {
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            format!("an image belongs in a folder named by its id, such as inbox/{stem}/{name}")
        }
    };
    Failure::permanent(key, &problem)
}

/// The images with an approved revision that were not taken down, and those of which that cannot be told.
///
/// # Errors
/// The decisions cannot be listed.
pub async fn publishable(env: &Environment) -> Result<(Vec<ImageId>, Vec<Failure>), StepError> {
    let mut ids = Vec::new();
    let mut failures = Vec::new();
    for id in decided(env).await? {
        match may_be_published(env, &id).await {
            Ok(true) => ids.push(id),
            Ok(false) => {}
            Err(error) => failures.push(Failure::of(id.as_str(), &error)),
        }
    }
    Ok((ids, failures))
}

/// Whether an image has an approved revision and was not taken down.
///
/// # Errors
/// A store failed, or a record cannot be read.
pub async fn may_be_published(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    Ok(env.site.head(&site::skip_flag(id)).await?.is_none() && is_approved(env, id).await?)
}

/// The images with any decision.
async fn decided(env: &Environment) -> Result<Vec<ImageId>, StepError> {
    let listing = env.work.list(layout::DECISIONS, true).await?;
    Ok(listing.prefixes.iter().filter_map(|prefix| layout::id_of_folder(layout::DECISIONS, prefix)).collect())
}

/// Approves every staged revision that nobody decided on.
async fn approve_all(env: &Environment, by: &str) -> Result<Vec<Failure>, StepError> {
    let mut failures = Vec::new();
    for id in staged(env).await? {
        if let Err(error) = approve_waiting(env, &id, by).await {
            failures.push(Failure::of(id.as_str(), &error));
        }
    }
    Ok(failures)
}

async fn approve_waiting(env: &Environment, id: &ImageId, by: &str) -> Result<(), StepError> {
    for revision in waiting_revisions(env, id).await? {
        let note = "approved unseen".to_owned();
        let command =
            Decide { id: id.clone(), revision: Some(revision), verdict: Verdict::Approve, by: by.to_owned(), note };
        decide(env, command).await?;
    }
    Ok(())
}

/// The complete revisions of an image that nobody decided on.
pub(crate) async fn waiting_revisions(
    env: &Environment,
    id: &ImageId,
) -> Result<Vec<crate::revision::Revision>, StepError> {
    let decided = decisions(env, id).await?;
    let mut staged = staged_revisions(env, id).await?;
    staged.retain(|revision| !decided.iter().any(|(other, _)| other == revision));
    Ok(staged)
}

/// The images with anything in `staged/`.
pub(crate) async fn staged(env: &Environment) -> Result<Vec<ImageId>, StepError> {
    let listing = env.work.list(layout::STAGED, true).await?;
    Ok(listing.prefixes.iter().filter_map(|prefix| layout::id_of_folder(layout::STAGED, prefix)).collect())
}

/// Marks every image that is unusable or rejected as never to be processed, as `toasty pipeline ignore-rejects` does.
///
/// # Errors
/// The work store cannot be listed. What goes wrong with one image is in its event.
pub async fn ignore_rejects(env: &Environment) -> Result<Vec<Event>, StepError> {
    let mut rejected: BTreeSet<ImageId> = BTreeSet::new();
    let mut events = Vec::new();
    let listing = env.work.list(layout::UNUSABLE, true).await?;
    rejected.extend(listing.objects.iter().filter_map(|object| layout::id_of_json(layout::UNUSABLE, &object.key)));
    for id in decided(env).await? {
        match was_rejected(env, &id).await {
            Ok(true) => {
                rejected.insert(id);
            }
            Ok(false) => {}
            Err(error) => events.push(Event::new::<&str>(Stage::Retract, &id, Err(error))),
        }
    }
    for id in rejected {
        let marked = crate::retract::skip(env, &id).await;
        let outcome = marked.map(|new| if new { Outcome::Done("") } else { Outcome::AlreadyDone("") });
        events.push(Event::new(Stage::Retract, &id, outcome));
    }
    Ok(events)
}

async fn was_rejected(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    Ok(is_rejected(env, id).await? && !is_approved(env, id).await?)
}
