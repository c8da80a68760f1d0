//! Cuts the rows of an image into rows of tiles.

use std::ops::Range;

use super::{Channels, PixelError, RowSource, Size, Study, raster::Raster, study::TILE_SIDE_PX};

/// One row of tiles of the deepest level, in the stored square.
pub(super) struct Strip {
    pub(super) tile_y: u32,
    /// One tile for each column of tiles that the image touches.
    pub(super) tiles: Vec<Raster>,
}

/// Reads an image from top to bottom, one strip of tiles at a time, and shows every row to `watch_row` on the way.
pub(super) struct StripReader<'a, F> {
    rows: &'a mut dyn RowSource,
    placed: Study,
    next_row: u32,
    row: Vec<u8>,
    watch_row: F,
}

impl<'a, F: FnMut(&[u8])> StripReader<'a, F> {
    /// Starts at the top of an image that is `placed` in the stored square.
    pub(super) fn new(rows: &'a mut dyn RowSource, placed: Study, watch_row: F) -> Self {
        let row = vec![0; placed.size().width as usize * rows.channels().bytes_per_pixel()];
        Self { rows, placed, next_row: 0, row, watch_row }
    }

    /// The next strip, or `None` below the image.
    pub(super) fn next_strip(&mut self) -> Result<Option<Strip>, PixelError> {
        let Size { height, .. } = self.placed.size();
        if self.next_row >= height {
            return Ok(None);
        }
        let channels = self.rows.channels();
        let row_in_square = self.placed.top_px() + self.next_row;
        let (tile_y, top) = (row_in_square / TILE_SIDE_PX, row_in_square % TILE_SIDE_PX);
        let row_count = (TILE_SIDE_PX - top).min(height - self.next_row);

        let (pieces, mut tiles): (Vec<Piece>, Vec<Raster>) = self
            .placed
            .tiles(self.placed.tile_levels())
            .x
            .map(|tile_x| {
                let piece = Piece::new(tile_x, &self.placed);
                let filled = row_count == TILE_SIDE_PX && piece.columns.len() == TILE_SIDE_PX as usize;
                let side = TILE_SIDE_PX as usize;
                (piece, if filled { Raster::unwritten(side, channels) } else { Raster::zeroed(side, Channels::Rgba) })
            })
            .unzip();
        for y in top..top + row_count {
            self.rows.read_rows(&mut self.row)?;
            (self.watch_row)(&self.row);
            for (piece, tile) in pieces.iter().zip(&mut tiles) {
                let bytes = channels.bytes_per_pixel();
                let pixels = &self.row[piece.columns.start * bytes..piece.columns.end * bytes];
                tile.write(piece.left, y as usize, pixels, channels);
            }
        }
        self.next_row += row_count;
        Ok(Some(Strip { tile_y, tiles }))
    }
}

/// The part of a row that falls into one tile.
struct Piece {
    /// Columns of the image.
    columns: Range<usize>,
    /// Where they begin in the tile.
    left: usize,
}

impl Piece {
    fn new(tile_x: u32, placed: &Study) -> Self {
        let tile_start = tile_x * TILE_SIDE_PX;
        let start = tile_start.saturating_sub(placed.left_px());
        let end = (tile_start + TILE_SIDE_PX).saturating_sub(placed.left_px()).min(placed.size().width);
        let left = placed.left_px().saturating_sub(tile_start);
        Self { columns: start as usize..end as usize, left: left as usize }
    }
}
