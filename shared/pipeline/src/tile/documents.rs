//! The documents of a revision: its WTML and, last, its manifest.

use bytes::Bytes;
use skyfeed_ports::store::{Body, Condition, Headers};
use skyfeed_tiling::pixels::PyramidOptions;

use super::pixels::Made;
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    names::{Pixels, Revision},
    objects::{PRIVATE_JSON, sha256_hex, to_json},
    record::{Manifest, SECOND_FORMAT},
    staged::Study,
    study::{self, PlacedStudy, StudyText},
};

/// Both names of a result.
pub(super) struct Names {
    pub(super) pixels: Pixels,
    pub(super) revision: Revision,
}

impl Names {
    pub(super) fn of(image_sha256: &str, options: &PyramidOptions, record: Option<&[u8]>) -> Self {
        let pixels = Pixels::of_image(image_sha256, options);
        Self { revision: Revision::of_study(&pixels, record), pixels }
    }
}

/// What the documents of a revision are made of, beside its pixels.
pub(super) struct Documents<'a> {
    pub(super) id: &'a ImageId,
    pub(super) names: &'a Names,
    pub(super) image_sha256: &'a str,
    pub(super) placed: &'a PlacedStudy,
    pub(super) text: &'a StudyText,
}

impl Documents<'_> {
    /// Writes both; the revision is complete with the manifest.
    pub(super) async fn write(&self, env: &Environment, made: Made) -> Result<Study, StepError> {
        let format = made.tiles.format;
        let url = layout::tile_url(format);
        let wtml = study::folder(&self.placed.placement, self.text, made.tile_levels, &url, format);
        let wtml: Bytes = wtml.to_xml().into();
        let headers = Headers { content_type: "application/x-wtml", ..PRIVATE_JSON };
        let Self { id, names, .. } = *self;
        let key = format!("{}{}", layout::staged_revision(id, &names.revision), layout::INDEX_REL);
        env.work.put(&key, Body::Bytes(&wtml), headers, Condition::Always).await?;

        let warnings: Vec<String> = self.placed.warnings.iter().map(ToString::to_string).chain(made.warnings).collect();
        let manifest = Manifest {
            format: SECOND_FORMAT,
            id: id.clone(),
            revision: names.revision.clone(),
            pixels: names.pixels.clone(),
            image_sha256: self.image_sha256.to_owned(),
            title: Manifest::short_title(&self.text.name),
            width_px: made.size.width,
            height_px: made.size.height,
            tile_levels: made.tile_levels,
            tiles: made.tiles,
            thumbnail_sha256: made.thumbnail_sha256,
            preview_sha256: made.preview_sha256,
            index_rel_sha256: sha256_hex(&wtml),
            warnings: Manifest::short_warnings(&warnings),
        };
        let key = layout::manifest(id, &names.revision);
        let bytes = to_json(&key, &manifest)?;
        env.work.put(&key, Body::Bytes(&bytes), PRIVATE_JSON, Condition::Always).await?;
        Ok(Study::of_manifest(manifest, sha256_hex(&bytes)))
    }
}
