//! Which images a stage has work with.

use futures::{StreamExt, TryStreamExt};

use super::{LOOKS, Unfinished};
use crate::{
    batch::Failure,
    environment::Environment,
    error::StepError,
    id::ImageId,
    inbox::Inbox,
    layout,
    names::Revision,
    standing::{Standing, Standings, State},
    tile::is_whole,
};

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
    for (id, inbox) in standings.inbox() {
        looks.push(async move {
            let is_due = has_to_be_tiled(env, id, inbox, standings.get(id)).await?;
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
    inbox: &Inbox,
    standing: Option<&Standing>,
) -> Result<bool, StepError> {
    // What is in the inbox of an image that waits for its download came damaged.
    let away = standing.is_some_and(|one| {
        matches!(one.state, State::Retracted | State::Skipped | State::PutOff { .. } | State::Offered)
    });
    if away || inbox.images.is_empty() {
        return Ok(false);
    }
    // What is wrong is for `tile` to say.
    let Some(work) = inbox.tiling(id, &env.config) else { return Ok(true) };
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

/// What to do with an object of the inbox that lies where no image belongs.
pub fn misplacement(key: &str) -> Failure {
    let name = key.trim_start_matches(layout::INBOX);
    let problem = match name.split_once('/').map(|(folder, _)| ImageId::new(folder)) {
        Some(Err(problem)) => format!("{problem}; rename the folder"),
        Some(Ok(id)) => format!("an image lies directly in `{}`: move it there, or delete it", layout::inbox(&id)),
        None => {
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            format!("an image belongs in a folder named by its id, such as inbox/{stem}/{name}")
        }
    };
    Failure::permanent(key, &problem)
}

#[cfg(test)]
mod tests {
    use super::misplacement;

    #[test]
    fn what_is_misplaced_is_told_where_it_belongs() {
        for (key, told) in [
            ("inbox/m31.png", "such as inbox/m31/m31.png"),
            ("inbox/m31/large/m31.png", "directly in `inbox/m31/`"),
            ("inbox/.m31/m31.png", "rename the folder"),
        ] {
            let causes = misplacement(key).causes.join(": ");
            assert!(causes.contains(told), "{key}: {causes}");
        }
    }
}
