//! `tile`: make the pyramid of one image and hold it for review.

use crate::{
    claim::perform, environment::Environment, error::StepError, id::ImageId, names::Revision, outcome::Outcome,
    staged::Study, unusable,
};

mod documents;
mod pixels;
mod study;
mod waiting;

use waiting::Waiting;

/// Whether a staged revision has all that its manifest names.
pub(crate) async fn is_whole(env: &Environment, id: &ImageId, revision: &Revision) -> Result<bool, StepError> {
    match Study::find(env, id, revision).await {
        Ok(Some(study)) => has_all(env, &study).await,
        // What is wrong with it is for those to say who need it.
        Ok(None) | Err(StepError::Manifest { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether the documents and the pixels of a study are still there; loose tiles are with their manifest, and looked at when they are published.
async fn has_all(env: &Environment, study: &Study) -> Result<bool, StepError> {
    if study.is_of_first_edition() {
        return Ok(true);
    }
    Ok(env.work.head(&study.index_rel_key()).await?.is_some() && pixels::are_there(env, study).await?)
}

/// Makes what a person decides on of the image in `inbox/<id>/`: its pixels, in `pixels/<id>/<pixels>/`, and its documents, in `staged/<id>/<rev>/`, the manifest last.
/// Pixels that are there already are not made again.
///
/// # Errors
/// There is no image, or more than one; the image is damaged (then it is set aside as well); a store failed.
pub async fn tile(env: &Environment, id: &ImageId) -> Result<Outcome<Study>, StepError> {
    let waiting = Waiting::find(env, id).await?;
    let work = waiting.work.clone();
    perform(env, work, |receipt| confirm(env, id, receipt), |env| study::stage(env, id, &waiting)).await
}

/// What [`tile`] would come to, without looking into the image. Writes nothing.
///
/// # Errors
/// There is no image, or more than one; a store or the ledger failed.
pub async fn plan(env: &Environment, id: &ImageId) -> Result<Outcome<()>, StepError> {
    let waiting = Waiting::find(env, id).await?;
    let made = match env.ledger.receipt(&waiting.work).await? {
        Some(receipt) => confirm(env, id, receipt).await?,
        None => None,
    };
    Ok(made.map_or(Outcome::Done(()), |made| made.map(drop)))
}

/// Looks whether what an earlier run left is still there; the receipt is a revision or the reason why there is none.
async fn confirm(env: &Environment, id: &ImageId, receipt: String) -> Result<Option<Outcome<Study>>, StepError> {
    match receipt.parse::<Revision>() {
        // An image that was bad meanwhile and is the good one again: what is said against it has to go.
        Ok(_) if unusable::reason(env, id).await?.is_some() => Ok(None),
        Ok(revision) => match Study::find(env, id, &revision).await? {
            Some(study) if has_all(env, &study).await? => Ok(Some(Outcome::AlreadyDone(study))),
            _ => Ok(None),
        },
        Err(_) => Ok(unusable::reason(env, id).await?.map(Outcome::Unusable)),
    }
}
