//! The small picture that stands for a study in lists.

use super::{
    Gathering, Miniature, Orientation, PixelError, RowSource, Size,
    crop::{Crop, FRAME},
    jpeg_of, require_pixels,
};

const JPEG_QUALITY: f32 = 75.0;

/// A small RGB picture of at most 96×45 pixels: the middle of the study, cut to that shape and never enlarged.
///
/// There is no alpha: what is partly transparent keeps its colour, what is wholly transparent is black.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width in pixels, 1 to 96.
    pub width: u32,
    /// Height in pixels, 1 to 45.
    pub height: u32,
    /// Three bytes a pixel, rows from the top down.
    pub rgb: Vec<u8>,
}

impl Thumbnail {
    /// A black picture of the full size, for a study without a thumbnail of its own.
    pub fn placeholder() -> Self {
        let Size { width, height } = FRAME;
        Self { width, height, rgb: vec![0; 3 * width as usize * height as usize] }
    }

    /// The thumbnail as a JPEG file of quality 75 with 4:2:0 chroma, as WWT's feeds have it.
    ///
    /// ```
    /// use skyfeed_tiling::pixels::Thumbnail;
    ///
    /// let file = Thumbnail::placeholder().to_jpeg()?;
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

impl From<Miniature> for Thumbnail {
    fn from(Miniature { size: Size { width, height }, rgb }: Miniature) -> Self {
        Self { width, height, rgb }
    }
}

/// The thumbnail of an image alone, read to its end without making tiles.
///
/// # Errors
/// Those of `rows`, and [`PixelError::Parameter`] for an image without pixels.
pub fn make_thumbnail(rows: &mut dyn RowSource, orientation: Orientation) -> Result<Thumbnail, PixelError> {
    let Size { width, height } = require_pixels(rows.size())?;
    let crop = Crop::of_thumbnail(orientation.displayed_size(rows.size()));
    let mut thumbnail = Gathering::new([crop], rows.size(), rows.channels(), orientation);
    let mut row = vec![0; width as usize * rows.channels().bytes_per_pixel()];
    for _ in 0..height {
        rows.read_rows(&mut row)?;
        thumbnail.push_row(&row);
    }
    let [thumbnail] = thumbnail.finish();
    Ok(thumbnail.into())
}
