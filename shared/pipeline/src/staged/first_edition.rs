//! What the first edition staged: a manifest that lists every tile, and the tiles as objects beside it.

use serde::{Deserialize, Serialize};
use skyfeed_tiling::pixels::{Size, TileFormat};

use super::{Study, StudyTiles};
use crate::{id::ImageId, layout, names::Revision};

/// `manifest.json` of format 1.
#[derive(Deserialize)]
pub(super) struct FirstManifest {
    id: ImageId,
    revision: Revision,
    image_sha256: String,
    size_px: [u32; 2],
    tile_levels: u32,
    objects: Vec<LooseTile>,
    #[serde(default)]
    warnings: Vec<String>,
}

/// A tile that is an object of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LooseTile {
    /// Its name, below the revision's folder.
    #[serde(rename = "key")]
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Digest (hex).
    pub sha256: String,
}

impl FirstManifest {
    /// The study that it describes.
    ///
    /// # Errors
    /// It lists no document or thumbnail.
    pub(super) fn into_study(self, manifest_sha256: String) -> Result<Study, String> {
        let mut tiles = self.objects;
        let mut take = |name: &str| {
            let at = tiles.iter().position(|object| object.name == name);
            at.map(|at| tiles.remove(at).sha256).ok_or_else(|| format!("it lists no `{name}`"))
        };
        let (index_rel_sha256, thumbnail_sha256) = (take(layout::INDEX_REL)?, take(layout::THUMBNAIL)?);
        // One folder had the same name for its pixels and its documents.
        let pixels = self.revision.as_str().parse().map_err(|error: crate::names::NameError| error.to_string())?;
        let is_jpeg = tiles.first().is_some_and(|tile| tile.name.ends_with(TileFormat::Jpeg.extension()));
        let format = if is_jpeg { TileFormat::Jpeg } else { TileFormat::Png };
        let [width, height] = self.size_px;
        Ok(Study {
            id: self.id,
            revision: self.revision,
            pixels,
            manifest_sha256,
            image_sha256: self.image_sha256,
            title: String::new(),
            size: Size { width, height },
            tile_levels: self.tile_levels,
            index_rel_sha256,
            thumbnail_sha256,
            preview_sha256: None,
            tiles: StudyTiles::Loose { format, tiles },
            warnings: self.warnings,
        })
    }
}
