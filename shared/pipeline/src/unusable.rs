//! Images that cannot be put on the sky: kept aside with the reason, never lost, never tried again by themselves.

use skyfeed_ports::store::Condition;

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    objects::{PRIVATE_JSON, read_json, to_json, write_if_changed, write_json},
    record::{FORMAT, Unusable},
};

/// Notes why an image cannot be put on the sky.
pub(crate) async fn set_aside(env: &Environment, id: &ImageId, reason: &str) -> Result<(), StepError> {
    let key = layout::unusable(id);
    write_if_changed(&*env.work, &key, &to_json(&key, &record(id, reason))?, PRIVATE_JSON).await?;
    Ok(())
}

/// [`set_aside`] of what was found out just now, so that it is newer than what was known before.
pub(crate) async fn set_aside_now(env: &Environment, id: &ImageId, reason: &str) -> Result<(), StepError> {
    write_json(&*env.work, &layout::unusable(id), &record(id, reason), Condition::Always).await?;
    Ok(())
}

fn record(id: &ImageId, reason: &str) -> Unusable {
    Unusable { format: FORMAT, id: id.clone(), reason: reason.to_owned() }
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
    let key = layout::unusable(id);
    match env.work.head(&key).await? {
        Some(_) => Ok(env.work.delete(&[key]).await?),
        None => Ok(()),
    }
}
