//! Rows as the formats store them: 8 bits a sample, but not yet RGB.

use crate::{Warning, pixels::PixelError};

/// What a sample row consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pixels) struct Layout {
    pub(in crate::pixels) color: Color,
    /// Whether a sample of straight alpha follows the colour.
    pub(in crate::pixels) alpha: bool,
}

/// The colour model of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pixels) enum Color {
    Gray,
    Rgb,
    /// Ink amounts: 255 is full ink.
    Cmyk,
}

impl Layout {
    pub(super) const fn new(color: Color, alpha: bool) -> Self {
        Self { color, alpha }
    }

    pub(super) const fn samples(self) -> usize {
        self.color.samples() + self.alpha as usize
    }
}

impl Color {
    pub(super) const fn samples(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }
}

/// The rows of an image file, top down.
pub(super) trait Scanlines: Send {
    /// Fills `row` (image width × samples bytes) with the next row.
    fn read_row(&mut self, row: &mut [u8]) -> Result<(), PixelError>;

    /// What the decoder passed over; complete after the last row.
    fn take_warnings(&mut self) -> Vec<Warning> {
        Vec::new()
    }
}

/// A zeroed buffer of a size that was checked against the limits; the machine may still not have it.
pub(super) fn buffer(bytes: usize) -> Result<Vec<u8>, PixelError> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).map_err(|_| PixelError::Io(std::io::ErrorKind::OutOfMemory.into()))?;
    buffer.resize(bytes, 0);
    Ok(buffer)
}
