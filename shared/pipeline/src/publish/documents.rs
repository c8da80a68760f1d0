//! The two documents of an image on the site.

use bytes::Bytes;
use skyfeed_ports::store::{Body, Condition, ETag};
use skyfeed_wtml::Folder;

use super::as_seen;
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout::site,
    objects::{sha256_hex, write_if_changed},
    record::Live,
    site_folder::WTML,
    staged::Study,
};

/// The two documents of an image on the site.
pub(super) struct Documents {
    relative: Bytes,
    absolute: Bytes,
    /// Digest (hex) of the absolute one, by which the record knows what is on the site.
    pub(super) sha256: String,
    pub(super) folder: Folder,
}

impl Documents {
    pub(super) async fn of(env: &Environment, study: &Study) -> Result<Self, StepError> {
        let bytes = study.index_rel(&*env.work).await?;
        let mut folder =
            Folder::parse(&bytes).map_err(|source| StepError::Wtml { key: study.index_rel_key(), source })?;
        folder.rebase(&site::tile_prefix(env.config.site_layout, &study.pixels));
        let relative = folder.to_xml().into();
        folder.absolutize(&format!("{}{}/", env.config.publish_url_prefix, study.id));
        let absolute: Bytes = folder.to_xml().into();
        Ok(Self { relative, sha256: sha256_hex(&absolute), absolute, folder })
    }

    /// Whether they are what a record says is on the site.
    pub(super) fn are(&self, live: &Live, study: &Study) -> bool {
        live.revision == study.revision && live.index_sha256 == self.sha256
    }

    /// Whether `index.wtml` of the site is the absolute one.
    pub(super) async fn is_on_site(&self, env: &Environment, id: &ImageId) -> Result<bool, StepError> {
        Ok(env.site.get(&site::index(id)).await?.is_some_and(|there| there.bytes == self.absolute))
    }

    /// Whether the site has them both.
    pub(super) async fn are_on_site(&self, env: &Environment, id: &ImageId) -> Result<bool, StepError> {
        for (key, bytes) in [(site::index(id), &self.absolute), (site::index_rel(id), &self.relative)] {
            if env.site.get(&key).await?.is_none_or(|there| there.bytes != *bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Puts them; the absolute one last, and only over what was seen when the turn began: as long as it is not there, nothing names what is new, and all can be undone.
    pub(super) async fn put(&self, env: &Environment, id: &ImageId, seen: Option<ETag>) -> Result<(), StepError> {
        env.site.put(&site::index_rel(id), Body::Bytes(&self.relative), WTML, Condition::Always).await?;
        env.site.put(&site::index(id), Body::Bytes(&self.absolute), WTML, as_seen(seen)).await?;
        Ok(())
    }
}

/// Makes `index_rel.wtml` of what `index.wtml` says, or deletes it if that is not there: a worker that put only the first of the two is gone.
pub(super) async fn mend_relative(env: &Environment, id: &ImageId) -> Result<(), StepError> {
    let key = site::index(id);
    let Some(absolute) = env.site.get(&key).await? else { return Ok(env.site.delete(&[site::index_rel(id)]).await?) };
    let mut folder = Folder::parse(&absolute.bytes).map_err(|source| StepError::Wtml { key, source })?;
    folder.relativize(&format!("{}{id}/", env.config.publish_url_prefix));
    write_if_changed(&*env.site, &site::index_rel(id), &folder.to_xml().into(), WTML).await?;
    Ok(())
}
