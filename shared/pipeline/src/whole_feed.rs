//! What is done for the feed as a whole, and told in the ledger: no image is its subject, and nobody has to claim it.

use jiff::Timestamp;
use skyfeed_ports::ledger::{Attempt, AttemptOutcome, LedgerError, Work};

use crate::{environment::Environment, stage::Stage};

/// The subject of such work in the ledger; no image has this id.
pub const SUBJECT: &str = "*";

/// The last time that this stage was done for the whole feed.
///
/// # Errors
/// The ledger failed.
pub async fn last_done(env: &Environment, stage: Stage) -> Result<Option<Attempt>, LedgerError> {
    env.ledger.last_done(SUBJECT, stage.as_str()).await
}

/// All that was done for the whole feed, oldest first.
///
/// # Errors
/// The ledger failed.
pub async fn history(env: &Environment) -> Result<Vec<Attempt>, LedgerError> {
    env.ledger.history(SUBJECT).await
}

/// Tells the ledger what was done since `started`. The work is done whether or not the ledger hears of it, so that it does not is no more than a warning.
pub(crate) async fn note(env: &Environment, stage: Stage, started: Timestamp, outcome: AttemptOutcome) {
    note_of(env, stage, format!("{started:.9}"), started, outcome).await;
}

/// [`note`] of work on this input, which is none of another time.
pub(crate) async fn note_of(
    env: &Environment,
    stage: Stage,
    input: String,
    started: Timestamp,
    outcome: AttemptOutcome,
) {
    let ended = env.clock.now();
    let work = Work { kind: stage.as_str().to_owned(), subject: SUBJECT.to_owned(), input, turn: None };
    let begun = Attempt::begun(&work, 1, &env.context(), started);
    let attempt = Attempt { ended: Some(ended), outcome: Some(outcome), ..begun };
    if let Err(error) = env.ledger.note(&attempt).await {
        let causes = skyfeed_ports::chain(&error).join(": ");
        tracing::warn!(stage = stage.as_str(), causes, "the ledger was not told of it");
    }
}
