//! What belongs to a revision.

use serde::{Deserialize, Serialize};
use skyfeed_tiling::pixels::{Size, TileFormat};

use crate::{
    id::ImageId,
    names::{Pixels, Revision},
};

/// `staged/<id>/<rev>/manifest.json`: what a decision binds, in less than 2 kB. Holds no clock time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SECOND_FORMAT`](super::SECOND_FORMAT).
    #[serde(deserialize_with = "super::second_format")]
    pub format: u32,
    /// The image id.
    pub id: ImageId,
    /// The revision.
    pub revision: Revision,
    /// The pixels that it shows.
    pub pixels: Pixels,
    /// Digest (hex) of the image file.
    pub image_sha256: String,
    /// The title, cut.
    #[serde(default)]
    pub title: String,
    /// Width as displayed, in pixels.
    pub width_px: u32,
    /// Height as displayed, in pixels.
    pub height_px: u32,
    /// The number of the deepest level.
    pub tile_levels: u32,
    /// The tiles.
    pub tiles: Tiles,
    /// Digest (hex) of `thumb.jpg`.
    pub thumbnail_sha256: String,
    /// Digest (hex) of `preview.jpg`.
    pub preview_sha256: String,
    /// Digest (hex) of `index_rel.wtml`.
    pub index_rel_sha256: String,
    /// What a person should know; the longest are cut, and of many the last are only counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The tiles of a pyramid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiles {
    /// What kind of files they are.
    pub format: TileFormat,
    /// Their number.
    pub count: u64,
    /// Their size together, in bytes.
    pub size_bytes: u64,
    /// Digest (hex) of `tiles.digests`, which lists the digest of each: it names the content of the whole archive.
    pub digests_sha256: String,
}

/// How many characters of a title a manifest bears.
const LONGEST_TITLE: usize = 120;
/// How many characters of a warning, and how many warnings.
const LONGEST_WARNING: usize = 120;
const MOST_WARNINGS: usize = 6;

impl Manifest {
    /// The size of the picture as displayed, in pixels.
    pub fn size(&self) -> Size {
        Size { width: self.width_px, height: self.height_px }
    }

    /// As much of a title as fits.
    pub fn short_title(title: &str) -> String {
        cut(title, LONGEST_TITLE)
    }

    /// As much of the warnings as fits.
    pub fn short_warnings(warnings: &[String]) -> Vec<String> {
        let mut short: Vec<String> =
            warnings.iter().take(MOST_WARNINGS).map(|warning| cut(warning, LONGEST_WARNING)).collect();
        if let more @ 1.. = warnings.len().saturating_sub(MOST_WARNINGS) {
            short.push(format!("and {more} more warnings"));
        }
        short
    }
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
