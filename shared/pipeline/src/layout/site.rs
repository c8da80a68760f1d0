//! Keys of the site store.

use skyfeed_tiling::pixels::TileFormat;

use super::{INDEX, INDEX_REL, THUMBNAIL};
use crate::{config::SiteLayout, id::ImageId, names::Pixels};

/// Everything of one image.
pub fn folder(id: &ImageId) -> String {
    format!("{id}/")
}

/// The image's WTML with absolute URLs, written after everything that it names.
pub fn index(id: &ImageId) -> String {
    format!("{id}/{INDEX}")
}

/// The image's WTML with relative URLs.
pub fn index_rel(id: &ImageId) -> String {
    format!("{id}/{INDEX_REL}")
}

/// Never process this id.
pub fn skip_flag(id: &ImageId) -> String {
    format!("{id}/skip.flag")
}

/// Whether a key relative to an image's folder belongs to some pyramid in either layout: a tile, or a tile or thumbnail in a folder of pixels. What else is there
/// is not ours to delete.
pub fn is_of_pixels(name: &str) -> bool {
    match name.split_once('/') {
        Some((folder, name)) => folder.parse::<Pixels>().is_ok() && (is_tile(name) || name == THUMBNAIL),
        None => is_tile(name),
    }
}

/// Whether a name is of the form `L{level}X{x}Y{y}`, with the extension of a tile.
fn is_tile(name: &str) -> bool {
    let numbers = || {
        let (name, extension) = name.rsplit_once('.')?;
        extension.parse::<TileFormat>().ok()?;
        let (level, place) = name.strip_prefix('L')?.split_once('X')?;
        let (x, y) = place.split_once('Y')?;
        Some([level, x, y])
    };
    numbers().is_some_and(|numbers| numbers.iter().all(|number| number.parse::<u32>().is_ok()))
}

/// What stands before the tiles' names in the image's folder: nothing in toasty's layout, else the name of the pixels.
pub fn tile_prefix(layout: SiteLayout, pixels: &Pixels) -> String {
    match layout {
        SiteLayout::Skyfeed => format!("{pixels}/"),
        SiteLayout::Toasty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn files_of_others_are_not_taken_for_tiles() {
        for name in ["L0X0Y0.png", "L12X4095Y7.png", "L3X2Y1.jpg", "0123456789abcdef/thumb.jpg"] {
            assert!(super::is_of_pixels(name), "{name}");
        }
        for name in [
            "index.wtml",
            "skip.flag",
            "LOGO.png",
            "L0X0Y.png",
            "notes/L0X0Y0.png",
            "L0X0Y0.fits",
            "thumb.jpg",
            "0123456789abcdef/notes.txt",
        ] {
            assert!(!super::is_of_pixels(name), "{name}");
        }
    }
}
