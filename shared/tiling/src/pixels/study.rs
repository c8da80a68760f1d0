//! Where a picture lies in the square of its pyramid.

use std::ops::Range;

use super::{Orientation, PixelError, Size};

/// Side of a tile in pixels.
pub const TILE_SIDE_PX: u32 = 256;

/// A picture centred in a padded square, whose side is the smallest 256·2ⁿ pixels that hold it.
///
/// The offsets are rounded down, and `n` is the deepest level of the pyramid: the rules of toasty's studies.
///
/// ```
/// use skyfeed_tiling::pixels::{Size, Study};
///
/// let study = Study::new(Size { width: 513, height: 257 });
/// assert_eq!(study.padded_side_px(), 1024);
/// assert_eq!(study.tile_levels(), 2);
/// assert_eq!((study.left_px(), study.top_px()), (255, 383));
/// assert_eq!(study.tiles(2).x, 0..3);
/// assert_eq!(study.tiles(2).y, 1..3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Study {
    size: Size,
    padded_side_px: u64,
    left_px: u32,
    top_px: u32,
}

/// A rectangle of tiles on one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileRange {
    /// The columns.
    pub x: Range<u32>,
    /// The rows.
    pub y: Range<u32>,
}

impl TileRange {
    /// The number of tiles.
    pub fn count(&self) -> u64 {
        self.x.len() as u64 * self.y.len() as u64
    }
}

impl Study {
    /// Centres a picture of `size`, as displayed (after any orientation).
    pub fn new(size: Size) -> Self {
        let padded_side_px = u64::from(size.width.max(size.height).max(TILE_SIDE_PX)).next_power_of_two();
        let margin = |length: u32| ((padded_side_px - u64::from(length)) / 2) as u32;
        Self { size, padded_side_px, left_px: margin(size.width), top_px: margin(size.height) }
    }

    /// The size of the picture.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The side of the padded square, in pixels.
    pub fn padded_side_px(&self) -> u64 {
        self.padded_side_px
    }

    /// The deepest level, which holds the picture at its full size; 0 if it fits in one tile.
    pub fn tile_levels(&self) -> u32 {
        (self.padded_side_px / u64::from(TILE_SIDE_PX)).ilog2()
    }

    /// Pixels of padding at the left of the picture.
    pub fn left_px(&self) -> u32 {
        self.left_px
    }

    /// Pixels of padding above the picture.
    pub fn top_px(&self) -> u32 {
        self.top_px
    }

    /// The tiles of `level` (0 to [`tile_levels`](Self::tile_levels)) that the picture touches.
    pub fn tiles(&self, level: u32) -> TileRange {
        let tile_span_px = u64::from(TILE_SIDE_PX) << self.tile_levels().saturating_sub(level);
        let covered = |start_px: u32, length_px: u32| {
            let end_px = u64::from(start_px) + u64::from(length_px);
            (u64::from(start_px) / tile_span_px) as u32..end_px.div_ceil(tile_span_px) as u32
        };
        TileRange { x: covered(self.left_px, self.size.width), y: covered(self.top_px, self.size.height) }
    }

    /// The number of tiles that the picture touches on all levels. Wholly transparent ones among them are not written.
    pub fn tile_count(&self) -> u64 {
        (0..=self.tile_levels()).map(|level| self.tiles(level).count()).sum()
    }

    /// The same placement as seen from the stored pixels, before `orientation` turns them for display.
    ///
    /// The square, its tiles and the 2×2 blocks of the cascade map to themselves under every orientation, so the stored
    /// picture can be cut as it comes. Only its margins depend on the orientation: where the padding is odd, the
    /// displayed picture has the smaller margin at the left and top, and a flip brings the larger one there.
    pub(super) fn as_stored(&self, orientation: Orientation) -> Self {
        let far_margin = |near: u32, length: u32| (self.padded_side_px - u64::from(near) - u64::from(length)) as u32;
        let Size { width, height } = self.size;
        let left_px = if orientation.flips_x() { far_margin(self.left_px, width) } else { self.left_px };
        let top_px = if orientation.flips_y() { far_margin(self.top_px, height) } else { self.top_px };
        let unflipped = Self { left_px, top_px, ..*self };
        if !orientation.swaps_axes() {
            return unflipped;
        }
        Self { size: orientation.displayed_size(self.size), left_px: top_px, top_px: left_px, ..unflipped }
    }
}

/// Refuses an image of no width or no height.
pub(super) fn require_pixels(size: Size) -> Result<Size, PixelError> {
    let Size { width, height } = size;
    if width == 0 || height == 0 {
        return Err(PixelError::Parameter(format!("an image of {width}×{height} pixels cannot be tiled")));
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        width: u32,
        height: u32,
        p2n: u64,
        tile_levels: u32,
        img_gx0: u32,
        img_gy0: u32,
        n_populated: u64,
        /// level, x, y, width, height, image_x, image_y, tile_x, tile_y; at most the first 40.
        populated: Vec<[u32; 9]>,
    }

    #[test]
    fn studies_lie_in_their_squares_as_in_toasty() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/vectors/study_tiling.json");
        let vectors: Vectors = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert!(!vectors.cases.is_empty());
        for case in vectors.cases {
            let study = Study::new(Size { width: case.width, height: case.height });
            assert_eq!(study.padded_side_px(), case.p2n);
            assert_eq!(study.tile_levels(), case.tile_levels);
            assert_eq!((study.left_px(), study.top_px()), (case.img_gx0, case.img_gy0));
            let range = study.tiles(case.tile_levels);
            assert_eq!(range.count(), case.n_populated);
            let tiles: BTreeSet<_> = range.y.flat_map(|y| range.x.clone().map(move |x| (y, x))).take(40).collect();
            let populated: BTreeSet<_> = case.populated.iter().map(|[_, x, y, ..]| (*y, *x)).collect();
            assert_eq!(tiles, populated, "{}×{}", case.width, case.height);
        }
    }

    #[test]
    fn tiles_of_all_levels_count() {
        let study = Study::new(Size { width: 513, height: 257 });
        assert_eq!(study.tile_count(), 3 * 2 + 2 * 2 + 1);
    }

    #[test]
    fn the_largest_sizes_have_a_place() {
        let study = Study::new(Size { width: u32::MAX, height: 1 });
        assert_eq!(study.padded_side_px(), 1 << 32);
        assert_eq!(study.tiles(study.tile_levels()).x, 0..1 << 24);
    }

    #[test]
    fn a_flip_moves_odd_padding_to_the_other_side() {
        let study = Study::new(Size { width: 257, height: 300 });
        let stored = study.as_stored(Orientation::Rotate90);
        assert_eq!(stored.size(), Size { width: 300, height: 257 });
        assert_eq!((study.left_px(), study.top_px()), (127, 106));
        assert_eq!((stored.left_px(), stored.top_px()), (106, 128));
    }
}
