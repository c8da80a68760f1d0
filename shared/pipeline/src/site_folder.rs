//! The folder of an image on the site: what publishing and takedowns share.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use skyfeed_ports::store::{Body, Condition, ETag, Headers, ObjectMeta, StoreError};

use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{self, site},
    objects::PRIVATE_JSON,
};

/// Documents change; clients ask again after a minute.
pub(crate) const WTML: Headers = Headers { content_type: "application/x-wtml", cache_control: "public, max-age=60" };
/// Tiles in a folder of their own pixels never change.
pub(crate) const FOREVER: &str = "public, max-age=31536000, immutable";

/// Size and tag of objects of the site by their keys.
pub(crate) type Objects = BTreeMap<String, (u64, ETag)>;

/// Everything in the folder of an image.
pub(crate) async fn list(env: &Environment, id: &ImageId) -> Result<Vec<ObjectMeta>, StoreError> {
    Ok(env.site.list(&site::folder(id), false).await?.objects)
}

/// The tiles and the thumbnail that begin with `prefix`, which is the key of a folder of pixels, or in toasty's layout that of the image's folder.
pub(crate) async fn list_pixels(env: &Environment, id: &ImageId, prefix: &str) -> Result<Objects, StoreError> {
    let folder = site::folder(id);
    let listing = env.site.list(prefix, prefix == folder).await?;
    let of_pixels = listing.objects.into_iter().filter(|object| is_of_pixels(&object.key[folder.len()..]));
    Ok(of_pixels.map(|object| (object.key, (object.size_bytes, object.etag))).collect())
}

/// One digest (hex) of all of them.
pub(crate) fn digest(objects: &Objects) -> String {
    let mut digest = Sha256::new();
    for (key, (size, ETag(etag))) in objects {
        digest.update(format!("{key}\t{size}\t{etag}\n"));
    }
    hex::encode(digest.finalize())
}

/// Marks an image as never to be processed. Answers whether it was not marked before.
pub(crate) async fn skip(env: &Environment, id: &ImageId) -> Result<bool, StepError> {
    let flag = Bytes::from_static(b"{}");
    match env.site.put(&site::skip_flag(id), Body::Bytes(&flag), PRIVATE_JSON, Condition::IfAbsent).await {
        Ok(_) => Ok(true),
        Err(StoreError::Precondition { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether a name in the folder of an image is one that publishing gives.
pub(crate) fn is_ours(name: &str) -> bool {
    is_document(name) || is_of_pixels(name)
}

pub(crate) fn is_document(name: &str) -> bool {
    name == layout::INDEX || name == layout::INDEX_REL
}

fn is_of_pixels(name: &str) -> bool {
    site::is_of_pixels(name) || name == layout::THUMBNAIL
}

/// Deletes objects of an image; the documents first, so that nothing names what is gone.
pub(crate) async fn delete(env: &Environment, id: &ImageId, keys: Vec<String>) -> Result<(), StoreError> {
    let folder = site::folder(id).len();
    let (documents, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| is_document(&key[folder..]));
    env.site.delete(&documents).await?;
    env.site.delete(&others).await
}
