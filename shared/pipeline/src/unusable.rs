//! Images that cannot be put on the sky: kept aside with the reason, never lost, never tried again by themselves.

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{PRIVATE_JSON, read_json, to_json, write_if_changed},
    record::{FORMAT, Unusable},
};

/// Notes why an image cannot be put on the sky.
pub(crate) async fn set_aside(env: &Environment, id: &ImageId, reason: &str) -> Result<(), StepError> {
    let key = layout::unusable(id);
    let record = Unusable { format: FORMAT, id: id.clone(), reason: reason.to_owned() };
    write_if_changed(&*env.work, &key, &to_json(&key, &record)?, PRIVATE_JSON).await?;
    Ok(())
}

/// Why an image was set aside; `None` if it was not.
pub(crate) async fn reason(env: &Environment, id: &ImageId) -> Result<Option<String>, StepError> {
    let record: Option<Unusable> = read_json(&*env.work, &layout::unusable(id)).await?;
    Ok(record.map(|record| record.reason))
}

/// Forgets that an image was set aside, so that it is fetched and tiled anew.
///
/// # Errors
/// The work store failed.
pub async fn forget(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    Ok(env.work.delete(&[layout::unusable(id)]).await?)
}
