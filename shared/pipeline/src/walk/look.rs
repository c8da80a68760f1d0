//! Looks whether what was published is still whole on the site: a slice of all images each time, in turn, so that damage is found and the cost stays small.

use jiff::Timestamp;
use skyfeed_ports::ledger::{Attempt, AttemptOutcome};

use super::{PUBLISHES, each_settled::each_settled, publish_decided::publish_one_decided};
use crate::{
    batch::{Ending, Event, Observer, tell},
    environment::Environment,
    error::StepError,
    id::ImageId,
    stage::Stage,
    standing::{Standing, Standings, State},
    whole_feed,
};

/// One image of so many is looked at each time, but not fewer than [`LEAST`].
const ONE_OF: usize = 64;
const LEAST: usize = 8;

/// The published images to look at now.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Those that come after the ones that were looked at last.
    pub ids: Vec<ImageId>,
    began: Timestamp,
}

impl Slice {
    /// The next one.
    ///
    /// # Errors
    /// The ledger failed.
    pub async fn next(env: &Environment, standings: &Standings) -> Result<Self, StepError> {
        let published: Vec<&ImageId> = standings.iter().filter(|one| can_be_mended(one)).map(|one| &one.id).collect();
        let count = (published.len() / ONE_OF).max(LEAST).min(published.len());
        let last = whole_feed::last_done(env, Stage::Look).await?;
        let begin =
            last.as_ref().and_then(last_id).map_or(0, |last| published.partition_point(|id| id.as_str() <= last));
        let ids = published.iter().cycle().skip(begin).take(count).map(|id| (*id).clone()).collect();
        Ok(Self { ids, began: env.clock.now() })
    }

    /// Tells the ledger how far that is, and what came of it, so that the next one begins there.
    pub async fn note(&self, env: &Environment, what: &str) {
        let Some(last) = self.ids.last() else { return };
        let images = if self.ids.len() == 1 { "image" } else { "images" };
        let receipt = format!("{} {images} up to {last}, {what}", self.ids.len());
        let input = format!("{:.9} {last}", self.began);
        whole_feed::note_of(env, Stage::Look, input, self.began, AttemptOutcome::Done { receipt }).await;
    }

    /// Looks, and makes again what lacks or differs. Answers what was not as it should be.
    pub(super) async fn look(&self, env: &Environment, observer: &dyn Observer) -> Vec<Event> {
        let step = |id: ImageId| async move { publish_one_decided(env, &id).await };
        let mut events = each_settled(env, Stage::Publish, &self.ids, PUBLISHES, &(), step).await;
        events.retain(|event| !matches!(event.ending, Ending::AlreadyDone { .. } | Ending::Busy { .. }));
        events.iter().for_each(|event| tell(observer, event));
        let failed = events.iter().filter(|event| matches!(event.ending, Ending::Failed(_))).count();
        self.note(env, &format!("{} mended, {failed} failed", events.len() - failed)).await;
        events
    }
}

/// Whether it is as it should be by its record, and what it was made from is there.
fn can_be_mended(standing: &Standing) -> bool {
    let is_settled = standing.state == State::Published && !standing.is_held_up() && standing.to_publish.is_none();
    is_settled && standing.revisions.iter().any(|revision| revision.live)
}

/// Which image was the last of a slice.
fn last_id(slice: &Attempt) -> Option<&str> {
    slice.input.split_once(' ').map(|(_, id)| id)
}
