//! Bounds on what a file may ask for, checked before anything is allocated.

use super::{PixelError, Size};

/// What a single image may cost. A file beyond a limit is refused with [`PixelError::Limit`](super::PixelError::Limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Width times height, in pixels.
    pub max_pixels: u64,
    /// Width or height, in pixels.
    pub max_side: u32,
    /// Memory for what cannot be streamed (progressive JPEG, interlaced PNG, a row of TIFF tiles), in bytes.
    pub max_buffer_bytes: u64,
    /// Size of one embedded ICC profile or XMP packet, in bytes.
    pub max_metadata_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 4_000_000_000,
            max_side: 250_000,
            max_buffer_bytes: 2_000_000_000,
            max_metadata_bytes: 16_000_000,
        }
    }
}

impl Limits {
    pub(crate) fn check_size(&self, size: Size) -> Result<(), PixelError> {
        check("pixels on a side", u64::from(size.width.max(size.height)), u64::from(self.max_side))?;
        check("pixels", u64::from(size.width) * u64::from(size.height), self.max_pixels)
    }

    pub(crate) fn check_buffer(&self, what: &'static str, bytes: u64) -> Result<(), PixelError> {
        check(what, bytes, self.max_buffer_bytes)
    }

    pub(crate) fn check_metadata(&self, what: &'static str, bytes: u64) -> Result<(), PixelError> {
        check(what, bytes, self.max_metadata_bytes as u64)
    }
}

fn check(what: &'static str, asked: u64, allowed: u64) -> Result<(), PixelError> {
    if asked > allowed { Err(PixelError::Limit { what, asked, allowed }) } else { Ok(()) }
}
