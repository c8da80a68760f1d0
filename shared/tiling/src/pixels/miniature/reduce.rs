//! Makes one miniature out of sums of rows.

use std::ops::Range;

use super::{Miniature, Orientation, Size, crop::Crop, resample::resample, sums::RowSums};

/// Averages whole blocks of pixels until the crop is a few times as large as the miniature, and resamples the
/// small picture when the last row has come. Pillow goes the same way (`reducing_gap`).
pub(super) struct Reducer {
    crop: Crop,
    orientation: Orientation,
    /// Pixels of the displayed picture in a block, across and down.
    block: Size,
    /// Columns and rows of the stored image, block by block.
    columns: Vec<Range<usize>>,
    rows: Vec<Range<usize>>,
    /// Of the present blocks: colours, and the weight by which they are to be divided.
    sums: Vec<[u64; 4]>,
    blocks: Vec<[u8; 3]>,
}

impl Reducer {
    pub(super) fn new(crop: Crop, stored: Size, orientation: Orientation) -> Self {
        let displayed = orientation.displayed_size(stored);
        let factor = |length: u32, target: u32| (length / (crop.reducing_gap * target)).max(1);
        let block = Size {
            width: factor(crop.size.width, crop.target.width),
            height: factor(crop.size.height, crop.target.height),
        };
        let x = blocks(crop.left, crop.size.width, block.width, orientation.flips_x().then_some(displayed.width));
        let y = blocks(crop.top, crop.size.height, block.height, orientation.flips_y().then_some(displayed.height));
        let (columns, rows) = if orientation.swaps_axes() { (y, x) } else { (x, y) };
        let sums = vec![[0; 4]; columns.len()];
        Self { crop, orientation, block, columns, rows, sums, blocks: Vec::new() }
    }

    /// The rows of the present blocks, or `None` after the last.
    fn block_rows(&self) -> Option<&Range<usize>> {
        self.rows.get(self.blocks.len() / self.columns.len())
    }

    /// The row, after `row`, before which the sums of rows must end, so that they are of whole blocks or of parts of one.
    pub(super) fn next_end(&self, row: usize) -> Option<usize> {
        self.block_rows().map(|rows| if row < rows.start { rows.start } else { rows.end })
    }

    /// Takes sums of rows that end before `end`.
    pub(super) fn take(&mut self, sums: &RowSums, end: usize) {
        let Some(rows) = self.block_rows().filter(|rows| rows.contains(&(end - sums.rows()))) else { return };
        let is_last = end == rows.end;
        for (present, columns) in self.sums.iter_mut().zip(&self.columns) {
            present.iter_mut().zip(sums.total(columns)).for_each(|(sum, total)| *sum += total);
        }
        if is_last {
            self.blocks.extend(self.sums.iter_mut().map(|sum| mean(std::mem::take(sum))));
        }
    }

    /// The miniature, after the last row.
    pub(super) fn finish(self) -> Miniature {
        let stored = Size { width: self.columns.len() as u32, height: self.rows.len() as u32 };
        let displayed = self.orientation.turn_pixels(&self.blocks, stored);
        let Crop { size, target, .. } = self.crop;
        // The last block may be narrower than the others, so the crop need not end where the reduced picture does.
        let span = (
            f64::from(size.width) / f64::from(self.block.width),
            f64::from(size.height) / f64::from(self.block.height),
        );
        let rgb = resample(&displayed, self.orientation.displayed_size(stored), span, target);
        Miniature { size: target, rgb: rgb.into_flattened() }
    }
}

/// Halves are rounded up; what weighs nothing is black.
fn mean([red, green, blue, weight]: [u64; 4]) -> [u8; 3] {
    [red, green, blue].map(|total| (total + weight / 2).checked_div(weight).unwrap_or(0) as u8)
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
