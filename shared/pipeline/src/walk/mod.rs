//! Each stage for every image that it concerns, and the whole walk in one go.

use std::{collections::BTreeSet, time::Duration};

use futures::{StreamExt, TryStreamExt};
use skyfeed_ports::store::ObjectMeta;

use crate::{
    batch::{Ending, Event, Failure, Figures, Observer, each},
    decide::{Decide, decide},
    environment::{Environment, cores},
    error::StepError,
    fetch::{fetch, fetch_again},
    id::ImageId,
    ignore, layout,
    names::{Person, Revision, tile_input},
    outcome::Outcome,
    publish::{publish, publish_by},
    record::Verdict,
    refresh::{Refreshed, refresh},
    reindex::{Reindex, Reindexed, reindex},
    stage::Stage,
    standing::{Evidence, PUBLISHING_UNAPPROVED, Standing, Standings, State, TAKEDOWN_UNFINISHED},
    tile::{inbox_version, is_whole, tile},
};

mod look;
mod overdue;
mod unfinished;

pub use look::to_look_at;
pub use overdue::Overdue;
pub use unfinished::Unfinished;

/// Downloads under way at a time; the source keeps its own bound for each host.
const FETCHES: usize = 16;
const PUBLISHES: usize = 8;
/// Images that are looked at at a time.
const LOOKS: usize = 64;
/// More than a lease lasts, so that only those stay busy on whom somebody is really working.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_secs(1);

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

/// Which images a stage has work with, by their standing: what a run does, and what a dry run tells.
#[derive(Debug, Default)]
pub struct Due {
    /// To be tiled.
    pub tile: Vec<ImageId>,
    /// To be approved by `approve_all`.
    pub approve: Vec<ImageId>,
    /// To be published.
    pub publish: Vec<ImageId>,
    /// What others began on the site and did not end.
    pub unfinished: Unfinished,
    /// What somebody has to mend: objects of the inbox where no image belongs, and records that cannot be read.
    pub failures: Vec<Failure>,
}

impl Due {
    /// What is due by the standings.
    ///
    /// # Errors
    /// The ledger failed.
    pub async fn of(env: &Environment, standings: &Standings) -> Result<Self, StepError> {
        let to_publish = |standing: &&Standing| standing.to_publish.is_some();
        let to_approve = |standing: &&Standing| standing.waiting().next().is_some();
        let unreadable = standings.iter().filter_map(|standing| {
            let problem = standing.problem.as_ref().filter(|problem| problem.is_unreadable())?;
            Some(Failure::permanent(standing.id.as_str(), &problem.text))
        });
        let ids = |filter: &dyn Fn(&&Standing) -> bool| {
            standings.iter().filter(filter).map(|standing| standing.id.clone()).collect()
        };
        Ok(Self {
            tile: to_tile(env, standings).await?,
            approve: ids(&to_approve),
            publish: ids(&to_publish),
            unfinished: Unfinished::of(standings.iter()),
            failures: standings.misplaced.iter().map(|key| misplacement(key)).chain(unreadable).collect(),
        })
    }
}

