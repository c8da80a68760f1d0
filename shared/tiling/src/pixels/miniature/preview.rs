//! The picture that stands for a study where there is more room than for a thumbnail.

use super::{
    Miniature, PixelError, Size,
    crop::{Crop, scaled},
    jpeg_of,
};

/// The most pixels of the longest side.
const SIDE_PX: u32 = 480;
const JPEG_QUALITY: f32 = 85.0;

/// An RGB picture of the whole study whose longest side has 480 pixels, never enlarged.
///
/// There is no alpha: what is partly transparent keeps its colour, what is wholly transparent is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Width in pixels, 1 to 480.
    pub width: u32,
    /// Height in pixels, 1 to 480.
    pub height: u32,
    /// Three bytes a pixel, rows from the top down.
    pub rgb: Vec<u8>,
}

impl Preview {
    /// The preview as a JPEG file of quality 85 with 4:2:0 chroma.
    ///
    /// ```
    /// use skyfeed_tiling::pixels::Preview;
    ///
    /// let file = Preview { width: 2, height: 1, rgb: vec![0, 0, 0, 255, 255, 255] }.to_jpeg()?;
    /// assert!(file.starts_with(b"\xff\xd8"));
    /// # Ok::<(), skyfeed_tiling::pixels::PixelError>(())
    /// ```
    ///
    /// # Errors
    /// [`PixelError::Parameter`] if `rgb` has not three bytes for each pixel, or `width` or `height` is 0; [`PixelError::Io`] if it is too large for JPEG.
    pub fn to_jpeg(&self) -> Result<Vec<u8>, PixelError> {
        jpeg_of(self.width, self.height, &self.rgb, JPEG_QUALITY)
    }
}

impl From<Miniature> for Preview {
    fn from(Miniature { size: Size { width, height }, rgb }: Miniature) -> Self {
        Self { width, height, rgb }
    }
}

/// All of `displayed`.
pub(super) fn crop(displayed: Size) -> Crop {
    let Size { width, height } = displayed;
    let longest = width.max(height);
    let fitted = |length: u32| if longest <= SIDE_PX { length } else { scaled(length, SIDE_PX, longest) };
    let target = Size { width: fitted(width), height: fitted(height) };
    // More would not be seen at this size, and take four times the memory.
    Crop { left: 0, top: 0, size: displayed, target, reducing_gap: 1 }
}
