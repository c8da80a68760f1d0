//! `restore`: bring an image back that was taken down.

use skyfeed_ports::store::{ObjectMeta, StoreError};

use crate::{
    claim::{Settled, in_turn},
    environment::Environment,
    error::StepError,
    id::ImageId,
    kept,
    layout::{self, site},
    names::Revision,
    outcome::Outcome,
    publish::publish_by,
    record::{PublishedState, Takedown},
    stage::Stage,
    standing::{Evidence, Standing, State},
    turn::RecordInTurn,
};

/// Where an image is after it was brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// On the site; with its revision, if it has one.
    OnSite(Option<Revision>),
    /// Not on the site: the walk goes on with it from where it is.
    Walking,
}

/// Undoes a takedown: the approved revision is published again; else what was kept of it comes back as it was. If there is neither, it is merely no longer skipped, and the walk goes on
/// with it from where it is.
///
/// # Errors
/// The image was not taken down, its takedown is not finished, something was live of which nothing is left to publish, or a store failed.
pub async fn restore(env: &Environment, id: &ImageId) -> Result<Outcome<Restored>, StepError> {
    let standing = match liftable(env, id).await? {
        Down::Live(revision) => return Ok(Outcome::AlreadyDone(Restored::OnSite(revision))),
        // An earlier restore, perhaps, that did not come to its end.
        Down::Rising(_) => return publish_now(env, id).await,
        Down::Lying(standing) => standing,
    };
    let standing = standing.as_deref();
    let lifted = in_turn(env, Stage::Restore.turn(id), |env, turn| async move {
        let value = lift(&env, id, turn, standing).await?;
        Ok(Settled::Done { value, receipt: String::new() })
    });
    match lifted.await? {
        Outcome::Done(Lifted::ToPublish) => publish_now(env, id).await,
        Outcome::Done(Lifted::Back(revision)) => Ok(Outcome::Done(Restored::OnSite(revision))),
        Outcome::Done(Lifted::Nothing) => Ok(Outcome::Done(Restored::Walking)),
        other => Ok(other.map(|_| Restored::Walking)),
    }
}

async fn publish_now(env: &Environment, id: &ImageId) -> Result<Outcome<Restored>, StepError> {
    let published = publish_by(env, id, Evidence::of(env, id).await?).await?;
    Ok(published.map(|revision| Restored::OnSite(Some(revision))))
}

/// What [`restore`] would come to. Writes nothing.
///
/// # Errors
/// As [`restore`].
pub async fn plan(env: &Environment, id: &ImageId) -> Result<Outcome<Restored>, StepError> {
    let standing = match liftable(env, id).await? {
        Down::Live(revision) => return Ok(Outcome::AlreadyDone(Restored::OnSite(revision))),
        Down::Rising(standing) => return Ok(Outcome::Done(Restored::OnSite(standing.revision))),
        Down::Lying(standing) => standing,
    };
    if let Some(revision) = standing.as_ref().and_then(|standing| standing.to_publish.clone()) {
        return Ok(Outcome::Done(Restored::OnSite(Some(revision))));
    }
    let standing = standing.as_deref();
    let record = RecordInTurn::read(env, id).await?;
    let takedown = takedown(&record)?;
    if !kept::list(env, id, takedown.kept_of()).await?.is_empty() {
        refuse_if_rejected(id, standing)?;
        return Ok(Outcome::Done(Restored::OnSite(None)));
    }
    match record.state() {
        Some(PublishedState::Retracted(takedown)) => {
            is_lost(takedown, standing).map_or(Ok(Outcome::Done(Restored::Walking)), |revision| Err(lost(id, revision)))
        }
        _ => Ok(Outcome::Done(Restored::Walking)),
    }
}

/// An image that somebody wants back.
enum Down {
    /// It is there.
    Live(Option<Revision>),
    /// It is on its way.
    Rising(Box<Standing>),
    /// It is down; where it would stand if it had never been taken down.
    Lying(Option<Box<Standing>>),
}

async fn liftable(env: &Environment, id: &ImageId) -> Result<Down, StepError> {
    let not_down = || StepError::Missing(format!("`{id}` was not taken down"));
    let mut evidence = Evidence::of(env, id).await?;
    let standing = Standing::derived(env, evidence.clone()).ok_or_else(not_down)?;
    match standing.state {
        State::Published => return Ok(Down::Live(standing.revision)),
        State::Publishing => return Ok(Down::Rising(Box::new(standing))),
        State::Retracted | State::Skipped => {}
        // Somebody has to mend the record first: it might be the only word on what is live.
        State::Unreadable => {
            let problem = standing.problem.map_or(standing.why, |problem| problem.text);
            return Err(StepError::Refused(format!("`{id}` cannot be brought back: {problem}")));
        }
        _ => return Err(not_down()),
    }
    (evidence.published, evidence.skip_flag) = (None, None);
    Ok(Down::Lying(Standing::derived(env, evidence).map(Box::new)))
}

