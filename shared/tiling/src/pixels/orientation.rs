//! The eight ways to turn and flip a picture.

use super::{Size, TilePos};

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

    /// The size of the displayed picture, from that of the stored one.
    pub fn displayed_size(self, stored: Size) -> Size {
        if self.swaps_axes() { Size { width: stored.height, height: stored.width } } else { stored }
    }

    /// The orientation that turns the displayed picture back into the stored one.
    pub fn inverse(self) -> Self {
        match self {
            Self::Rotate90 => Self::Rotate270,
            Self::Rotate270 => Self::Rotate90,
            its_own_inverse => its_own_inverse,
        }
    }

    /// This orientation, and then the picture mirrored top to bottom: what coordinates that run bottom up need.
    pub fn then_flip_vertical(self) -> Self {
        match self {
            Self::Normal => Self::FlipVertical,
            Self::FlipHorizontal => Self::Rotate180,
            Self::Rotate180 => Self::FlipHorizontal,
            Self::FlipVertical => Self::Normal,
            Self::Transpose => Self::Rotate270,
            Self::Rotate90 => Self::Transverse,
            Self::Transverse => Self::Rotate90,
            Self::Rotate270 => Self::Transpose,
        }
    }

    /// Whether the displayed picture is mirrored left to right, after any exchange of the axes.
    pub(super) fn flips_x(self) -> bool {
        matches!(self, Self::FlipHorizontal | Self::Rotate180 | Self::Rotate90 | Self::Transverse)
    }

    /// Whether the displayed picture is mirrored top to bottom, after any exchange of the axes.
    pub(super) fn flips_y(self) -> bool {
        matches!(self, Self::Rotate180 | Self::FlipVertical | Self::Transverse | Self::Rotate270)
    }

    /// Where a tile of the stored square belongs in the displayed square.
    pub(super) fn turn_tile(self, stored: TilePos) -> TilePos {
        let last = (1 << stored.level) - 1;
        let (x, y) = if self.swaps_axes() { (stored.y, stored.x) } else { (stored.x, stored.y) };
        let flip = |flips: bool, at: u32| if flips { last - at } else { at };
        TilePos { level: stored.level, x: flip(self.flips_x(), x), y: flip(self.flips_y(), y) }
    }

    /// Turns the pixels of a picture for display.
    pub(super) fn turn_pixels<Pixel: Copy>(self, stored: &[Pixel], size: Size) -> Vec<Pixel> {
        let Size { width, height } = self.displayed_size(size);
        let mut displayed = Vec::with_capacity(stored.len());
        for y in 0..height {
            let y = if self.flips_y() { height - 1 - y } else { y };
            displayed.extend((0..width).map(|x| {
                let x = if self.flips_x() { width - 1 - x } else { x };
                let (column, row) = if self.swaps_axes() { (y, x) } else { (x, y) };
                stored[row as usize * size.width as usize + column as usize]
            }));
        }
        displayed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ab` over `cd` over `ef`, by the definitions of Exif 2.32: where the stored first row and first column appear.
    #[test]
    fn pixels_turn_as_exif_defines() {
        let stored = Size { width: 2, height: 3 };
        let displayed = ["abcdef", "badcfe", "fedcba", "efcdab", "acebdf", "ecafdb", "fdbeca", "bdface"];
        for (number, displayed) in (1..).zip(displayed) {
            let orientation = Orientation::from_exif(number).unwrap();
            assert_eq!(orientation.turn_pixels(b"abcdef", stored), displayed.as_bytes(), "{orientation:?}");
        }
    }

    #[test]
    fn orientations_are_undone_and_followed_by_a_flip() {
        let size = Size { width: 2, height: 3 };
        for number in 1..=8 {
            let orientation = Orientation::from_exif(number).unwrap();
            let (displayed, displayed_size) =
                (orientation.turn_pixels(b"abcdef", size), orientation.displayed_size(size));
            assert_eq!(orientation.inverse().turn_pixels(&displayed, displayed_size), b"abcdef", "{orientation:?}");
            let flipped = Orientation::FlipVertical.turn_pixels(&displayed, displayed_size);
            assert_eq!(orientation.then_flip_vertical().turn_pixels(b"abcdef", size), flipped, "{orientation:?}");
        }
    }

    #[test]
    fn tiles_turn_as_the_pixels_of_a_picture_of_one_pixel_a_tile() {
        let side = Size { width: 4, height: 4 };
        let addresses: Vec<u8> = (0..16).collect();
        for number in 1..=8 {
            let orientation = Orientation::from_exif(number).unwrap();
            let turned = orientation.turn_pixels(&addresses, side);
            for y in 0..4 {
                for x in 0..4 {
                    let at = orientation.turn_tile(TilePos { level: 2, x, y });
                    assert_eq!(u32::from(turned[(at.y * 4 + at.x) as usize]), y * 4 + x, "{orientation:?}");
                }
            }
        }
    }
}
