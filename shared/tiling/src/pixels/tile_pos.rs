//! The address of a tile, and the two ways in which WWT pyramids name their files.

/// The address of one tile of a pyramid.
///
/// ```
/// use skyfeed_tiling::pixels::TilePos;
///
/// let tile = TilePos { level: 3, x: 5, y: 2 };
/// assert_eq!(tile.toasty_path(), "3/2/2_5");
/// assert_eq!(tile.flat_name(), "L3X5Y2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePos {
    /// Level in the pyramid: 0 is the single tile at the top; level `n` is 2ⁿ tiles wide and high.
    pub level: u32,
    /// Column, from 0 at the left.
    pub x: u32,
    /// Row, from 0 at the top.
    pub y: u32,
}

impl TilePos {
    /// The path `level/y/y_x`, without extension: the URL template `{1}/{3}/{3}_{2}` of WTML, as in toasty's pyramids on disk.
    pub fn toasty_path(self) -> String {
        let Self { level, x, y } = self;
        format!("{level}/{y}/{y}_{x}")
    }

    /// The file name `LlevelXxYy`, without extension: the URL template `L{1}X{2}Y{3}` of WTML, as in toasty's feeds.
    pub fn flat_name(self) -> String {
        let Self { level, x, y } = self;
        format!("L{level}X{x}Y{y}")
    }

    /// Reads such a name; `None` if it is none, or no tile can have it.
    ///
    /// ```
    /// use skyfeed_tiling::pixels::TilePos;
    ///
    /// assert_eq!(TilePos::from_flat_name("L3X5Y2"), Some(TilePos { level: 3, x: 5, y: 2 }));
    /// assert_eq!(TilePos::from_flat_name("L3X8Y2"), None);
    /// ```
    pub fn from_flat_name(name: &str) -> Option<Self> {
        let (level, place) = name.strip_prefix('L')?.split_once('X')?;
        let (x, y) = place.split_once('Y')?;
        let tile = Self { level: level.parse().ok()?, x: x.parse().ok()?, y: y.parse().ok()? };
        let side = 1_u32.checked_shl(tile.level)?;
        // Only as it is written: no signs, no leading zeros.
        (tile.x < side && tile.y < side && tile.flat_name() == name).then_some(tile)
    }
}
