//! `ignore-rejects`: mark what was turned away as never to be processed.

use skyfeed_ports::ledger::Work;

use crate::{
    batch::Event,
    claim::{Settled, in_turn},
    environment::Environment,
    error::StepError,
    id::ImageId,
    outcome::Outcome,
    site_folder,
    stage::{IGNORE_REJECTS, Stage},
    standing::{Standing, Standings, State},
};

/// Whether an image is one that is marked: rejected or unusable. What is on the site is neither.
fn is_turned_away(standing: &Standing) -> bool {
    matches!(standing.state, State::Unusable | State::Rejected)
}

/// The images that [`ignore`] marks.
///
/// # Errors
/// The stores cannot be listed.
pub async fn plan(env: &Environment) -> Result<Vec<ImageId>, StepError> {
    let standings = Standings::all(env).await?;
    Ok(standings.iter().filter(|standing| is_turned_away(standing)).map(|standing| standing.id.clone()).collect())
}

/// Puts `skip.flag` on the site for an image that was turned away, in its turn there: what came to be published meanwhile is not marked.
///
/// # Errors
/// A store or the ledger failed.
pub async fn ignore(env: &Environment, id: &ImageId) -> Result<Outcome<()>, StepError> {
    // In the turn of a takedown, under a name of its own in the history.
    let work = Work { kind: IGNORE_REJECTS.to_owned(), ..Stage::Retract.turn(id) };
    let marked = in_turn(env, work, |env, _| async move {
        let is_still = Standing::of(&env, id).await?.is_some_and(|standing| is_turned_away(&standing));
        let value = is_still && site_folder::skip(&env, id).await?;
        Ok(Settled::Done { value, receipt: String::new() })
    });
    Ok(match marked.await? {
        Outcome::Done(false) => Outcome::AlreadyDone(()),
        other => other.map(drop),
    })
}

/// Marks every image that is unusable or rejected as never to be processed, as `toasty pipeline ignore-rejects` does.
///
/// # Errors
/// The stores cannot be listed. What goes wrong with one image is in its event.
pub async fn ignore_rejects(env: &Environment) -> Result<Vec<Event>, StepError> {
    let mut events = Vec::new();
    for id in plan(env).await? {
        let marked = ignore(env, &id).await;
        events.push(Event::new(Stage::Retract, &id, marked.map(|outcome| outcome.map(|()| ""))));
    }
    Ok(events)
}
