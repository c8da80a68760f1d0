//! Gathers a thumbnail while the rows of an image pass by.
//!
//! The pixels come from the rows and not from a level of the pyramid, where those at the border of the picture, which a
//! thumbnail shows, are mixed with the transparent padding.

use std::ops::Range;

use super::{Orientation, Size, Thumbnail, crop::Crop, resample::resample};
use crate::pixels::Channels;

/// Averages whole blocks of pixels until the crop is two to four times as large as the thumbnail, and resamples the
/// small picture when the last row has come. Pillow goes the same way (`reducing_gap=2`).
pub(in crate::pixels) struct ThumbnailReducer {
    crop: Crop,
    orientation: Orientation,
    channels: Channels,
    /// Pixels of the displayed picture in a block, across and down.
    block: Size,
    /// Columns and rows of the stored image, block by block.
    columns: Vec<Range<usize>>,
    rows: Vec<Range<usize>>,
    next_row: usize,
    /// Sums over the rows of the present blocks, for each byte of the cropped row; colours are weighted by their alpha.
    sums: Vec<u64>,
    /// The same for the last few rows of an opaque picture, in the least type: this is done for every pixel.
    recent_sums: Vec<u16>,
    recent_rows: u32,
    blocks: Vec<[u8; 3]>,
}

/// As many rows of bytes as fit into 16 bits.
const MAX_RECENT_ROWS: u32 = (u16::MAX / u8::MAX as u16) as u32;

impl ThumbnailReducer {
    pub(in crate::pixels) fn new(stored: Size, channels: Channels, orientation: Orientation) -> Self {
        let displayed = orientation.displayed_size(stored);
        let crop = Crop::new(displayed);
        let factor = |length: u32, target: u32| (length / (2 * target)).max(1);
        let block = Size {
            width: factor(crop.size.width, crop.target.width),
            height: factor(crop.size.height, crop.target.height),
        };
        let x = blocks(crop.left, crop.size.width, block.width, orientation.flips_x().then_some(displayed.width));
        let y = blocks(crop.top, crop.size.height, block.height, orientation.flips_y().then_some(displayed.height));
        let (columns, rows) = if orientation.swaps_axes() { (y, x) } else { (x, y) };
        let sums = vec![0; columns.iter().map(Range::len).sum::<usize>() * channels.bytes_per_pixel()];
        let recent_sums = vec![0; sums.len()];
        Self {
            crop,
            orientation,
            channels,
            block,
            columns,
            rows,
            next_row: 0,
            sums,
            recent_sums,
            recent_rows: 0,
            blocks: Vec::new(),
        }
    }

    /// Takes the next row of the stored image.
    pub(in crate::pixels) fn push_row(&mut self, row: &[u8]) {
        let y = self.next_row;
        self.next_row += 1;
        let rows_done = self.blocks.len() / self.columns.len();
        let Some(block_rows) = self.rows.get(rows_done).filter(|rows| rows.contains(&y)).cloned() else { return };
        let cropped = &row[self.columns[0].start * self.channels.bytes_per_pixel()..];
        match self.channels {
            Channels::Rgb => {
                for (sum, value) in self.recent_sums.iter_mut().zip(cropped) {
                    *sum += u16::from(*value);
                }
                self.recent_rows += 1;
                if self.recent_rows == MAX_RECENT_ROWS {
                    self.add_recent();
                }
            }
            Channels::Rgba => {
                for (sum, pixel) in self.sums.as_chunks_mut::<4>().0.iter_mut().zip(cropped.as_chunks::<4>().0) {
                    let [red, green, blue, alpha] = pixel.map(u64::from);
                    let weighted = [red * alpha, green * alpha, blue * alpha, alpha];
                    sum.iter_mut().zip(weighted).for_each(|(sum, value)| *sum += value);
                }
            }
        }
        if y + 1 == block_rows.end {
            self.finish_blocks(block_rows.len());
        }
    }

    fn add_recent(&mut self) {
        for (sum, recent) in self.sums.iter_mut().zip(&mut self.recent_sums) {
            *sum += u64::from(std::mem::take(recent));
        }
        self.recent_rows = 0;
    }

    fn finish_blocks(&mut self, row_count: usize) {
        self.add_recent();
        let mut pixels = self.sums.chunks_exact(self.channels.bytes_per_pixel());
        for columns in &self.columns {
            let mut totals = [0_u64; 4];
            for pixel in pixels.by_ref().take(columns.len()) {
                for (total, sum) in totals.iter_mut().zip(pixel) {
                    *total += *sum;
                }
            }
            let [red, green, blue, alpha] = totals;
            let weight = match self.channels {
                Channels::Rgb => (columns.len() * row_count) as u64,
                Channels::Rgba => alpha,
            };
            let mean = |total: u64| (total + weight / 2).checked_div(weight).unwrap_or(0) as u8;
            self.blocks.push([mean(red), mean(green), mean(blue)]);
        }
        self.sums.fill(0);
    }

    /// The thumbnail, after the last row.
    pub(in crate::pixels) fn finish(self) -> Thumbnail {
        let stored = Size { width: self.columns.len() as u32, height: self.rows.len() as u32 };
        let displayed = self.orientation.turn_pixels(&self.blocks, stored);
        let Crop { size, target, .. } = self.crop;
        // The last block may be narrower than the others, so the crop need not end where the reduced picture does.
        let span = (
            f64::from(size.width) / f64::from(self.block.width),
            f64::from(size.height) / f64::from(self.block.height),
        );
        let rgb = resample(&displayed, self.orientation.displayed_size(stored), span, target);
        Thumbnail { width: target.width, height: target.height, rgb: rgb.into_flattened() }
    }
}

/// Cuts `length` pixels from `start` on into blocks, beginning at the displayed start, and gives them in stored order.
/// `mirror` is the length of the whole axis if it is flipped.
fn blocks(start: u32, length: u32, block: u32, mirror: Option<u32>) -> Vec<Range<usize>> {
    let displayed = (0..length.div_ceil(block)).map(|index| {
        let offset = index * block;
        (start + offset, start + length.min(offset.saturating_add(block)))
    });
    match mirror {
        None => displayed.map(|(from, to)| from as usize..to as usize).collect(),
        Some(whole) => displayed.rev().map(|(from, to)| (whole - to) as usize..(whole - from) as usize).collect(),
    }
}
