//! The eight ways to turn and flip a picture.

/// How stored pixels are turned for display, by the numbers of EXIF and TIFF tag 274.
///
/// Source: Exif 2.32, tag `Orientation`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Orientation {
    /// Stored as displayed.
    #[default]
    Normal = 1,
    /// Mirrored left to right.
    FlipHorizontal = 2,
    /// Turned by half a turn.
    Rotate180 = 3,
    /// Mirrored top to bottom.
    FlipVertical = 4,
    /// Mirrored at the diagonal from top left to bottom right.
    Transpose = 5,
    /// To be turned clockwise by a quarter.
    Rotate90 = 6,
    /// Mirrored at the diagonal from top right to bottom left.
    Transverse = 7,
    /// To be turned counter-clockwise by a quarter.
    Rotate270 = 8,
}

impl Orientation {
    /// The orientation of an EXIF number, or `None` outside 1 to 8.
    pub fn from_exif(number: u32) -> Option<Self> {
        use Orientation::{
            FlipHorizontal, FlipVertical, Normal, Rotate90, Rotate180, Rotate270, Transpose, Transverse,
        };
        [Normal, FlipHorizontal, Rotate180, FlipVertical, Transpose, Rotate90, Transverse, Rotate270]
            .into_iter()
            .find(|orientation| *orientation as u32 == number)
    }

    /// Whether width and height change places.
    pub fn swaps_axes(self) -> bool {
        self as u8 >= 5
    }
}
