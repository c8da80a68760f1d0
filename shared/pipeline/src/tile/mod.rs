//! `tile`: make the pyramid of one image and hold it for review.

use crate::stage::Stage;
use crate::{
    claim::perform, environment::Environment, error::StepError, id::ImageId, layout, objects::read_json,
    outcome::Outcome, record::Manifest, revision::Revision, unusable,
};

mod inbox;
mod options;
mod stage;
mod upload;

pub(crate) use upload::IN_FLIGHT;

/// A study that waits for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// Names the result.
    pub revision: Revision,
    /// What belongs to it.
    pub manifest: Manifest,
}

/// Makes the pyramid, thumbnail and WTML of the image in `inbox/<id>/`, in `staged/<id>/<rev>/`, the manifest last.
///
/// # Errors
/// There is no image, or more than one; the image is damaged (then it is set aside as well); a store failed.
pub async fn tile(env: &Environment, id: &ImageId) -> Result<Outcome<Staged>, StepError> {
    let inbox = inbox::Inbox::find(env, id).await?;
    let work =
        Stage::Tile.work(id, Revision::of(&[inbox.version().as_bytes(), &options::canonical(&env.config)]).into());
    perform(env, work, |receipt| confirm(env, id, receipt), stage::stage(env, id, &inbox)).await
}

/// Looks whether what an earlier run left is still there; the receipt is a revision or the reason why there is none.
async fn confirm(env: &Environment, id: &ImageId, receipt: String) -> Result<Option<Outcome<Staged>>, StepError> {
    match receipt.parse() {
        Ok(revision) => Ok(find_staged(env, id, &revision).await?.map(Outcome::AlreadyDone)),
        Err(_) => Ok(unusable::reason(env, id).await?.map(Outcome::Unusable)),
    }
}

/// A complete revision; `None` if there is none, or if its manifest is not written yet.
pub(crate) async fn find_staged(
    env: &Environment,
    id: &ImageId,
    revision: &Revision,
) -> Result<Option<Staged>, StepError> {
    let manifest: Option<Manifest> = read_json(&*env.work, &layout::manifest(id, revision)).await?;
    Ok(manifest.map(|manifest| Staged { revision: revision.clone(), manifest }))
}
