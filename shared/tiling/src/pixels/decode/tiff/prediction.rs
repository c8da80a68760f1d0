//! The horizontal predictor (TIFF 6.0, section 14): samples stored as differences to the pixel at their left.

use super::directory::ByteOrder;

#[derive(Clone, Copy)]
pub(super) struct Prediction {
    /// Whether a sample has 16 bits, not 8.
    pub(super) wide: bool,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) order: ByteOrder,
}

impl Prediction {
    /// Turns the differences of one row of a strip or tile into samples.
    pub(super) fn undo(self, row: &mut [u8]) {
        match (self.wide, self.order) {
            (false, _) => {
                for at in self.samples..row.len() {
                    row[at] = row[at].wrapping_add(row[at - self.samples]);
                }
            }
            (true, ByteOrder::Little) => undo_wide(row, self.samples, u16::from_le_bytes, u16::to_le_bytes),
            (true, ByteOrder::Big) => undo_wide(row, self.samples, u16::from_be_bytes, u16::to_be_bytes),
        }
    }
}

fn undo_wide(row: &mut [u8], samples: usize, to_number: impl Fn([u8; 2]) -> u16, to_bytes: impl Fn(u16) -> [u8; 2]) {
    let row = row.as_chunks_mut::<2>().0;
    for at in samples..row.len() {
        row[at] = to_bytes(to_number(row[at]).wrapping_add(to_number(row[at - samples])));
    }
}
