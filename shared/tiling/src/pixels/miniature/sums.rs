//! Sums over the last rows of an image. This is done for every pixel, so it is in the least types that do.

use std::ops::Range;

use super::Channels;

/// For each byte of a row, the sum over the last rows.
pub(super) struct RowSums {
    rows: usize,
    columns: Columns,
}

enum Columns {
    Opaque(Vec<[u16; 3]>),
    /// Colours times alpha, and alpha.
    Weighted(Vec<[u32; 4]>),
}

impl RowSums {
    /// As many rows of bytes as fit into 16 bits.
    pub(super) const MAX_ROWS: usize = (u16::MAX / u8::MAX as u16) as usize;

    pub(super) fn new(width: usize, channels: Channels) -> Self {
        let columns = match channels {
            Channels::Rgb => Columns::Opaque(vec![[0; 3]; width]),
            Channels::Rgba => Columns::Weighted(vec![[0; 4]; width]),
        };
        Self { rows: 0, columns }
    }

    /// Adds a row, one of at most [`MAX_ROWS`](Self::MAX_ROWS).
    pub(super) fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        match &mut self.columns {
            Columns::Opaque(sums) => {
                for (sum, value) in sums.as_flattened_mut().iter_mut().zip(row) {
                    *sum += u16::from(*value);
                }
            }
            Columns::Weighted(sums) => {
                for (sum, pixel) in sums.iter_mut().zip(row.as_chunks::<4>().0) {
                    let [red, green, blue, alpha] = pixel.map(u32::from);
                    let weighted = [red * alpha, green * alpha, blue * alpha, alpha];
                    sum.iter_mut().zip(weighted).for_each(|(sum, value)| *sum += value);
                }
            }
        }
    }

    /// The sums of red, green and blue in these columns, and the weight by which they are to be divided.
    pub(super) fn total(&self, columns: &Range<usize>) -> [u64; 4] {
        let mut totals = [0_u64; 4];
        match &self.columns {
            Columns::Opaque(sums) => {
                for sum in &sums[columns.clone()] {
                    totals.iter_mut().zip(sum).for_each(|(total, sum)| *total += u64::from(*sum));
                }
                totals[3] = (self.rows * columns.len()) as u64;
            }
            Columns::Weighted(sums) => {
                for sum in &sums[columns.clone()] {
                    totals.iter_mut().zip(sum).for_each(|(total, sum)| *total += u64::from(*sum));
                }
            }
        }
        totals
    }

    pub(super) fn clear(&mut self) {
        self.rows = 0;
        match &mut self.columns {
            Columns::Opaque(sums) => sums.fill([0; 3]),
            Columns::Weighted(sums) => sums.fill([0; 4]),
        }
    }

    /// The number of rows in the sums.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }
}
