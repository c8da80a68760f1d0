//! Looks whether what was published is still whole on the site: a slice of all images each time, in turn, so that damage is found and the cost stays small.

use skyfeed_ports::ledger::{Attempt, AttemptOutcome, LedgerError};

use super::{PUBLISHES, each_settled::each_settled};
use crate::{
    batch::{Ending, Event, Observer, tell},
    environment::Environment,
    id::ImageId,
    publish::publish,
    stage::Stage,
    standing::{Standing, Standings, State},
    whole_feed,
};

/// One of so many images is looked at each time, but not fewer than [`LEAST`].
const SLICE: usize = 64;
const LEAST: usize = 8;

/// The published images to look at now: those that come after the ones that were looked at last.
///
/// # Errors
/// The ledger failed.
pub async fn to_look_at(env: &Environment, standings: &Standings) -> Result<Vec<ImageId>, LedgerError> {
    let published: Vec<&ImageId> = standings.iter().filter(|one| can_be_mended(one)).map(|one| &one.id).collect();
    let count = (published.len() / SLICE).max(LEAST).min(published.len());
    let last = whole_feed::last_done(env, Stage::Look).await?;
    let begin = last.as_ref().and_then(last_id).map_or(0, |last| published.partition_point(|id| id.as_str() <= last));
    Ok(published.iter().cycle().skip(begin).take(count).map(|id| (*id).clone()).collect())
}

/// Whether it is as it should be by its record, and what it was made from is there.
fn can_be_mended(standing: &Standing) -> bool {
    let is_settled = standing.state == State::Published && standing.problem.is_none() && standing.to_publish.is_none();
    is_settled && standing.revisions.iter().any(|revision| revision.live)
}

/// Which image was the last of a slice.
fn last_id(slice: &Attempt) -> Option<&str> {
    slice.input.split_once(' ').map(|(_, id)| id)
}

/// Looks at a slice and makes again what lacks or differs. Answers what was not as it should be.
pub(super) async fn look(env: &Environment, ids: &[ImageId], observer: &dyn Observer) -> Vec<Event> {
    let Some(last) = ids.last() else { return Vec::new() };
    let started = env.clock.now();
    let step = |id: ImageId| async move { Event::new(Stage::Publish, &id, publish(env, &id).await) };
    let mut events = each_settled(env, Stage::Publish, ids, PUBLISHES, &(), step).await;
    events.retain(|event| !matches!(event.ending, Ending::AlreadyDone { .. } | Ending::Busy { .. }));
    events.iter().for_each(|event| tell(observer, event));
    let mended = events.iter().filter(|event| event.is_done()).count();
    let images = if ids.len() == 1 { "image" } else { "images" };
    let receipt = format!("{} {images} up to {last}, {mended} mended, {} failed", ids.len(), events.len() - mended);
    let input = format!("{started:.9} {last}");
    whole_feed::note_of(env, Stage::Look, input, started, AttemptOutcome::Done { receipt }).await;
    events
}
