//! The folder of an image on the site: what publishing and takedowns share.

use std::collections::BTreeSet;

use bytes::Bytes;
use skyfeed_ports::store::{Body, Condition, Headers, StoreError};

use crate::{environment::Environment, error::StepError, id::ImageId, layout::site, objects::PRIVATE_JSON};

/// Documents change; clients ask again after a minute.
pub(crate) const WTML: Headers = Headers { content_type: "application/x-wtml", cache_control: "public, max-age=60" };
/// Tiles in a folder of their own pixels never change.
pub(crate) const FOREVER: &str = "public, max-age=31536000, immutable";

/// Marks an image as never to be processed. Answers whether it was not marked before.
pub(crate) async fn skip(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    let flag = Bytes::from_static(b"{}");
    match env.site.put(&site::skip_flag(id), Body::Bytes(&flag), PRIVATE_JSON, Condition::IfAbsent).await {
        Ok(_) => Ok(true),
        Err(StoreError::Precondition { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Deletes everything of an image from the site but its `skip.flag`; the documents first, so that nothing names what is gone.
pub(crate) async fn clear(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    env.site.delete(&[site::index(id), site::index_rel(id)]).await?;
    let flag = site::skip_flag(id);
    let objects = env.site.list(&site::folder(id), false).await?.objects;
    let keys: Vec<String> = objects.into_iter().map(|object| object.key).filter(|key| *key != flag).collect();
    if keys.is_empty() { Ok(()) } else { Ok(env.site.delete(&keys).await?) }
}

/// In toasty's layout revisions share a folder: tiles that the new one lacks must go, after the documents stopped naming them.
pub(crate) async fn delete_stale(
    env: &Environment,
    id: &ImageId,
    current: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let folder = site::folder(id);
    let objects = env.site.list(&folder, false).await?.objects.into_iter().map(|object| object.key);
    let stale: Vec<String> =
        objects.filter(|key| !current.contains(key) && site::is_of_pixels(&key[folder.len()..])).collect();
    if stale.is_empty() { Ok(()) } else { env.site.delete(&stale).await }
}
