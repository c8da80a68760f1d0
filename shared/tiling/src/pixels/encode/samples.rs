//! The pixels of a tile in the smallest layout that holds them.

use std::{borrow::Cow, ops::Range};

use super::{
    super::{Channels, raster::Raster},
    filter::Filter,
};

/// What a pixel consists of in the file, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Gray,
    Rgb,
    GrayAlpha,
    Rgba,
}

impl Color {
    /// Bytes of one pixel.
    pub(super) fn step(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// The number of this colour type in PNG.
    pub(super) fn png_type(self) -> u8 {
        match self {
            Self::Gray => 0,
            Self::Rgb => 2,
            Self::GrayAlpha => 4,
            Self::Rgba => 6,
        }
    }
}

/// A square of samples as PNG has them.
pub(super) struct Samples<'a> {
    pub(super) color: Color,
    pub(super) side: usize,
    pub(super) bytes: Cow<'a, [u8]>,
}

impl<'a> Samples<'a> {
    /// Colour is left out where red, green and blue are the same in every pixel. Whether alpha is needed, the tile says.
    pub(super) fn of(tile: &'a Raster) -> Self {
        let bytes = tile.bytes();
        let (color, bytes) = match tile.channels() {
            Channels::Rgb => match gray(bytes.as_chunks().0, |[gray, ..]: [u8; 3]| [gray]) {
                Some(gray) => (Color::Gray, gray.into()),
                None => (Color::Rgb, bytes.into()),
            },
            Channels::Rgba => match gray(bytes.as_chunks().0, |[gray, _, _, alpha]: [u8; 4]| [gray, alpha]) {
                Some(gray) => (Color::GrayAlpha, gray.into()),
                None => (Color::Rgba, bytes.into()),
            },
        };
        Self { color, side: tile.side(), bytes }
    }

    /// The bytes of one row.
    pub(super) fn row_bytes(&self) -> usize {
        self.side * self.color.step()
    }

    /// All rows as they are compressed.
    pub(super) fn filtered(&self, filter: Filter) -> Vec<u8> {
        self.filtered_rows(filter, 0..self.side)
    }

    /// Some rows as they are compressed: each behind the number of its filter.
    ///
    /// The first row has none above it; unless it stays as it is, it is filtered from the left.
    pub(super) fn filtered_rows(&self, filter: Filter, rows: Range<usize>) -> Vec<u8> {
        let row_bytes = self.row_bytes();
        let row = |y: usize| &self.bytes[y * row_bytes..(y + 1) * row_bytes];
        let mut out = Vec::with_capacity(rows.len() * (row_bytes + 1));
        for y in rows {
            let filter = if y == 0 && filter != Filter::None { Filter::Sub } else { filter };
            out.push(filter as u8);
            filter.apply(self.color.step(), row(y.saturating_sub(1)), row(y), &mut out);
        }
        out
    }
}

/// The pixels without green and blue, if these never differ from red.
fn gray<const N: usize, const M: usize>(pixels: &[[u8; N]], without_color: fn([u8; N]) -> [u8; M]) -> Option<Vec<u8>> {
    // Many at a time, without a decision for each: a picture in gray is looked at as a whole.
    let differences =
        |pixels: &[[u8; N]]| pixels.iter().fold(0, |all, pixel| all | (pixel[0] ^ pixel[1]) | (pixel[1] ^ pixel[2]));
    let is_gray = pixels.chunks(32).all(|pixels| differences(pixels) == 0);
    is_gray.then(|| pixels.iter().map(|pixel| without_color(*pixel)).collect::<Vec<_>>().into_flattened())
}