/// How a takedown was lifted.
enum Lifted {
    /// The approved revision has to be published.
    ToPublish,
    /// What was kept is on the site.
    Back(Option<Revision>),
    /// There is nothing to bring back: it never was on the site, or waits for people.
    Nothing,
}

/// This was live, and nothing is left of it.
fn lost(id: &ImageId, revision: &Revision) -> StepError {
    StepError::Missing(format!(
        "`{id}` is no longer skipped, but nothing is on the site: revision {revision} is no longer staged, and no copy was kept; put the image into inbox/{id}/ again, tile and approve it"
    ))
}

/// The revision that was live, if it has to be on the site again and nothing is left of it: what is staged, people may approve again, and what was rejected stays away.
fn is_lost<'a>(takedown: &'a Takedown, standing: Option<&Standing>) -> Option<&'a Revision> {
    let is_staged = |revision: &&Revision| {
        standing.is_some_and(|standing| standing.revisions.iter().any(|staged| staged.revision == **revision))
    };
    let is_rejected = standing.is_some_and(|standing| standing.state == State::Rejected);
    takedown.revision.as_ref().filter(|revision| !is_rejected && !is_staged(revision))
}

/// Takes the flag away, and replaces the tombstone: until something else stands there, it says that there is something to restore. `standing` is without the takedown.
async fn lift(env: &Environment, id: &ImageId, turn: u32, standing: Option<&Standing>) -> Result<Lifted, StepError> {
    let mut record = RecordInTurn::read(env, id).await?;
    let takedown = takedown(&record)?;
    let flag = site::skip_flag(id);
    let kept = kept::list(env, id, takedown.kept_of()).await?;
    if takedown.rising && kept.is_empty() {
        let problem = "what was kept of it is gone, and some of it may be on the site; `retract` it to the end first";
        return Err(StepError::Refused(format!("`{id}` cannot be brought back: {problem}")));
    }
    if takedown.rising {
        // Nothing but what that restore began.
    } else if let Some(revision) = standing.and_then(|standing| standing.to_publish.clone()) {
        let sort_date = takedown.sort_date;
        env.site.delete(&[flag]).await?;
        record
            .write(
                env,
                PublishedState::Publishing { revision, pixels: None, turn, before: None, sort_date, layout: None },
            )
            .await?;
        return Ok(Lifted::ToPublish);
    }
    if !kept.is_empty() {
        refuse_if_rejected(id, standing)?;
        return bring_back(env, &mut record, takedown, &kept).await;
    }
    env.site.delete(&[flag]).await?;
    record.forget(env).await?;
    is_lost(&takedown, standing).map_or(Ok(Lifted::Nothing), |revision| Err(lost(id, revision)))
}

/// What the takedown left, or an earlier restore that did not come to its end.
fn takedown(record: &RecordInTurn) -> Result<Takedown, StepError> {
    match record.state().cloned() {
        Some(PublishedState::Retracted(takedown)) => Ok(takedown),
        Some(PublishedState::Retracting(takedown)) if takedown.rising => Ok(takedown),
        Some(PublishedState::Retracting(_)) => {
            let id = record.id();
            Err(StepError::Refused(format!("`{id}` is being taken down; `retract` it to the end first")))
        }
        // Only skipped: nothing of it was ever taken from the site.
        None => Ok(Takedown::default()),
        Some(PublishedState::Publishing { .. } | PublishedState::Live(_)) => {
            Err(StoreError::Precondition { key: layout::published(record.id()) }.into())
        }
    }
}

/// Who rejected it would see it public; and to let it lie without its takedown would forget what is kept.
fn refuse_if_rejected(id: &ImageId, standing: Option<&Standing>) -> Result<(), StepError> {
    match standing {
        Some(Standing { state: State::Rejected, why, .. }) => {
            Err(StepError::Refused(format!("`{id}` stays down: {why}; that has to be taken back first")))
        }
        _ => Ok(()),
    }
}

async fn bring_back(
    env: &Environment,
    record: &mut RecordInTurn,
    takedown: Takedown,
    kept: &[ObjectMeta],
) -> Result<Lifted, StepError> {
    let id = record.id().clone();
    // First said, then done: who finds it half done takes it down again.
    record.write(env, PublishedState::Retracting(Takedown { rising: true, ..takedown.clone() })).await?;
    kept::bring_back(env, &id, takedown.kept_of(), kept).await?;
    env.site.delete(&[site::skip_flag(&id)]).await?;
    let revision = takedown.kept_of().cloned();
    match takedown.kept {
        Some(mut live) => {
            // Copies have other tags.
            live.listing_sha256 = None;
            record.write(env, PublishedState::Live(*live)).await?;
        }
        None => record.forget(env).await?,
    }
    kept::forget(env, kept).await?;
    Ok(Lifted::Back(revision))
}
