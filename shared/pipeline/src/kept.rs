//! What is taken from the site and cannot be made again, in `retracted/<id>/<rev>/`: the files of another program, or of a study that is no longer staged.

use futures::{StreamExt, TryStreamExt, stream};
use skyfeed_ports::store::{Headers, ObjectMeta, Store, StoreError};

use crate::{
    environment::Environment,
    id::ImageId,
    layout::{self, site},
    names::Revision,
    objects::PRIVATE_JSON,
    site_folder::{self, FOREVER, Objects, WTML},
};

/// Copies under way at a time.
const IN_FLIGHT: usize = 64;

/// Copies objects of an image from the site into the work store, documents last; `revision` is whose they are. If its documents are there, so is all else, as it was before anybody changed
/// it.
pub(crate) async fn keep(
    env: &Environment,
    id: &ImageId,
    revision: Option<&Revision>,
    objects: &[&ObjectMeta],
) -> Result<(), StoreError> {
    let (to, folder) = (layout::retracted(id, revision), site::folder(id).len());
    if revision.is_some() && env.work.head(&format!("{to}{}", layout::INDEX)).await?.is_some() {
        return Ok(());
    }
    let binary = Headers { content_type: "application/octet-stream", ..PRIVATE_JSON };
    let place = |key: &str| (format!("{to}{}", &key[folder..]), binary);
    let (documents, others): (Vec<_>, Vec<_>) =
        objects.iter().copied().partition(|object| site_folder::is_document(&object.key[folder..]));
    copy(&*env.site, &others, &*env.work, place).await?;
    copy(&*env.site, &documents, &*env.work, place).await?;
    Ok(())
}

/// What is kept of a revision of an image.
pub(crate) async fn list(
    env: &Environment,
    id: &ImageId,
    revision: Option<&Revision>,
) -> Result<Vec<ObjectMeta>, StoreError> {
    Ok(env.work.list(&layout::retracted(id, revision), false).await?.objects)
}

/// Copies what was kept back to the site, the document that names all others last, and answers what is there by that; the tags are those of the copies.
pub(crate) async fn bring_back(
    env: &Environment,
    id: &ImageId,
    revision: Option<&Revision>,
    kept: &[ObjectMeta],
) -> Result<Objects, StoreError> {
    let from = layout::retracted(id, revision);
    let place = |key: &str| {
        let name = &key[from.len()..];
        let headers = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("wtml") => WTML,
            Some("png") => Headers { content_type: "image/png", cache_control: FOREVER },
            Some("jpg") => Headers { content_type: "image/jpeg", cache_control: FOREVER },
            _ => Headers { content_type: "application/octet-stream", ..WTML },
        };
        (format!("{}{name}", site::folder(id)), headers)
    };
    let (documents, others): (Vec<_>, Vec<_>) =
        kept.iter().partition(|object| site_folder::is_document(&object.key[from.len()..]));
    copy(&*env.work, &others, &*env.site, place).await?;
    copy(&*env.work, &documents, &*env.site, place).await?;
    Ok(kept.iter().map(|object| (place(&object.key).0, (object.size_bytes, object.etag.clone()))).collect())
}

/// Forgets what was kept, when it is on the site again.
pub(crate) async fn forget(env: &Environment, kept: &[ObjectMeta]) -> Result<(), StoreError> {
    let keys: Vec<String> = kept.iter().map(|object| object.key.clone()).collect();
    env.work.delete(&keys).await
}

async fn copy(
    from: &dyn Store,
    objects: &[&ObjectMeta],
    to: &dyn Store,
    place: impl Fn(&str) -> (String, Headers),
) -> Result<(), StoreError> {
    // No closure that makes futures: of those nobody can tell that they may be sent to another thread.
    let mut copies = Vec::with_capacity(objects.len());
    for object in objects {
        let (key, headers) = place(&object.key);
        copies.push(async move { from.copy_to(object, to, &key, headers).await });
    }
    stream::iter(copies).buffer_unordered(IN_FLIGHT).try_collect().await
}
