//! Bounds on what a file may ask for, checked before anything is allocated.

/// What a single image may cost. A file beyond a limit is refused with [`PixelError::Limit`](super::PixelError::Limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Width times height, in pixels.
    pub max_pixels: u64,
    /// Width or height, in pixels.
    pub max_side: u32,
    /// Memory for what cannot be streamed (progressive JPEG, interlaced PNG, one TIFF strip or tile), in bytes.
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
