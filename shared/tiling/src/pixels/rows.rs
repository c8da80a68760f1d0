//! The one way by which pixels reach the pyramid: rows, top down, in the order of the file.

use super::PixelError;
use crate::Warning;

/// The size of an image in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Number of columns, at least 1.
    pub width: u32,
    /// Number of rows, at least 1.
    pub height: u32,
}

/// What a pixel of a [`RowSource`] consists of; 8 bits a channel, sRGB, straight alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Red, green, blue; the image is opaque.
    Rgb,
    /// Red, green, blue, alpha; colour under alpha 0 is kept as the file has it.
    Rgba,
}

impl Channels {
    /// Bytes of one pixel: 3 or 4.
    pub const fn bytes_per_pixel(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// An image that is being decoded, row by row.
pub trait RowSource: Send {
    /// The size of the whole image as stored in the file (after cropping, before any orientation).
    fn size(&self) -> Size;

    /// The layout of every row.
    fn channels(&self) -> Channels;

    /// Fills `rows`, a whole number of rows without padding, with the next rows.
    ///
    /// The caller never asks for more rows than are left.
    ///
    /// # Errors
    /// The file is damaged or ends early, or reading it failed.
    fn read_rows(&mut self, rows: &mut [u8]) -> Result<(), PixelError>;

    /// Hands over the remarks that came up while reading, such as faults in the data that were passed over.
    ///
    /// Complete after the last row.
    fn take_warnings(&mut self) -> Vec<Warning> {
        Vec::new()
    }
}