/// The images in the inbox whose result is not there.
async fn to_tile(env: &Environment, standings: &Standings) -> Result<Vec<ImageId>, StepError> {
    // No closure that makes futures: of those nobody can tell that they may be sent to another thread.
    let mut looks = Vec::new();
    for (id, objects) in standings.inbox() {
        looks.push(async move {
            let is_due = has_to_be_tiled(env, id, objects, standings.get(id)).await?;
            Ok::<_, StepError>(is_due.then(|| id.clone()))
        });
    }
    let found: Vec<Option<ImageId>> = futures::stream::iter(looks).buffered(LOOKS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// The ledger tells what was made of which content, and the standing whether that is still there.
async fn has_to_be_tiled(
    env: &Environment,
    id: &ImageId,
    objects: &[ObjectMeta],
    standing: Option<&Standing>,
) -> Result<bool, StepError> {
    let record_key = layout::source_record(id);
    let record = objects.iter().find(|object| object.key == record_key);
    let images: Vec<_> = objects.iter().filter(|object| object.key != record_key).collect();
    // What is in the inbox of an image that waits for its download came damaged.
    let away = standing.is_some_and(|one| {
        matches!(one.state, State::Retracted | State::Skipped | State::PutOff { .. } | State::Offered)
    });
    let image = match images.as_slice() {
        [] => return Ok(false),
        _ if away => return Ok(false),
        [image] => image,
        // What is wrong is for `tile` to say.
        _ => return Ok(true),
    };
    let work = Stage::Tile.work(id, tile_input(&inbox_version(image, record), &env.config));
    let receipt = env.ledger.receipt(&work).await?;
    let is_there = match receipt.map(|receipt| receipt.parse::<Revision>()) {
        None => false,
        Some(Ok(made)) => match standing.filter(|one| !one.is_unusable) {
            Some(one) if one.revisions.iter().any(|there| there.revision == made) => {
                // Where they are about to be read, its files have to be there as well.
                one.to_publish.as_ref() != Some(&made) || is_whole(env, id, &made).await?
            }
            Some(one) if one.is_done_with(&made) => true,
            _ => false,
        },
        Some(Err(_)) => standing.is_some_and(|one| one.is_unusable),
    };
    Ok(!is_there)
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
        let fetched = fetch_all(env, &walked.refreshed.due, false, observer).await;
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
        walked.events.extend(look::look(env, &to_look_at(env, &standings).await?, observer).await);
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

/// Fetches candidates; with `again`, also those that are there or were set aside.
pub async fn fetch_all(env: &Environment, ids: &[ImageId], again: bool, observer: &dyn Observer) -> Vec<Event> {
    each_settled(env, Stage::Fetch, ids, FETCHES, observer, |id| async move {
        let fetched = if again { fetch_again(env, &id).await } else { fetch(env, &id).await };
        Event::new(Stage::Fetch, &id, fetched)
    })
    .await
}

/// Tiles images from the inbox, as many at a time as there are cores; one at a time where capacity is counted, which is for one.
pub async fn tile_all(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    let at_a_time = if env.capacity.is_some() { 1 } else { cores() };
    each_settled(env, Stage::Tile, ids, at_a_time, observer, |id| async move {
        let tiled = tile(env, &id).await;
        let figures = match &tiled {
            Ok(Outcome::Done(study)) => Some(Figures::of(study)),
            _ => None,
        };
        let revision = tiled.map(|outcome| outcome.map(|study| study.revision));
        Event { figures, ..Event::new(Stage::Tile, &id, revision) }
    })
    .await
}

/// Publishes approved images.
pub async fn publish_all(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    each_settled(env, Stage::Publish, ids, PUBLISHES, observer, |id| async move {
        Event::new(Stage::Publish, &id, publish(env, &id).await)
    })
    .await
}

/// Publishes those of some images that their decisions let, and says of each of the others what it waits for. What somebody began with one of them and did not end is finished or undone.
pub async fn publish_decided(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    each_settled(env, Stage::Publish, ids, PUBLISHES, observer, |id| async move {
        let evidence = match Evidence::of(env, &id).await {
            Ok(evidence) => evidence,
            Err(error) => return Event::ended(Stage::Publish, &id, Ending::Failed(Failure::of(id.as_str(), &error))),
        };
        let standing = Standing::derived(env, evidence.clone());
        match standing.as_ref().map(|standing| standing.code) {
            Some(PUBLISHING_UNAPPROVED) => return unfinished::undone(env, &id).await,
            Some(TAKEDOWN_UNFINISHED) => return unfinished::taken_down(env, &id).await,
            _ => {}
        }
        match held_back(env, &id, standing.as_ref()) {
            Some(ending) => Event::ended(Stage::Publish, &id, ending),
            None => Event::new(Stage::Publish, &id, publish_by(env, &id, evidence).await),
        }
    })
    .await
}

/// Why an image is not to be published now; `None` if it is, or if what is on the site has to be looked at.
fn held_back(env: &Environment, id: &ImageId, standing: Option<&Standing>) -> Option<Ending> {
    let waiting = |reason: String| Some(Ending::Waiting { reason });
    let Some(standing) = standing else { return waiting("nothing is known of it".to_owned()) };
    if standing.to_publish.is_some() {
        return None;
    }
    if let Some(problem) = standing.problem.as_ref().filter(|problem| problem.is_unreadable()) {
        return Some(Ending::Failed(Failure::permanent(id.as_str(), &problem.text)));
    }
    let beside = standing.waiting().find(|revision| !revision.approved_by.is_empty());
    let reason = match (&standing.problem, &standing.state, beside) {
        (Some(problem), ..) => problem.text.clone(),
        (None, State::Published, Some(newer)) => {
            format!("revision {} is {}", newer.revision, newer.approvals(env.config.approvals_required))
        }
        (None, State::Published, None) if standing.revision.is_some() => return None,
        _ => standing.why.clone(),
    };
    let refused = standing.refused.iter();
    let refused = refused.map(|refused| format!("; `{}` counts for nothing: {}", refused.key, refused.reason));
    waiting(std::iter::once(reason).chain(refused).collect())
}

/// [`each`], and again for those that were busy: what a killed run had claimed is free after seconds.
async fn each_settled<F: Future<Output = Event>>(
    env: &Environment,
    stage: Stage,
    ids: &[ImageId],
    concurrency: usize,
    observer: &dyn Observer,
    step: impl Fn(ImageId) -> F,
) -> Vec<Event> {
    let mut events = each(stage, ids, concurrency, observer, &step).await;
    observer.planned(stage, events.iter().filter(|event| is_busy(event)).count());
    let give_up = env.clock.now() + LONGEST_WAIT;
    while events.iter().any(is_busy) && env.clock.now() < give_up {
        env.clock.sleep(LOOK_EVERY).await;
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

/// Approves every revision of some images that waits.
async fn approve_all(env: &Environment, ids: &[ImageId], by: &Person) -> Vec<Failure> {
    let mut approvals = futures::stream::iter(ids)
        .map(|id| async move { (id, approve_waiting(env, id, by).await) })
        .buffer_unordered(LOOKS);
    let mut failures = Vec::new();
    while let Some((id, approved)) = approvals.next().await {
        if let Err(error) = approved {
            failures.push(Failure::of(id.as_str(), &error));
        }
    }
    failures
}

async fn approve_waiting(env: &Environment, id: &ImageId, by: &Person) -> Result<(), StepError> {
    let Some(standing) = Standing::of(env, id).await? else { return Ok(()) };
    // The oldest first: the last decision of an image wins, and the newest revision is what people mean.
    let waiting: Vec<_> = standing.waiting().collect();
    for waiting in waiting.into_iter().rev() {
        let command = Decide {
            id: id.clone(),
            revision: Some(waiting.revision.clone()),
            verdict: Verdict::Approve,
            by: by.clone(),
            note: "approved unseen".to_owned(),
            manifest_sha256: None,
        };
        decide(env, &command).await?;
    }
    Ok(())
}

/// Marks every image that is unusable or rejected as never to be processed, as `toasty pipeline ignore-rejects` does.
///
/// # Errors
/// The stores cannot be listed. What goes wrong with one image is in its event.
pub async fn ignore_rejects(env: &Environment) -> Result<Vec<Event>, StepError> {
    let mut events = Vec::new();
    for id in ignore::plan(env).await? {
        let marked = ignore::ignore(env, &id).await;
        events.push(Event::new(Stage::Retract, &id, marked.map(|outcome| outcome.map(|()| ""))));
    }
    Ok(events)
}
