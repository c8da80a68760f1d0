//! Small pictures of a study, gathered while the rows of its image pass by.
//!
//! The pixels come from the rows and not from a level of the pyramid, where those at the border of the picture, which a
//! miniature shows, are mixed with the transparent padding.

mod crop;
mod preview;
mod reduce;
mod resample;
mod sums;
mod thumbnail;

pub use preview::Preview;
pub use thumbnail::{Thumbnail, make_thumbnail};

use super::{Channels, Orientation, PixelError, RowSource, Size, encode::jpeg::jpeg_file, study::require_pixels};
use crop::Crop;
use reduce::Reducer;
use sums::RowSums;

/// Makes both miniatures of an image. Its rows are summed once for the two.
pub(super) struct Miniatures {
    gathering: Gathering<2>,
}

impl Miniatures {
    pub(super) fn new(stored: Size, channels: Channels, orientation: Orientation) -> Self {
        let displayed = orientation.displayed_size(stored);
        let crops = [Crop::of_thumbnail(displayed), preview::crop(displayed)];
        Self { gathering: Gathering::new(crops, stored, channels, orientation) }
    }

    /// Takes the next row of the stored image.
    pub(super) fn push_row(&mut self, row: &[u8]) {
        self.gathering.push_row(row);
    }

    /// The miniatures, after the last row.
    pub(super) fn finish(self) -> (Thumbnail, Preview) {
        let [thumbnail, preview] = self.gathering.finish();
        (thumbnail.into(), preview.into())
    }
}

/// Pixels of three bytes, rows from the top down.
struct Miniature {
    size: Size,
    rgb: Vec<u8>,
}

fn jpeg_of(width: u32, height: u32, rgb: &[u8], quality: f32) -> Result<Vec<u8>, PixelError> {
    let expected = 3 * u128::from(width) * u128::from(height);
    if expected == 0 || rgb.len() as u128 != expected {
        let problem = format!("a picture of {width}×{height} pixels cannot have {} bytes", rgb.len());
        return Err(PixelError::Parameter(problem));
    }
    jpeg_file(rgb, Size { width, height }, quality)
}

/// Sums rows until one of the reducers is at the end of its blocks, and gives the sums to all.
struct Gathering<const N: usize> {
    reducers: [Reducer; N],
    sums: RowSums,
    next_row: usize,
    /// The row before which the sums are given; `None` if nobody needs more rows.
    give_at: Option<usize>,
}

impl<const N: usize> Gathering<N> {
    fn new(crops: [Crop; N], stored: Size, channels: Channels, orientation: Orientation) -> Self {
        let mut gathering = Self {
            reducers: crops.map(|crop| Reducer::new(crop, stored, orientation)),
            sums: RowSums::new(stored.width as usize, channels),
            next_row: 0,
            give_at: None,
        };
        gathering.give_at = gathering.next_end();
        gathering
    }

    fn push_row(&mut self, row: &[u8]) {
        if self.give_at.is_none() {
            return;
        }
        self.sums.add(row);
        self.next_row += 1;
        if self.give_at == Some(self.next_row) {
            for reducer in &mut self.reducers {
                reducer.take(&self.sums, self.next_row);
            }
            self.sums.clear();
            self.give_at = self.next_end();
        }
    }

    fn finish(self) -> [Miniature; N] {
        self.reducers.map(Reducer::finish)
    }

    fn next_end(&self) -> Option<usize> {
        let end = self.reducers.iter().filter_map(|reducer| reducer.next_end(self.next_row)).min()?;
        Some(end.min(self.next_row + RowSums::MAX_ROWS))
    }
}
