//! What waits where an event should have moved it on: events get lost, and a run that died before its first request may hide them for hours.

use jiff::{SignedDuration, Timestamp};
use skyfeed_ports::ledger::AttemptOutcome;

use super::Due;
use crate::{
    environment::Environment,
    error::{PERMANENT, StepError},
    id::ImageId,
    stage::Stage,
    standing::{Standing, Standings},
};

/// What is tried in vain is tried once a week at least.
const LONGEST_REST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Images that wait for a stage longer than any message to it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overdue {
    /// To be tiled.
    pub tile: Vec<ImageId>,
    /// To be published, or to be taken off the site to the last tile.
    pub publish: Vec<ImageId>,
}

impl Overdue {
    /// What has not moved for `longest`, or, of what was tried in vain, for half the time that it has waited, up to a week. What failed for good is not among it, as long as neither the image
    /// nor the configuration changed.
    ///
    /// # Errors
    /// A store or the ledger failed.
    pub async fn of(env: &Environment, standings: &Standings, longest: SignedDuration) -> Result<Self, StepError> {
        let due = Due::of(env, standings).await?;
        let now = env.clock.now();
        let waits_for = |stage: Stage, ids: Vec<ImageId>| -> Vec<ImageId> {
            let waits =
                |id: &ImageId| Waiting::of(env, standings, id, stage).is_some_and(|it| it.is_over(now, longest));
            ids.into_iter().filter(waits).collect()
        };
        let unfinished = due.unfinished;
        let publish = [due.publish, unfinished.publications, unfinished.takedowns].concat();
        Ok(Self { tile: waits_for(Stage::Tile, due.tile), publish: waits_for(Stage::Publish, publish) })
    }
}

/// An image that waits for a stage.
struct Waiting {
    /// When what the stage works on came to be.
    since: Option<Timestamp>,
    /// When somebody last tried.
    tried: Option<Timestamp>,
    /// Whether that failed in a way that the same again does not mend.
    failed_for_good: bool,
}

impl Waiting {
    /// `None` if a person has to mend the image first.
    fn of(env: &Environment, standings: &Standings, id: &ImageId, stage: Stage) -> Option<Self> {
        let standing = standings.get(id)?;
        let since = match stage {
            Stage::Tile => {
                let inbox = standings.inbox().get(id)?;
                // Of several, a person has to delete all but one first.
                inbox.image()?;
                inbox.objects().map(|object| object.modified).max()
            }
            _ => to_publish_since(standing).max(standing.since),
        };
        let attempt = standing.open_attempt.as_ref();
        let tried = attempt.map(|attempt| attempt.ended.unwrap_or(attempt.started));
        let failed_for_good = attempt.is_some_and(|attempt| {
            let failed = matches!(&attempt.outcome, Some(AttemptOutcome::Failed { class, .. }) if class == PERMANENT);
            let same = since < Some(attempt.started) && attempt.config_sha256 == env.config.sha256;
            failed && same && is_tried_by(stage, &attempt.kind)
        });
        Some(Self { since, tried, failed_for_good })
    }

    fn is_over(&self, now: Timestamp, longest: SignedDuration) -> bool {
        let (Some(since), tried) = (self.since, self.tried) else { return !self.failed_for_good };
        let waited = tried.map_or(SignedDuration::ZERO, |tried| tried.duration_since(since));
        let rest = (waited / 2).min(LONGEST_REST).max(longest);
        !self.failed_for_good && now.duration_since(since.max(tried.unwrap_or(since))) >= rest
    }
}

/// Whether a message to this stage leads to an attempt of this kind: `publish` finishes takedowns as well.
fn is_tried_by(stage: Stage, kind: &str) -> bool {
    kind == stage.as_str() || (stage == Stage::Publish && kind == Stage::Retract.as_str())
}

/// Since when the revision that is to be on the site is approved, as far as it is known.
fn to_publish_since(standing: &Standing) -> Option<Timestamp> {
    let wanted = standing.to_publish.as_ref()?;
    let revision = standing.revisions.iter().find(|one| one.revision == *wanted)?;
    revision.decided.max(Some(revision.staged))
}
