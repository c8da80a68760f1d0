//! `retract` and `restore`: take an image down, and undo that.

use skyfeed_ports::store::Condition;

use crate::{
    claim::{Settled, perform},
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{self, site},
    names::{Person, Revision},
    objects::write_json,
    outcome::Outcome,
    publish::publish_by,
    record::{Published, PublishedState, SECOND_FORMAT},
    site_folder::{clear, skip},
    stage::Stage,
    standing::{Evidence, Standing, State},
};

/// Who takes an image down, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Takedown {
    /// Who, as far as anybody says so.
    pub by: Option<Person>,
    /// Why, if that person says so.
    pub note: String,
}

/// Takes an image off the site: `skip.flag` first, so that no other step puts it back; then its WTML and tiles; the tombstone last.
///
/// Nothing stays reachable but what caches hold: WTML for a minute, tiles for up to a year in the layout with a folder for each pyramid. The entry in the index goes with the next
/// `reindex`.
///
/// # Errors
/// Nothing is known of the image, or a store failed.
pub async fn retract(env: &Environment, id: &ImageId, takedown: &Takedown) -> Result<Outcome<()>, StepError> {
    let Found { record, is_down } = find(env, id).await?;
    if is_down {
        return Ok(Outcome::AlreadyDone(()));
    }
    let work = Stage::Retract.work(id, "site".to_owned());
    perform(env, work, |_| async { Ok(None) }, take_down(env, id, record, takedown)).await
}

/// What [`retract`] would come to. Writes nothing.
///
/// # Errors
/// As [`retract`].
pub async fn plan_retract(env: &Environment, id: &ImageId) -> Result<Outcome<()>, StepError> {
    let is_down = find(env, id).await?.is_down;
    Ok(if is_down { Outcome::AlreadyDone(()) } else { Outcome::Done(()) })
}

/// An image that may be taken down.
struct Found {
    record: Option<Published>,
    /// Whether that was done, to the end.
    is_down: bool,
}

async fn find(env: &Environment, id: &ImageId) -> Result<Found, StepError> {
    let evidence = Evidence::of(env, id).await?;
    // A takedown does not wait for somebody to mend a record, which is about to be replaced anyway.
    let record = evidence.published.as_ref().and_then(|record| record.content.as_ref().ok()).cloned();
    let tombstone = matches!(&record, Some(Published { state: PublishedState::Retracted { .. }, .. }));
    let looks_done = tombstone && evidence.skip_flag.is_some();
    let is_known = Standing::derived(env, evidence).is_some();
    if is_known && !looks_done {
        return Ok(Found { record, is_down: false });
    }
    let on_site = env.site.list(&site::folder(id), false).await?.objects;
    if on_site.is_empty() && !is_known {
        return Err(StepError::unknown(id));
    }
    Ok(Found { record, is_down: looks_done && on_site.len() == 1 })
}

async fn take_down(
    env: &Environment,
    id: &ImageId,
    record: Option<Published>,
    takedown: &Takedown,
) -> Result<Settled<()>, StepError> {
    skip(env, id).await?;
    clear(env, id).await?;
    let sort_date = record.as_ref().and_then(Published::sort_date);
    let revision = record.and_then(|record| match record.state {
        PublishedState::Live(live) => Some(live.revision),
        PublishedState::Publishing { revision, .. } => Some(revision),
        PublishedState::Retracted { revision, .. } => revision,
    });
    let receipt = revision.as_ref().map(ToString::to_string).unwrap_or_default();
    let Takedown { by, note } = takedown.clone();
    let state = PublishedState::Retracted { revision, by: by.map(|by| by.to_string()), note, sort_date };
    let tombstone = Published { format: SECOND_FORMAT, id: id.clone(), state };
    write_json(&*env.work, &layout::published(id), &tombstone, Condition::Always).await?;
    Ok(Settled::Done { value: (), receipt })
}

/// Undoes a retraction: the approved revision is published again. Without one the image is merely no longer skipped, and the next `refresh` finds it.
///
/// # Errors
/// The image was not taken down, or publishing failed.
pub async fn restore(env: &Environment, id: &ImageId) -> Result<Outcome<Option<Revision>>, StepError> {
    let standing = match liftable(env, id).await? {
        Down::Live(revision) => return Ok(Outcome::AlreadyDone(revision)),
        // An earlier restore, perhaps, that did not come to its end.
        Down::Rising(standing) => return Ok(publish_by(env, id, Some(*standing)).await?.map(Some)),
        Down::Lying(standing) => standing,
    };
    let approved = standing.as_ref().is_some_and(|standing| standing.to_publish.is_some());
    let work = Stage::Restore.work(id, "site".to_owned());
    match perform(env, work, |_| async { Ok(None) }, lift(env, id, approved)).await? {
        Outcome::Done(()) if approved => Ok(publish_by(env, id, standing.map(|it| *it)).await?.map(Some)),
        lifted => Ok(lifted.map(|()| None)),
    }
}

/// What [`restore`] would come to: the revision that would be published, if one is approved. Writes nothing.
///
/// # Errors
/// As [`restore`].
pub async fn plan_restore(env: &Environment, id: &ImageId) -> Result<Outcome<Option<Revision>>, StepError> {
    Ok(match liftable(env, id).await? {
        Down::Live(revision) => Outcome::AlreadyDone(revision),
        Down::Rising(standing) => Outcome::Done(standing.revision),
        Down::Lying(standing) => Outcome::Done(standing.and_then(|standing| standing.to_publish)),
    })
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

/// Takes the flag away, and the tombstone too where no publication is going to replace it: until then it says that there is something to restore.
async fn lift(env: &Environment, id: &ImageId, approved: bool) -> Result<Settled<()>, StepError> {
    env.site.delete(&[site::skip_flag(id)]).await?;
    if !approved {
        env.work.delete(&[layout::published(id)]).await?;
    }
    Ok(Settled::Done { value: (), receipt: String::new() })
}
