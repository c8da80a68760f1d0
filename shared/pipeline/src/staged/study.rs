//! A staged study, in the form of either edition.

use bytes::Bytes;
use serde::Deserialize;
use skyfeed_ports::store::Store;
use skyfeed_tiling::pixels::{Size, TileFormat};

use super::first_edition::{FirstManifest, LooseTile};
use crate::{
    environment::Environment,
    error::StepError,
    id::ImageId,
    layout,
    names::{Pixels, Revision},
    objects::sha256_hex,
    record::{FORMAT, Manifest, SECOND_FORMAT, Tiles},
};

/// A complete staged study.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The image id.
    pub id: ImageId,
    /// The revision.
    pub revision: Revision,
    /// Its pixels; in the first edition they had the revision's name.
    pub pixels: Pixels,
    /// Digest (hex) of the manifest: what a decision binds.
    pub manifest_sha256: String,
    /// Digest (hex) of the image file.
    pub image_sha256: String,
    /// The title, cut; empty in the first edition.
    pub title: String,
    /// The size of the picture as displayed, in pixels.
    pub size: Size,
    /// The number of the deepest level.
    pub tile_levels: u32,
    /// Digest (hex) of `index_rel.wtml`.
    pub index_rel_sha256: String,
    /// Digest (hex) of `thumb.jpg`.
    pub thumbnail_sha256: String,
    /// Digest (hex) of `preview.jpg`; there is none in the first edition.
    pub preview_sha256: Option<String>,
    /// Its tiles.
    pub tiles: StudyTiles,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// The tiles of a study.
#[derive(Clone, Debug, PartialEq)]
pub enum StudyTiles {
    /// In one archive.
    Archive(Tiles),
    /// One object each, beside the manifest, as the first edition has them.
    Loose {
        /// What kind of files they are.
        format: TileFormat,
        /// Name, size and digest of each.
        tiles: Vec<LooseTile>,
    },
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl Study {
    /// Reads a manifest.
    ///
    /// # Errors
    /// It is damaged, of a later version, or of another image or revision than its key says.
    pub(crate) fn read(id: &ImageId, revision: &Revision, bytes: &[u8]) -> Result<Self, String> {
        let told = |error: serde_json::Error| error.to_string();
        let study = match serde_json::from_slice::<Version>(bytes).map_err(told)?.format {
            FORMAT => serde_json::from_slice::<FirstManifest>(bytes).map_err(told)?.into_study(sha256_hex(bytes))?,
            SECOND_FORMAT => Self::of_manifest(serde_json::from_slice(bytes).map_err(told)?, sha256_hex(bytes)),
            other => return Err(format!("its format is {other}, this program reads formats 1 and 2")),
        };
        if study.id != *id || study.revision != *revision {
            return Err(format!("it is the manifest of `{}`, revision {}", study.id, study.revision));
        }
        Ok(study)
    }

    /// The study that a manifest with this digest (hex) describes.
    pub(crate) fn of_manifest(manifest: Manifest, manifest_sha256: String) -> Self {
        let size = manifest.size();
        Self {
            id: manifest.id,
            revision: manifest.revision,
            pixels: manifest.pixels,
            manifest_sha256,
            image_sha256: manifest.image_sha256,
            title: manifest.title,
            size,
            tile_levels: manifest.tile_levels,
            index_rel_sha256: manifest.index_rel_sha256,
            thumbnail_sha256: manifest.thumbnail_sha256,
            preview_sha256: Some(manifest.preview_sha256),
            tiles: StudyTiles::Archive(manifest.tiles),
            warnings: manifest.warnings,
        }
    }

    /// Finds a revision; `None` if it is not there, or not complete.
    ///
    /// # Errors
    /// The work store failed, or the manifest cannot be read.
    pub async fn find(env: &Environment, id: &ImageId, revision: &Revision) -> Result<Option<Self>, StepError> {
        let key = layout::manifest(id, revision);
        let Some(object) = env.work.get(&key).await? else { return Ok(None) };
        Self::read(id, revision, &object.bytes).map(Some).map_err(|problem| StepError::Manifest { key, problem })
    }

    /// Whether the first edition staged it.
    pub fn is_of_first_edition(&self) -> bool {
        matches!(self.tiles, StudyTiles::Loose { .. })
    }

    /// The number of tiles.
    pub fn tile_count(&self) -> u64 {
        match &self.tiles {
            StudyTiles::Archive(tiles) => tiles.count,
            StudyTiles::Loose { tiles, .. } => tiles.len() as u64,
        }
    }

    /// The size of all tiles together, in bytes.
    pub fn tile_bytes(&self) -> u64 {
        match &self.tiles {
            StudyTiles::Archive(tiles) => tiles.size_bytes,
            StudyTiles::Loose { tiles, .. } => tiles.iter().map(|tile| tile.size_bytes).sum(),
        }
    }

    /// What kind of files the tiles are.
    pub fn tile_format(&self) -> TileFormat {
        match &self.tiles {
            StudyTiles::Archive(tiles) => tiles.format,
            StudyTiles::Loose { format, .. } => *format,
        }
    }

    /// The key of `index_rel.wtml`.
    pub fn index_rel_key(&self) -> String {
        format!("{}{}", layout::staged_revision(&self.id, &self.revision), layout::INDEX_REL)
    }

    /// The folder in the work store that holds the thumbnail and the tiles.
    pub fn pixels_folder(&self) -> String {
        match self.tiles {
            StudyTiles::Archive(_) => layout::pixels(&self.id, &self.pixels),
            StudyTiles::Loose { .. } => layout::staged_revision(&self.id, &self.revision),
        }
    }

    /// Reads `index_rel.wtml` and checks it.
    ///
    /// # Errors
    /// It is gone, or not what was staged; or the store failed.
    pub async fn index_rel(&self, work: &dyn Store) -> Result<Bytes, StepError> {
        read_checked(work, &self.index_rel_key(), &self.index_rel_sha256).await
    }

    /// Reads `thumb.jpg` and checks it.
    ///
    /// # Errors
    /// As [`Study::index_rel`].
    pub async fn thumbnail(&self, work: &dyn Store) -> Result<Bytes, StepError> {
        let key = format!("{}{}", self.pixels_folder(), layout::THUMBNAIL);
        read_checked(work, &key, &self.thumbnail_sha256).await
    }

    /// Reads `preview.jpg` and checks it; `None` in the first edition.
    ///
    /// # Errors
    /// As [`Study::index_rel`].
    pub async fn preview(&self, work: &dyn Store) -> Result<Option<Bytes>, StepError> {
        let Some(sha256) = &self.preview_sha256 else { return Ok(None) };
        let key = format!("{}{}", self.pixels_folder(), layout::PREVIEW);
        read_checked(work, &key, sha256).await.map(Some)
    }
}

async fn read_checked(work: &dyn Store, key: &str, sha256: &str) -> Result<Bytes, StepError> {
    let object = work.get(key).await?.ok_or_else(|| StepError::gone(key))?;
    if sha256_hex(&object.bytes) == sha256 { Ok(object.bytes) } else { Err(StepError::altered(key)) }
}
