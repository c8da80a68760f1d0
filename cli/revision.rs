//! Which revision of an image a person means who names none.

use anyhow::Context as _;
use skyfeed_pipeline::{
    environment::Environment,
    id::ImageId,
    names::Revision,
    standing::{Standing, State},
};

use crate::shell::about;

/// The revision that waits for people; else the one on the site; else the only one.
///
/// # Errors
/// Nothing is known of the image, nothing of it is staged, or several revisions could be meant.
pub(crate) async fn the_one(env: &Environment, id: &ImageId, feed: &str) -> anyhow::Result<Revision> {
    let standing = Standing::of(env, id).await?;
    let standing = standing
        .with_context(|| format!("nothing is known of `{id}`; `skyfeed status --all{feed}` lists the images"))?;
    let waiting: Vec<&Revision> = standing.waiting().map(|waiting| &waiting.revision).collect();
    let live: Vec<&Revision> = standing.revisions.iter().filter(|one| one.live).map(|one| &one.revision).collect();
    let all: Vec<&Revision> = standing.revisions.iter().map(|staged| &staged.revision).collect();
    match (waiting.as_slice(), live.as_slice(), all.as_slice()) {
        ([one], ..) | ([], [one], _) | ([], [], [one]) => Ok((*one).clone()),
        ([], [], []) if standing.state == State::Unusable => {
            anyhow::bail!("`{id}` cannot be used: {}", standing.why)
        }
        ([], [], []) => anyhow::bail!("`{id}` has nothing staged; `{}` makes it", about("tile", id, feed)),
        _ => {
            let names: Vec<&str> = all.iter().map(|revision| revision.as_str()).collect();
            anyhow::bail!("`{id}` has several revisions, name one with --revision: {}", names.join(", "))
        }
    }
}
