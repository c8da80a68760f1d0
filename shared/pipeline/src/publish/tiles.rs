//! The tiles and the thumbnail of a study on the site.

use bytes::Bytes;
use futures::TryStreamExt;
use skyfeed_ports::store::{Body, Condition, Headers, StoreError};

use crate::{
    config::SiteLayout,
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::{THUMBNAIL, site},
    site_folder::{self, FOREVER, Objects, WTML},
    staged::{Study, TileReader},
};

/// Puts under way at a time.
const IN_FLIGHT: usize = 64;

/// What begins the keys of a study's tiles.
pub(super) fn folder(layout: SiteLayout, study: &Study) -> String {
    format!("{}{}", site::folder(&study.id), site::tile_prefix(layout, &study.pixels))
}

/// Puts tiles and thumbnail, each checked against what was approved, but those that are `there` in the right size; returns what the site has of them.
pub(super) async fn copy_tiles(
    env: &Environment,
    layout: SiteLayout,
    study: &Study,
    there: Objects,
) -> Result<Objects, StepError> {
    let tile_count = usize::try_from(study.tile_count()).unwrap_or(usize::MAX);
    let to = folder(layout, study);
    if there.len() == tile_count.saturating_add(1) {
        return Ok(there);
    }
    let cache_control = match layout {
        SiteLayout::Skyfeed => FOREVER,
        SiteLayout::Toasty => WTML.cache_control,
    };
    let there = &there;
    let put = |name: String, bytes: Bytes, content_type: &'static str| {
        let (key, headers) = (format!("{to}{name}"), Headers { content_type, cache_control });
        async move {
            let size = bytes.len() as u64;
            let etag = match there.get(&key) {
                Some((there, etag)) if *there == size => etag.clone(),
                _ => env.site.put(&key, Body::Bytes(&bytes), headers, Condition::Always).await?,
            };
            Ok::<_, StepError>((key, (size, etag)))
        }
    };
    let thumbnail = study.thumbnail(&*env.work).await?;
    let reader = TileReader::open(&env.work, study).await?;
    let content_type = study.tile_format().content_type();
    let tiles = reader.all().map_ok(|tile| put(tile.name, tile.bytes, content_type));
    let mut objects: Objects = tiles.try_buffer_unordered(IN_FLIGHT).try_collect().await?;
    objects.extend([put(THUMBNAIL.to_owned(), thumbnail, "image/jpeg").await?]);
    Ok(objects)
}

/// In toasty's layout revisions share a folder: tiles that the new one lacks must go, after the documents stopped naming them. What another layout left stays: the feed's index may name it
/// until it is made again.
pub(super) async fn delete_stale(
    env: &Environment,
    layout: SiteLayout,
    id: &ImageId,
    current: &Objects,
) -> Result<(), StoreError> {
    if layout == SiteLayout::Skyfeed {
        return Ok(());
    }
    let there = site_folder::list_pixels(env, id, &site::folder(id)).await?;
    let stale: Vec<String> = there.into_keys().filter(|key| !current.contains_key(key)).collect();
    env.site.delete(&stale).await
}
